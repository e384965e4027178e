"""manage.py restore_keys: brings lost keys back from the keystore's copy."""

from typing import Any

from django.core.management.base import BaseCommand

from indicators.custody import keystore


class Command(BaseCommand):
    help = "Bring lost keys back from the copy; destroyed ones never come back."

    def handle(self, *args: Any, **options: Any) -> None:
        count = keystore().restore_from_copy()
        self.stdout.write(f"{count} keys were restored from the copy.")
