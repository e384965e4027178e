"""A reader who thinks of single children: what can each suppressed count be?

It knows nothing of how tables are protected or audited. Every child is in one group of
all dimensions together; what is printed are sums of such groups.
"""

from collections.abc import Sequence
from itertools import product, repeat
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

Vector = tuple[str | None, ...]


def ends(
    printed: Sequence[list[dict[str, Any]]],
    dims: list[str],
    missing: Sequence[str] = (),
) -> dict[Vector, tuple[int, int]]:
    """Return the least and the greatest that each suppressed count can be.

    printed: the cells of each file, with totals. missing: what each says of groups that
    are not in its tables, if not "zero". A suppressed group is not empty.
    """
    told: dict[Vector, int | None] = {}
    kinds: set[tuple[bool, ...]] = set()
    said = missing or [*repeat("zero", len(printed))]
    for cells, unlisted in zip(printed, said, strict=True):
        for cell in cells:
            name = tuple(cell.get(dim) for dim in dims)
            told[name] = cell["n"] if told.get(name) is None else told[name]
            if unlisted == "zero":
                kinds.add(tuple(value is not None for value in name))
    values = [sorted({v[i] for v in told} - {None}) for i in range(len(dims))]
    if "unknown" in missing:
        values = [[*of, "elsewhere"] for of in values]
    every = list(product(*values))
    for kind in kinds:
        for leaf in every:
            told.setdefault(_cut(leaf, kind), 0)
    rows = {
        name: np.array([_is_in(leaf, name) for leaf in every], float) for name in told
    }
    least = [1 if n is None else n for n in told.values()]
    most = [np.inf if n is None else n for n in told.values()]
    limits = LinearConstraint(np.array([*rows.values()]), least, most)
    return {
        name: (_end(rows[name], limits), -_end(-rows[name], limits))
        for name, n in told.items()
        if n is None
    }


def left_over(
    cells: list[dict[str, Any]], dims: list[str], *, threshold: int
) -> list[tuple[Vector, ...]]:
    """Return shown groups that few children are in besides shown groups within them
    that share nobody: each with these."""
    told = {tuple(cell.get(dim) for dim in dims): cell["n"] for cell in cells}
    shown = {name: n for name, n in told.items() if n}
    values = [sorted({v[i] for v in told} - {None}) for i in range(len(dims))]
    every = list(product(*values))
    inside = {
        name: np.array([_is_in(leaf, name) for leaf in every], bool) for name in shown
    }
    found = []
    for whole, n in shown.items():
        parts = [
            v for v in shown if v != whole and not np.any(inside[v] > inside[whole])
        ]
        if not parts:
            continue
        at_once = LinearConstraint(np.array([inside[v] for v in parts], float).T, 0, 1)
        counts = np.array([[shown[v] for v in parts]], float)
        few = LinearConstraint(counts, n - threshold + 1, n - 1)
        whole_ones, bounds = np.ones(len(parts)), Bounds(0, 1)
        taken = milp(
            np.zeros(len(parts)),
            constraints=[at_once, few],
            integrality=whole_ones,
            bounds=bounds,
        ).x
        if taken is not None:
            chosen = (v for v, part in zip(parts, taken, strict=True) if part > 0.5)
            found.append((whole, *chosen))
    return found


def _cut(leaf: Vector, kind: tuple[bool, ...]) -> Vector:
    return tuple(
        value if is_told else None for value, is_told in zip(leaf, kind, strict=True)
    )


def _is_in(leaf: Vector, name: Vector) -> bool:
    return all(value in (None, own) for own, value in zip(leaf, name, strict=True))


def _end(cost: Any, limits: LinearConstraint) -> int:
    whole, bounds = np.ones(len(cost)), Bounds(0, 1_000)  # nobody has more children
    found = milp(cost, constraints=limits, integrality=whole, bounds=bounds)
    assert found.success, found.message
    return round(found.fun)
