"""manage.py load_clauses: record what the clause library says now."""

from typing import Any

from django.core.management.base import BaseCommand

from agreements.services.library import load_clauses


class Command(BaseCommand):
    help = "Record new versions of library clauses; run it after every update."

    def handle(self, *args: Any, **options: Any) -> None:
        n_new = load_clauses()
        self.stdout.write(f"{n_new} new version{'' if n_new == 1 else 's'} recorded.")
