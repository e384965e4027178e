"""Data keys in a directory outside the database, with a copy that forgets on time.

Three layers: a key service wraps one key per owner; an owner's key wraps the data keys
of its holdings. The copy exists against loss of the keystore. A key that is destroyed
here leaves a dated tombstone in the copy, so that the copy's own file goes once the
retention has passed and is never restored.

    keystore/owners/<owner>            owner's key, wrapped by the key service
    keystore/retired/<owner>           the one before, while it is being replaced
    keystore/keys/<owner>/<id>         data key, wrapped by its owner's key
    copy/…                             the same three
    copy/tombstones/keys/<owner>/<id>  destroyed at, unrecoverable from (ISO 8601)

Erased files are overwritten first. On storage that writes elsewhere (flash, snapshots)
that is no proof, so keep both directories on a volume without snapshots.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from indicators.vault import files
from indicators.vault.envelope import Tampered, new_key
from indicators.vault.keyservice import KeyService, unwrap, wrap

MAX_RETENTION = timedelta(days=7)

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
        service: KeyService,
        retention: timedelta = MAX_RETENTION,
    ) -> None:
        """Open or make the two directories.

        retention: how long the copy may outlive a destroyed key, at most 7 days.
        """
        if not timedelta(0) <= retention <= MAX_RETENTION:
            raise ValueError("A keystore's copy is kept for 0 to 7 days.")
        inner = ("owners", "retired", "keys")
        self._main = _made(directory, *inner)
        self._copy = _made(copy, *inner, "tombstones", "tombstones/keys")
        self._service = service
        self._retention = retention

    def create_owner(self, owner: str) -> None:
        """Make the owner's wrapping key, unless it has one; may be repeated."""
        place = _owner_place(owner)
        main, copy = self._main / place, self._copy / place
        if main.exists() and copy.exists():
            return
        with self._locked(alone=True):
            if main.exists():
                wrapped = main.read_bytes()
            else:
                wrapped = self._service.wrap(new_key(), bound=str(place))
            try:
                _write(copy, wrapped, replace=False)
            except FileExistsError:
                wrapped = copy.read_bytes()
            _write(main, wrapped)

    def create(self, owner: str) -> DataKey:
        """Return a new data key of this owner, stored in the keystore and its copy."""
        key = DataKey(owner, str(uuid4()), new_key())
        place = _key_place(owner, key.key_id)
        with self._locked():
            wrapped = wrap(key.secret, under=self._owner_key(owner), bound=str(place))
            _write(self._copy / place, wrapped)
            _write(self._main / place, wrapped)
        return key

    def unwrap(self, owner: str, *, key_id: str) -> DataKey:
        """Return the data key; raises KeyMissing or Tampered."""
        place = _key_place(owner, key_id)
        with self._locked():
            self._require_not_destroyed(place)
            wrapped = _read(self._main / place)
            under = (self._owner_key(owner), *self._retired_key(owner))
            try:
                secret = unwrap(wrapped, under=under, bound=str(place))
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
        with self._locked():
            if not tombstone.exists():
                times = (now.isoformat(), (now + self._retention).isoformat())
                _write(tombstone, "\n".join(times).encode())
            existed = files.erase(self._main / place)
            self._expire(place, now)
        return KeyDestruction(existed, *_times(tombstone))

    def owners(self) -> tuple[str, ...]:
        """Return every owner that has a wrapping key."""
        roots = (self._main, self._copy)
        return tuple(
            sorted({path.name for root in roots for path in _entries(root, "owners/*")})
        )

    def rotate_owner(self, owner: str, *, since: datetime) -> int:
        """Give an owner a new wrapping key; return how many data keys it wraps.

        May be repeated, and goes on where it was killed: an owner whose key is the
        key service's current one and no older than `since`, in the machine's time,
        keeps it. The key before is erased once no data key needs it. Raises Tampered,
        and changes nothing, if a data key does not open in keystore or copy.
        """
        place, retired = _owner_place(owner), _retired_place(owner)
        with self._locked(alone=True):
            places = self._data_keys(owner)
            current = _read(self._main / place)
            is_begun = (self._main / retired).exists()
            if not is_begun and self._is_new(place, current, since):
                return len(places)
            under = (self._owner_key(owner), *self._retired_key(owner))
            secrets = [(each, self._opened(each, under)) for each in places]
            if not is_begun:
                self._write_both(retired, current)
            if _read(self._main / retired) == current:
                self._write_both(place, self._service.wrap(new_key(), bound=str(place)))
            new = self._owner_key(owner)
            for each, secret in secrets:
                self._write_both(each, wrap(secret, under=new, bound=str(each)))
            # The keystore's goes last: while it is there, something is left to do.
            files.erase(self._copy / retired)
            files.erase(self._main / retired)
        return len(places)

    def expire_copy(self, now: datetime) -> int:
        """Erase the copy of every key whose retention has passed; return how many."""
        root = self._copy / "tombstones"
        places = [path.relative_to(root) for path in _entries(root, "keys/*/*")]
        return sum(self._expire(place, now) for place in places)

    def restore_from_copy(self) -> int:
        """Bring back lost keys and return how many; a destroyed key stays destroyed."""
        n_restored = 0
        with self._locked(alone=True):
            for saved in _entries(self._copy, "owners/*", "retired/*", "keys/*/*"):
                place = saved.relative_to(self._copy)
                if self._tombstone(place).exists():
                    files.erase(self._main / place)
                elif not (self._main / place).exists():
                    _write(self._main / place, saved.read_bytes())
                    n_restored += 1
        return n_restored

    def every_key(self) -> Iterator[tuple[str, str, datetime]]:
        """Yield owner, key id and the machine's time of making, for every data key.

        One that only the copy holds, such as after a restore from a backup, is among
        them, unless it was destroyed and waits there for its day.
        """
        for root in (self._main, self._copy):
            for path in _entries(root, "keys/*/*"):
                place = path.relative_to(root)
                is_known = root is self._copy and (
                    (self._main / place).exists() or self._tombstone(place).exists()
                )
                made_at = None if is_known else files.written_at(path)
                if made_at:
                    yield path.parent.name, path.name, made_at

    def has(self, owner: str, *, key_id: str) -> bool:
        """Return whether the keystore holds this data key."""
        return (self._main / _key_place(owner, key_id)).exists()

    def erase_parts(self, before: datetime) -> int:
        """Erase what dead writers left before this machine time; return how many."""
        roots = (self._main, self._copy)
        return sum(files.erase_parts(root, before=before) for root in roots)

    @contextmanager
    def _locked(self, *, alone: bool = False) -> Iterator[None]:
        """Keep away, in every process, who replaces a wrapping key.

        alone: keep away everybody. A killed process holds nothing any more.
        """
        lock = os.open(self._main / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
            yield
        finally:
            os.close(lock)

    def _owner_key(self, owner: str) -> bytes:
        place = _owner_place(owner)
        return self._service.unwrap(_read(self._main / place), bound=str(place))

    def _retired_key(self, owner: str) -> tuple[bytes, ...]:
        """Return the owner's wrapping key before, if it is being replaced."""
        path = self._main / _retired_place(owner)
        if not path.exists():
            return ()
        # It was wrapped when it stood in the place of the current one.
        bound = str(_owner_place(owner))
        return (self._service.unwrap(_read(path), bound=bound),)

    def _is_new(self, place: Path, wrapped: bytes, since: datetime) -> bool:
        written_at = files.written_at(self._main / place)
        is_recent = written_at is not None and written_at >= since
        return is_recent and self._service.is_current(wrapped, bound=str(place))

    def _data_keys(self, owner: str) -> list[Path]:
        """Return the places of an owner's data keys, without the destroyed ones."""
        pattern = f"keys/{_checked(owner)}/*"
        found = {
            path.relative_to(root)
            for root in (self._main, self._copy)
            for path in _entries(root, pattern)
        }
        return sorted(each for each in found if not self._tombstone(each).exists())

    def _opened(self, place: Path, under: tuple[bytes, ...]) -> bytes:
        """Return a data key from the keystore or, if it is damaged, from the copy."""
        for root in (self._main, self._copy):
            with suppress(KeyMissing, Tampered):
                return unwrap(_read(root / place), under=under, bound=str(place))
        raise Tampered("A data key does not open, in the keystore or in its copy.")

    def _write_both(self, place: Path, wrapped: bytes) -> None:
        _write(self._copy / place, wrapped)
        _write(self._main / place, wrapped)

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


def _entries(root: Path, *patterns: str) -> Iterator[Path]:
    """Yield whole files only: the part file of a writer has no valid name."""
    found = (path for pattern in patterns for path in root.glob(pattern))
    return (path for path in found if _NAME.fullmatch(path.name))


def _times(tombstone: Path) -> tuple[datetime, datetime]:
    destroyed_at, unrecoverable_at = map(
        datetime.fromisoformat, tombstone.read_text().split("\n")
    )
    return destroyed_at, unrecoverable_at


def _owner_place(owner: str) -> Path:
    return Path("owners", _checked(owner))


def _retired_place(owner: str) -> Path:
    return Path("retired", _checked(owner))


def _key_place(owner: str, key_id: str) -> Path:
    return Path("keys", _checked(owner), _checked(key_id))


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("An owner or key id has letters, digits, hyphens only.")
    return name


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise KeyMissing("The keystore holds no such key.") from None


def _write(path: Path, content: bytes, *, replace: bool = True) -> None:
    files.private_directory(path.parent)
    files.write_durably(path, [content], replace=replace)
