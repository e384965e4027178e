"""What can be wrong with the values of one column, found while its batches pass.

Each check takes the different values of a batch at once, and the places at which its
rows have them; what it found is told when all batches have passed.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from indicators.formats import cells
from indicators.formats.cells import Mask
from indicators.formats.dates import Integers, read_iso
from indicators.formats.problems import enumerated
from indicators.formats.report import Report

MOST_TOLD = 200  # rows of one column for one reason
MOST_NAMED = 8  # columns in which two rows differ

Lines = npt.NDArray[np.int32]
NO_LINES = np.array([], np.int32)
Differ = Callable[[Sequence[tuple[int, int]]], Sequence[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a column stands, for messages; the file only in a set of several."""

    report: Report
    column: str
    label: str
    file: str = ""

    def line(self, number: int) -> str:
        """Return a line as a sentence begins with it."""
        return f"{self.file}, line {number}" if self.file else f"Line {number}"


class Check(Protocol):
    """One thing that a column is looked at for."""

    def take(self, values: pa.Array, places: Integers, lines: Lines) -> None:
        """Look at a batch; see DateReader.take."""

    def finish(self) -> Lines:
        """Tell what was found, and return the lines of rows that are set aside."""


class _OfRows(ABC):
    """Sets rows aside, each with one message."""

    id = "R08"

    def __init__(self, place: Place) -> None:
        self.place = place
        self._lines: list[Lines] = []

    def take(self, values: pa.Array, places: Integers, lines: Lines) -> None:
        """Note the rows that are wrong."""
        wrong = self.are_wrong(values)
        if wrong.any():
            self._lines.append(lines[wrong[places]])

    def finish(self) -> Lines:
        """Tell of each row, up to a bound."""
        return tell_rows(self.place, self.id, self._lines, self.says)

    @abstractmethod
    def are_wrong(self, values: pa.Array) -> Mask:
        """Return which values are wrong."""

    @property
    @abstractmethod
    def says(self) -> str:
        """What is wrong, as a sentence goes on after the line."""


def tell_rows(place: Place, id: str, found: Sequence[Lines], says: str) -> Lines:
    """Return the lines found, after telling of each up to a bound."""
    lines = np.concatenate([NO_LINES, *found])
    report = place.report
    for line in lines[:MOST_TOLD].tolist():
        message = f"{place.line(line)}: {says}"
        report.set_row_aside(
            id, message, line=line, column=place.column, file=place.file
        )
    report.n_row_errors += max(len(lines) - MOST_TOLD, 0)
    return lines


def tell_unread(place: Place, id: str, lines: Lines, allowed: str) -> None:
    """Tell how many values are nothing, since they cannot be read."""
    if not len(lines):
        return
    values = "1 value" if len(lines) == 1 else f"{len(lines):,} values"
    where = f"{lines[0]} of {place.file}" if place.file else f"{lines[0]}"
    says = f"{values} of {place.label} cannot be read, first on line {where}, and taken"
    says += f" as “not available”. {allowed}"
    place.report.notice(id, says, line=int(lines[0]), column=place.column)


class Filled(_OfRows):
    """Every row must have a value."""

    id = "R01"

    def are_wrong(self, values: pa.Array) -> Mask:
        """Return which values are empty."""
        return cells.are_empty(values)

    @property
    def says(self) -> str:
        """What is wrong."""
        return f"{self.place.label} is empty."


@dataclass(frozen=True, slots=True)
class Rule:
    """What values may be.

    accepts: whether a value is right; mends: what is tolerated about one that is not,
    or nothing. is_list: values are lists, each part of which is judged.
    """

    id: str
    expected: str
    accepts: Callable[[str], bool]
    mends: Callable[[str], str] = lambda value: ""
    is_list: bool = False


