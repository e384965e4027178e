"""One way to make rows coarser: its classes, local suppression, and what is lost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from indicators.deidentify.classes import grouped, sound
from indicators.deidentify.guards import Cells, close
from indicators.deidentify.population import (
    NOT_THERE,
    Demands,
    Flags,
    Ints,
    Population,
    at_levels,
)

Node = tuple[int, ...]
# Losses are sums of logarithms: closer than this they are the same.
DIGITS = 12


@dataclass(frozen=True, slots=True)
class Recoding:
    """Rows as a node of the lattice makes them.

    levels: one for each quasi-identifier. cells: the class of each row within what is
    known of it from earlier, NOT_THERE where the row is left out. starred: for each
    row and column whether just this value is left out. loss: of information, from 0
    where all is told to 1 where nothing is.
    """

    levels: Node
    cells: Ints
    starred: Flags
    loss: float

    @property
    def kept(self) -> Flags:
        """Which rows go into the file."""
        kept: Flags = self.cells != NOT_THERE
        return kept


class Recoder:
    """Recodes one population at any node, and says what must be lost there at least."""

    def __init__(self, population: Population, demands: Demands) -> None:
        self.population, self.demands = population, demands
        self.here = population.is_here
        self.n_here = int(self.here.sum())
        self.codes = [
            at_levels(column, raw, self.here)
            for column, raw in zip(population.columns, population.raw, strict=True)
        ]
        self.losses = [self._losses(levels) for levels in self.codes]
        self.tops: Node = tuple(column.top for column in population.columns)

    def _losses(self, levels: Sequence[Ints]) -> list[float]:
        """Return the share of a column's information that is lost at each level.

        Information is Shannon's entropy of the values of who is here ("non-uniform
        entropy", Gionis and Tassa 2009); a column with one value loses all at its top.
        """
        told = [_entropy(level[self.here]) for level in levels]
        if told[0] == 0:
            return [0.0] * (len(levels) - 1) + [1.0 if len(levels) > 1 else 0.0]
        return [round(1 - each / told[0], DIGITS) for each in told]

    def generalised(self, node: Node) -> float:
        """Return what is lost at a node before any row is left out."""
        each = [losses[level] for losses, level in zip(self.losses, node, strict=True)]
        return round(sum(each) / len(each), DIGITS) if each else 0.0

    def _keys(self, node: Node, only: Sequence[int] | None = None) -> list[Ints]:
        places = range(len(node)) if only is None else only
        return [self.population.history, *(self.codes[at][node[at]] for at in places)]

    def unsound(self, node: Node, only: Sequence[int] | None = None) -> Flags:
        """Return the rows whose class falls short, on all columns or on some."""
        groups, n_groups = self._grouped(self._keys(node, only), self.here)
        met = self._sound(groups, n_groups, self.here)
        short = np.zeros(self.population.size, bool)
        short[self.here] = ~met[groups]
        return short

    def _grouped(self, keys: Sequence[Ints], rows: Flags) -> tuple[Ints, int]:
        return grouped([key[rows] for key in keys])

    def _sound(self, groups: Ints, n_groups: int, rows: Flags) -> Flags:
        return sound(
            groups,
            n_groups,
            households=self.population.households[rows],
            outcomes=[
                replace(each, values=each.values[rows])
                for each in self.population.outcomes
            ],
            demands=self.demands,
        )

    def least_loss(self, node: Node, n_short: int) -> float:
        """Return what is lost at a node at the least where so many rows fall short."""
        if not self.n_here:
            return 0.0
        loss = self.generalised(node)
        steps = [
            (1 - losses[level]) / len(node)
            for losses, level, top in zip(self.losses, node, self.tops, strict=True)
            if level < top
        ]
        more = min([*steps, 1 - loss])
        return round(loss + more * n_short / self.n_here, DIGITS)

    def recode(self, node: Node, short: Flags) -> Recoding:
        """Return the rows at a node: classes, then values left out, then rows.

        short: the rows whose class falls short there. They are tried again with one
        value left out, or with more, the least loss first; those that find no class
        are left out whole, and others with them where that would tell of a few.
        """
        cells = np.full(self.population.size, NOT_THERE, np.int64)
        starred = np.zeros((self.population.size, len(node)), bool)
        whole = self.here & ~short
        n_cells = self._place(cells, self._keys(node), whole, 0)
        left = short.copy()
        for stars in self._patterns(node) if left.any() else ():
            keys = self._keys(node, [at for at in range(len(node)) if at not in stars])
            groups, n_groups = self._grouped(keys, left)
            met = self._sound(groups, n_groups, left)
            found = np.zeros_like(left)
            found[left] = met[groups]
            if not found.any():
                continue
            n_cells = self._place(cells, keys, found, n_cells)
            starred[np.ix_(np.flatnonzero(found), np.array(stars))] = True
            left &= ~found
            if not left.any():
                break
        at = Cells(cells, [self.codes[i][level] for i, level in enumerate(node)], node)
        cells = close(self.population, self.demands, self.codes, at)
        starred[cells == NOT_THERE] = False
        return Recoding(node, cells, starred, self._loss(node, cells, starred))

    def _place(
        self, cells: Ints, keys: Sequence[Ints], rows: Flags, n_cells: int
    ) -> int:
        groups, n_groups = self._grouped(keys, rows)
        cells[rows] = groups + n_cells
        return n_cells + n_groups

    def _patterns(self, node: Node) -> list[list[int]]:
        """Return which columns' values to leave out together, the least loss first."""
        free = [at for at, top in enumerate(self.tops) if node[at] < top]
        found = [
            list(stars)
            for size in range(1, len(free) + 1)
            for stars in combinations(free, size)
        ]

        def lost(stars: list[int]) -> tuple[float, list[int]]:
            more = sum(1 - self.losses[at][node[at]] for at in stars)
            return round(more, DIGITS), stars

        return sorted(found, key=lost)

    def _loss(self, node: Node, cells: Ints, starred: Flags) -> float:
        """Return the mean share of information lost, over rows and columns alike."""
        if not self.n_here:
            return 0.0
        kept = cells != NOT_THERE
        lost = np.array(
            [losses[level] for losses, level in zip(self.losses, node, strict=True)]
        )
        by_row = np.where(starred[kept], 1.0, lost).mean(axis=1) if len(node) else 0.0
        left_out = self.n_here - int(kept.sum())
        return round((float(np.sum(by_row)) + left_out) / self.n_here, DIGITS)


def _entropy(values: Ints) -> float:
    """Return Shannon's entropy of a column in bits."""
    if not len(values):
        return 0.0
    shares = np.unique(values, return_counts=True)[1] / len(values)
    return abs(round(float(-(shares * np.log2(shares)).sum()), DIGITS))
