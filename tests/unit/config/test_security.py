"""What production refuses to start with, one sentence each."""

from pathlib import Path
from typing import Any

import pytest

from config.security import CONTENT_SECURITY_POLICY, refusals

SOUND = {
    "SECRET_KEY": "a long enough line of letters that nobody could guess",
    "VAULT_MASTER_KEY": "0123456789abcdef" * 4,
    "DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql"}},
    "REDIS_URL": "redis://redis",
    "DEBUG": False,
    "DEMO": False,
    "KEYSTORE_RETENTION_DAYS": 7,
    "STATIC_ROOT": Path("/srv/static"),
    "STATICFILES_DIRS": [Path("/srv/homeroom/static")],
    "VAULT_DIR": Path("/srv/vault"),
    "KEYSTORE_DIR": Path("/srv/keystore"),
    "KEYSTORE_COPY_DIR": Path("/mnt/keystore-copy"),
    "SEAL_DIR": Path("/srv/seal"),
}


def test_sound_settings_start() -> None:
    assert refusals(SOUND) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY": "k" * 50}, "SECRET_KEY"),
        ({"SECRET_KEY": "0123456789abcdef" * 4}, "must not be the same"),
        ({"VAULT_MASTER_KEY": ""}, "VAULT_MASTER_KEY"),
        ({"VAULT_MASTER_KEY": "0" * 64}, "VAULT_MASTER_KEY"),
        ({"VAULT_MASTER_KEY": "0123456789abcdeg" * 4}, "VAULT_MASTER_KEY"),
        ({"DATABASES": {"default": {"ENGINE": "x.sqlite3"}}}, "SQLite"),
        ({"REDIS_URL": None}, "broker"),
        ({"DEBUG": True}, "DEBUG"),
        ({"DEMO": True}, "demo"),
        ({"KEYSTORE_RETENTION_DAYS": 8}, "KEYSTORE_RETENTION_DAYS"),
        ({"VAULT_DIR": Path("/srv/static/vault")}, "served directory"),
        ({"KEYSTORE_DIR": Path("/srv/static")}, "served directory"),
        ({"KEYSTORE_COPY_DIR": Path("/srv/static/copy")}, "served directory"),
        ({"SEAL_DIR": Path("/srv/homeroom/static/seal")}, "served directory"),
    ],
)
def test_each_fault_is_refused_in_one_sentence(
    change: dict[str, Any], word: str
) -> None:
    (sentence,) = refusals(SOUND | change)
    assert word in sentence
    assert sentence.endswith(".")


def test_pages_may_run_only_our_own_files() -> None:
    directives = CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert directives["default-src"] == ["'none'"]
    for name in ("script-src", "style-src"):
        assert directives[name] == ["'self'"]
