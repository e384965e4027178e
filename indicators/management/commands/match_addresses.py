"""manage.py match_addresses: counts students at listed buildings, where they are.

    manage.py match_addresses BUILDINGS.csv STUDENTS --out DIR [--map MAP.json]
        [--attendance FILE ...] [--school-year 2025-26] [--threshold 10]
        [--by building school] [--reviewed REVIEW.csv] [--published EARLIER.json ...]

It opens no database and no connection. Ends with 0 if aggregates.json may leave, with
1 if nothing may, with 2 for a file or an argument that is wrong; see
docs/match-addresses.md.
"""

import csv
import hashlib
import io
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from accounts import clock, sheets
from accounts.acts import RuleBroken
from accounts.logs import place_of
from indicators.release_files import Meter, read_protected

NOTHING_LEAVES, REFUSED, STOPPED = 1, 2, 130
THRESHOLDS = range(10, 31)
AGGREGATES = "aggregates.json"


class Command(BaseCommand):
    help = (
        "Count the students who live at listed buildings, from a district's own "
        "export, and protect the counts. Nothing is sent, and no database is needed; "
        "see docs/match-addresses.md."
    )
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """Return a parser that refuses in one sentence."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)

        def error(message: str) -> NoReturn:
            sys.stderr.write(f"{message[:1].upper()}{message[1:]}.\n")
            sys.exit(REFUSED)

        parser.error = error  # type: ignore[method-assign]
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("buildings", metavar="BUILDINGS.csv", type=Path)
        parser.add_argument("students", metavar="STUDENTS", type=Path)
        parser.add_argument("--out", metavar="DIR", type=Path, required=True)
        parser.add_argument("--map", metavar="MAP.json", type=Path)
        parser.add_argument("--attendance", type=Path, nargs="+", default=[])
        parser.add_argument("--school-year", default="", help="such as 2025-26")
        parser.add_argument("--threshold", type=int, default=THRESHOLDS[0])
        parser.add_argument(
            "--by", nargs="+", choices=("building", "school"), default=["building"]
        )
        parser.add_argument("--reviewed", type=Path)
        parser.add_argument("--published", type=Path, nargs="*", default=[])

    def handle(self, *args: Any, **options: Any) -> None:
        sentence, code = "", 0
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        meter = Meter(self.stderr)
        try:
            code = self._run(options, meter)
        except RuleBroken as refusal:
            sentence, code = refusal.message, REFUSED
        except KeyboardInterrupt:
            sentence, code = "Stopped; nothing was written.", STOPPED
        except Exception as error:  # noqa: BLE001 - its message may quote a row
            sentence = _said(error)
            code = REFUSED
        finally:
            signal.signal(signal.SIGTERM, before)
            meter.clear()
        if sentence:
            self.stderr.write(sentence)
        if code:
            sys.exit(code)

    def _run(self, options: Mapping[str, Any], meter: Meter) -> int:
        # Slow to load, and nothing but this needs them.
        from indicators.addressfiles import buildings, counting, matching

        threshold = options["threshold"]
        if threshold not in THRESHOLDS:
            raise RuleBroken(
                f"--threshold must be from {THRESHOLDS[0]} to {THRESHOLDS[-1]}."
            )
        listed = _content(options["buildings"])
        places = buildings.from_csv(listed)
        export, year = _exported(options)
        given = options["reviewed"]
        matched = matching.match(
            export.students,
            places,
            reviewed=matching.read_reviewed(given) if given else {},
        )
        schools = sorted({each.school for each in export.students if each.school})
        counts, left_out = counting.count(
            matched, places, schools, by=options["by"], year=year
        )
        made = counting.made(
            counts,
            matched,
            threshold=threshold,
            list_sha256=hashlib.sha256(listed).hexdigest(),
            left_out=left_out,
            earlier=[read_protected(path) for path in options["published"]],
            progress=meter.show,
        )
        kept = {
            "counts.json": made.counted + "\n",
            "report.txt": counting.kept_words(
                made, matched, n_set_aside=export.n_set_aside
            ),
            "review.csv": _sheet(
                matching.REVIEW_HEADINGS, matching.review_rows(matched, places)
            ),
            "matches.csv": _sheet(
                ("id", "building", "fit"), matching.match_rows(matched, export.students)
            ),
        }
        leaves = {}
        if made.protected:
            sha256 = hashlib.sha256(made.protected.encode()).hexdigest()
            words = counting.report_words(
                made, year=year, threshold=threshold, sha256=sha256
            )
            leaves = {AGGREGATES: made.protected, "report.txt": words}
        _write(options["out"], kept=kept, leaves=leaves)
        return self._summarise(made, matched, options["out"])

    def _summarise(self, made: Any, matched: Any, out: Path) -> int:
        if matched.doubtful:
            self.stdout.write(
                f"Doubtful addresses: {len(matched.doubtful):,}. Decide them in "
                f"{out / 'keep' / 'review.csv'}, and run this again with --reviewed."
            )
        for sentence in made.left_out:
            self.stdout.write(sentence)
        if made.refusals:
            self.stderr.write("Nothing may leave:")
            self.stderr.write("\n".join(made.refusals))
            return NOTHING_LEAVES
        self.stdout.write(
            f"Upload {out / AGGREGATES}, and nothing else. What is in {out / 'keep'} "
            "stays with you."
        )
        return 0


def _exported(options: Mapping[str, Any]) -> tuple[Any, str]:
    """Return the district's export and its school year; raises RuleBroken."""
    from indicators.addressfiles import students
    from indicators.aggregates.record import year_of

    with ExitStack() as open_files:
        files = [
            open_files.enter_context(_opened(path))
            for path in (options["students"], *options["attendance"])
        ]
        export = students.read_export(
            files[0],
            files[1:],
            named=students.read_map(options["map"]) if options["map"] else {},
            today=clock.now().date(),
        )
    year = year_of(options["school_year"]) or export.year
    if not year:
        raise RuleBroken("Say which school year it is: --school-year 2025-26.")
    return export, year


def _write(out: Path, *, kept: Mapping[str, str], leaves: Mapping[str, str]) -> None:
    """Write what stays apart from what may leave, all of it or nothing."""
    from indicators.linkfiles import results

    with results.folder(out) as folder, results.folder(out / "keep") as keep:
        (out / "keep").chmod(0o700)
        # What an earlier run left must not be taken for the result of this one.
        for name in (AGGREGATES, "report.txt"):
            (out / name).unlink(missing_ok=True)
        for name, text in kept.items():
            keep.text(name, text)
        for name, text in leaves.items():
            folder.text(name, text)


def _said(error: Exception) -> str:
    """Return what is wrong, without a value of a row."""
    from indicators.disclosure.release_file import BadFile

    if isinstance(error, BadFile):
        return f"{error}."
    return f"Counting failed and wrote nothing ({place_of(error)})."


def _opened(path: Path) -> Any:
    try:
        return path.open("rb")
    except OSError as error:
        raise RuleBroken(f"{path.name} cannot be read: {error.strerror}.") from None


def _content(path: Path) -> bytes:
    with _opened(path) as file:
        return bytes(file.read())


def _sheet(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return rows as text of a CSV file that spreadsheets take for text alone."""
    text = io.StringIO()
    csv.writer(text).writerows(
        [sheets.as_text(cell) for cell in row] for row in (headings, *rows)
    )
    return text.getvalue()
