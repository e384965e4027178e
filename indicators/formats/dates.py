"""Dates as people and programs write them, read for a whole column at once.

The order of day and month is decided for the column, never for a value: it is
certain as soon as one value has a part above 12. Nothing is guessed.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from indicators.formats.problems import FormatError

NO_DATE = frozenset({date(1800, 1, 1), date(1900, 1, 1), date(9999, 12, 31)})
EARLIEST_BIRTH_YEAR = 1900
# What a row has in place of a date; no date is that many days from 1970.
EMPTY, UNREADABLE, STAND_IN = -(2**31), 1 - 2**31, 2 - 2**31
# Texts kept with their dates, for a century has 36,525 days, and how long these are.
MOST_KNOWN, LONGEST = 50_000, 40
_YEARS_PLANNED = 2
ACCEPTED = "YYYY-MM-DD, YYYYMMDD, M/D/YYYY, MMDDYYYY or DD-MON-YYYY"

Integers = npt.NDArray[np.int32]

_NO_DAYS_READ = np.array([], np.int32)
# Five digits, from 1927 on: four could be a year.
DAY_NUMBER = re.compile(r"\d{5}(?:\.\d{1,12})?", re.ASCII)
_EPOCH = date(1970, 1, 1).toordinal()
_NO_DAYS = [day.toordinal() - _EPOCH for day in NO_DATE]
_PLAIN = r"^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}$"
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


ORDERS = tuple(order.value for order in _Order)


class _Tells(IntEnum):
    """What one value tells of the order: that it could be either, one of them, or not.

    Nothing is told where day and month are alike, or are known.
    """

    NOTHING = 0
    NEITHER = 1
    MONTH_FIRST = 2
    DAY_FIRST = 3


_PROOFS = {
    _Tells.MONTH_FIRST: _Order.MONTH_FIRST,
    _Tells.DAY_FIRST: _Order.DAY_FIRST,
}


@dataclass(frozen=True, slots=True)
class _Parts:
    """Two numbers that are day and month in an order not yet known, and a year."""

    first: int
    second: int
    year: int

    def tells(self) -> "_Tells":
        """Return the order that this value alone makes certain."""
        if self.second > 12 >= self.first:
            return _Tells.MONTH_FIRST
        if self.first > 12 >= self.second:
            return _Tells.DAY_FIRST
        is_unclear = self.first <= 12 and self.first != self.second
        return _Tells.NEITHER if is_unclear else _Tells.NOTHING

    def on(self, order: _Order) -> date | None:
        """Return the date read in that order, or None where there is none."""
        if order is _Order.MONTH_FIRST:
            return _date(self.year, self.first, self.second)
        return _date(self.year, self.second, self.first)


def read_iso(value: str) -> date | None:
    """Return the date of an ISO 8601 date or date-time, or None if it is not one."""
    found = _ISO.fullmatch(value.strip())
    return _date(*map(int, found.groups())) if found else None


def is_plain_date(value: str) -> bool:
    """Return whether a value is YYYY-MM-DD."""
    return len(value) == len("YYYY-MM-DD") and read_iso(value) is not None


class DateReader:
    """One column of dates, taken in batches and read once all of them are there.

    name: the column in words. today: two-digit years mean the latest year up to then;
    are_planned: or a year or two ahead. order: what the sender answered about day and
    month, or nothing. day_zero: that from which a workbook counts days, so that numbers
    are dates; None in text.
    is_exact: whether nothing but YYYY-MM-DD is a date.
    """

    def __init__(
        self,
        *,
        name: str,
        today: date,
        order: str = "",
        day_zero: date | None = None,
        is_exact: bool = False,
        are_planned: bool = False,
    ) -> None:
        self._name = name
        self._is_exact = is_exact
        last_planned = date(today.year + _YEARS_PLANNED, 12, 31)
        self._latest = last_planned if are_planned else today
        self._day_zero = day_zero
        self._told = _Order(order) if order else None
        self._known: dict[str, _Read] = {}
        self._month_first: list[Integers] = []
        self._day_first: list[Integers] = []
        self._first: dict[_Tells, int] = {}  # line that tells each

    def take(self, values: pa.Array, *, places: Integers, lines: Integers) -> None:
        """Take a batch of rows.

        values: the different texts, in the order in which rows first have them;
        places: the position in values of each row's text; lines: of each row.
        """
        month_first, are_plain = _plain_days(values)
        day_first = month_first
        others = np.flatnonzero(~are_plain)
        if len(others):
            texts = values.take(others).to_pylist()
            read = np.array([self._read(text) for text in texts], np.int32)
            for tells in (_Tells.NEITHER, *_PROOFS):
                found = others[read[:, 2] == tells]
                if len(found) and tells not in self._first:
                    first = int(lines[np.argmax(places == found[0])])
                    self._first[tells] = first
            day_first = month_first.copy()
            month_first[others], day_first[others] = read[:, 0], read[:, 1]
        self._month_first.append(month_first[places])
        is_same = np.array_equal(month_first, day_first)
        self._day_first.append(self._month_first[-1] if is_same else day_first[places])

    def days(self) -> Integers:
        """Return each row's date in days since 1970-01-01, or what it is instead.

        That is EMPTY, UNREADABLE or STAND_IN. Raises FormatError when the order of
        day and month is mixed or unclear.
        """
        is_day_first = self._order() is _Order.DAY_FIRST
        days = self._day_first if is_day_first else self._month_first
        return np.concatenate([_NO_DAYS_READ, *days])

    def _read(self, value: str) -> "_Read":
        if self._is_exact and value and not is_plain_date(value):
            return _Read(UNREADABLE, UNREADABLE, _Tells.NOTHING)
        if len(value) > LONGEST:
            return _in_both_orders(value, latest=self._latest, day_zero=None)
        if value not in self._known:
            if len(self._known) == MOST_KNOWN:
                self._known.clear()
            self._known[value] = _in_both_orders(
                value, latest=self._latest, day_zero=self._day_zero
            )
        return self._known[value]

    def doubt(self) -> FormatError | None:
        """Return why the order of day and month is mixed or unclear, if it is."""
        proofs = [self._first[tells] for tells in _PROOFS if tells in self._first]
        unclear = self._first.get(_Tells.NEITHER)
        if len(proofs) == 2:
            first, second = proofs
            return FormatError(
                f"The column “{self._name}” mixes month/day (line {first}) and "
                f"day/month (line {second}), so no date in it can be trusted. Write "
                "its dates as YYYY-MM-DD and send the file again.",
                id="R06",
                line=max(first, second),
            )
        if not proofs and unclear is not None and self._told is None:
            return FormatError(
                f"Dates in the column “{self._name}” could be month/day or day/month, "
                f"first on line {unclear}, and no other date in it says which. Write "
                "all of them as YYYY-MM-DD and send the file again.",
                id="R05",
                line=unclear,
            )
        return None

    def _order(self) -> _Order:
        if doubt := self.doubt():
            raise doubt
        proven = (order for tells, order in _PROOFS.items() if tells in self._first)
        return next(proven, self._told or _Order.MONTH_FIRST)


class _Read(NamedTuple):
    """One text in either order of day and month, and what it tells of the order."""

    month_first: int
    day_first: int
    tells: _Tells


def _plain_days(values: pa.Array) -> tuple[Integers, npt.NDArray[np.bool_]]:
    """Return the days of those texts that are YYYY-MM-DD, and which these are.

    Most dates are, and this takes a hundredth of what reading each of them does.
    """
    days = np.full(len(values), UNREADABLE, np.int32)
    plain = pc.match_substring_regex(values, _PLAIN)
    are_plain: npt.NDArray[np.bool_] = plain.to_numpy(zero_copy_only=False).copy()
    try:
        read = values.filter(plain).cast(pa.date32()).cast(pa.int32()).to_numpy()
    except pa.ArrowInvalid:  # some are no date, such as February 30
        are_plain[:] = False
        return days, are_plain
    days[are_plain] = np.where(np.isin(read, _NO_DAYS), STAND_IN, read)
    return days, are_plain


def _in_both_orders(value: str, *, latest: date, day_zero: date | None) -> _Read:
    read: date | _Parts | None
    if day_zero and DAY_NUMBER.fullmatch(value.strip()):
        read = day_zero + timedelta(days=int(float(value)))
    else:
        read = _read(value.strip(), latest=latest)
    if isinstance(read, _Parts):
        in_order = {order: _days(read.on(order)) for order in _Order}
        days = in_order[_Order.MONTH_FIRST], in_order[_Order.DAY_FIRST]
        return _Read(*days, read.tells())
    day = _days(read) if value.strip() else EMPTY
    return _Read(day, day, _Tells.NOTHING)


def _days(day: date | None) -> int:
    if day is None:
        return UNREADABLE
    return STAND_IN if day in NO_DATE else day.toordinal() - _EPOCH


def _read(value: str, *, latest: date) -> date | _Parts | None:
    if iso := read_iso(value):
        return iso
    if found := _SLASHED.fullmatch(value):
        return _Parts(*map(int, found.groups()))
    if found := _NAMED.fullmatch(value):
        day, month, year = found.groups()
        return _named(int(day), month.lower(), year, latest=latest)
    if _COMPACT.fullmatch(value):
        # The century of a year is never a month, so the two forms do not collide.
        year_first = _date(int(value[:4]), int(value[4:6]), int(value[6:]))
        year_last = _Parts(int(value[:2]), int(value[2:4]), int(value[4:]))
        return year_first or year_last
    return None


def _named(day: int, month: str, year: str, *, latest: date) -> date | None:
    if month not in _MONTHS:
        return None
    if len(year) == 4:
        return _date(int(year), _MONTHS[month], day)
    century = latest.year // 100 * 100
    candidate = _date(century + int(year), _MONTHS[month], day)
    if candidate is None or candidate > latest:
        return _date(century - 100 + int(year), _MONTHS[month], day)
    return candidate


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
