"""Groups of children by every crossing of dimensions, with all totals; vectorised.

A row of a grid is one child in one group, so that a child of two buildings is in both
and once in their total.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from indicators.measures.cohort import Cohort
from indicators.measures.dimensions import (
    BREAKDOWNS,
    OF_HOUSING,
    POPULATION,
    Dimension,
)
from indicators.measures.households import Households, Vector
from indicators.measures.inputs import Flags, Whole

# The values of a population within the children of a group: who is counted, who is
# not, and, where it is about one grade, all others.
COUNTED, OMITTED, OUTSIDE = "counted", "not counted", "other grades"


@dataclass(frozen=True, slots=True)
class Group:
    """One group of a grid."""

    vector: Vector
    n: int
    is_few_households: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of children in groups: `group` is a place in `vectors`.

    above: the value next above one of a dimension, where it has groups of its own.
    """

    child: Whole
    group: Whole
    vectors: tuple[Vector, ...]
    above: Mapping[tuple[str, str], str]

    def within(self, name: str, values: Collection[str | None]) -> "Grid":
        """Return the rows of the groups with one of these values; None is the total."""
        kept = np.array([dict(v).get(name) in values for v in self.vectors], dtype=bool)
        rows = kept[self.group]
        return replace(self, child=self.child[rows], group=self.group[rows])

    def groups(
        self, is_in: Flags, household: Whole, *, threshold: int
    ) -> Iterator[Group]:
        """Yield the groups with some of the children who are in."""
        rows = is_in[self.child]
        child, group = self.child[rows], self.group[rows]
        households = Households(group, household[child], self.vectors)
        is_few = households.hidden(self.above, threshold=threshold)
        for place in np.flatnonzero(households.n).tolist():
            n = int(households.n[place])
            yield Group(self.vectors[place], n, bool(is_few[place]))

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
        vectors = tuple(self._vector(code) for code in codes)
        named = {pair for vector in vectors for pair in vector}
        above = {
            (dim.name, value): upper
            for dim in self.dims
            for value, upper in dim.hierarchy().items()
            if (dim.name, upper) in named
        }
        return Grid(self.child, group, vectors, above)

    def _vector(self, code: NDArray[np.int64]) -> Vector:
        found, rest = [], int(code)
        for dim in reversed(self.dims):
            rest, place = divmod(rest, len(dim.values) + 1)
            if place:
                found.append((dim.name, dim.values[place - 1]))
        return tuple(sorted(found))
