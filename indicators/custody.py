"""Opens the vault, and the place for uploads, that the settings name."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import Error

from accounts import clock
from indicators.vault.keyservice import KeyService, MasterKeys
from indicators.vault.keystore import Keystore
from indicators.vault.store import Store
from indicators.vault.vault import Sealed, Vault


def vault() -> Vault:
    """Return the vault of VAULT_DIR with the keys of KEYSTORE_DIR."""
    return Vault(blobs=Store(Path(settings.VAULT_DIR, "blobs")), keys=keystore())


def keystore() -> Keystore:
    """Return the keystore of KEYSTORE_DIR and its copy."""
    return Keystore(
        Path(settings.KEYSTORE_DIR),
        copy=Path(settings.KEYSTORE_COPY_DIR),
        service=key_service(),
        retention=timedelta(days=settings.KEYSTORE_RETENTION_DAYS),
    )


def key_service() -> KeyService:
    """Return what wraps the owners' keys: the one place to name another service."""
    before = settings.VAULT_MASTER_KEY_BEFORE
    return MasterKeys(
        bytes.fromhex(settings.VAULT_MASTER_KEY),
        before=bytes.fromhex(before) if before else None,
    )


@contextmanager
def kept_if_recorded(owner: str, *sealed: Sealed) -> Iterator[None]:
    """Destroy what was just sealed, if the block that is to record it refuses.

    An error of the database leaves open whether the record stands: then the sweep
    erases what no holding names.
    """
    try:
        yield
    except Error:
        raise
    except Exception:
        for each in sealed:
            vault().destroy(owner, key_id=each.key_id, blob=each.blob, now=clock.now())
        raise


def incoming() -> Store:
    """Return the store where uploads live, sealed, while their request runs."""
    return Store(Path(settings.VAULT_DIR, "incoming"))


def sweep_incoming(*, older_than: timedelta) -> int:
    """Erase uploads whose request died that long ago, and return how many."""
    store = incoming()
    moment = clock.now() - older_than
    return sum(store.erase(name) for name in tuple(store.written_before(moment)))
