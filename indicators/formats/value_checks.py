"""What values can be that no list decides: names, dates, numbers, damaged text."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.formats import cells
from indicators.formats.checks import (
    MOST_TOLD,
    NO_LINES,
    Kept,
    Lines,
    Place,
    tell_rows,
    tell_unread,
)
from indicators.formats.dates import (
    ACCEPTED,
    EARLIEST_BIRTH_YEAR,
    ORDERS,
    STAND_IN,
    UNREADABLE,
    DateReader,
    Integers,
)


class Named:
    """Values are names of people; placeholders set their rows aside."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._lines: list[Lines] = []
        self._swapped: list[Lines] = []

    def take(self, values: pa.Array, places: Integers, lines: Lines) -> None:
        """Note placeholders, and names of two people's parts in one cell."""
        for found, into in (
            (cells.are_placeholders(values), self._lines),
            (cells.are_whole_names(values), self._swapped),
        ):
            if found.any():
                into.append(lines[found[places]])

    def finish(self) -> Lines:
        """Tell how many there are."""
        lines = np.concatenate([NO_LINES, *self._lines])
        swapped = np.concatenate([NO_LINES, *self._swapped])
        report, label = self._place.report, self._place.label
        for line in lines[:MOST_TOLD].tolist():
            reason = f"{self._place.line(line)}: {label} is a placeholder."
            report.reject(self._place.file, line, reason)
        if len(lines):
            report.notice(
                "R16",
                f"{_n_rows(len(lines))} a placeholder instead of a name in {label}, "
                f"first on line {lines[0]}, and cannot be matched: set aside.",
                line=int(lines[0]),
                column=self._place.column,
            )
        if len(swapped):
            report.notice(
                "R16",
                f"{_n_rows(len(swapped))} a comma in {label}, as if first and last "
                f"name were in one cell, first on line {swapped[0]}: kept as typed.",
                line=int(swapped[0]),
                column=self._place.column,
            )
        return lines


def _n_rows(n: int) -> str:
    return "1 row has" if n == 1 else f"{n:,} rows have"


def _values(n: int, label: str, verbs: tuple[str, str] = ("is", "are")) -> str:
    one, several = verbs
    return (
        f"1 value of {label} {one}" if n == 1 else f"{n:,} values of {label} {several}"
    )


class Dated:
    """Values are dates in an order that is certain for the whole column.

    may_lack: whether a row may lack one, so that one which cannot be read is none.
    is_exact: see DateReader.
    """

    def __init__(
        self,
        place: Place,
        *,
        today: date,
        is_birth: bool,
        order: str = "",
        day_zero: date | None = None,
        may_lack: bool = False,
        is_exact: bool = False,
    ) -> None:
        self._place = place
        self._accepted = "YYYY-MM-DD" if is_exact else ACCEPTED
        self._may_lack = may_lack
        self._is_birth = is_birth
        self._dates = DateReader(
            name=place.column,
            today=today,
            order=order,
            day_zero=day_zero,
            is_exact=is_exact,
            are_planned=not is_birth,
        )
        self._lines: list[Lines] = []
        epoch = date(1970, 1, 1)
        self._earliest = (date(EARLIEST_BIRTH_YEAR, 1, 1) - epoch).days
        self._today = (today - epoch).days

    def take(self, values: pa.Array, places: Integers, lines: Lines) -> None:
        """Read a batch in both orders."""
        self._dates.take(values, places=places, lines=lines)
        self._lines.append(lines)

    def finish(self) -> Lines:
        """Tell what cannot be read, or ask for the order."""
        place, report = self._place, self._place.report
        if doubt := self._dates.doubt():
            message = f"{place.file}: {doubt.message}" if place.file else doubt.message
            if doubt.id != "R05":
                report.refuse(doubt.id, message, line=doubt.line, column=place.column)
                return NO_LINES
            report.ask(
                "R05",
                message,
                words=f"Dates in “{place.column}” could be month/day or day/month, "
                f"first on line {doubt.line}. Which is it?",
                choices=ORDERS,
                line=doubt.line,
                column=place.column,
                file=place.file,
            )
            return NO_LINES
        if not self._lines:
            return NO_LINES
        days, lines = self._dates.days(), np.concatenate(self._lines)
        stand_ins = lines[days == STAND_IN]
        if len(stand_ins):
            report.notice(
                "R11",
                f"{_values(len(stand_ins), place.label)} a stand-in such as "
                "1900-01-01, read as “not available”.",
                line=int(stand_ins[0]),
                column=place.column,
            )
        unreadable = lines[days == UNREADABLE]
        if self._may_lack:
            tell_unread(place, "R04", unreadable, f"Expected {self._accepted}.")
            return NO_LINES
        said = f"{place.label} is not a date. Expected {self._accepted}."
        wrong = tell_rows(place, "R04", [unreadable], said)
        if not self._is_birth:
            return wrong
        is_known = days > STAND_IN
        impossible = is_known & ((days < self._earliest) | (days > self._today))
        said = (
            f"{place.label} is before {EARLIEST_BIRTH_YEAR} or in the future, which "
            "no child's is."
        )
        late = tell_rows(place, "R07", [lines[impossible]], said)
        return np.concatenate([wrong, late])

    def column(self) -> pa.ChunkedArray:
        """Return the dates of all rows: null where there is none, or its order open."""
        if self._dates.doubt():
            n = sum(map(len, self._lines))
            return pa.chunked_array([pa.nulls(n, pa.date32())])
        days = self._dates.days()
        dates = pa.array(days, pa.int32(), mask=days <= STAND_IN).cast(pa.date32())
        return pa.chunked_array([dates])


