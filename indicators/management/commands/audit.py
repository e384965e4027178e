"""Attacks a published release in a file, together with earlier ones.

    manage.py audit RELEASE.json [EARLIER.json ...]

Ends with 0 if nothing can be worked out that should not be, with 1 if something can,
and with 2 if a file is not as docs/protect.md describes it. It opens no database.
"""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from indicators.disclosure.examination import examine
from indicators.disclosure.release import PROFILES, described
from indicators.disclosure.release_file import BadFile
from indicators.release_files import (
    BAD_INPUT,
    REFUSED,
    Meter,
    Parser,
    read_protected,
)


class Command(BaseCommand):
    """Attacks a release as a reader could who keeps every earlier one."""

    help = "Attack a published release in a file; see docs/protect.md."
    requires_system_checks: list[str] = []

    def create_parser(
        self, prog_name: str, subcommand: str, **kwargs: Any
    ) -> CommandParser:
        """Return a parser that ends with 2, in one sentence, when called wrongly."""
        return Parser.of(super().create_parser(prog_name, subcommand, **kwargs))

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the files."""
        parser.add_argument("file", type=Path, help="the release to attack")
        parser.add_argument("earlier", type=Path, nargs="*", help="earlier releases")
        parser.add_argument("--profile", choices=PROFILES, default="full")

    def handle(self, *args: object, **options: Any) -> None:
        """Attack the file, print what was found, and end with 0, 1 or 2."""
        meter = Meter(self.stderr)
        try:
            release = read_protected(options["file"])
            found = examine(
                release,
                earlier=[read_protected(path) for path in options["earlier"]],
                rules=options["profile"],
                progress=meter.show,
            )
        except BadFile as error:
            meter.clear()
            self.stderr.write(f"{error}.")
            sys.exit(BAD_INPUT)
        except KeyboardInterrupt:
            meter.clear()
            self.stderr.write("Stopped.")
            sys.exit(130)
        meter.clear()
        for breach in found.breaches:
            self.stdout.write(described(breach, release))
        if found.breaches:
            sys.exit(REFUSED)
        self.stdout.write("Nothing can be worked out that is suppressed.")
