"""The vault: what a caller seals, reads, destroys and sweeps."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO

from indicators.vault.envelope import Tampered, open_stream, seal_stream
from indicators.vault.keystore import KeyDestruction, Keystore
from indicators.vault.replaying import replayed
from indicators.vault.store import BlobMissing, Store, new_name


@dataclass(frozen=True, slots=True)
class Place:
    """Where one holding lies: whose key, which key, which blob."""

    owner: str
    key_id: str
    blob: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """A holding as it entered the vault; size and SHA-256 are the plaintext's."""

    key_id: str
    blob: str
    n_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep erased because nothing names it, and what it did not find."""

    n_blobs: int
    n_keys: int
    missing: tuple[Place, ...]


class Vault:
    """Holdings at rest, each under a data key of its own."""

    def __init__(self, *, blobs: Store, keys: Keystore) -> None:
        self._blobs = blobs
        self._keys = keys

    def put(self, owner: str, data: bytes | Iterable[bytes]) -> Sealed:
        """Seal a holding under a new key of this owner and return its reference."""
        self._keys.create_owner(owner)
        key = self._keys.create(owner)
        blob = new_name()
        meter = _Meter([data] if isinstance(data, bytes) else data)
        self._blobs.put(blob, seal_stream(meter, key=key.secret, name=blob))
        return Sealed(key.key_id, blob, meter.n_bytes, meter.digest.hexdigest())

    def read(self, owner: str, *, key_id: str, blob: str) -> bytes:
        """Return a holding's plaintext; raises KeyMissing, BlobMissing or Tampered.

        One that is destroyed while it is read is missing its key, not its blob.
        """
        key = self._keys.unwrap(owner, key_id=key_id)
        try:
            with self._blobs.open(blob) as file:
                return b"".join(open_stream(file, key=key.secret, name=blob))
        except (BlobMissing, Tampered):
            self._keys.unwrap(owner, key_id=key_id)
            raise

    def open(self, owner: str, *, key_id: str, blob: str) -> BinaryIO:
        """Return a file of a holding's plaintext, which is never whole in memory.

        Raises KeyMissing here; BlobMissing or Tampered when it is read.
        """
        key = self._keys.unwrap(owner, key_id=key_id)

        def chunks() -> Iterator[bytes]:
            with self._blobs.open(blob) as file:
                yield from open_stream(file, key=key.secret, name=blob)

        return replayed(chunks)

    def destroy(
        self, owner: str, *, key_id: str, blob: str, now: datetime
    ) -> KeyDestruction:
        """Destroy the key, then the blob, and return the evidence. Repeatable."""
        destruction = self._keys.destroy(owner, key_id=key_id, now=now)
        self._blobs.erase(blob)
        return destruction

    def expire_copy(self, now: datetime) -> int:
        """Erase copies of destroyed keys after their retention; return how many."""
        return self._keys.expire_copy(now)

    def sweep(
        self, known: Iterable[Place], *, now: datetime, grace: timedelta
    ) -> Swept:
        """Erase what no holding names, keys first, and report what is missing.

        now: the machine's time, since it is compared with file times. grace: how
        young a blob or key may be a delivery that is not yet recorded.
        """
        older_than = now - grace
        places = tuple(known)
        known_keys = {(place.owner, place.key_id) for place in places}
        known_blobs = {place.blob for place in places}
        n_keys = self._keys.erase_parts(older_than)
        for owner, key_id, made_at in tuple(self._keys.every_key()):
            if made_at < older_than and (owner, key_id) not in known_keys:
                self._keys.destroy(owner, key_id=key_id, now=now)
                n_keys += 1
        n_blobs = self._blobs.erase_parts(older_than)
        for blob in tuple(self._blobs.written_before(older_than)):
            if blob not in known_blobs:
                n_blobs += self._blobs.erase(blob)
        return Swept(n_blobs, n_keys, tuple(p for p in places if not self._is_whole(p)))

    def _is_whole(self, place: Place) -> bool:
        has_key = self._keys.has(place.owner, key_id=place.key_id)
        return has_key and self._blobs.has(place.blob)


class _Meter:
    """Passes chunks on while counting and hashing them."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.n_bytes = 0
        self.digest = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.n_bytes += len(chunk)
            self.digest.update(chunk)
            yield chunk
