"""Reads and types every environment variable that Homeroom knows.

A value that cannot be read ends the process with one sentence: SystemExit.
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import environ
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent
SWITCHES = {"1": True, "true": True, "0": False, "false": False, "": False}
_env = environ.Env()


def _refuse(sentence: str) -> NoReturn:
    raise SystemExit(f"Homeroom will not start:\n{sentence}")


def _switch(name: str) -> bool:
    value = os.environ.get(name, "").strip().casefold()
    if value not in SWITCHES:
        _refuse(f"{name} must be 1 or 0.")
    return SWITCHES[value]


def _number(name: str, *, default: int) -> int:
    value = os.environ.get(name, "").strip()
    if value and not value.isdecimal():
        _refuse(f"{name} must be a whole number.")
    return int(value or default)


HOME = Path(_env.str("HOMEROOM_HOME", default=str(ROOT / ".homeroom"))).resolve()
DEMO = _switch("HOMEROOM_DEMO")
PRODUCTION = _switch("PRODUCTION")
DEBUG = _switch("DEBUG")

ALLOWED_HOSTS: list[str] = _env.list(
    "ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"]
)
PUBLIC_URL: str = _env.str("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
TRUSTED_PROXY_COUNT = _number("TRUSTED_PROXY_COUNT", default=0)
AGENCY_NAME: str = _env.str("AGENCY_NAME", default="")
HELP_EMAIL: str = _env.str("HELP_EMAIL", default="")
EMAIL_FROM: str = _env.str("EMAIL_FROM", default="homeroom@localhost")

VAULT_DIR = Path(_env.str("VAULT_DIR", default=str(HOME / "vault"))).resolve()
KEYSTORE_DIR = Path(_env.str("KEYSTORE_DIR", default=str(HOME / "keystore"))).resolve()
KEYSTORE_COPY_DIR = Path(
    _env.str("KEYSTORE_COPY_DIR", default=str(HOME / "keystore-copy"))
).resolve()
KEYSTORE_RETENTION_DAYS = _number("KEYSTORE_RETENTION_DAYS", default=7)
SEAL_DIR = Path(_env.str("SEAL_DIR", default=str(HOME / "seal"))).resolve()
SFTP_DIR = Path(_env.str("SFTP_DIR", default=str(HOME / "sftp"))).resolve()
SFTP_HOST: str = _env.str("SFTP_HOST", default="127.0.0.1")
SFTP_PORT = _number("SFTP_PORT", default=8022)
UPLOAD_CAP_BYTES = _number("UPLOAD_CAP_BYTES", default=150 * 1024 * 1024)


def _given(name: str) -> str | None:
    """Return the value of NAME, or the text of the file that NAME_FILE names."""
    if value := os.environ.get(name):
        return value
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            _refuse(f"{name}_FILE names {path}, which cannot be read.")
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


def former_secret(name: str) -> str:
    """Return a secret that is being replaced, or "" where none is."""
    return _given(name) or ""


def database() -> dict[str, Any]:
    """Return Django's DATABASES entry: DATABASE_URL, or SQLite under HOME."""
    url = _given("DATABASE_URL")
    if not url:
        if not PRODUCTION:
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
    config = _read(_env.db_url_config, "DATABASE_URL", url)
    return {"ENGINE": "", **config, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


def _read(read: Callable[[str], Any], name: str, url: str) -> dict[str, Any]:
    """Return what an address of a server says; it may hold a password."""
    try:
        return dict(read(url))
    except (ImproperlyConfigured, KeyError, ValueError):
        _refuse(f"{name} is no address that can be read.")


def redis_url() -> str | None:
    """Return the address of Redis, when one is given."""
    return _given("REDIS_URL")


def email() -> dict[str, Any]:
    """Return Django's e-mail settings: EMAIL_URL, or files under HOME."""
    if url := _given("EMAIL_URL"):
        return _read(_env.email_url_config, "EMAIL_URL", url)
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "EMAIL_FILE_PATH": HOME / "mail",
    }
