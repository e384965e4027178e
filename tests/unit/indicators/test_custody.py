"""The settings lead to one vault, whose parts lie where they say."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytest_django import Settings

from indicators import custody
from indicators.vault.keystore import KeyMissing


def test_the_vault_of_the_settings_seals_reads_and_destroys(
    settings: Settings, tmp_path: Path
) -> None:
    settings.VAULT_DIR = tmp_path / "vault"
    settings.KEYSTORE_DIR = tmp_path / "keys"
    settings.KEYSTORE_COPY_DIR = tmp_path / "copy"
    settings.KEYSTORE_RETENTION_DAYS = 3
    settings.VAULT_MASTER_KEY = "ab" * 32
    sealed = custody.vault().put("7", b"rows")
    assert custody.vault().read("7", key_id=sealed.key_id, blob=sealed.blob) == b"rows"
    assert [path.name for path in (tmp_path / "vault/blobs").iterdir()] == [sealed.blob]
    assert (tmp_path / "copy/keys/7" / sealed.key_id).exists()

    evidence = custody.vault().destroy(
        "7", key_id=sealed.key_id, blob=sealed.blob, now=datetime.now(UTC)
    )
    assert (evidence.unrecoverable_at - evidence.destroyed_at).days == 3
    with pytest.raises(KeyMissing):
        custody.vault().read("7", key_id=sealed.key_id, blob=sealed.blob)
