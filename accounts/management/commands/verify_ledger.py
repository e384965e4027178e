"""manage.py verify_ledger: recomputes every chain and compares live rows."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import ledger
from accounts.models import LedgerEntry


class Command(BaseCommand):
    help = "Recompute every chain; name what was changed, removed or inserted."

    def handle(self, *args: Any, **options: Any) -> None:
        faults = list(ledger.verify())
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            raise CommandError(f"Faults found: {len(faults)}.")
        count = LedgerEntry.objects.count()
        self.stdout.write(f"All {count} ledger entries are intact.")
