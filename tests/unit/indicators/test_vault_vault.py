"""A holding lives as long as its key, and no blob outlives its name in the records."""

import hashlib
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import pytest

from indicators.vault.envelope import Tampered
from indicators.vault.keyservice import MasterKeys
from indicators.vault.keystore import KeyMissing, Keystore
from indicators.vault.store import BlobMissing, Store
from indicators.vault.vault import Place, Sealed, Vault

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
ROWS = b"one row per tenant\n" * 10_000


def vault_at(root: Path) -> Vault:
    keys = Keystore(root / "keys", copy=root / "copy", service=MasterKeys(bytes(32)))
    return Vault(blobs=Store(root / "blobs"), keys=keys)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return vault_at(tmp_path)


def place(sealed: Sealed, owner: str = "housing") -> Place:
    return Place(owner, sealed.key_id, sealed.blob)


def read(vault: Vault, sealed: Sealed) -> bytes:
    return vault.read("housing", key_id=sealed.key_id, blob=sealed.blob)


def destroy(vault: Vault, sealed: Sealed) -> bool:
    return vault.destroy(
        "housing", key_id=sealed.key_id, blob=sealed.blob, now=NOW
    ).existed


def test_a_holding_comes_back_with_its_size_and_digest(vault: Vault) -> None:
    sealed = vault.put("housing", iter([ROWS, ROWS]))
    assert read(vault, sealed) == ROWS * 2
    assert sealed.n_bytes == len(ROWS) * 2
    assert sealed.sha256 == hashlib.sha256(ROWS * 2).hexdigest()


def test_a_holding_is_read_as_a_file_from_its_start_again(vault: Vault) -> None:
    sealed = vault.put("housing", ROWS)
    file = vault.open("housing", key_id=sealed.key_id, blob=sealed.blob)
    assert file.read(3) == ROWS[:3]
    file.seek(0)
    assert file.read() == ROWS
    destroy(vault, sealed)
    with pytest.raises(KeyMissing):
        vault.open("housing", key_id=sealed.key_id, blob=sealed.blob)


class Overtaken(Store):
    """A store whose blob is destroyed, or only spoilt, as it is about to be read."""

    meanwhile: Callable[[], object]

    def open(self, name: str) -> BinaryIO:
        self.meanwhile()
        return super().open(name)


def test_a_holding_that_is_destroyed_while_it_is_read_is_missing_its_key(
    vault: Vault, tmp_path: Path
) -> None:
    sealed = vault.put("housing", ROWS)
    store = Overtaken(tmp_path / "blobs")
    store.meanwhile = lambda: destroy(vault, sealed)
    keys = Keystore(
        tmp_path / "keys", copy=tmp_path / "copy", service=MasterKeys(bytes(32))
    )
    with pytest.raises(KeyMissing):
        read(Vault(blobs=store, keys=keys), sealed)


def test_a_blob_that_is_lost_while_it_is_read_is_missing(
    vault: Vault, tmp_path: Path
) -> None:
    sealed = vault.put("housing", ROWS)
    store = Overtaken(tmp_path / "blobs")
    store.meanwhile = lambda: store.erase(sealed.blob)
    keys = Keystore(
        tmp_path / "keys", copy=tmp_path / "copy", service=MasterKeys(bytes(32))
    )
    with pytest.raises(BlobMissing):
        read(Vault(blobs=store, keys=keys), sealed)


def test_plaintext_is_nowhere_on_disk(vault: Vault, tmp_path: Path) -> None:
    vault.put("housing", ROWS)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert all(b"tenant" not in path.read_bytes() for path in files)


def test_every_holding_has_a_key_of_its_own(vault: Vault) -> None:
    one, two = vault.put("housing", ROWS), vault.put("housing", ROWS)
    assert one.key_id != two.key_id
    with pytest.raises(Tampered):
        vault.read("housing", key_id=one.key_id, blob=two.blob)


def test_after_destruction_no_copy_of_the_blob_opens(
    vault: Vault, tmp_path: Path
) -> None:
    sealed = vault.put("housing", ROWS)
    backup = tmp_path / "backup"
    shutil.copy(tmp_path / "blobs" / sealed.blob, backup)
    assert destroy(vault, sealed)
    shutil.copy(backup, tmp_path / "blobs" / sealed.blob)
    with pytest.raises(KeyMissing):
        read(vault, sealed)


def test_destruction_may_be_repeated(vault: Vault) -> None:
    sealed = vault.put("housing", ROWS)
    assert destroy(vault, sealed)
    assert not destroy(vault, sealed)
    with pytest.raises(KeyMissing):
        read(vault, sealed)


def test_the_key_dies_even_when_the_blob_cannot_be_erased(
    vault: Vault, tmp_path: Path
) -> None:
    sealed = vault.put("housing", ROWS)
    blob = tmp_path / "blobs" / sealed.blob
    blob.unlink()
    blob.mkdir()
    with pytest.raises(IsADirectoryError):
        destroy(vault, sealed)
    with pytest.raises(KeyMissing):
        read(vault, sealed)


def test_after_the_retention_the_copy_of_the_keystore_cannot_help(
    vault: Vault, tmp_path: Path
) -> None:
    sealed = vault.put("housing", ROWS)
    backup = (tmp_path / "blobs" / sealed.blob).read_bytes()
    destroy(vault, sealed)
    assert vault.expire_copy(NOW + timedelta(days=7)) == 1
    # Whoever takes the copy, without its tombstones, and an old backup of the blob:
    shutil.rmtree(tmp_path / "copy" / "tombstones")
    Keystore(
        tmp_path / "keys", copy=tmp_path / "copy", service=MasterKeys(bytes(32))
    ).restore_from_copy()
    (tmp_path / "blobs" / sealed.blob).write_bytes(backup)
    with pytest.raises(KeyMissing):
        read(vault_at(tmp_path), sealed)


def test_a_sweep_erases_what_no_holding_names(vault: Vault) -> None:
    kept, orphan = vault.put("housing", ROWS), vault.put("housing", ROWS)
    swept = vault.sweep([place(kept)], now=NOW + 2 * HOUR, grace=HOUR)
    assert (swept.n_blobs, swept.n_keys, swept.missing) == (1, 1, ())
    assert read(vault, kept) == ROWS
    with pytest.raises(KeyMissing):
        read(vault, orphan)


def test_a_sweep_leaves_a_delivery_that_is_not_yet_recorded(vault: Vault) -> None:
    fresh = vault.put("housing", ROWS)
    assert vault.sweep([], now=NOW, grace=HOUR).n_blobs == 0
    assert read(vault, fresh) == ROWS


def test_a_sweep_reports_holdings_that_lost_blob_or_key(
    vault: Vault, tmp_path: Path
) -> None:
    no_blob, no_key = vault.put("housing", ROWS), vault.put("housing", ROWS)
    (tmp_path / "blobs" / no_blob.blob).unlink()
    (tmp_path / "keys/keys/housing" / no_key.key_id).unlink()
    swept = vault.sweep([place(no_blob), place(no_key)], now=NOW, grace=HOUR)
    assert swept.missing == (place(no_blob), place(no_key))
    with pytest.raises(BlobMissing):
        read(vault, no_blob)


def test_a_sweep_erases_what_dead_writers_left(vault: Vault, tmp_path: Path) -> None:
    parts = [tmp_path / "blobs/.dead.part", tmp_path / "copy/keys/.dead.part"]
    for part in parts:
        part.write_bytes(b"half")
        os.utime(part, (0, 0))
    vault.sweep([], now=NOW, grace=HOUR)
    assert not any(part.exists() for part in parts)
