"""The content security policy, and what production refuses to start with."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

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


def refusals(settings: Mapping[str, Any]) -> list[str]:
    """Return one sentence for each reason why production may not start."""
    served = Path(settings["STATIC_ROOT"])
    private = [
        Path(settings[name]) for name in ("VAULT_DIR", "KEYSTORE_DIR", "SEAL_DIR")
    ]
    checks = {
        "SECRET_KEY is missing or short: give SECRET_KEY_FILE 50 random characters.": (
            len(settings["SECRET_KEY"]) < 50
        ),
        "VAULT_MASTER_KEY must be 64 hexadecimal digits.": (
            len(settings["VAULT_MASTER_KEY"]) != 64
        ),
        "SQLite cannot carry production: set DATABASE_URL to PostgreSQL.": (
            "sqlite" in settings["DATABASES"]["default"]["ENGINE"]
        ),
        "The filesystem broker loses messages: set REDIS_URL.": (
            not settings["REDIS_URL"]
        ),
        "DEBUG shows people's data on error pages: unset it.": settings["DEBUG"],
        "The demo has known passwords: unset HOMEROOM_DEMO.": settings["DEMO"],
        "KEYSTORE_RETENTION_DAYS must be 0 to 7: certificates promise it.": not (
            0 <= settings["KEYSTORE_RETENTION_DAYS"] <= 7
        ),
        "The vault, keystore or seal lies under a served directory: move it.": any(
            path == served or served in path.parents for path in private
        ),
    }
    return [sentence for sentence, broken in checks.items() if broken]
