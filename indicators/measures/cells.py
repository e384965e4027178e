"""Groups of children by every crossing of dimensions, with all totals; vectorised.

A row of a grid is one child in one group, so that a child of two buildings is in both
and once in their total.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indicators.measures.cohort import Cohort
from indicators.measures.dimensions import (
    BREAKDOWNS,
    OF_HOUSING,
    POPULATION,
    Dimension,
)
from indicators.measures.inputs import Flags, Whole

# Dimension and value, in order of dimension; what is not named is the total.
Vector = tuple[tuple[str, str], ...]
# The values of a population within the children of a group: who is counted, who is
# not, and, where it is about one grade, all others.
COUNTED, OMITTED, OUTSIDE = "counted", "not counted", "other grades"
# Fewer households than this, or one with more than a third, are told apart too easily.
# Source: disclosure.md, rule 15.
_FEWEST_HOUSEHOLDS = 5
_LARGEST_SHARE = 3


@dataclass(frozen=True, slots=True)
class Group:
    """One group of a grid."""

    vector: Vector
    n: int
    is_few_households: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of children in groups: `group` is a place in `vectors`."""

    child: Whole
    group: Whole
    vectors: tuple[Vector, ...]

    def within(self, name: str, values: Collection[str | None]) -> "Grid":
        """Return the rows of the groups with one of these values; None is the total."""
        kept = np.array([dict(v).get(name) in values for v in self.vectors], dtype=bool)
        rows = kept[self.group]
        return Grid(self.child[rows], self.group[rows], self.vectors)

    def groups(self, is_in: Flags, household: Whole) -> Iterator[Group]:
        """Yield the groups with some of the children who are in."""
        rows = is_in[self.child]
        child, group = self.child[rows], self.group[rows]
        n = np.bincount(group, minlength=len(self.vectors))
        size = household.max(initial=0) + 1
        key, each = np.unique(group * size + household[child], return_counts=True)
        n_households = np.bincount(key // size, minlength=len(self.vectors))
        largest = np.zeros(len(self.vectors), np.int64)
        np.maximum.at(largest, key // size, each)
        is_few = (n_households < _FEWEST_HOUSEHOLDS) | (_LARGEST_SHARE * largest > n)
        for place in np.flatnonzero(n).tolist():
            yield Group(self.vectors[place], int(n[place]), bool(is_few[place]))

    def sums(
        self, is_in: Flags, x: Whole | None = None, of: Whole | None = None
    ) -> Iterator[tuple[Vector, int, int]]:
        """Yield, of the groups with children who are in, the sums over these."""
        rows = is_in[self.child]
        child, group = self.child[rows], self.group[rows]
        n = np.bincount(group, minlength=len(self.vectors))
        added = [n if each is None else self._added(group, each[child]) for each in
                 (x, of)]  # fmt: skip
        for place in np.flatnonzero(n).tolist():
            yield self.vectors[place], int(added[0][place]), int(added[1][place])

    def _added(self, group: Whole, x: Whole) -> Whole:
        # Doubles hold whole numbers exactly far beyond the days of any district.
        return np.rint(np.bincount(group, x, len(self.vectors))).astype(np.int64)

    def middles(self, is_in: Flags, x: Whole) -> Iterator[tuple[Vector, float]]:
        """Yield the median of each group with children who are in."""
        rows = is_in[self.child]
        value, group = x[self.child[rows]], self.group[rows]
        order = np.lexsort((value, group))
        value, group = value[order], group[order]
        start = np.searchsorted(group, np.arange(len(self.vectors) + 1))
        for place in np.flatnonzero(np.diff(start)).tolist():
            low, high = int(start[place]), int(start[place + 1]) - 1
            pair = value[low + (high - low) // 2], value[low + (high - low + 1) // 2]
            yield self.vectors[place], float(sum(pair)) / 2


def grid_of(
    cohort: Cohort,
    breakdowns: Sequence[str],
    *,
    is_compared: bool,
    grades: Dimension | None = None,
) -> Grid | None:
    """Return all groups by these breakdowns, or None if the cohort lacks one of them.

    is_compared: with residents and others apart.
    grades: a breakdown more, without a total.
    """
    named = [BREAKDOWNS[name] for name in breakdowns]
    needed = {dim for dim, _ in named}
    if not needed <= cohort.dimensions.keys():
        return None
    rows = _Rows(cohort.size)
    if is_compared:
        # Of homes and programs, all children together say what residents alone say.
        rows.add(cohort.dimensions[POPULATION], has_total=not needed & OF_HOUSING)
    for dim, is_upper in named:
        rows.add(cohort.dimensions[dim].upward(is_upper=is_upper))
    if grades is not None:
        rows.add(grades, has_total=False)
    return rows.grid()


class _Rows:
    """Rows of children in groups, while dimensions are added one by one."""

    def __init__(self, n_children: int) -> None:
        self.n_children = n_children
        self.child = np.arange(n_children)
        self.code = np.zeros(n_children, np.int64)
        self.dims: list[Dimension] = []

    def add(self, dim: Dimension, *, has_total: bool = True) -> None:
        """Split each row by the values of its child, and keep it as total."""
        child, value = dim.child, dim.value
        start = np.searchsorted(child, np.arange(self.n_children + 1))
        n = (start[1:] - start[:-1])[self.child]
        row = np.repeat(np.arange(len(self.child)), n)
        step = np.arange(len(row)) - np.repeat(np.cumsum(n) - n, n)
        split = value[start[self.child[row]] + step]
        size = len(dim.values) + 1
        code = [self.code[row] * size + split + 1]
        children = [self.child[row]]
        if has_total:
            code.append(self.code * size)
            children.append(self.child)
        self.child, self.code = np.concatenate(children), np.concatenate(code)
        self.dims.append(dim)

    def grid(self) -> Grid:
        """Return the rows with the groups that they form."""
        codes, group = np.unique(self.code, return_inverse=True)
        return Grid(self.child, group, tuple(self._vector(code) for code in codes))

    def _vector(self, code: NDArray[np.int64]) -> Vector:
        found, rest = [], int(code)
        for dim in reversed(self.dims):
            rest, place = divmod(rest, len(dim.values) + 1)
            if place:
                found.append((dim.name, dim.values[place - 1]))
        return tuple(sorted(found))
