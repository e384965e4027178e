"""What production refuses to start with, one sentence each."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config.security import CONTENT_SECURITY_POLICY, refusals
from launch.surroundings import without_settings

KEY = "f3a1c07d5e9b28466071dcbe42f8935a0e64b7d1892c5f3a7be016d4c98f2053"
SOUND = {
    "SECRET_KEY": "a long enough line of letters that nobody could guess",
    "VAULT_MASTER_KEY": KEY,
    "VAULT_MASTER_KEY_BEFORE": "",
    "DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql"}},
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "PUBLIC_URL": "https://homeroom.example.org",
    "ALLOWED_HOSTS": ["homeroom.example.org"],
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
    "SFTP_DIR": Path("/srv/sftp"),
}


def test_sound_settings_start() -> None:
    assert refusals(SOUND) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY": "k" * 50}, "SECRET_KEY"),
        ({"SECRET_KEY": "change-me-" * 6}, "SECRET_KEY"),
        ({"SECRET_KEY": KEY}, "must not be the same"),
        ({"VAULT_MASTER_KEY": ""}, "VAULT_MASTER_KEY"),
        ({"VAULT_MASTER_KEY": "0" * 64}, "VAULT_MASTER_KEY"),
        ({"VAULT_MASTER_KEY": "0123456789abcdef" * 4}, "VAULT_MASTER_KEY"),
        ({"VAULT_MASTER_KEY": f"g{KEY[1:]}"}, "VAULT_MASTER_KEY"),
        ({"VAULT_MASTER_KEY_BEFORE": KEY}, "VAULT_MASTER_KEY_BEFORE"),
        ({"VAULT_MASTER_KEY_BEFORE": KEY[1:]}, "VAULT_MASTER_KEY_BEFORE"),
        ({"DATABASES": {"default": {"ENGINE": "x.sqlite3"}}}, "SQLite"),
        ({"DATABASES": {"default": {"ENGINE": "x.spatialite"}}}, "SQLite"),
        ({"DATABASES": {"default": {"ENGINE": ""}}}, "SQLite"),
        ({"REDIS_URL": None}, "broker"),
        ({"REDIS_URL": "filesystem://localhost"}, "broker"),
        ({"REDIS_URL": "memory://"}, "broker"),
        ({"EMAIL_BACKEND": "x.filebased.EmailBackend"}, "EMAIL_URL"),
        ({"PUBLIC_URL": "http://homeroom.example.org"}, "PUBLIC_URL"),
        ({"ALLOWED_HOSTS": ["*"]}, "ALLOWED_HOSTS"),
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


def test_no_process_that_reads_the_settings_leaves_a_core(tmp_path: Path) -> None:
    code = (
        "import resource\n"
        "hard = resource.getrlimit(resource.RLIMIT_CORE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))\n"
        "import config.settings\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE)[0])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).resolve().parents[3],
        env=without_settings(os.environ) | {"HOMEROOM_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "0\n"
