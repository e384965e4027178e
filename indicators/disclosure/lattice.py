"""Whole numbers that fit what is known, and others beside them.

It serves the audit alone.
"""

from math import inf

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack, vstack

from indicators.disclosure.highs import ROUNDING, Numbers, Program, Unsolved

# How many unknowns near those that are broken may move to mend them, and how many
# broken ones are worth mending.
_MENDING = 150
_BROKEN = 200
# Among how many unknowns other numbers are sought before all may move.
_NEARBY = 300
# How far walks along rows go to find what is near.
_STEPS = 6
_AROUND = (0, 1, 4)
# After how many branchings a question is given up, and a search for any numbers.
_NODES = 5000
_NODES_OF_SEARCH = 200

Flags = NDArray[np.bool_]
Places = NDArray[np.int64]


class Lattice:
    """All whole numbers with low <= x <= high and least <= rows @ x <= most."""

    def __init__(
        self,
        rows: csr_array,
        *,
        least: Numbers,
        most: Numbers,
        low: Numbers,
        high: Numbers,
    ) -> None:
        self.low, self.high = low, high
        # Only rows that say more than the bounds of their unknowns do.
        up, down = rows.maximum(0), rows.minimum(0)
        is_said = (up @ low + down @ high >= least - ROUNDING) & (
            up @ high + down @ low <= most + ROUNDING
        )
        telling = np.flatnonzero(~is_said)
        self.rows, self.least, self.most = rows[telling], least[telling], most[telling]
        self.columns = self.rows.tocsc()
        self.ties = abs(self.rows).sign().tocsr()
        self.ties_t = self.ties.T.tocsr()
        self.length = np.maximum(np.diff(self.rows.indptr), 1).astype(float)

    def program(
        self, *, is_whole: bool = False, is_inner: bool = False, nodes: int = _NODES
    ) -> Program:
        """Return the program of all the numbers."""
        size = len(self.low)
        return Program(
            self.rows,
            least=self.least,
            most=self.most,
            low=self.low,
            high=self.high,
            is_whole=np.ones(size, bool) if is_whole else None,
            nodes=nodes if is_whole else None,
            is_inner=is_inner,
        )

    def part(
        self,
        base: Numbers,
        places: Places,
        *,
        is_whole: bool = False,
        is_inner: bool = False,
    ) -> Program:
        """Return the program of the numbers at these places; the others are the base's.

        What is known of one of them alone becomes a bound.
        """
        part = self.columns[:, places].tocsr()
        lengths = np.diff(part.indptr)
        rows = np.flatnonzero(lengths)
        others = base.copy()
        others[places] = 0
        fixed = self.rows[rows] @ others
        part, lengths = part[rows], lengths[rows]
        least, most = self.least[rows] - fixed, self.most[rows] - fixed
        low, high = self.low[places].copy(), self.high[places].copy()
        single, others_too = np.flatnonzero(lengths == 1), np.flatnonzero(lengths > 1)
        at, weight = part.indices[part.indptr[single]], part.data[part.indptr[single]]
        down, up = least[single] / weight, most[single] / weight
        np.maximum.at(low, at, np.where(weight > 0, down, up))
        np.minimum.at(high, at, np.where(weight > 0, up, down))
        return Program(
            part[others_too],
            least=least[others_too],
            most=most[others_too],
            low=low,
            high=high,
            is_whole=np.ones(len(places), bool) if is_whole else None,
            nodes=_NODES_OF_SEARCH if is_whole else None,
            is_inner=is_inner,
        )

    def near(self, base: Numbers, start: Numbers, *, size: int) -> Places:
        """Return so many of the numbers that walks along short rows reach soonest."""
        # What stands at a bound can move one way only.
        room = np.minimum(self.high - base, 1) + np.minimum(base - self.low, 1)
        reached = start
        for _ in range(_STEPS):
            further = self.ties_t @ ((self.ties @ reached) / self.length)
            reached = reached + further * (room > 0)
        reached = np.where(start > 0, inf, reached * room)
        first = np.argsort(-reached, kind="stable")[:size]
        return np.sort(first[reached[first] > 0])

    def nearest(
        self, base: Numbers, total: Numbers, *, by: float, is_whole: bool
    ) -> Numbers | None:
        """Return numbers in which a sum is larger than in the base by so much, or
        smaller if that is negative; None if there are none.

        They differ from the base as little as can be: such differences are few, so most
        come out whole of themselves. total: the weights of the sum.
        Raises Unsolved if the solver could not tell.
        """
        reach = np.where(total * by > 0, self.high - base, base - self.low)
        if reach @ abs(total) < abs(by) - ROUNDING:
            return None
        near = self.near(base, abs(total), size=_NEARBY)
        try:
            found = self._moved(base, near, total, by=by, is_whole=is_whole)
        except Unsolved:
            found = None
        if found is None:
            every = np.flatnonzero(self.low < self.high)
            found = self._moved(base, every, total, by=by, is_whole=is_whole)
        return found

    def _moved(
        self,
        base: Numbers,
        places: Places,
        total: Numbers,
        *,
        by: float,
        is_whole: bool,
    ) -> Numbers | None:
        """Return the nearest numbers that differ at these places alone, or None."""
        up, down = (self.high - base)[places], (base - self.low)[places]
        weights = total[places]
        part = self.columns[:, places].tocsr()
        rows = np.flatnonzero(np.diff(part.indptr))
        values = (self.rows @ base)[rows]
        ends = (by, inf) if by > 0 else (-inf, by)
        one_way = vstack([part[rows], csr_array(weights[None])])
        for are_whole in (False, True):
            size = 2 * len(places)
            program = Program(
                hstack([one_way, -one_way]).tocsr(),
                least=np.append(self.least[rows] - values, ends[0]),
                most=np.append(self.most[rows] - values, ends[1]),
                low=np.zeros(size),
                high=np.concatenate([up, down]),
                is_whole=np.ones(size, bool) if are_whole else None,
                nodes=_NODES if are_whole else None,
            )
            found = program.least(np.ones(size))
            if found is None:
                return None
            moves = found[: len(places)] - found[len(places) :]
            if _n_broken(moves) == 0:
                moves = np.rint(moves)
            elif is_whole:
                continue
            numbers = base.copy()
            numbers[places] += moves
            return numbers
        return None

    def made_whole(self, numbers: Numbers) -> Numbers | None:
        """Return whole numbers that fit, alike but near to what is not whole."""
        whole = np.rint(numbers)
        broken = np.abs(numbers - whole) >= ROUNDING
        n_broken = int(broken.sum())
        if n_broken == 0:
            return whole
        if n_broken > _BROKEN:
            return None
        size = _MENDING + 3 * n_broken
        near = self.near(whole, broken.astype(float), size=size)
        for is_whole in (False, True):
            program = self.part(whole, near, is_whole=is_whole)
            try:
                found = program.least(np.zeros(len(near)))
            except Unsolved:
                return None
            if found is None:
                return None
            if _n_broken(found) == 0:
                whole[near] = np.rint(found)
                return whole
        return None

    def around(self, point: Numbers) -> Numbers | None:
        """Return whole numbers that fit, near the point, or None if none are."""
        for off in _AROUND:
            program = self.program(is_whole=True, nodes=_NODES_OF_SEARCH)
            program.limit(
                np.maximum(self.low, np.floor(point + ROUNDING) - off),
                np.minimum(self.high, np.ceil(point - ROUNDING) + off),
            )
            try:
                found = program.least(np.zeros(len(point)))
            except Unsolved:
                continue
            if found is not None:
                return np.rint(found)
        return None


def _n_broken(numbers: Numbers) -> int:
    return int(np.sum(np.abs(numbers - np.rint(numbers)) >= ROUNDING))