class Ruled(_OfRows):
    """Values are what a rule says, or empty."""

    def __init__(self, place: Place, rule: Rule) -> None:
        super().__init__(place)
        self.id = rule.id
        self._rule = rule

    def are_wrong(self, values: pa.Array) -> Mask:
        """Return which values neither fit nor can be mended."""
        return np.fromiter(map(self._is_wrong, values.to_pylist()), bool, len(values))

    @property
    def says(self) -> str:
        """What is wrong."""
        if self.id == "R04":
            return f"{self.place.label} is not a date. Expected {self._rule.expected}."
        return (
            f"{self.place.label} has a value that is not in the list. Allowed: "
            f"{self._rule.expected}."
        )

    def _is_wrong(self, value: str) -> bool:
        parts = value.split(",") if self._rule.is_list else [value]
        return any(self._judged(part.strip()) for part in parts if part.strip())

    def _judged(self, value: str) -> bool:
        if self._rule.accepts(value):
            return False
        if mended := self._rule.mends(value):
            self.place.report.correct(mended)
            return False
        return True


class Kept:
    """Keeps each row's text: null where it is empty."""

    def __init__(self) -> None:
        self._texts: list[pa.Array] = []

    def take(self, values: pa.Array, places: Integers, lines: Lines) -> None:
        """Keep a batch."""
        are_empty = cells.are_empty(values)
        if are_empty.any():
            nothing = pa.scalar(None, pa.string())
            values = pc.if_else(pa.array(are_empty), nothing, values)
        is_each = len(values) == len(places)  # each row has its own, in their order
        self._texts.append(values if is_each else values.take(pa.array(places)))

    def finish(self) -> Lines:
        """Tell nothing."""
        return NO_LINES

    def column(self) -> pa.ChunkedArray:
        """Return the texts of all rows, and forget them."""
        texts, self._texts = self._texts, []
        return pa.chunked_array(texts, pa.string())


class KeptAsRuled(Kept):
    """Keeps each row's text that fits a rule; another one is nothing that is told.

    For what a row may lack, so that one such cell does not cost the row.
    """

    def __init__(self, place: Place, rule: Rule) -> None:
        super().__init__()
        self._place = place
        self._rule = rule
        self._ruled = Ruled(place, rule)
        self._lines: list[Lines] = []

    def take(self, values: pa.Array, places: Integers, lines: Lines) -> None:
        """Keep a batch, and note the rows whose text does not fit."""
        wrong = self._ruled.are_wrong(values)
        if wrong.any():
            self._lines.append(lines[wrong[places]])
            values = pc.if_else(pa.array(wrong), "", values)
        super().take(values, places, lines)

    def finish(self) -> Lines:
        """Tell how many do not fit."""
        rule, lines = self._rule, np.concatenate([NO_LINES, *self._lines])
        tell_unread(self._place, rule.id, lines, f"Allowed: {rule.expected}.")
        return NO_LINES


class Days:
    """Keeps each row's ISO date: null where there is none."""

    def __init__(self) -> None:
        self._days: list[pa.Array] = []

    def take(self, values: pa.Array, places: Integers, lines: Lines) -> None:
        """Keep a batch."""
        days = pa.array(map(read_iso, values.to_pylist()), pa.date32())
        self._days.append(days.take(pa.array(places)))

    def finish(self) -> Lines:
        """Tell nothing."""
        return NO_LINES

    def column(self) -> pa.ChunkedArray:
        """Return the dates of all rows."""
        return pa.chunked_array(self._days, pa.date32())


class Project(_OfRows):
    """Values are HUD project numbers."""

    id = "R14"

    def are_wrong(self, values: pa.Array) -> Mask:
        """Return which values are none."""
        return ~cells.are_project_numbers(values) & ~cells.are_empty(values)

    @property
    def says(self) -> str:
        """What is wrong."""
        return (
            f"{self.place.label} is not a project number. Expected two letters and "
            "nine digits, for example PA001000002."
        )


class Short(_OfRows):
    """Identifiers are no longer than any standard's."""

    LONGEST = 255

    def are_wrong(self, values: pa.Array) -> Mask:
        """Return which values are too long."""
        too_long: Mask = pc.utf8_length(values).to_numpy() > self.LONGEST
        return too_long

    @property
    def says(self) -> str:
        """What is wrong."""
        return f"{self.place.label} has more than {self.LONGEST} characters."


