"""A destroyed key is gone from the keystore at once, and from its copy on time."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.vault.envelope import Tampered
from indicators.vault.keyservice import MasterKeys
from indicators.vault.keystore import KeyMissing, Keystore

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MASTER = bytes(range(32))
WEEK = timedelta(days=7)


def keystore(root: Path, *, main: str = "main", master: bytes = MASTER) -> Keystore:
    return Keystore(root / main, copy=root / "copy", service=MasterKeys(master))


@pytest.fixture
def keys(tmp_path: Path) -> Keystore:
    keys = keystore(tmp_path)
    keys.create_owner("housing")
    keys.create_owner("district")
    return keys


def lose_main(root: Path) -> Keystore:
    shutil.rmtree(root / "main")
    return keystore(root)


class Overtaken(Keystore):
    """A keystore whose keys are destroyed, or spoilt, as one is about to be opened."""

    meanwhile: Callable[[], object]

    def _owner_key(self, owner: str) -> bytes:
        self.meanwhile()
        return super()._owner_key(owner)


@pytest.mark.parametrize(
    ("is_destroyed", "error"), [(True, KeyMissing), (False, Tampered)]
)
def test_a_key_that_is_overwritten_while_it_is_read_is_missing_if_it_was_destroyed(
    keys: Keystore, tmp_path: Path, is_destroyed: bool, error: type[Exception]
) -> None:
    key = keys.create("housing")
    (tmp_path / "main/keys/housing" / key.key_id).write_bytes(b"overwritten")

    def destroy() -> None:
        if is_destroyed:
            keys.destroy("housing", key_id=key.key_id, now=NOW)

    reader = Overtaken(
        tmp_path / "main", copy=tmp_path / "copy", service=MasterKeys(MASTER)
    )
    reader.meanwhile = destroy
    with pytest.raises(error):
        reader.unwrap("housing", key_id=key.key_id)


def test_a_key_comes_back_under_its_owner(keys: Keystore) -> None:
    key = keys.create("housing")
    assert keys.unwrap("housing", key_id=key.key_id) == key


def test_another_owner_cannot_unwrap_a_key(keys: Keystore, tmp_path: Path) -> None:
    key = keys.create("housing")
    with pytest.raises(KeyMissing):
        keys.unwrap("district", key_id=key.key_id)
    (tmp_path / "main/keys/district").mkdir()
    shutil.copy(
        tmp_path / "main/keys/housing" / key.key_id, tmp_path / "main/keys/district"
    )
    with pytest.raises(Tampered):
        keys.unwrap("district", key_id=key.key_id)


def test_another_master_key_opens_nothing(keys: Keystore, tmp_path: Path) -> None:
    key = keys.create("housing")
    with pytest.raises(Tampered):
        keystore(tmp_path, master=bytes(32)).unwrap("housing", key_id=key.key_id)


def test_a_second_create_owner_keeps_the_first_key(keys: Keystore) -> None:
    key = keys.create("housing")
    keys.create_owner("housing")
    assert keys.unwrap("housing", key_id=key.key_id) == key


def test_a_lost_owner_key_is_taken_from_the_copy_not_replaced(
    keys: Keystore, tmp_path: Path
) -> None:
    key = keys.create("housing")
    (tmp_path / "main/owners/housing").unlink()
    keys.create_owner("housing")
    assert keys.unwrap("housing", key_id=key.key_id) == key


def test_a_lost_copy_of_an_owner_key_is_made_again(
    keys: Keystore, tmp_path: Path
) -> None:
    (tmp_path / "copy/owners/housing").unlink()
    keys.create_owner("housing")
    ours, copy = tmp_path / "main/owners/housing", tmp_path / "copy/owners/housing"
    assert copy.read_bytes() == ours.read_bytes()


def test_an_unknown_owner_has_no_keys(keys: Keystore) -> None:
    with pytest.raises(KeyMissing):
        keys.create("stranger")


def test_destroying_twice_keeps_the_first_time(keys: Keystore) -> None:
    key = keys.create("housing")
    first = keys.destroy("housing", key_id=key.key_id, now=NOW)
    second = keys.destroy("housing", key_id=key.key_id, now=NOW + WEEK)
    assert (first.existed, second.existed) == (True, False)
    assert first.destroyed_at == second.destroyed_at == NOW
    assert first.unrecoverable_at == second.unrecoverable_at == NOW + WEEK


def test_a_destroyed_key_does_not_unwrap_even_if_its_file_comes_back(
    keys: Keystore, tmp_path: Path
) -> None:
    key = keys.create("housing")
    path = tmp_path / "main/keys/housing" / key.key_id
    backup = path.read_bytes()
    keys.destroy("housing", key_id=key.key_id, now=NOW)
    path.write_bytes(backup)
    with pytest.raises(KeyMissing):
        keys.unwrap("housing", key_id=key.key_id)
    keys.restore_from_copy()
    assert not path.exists()


def test_restore_brings_back_all_but_the_destroyed(
    keys: Keystore, tmp_path: Path
) -> None:
    kept, gone = keys.create("housing"), keys.create("housing")
    keys.destroy("housing", key_id=gone.key_id, now=NOW)
    keys = lose_main(tmp_path)
    assert keys.restore_from_copy() == 3  # two owners' keys and one data key
    assert keys.unwrap("housing", key_id=kept.key_id) == kept
    with pytest.raises(KeyMissing):
        keys.unwrap("housing", key_id=gone.key_id)


def test_the_copy_forgets_when_the_retention_has_passed(
    keys: Keystore, tmp_path: Path
) -> None:
    key = keys.create("housing")
    copy = tmp_path / "copy/keys/housing" / key.key_id
    keys.destroy("housing", key_id=key.key_id, now=NOW)
    assert keys.expire_copy(NOW + WEEK - timedelta(seconds=1)) == 0
    assert copy.exists()
    assert keys.expire_copy(NOW + WEEK) == 1
    assert not copy.exists()
    assert keys.expire_copy(NOW + WEEK) == 0


def test_no_retention_means_the_copy_goes_at_once(tmp_path: Path) -> None:
    keys = Keystore(
        tmp_path / "main",
        copy=tmp_path / "copy",
        service=MasterKeys(MASTER),
        retention=timedelta(0),
    )
    keys.create_owner("housing")
    key = keys.create("housing")
    keys.destroy("housing", key_id=key.key_id, now=NOW)
    assert not list((tmp_path / "copy/keys/housing").iterdir())


@pytest.mark.parametrize("days", [-1, 8])
def test_a_retention_beyond_a_week_is_refused(tmp_path: Path, days: int) -> None:
    with pytest.raises(ValueError, match="0 to 7 days"):
        Keystore(
            tmp_path / "main",
            copy=tmp_path / "copy",
            service=MasterKeys(MASTER),
            retention=timedelta(days=days),
        )


def test_files_and_directories_are_private(keys: Keystore, tmp_path: Path) -> None:
    key = keys.create("housing")
    keys.create("district")
    keys.destroy("housing", key_id=key.key_id, now=NOW)
    roots = (tmp_path / "main", tmp_path / "copy")
    paths = [path for root in roots for path in (root, *root.rglob("*"))]
    assert {p.stat().st_mode & 0o777 for p in paths if p.is_file()} == {0o600}
    assert {p.stat().st_mode & 0o777 for p in paths if p.is_dir()} == {0o700}


def test_no_key_bytes_on_disk_or_in_a_repr(keys: Keystore, tmp_path: Path) -> None:
    key = keys.create("housing")
    stored = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert key.secret not in stored
    assert repr(key.secret) not in repr(key)
    assert repr(MASTER) not in repr(keys)


@pytest.mark.parametrize("name", ["../housing", "", "a/b", ".hidden", "x" * 65])
def test_a_name_cannot_leave_the_directory(keys: Keystore, name: str) -> None:
    with pytest.raises(ValueError, match="letters, digits"):
        keys.unwrap(name, key_id="0")
    with pytest.raises(ValueError, match="letters, digits"):
        keys.unwrap("housing", key_id=name)


acts = st.lists(
    st.sampled_from(["create", "destroy", "expire", "lose", "restore"]), max_size=12
)


@settings(max_examples=25, deadline=None)
@given(acts=acts)
def test_no_sequence_of_acts_brings_a_destroyed_key_back(
    acts: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("keys")
    keys = keystore(root)
    keys.create_owner("housing")
    live, gone, now = [], [], NOW
    for act in acts:
        if act == "create":
            keys.create_owner("housing")
            live.append(keys.create("housing"))
        elif act == "destroy" and live:
            gone.append(live.pop(0))
            keys.destroy("housing", key_id=gone[-1].key_id, now=now)
        elif act == "expire":
            now += timedelta(days=4)
            keys.expire_copy(now)
        elif act == "lose":
            keys = lose_main(root)
        elif act == "restore":
            keys.restore_from_copy()
    keys.restore_from_copy()
    assert all(keys.unwrap("housing", key_id=k.key_id) == k for k in live)
    for key in gone:
        with pytest.raises(KeyMissing):
            keys.unwrap("housing", key_id=key.key_id)
    keys.expire_copy(now + WEEK)
    left = {path.name for path in root.rglob("*/keys/housing/*")}
    tombstones = {p.name for p in (root / "copy/tombstones").rglob("*") if p.is_file()}
    assert left - tombstones == {key.key_id for key in live}
    assert {p.name for p in (root / "copy/keys/housing").glob("*")} == {
        key.key_id for key in live
    }
