"""Blobs appear whole or not at all, and disappear for good."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from indicators.vault.files import erase_parts
from indicators.vault.store import BlobMissing, Store, new_name

UPPER_CASE = "EA3B247E-A811-4011-BFA0-DDC8E69AD4B3"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "blobs")


def content(store: Store, name: str) -> bytes:
    with store.open(name) as file:
        return file.read()


def test_a_blob_comes_back(store: Store) -> None:
    name = new_name()
    assert store.put(name, [b"sealed ", b"bytes"]) == 12
    assert content(store, name) == b"sealed bytes"
    assert list(store.names()) == [name]


def test_a_write_that_fails_leaves_nothing(store: Store, tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        store.put(new_name(), broken())
    assert not list((tmp_path / "blobs").iterdir())


def test_erasing_may_be_repeated(store: Store) -> None:
    name = new_name()
    store.put(name, [b"sealed"])
    assert store.erase(name)
    assert not store.erase(name)
    with pytest.raises(BlobMissing):
        store.open(name)


def test_erasing_overwrites_before_it_unlinks(store: Store, tmp_path: Path) -> None:
    name = new_name()
    store.put(name, [b"sealed" * 1000])
    (tmp_path / "second-link").hardlink_to(tmp_path / "blobs" / name)
    store.erase(name)
    assert b"sealed" not in (tmp_path / "second-link").read_bytes()


def test_the_directory_and_its_blobs_are_private(store: Store, tmp_path: Path) -> None:
    name = new_name()
    store.put(name, [b"sealed"])
    assert (tmp_path / "blobs").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "blobs" / name).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "name", ["", "..", "../../etc/passwd", "tenants.csv", UPPER_CASE]
)
def test_only_random_names_are_taken(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="random UUID"):
        store.put(name, [b"sealed"])
    with pytest.raises(ValueError, match="random UUID"):
        store.open(name)


def test_leavings_of_dead_writers_are_erased_after_a_while(
    store: Store, tmp_path: Path
) -> None:
    part = tmp_path / "blobs" / ".dead.part"
    part.write_bytes(b"half")
    now = datetime.now(UTC)
    assert store.erase_parts(now - timedelta(hours=1)) == 0
    os.utime(part, (0, 0))
    assert store.erase_parts(now - timedelta(hours=1)) == 1
    assert not part.exists()


def test_a_part_that_is_whole_under_its_own_name_loses_only_the_other(
    tmp_path: Path,
) -> None:
    kept, part = tmp_path / "key", tmp_path / ".1234.part"
    kept.write_bytes(b"the only copy")
    part.hardlink_to(kept)
    assert erase_parts(tmp_path, before=datetime.now(UTC) + timedelta(days=1)) == 1
    assert kept.read_bytes() == b"the only copy"
    assert not part.exists()
