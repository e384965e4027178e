"""What the commands on release files share: reading, writing, saying how far it is."""

import os
import stat
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

from django.core.management.base import CommandParser, OutputWrapper

from indicators.disclosure.release_file import BadFile, ReleaseFile, protected
from indicators.linkfiles.paths import are_one

REFUSED, BAD_INPUT = 1, 2
# Progress is worth a line on a terminal this often, in seconds.
_OFTEN = 0.5
_MOST_BYTES = 100_000_000


class Parser:
    """Makes a command's parser end with 2 and one sentence."""

    @staticmethod
    def of(parser: CommandParser, *, also: str = "") -> CommandParser:
        """Return the parser, which now says plainly what is wrong, and this."""

        def error(message: str) -> NoReturn:
            parser.exit(BAD_INPUT, f"{message}{also}.\n")

        parser.error = error  # type: ignore[method-assign]
        return parser


class Meter:
    """Says on a terminal how far the work is, on one line; elsewhere says nothing."""

    def __init__(self, stream: OutputWrapper) -> None:
        self.stream = stream
        self.is_shown = bool(stream.isatty())
        self.last = 0.0

    def show(self, step: str, done: int, of: int) -> None:
        """Show the step and how much of it is done."""
        now = time.monotonic()
        if self.is_shown and now - self.last > _OFTEN:
            self.last = now
            self.stream.write(f"\r\033[K{step}: {done} of {of}", ending="")
            self.stream.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self.is_shown:
            self.stream.write("\r\033[K", ending="")


def content(path: Path) -> bytes:
    """Return what the file holds; or raise BadFile."""
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror}") from None


def read_protected(path: Path) -> ReleaseFile:
    """Return the published release in the file; BadFile names the file."""
    try:
        return protected(content(path))
    except BadFile as error:
        raise BadFile(f"{path.name}: {error}") from None


def require_other(path: Path, *, inputs: Iterable[Path]) -> None:
    """Raise BadFile where what is written would take the place of a file it is of."""
    for given in inputs:
        if are_one(path, given):
            raise BadFile(
                f"--out: {path.name} is {given.name}, which this would overwrite; name "
                "another file"
            )


def place_for(path: Path) -> Path:
    """Return the file that would be written, at the end of links; or raise BadFile."""
    try:
        is_file = stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        is_file = True  # once it is written
    except OSError as error:
        raise _unwritable(path, error) from None
    if not is_file:
        raise BadFile(
            f"{path.name} is a folder, a pipe or a device, and only a file can be "
            "written whole or not at all: name a file"
        )
    return path.resolve()


def written(path: Path, text: str) -> None:
    """Write the text whole or not at all; or raise BadFile. Links stay links."""
    place = place_for(path)
    try:
        handle, name = tempfile.mkstemp(dir=place.parent, prefix=".protect-")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text + "\n")
            temporary.chmod(0o644)
            temporary.replace(place)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> BadFile:
    return BadFile(f"{path.name} cannot be written: {error.strerror}")
