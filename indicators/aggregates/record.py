"""Counts as a release in a file, and protected files as the tables that are published.

One school year, one dimension at a time: a cell is the total or one group. The file is
the one that docs/protect.md describes; `link`, `made_by` and others stand beside it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from indicators.disclosure.release_file import FORMAT, Cell, Frame, ReleaseFile, Vector
from indicators.disclosure.table import (
    Band,
    Mark,
    ProtectedCell,
    ProtectedTable,
    Rate,
    Table,
    Unit,
)
from indicators.measures.catalogue import BY_CODE, MEASURES

PERIOD = "period"
DIMENSIONS = ("building", "school")
ENROLLED = "enrolled"
INDICATORS = tuple(m.code for m in MEASURES if m.unit is Unit.CHILDREN)
FRAME = Frame(
    names=(PERIOD, *DIMENSIONS),
    n_keys=1,
    nonadditive=frozenset(),
    hierarchies={},
    is_complete=True,
)
_YEAR = re.compile(r"(\d{4})\s*(?:[-–/]\s*(\d{2}|\d{4}))?")
# What of a group, or of one of its rates, is no number, by dimension, value, measure.
Blanks = Mapping[tuple[str, str, str], Mark]


def year_of(text: str) -> str | None:
    """Return a school year as we write it, "2025–26"; None where it is none.

    A year alone is the one in which it ends.
    """
    found = _YEAR.fullmatch(text.strip())
    if not found:
        return None
    first = int(found[1]) - (0 if found[2] else 1)
    if found[2] and int(found[2]) % 100 != (first + 1) % 100:
        return None
    return f"{first}–{(first + 1) % 100:02d}"


def vector(year: str, dimension: str = "", value: str | None = None) -> Vector:
    """Return the name of a group of a school year, or of all children."""
    return (year, *(value if each == dimension else None for each in DIMENSIONS))


def counted_record(
    tables: Sequence[Table], *, name: str, threshold: int
) -> dict[str, Any]:
    """Return tables as counted, in the format of a release file.

    Rates of days are left out: a release file counts children.
    """
    return {
        "format": FORMAT,
        "release": name,
        "keys": [PERIOD],
        "dims": list(DIMENSIONS),
        "indicators": list(INDICATORS),
        "threshold": threshold,
        "missing": "zero",
        "zero_public": True,
        "cells": [cell for table in tables for cell in _cells(table)],
    }


def _cells(table: Table) -> Iterable[dict[str, Any]]:
    for group in (table.total, *table.groups):
        is_total = group is table.total
        value = None if is_total else group.key.partition(":")[2]
        names = vector(table.school_year, table.dimension, value)
        yield {
            "table": table.dimension,
            **dict(zip(FRAME.names, names, strict=True)),
            "n": group.n,
            "x": {c.rate: c.numerator for c in group.counts if c.rate in INDICATORS},
        }


def dimension_of(names: Vector) -> tuple[str, str | None]:
    """Return which dimension a group is of, and its value; "" and None for the total.

    Raises ValueError where it is of more than one.
    """
    told = [(d, v) for d, v in zip(DIMENSIONS, names[1:], strict=True) if v is not None]
    if len(told) > 1:
        raise ValueError("a group of more than one dimension")
    return told[0] if told else ("", None)


def published(
    cells: Sequence[Cell],
    *,
    indicators: Sequence[str],
    labels: Mapping[str, Mapping[str, str]],
    blanks: Blanks,
    title: str,
    whole: str,
) -> tuple[ProtectedTable, ...]:
    """Return protected cells as tables, one for each dimension that they have.

    labels: of each dimension, each value's. title: goes before "by building". whole:
    the label of the total.
    """
    found: dict[str, dict[str, ProtectedCell]] = {}
    total: ProtectedCell | None = None
    year = ""
    for cell in cells:
        year = cell.vector[0] or ""
        dimension, value = dimension_of(cell.vector)
        if value is None:
            total = _shown(cell, "all", whole, "", indicators, blanks)
            continue
        label = labels.get(dimension, {}).get(value, value)
        found.setdefault(dimension, {})[value] = _shown(
            cell, f"{dimension}:{value}", label, value, indicators, blanks
        )
    for (dimension, value, measure), mark in blanks.items():
        if measure == ENROLLED and value:
            label = labels.get(dimension, {}).get(value, value)
            marks = dict.fromkeys(indicators, mark)
            found.setdefault(dimension, {})[value] = ProtectedCell(
                f"{dimension}:{value}", label, mark, marks
            )
    assert total is not None
    rates = tuple(Rate(code, BY_CODE[code].label, Unit.CHILDREN) for code in indicators)
    return tuple(
        ProtectedTable(
            code=dimension,
            title=f"{title} by {dimension}",
            dimension=dimension,
            school_year=year,
            rates=rates,
            groups=tuple(
                sorted(
                    found[dimension].values(), key=lambda c: (c.label.casefold(), c.key)
                )
            ),
            total=total,
        )
        for dimension in DIMENSIONS
        if dimension in found
    )


def _shown(
    cell: Cell,
    key: str,
    label: str,
    value: str,
    indicators: Sequence[str],
    blanks: Blanks,
) -> ProtectedCell:
    def text(code: str) -> Band | Mark:
        dimension = key.partition(":")[0] if value else ""
        if mark := blanks.get((dimension, value, code)):
            return mark
        if cell.n == 0:
            return Mark.NO_DATA
        said = cell.rate.get(code)
        return Mark.SUPPRESSED if said is None else Band.parse(said)

    n = Mark.SUPPRESSED if cell.n is None else cell.n
    return ProtectedCell(key, label, n, {code: text(code) for code in indicators})


def edition(tables: Sequence[ProtectedTable], *, threshold: int) -> ReleaseFile:
    """Return published tables as a release file, to be attacked with a later one.

    What had no data, or was not yet known, is as if it were not there: it was not
    hidden. Rates of days tell nothing of counts of children, and are left out.
    """
    cells: dict[Vector, Cell] = {}
    for table in tables:
        counts = [r.code for r in table.rates if r.unit is Unit.CHILDREN]
        for group in (table.total, *table.groups):
            if group.n in (Mark.NO_DATA, Mark.NOT_YET):
                continue
            value = None if group is table.total else group.key.partition(":")[2]
            names = vector(table.school_year, table.dimension, value)
            texts = {code: group.rates[code] for code in counts}
            cells[names] = Cell(
                table.dimension,
                names,
                group.n if isinstance(group.n, int) else None,
                {},
                {
                    code: None if text is Mark.SUPPRESSED else str(text)
                    for code, text in texts.items()
                    if text not in (Mark.NO_DATA, Mark.NOT_YET)
                },
            )
    return ReleaseFile(
        frame=FRAME,
        indicators=INDICATORS,
        threshold=threshold,
        zero_public=True,
        cells=tuple(cells.values()),
        known=(),
        record={},
    )
