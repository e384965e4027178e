"""What was counted as a release to be protected: the `protect` file, format 2.

Source: docs/protect.md. Whatever is not a count of children among children stays
behind: sums of days, incidents and points are for tables whose engine knows them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from accounts.acts import RuleBroken
from indicators.measures.counted import Cell, Counted
from indicators.measures.dimensions import BREAKDOWNS, POPULATION

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
    return {
        "format": FORMAT,
        "release": name,
        "dims": ordered,
        "keys": [PERIOD, BASE],
        "indicators": sorted({m for o in counted for c in o.cells for m in c.x}),
        "threshold": threshold,
        "missing": "zero",
        "nonadditive": sorted({dim for one in counted for dim in one.nonadditive}),
        "hierarchies": {dim: tree for dim, tree in trees.items() if dim in dims},
        "zero_public": True,
        "cells": [_row(cell) for one in counted for cell in one.cells],
        "known": [dict(figure) for figure in known],
    }


def _row(cell: Cell) -> dict[str, Any]:
    row: dict[str, Any] = {
        "table": cell.table,
        PERIOD: cell.period,
        BASE: cell.base,
        **dict(cell.vector),
        "n": cell.n,
        "x": dict(sorted(cell.x.items())),
    }
    if cell.is_few_households:
        row["primary"] = True
    if cell.weight != 1:
        row["weight"] = cell.weight
    return row
