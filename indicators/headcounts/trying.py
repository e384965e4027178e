"""What of an agency's tables would show: protected by the engine, as if every child
were found, and counted.

Only workers load it: the engine behind it is slow to load.
"""

import json
from collections import Counter
from collections.abc import Sequence

from accounts.acts import RuleBroken
from indicators.disclosure.release import protect
from indicators.disclosure.release_file import BadFile, counted
from indicators.disclosure.suppression import Progress, in_silence
from indicators.headcounts.reading import Headcounts
from indicators.headcounts.telling import Shown
from indicators.measures.asked import tables_of, weighed_tables
from indicators.measures.counted import Cell, Counted
from indicators.measures.definitions import Base
from indicators.measures.households import Vector
from indicators.measures.record import release_record

# Tables that are not attacked in vain by then count as not safe.
SECONDS = 120.0
_NOW = "now"


def tried(
    headcounts: Headcounts,
    breakdowns: Sequence[str],
    *,
    threshold: int,
    seconds: float = SECONDS,
    progress: Progress = in_silence,
) -> tuple[Shown, ...] | None:
    """Return what would show of all tables by these breakdowns, protected together.

    None where no form of them withstood the attack. Groups without a child are none.
    """
    tables = tables_of(breakdowns)
    cells = [
        Cell(_NOW, Base.ENROLLED, "+".join(each.breakdowns), vector, n, each.weight,
             is_few_households=False)
        for each in weighed_tables(((), *tables))
        for vector, n in sorted(_counted(headcounts, each.breakdowns).items())
    ]  # fmt: skip
    record = release_record(
        "headcounts",
        [Counted((), tuple(cells), frozenset(), {})],
        threshold=threshold,
    )
    try:
        outcome = protect(
            counted(json.dumps(record).encode()), seconds=seconds, progress=progress
        )
    except BadFile as bad:
        raise RuleBroken(f"The counts cannot be tried: {bad}.") from None
    if not outcome.cells:
        return None
    n_shown = Counter(cell.table for cell in outcome.cells if cell.n is not None)
    n_groups = Counter(cell.table for cell in outcome.cells)
    return tuple(
        Shown(
            table,
            tuple(_n_values(headcounts, name) for name in table),
            n_groups["+".join(table)],
            n_shown["+".join(table)],
        )
        for table in tables
    )


def _counted(headcounts: Headcounts, table: Sequence[str]) -> dict[Vector, int]:
    """Return how many children there are in each group of a table."""
    at = [headcounts.breakdowns.index(name) for name in table]
    found: dict[Vector, int] = {}
    for values, n in headcounts.groups:
        vector = tuple(
            sorted((name, values[k]) for name, k in zip(table, at, strict=True))
        )
        found[vector] = found.get(vector, 0) + n
    return {vector: n for vector, n in found.items() if n}


def _n_values(headcounts: Headcounts, name: str) -> int:
    at = headcounts.breakdowns.index(name)
    return len({values[at] for values, n in headcounts.groups if n})
