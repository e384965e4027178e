"""Any file or folder that a partner sends: what it is, and whether it can be read."""

from pathlib import Path
from typing import BinaryIO

from indicators.formats import flat
from indicators.formats.examine import Answers
from indicators.formats.lines import Script
from indicators.formats.problems import FormatError
from indicators.formats.report import Report
from indicators.formats.tables import read_table

FORMATS = ("auto", "oneroster", "edfi", "sds", "hmis", "hud50058", "csv", "excel")


def read(path: Path, answers: Answers, *, format: str = "auto") -> Report:
    """Return what a file holds, or why it cannot be read; it is never an error."""
    report = Report()
    try:
        with path.open("rb") as file:
            _read_file(file, report, answers, format=format)
    except FormatError as error:
        report.refuse_by(error)
    report.finish()
    return report


def _read_file(
    file: BinaryIO, report: Report, answers: Answers, *, format: str
) -> None:
    report.format = "csv"
    script = Script(asked=answers.encoding, may_doubt=True)
    sheet = flat.read(file, script=script)
    read_table(sheet, report, answers, form=format)
