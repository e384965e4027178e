"""What the reader of a file knows from then on: how many children each class counts.

Later tables for the same audience are protected as if these numbers were published.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from indicators.deidentify.population import Population
from indicators.deidentify.recoding import Recoding

Values = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownCells:
    """Counts by the columns that a file shows, at the levels it shows them.

    columns: their headings. counts: by their values, the rows of the file, and how many
    children like them it leaves out, in whole steps so that the number stays unknown.
    """

    columns: tuple[str, ...]
    counts: Mapping[Values, tuple[int, int]]


def known_cells(population: Population, recoding: Recoding, *, step: int) -> KnownCells:
    """Return what a file tells of how many children there are.

    step: numbers of children left out are rounded up to a multiple of this.
    """
    shown = [
        at
        for at, column in enumerate(population.columns)
        if recoding.levels[at] < column.top
    ]
    kept, starred = recoding.kept, recoding.starred
    whole: Counter[Values] = Counter()
    told: Counter[Values] = Counter()
    for row in np.flatnonzero(population.is_here).tolist():
        key = tuple(
            population.columns[at].maps[recoding.levels[at]][population.raw[at][row]]
            for at in shown
        )
        whole[key] += 1
        if kept[row] and not starred[row].any():
            told[key] += 1
    columns = tuple(population.columns[at].column for at in shown)
    return KnownCells(
        columns,
        {
            key: (told[key], -(-(n - told[key]) // step) * step)
            for key, n in sorted(whole.items())
        },
    )


def figures(known: KnownCells, dims: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what is known as figures of a release file: every cell of `dims`.

    dims: by the name of a dimension of the release, the heading of the file's column.
    A total is None, as there. A column that the file lacks is no dimension here.
    """
    held = [
        (dim, known.columns.index(c)) for dim, c in dims.items() if c in known.columns
    ]
    found: dict[tuple[str | None, ...], list[int]] = {}
    for values, (n, off) in known.counts.items():
        own = [values[at] for _, at in held]
        for totals in product((False, True), repeat=len(held)):
            key = tuple(
                None if total else value
                for total, value in zip(totals, own, strict=True)
            )
            sums = found.setdefault(key, [0, 0])
            sums[0] += n
            sums[1] += off
    return [
        {
            **dict.fromkeys(dims),
            **{dim: v for (dim, _), v in zip(held, key, strict=True)},
            "n": n,
            "kind": "approx" if off else "exact",
            "plus_minus": off,
        }
        for key, (n, off) in found.items()
    ]


def as_rows(known: KnownCells) -> list[dict[str, str]]:
    """Return the counts as rows of text, to be kept in the vault."""
    return [
        {"values": "\x1f".join(key), "n": str(n), "off": str(off)}
        for key, (n, off) in known.counts.items()
    ]


def from_rows(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> KnownCells:
    """Return the counts that `as_rows` wrote."""
    return KnownCells(
        tuple(columns),
        {
            tuple(row["values"].split("\x1f")) if columns else (): (
                int(row["n"]),
                int(row["off"]),
            )
            for row in rows
        },
    )
