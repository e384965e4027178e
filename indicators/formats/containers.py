"""Several files as one: a zip archive or a folder, within bounds that nothing lifts.

Nothing is unpacked to disk, no name in an archive is ever a path here, and an archive
inside an archive is not opened.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO

from indicators.formats.problems import FormatError, enumerated
from indicators.formats.report import shown

ZIP = b"PK\x03\x04"
MOST_FILES = 500
# A set of the largest district, unpacked.
MOST_BYTES = 1024**3
# Text packs to a tenth; a thousandth is made to fill a disk.
MOST_RATIO = 300
SMALL_BYTES = 10 * 1024**2

_IGNORED = ("__macosx", ".ds_store", "thumbs.db", "desktop.ini")
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)


@dataclass(slots=True)
class Folder:
    """The files of one set, by their names without a folder, in small letters.

    names: as they are spelt. folder: the one folder inside an archive in which all of
    them are, or nothing.
    """

    names: dict[str, str] = field(default_factory=dict)
    folder: str = ""
    _archive: zipfile.ZipFile | None = None
    _entries: dict[str, zipfile.ZipInfo] = field(default_factory=dict)
    _paths: dict[str, Path] = field(default_factory=dict)
    _doubled: list[str] = field(default_factory=list)
    _n_bytes: int = 0

    def add(self, name: str, source: zipfile.ZipInfo | Path) -> None:
        """Add one file."""
        key = name.casefold()
        if key in self.names:
            self._doubled.append(name)
            return
        self.names[key] = name
        if isinstance(source, Path):
            self._paths[key] = source
        else:
            self._entries[key] = source

    def require_once(self) -> None:
        """Raise FormatError where two files have one name, but for capitals."""
        if self._doubled:
            names = [f"`{shown(name)}`" for name in dict.fromkeys(self._doubled)]
            raise FormatError(
                f"{enumerated(names)} {'is' if len(names) == 1 else 'are'} there twice "
                "(capitals do not count), and only one of two could be read, so "
                "nothing was. Keep one, or give each its own name, and send it again.",
                id="F03",
            )

    @property
    def is_archive(self) -> bool:
        """Whether the files are packed into one."""
        return self._archive is not None

    def paths(self) -> frozenset[str]:
        """Return the full names of the files of an archive, in small letters."""
        return frozenset(e.filename.casefold() for e in self._entries.values())

    def key_of(self, path: str) -> str | None:
        """Return the key of the file with this full name, or None."""
        wanted = path.casefold()
        found = (k for k, e in self._entries.items() if e.filename.casefold() == wanted)
        return next(found, None)

    def size(self, key: str) -> int:
        """Return the bytes that a file says it has."""
        if key in self._paths:
            return self._paths[key].stat().st_size
        return self._entries[key].file_size

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        """Yield one file, to be read from its start."""
        if key in self._paths:
            with self._paths[key].open("rb") as file:
                yield file
            return
        entry = self._entries[key]
        if entry.flag_bits & 1:
            raise FormatError(
                f"“{shown(self.names[key])}” in the archive is locked with a password, "
                "so nothing was read. Pack it again without one."
            )
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _damaged()
        assert self._archive is not None
        try:
            member = self._archive.open(entry)
        except _DAMAGE:
            raise _damaged() from None
        with member:
            yield io.BufferedReader(_Bounded(member, self))

    def count(self, n_bytes: int) -> None:
        """Count unpacked bytes; raises FormatError beyond what any set has."""
        self._n_bytes += n_bytes
        if self._n_bytes > MOST_BYTES:
            raise too_large()


class _Bounded(io.RawIOBase):
    """One unpacked file, no longer than it says and its set may be."""

    def __init__(self, member: IO[bytes], folder: Folder) -> None:
        self._member = member
        self._folder = folder

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill the buffer, or as much of it as there is."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        try:
            block = self._member.read(len(view))
        except _DAMAGE:
            raise _damaged() from None
        view[: len(block)] = block
        self._folder.count(len(block))
        return len(block)


@contextmanager
def open_zip(file: BinaryIO) -> Iterator[Folder]:
    """Yield the files of an archive; raises FormatError for what is none."""
    try:
        archive = zipfile.ZipFile(file)
    except _DAMAGE:
        raise _damaged() from None
    with archive:
        folder = Folder(_archive=archive)
        if not all(each.filename for each in archive.infolist()):
            raise _damaged()
        entries = [each for each in archive.infolist() if not _is_ignored(each)]
        if len(entries) > MOST_FILES:
            raise too_large()
        for entry in entries:
            _check_ratio(entry)
        folder.folder = _common_folder(entries)
        for entry in entries:
            folder.add(_flat_name(entry, folder.folder), entry)
        folder.require_once()
        yield folder


def open_folder(path: Path) -> Folder:
    """Return the files of a folder on this machine; links and folders are left."""
    folder = Folder()
    paths = sorted(p for p in path.iterdir() if p.is_file() and not p.is_symlink())
    if len(paths) > MOST_FILES:
        raise too_large()
    for each in paths:
        if each.name.casefold() not in _IGNORED:
            folder.add(each.name, each)
    folder.require_once()
    return folder


def too_large() -> FormatError:
    """Return the refusal of an archive beyond the bounds."""
    return FormatError(
        f"The file is larger than {MOST_BYTES // 1024**2:,} MB when unpacked, or is "
        "packed as no set of tables is. Split it by school or year.",
        id="F09",
    )


def _damaged() -> FormatError:
    return FormatError(
        "The archive is damaged, or packed in a way that is not read here, so nothing "
        "was read. Pack the files again as a zip archive."
    )


def _is_ignored(entry: zipfile.ZipInfo) -> bool:
    parts = entry.filename.casefold().split("/")
    return entry.is_dir() or any(part in _IGNORED for part in parts)


def _check_ratio(entry: zipfile.ZipInfo) -> None:
    is_packed = entry.file_size > MOST_RATIO * max(entry.compress_size, 1)
    if entry.file_size > MOST_BYTES or (is_packed and entry.file_size > SMALL_BYTES):
        raise too_large()


def _common_folder(entries: list[zipfile.ZipInfo]) -> str:
    tops = {entry.filename.rpartition("/")[0] for entry in entries}
    return tops.pop() if len(tops) == 1 else ""


def _flat_name(entry: zipfile.ZipInfo, folder: str) -> str:
    """Return an entry's name; one that is deeper than the others keeps its folder."""
    return entry.filename[len(folder) + 1 :] if folder else entry.filename
