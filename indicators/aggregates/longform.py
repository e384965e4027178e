"""A district's own table of counts: one line for each measure of each group.

Columns: school year, breakdown, group, measure, and a count, a number of children, a
percent, or any two. Cells are read as `measures.figures` reads them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, BinaryIO

from accounts.acts import RuleBroken
from indicators.aggregates.cells import (
    band_of,
    coded,
    figure_of,
    noticed,
    require_agreement,
)
from indicators.aggregates.numerators import Numerator, counted, fit, rounded
from indicators.aggregates.record import (
    DIMENSIONS,
    ENROLLED,
    FRAME,
    INDICATORS,
    PERIOD,
    vector,
    year_of,
)
from indicators.disclosure import coding
from indicators.disclosure.release_file import FORMAT
from indicators.disclosure.table import Band, Mark
from indicators.formats.headings import comparable
from indicators.formats.reading import table_of
from indicators.measures.definitions import choose
from indicators.measures.figures import Figure, Kind, State

MOST_ROWS = 20_000
SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "year": ("school year", "academic year", "period", "year"),
    "breakdown": ("breakdown", "dimension", "by", "level", "group type", "category"),
    "group": ("group", "building", "school", "site", "name", "value", "subgroup"),
    "measure": ("measure", "indicator", "metric"),
    "count": ("count", "numerator", "number", "n students with"),
    "children": ("children", "denominator", "students", "n", "enrolled", "cohort"),
    "percent": ("percent", "rate", "pct", "percentage"),
}
_MEANT = {comparable(s): name for name, words in SPELLINGS.items() for s in words}
_MEASURES = {
    comparable(word): code
    for code, words in {
        ENROLLED: ("enrolled", "children enrolled", "students", "enrollment"),
        "chronic_absence": (
            *("chronic absence", "chronically absent", "chronic absenteeism"),
            "chronic_absence",
        ),
    }.items()
    for word in words
}
_TOTALS = {"all", "total", "alltogether", "allchildren", "allstudents", "overall", ""}


_MARKS: Mapping[State, Mark] = {
    State.SUPPRESSED: Mark.SUPPRESSED,
    State.MISSING: Mark.NO_DATA,
    State.NOT_YET: Mark.NOT_YET,
}


class Zero(StrEnum):
    """What a count of 0 means in a file, as whoever sends it says."""

    NOBODY = "nobody"
    HIDDEN = "hidden"


@dataclass(slots=True)
class _Group:
    """What the lines of one group say, by measure."""

    n: Figure | None = None
    line: int = 0
    said: dict[str, tuple[Figure | None, Figure | None]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Read:
    """A table as a release record, and what of it is no number.

    is_counted: whether nothing in it is hidden yet. blanks: as `record.Blanks`, which
    are neither hidden nor zero.
    """

    record: dict[str, Any]
    is_counted: bool
    blanks: dict[tuple[str, str, str], Mark]
    notices: tuple[str, ...]


def read_table(file: BinaryIO, *, threshold: int, zero: Zero | None) -> Read:
    """Return the counts of a table; raises RuleBroken with what to put right.

    zero: None where nobody said what a 0 means; then a count of 0 is asked about.
    """
    return _Reader(threshold, zero).read(file)


class _Reader:
    def __init__(self, threshold: int, zero: Zero | None) -> None:
        self.threshold, self.zero = threshold, zero
        self.groups: dict[tuple[str, str], _Group] = {}
        self.years: set[str] = set()
        self.n_zeros = 0

    def read(self, file: BinaryIO) -> Read:
        sheet = table_of(file)
        at: dict[str, int] = {}
        for position, heading in enumerate(sheet.headings):
            if name := _MEANT.get(comparable(heading)):
                at.setdefault(name, position)
        lacking = [name for name in ("year", "group", "measure") if name not in at]
        if lacking or not {"count", "children", "percent"} & at.keys():
            raise RuleBroken(
                "No column was found for "
                f"{', '.join(lacking) or 'a count, children or a percent'}. Name the "
                "columns: school year, breakdown, group, measure, count, children, "
                "percent."
            )
        for number, row in _rows(sheet, at):
            self._take(number, row)
        if self.n_zeros and self.zero is None:
            raise RuleBroken(
                f"{self.n_zeros} counts are 0. Are these true zeros, or hidden small "
                "numbers? Say so below, and choose the file again."
            )
        return self._result()

    def _take(self, line: int, row: Mapping[str, str]) -> None:
        year = year_of(row["year"])
        if year is None:
            raise RuleBroken(
                f"Line {line}: “{row['year']:.20}” is no school year. Write it like "
                "2025-26."
            )
        self.years.add(year)
        measure = _MEASURES.get(comparable(row["measure"]))
        if measure is None:
            raise RuleBroken(
                f"Line {line}: the measure “{row['measure']:.40}” cannot be taken. "
                f"Send {' or '.join((ENROLLED, *INDICATORS))}: counts of children."
            )
        key = self._group(line, row)
        group = self.groups.setdefault(key, _Group(line=line))
        count = self._count(line, row.get("count"))
        children = self._count(line, row.get("children"))
        percent = self._unhidden(figure_of(line, row.get("percent"), Kind.PERCENT))
        if measure == ENROLLED:
            children, count = children or count, None
        if measure in group.said:
            raise RuleBroken(
                f"Line {line}: {row['group'] or 'the total':.60} has {measure} on an "
                "earlier line already."
            )
        group.said[measure], group.lines[measure] = (count, percent), line
        if children is not None:
            if group.n is not None and group.n != children:
                raise RuleBroken(
                    f"Line {line}: the number of children of {row['group']:.60} is not "
                    f"that of line {group.line}. All measures describe the same "
                    "children; correct it, or send them in two files."
                )
            group.n, group.line = children, line

    def _group(self, line: int, row: Mapping[str, str]) -> tuple[str, str]:
        breakdown, name = row.get("breakdown", ""), row["group"]
        by = comparable(breakdown)
        if by in _TOTALS and comparable(name) in _TOTALS:
            return "", ""
        if by in DIMENSIONS and comparable(name) in _TOTALS:
            return "", ""
        if by not in DIMENSIONS:
            raise RuleBroken(
                f"Line {line}: “{breakdown:.40}” is no breakdown that is read. Send "
                f"counts by {' or by '.join(DIMENSIONS)}, and of all children."
            )
        return by, name

    def _count(self, line: int, text: str | None) -> Figure | None:
        figure = figure_of(line, text, Kind.COUNT)
        self.n_zeros += figure is not None and figure.state is State.ZERO
        return self._unhidden(figure)

    def _unhidden(self, figure: Figure | None) -> Figure | None:
        """Return a figure, without a zero that stands for a hidden number."""
        if figure is None or figure.state is not State.ZERO:
            return figure
        return (
            Figure(State.SUPPRESSED, figure.kind)
            if self.zero is Zero.HIDDEN
            else figure
        )

    def _result(self) -> Read:
        if len(self.years) > 1:
            raise RuleBroken(
                "The file holds more than one school year: "
                f"{', '.join(sorted(self.years))}. Send a file for each."
            )
        if ("", "") not in self.groups:
            raise RuleBroken(
                "There is no line for all children together. Add one, with the "
                "breakdown “all”: without it nobody could tell what the groups leave "
                "over."
            )
        self._require_whole()
        year = self.years.pop()
        measures = {m for group in self.groups.values() for m in group.said}
        indicators = [code for code in INDICATORS if code in measures]
        values = [
            value
            for group in self.groups.values()
            for value in (group.n, *(v for pair in group.said.values() for v in pair))
            if value is not None
        ]
        is_counted = not any(v.state is State.SUPPRESSED for v in values)
        blanks: dict[tuple[str, str, str], Mark] = {}
        told = {
            key: {code: _rate(group, code) for code in indicators}
            for key, group in self.groups.items()
        }
        if is_counted:
            for code in indicators:
                self._fit(code, told)
        cells = []
        for (by, name), group in self.groups.items():
            if cell := self._cell(
                year, by, name, group, told[by, name], is_counted, blanks
            ):
                cells.append(cell)
        return Read(
            record={
                "format": FORMAT,
                "release": f"Counts of {year}",
                "keys": [PERIOD],
                "dims": list(DIMENSIONS),
                "indicators": indicators,
                "threshold": self.threshold,
                "missing": "unknown" if blanks else "zero",
                "zero_public": True,
                "cells": cells,
            },
            is_counted=is_counted,
            blanks=blanks,
            notices=tuple(noticed(values)),
        )

    def _require_whole(self) -> None:
        """Refuse a breakdown whose groups are more than the total, or all and fewer."""
        total = _number_of(self.groups["", ""])
        for dimension in DIMENSIONS:
            groups = [g for (by, _), g in self.groups.items() if by == dimension]
            known = [n for g in groups if (n := _number_of(g)) is not None]
            if total is None or not groups:
                continue
            is_all = len(known) == len(groups)
            if sum(known) > total or (is_all and sum(known) < total):
                raise RuleBroken(
                    f"The groups by {dimension} do not add up to all children. Correct "
                    "them, or add the groups that are left out, as No data where their "
                    "number is not known."
                )

    def _fit(self, code: str, told: Mapping[tuple[str, str], "_Told"]) -> None:
        """Let numerators that stand behind rounded percents add up to their total."""
        n = _number_of(self.groups["", ""])
        total = told["", ""][code]
        if not isinstance(total, Numerator):
            total = Numerator(0, n or 0, ((0, n or 0), (0, n or 0)), 0)
        groups = {
            dimension: [
                one
                for (by, _), rates in told.items()
                if by == dimension and isinstance(one := rates[code], Numerator)
            ]
            for dimension in DIMENSIONS
        }
        fit(total, groups, choose(code).definition.label)

    def _cell(
        self,
        year: str,
        by: str,
        name: str,
        group: _Group,
        told: "_Told",
        is_counted: bool,
        blanks: dict[tuple[str, str, str], Mark],
    ) -> dict[str, Any] | None:
        """Return a group as a cell of a record; None where its size is not known."""
        size = group.n or Figure(State.MISSING, Kind.COUNT)
        mark = _MARKS.get(size.state)
        if mark in (Mark.NO_DATA, Mark.NOT_YET):
            if not by:
                raise RuleBroken(
                    "The number of all children is not given. Without it nothing can "
                    "be protected; send the file when it is known."
                )
            blanks[by, name, ENROLLED] = mark
            return None
        n = _number_of(group)
        x: dict[str, int] = {}
        rate: dict[str, str | None] = {}
        for code, said in told.items():
            if isinstance(said, Mark) and said is not Mark.SUPPRESSED:
                blanks[by, name, code] = said
            elif isinstance(said, Numerator) and is_counted:
                x[code] = said.x
            else:
                if isinstance(said, Numerator):
                    said = coding.code(said.x, said.n, n=said.n)
                rate[code] = None if isinstance(said, Mark) else str(said)
        names = vector(year, by, name if by else None)
        cell = {
            "table": by or "all",
            **dict(zip(FRAME.names, names, strict=True)),
            "n": n,
        }
        return cell | ({"x": x} if is_counted else {"rate": rate})


_Told = Mapping[str, Numerator | Band | Mark]


def _number_of(group: _Group) -> int | None:
    """Return the number of children of a group, if it is told."""
    return None if group.n is None or group.n.value is None else int(group.n.value)


def _rate(group: _Group, code: str) -> Numerator | Band | Mark:
    """Return a numerator, or what is printed instead, or why there is neither."""
    count, percent = group.said.get(code, (None, None))
    n = _number_of(group)
    if n is None:
        if percent is not None and (percent.value is not None or band_of(percent)):
            raise RuleBroken(
                f"Line {group.lines[code]}: this percent is of a group whose number of "
                "children is not given, and which may be small. Write Suppressed or No "
                "data for the percent, or give the number of children."
            )
    elif count is not None and count.value is not None:
        if count.value > n:
            raise RuleBroken(
                f"Line {group.lines[code]}: more children are counted for {code} than "
                "there are in the group."
            )
        require_agreement(group.lines[code], count.value, n, percent)
        return counted(group.lines[code], int(count.value), n)
    elif percent is not None and (found := band_of(percent)):
        return coded(found, n)
    elif percent is not None and percent.value is not None:
        return rounded(group.lines[code], percent.value, n)
    told = [_MARKS[v.state] for v in (count, percent) if v and v.state in _MARKS]
    for mark in (Mark.SUPPRESSED, Mark.NOT_YET):
        if mark in told:
            return mark
    # A count beside a size that is hidden would give a way in, so it is hidden too.
    return Mark.SUPPRESSED if n is None else Mark.NO_DATA


def _rows(sheet: Any, at: Mapping[str, int]) -> Iterable[tuple[int, Mapping[str, str]]]:
    n_read = 0
    for batch in sheet.batches:
        columns = {name: batch.table.column(i).to_pylist() for name, i in at.items()}
        for place, line in enumerate(batch.lines.tolist()):
            n_read += 1
            if n_read > MOST_ROWS:
                raise RuleBroken(f"The file has more than {MOST_ROWS:,} lines.")
            yield (
                line,
                {
                    name: " ".join((values[place] or "").split())
                    for name, values in columns.items()
                },
            )
    if sheet.surplus.n_set_aside:
        raise RuleBroken(
            "A line has more or fewer values than there are headings. Correct it and "
            "send the file again."
        )
