"""Protects the tables of a file: what comes out may be published.

    manage.py protect IN.json --out OUT.json [--published EARLIER.json ...]
        [--profile full|linear] [--width 5] [--seconds 600]

Ends with 0 if OUT.json may be published, with 1 if no form of the tables may (OUT.json
then holds no cells), and with 2 if a file is not as docs/protect.md describes it. It
opens no database. Ctrl-C stops it. Then, as with 2, nothing is written.
"""

import json
import sys
import time
from math import inf
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from indicators.disclosure.release import PROFILES, WIDTH, printed_record, protect
from indicators.disclosure.release_file import BadFile, counted
from indicators.disclosure.suppression import FEWEST
from indicators.release_files import (
    BAD_INPUT,
    REFUSED,
    Meter,
    Parser,
    content,
    place_for,
    read_protected,
    require_other,
    written,
)

_WIDTHS = range(FEWEST, 101)
# Of how it ends, so that nobody takes an earlier OUT.json for this one's.
_UNWRITTEN = "; nothing was written"


class Command(BaseCommand):
    """Protects a counted release, in view of earlier ones and of known figures."""

    help = "Protect the tables of a file; see docs/protect.md."
    requires_system_checks: list[str] = []

    def create_parser(
        self, prog_name: str, subcommand: str, **kwargs: Any
    ) -> CommandParser:
        """Return a parser that ends with 2, in one sentence, when called wrongly."""
        return Parser.of(
            super().create_parser(prog_name, subcommand, **kwargs), also=_UNWRITTEN
        )

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the files and how to protect."""
        parser.add_argument("file", type=Path, help="the counted release")
        parser.add_argument("--out", type=Path, required=True, help="where to write")
        parser.add_argument(
            "--published", type=Path, nargs="*", default=[], help="earlier releases"
        )
        parser.add_argument("--profile", choices=PROFILES, default="full")
        parser.add_argument(
            "--width",
            type=int,
            default=WIDTH,
            help="whole numbers that a hidden count should be able to be",
        )

        parser.add_argument(
            "--seconds",
            type=float,
            default=inf,
            help="refuse if no form of the tables is audited by then",
        )

    def handle(self, *args: object, **options: Any) -> None:
        """Protect the file, and end with 0, 1 or 2."""
        started = time.monotonic()
        meter = Meter(self.stderr)
        try:
            if options["width"] not in _WIDTHS:
                raise BadFile(f"--width must be from {_WIDTHS[0]} to {_WIDTHS[-1]}")
            if not options["seconds"] > 0:
                raise BadFile("--seconds must be above 0")
            place_for(options["out"])  # before work that may take an hour
            inputs = [options["file"], *options["published"]]
            require_other(options["out"], inputs=inputs)
            release = counted(content(options["file"]))
            outcome = protect(
                release,
                earlier=[read_protected(path) for path in options["published"]],
                profile=options["profile"],
                width=options["width"],
                seconds=options["seconds"],
                progress=meter.show,
            )
            meter.clear()
            record = printed_record(release, outcome)
            record["report"]["seconds"] = round(time.monotonic() - started, 1)
            written(options["out"], json.dumps(record, ensure_ascii=False, indent=1))
        except BadFile as error:
            meter.clear()
            self.stderr.write(f"{error}{_UNWRITTEN}.")
            sys.exit(BAD_INPUT)
        except KeyboardInterrupt:
            meter.clear()
            self.stderr.write(f"Stopped{_UNWRITTEN}.")
            sys.exit(130)
        if outcome.refusals:
            self.stderr.write("\n".join(outcome.refusals))
            sys.exit(REFUSED)
        report = record["report"]
        self.stdout.write(
            f"{report['primaries']} small groups and {report['secondaries']} others "
            f"suppressed; attacked in vain; {report['seconds']} seconds."
        )
