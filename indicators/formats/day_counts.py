"""Days enrolled, absent and attended as a sender counted them, told as at the door."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from indicators.formats.checks import Check, Kept, Place, Rule, Ruled, tell_rows
from indicators.formats.examine import Examined, Watched, place_of
from indicators.formats.report import Report, Status

ENROLLED = "calendar.days_in_session"
ABSENT, ATTENDED = "attendance.days_absent", "attendance.days_attended"
MOST_DAYS = 366
NUMBER = r"(?:[0-9]{1,3}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})"
# What stands for a number that is not told; see value_checks.
NOT_TOLD = ("-4", "-1", "-5", "*", "**", "***", "<", "S", "N/A", "NA", "NULL")


def _is_right(value: str) -> bool:
    if re.fullmatch(NUMBER, value):
        return float(value) <= MOST_DAYS
    return value.upper() in NOT_TOLD


_DAYS = Rule("R08", f"0 to {MOST_DAYS}", _is_right)


class _Counted(Ruled):
    """Values are days in a year, or stand for what is not told."""

    @property
    def says(self) -> str:
        """What is wrong."""
        allowed = f"Allowed: {_DAYS.expected}."
        return f"{self.place.label} is no number of days in a year. {allowed}"


def checks_of_days(place: Place) -> list[Check]:
    """Return what is looked at in a column of such days."""
    return [_Counted(place, _DAYS), Kept()]


def without_uncounted(
    found: Examined, columns: Sequence[Watched], report: Report
) -> Examined:
    """Return a table without the rows of more days than enrolled, after telling each.

    Days absent and attended are taken to the half, days enrolled whole.
    """
    read: dict[str, tuple[Watched, Kept]] = {}
    for column in columns:
        kept = next((check for check in column.checks if isinstance(check, Kept)), None)
        if kept and column.element and column.status is Status.READ:
            read.setdefault(column.element, (column, kept))
    if ENROLLED not in read:
        return found
    enrolled = _in_parts(read[ENROLLED][1], 1)
    for element in (ABSENT, ATTENDED):
        if element not in read:
            continue
        column, kept = read[element]
        # What is not told is not a number, and so not more than any.
        more = _in_parts(kept, 2) > enrolled
        more &= ~np.isin(found.lines, found.aside)
        if more.any():
            place = place_of(report, column.name, column.label)
            says = f"{column.label} is more than the days enrolled."
            lines = tell_rows(place, _DAYS.id, [found.lines[more]], says)
            report.n_set_aside += len(lines)
            found = replace(found, aside=np.union1d(found.aside, lines))
    return found


def _in_parts(kept: Kept, n: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return each row's days in whole n-ths of a day; half of one counts as one."""
    texts = kept.column().to_pylist()
    read = [float(t) if t and re.fullmatch(NUMBER, t) else np.nan for t in texts]
    return np.floor(np.array(read, np.float64) * n + 0.5) / n
