"""Durable private files: written whole or not at all, and erased for good."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

_PART = ".part"


def private_directory(path: Path) -> Path:
    """Return `path`, made if missing and closed to everyone but its owner."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def open_new(path: Path) -> int:
    """Return the descriptor of a file that did not exist, readable by its owner."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


def write_durably(path: Path, chunks: Iterable[bytes], *, replace: bool = True) -> int:
    """Write `chunks` to `path` as one step and return the number of bytes.

    Readers see the old file or the whole new one; a crash leaves at most a part
    file. Raises FileExistsError if `replace` is false and `path` exists.
    """
    part = path.with_name(f".{uuid4()}{_PART}")
    try:
        with os.fdopen(open_new(part), "wb") as file:
            n_bytes = sum(map(file.write, chunks))
            file.flush()
            os.fsync(file.fileno())
        if replace:
            part.replace(path)
        else:
            path.hardlink_to(part)
    finally:
        part.unlink(missing_ok=True)
    sync_directory(path.parent)
    return n_bytes


def erase(path: Path) -> bool:
    """Overwrite, then unlink `path`; return whether it was there to be erased."""
    try:
        with path.open("r+b") as file:
            n_left = os.fstat(file.fileno()).st_size
            while n_left > 0:
                n_left -= file.write(os.urandom(min(n_left, 1 << 20)))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    except FileNotFoundError:
        return False
    sync_directory(path.parent)
    return True


def sync_directory(path: Path) -> None:
    """Make the names in a directory survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def erase_parts(directory: Path, *, before: datetime) -> int:
    """Erase, in the whole tree, what dead writers left before this machine time.

    Returns how many part files there were.
    """
    n_erased = 0
    for part in tuple(directory.rglob(f".*{_PART}")):
        moment = written_at(part)
        if moment and moment < before:
            n_erased += _erase_part(part)
    return n_erased


def _erase_part(part: Path) -> bool:
    """Erase a part, or only its name where it is whole and has its own name too.

    A writer that died between the two names leaves one file under both.
    """
    try:
        is_whole = part.stat().st_nlink > 1
    except FileNotFoundError:
        return False
    if not is_whole:
        return erase(part)
    part.unlink(missing_ok=True)
    return True


def written_at(path: Path) -> datetime | None:
    """Return the machine's time of the last write, or None if the file is gone."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None
