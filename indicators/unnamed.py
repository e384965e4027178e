"""Files without the names that their senders gave them, which may name a person (pure).

What a reader says of a file goes into receipts, so it must not repeat such a name.
"""

from pathlib import PurePath
from typing import Any, BinaryIO

from indicators.formats.edfi_resources import resource_of
from indicators.formats.members import NAMES


class Unnamed:
    """A file that says its name only where it is one of a standard's own.

    name: what it is called, where the file itself does not know.
    """

    def __init__(self, file: BinaryIO, *, name: str = "") -> None:
        self._file = file
        self.name = standard_name(name or str(getattr(file, "name", None) or ""))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def standard_name(name: str) -> str:
    """Return a name that a standard gives, or nothing: "students.json", "users.csv"."""
    path = PurePath(name.replace("\\", "/"))
    is_resource = path.suffix == ".json" and resource_of(path.stem) is not None
    return path.name if is_resource or path.name.casefold() in NAMES else ""
