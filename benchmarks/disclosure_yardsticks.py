"""What suppression is measured against: the fewest cells, and elimination.

Neither shares code with the engine. `eliminated` follows the published description of
GaussSuppression (Langsrud 2024, doi:10.1007/978-3-031-69651-0_6) and its defaults for
small counts; the package itself needs R, which the benchmark does without.
"""

import time
from collections.abc import Collection, Sequence
from itertools import product
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, vstack

Vector = tuple[str | None, ...]
Column = dict[int, int]

# Elimination counts modulo this prime: sparse, exact, and without growing fractions.
_PRIME = (1 << 61) - 1
_STILL = 1e-7


def eliminated(
    rows: Sequence[dict[str, Any]],
    *,
    tables: Sequence[Sequence[str]],
    dims: Sequence[str],
    threshold: int,
    has_singles: bool,
) -> tuple[int, int]:
    """Return how many more cells elimination hides, and the children in them.

    From the largest cell down each is printed, and eliminated from all others, unless
    some small cell would then be a multiple of what is printed. has_singles: a cell of
    which nothing is left but groups of one child is hidden too (the method "anySum").
    """
    cells, inner = _model(rows, tables=tables, dims=dims)
    names = sorted(cells, key=lambda v: tuple(value or "" for value in v))
    n = [sum(inner[i] for i in cells[name]) for name in names]
    columns: list[Column] = [dict.fromkeys(cells[name], 1) for name in names]
    alone = {i for i, count in enumerate(inner) if count == 1 and has_singles}
    is_small = [count < threshold for count in n]
    holders: list[set[int]] = [set() for _ in inner]
    for place, column in enumerate(columns):
        if not (is_small[place] and column.keys() <= alone):
            for i in column:
                holders[i].add(place)
    hidden: list[int] = []
    seen: set[int] = set()
    for place in _order(n, columns, len(inner)):
        column = columns[place]
        if is_small[place] or not column:
            continue
        for i in column:
            holders[i].discard(place)
        rest = [i for i in column if i not in alone]
        if not rest and (len(set(column.values())) == 1 or seen & column.keys()):
            hidden.append(place)
            continue
        if not rest:
            seen |= column.keys()
        row = min(rest or column, key=lambda i: (len(holders[i]), i))
        if any(
            is_small[k] and _multiple(column, columns[k], row) for k in holders[row]
        ):
            hidden.append(place)
        else:
            _eliminate(column, row, columns, holders)
    return len(hidden), sum(n[place] for place in hidden)


def _model(
    rows: Sequence[dict[str, Any]],
    *,
    tables: Sequence[Sequence[str]],
    dims: Sequence[str],
) -> tuple[dict[Vector, list[int]], list[int]]:
    """Return the groups of like children in each cell, and the size of each group."""
    used = {dim for table in tables for dim in table}
    inner: dict[Vector, int] = {}
    for row in rows:
        vector = tuple(row[dim] if dim in used else None for dim in dims)
        inner[vector] = inner.get(vector, 0) + 1
    kept = {
        frozenset(dim for dim, is_kept in zip(table, kinds, strict=True) if is_kept)
        for table in tables
        for kinds in product((True, False), repeat=len(table))
    }
    cells: dict[Vector, list[int]] = {}
    for number, vector in enumerate(inner):
        own = dict(zip(dims, vector, strict=True))
        for some in kept:
            name = tuple(own[dim] if dim in some else None for dim in dims)
            cells.setdefault(name, []).append(number)
    return cells, list(inner.values())


def _order(n: Sequence[int], columns: Sequence[Column], n_inner: int) -> list[int]:
    """Return the cells by size, and among equals those first that overlap with most."""
    weight = [0] * n_inner
    for count, column in zip(n, columns, strict=True):
        for i in column:
            weight[i] += count + 1
    ties = [sum(weight[i] for i in column) for column in columns]
    most = max(ties)
    return sorted(
        range(len(n)), key=lambda place: (-n[place] - 0.99 * ties[place] / most, place)
    )


