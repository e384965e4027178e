"""Authenticated encryption of streams of any length.

A sealed stream is a header followed by chunks, each sealed with AES-256-GCM after
the STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizár, "Online
Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", CRYPTO 2015): a
chunk's nonce is a random prefix, the chunk's number and a flag that marks the last
chunk. Header and blob name are bound to every chunk as associated data. So a chunk
that was changed, moved, dropped or taken from another blob does not open.

    header  magic "HRM" | version 1 | nonce prefix (7 bytes)
    chunk   ciphertext (at most 65 536 bytes) | tag (16 bytes)
    nonce   prefix (7 bytes) | number (4 bytes, big endian) | last (1 byte)
"""

import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
CHUNK_BYTES = 64 * 1024

_MAGIC = b"HRM\x01"
_PREFIX_BYTES = 7
_HEADER_BYTES = len(_MAGIC) + _PREFIX_BYTES
_SEALED_CHUNK_BYTES = CHUNK_BYTES + 16


class Tampered(Exception):
    """A blob or key is not, byte for byte, what was sealed under this name."""


def new_key() -> bytes:
    """Return a random key of 256 bits."""
    return os.urandom(KEY_BYTES)


class Sealer:
    """Seals one stream as it arrives, under a key used for this stream alone."""

    def __init__(self, key: bytes, *, name: str) -> None:
        self._chunks = _Chunks(key, name, _MAGIC + os.urandom(_PREFIX_BYTES))
        self._sealed = bytearray(self._chunks.header)
        self._pending = bytearray()

    def update(self, data: bytes) -> bytes:
        """Take more plaintext and return the sealed bytes that are ready, if any."""
        self._pending += data
        # The last chunk is sealed differently, so a full one waits for its successor.
        n_ready = max(0, len(self._pending) - 1) // CHUNK_BYTES * CHUNK_BYTES
        for start in range(0, n_ready, CHUNK_BYTES):
            chunk = bytes(self._pending[start : start + CHUNK_BYTES])
            self._sealed += self._chunks.seal(chunk, is_last=False)
        del self._pending[:n_ready]
        return self._take()

    def finalize(self) -> bytes:
        """Return the rest of the sealed stream; nothing may follow."""
        self._sealed += self._chunks.seal(bytes(self._pending), is_last=True)
        self._pending.clear()
        return self._take()

    def _take(self) -> bytes:
        ready = bytes(self._sealed)
        self._sealed.clear()
        return ready


def seal_stream(chunks: Iterable[bytes], *, key: bytes, name: str) -> Iterator[bytes]:
    """Yield the sealed bytes of a whole stream of plaintext."""
    sealer = Sealer(key, name=name)
    for chunk in chunks:
        yield sealer.update(chunk)
    yield sealer.finalize()


def open_stream(file: BinaryIO, *, key: bytes, name: str) -> Iterator[bytes]:
    """Yield the plaintext of a sealed stream, each chunk after it was verified.

    Only the last chunk proves that nothing is missing: act on what was read after
    the iterator has ended, not before. Raises Tampered.
    """
    header = file.read(_HEADER_BYTES)
    if len(header) != _HEADER_BYTES or not header.startswith(_MAGIC):
        raise Tampered("The blob has no valid header.")
    chunks = _Chunks(key, name, header)
    sealed = file.read(_SEALED_CHUNK_BYTES)
    while True:
        following = file.read(_SEALED_CHUNK_BYTES)
        yield chunks.open(sealed, is_last=not following)
        if not following:
            return
        sealed = following


class _Chunks:
    """Seals or opens the chunks of one stream in their order."""

    def __init__(self, key: bytes, name: str, header: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"A key has {KEY_BYTES} bytes.")
        self.header = header
        self._cipher = AESGCM(key)
        self._prefix = header[len(_MAGIC) :]
        self._bound = header + name.encode()
        self._number = 0

    def seal(self, chunk: bytes, *, is_last: bool) -> bytes:
        return self._cipher.encrypt(self._nonce(is_last), chunk, self._bound)

    def open(self, sealed: bytes, *, is_last: bool) -> bytes:
        try:
            return self._cipher.decrypt(self._nonce(is_last), sealed, self._bound)
        except InvalidTag:
            raise Tampered("The blob does not open under its key and name.") from None

    def _nonce(self, is_last: bool) -> bytes:
        number = self._number.to_bytes(4, "big")
        self._number += 1
        return self._prefix + number + bytes([is_last])
