"""manage.py advance_clock --days N: moves the demo's dates forward."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import clock
from accounts.tasks import tick


class Command(BaseCommand):
    help = "Move the demo's dates forward; sessions and seals keep real time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Only the demo's clock can be moved.")
        if options["days"] < 1:
            raise CommandError("--days must be 1 or more: time does not run back.")
        offset = clock.advance(days=options["days"])
        tick.delay()
        self.stdout.write(f"Dates are now {offset} days ahead: {clock.today()}.")
