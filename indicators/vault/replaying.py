"""Chunks as a file that can be read again and again, each time from its start."""

import io
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO


def replayed(chunks: Callable[[], Iterator[bytes]]) -> BinaryIO:
    """Return a file of what `chunks` yields; seeking to its start begins anew."""
    return io.BufferedReader(_Replayed(chunks))


class _Replayed(io.RawIOBase):
    """Reads an iterator of chunks as a file, from its start only."""

    def __init__(self, chunks: Callable[[], Iterator[bytes]]) -> None:
        self._restart = chunks
        self._chunks = chunks()
        self._pending = b""
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if (offset, whence) != (0, io.SEEK_SET):
            raise io.UnsupportedOperation("What is sealed is read from its start only.")
        self._chunks, self._pending, self._position = self._restart(), b"", 0
        return 0

    def readinto(self, buffer: Any) -> int:
        while not self._pending:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._pending = chunk
        taken, self._pending = (
            self._pending[: len(buffer)],
            self._pending[len(buffer) :],
        )
        buffer[: len(taken)] = taken
        self._position += len(taken)
        return len(taken)
