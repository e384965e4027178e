"""manage.py read: says whether a partner's file can be read, and what is in it."""

import json
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from accounts import clock
from indicators.formats.dates import ORDERS
from indicators.formats.examine import Answers
from indicators.formats.lines import ENCODINGS
from indicators.formats.reading import FORMATS, read
from indicators.formats.report import Report, Verdict

ORDER_KNOWN = (
    f"Or read it again with --dates {ORDERS[0]} or --dates {ORDERS[1]}, if the sender "
    "says which it is."
)


class Command(BaseCommand):
    help = (
        "Read a file or folder that a partner sends and say what it holds. Nothing is "
        "stored, and no database is needed. Ends with 0 when it is accepted, 1 when "
        "it is refused, 2 when the command was given wrongly."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=FORMATS, default="auto")
        parser.add_argument("--encoding", choices=("auto", *ENCODINGS), default="auto")
        parser.add_argument("--dates", choices=("auto", *ORDERS), default="auto")
        parser.add_argument(
            "--follows-bulk",
            action="store_true",
            help="an earlier full set of the same sender was loaded",
        )
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if not (file.is_file() or file.is_dir()):
            self.stderr.write(f"There is no file or folder {file}.")
            raise SystemExit(2)
        answers = Answers(
            today=clock.now().date(),
            encoding=options["encoding"].removeprefix("auto"),
            order=options["dates"].removeprefix("auto"),
        )
        try:
            report = read(
                file,
                answers,
                format=options["format"],
                follows_bulk=options["follows_bulk"],
            )
        except OSError as error:
            self.stderr.write(f"{file} cannot be opened: {error.strerror}.")
            raise SystemExit(2) from None
        report.errors = [
            replace(item, message=f"{item.message} {ORDER_KNOWN}")
            if item.id == "R05"
            else item
            for item in report.errors
        ]
        if options["json"]:
            text = json.dumps(report.as_json(), indent=2)
        else:
            text = "\n".join(_in_words(report))
        self.stdout.write(text)
        raise SystemExit(0 if report.verdict is Verdict.ACCEPTED else 1)


def _in_words(report: Report) -> list[str]:
    words = [f"{report.verdict.capitalize()}: {report.format or 'unknown format'}"]
    words += [f"  {c.name}: {c.element or '-'} ({c.status})" for c in report.columns]
    for level, items in (
        ("Error", report.errors),
        ("Row", report.row_errors),
        ("Notice", report.notices),
    ):
        words += [f"{level} {item.id}: {item.message}" for item in items]
    return words
