"""Wrapping keys are replaced under all holdings; a kill on the way loses nothing."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from indicators.vault import files
from indicators.vault.envelope import Tampered, new_key
from indicators.vault.keyservice import KeyService, MasterKeys, unwrap
from indicators.vault.keystore import DataKey, KeyMissing, Keystore

OLD, NEW = bytes(range(32)), bytes(range(1, 33))
LATER = timedelta(minutes=1)


def now() -> datetime:
    return datetime.now(UTC)


def keystore(root: Path, service: KeyService | None = None) -> Keystore:
    return Keystore(
        root / "main", copy=root / "copy", service=service or MasterKeys(OLD)
    )


class CloudKeys:
    """A service elsewhere: it hands out tickets and keeps the secrets to itself."""

    def __init__(self) -> None:
        self.held: dict[bytes, tuple[bytes, str, int]] = {}
        self.version = 1

    def wrap(self, secret: bytes, *, bound: str) -> bytes:
        ticket = f"ticket {len(self.held)}".encode()
        self.held[ticket] = (secret, bound, self.version)
        return ticket

    def unwrap(self, wrapped: bytes, *, bound: str) -> bytes:
        secret, written_for, _ = self.held.get(wrapped, (b"", "", 0))
        if written_for != bound:
            raise Tampered("The service does not know it.")
        return secret

    def is_current(self, wrapped: bytes, *, bound: str) -> bool:
        return self.held[wrapped][2] == self.version


@pytest.fixture(params=["master keys", "cloud keys"])
def service(request: pytest.FixtureRequest) -> KeyService:
    return MasterKeys(OLD) if request.param == "master keys" else CloudKeys()


def some_keys(keys: Keystore) -> list[DataKey]:
    made = []
    for owner in ("housing", "district"):
        keys.create_owner(owner)
        made += [keys.create(owner) for _ in range(3)]
    return made


def all_open(keys: Keystore, made: list[DataKey]) -> bool:
    return all(keys.unwrap(key.owner, key_id=key.key_id) == key for key in made)


def rotate(keys: Keystore, since: datetime) -> int:
    return sum(keys.rotate_owner(owner, since=since) for owner in keys.owners())


def under(root: Path, secret: bytes, owner: str) -> list[str]:
    """Return which data keys, in keystore and copy, open under an owner's key."""
    found = []
    for path in root.rglob(f"keys/{owner}/*"):
        bound = f"keys/{owner}/{path.name}"
        if "tombstones" in path.parts:
            continue
        try:
            unwrap(path.read_bytes(), under=(secret,), bound=bound)
        except Tampered:
            continue
        found.append(path.name)
    return found


def owner_key(root: Path, service: KeyService, owner: str) -> bytes:
    wrapped = (root / "main/owners" / owner).read_bytes()
    return service.unwrap(wrapped, bound=f"owners/{owner}")


def test_a_service_binds_what_it_wraps_to_its_text(service: KeyService) -> None:
    secret = new_key()
    wrapped = service.wrap(secret, bound="owners/7")
    assert secret not in wrapped
    assert service.unwrap(wrapped, bound="owners/7") == secret
    assert service.is_current(wrapped, bound="owners/7")
    with pytest.raises(Tampered):
        service.unwrap(wrapped, bound="owners/8")


def test_a_rotation_wraps_every_data_key_anew_and_keeps_it(
    tmp_path: Path, service: KeyService
) -> None:
    keys = keystore(tmp_path, service)
    made = some_keys(keys)
    before = owner_key(tmp_path, service, "housing")
    assert len(under(tmp_path, before, "housing")) == 6  # in keystore and copy
    assert rotate(keys, now() + LATER) == 6
    assert all_open(keys, made)
    assert under(tmp_path, before, "housing") == []
    shutil.rmtree(tmp_path / "main")
    keys = keystore(tmp_path, service)
    assert keys.restore_from_copy() == 8
    assert all_open(keys, made)
    assert list(tmp_path.rglob("retired/*")) == []


def test_after_a_rotation_the_former_master_key_is_not_needed(tmp_path: Path) -> None:
    made = some_keys(keystore(tmp_path))
    with pytest.raises(Tampered):
        all_open(keystore(tmp_path, MasterKeys(NEW)), made)
    both = keystore(tmp_path, MasterKeys(NEW, before=OLD))
    assert all_open(both, made)
    rotate(both, now() - LATER)  # young keys, but of the former master key
    assert all_open(keystore(tmp_path, MasterKeys(NEW)), made)
    with pytest.raises(Tampered):
        all_open(keystore(tmp_path, MasterKeys(OLD)), made)


