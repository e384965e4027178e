"""Dates as people and programs write them, read for a whole column at once.

The order of day and month is decided for the column, never for a value: it is
certain as soon as one value has a part above 12. Nothing is guessed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from indicators.formats.problems import FormatError

NO_DATE = frozenset({date(1800, 1, 1), date(1900, 1, 1), date(9999, 12, 31)})
ACCEPTED = "YYYY-MM-DD, YYYYMMDD, M/D/YYYY, MMDDYYYY or DD-MON-YYYY"

_TIME = (
    r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AP]M)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})" + _TIME, re.ASCII | re.IGNORECASE)
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})" + _TIME, re.ASCII | re.IGNORECASE)
_COMPACT = re.compile(r"\d{8}", re.ASCII)
_NAMED = re.compile(r"(\d{1,2})-([A-Za-z]{3})-(\d{4}|\d{2})", re.ASCII)
_MONTHS = {
    "jan": 1,
    "feb": 2,
    "mar": 3,
    "apr": 4,
    "may": 5,
    "jun": 6,
    "jul": 7,
    "aug": 8,
    "sep": 9,
    "oct": 10,
    "nov": 11,
    "dec": 12,
}


class _Order(Enum):
    MONTH_FIRST = "month/day"
    DAY_FIRST = "day/month"


@dataclass(frozen=True, slots=True)
class DateColumn:
    """One column of dates; positions count from 0 and match the values given.

    dates: None where the value is empty, unreadable or a stand-in for no date.
    unreadable: positions of values that are not dates.
    stand_ins: positions of 1800-01-01, 1900-01-01 and 9999-12-31.
    """

    dates: tuple[date | None, ...] = field(repr=False)
    unreadable: frozenset[int]
    stand_ins: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Parts:
    """Two numbers that are day and month in an order not yet known, and a year."""

    first: int
    second: int
    year: int

    def proves(self) -> _Order | None:
        """Return the order that this value alone makes certain."""
        if self.second > 12 >= self.first:
            return _Order.MONTH_FIRST
        if self.first > 12 >= self.second:
            return _Order.DAY_FIRST
        return None

    def on(self, order: _Order) -> date | None:
        """Return the date read in that order, or None where there is none."""
        if order is _Order.MONTH_FIRST:
            return _date(self.year, self.first, self.second)
        return _date(self.year, self.second, self.first)


def read_iso(value: str) -> date | None:
    """Return the date of an ISO 8601 date or date-time, or None if it is not one."""
    found = _ISO.fullmatch(value.strip())
    return _date(*map(int, found.groups())) if found else None


def read_column(
    values: Sequence[str], *, lines: Sequence[int], name: str, today: date
) -> DateColumn:
    """Return the dates of one column.

    lines: the line of each value; name: the column as the file spells it; today:
    two-digit years mean the latest year up to then.
    Raises FormatError when the order of day and month is mixed or unclear.
    """
    read = [_read(value.strip(), today=today) for value in values]
    order = _order_of(read, lines=lines, name=name)
    dates = [item.on(order) if isinstance(item, _Parts) else item for item in read]
    return DateColumn(
        dates=tuple(None if day in NO_DATE else day for day in dates),
        unreadable=frozenset(
            i for i, day in enumerate(dates) if day is None and values[i].strip()
        ),
        stand_ins=frozenset(i for i, day in enumerate(dates) if day in NO_DATE),
    )


def _order_of(
    read: Sequence[date | _Parts | None], *, lines: Sequence[int], name: str
) -> _Order:
    first_line: dict[_Order, int] = {}
    unclear: int | None = None
    for item, line in zip(read, lines, strict=True):
        if not isinstance(item, _Parts):
            continue
        if proven := item.proves():
            first_line.setdefault(proven, line)
        elif unclear is None and item.first != item.second:
            unclear = line
    if len(first_line) == 2:
        raise FormatError(
            f"The column “{name}” mixes month/day (line "
            f"{first_line[_Order.MONTH_FIRST]}) and day/month (line "
            f"{first_line[_Order.DAY_FIRST]}), so no date in it can be trusted. "
            "Write its dates as YYYY-MM-DD and send the file again."
        )
    if not first_line and unclear is not None:
        raise FormatError(
            f"All dates in the column “{name}” could be month/day or day/month, "
            f"first on line {unclear}. Write them as YYYY-MM-DD and send the file "
            "again."
        )
    return next(iter(first_line), _Order.MONTH_FIRST)


def _read(value: str, *, today: date) -> date | _Parts | None:
    if found := _SLASHED.fullmatch(value):
        return _Parts(*map(int, found.groups()))
    if found := _NAMED.fullmatch(value):
        day, month, year = found.groups()
        return _named(int(day), month.lower(), year, today=today)
    if _COMPACT.fullmatch(value):
        # The century of a year is never a month, so the two forms do not collide.
        year_first = _date(int(value[:4]), int(value[4:6]), int(value[6:]))
        year_last = _Parts(int(value[:2]), int(value[2:4]), int(value[4:]))
        return year_first or year_last
    return read_iso(value)


def _named(day: int, month: str, year: str, *, today: date) -> date | None:
    if month not in _MONTHS:
        return None
    if len(year) == 4:
        return _date(int(year), _MONTHS[month], day)
    century = today.year // 100 * 100
    candidate = _date(century + int(year), _MONTHS[month], day)
    if candidate is None or candidate > today:
        return _date(century - 100 + int(year), _MONTHS[month], day)
    return candidate


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
