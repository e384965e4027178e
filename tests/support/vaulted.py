"""What lies in the vault, against what is on record."""

from pathlib import Path

from django.conf import settings

from indicators.models import Holding


def assert_vault_is_on_record() -> None:
    """Demand that there is no blob and no key but those of what is held."""
    held = Holding.objects.filter(state="held")
    for folder, names in (
        (Path(settings.VAULT_DIR, "blobs"), {row.blob for row in held}),
        (Path(settings.KEYSTORE_DIR, "keys"), {row.key for row in held}),
    ):
        found = {path.name for path in folder.rglob("*") if path.is_file()}
        assert found == names