def told_again(label: str, first: str, differ: Sequence[str]) -> str:
    """Return in words that a number stands again, and what differs.

    first: where it stood first, as “on line 3”. differ: names of columns.
    """
    if not differ:
        return f"{label} appears again (first {first}) with the same values."
    columns = enumerated((f"“{each}”" for each in differ), most=MOST_NAMED)
    return f"{label} appears again (first {first}) with different values in {columns}."


class Unique:
    """Values that may occur once; the first row that has one keeps it.

    differ: told two lines of each repetition, returns the columns in which they differ.
    """

    id = "R02"

    def __init__(self, place: Place) -> None:
        self.place = place
        self.differ: Differ = lambda pairs: [() for _ in pairs]
        self._values: list[pa.Array] = []
        self._all: list[Lines] = []
        self.n_repeated = 0

    def take(self, values: pa.Array, places: Integers, lines: Lines) -> None:
        """Keep each row's value, as one comes to each row."""
        self._values.append(values)
        self._all.append(lines)

    def finish(self) -> Lines:
        """Tell of each repetition, and where the value stood first."""
        values = pa.chunked_array(self._values, pa.string())
        lines = np.concatenate([NO_LINES, *self._all])
        self._values.clear()
        are_there = pc.not_equal(values, "")
        if not pc.all(are_there).as_py():
            values = values.filter(are_there)
            lines = lines[are_there.to_numpy()]
        if pc.count_distinct(values).as_py() == len(values):
            return NO_LINES
        hashes = np.fromiter(map(hash, values.to_pylist()), np.int64, len(values))
        order = np.argsort(hashes, kind="stable")
        hashes, lines = hashes[order], lines[order]
        repeats = np.flatnonzero(hashes[1:] == hashes[:-1]) + 1
        self.n_repeated = len(repeats)
        firsts = lines[np.searchsorted(hashes, hashes[repeats])]
        place, report = self.place, self.place.report
        told = lines[repeats][:MOST_TOLD].tolist()
        pairs = list(zip(told, firsts.tolist(), strict=False))
        for (line, first), differ in zip(pairs, self.differ(pairs), strict=True):
            says = told_again(place.label, f"on line {first}", differ)
            report.set_row_aside(
                "R02",
                f"{place.line(line)}: {says}",
                line=line,
                column=place.column,
                file=place.file,
            )
        report.n_row_errors += max(len(repeats) - MOST_TOLD, 0)
        return lines[repeats]


class Referring:
    """Values that must be keys of another file, which may be read later."""

    id = "R03"

    def __init__(self, place: Place, *, file: str, is_list: bool = False) -> None:
        self.place = place
        self._lines: list[Lines] = []
        self.file = file
        self._is_list = is_list
        self._batches: list[tuple[pa.Array, Integers, Lines]] = []

    def take(self, values: pa.Array, places: Integers, lines: Lines) -> None:
        """Keep the values until the other file was read."""
        self._batches.append((values, places, lines))

    def finish(self) -> Lines:
        """Tell nothing yet."""
        return NO_LINES

    def resolve(self, keys: frozenset[str]) -> Lines:
        """Tell of the rows that refer to none of these keys."""
        for values, places, lines in self._batches:
            wrong = [
                any(p and p not in keys for p in self._parts(value))
                for value in values.to_pylist()
            ]
            found = np.array(wrong, bool)
            if found.any():
                self._lines.append(lines[found[places]])
        self._batches.clear()
        return tell_rows(self.place, self.id, self._lines, self.says)

    @property
    def says(self) -> str:
        """What is wrong."""
        return f"{self.place.label} refers to something that is not in {self.file}."

    def _parts(self, value: str) -> list[str]:
        return [p.strip() for p in value.split(",")] if self._is_list else [value]


def words(*allowed: str, also: Sequence[str] = ()) -> Rule:
    """Return the rule that a value is one of these; other capitals are mended."""
    lowered = {each.casefold() for each in allowed}
    others = {each.casefold() for each in also}
    return Rule(
        id="R08",
        expected=enumerated(allowed, most=30),
        accepts=frozenset(allowed).__contains__,
        mends=lambda value: (
            "values in other capitals"
            if value.casefold() in lowered
            else "values in another spelling" * (value.casefold() in others)
        ),
    )
