"""The key service: wraps the owners' keys under a key that does not leave it.

`KeyService` is what a cloud's key management or a hardware module would implement; it
sees one owner's key at a time and never a data key, a holding or a person.
`MasterKeys` is the one that runs without either: a key that the environment gives.
"""

import os
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from indicators.vault.envelope import KEY_BYTES, Tampered

_NONCE_BYTES = 12


class KeyService(Protocol):
    """Wraps and unwraps under the key that is current, and unwraps under those before.

    bound: text that is bound to the wrapped key ("encryption context" of a cloud's
    service): under another text it does not unwrap.
    """

    def wrap(self, secret: bytes, *, bound: str) -> bytes:
        """Return the secret wrapped under the current key."""

    def unwrap(self, wrapped: bytes, *, bound: str) -> bytes:
        """Return the secret; raises Tampered."""

    def is_current(self, wrapped: bytes, *, bound: str) -> bool:
        """Return whether the current key wraps this, so that none before is needed."""


class MasterKeys:
    """A master key in memory and, while it is being replaced, the one before."""

    def __init__(self, current: bytes, *, before: bytes | None = None) -> None:
        keys = (current,) if before is None else (current, before)
        if any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"The master key has {KEY_BYTES} bytes.")
        self._keys = keys

    def wrap(self, secret: bytes, *, bound: str) -> bytes:
        """Return the secret wrapped under the current master key."""
        return wrap(secret, under=self._keys[0], bound=bound)

    def unwrap(self, wrapped: bytes, *, bound: str) -> bytes:
        """Return the secret; raises Tampered."""
        return unwrap(wrapped, under=self._keys, bound=bound)

    def is_current(self, wrapped: bytes, *, bound: str) -> bool:
        """Return whether the current master key wraps this."""
        try:
            unwrap(wrapped, under=self._keys[:1], bound=bound)
        except Tampered:
            return False
        return True


def wrap(secret: bytes, *, under: bytes, bound: str) -> bytes:
    """Return a key sealed under another with AES-256-GCM, bound to a text."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(under).encrypt(nonce, secret, bound.encode())


def unwrap(wrapped: bytes, *, under: tuple[bytes, ...], bound: str) -> bytes:
    """Return the key that one of the keys `under` wraps; raises Tampered."""
    nonce, sealed = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
    for key in under:
        try:
            return AESGCM(key).decrypt(nonce, sealed, bound.encode())
        except (InvalidTag, ValueError):
            continue
    raise Tampered("A key does not open under the key that wraps it.")
