"""manage.py verify_seal FILE: what a sealed PDF's seal says."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agreements import seal


class Command(BaseCommand):
    help = "Say whether a PDF is, to the byte, one that this system sealed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        report = seal.verify(options["file"].read_bytes())
        if not report:
            raise CommandError(report.problem)
        self.stdout.write(f"Intact. Sealed {report.sealed_at} by {report.signer}.")
        self.stdout.write(report.reason)
