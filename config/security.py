"""The content security policy, and what production refuses to start with."""

import re
import resource
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

PRIVATE = ("VAULT_DIR", "KEYSTORE_DIR", "KEYSTORE_COPY_DIR", "SEAL_DIR", "SFTP_DIR")
LEAST_NEW = 0.8  # of a key's runs of three characters, if chance made it

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}


def leave_no_core() -> None:
    """Keep a crash from leaving this process's memory, names and keys, in a file.

    Children inherit it. Only the soft limit is lowered: who looks for a fault in a
    place without records can raise it again.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))


def refusals(settings: Mapping[str, Any]) -> list[str]:
    """Return one sentence for each reason why production may not start."""
    served = [settings["STATIC_ROOT"], *settings["STATICFILES_DIRS"]]
    private = [settings[name] for name in PRIVATE]
    checks = {
        "SECRET_KEY must be 50 random characters or more: give SECRET_KEY_FILE.": (
            not _is_random(settings["SECRET_KEY"], least=50)
        ),
        "VAULT_MASTER_KEY must be 64 random hexadecimal digits.": (
            not re.fullmatch("[0-9a-fA-F]{64}", settings["VAULT_MASTER_KEY"])
            or not _is_random(settings["VAULT_MASTER_KEY"], least=64)
        ),
        "VAULT_MASTER_KEY_BEFORE must be the former key, 64 hexadecimal digits.": (
            settings["VAULT_MASTER_KEY_BEFORE"] == settings["VAULT_MASTER_KEY"] != ""
            or not re.fullmatch(
                "([0-9a-fA-F]{64})?", settings["VAULT_MASTER_KEY_BEFORE"]
            )
        ),
        "SECRET_KEY and VAULT_MASTER_KEY must not be the same.": (
            settings["SECRET_KEY"] == settings["VAULT_MASTER_KEY"] != ""
        ),
        "SQLite cannot carry production: set DATABASE_URL to PostgreSQL.": (
            not settings["DATABASES"]["default"]["ENGINE"].endswith(".postgresql")
        ),
        "The filesystem broker loses messages: set REDIS_URL to Redis.": (
            urlsplit(settings["REDIS_URL"] or "").scheme not in ("redis", "rediss")
        ),
        "DEBUG shows people's data on error pages: unset it.": settings["DEBUG"],
        "The demo has known passwords: unset HOMEROOM_DEMO.": settings["DEMO"],
        "Messages would go to files: set EMAIL_URL to a mail server.": (
            "smtp" not in settings["EMAIL_BACKEND"]
        ),
        "PUBLIC_URL must begin with https:// in production.": (
            not settings["PUBLIC_URL"].startswith("https://")
        ),
        "ALLOWED_HOSTS must name hosts: * lets anybody choose one.": (
            "*" in settings["ALLOWED_HOSTS"]
        ),
        "KEYSTORE_RETENTION_DAYS must be 0 to 7: certificates promise it.": not (
            0 <= settings["KEYSTORE_RETENTION_DAYS"] <= 7
        ),
        "A vault, keystore, seal or SFTP key under a served directory: move it.": any(
            Path(path).resolve().is_relative_to(Path(place).resolve())
            for path in private
            for place in served
        ),
    }
    return [sentence for sentence, broken in checks.items() if broken]


def _is_random(key: str, *, least: int) -> bool:
    """Return whether a key is long enough, and none that repeats itself."""
    pieces = [key[at : at + 3] for at in range(len(key) - 2)]
    is_made_up = key.startswith("django-insecure-") or (
        len(set(pieces)) < LEAST_NEW * len(pieces)
    )
    return len(key) >= least and not is_made_up


def refuse_demo_accounts() -> None:
    """Raise SystemExit if production holds people whose password is known.

    Also if the database cannot say: Celery would pass over any other error.

    Web, worker and beat ask at their start, when the database can be read. The
    connection is closed, for web and worker fork after that.
    """
    from django.conf import settings
    from django.db import Error, connection

    from accounts.demo import DOMAIN
    from accounts.models import User

    if not settings.PRODUCTION:
        return
    try:
        has_any = User.objects.filter(email__endswith=f"@{DOMAIN}").exists()
    except Error:
        raise SystemExit(
            "Homeroom will not start:\nThe database does not answer, or `manage.py "
            "migrate` has not run on it."
        ) from None
    finally:
        connection.close()
    if has_any:
        raise SystemExit(
            "Homeroom will not start:\nThe database holds accounts of the demo, whose "
            "password is known: use a database that the demo never used."
        )
