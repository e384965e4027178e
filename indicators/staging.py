"""The staging holding: what waits at the door, each part sealed under its own key."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, BinaryIO, cast

from django.db import Error, transaction

from accounts import clock
from indicators.custody import vault
from indicators.unnamed import Unnamed, standard_name
from indicators.vault.envelope import Tampered
from indicators.vault.keystore import KeyMissing
from indicators.vault.store import BlobMissing
from indicators.vault.vault import Place, Sealed

BLOCK_BYTES = 1 << 20
FILE, REPORT, ROWS, ANSWERS = "file", "report", "rows", "answers"

# A sealed part as an arrival's row names it: key, blob, n_bytes and sha256.
Part = dict[str, Any]


class Gone(LookupError):
    """What was sealed is erased, or was lost."""


def seal(owner: str, content: bytes | Iterable[bytes]) -> Part:
    """Return where some content lies now, sealed under a key of its own."""
    sealed = vault().put(owner, content)
    return {
        "key": sealed.key_id,
        "blob": sealed.blob,
        "n_bytes": sealed.n_bytes,
        "sha256": sealed.sha256,
    }


def seal_record(owner: str, record: Mapping[str, Any]) -> Part:
    """Return where a record of plain values lies now."""
    return seal(owner, json.dumps(record).encode())


def seal_file(owner: str, file: BinaryIO) -> Part:
    """Return where a file lies now; its name stays away unless a standard gave it."""
    name = standard_name(str(getattr(file, "name", None) or ""))
    return seal(owner, blocks_of(file)) | {"name": name}


def opened(owner: str, part: Part) -> BinaryIO:
    """Return a sealed file, to be read from its start; raises Gone."""
    with _gone():
        file = vault().open(owner, key_id=part["key"], blob=part["blob"])
    return cast(BinaryIO, Unnamed(file, name=part["name"]))


def record_of(owner: str, part: Part | None) -> dict[str, Any]:
    """Return a sealed record, empty where there is none; raises Gone."""
    if part is None:
        return {}
    with _gone():
        content = vault().read(owner, key_id=part["key"], blob=part["blob"])
    record: dict[str, Any] = json.loads(content)
    return record


def erase(owner: str, parts: Iterable[Part]) -> None:
    """Destroy the keys of some parts, then the parts. Repeatable."""
    for part in parts:
        vault().destroy(owner, key_id=part["key"], blob=part["blob"], now=clock.now())


def erase_once_committed(owner: str, parts: Iterable[Part]) -> None:
    """Erase some parts as soon as it stands that nothing names them any more.

    Should that never happen, the sweep erases them.
    """
    transaction.on_commit(partial(erase, owner, list(parts)))


@contextmanager
def staged_if_recorded(owner: str, parts: Iterable[Part]) -> Iterator[None]:
    """Destroy what was just sealed, if the block that is to record it refuses.

    As for holdings, an error of the database leaves that to the sweep.
    """
    try:
        yield
    except Error:
        raise
    except Exception:
        erase(owner, parts)
        raise


def places_of(owner: str, sealed: Mapping[str, Part]) -> Iterator[Place]:
    """Yield where the parts of an arrival lie, for the sweep."""
    for part in sealed.values():
        yield Place(owner=owner, key_id=part["key"], blob=part["blob"])


def as_sealed(part: Part) -> Sealed:
    """Return a part as the vault names what it has sealed."""
    return Sealed(part["key"], part["blob"], part["n_bytes"], part["sha256"])


def blocks_of(file: BinaryIO) -> Iterator[bytes]:
    """Yield a whole file from its start."""
    file.seek(0)
    while block := file.read(BLOCK_BYTES):
        yield block


@contextmanager
def _gone() -> Iterator[None]:
    try:
        yield
    except (KeyMissing, BlobMissing, Tampered):
        raise Gone("What waited here is erased or was lost.") from None
