"""What was counted as a release to be protected: the `protect` file, format 2.

Source: docs/protect.md. Whatever is neither children among children nor days among days
stays behind: sums of incidents and points are for tables whose engine knows them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from accounts.acts import RuleBroken
from indicators.measures.counted import Cell, Counted
from indicators.measures.definitions import Unit
from indicators.measures.dimensions import BREAKDOWNS, POPULATION
from indicators.measures.nesting import counted_within

FORMAT = 2
PERIOD, BASE = "period", "base"


def release_record(
    name: str,
    counted: Sequence[Counted],
    *,
    threshold: int,
    known: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return the record of a release over one or more school years.

    known: public figures, as the format has them. Cells made by too few households are
    marked to be hidden. Raises RuleBroken where years differ in what lies above a
    value, or a child has several values in one year and one in another.
    """
    days = frozenset(
        measure.id
        for one in counted
        for measure in one.measures
        if measure.unit is Unit.DAYS and any(measure.id in c.sums for c in one.cells)
    )
    dims: dict[str, None] = {}
    trees: dict[str, dict[str, str]] = {}
    for one in counted:
        if {*one.nonadditive} != {*counted[0].nonadditive}:
            raise RuleBroken(
                "The school years of one release must have the same rules of residency "
                "and mobility. Count them again by one rule."
            )
        for dim, tree in one.hierarchies.items():
            into = trees.setdefault(dim, {})
            for value, above in tree.items():
                if into.setdefault(value, above) != above:
                    raise RuleBroken(
                        f"{value:.60} lies in {into[value]:.60} in one school year and "
                        f"in {above:.60} in another. Give it one place, or release the "
                        "years apart."
                    )
        dims.update(dict.fromkeys(n for cell in one.cells for n, _ in cell.vector))
    first = [POPULATION, *dict.fromkeys(dim for dim, _ in BREAKDOWNS.values())]
    ordered = [dim for dim in first if dim in dims]
    ordered += sorted(dims.keys() - {*first})
    indicators = {m for one in counted for cell in one.cells for m in cell.x} | days
    measures = [m for one in counted for m in one.measures if m.id in indicators]
    return {
        "format": FORMAT,
        "release": name,
        "dims": ordered,
        "keys": [PERIOD, BASE],
        "indicators": sorted(indicators),
        "within": counted_within(measures),
        "units": dict.fromkeys(sorted(days), "days"),
        "threshold": threshold,
        "missing": "zero",
        "nonadditive": sorted({dim for one in counted for dim in one.nonadditive}),
        "hierarchies": {dim: tree for dim, tree in trees.items() if dim in dims},
        "zero_public": True,
        "cells": [_row(cell, days) for one in counted for cell in one.cells],
        "known": [dict(figure) for figure in known],
    }


def _whole(sums: tuple[int, int]) -> tuple[int, int]:
    """Return days present and enrolled of sums in half days; RuleBroken for halves."""
    if any(each % 2 for each in sums):
        raise RuleBroken(
            "A rate of half days cannot be protected, so it cannot be released. Count "
            "whole days."
        )
    return sums[0] // 2, sums[1] // 2


def _row(cell: Cell, days: frozenset[str]) -> dict[str, Any]:
    told = {name: _whole(cell.sums[name]) for name in days & cell.sums.keys()}
    x = {**cell.x, **{name: present for name, (present, _) in told.items()}}
    row: dict[str, Any] = {
        "table": cell.table,
        PERIOD: cell.period,
        BASE: cell.base,
        **dict(cell.vector),
        "n": cell.n,
        "x": dict(sorted(x.items())),
    }
    if told:
        row["of"] = {name: of for name, (_, of) in sorted(told.items())}
    if cell.is_few_households:
        row["primary"] = True
    if cell.weight != 1:
        row["weight"] = cell.weight
    return row
