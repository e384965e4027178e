"""Printed groups that cover nearly all of a total, in whatever way they lie in it.

Parts of parts, along one dimension after the other, are found by `left_over`. Five
groups cut along three dimensions, or a row and a column that meet where nobody is, are
found here, by an integer program for each total. It serves the audit alone.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import reduce
from math import prod

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indicators.disclosure.highs import Numbers, Program, Unsolved
from indicators.disclosure.reading import Reading
from indicators.disclosure.release_file import Vector

# Of a total with more printed groups in it, or where more may lie below all that are
# printed, only parts of parts are looked at.
_MOST, _MOST_BELOW = 150, 3000
# After how many branchings a total is given up.
_NODES = 2000
# Before a value: whoever is in it, and in none of those below it.
_ELSEWHERE = " "

Flags = NDArray[np.bool_]


def nearly_covered(reading: Reading, *, threshold: int) -> Iterator[tuple[Vector, ...]]:
    """Yield each printed total of which printed groups leave over few children, with
    these groups."""
    counts = {
        group.vector: group.printed
        for group in reading.groups.values()
        if group.printed is not None and group.printed >= threshold
    }
    below = _Below(reading)
    if below.size > _MOST_BELOW:
        return
    vectors, n = [*counts], np.array([*counts.values()], float)
    inside = np.array([below.inside(vector) for vector in vectors], bool)
    for at, total in enumerate(vectors):
        is_part = ~np.any(inside & ~inside[at], axis=1)
        is_part &= [below.holds(total, vector) for vector in vectors]
        is_part[at] = False
        parts = np.flatnonzero(is_part)
        if 1 < len(parts) <= _MOST:
            least, most = n[at] - threshold + 1, n[at] - 1
            if taken := _cover(inside[parts], n[parts], least=least, most=most):
                yield total, *(vectors[place] for place in parts[taken])


def _cover(inside: Flags, n: Numbers, *, least: float, most: float) -> list[int]:
    """Return groups that share nobody, with so many children together, or none.

    None either if the solver could not tell after so many branchings.
    """
    shared = np.unique(inside, axis=1).T
    shared = shared[shared.sum(axis=1) > 1]
    program = Program(
        csr_array(np.vstack([shared, n])),
        least=np.append(np.zeros(len(shared)), least),
        most=np.append(np.ones(len(shared)), most),
        low=np.zeros(len(n)),
        high=np.ones(len(n)),
        is_whole=np.ones(len(n), bool),
        nodes=_NODES,
    )
    try:
        taken = program.least(np.zeros(len(n)))
    except Unsolved:
        return []
    return [] if taken is None else np.flatnonzero(taken > 0.5).tolist()


class _Below:
    """The groups below all others: one value of each dimension that is summed over,
    but for those of which a reader knows that nobody is in them."""

    def __init__(self, reading: Reading) -> None:
        self.reading, frame = reading, reading.frame
        self.trees = [frame.hierarchies.get(name, {}) for name in frame.names]
        dims = range(frame.n_keys, len(frame.names))
        is_open = [name in frame.nonadditive for name in frame.names]
        self.summed = [at for at in dims if not is_open[at]]
        self.open = [at for at in dims if is_open[at]]
        self.above: list[list[list[str]]] = []
        for at in self.summed:
            named = {vector[at] for vector in reading.groups} - {None}
            chains = {value: self._chain(at, value) for value in named if value}
            held = {value for chain in chains.values() for value in chain[1:]}
            lowest = [
                chain for value, chain in sorted(chains.items()) if value not in held
            ]
            lowest += [[_ELSEWHERE, *self._chain(at, value)] for value in sorted(held)]
            self.above.append([*lowest, [_ELSEWHERE]])
        self.size = prod(len(chains) for chains in self.above)
        if self.size <= _MOST_BELOW:
            self.is_empty = self._empty()

    def _chain(self, at: int, value: str) -> list[str]:
        chain = [value]
        while (above := self.trees[at].get(chain[-1])) is not None:
            chain.append(above)
        return chain

    def inside(self, vector: Vector) -> Flags:
        """Return which of them lie in a group."""
        return self._inside(vector) & ~self.is_empty

    def holds(self, total: Vector, vector: Vector) -> bool:
        """Return whether the total holds the group, as far as their dimensions tell in
        which a child can have several values."""
        return all(
            total[at] in (None, *(self._chain(at, value) if value else ()))
            for at in self.open
            for value in (vector[at],)
        )

    def _inside(self, vector: Vector) -> Flags:
        masks = [
            np.array([vector[at] in (None, *chain) for chain in chains])
            for at, chains in zip(self.summed, self.above, strict=True)
        ]
        found: Flags = reduce(np.logical_and.outer, masks, np.array(True)).ravel()
        return found

    def _empty(self) -> Flags:
        """Return which are empty: a file shows so, or lists others alone of a total."""
        empty = np.zeros(self.size, bool)
        for vector, group in self.reading.groups.items():
            if group.printed == 0:
                empty |= self._inside(vector)
        for held in self.reading.complete:
            listed: dict[tuple[int, Vector], Flags] = defaultdict(self._nowhere)
            for vector in held:
                if any(vector[at] is not None for at in self.open):
                    continue
                for at in self.summed:
                    if (value := vector[at]) is not None:
                        above = self.trees[at].get(value)
                        whole = (*vector[:at], above, *vector[at + 1 :])
                        listed[at, whole] |= self._inside(vector)
            for (at, whole), is_listed in listed.items():
                empty |= ~is_listed & self._inside(whole) & self._has(at, whole[at])
        return empty

    def _nowhere(self) -> Flags:
        return np.zeros(self.size, bool)

    def _has(self, at: int, above: str | None) -> Flags:
        """Return which have a value of a dimension next below this one, or none."""
        level = 0 if above is None else len(self._chain(at, above))
        masks = [
            np.array(
                [
                    other != at or chain[0] == _ELSEWHERE or len(chain) > level
                    for chain in chains
                ]
            )
            for other, chains in zip(self.summed, self.above, strict=True)
        ]
        found: Flags = reduce(np.logical_and.outer, masks, np.array(True)).ravel()
        return found