@dataclass(frozen=True, slots=True)
class _Words:
    """Values that stand for something that is not there, and why."""

    values: frozenset[str]
    reason: str


_SENTINELS = (
    _Words(frozenset({"-4", "-1", "-5"}), "not shown"),
    _Words(frozenset({"*", "<", "S", "**", "***"}), "suppressed"),
    _Words(frozenset({"N/A", "NA", "NULL", "#N/A", "NAN", "NONE"}), "no value"),
    _Words(frozenset({"999", "9999"}), "a code for unknown"),
)


class Numbered:
    """Values of a column that holds numbers, but for sentinels.

    is_certain: whether it is known to; else most of what is no sentinel is a number.
    """

    def __init__(self, place: Place, *, is_certain: bool = False) -> None:
        self._place = place
        self._is_certain = is_certain
        self._n_numbers = self._n_others = 0
        self._found: dict[tuple[str, str], tuple[int, int]] = {}

    def take(self, values: pa.Array, places: Integers, lines: Lines) -> None:
        """Count numbers, and what stands in for one."""
        are_numbers = cells.are_numbers(values)
        counts = np.bincount(places, minlength=len(values))
        self._n_numbers += int(counts[are_numbers].sum())
        every = frozenset().union(*(words.values for words in _SENTINELS))
        upper = pc.utf8_upper(values)
        found = pc.is_in(upper, pa.array(sorted(every))).to_numpy(zero_copy_only=False)
        are_others = ~are_numbers & ~found & ~cells.are_empty(values)
        self._n_others += int(counts[are_others].sum())
        for at in np.flatnonzero(found).tolist():
            value = upper[at].as_py()
            words = next(words for words in _SENTINELS if value in words.values)
            key = (value, words.reason)
            if key not in self._found:
                self._found[key] = (0, int(lines[np.argmax(places == at)]))
            n, first = self._found[key]
            self._found[key] = (n + int(counts[at]), first)

    def finish(self) -> Lines:
        """Tell of sentinels where the other values are numbers."""
        place = self._place
        if not self._is_certain and self._n_numbers <= self._n_others:
            return NO_LINES
        for (value, reason), (n, line) in self._found.items():
            if value.startswith("-") or not value.isdigit():
                place.report.notice(
                    "R11",
                    f"{_values(n, place.label)} “{value}”, read as “not "
                    f"available ({reason})”.",
                    line=line,
                    column=place.column,
                )
        return NO_LINES


class KeptProjects(Kept):
    """Keeps each row's project number in capitals, and another text as it is."""

    def take(self, values: pa.Array, places: Integers, lines: Lines) -> None:
        """Keep a batch."""
        are_numbers = pa.array(cells.are_project_numbers(values))
        values = pc.if_else(are_numbers, pc.utf8_upper(values), values)
        super().take(values, places, lines)


class Unsure:
    """Codes of quality, some of which say that the value beside them is unknown."""

    CODES = ("8", "9", "99")
    IN_PART = ("2",)

    def __init__(self, place: Place) -> None:
        self._place = place
        self._lines: dict[tuple[str, ...], list[Lines]] = {}

    def take(self, values: pa.Array, places: Integers, lines: Lines) -> None:
        """Count those codes."""
        for codes in (self.CODES, self.IN_PART):
            found = pc.is_in(values, pa.array(codes)).to_numpy(zero_copy_only=False)
            if found.any():
                self._lines.setdefault(codes, []).append(lines[found[places]])

    def finish(self) -> Lines:
        """Tell how many values are unknown whatever is written, or not exact."""
        for codes, said, means in (
            (self.CODES, "8, 9 or 99", "read as “not available”"),
            (
                self.IN_PART,
                "2",
                "approximate or in part; of such a birth date linking reads the year "
                "alone",
            ),
        ):
            lines = np.concatenate([NO_LINES, *self._lines.get(codes, ())])
            if len(lines):
                place = self._place
                place.report.notice(
                    "R11",
                    f"{_values(len(lines), place.label)} {said}, first on line "
                    f"{lines[0]}: what stands beside them is {means}.",
                    line=int(lines[0]),
                    column=place.column,
                )
        return NO_LINES


class Damaged:
    """Values with letters that a wrong encoding leaves behind."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._n = 0
        self._line = 0

    def take(self, values: pa.Array, places: Integers, lines: Lines) -> None:
        """Count them."""
        damaged = cells.are_damaged(values)
        if damaged.any():
            rows = lines[damaged[places]]
            self._line = self._line or int(rows[0])
            self._n += len(rows)

    def finish(self) -> Lines:
        """Tell how many there are."""
        if self._n:
            place = self._place
            place.report.notice(
                "R10",
                f"{_values(self._n, place.label, ('holds', 'hold'))} characters that "
                f"suggest a broken encoding, first on line {self._line}: kept as they "
                "are.",
                line=self._line,
                column=place.column,
            )
        return NO_LINES
