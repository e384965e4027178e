"""Data keys in a directory outside the database, with a copy that forgets on time.

Three layers: a master key, given by the environment, wraps one key per owner; an
owner's key wraps the data keys of its holdings. The copy exists against loss of the
keystore. A key that is destroyed here leaves a dated tombstone in the copy, so that
the copy's own file goes once the retention has passed and is never restored.

    keystore/owners/<owner>            owner's key, wrapped by the master key
    keystore/keys/<owner>/<id>         data key, wrapped by its owner's key
    copy/…                             the same two
    copy/tombstones/keys/<owner>/<id>  destroyed at, unrecoverable from (ISO 8601)

Erased files are overwritten first. On storage that writes elsewhere (flash, snapshots)
that is no proof, so keep both directories on a volume without snapshots.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from indicators.vault import files
from indicators.vault.envelope import KEY_BYTES, Tampered, new_key

MAX_RETENTION = timedelta(days=7)

_NONCE_BYTES = 12
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class KeyMissing(LookupError):
    """The keystore holds no such key: it was destroyed, or never made here."""


@dataclass(frozen=True, slots=True)
class DataKey:
    """The key of one holding, open in memory."""

    owner: str
    key_id: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyDestruction:
    """What destroying a key did: evidence for a certificate."""

    existed: bool
    destroyed_at: datetime
    unrecoverable_at: datetime


class Keystore:
    """The keys of every owner, each destroyable by itself."""

    def __init__(
        self,
        directory: Path,
        *,
        copy: Path,
        master_key: bytes,
        retention: timedelta = MAX_RETENTION,
    ) -> None:
        """Open or make the two directories.

        retention: how long the copy may outlive a destroyed key, at most 7 days.
        """
        if not timedelta(0) <= retention <= MAX_RETENTION:
            raise ValueError("A keystore's copy is kept for 0 to 7 days.")
        if len(master_key) != KEY_BYTES:
            raise ValueError(f"The master key has {KEY_BYTES} bytes.")
        self._main = _made(directory, "owners", "keys")
        self._copy = _made(copy, "owners", "keys", "tombstones", "tombstones/keys")
        self._master_key = master_key
        self._retention = retention

    def create_owner(self, owner: str) -> None:
        """Make the owner's wrapping key, unless it has one; may be repeated."""
        place = _owner_place(owner)
        main, copy = self._main / place, self._copy / place
        if main.exists() and copy.exists():
            return
        if main.exists():
            wrapped = main.read_bytes()
        else:
            wrapped = _wrap(new_key(), under=self._master_key, bound=str(place))
        try:
            _write(copy, wrapped, replace=False)
        except FileExistsError:
            wrapped = copy.read_bytes()
        _write(main, wrapped)

    def create(self, owner: str) -> DataKey:
        """Return a new data key of this owner, stored in the keystore and its copy."""
        key = DataKey(owner, str(uuid4()), new_key())
        place = _key_place(owner, key.key_id)
        wrapped = _wrap(key.secret, under=self._owner_key(owner), bound=str(place))
        _write(self._copy / place, wrapped)
        _write(self._main / place, wrapped)
        return key

    def unwrap(self, owner: str, *, key_id: str) -> DataKey:
        """Return the data key; raises KeyMissing or Tampered."""
        place = _key_place(owner, key_id)
        self._require_not_destroyed(place)
        wrapped = _read(self._main / place)
        try:
            secret = _unwrap(wrapped, under=self._owner_key(owner), bound=str(place))
        except Tampered:
            self._require_not_destroyed(place)  # read while it was overwritten
            raise
        return DataKey(owner, key_id, secret)

    def destroy(self, owner: str, *, key_id: str, now: datetime) -> KeyDestruction:
        """Erase the key for good and return when nobody can bring it back.

        May be repeated: the first destruction's time stands. The tombstone comes
        first, so a key that is gone from here can never come back from the copy.
        """
        place = _key_place(owner, key_id)
        tombstone = self._tombstone(place)
        if not tombstone.exists():
            times = (now.isoformat(), (now + self._retention).isoformat())
            _write(tombstone, "\n".join(times).encode())
        existed = files.erase(self._main / place)
        self._expire(place, now)
        return KeyDestruction(existed, *_times(tombstone))

    def expire_copy(self, now: datetime) -> int:
        """Erase the copy of every key whose retention has passed; return how many."""
        root = self._copy / "tombstones"
        places = [path.relative_to(root) for path in _entries(root, "keys/*/*")]
        return sum(self._expire(place, now) for place in places)

    def restore_from_copy(self) -> int:
        """Bring back lost keys and return how many; a destroyed key stays destroyed."""
        n_restored = 0
        saved_keys = _entries(self._copy, "keys/*/*")
        for saved in (*_entries(self._copy, "owners/*"), *saved_keys):
            place = saved.relative_to(self._copy)
            if self._tombstone(place).exists():
                files.erase(self._main / place)
            elif not (self._main / place).exists():
                _write(self._main / place, saved.read_bytes())
                n_restored += 1
        return n_restored

    def keys(self) -> Iterator[tuple[str, str, datetime]]:
        """Yield owner, key id and the machine's time of making, for every data key."""
        for path in _entries(self._main, "keys/*/*"):
            if made_at := files.written_at(path):
                yield path.parent.name, path.name, made_at

    def has(self, owner: str, *, key_id: str) -> bool:
        """Return whether the keystore holds this data key."""
        return (self._main / _key_place(owner, key_id)).exists()

    def erase_parts(self, before: datetime) -> int:
        """Erase what dead writers left before this machine time; return how many."""
        roots = (self._main, self._copy)
        return sum(files.erase_parts(root, before=before) for root in roots)

    def _owner_key(self, owner: str) -> bytes:
        place = _owner_place(owner)
        return _unwrap(
            _read(self._main / place), under=self._master_key, bound=str(place)
        )

    def _require_not_destroyed(self, place: Path) -> None:
        if self._tombstone(place).exists():
            raise KeyMissing("This key was destroyed.")

    def _tombstone(self, place: Path) -> Path:
        return self._copy / "tombstones" / place

    def _expire(self, place: Path, now: datetime) -> bool:
        _, unrecoverable_at = _times(self._tombstone(place))
        return unrecoverable_at <= now and files.erase(self._copy / place)


