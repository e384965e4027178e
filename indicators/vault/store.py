"""Encrypted blobs in a directory, under random names that say nothing."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from indicators.vault import files

_UUID = re.compile(
    "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)


def new_name() -> str:
    """Return a random name for a blob."""
    return str(uuid4())


class BlobMissing(LookupError):
    """The store holds no blob of this name."""


class Store:
    """One directory of blobs; it never sees plaintext or keys."""

    def __init__(self, directory: Path) -> None:
        self._directory = files.private_directory(directory)

    def put(self, name: str, chunks: Iterable[bytes]) -> int:
        """Store a blob, whole or not at all, and return its size in bytes."""
        return files.write_durably(self._path(name), chunks)

    def create(self, name: str) -> BinaryIO:
        """Return a new blob open for writing, for what lives no longer than us."""
        return open(files.open_new(self._path(name)), "wb")

    def open(self, name: str) -> BinaryIO:
        """Return the blob open for reading; raises BlobMissing."""
        try:
            return self._path(name).open("rb")
        except FileNotFoundError:
            raise BlobMissing("The store holds no such blob.") from None

    def erase(self, name: str) -> bool:
        """Overwrite and unlink the blob; return whether it existed. Repeatable."""
        return files.erase(self._path(name))

    def has(self, name: str) -> bool:
        """Return whether the store holds this blob."""
        return self._path(name).exists()

    def names(self) -> Iterator[str]:
        """Yield the name of every whole blob."""
        for path in self._directory.iterdir():
            if _UUID.fullmatch(path.name):
                yield path.name

    def written_before(self, moment: datetime) -> Iterator[str]:
        """Yield the names of blobs last written before this machine time."""
        for name in self.names():
            written_at = files.written_at(self._path(name))
            if written_at and written_at < moment:
                yield name

    def erase_parts(self, before: datetime) -> int:
        """Erase what dead writers left before this machine time; return how many."""
        return files.erase_parts(self._directory, before=before)

    def _path(self, name: str) -> Path:
        if not _UUID.fullmatch(name):
            raise ValueError("A blob's name is a random UUID.")
        return self._directory / name
