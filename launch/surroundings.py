"""What the surroundings set for Homeroom, which no throw-away Homeroom may take over.

A shell with a real DATABASE_URL must not have known passwords seeded there, nor tests.
"""

from collections.abc import Mapping

# Every variable that config/ reads, each also as NAME_FILE.
SETTINGS = frozenset(
    {
        *("HOMEROOM_HOME", "HOMEROOM_DEMO", "PRODUCTION", "DEBUG"),
        *("ALLOWED_HOSTS", "PUBLIC_URL", "TRUSTED_PROXY_COUNT"),
        *("AGENCY_NAME", "HELP_EMAIL", "EMAIL_FROM"),
        *("DATABASE_URL", "REDIS_URL", "EMAIL_URL"),
        *("SECRET_KEY", "VAULT_MASTER_KEY", "VAULT_MASTER_KEY_BEFORE"),
        *("VAULT_DIR", "SEAL_DIR"),
        *("KEYSTORE_DIR", "KEYSTORE_COPY_DIR", "KEYSTORE_RETENTION_DAYS"),
        *("SFTP_DIR", "SFTP_HOST", "SFTP_PORT"),
        "UPLOAD_CAP_BYTES",
    }
)
# What Django, Celery and gunicorn read by themselves.
PREFIXES = ("DJANGO_", "CELERY_", "GUNICORN_")


def without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without what would decide how Homeroom runs."""
    return {name: value for name, value in environment.items() if not _decides(name)}


def _decides(name: str) -> bool:
    return name.removesuffix("_FILE") in SETTINGS or name.startswith(PREFIXES)