def _multiple(one: Column, other: Column, row: int) -> bool:
    if one.keys() != other.keys():
        return False
    factor = other[row] * pow(one[row], -1, _PRIME) % _PRIME
    return all(other[i] == factor * a % _PRIME for i, a in one.items())


def _eliminate(
    column: Column, row: int, columns: list[Column], holders: list[set[int]]
) -> None:
    inverse = pow(column[row], -1, _PRIME)
    for place in [*holders[row]]:
        other = columns[place]
        factor = other[row] * inverse % _PRIME
        for i, a in column.items():
            left = (other.get(i, 0) - factor * a) % _PRIME
            if left:
                other[i] = left
                holders[i].add(place)
            elif other.pop(i, None) is not None:
                holders[i].discard(place)


def fewest(
    sums: csr_array,
    *,
    primaries: Collection[int],
    up: np.ndarray,
    down: np.ndarray,
    seconds: float,
) -> tuple[int, bool]:
    """Return the fewest more cells that any pattern hides, and whether that is proven.

    Where time runs out it is the most that was proven: no pattern hides fewer.
    sums: rows that moves keep to. up, down: the most that each cell can move.
    Each small cell must be able to move by one, up or down, while hidden cells alone
    move. Integer programming picks cells; where a small cell then cannot move, the dual
    of its linear program says which cells are too few (Fischetti and Salazar 2000).
    """
    small = sorted(primaries)
    size, limit = sums.shape[1], time.process_time() + seconds
    n_all = size + len(small)
    low, high = np.zeros(n_all), np.ones(n_all)
    low[small] = 1
    high[:size][(up <= 0) & (down <= 0)] = 0
    cost = np.append(np.ones(size), np.zeros(len(small)))
    cuts: list[csr_array] = []
    least: list[float] = []
    bound = 0
    while True:
        left = limit - time.process_time()
        if left <= 0:
            return bound, False
        rows = vstack(cuts) if cuts else csr_array((1, n_all))
        found = milp(
            cost,
            integrality=np.ones(n_all),
            bounds=Bounds(low, high),
            constraints=LinearConstraint(rows, least or [0.0], np.inf),
            options={"time_limit": left, "mip_rel_gap": 0.0},
        )
        if found.mip_dual_bound is not None:
            bound = max(bound, int(np.ceil(found.mip_dual_bound - 1e-6)) - len(small))
        if found.status != 0:
            return bound, False
        hidden = np.rint(found.x[:size])
        n_before = len(cuts)
        for number, place in enumerate(small):
            sign = 1.0 if found.x[size + number] > 0.5 else -1.0
            needed = _needed(sums, place, sign, hidden, up=up, down=down)
            if needed is not None:
                # Up is for 1 in the unknown of the small cell, down for 0.
                way = np.zeros(len(small))
                way[number] = -sign
                cuts.append(csr_array(np.append(needed, way)[None, :]))
                least.append(0.0 if sign > 0 else 1.0)
        if len(cuts) == n_before:
            return bound, True


def _needed(
    sums: csr_array,
    place: int,
    sign: float,
    hidden: np.ndarray,
    *,
    up: np.ndarray,
    down: np.ndarray,
) -> np.ndarray | None:
    """Return weights of cells of which at least one in all must be hidden, or None."""
    cost = np.zeros(sums.shape[1])
    cost[place] = -sign
    found = linprog(
        cost,
        A_eq=sums,
        b_eq=np.zeros(sums.shape[0]),
        bounds=np.column_stack([-down * hidden, up * hidden]),
        method="highs",
    )
    if -found.fun >= 1 - _STILL:
        return None
    priced = cost - sums.T @ found.eqlin.marginals
    weights = np.maximum(-priced, 0) * up + np.maximum(priced, 0) * down
    weights[weights < _STILL] = 0
    return np.minimum(weights, 1.0)
