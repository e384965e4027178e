"""Reads and types every environment variable that Homeroom knows."""

import os
import secrets
from pathlib import Path
from typing import Any

import environ

ROOT = Path(__file__).resolve().parent.parent
_env = environ.Env()

HOME = Path(_env.str("HOMEROOM_HOME", default=str(ROOT / ".homeroom"))).resolve()
DEMO: bool = _env.bool("HOMEROOM_DEMO", default=False)
PRODUCTION: bool = _env.bool("PRODUCTION", default=False)
DEBUG: bool = _env.bool("DEBUG", default=False)

ALLOWED_HOSTS: list[str] = _env.list(
    "ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"]
)
PUBLIC_URL: str = _env.str("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
TRUSTED_PROXY_COUNT: int = _env.int("TRUSTED_PROXY_COUNT", default=0)
AGENCY_NAME: str = _env.str("AGENCY_NAME", default="")
HELP_EMAIL: str = _env.str("HELP_EMAIL", default="")
EMAIL_FROM: str = _env.str("EMAIL_FROM", default="homeroom@localhost")

VAULT_DIR = Path(_env.str("VAULT_DIR", default=str(HOME / "vault"))).resolve()
KEYSTORE_DIR = Path(_env.str("KEYSTORE_DIR", default=str(HOME / "keystore"))).resolve()
KEYSTORE_COPY_DIR = Path(
    _env.str("KEYSTORE_COPY_DIR", default=str(HOME / "keystore-copy"))
).resolve()
KEYSTORE_RETENTION_DAYS: int = _env.int("KEYSTORE_RETENTION_DAYS", default=7)
SEAL_DIR = Path(_env.str("SEAL_DIR", default=str(HOME / "seal"))).resolve()
UPLOAD_CAP_BYTES: int = _env.int("UPLOAD_CAP_BYTES", default=150 * 1024 * 1024)


def _given(name: str) -> str | None:
    """Return the value of NAME, or the text of the file that NAME_FILE names."""
    if value := os.environ.get(name):
        return value
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    return None


def is_given(name: str) -> bool:
    """Return whether the environment sets NAME or NAME_FILE."""
    return _given(name) is not None


def secret(name: str) -> str:
    """Return a secret of 64 hexadecimal digits or more.

    Outside production a missing one is made once and kept under HOME.
    """
    if value := _given(name):
        return value
    if PRODUCTION:
        return ""
    path = HOME / "secrets" / name.lower()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    return path.read_text(encoding="ascii").strip()


def database() -> dict[str, Any]:
    """Return Django's DATABASES entry: DATABASE_URL, or SQLite under HOME."""
    url = _given("DATABASE_URL")
    if url is None:
        HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": HOME / "homeroom.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
                    "PRAGMA secure_delete=ON;"
                ),
            },
        }
    return _env.db_url_config(url) | {
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def redis_url() -> str | None:
    """Return the address of Redis, when one is given."""
    return _given("REDIS_URL")


def email() -> dict[str, Any]:
    """Return Django's e-mail settings: EMAIL_URL, or files under HOME."""
    if url := _given("EMAIL_URL"):
        return dict(_env.email_url_config(url))
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "EMAIL_FILE_PATH": HOME / "mail",
    }