def test_an_owner_who_has_a_new_key_keeps_it(tmp_path: Path) -> None:
    keys = keystore(tmp_path)
    some_keys(keys)
    place = tmp_path / "main/owners/housing"
    before = place.read_bytes()
    assert keys.rotate_owner("housing", since=now() - LATER) == 3
    assert place.read_bytes() == before


def test_a_destroyed_key_is_not_wrapped_again(tmp_path: Path) -> None:
    keys = keystore(tmp_path)
    made = some_keys(keys)
    gone = made.pop(0)
    keys.destroy(gone.owner, key_id=gone.key_id, now=now())
    rotate(keys, now() + LATER)
    assert all_open(keys, made)
    assert under(tmp_path, owner_key(tmp_path, MasterKeys(OLD), "housing"), "housing")
    keys.restore_from_copy()
    with pytest.raises(KeyMissing):
        keys.unwrap(gone.owner, key_id=gone.key_id)
    # The copy's file waits for its day, under a key that is nowhere any more.
    left = tmp_path / "copy/keys/housing" / gone.key_id
    assert left.exists()
    assert gone.key_id not in under(
        tmp_path, owner_key(tmp_path, MasterKeys(OLD), "housing"), "housing"
    )


def test_a_damaged_key_is_taken_from_the_copy(tmp_path: Path) -> None:
    keys = keystore(tmp_path)
    made = some_keys(keys)
    (tmp_path / "main/keys/housing" / made[0].key_id).write_bytes(b"damaged")
    rotate(keys, now() + LATER)
    assert all_open(keys, made)


def test_a_key_that_opens_nowhere_stops_the_rotation_before_it_begins(
    tmp_path: Path,
) -> None:
    keys = keystore(tmp_path)
    made = some_keys(keys)
    for root in ("main", "copy"):
        (tmp_path / root / "keys/housing" / made[0].key_id).write_bytes(b"damaged")
    files_before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    with pytest.raises(Tampered, match="in the keystore or in its copy"):
        keys.rotate_owner("housing", since=now() + LATER)
    assert files_before == {
        p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()
    }


class Killed(BaseException):
    """As if the process had been killed here."""


def kill_at(patch: pytest.MonkeyPatch, step: int) -> None:
    """Kill before the n-th time that a file is written or erased."""
    left = [step]
    for name in ("write_durably", "erase"):
        true = getattr(files, name)

        def counted(*args: Any, true: Any = true, **kwargs: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return true(*args, **kwargs)

        patch.setattr(files, name, counted)


@pytest.mark.parametrize("is_main_lost", [False, True])
def test_a_rotation_killed_anywhere_loses_nothing_and_goes_on(
    tmp_path: Path, is_main_lost: bool
) -> None:
    step = n_killed = 0
    while n_killed == step:
        root = tmp_path / str(step)
        keys = keystore(root)
        made = some_keys(keys)
        service = MasterKeys(NEW, before=OLD)
        since = now() + LATER
        with pytest.MonkeyPatch.context() as patch:
            kill_at(patch, step)
            try:
                rotate(keystore(root, service), since)
            except Killed:
                n_killed += 1
        if is_main_lost:
            shutil.rmtree(root / "main")
            keystore(root, service).restore_from_copy()
        keys = keystore(root, service)
        assert all_open(keys, made)
        made.append(keys.create("housing"))
        rotate(keys, since)
        assert all_open(keystore(root, MasterKeys(NEW)), made)
        assert list(root.rglob("retired/*")) == []
        step += 1
    assert n_killed > 20  # the last round ended by itself


def test_a_key_that_only_the_copy_holds_is_listed_until_it_is_destroyed(
    tmp_path: Path,
) -> None:
    keys = keystore(tmp_path)
    keys.create_owner("housing")
    key = keys.create("housing")
    (tmp_path / "main/keys/housing" / key.key_id).unlink()
    assert [(owner, key_id) for owner, key_id, _ in keys.every_key()] == [
        ("housing", key.key_id)
    ]
    keys.destroy("housing", key_id=key.key_id, now=now())
    assert list(keys.every_key()) == []