def _made(directory: Path, *inner: str) -> Path:
    files.private_directory(directory)
    for name in inner:
        files.private_directory(directory / name)
    return directory


def _entries(root: Path, pattern: str) -> Iterator[Path]:
    """Yield whole files only: the part file of a writer has no valid name."""
    return (path for path in root.glob(pattern) if _NAME.fullmatch(path.name))


def _times(tombstone: Path) -> tuple[datetime, datetime]:
    destroyed_at, unrecoverable_at = map(
        datetime.fromisoformat, tombstone.read_text().split("\n")
    )
    return destroyed_at, unrecoverable_at


def _owner_place(owner: str) -> Path:
    return Path("owners", _checked(owner))


def _key_place(owner: str, key_id: str) -> Path:
    return Path("keys", _checked(owner), _checked(key_id))


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("An owner or key id has letters, digits, hyphens only.")
    return name


def _wrap(secret: bytes, *, under: bytes, bound: str) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(under).encrypt(nonce, secret, bound.encode())


def _unwrap(wrapped: bytes, *, under: bytes, bound: str) -> bytes:
    nonce, sealed = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
    try:
        return AESGCM(under).decrypt(nonce, sealed, bound.encode())
    except (InvalidTag, ValueError):
        raise Tampered("A key does not open under the key that wraps it.") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise KeyMissing("The keystore holds no such key.") from None


def _write(path: Path, content: bytes, *, replace: bool = True) -> None:
    files.private_directory(path.parent)
    files.write_durably(path, [content], replace=replace)
