"""The households that the children of groups are from: of few, too much is told.

Source: disclosure.md, rule 15.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from indicators.measures.inputs import Flags, Whole

# Dimension and value, in order of dimension; what is not named is the total.
Vector = tuple[tuple[str, str], ...]
# Fewer households than this, or one with more than a third, are told apart too easily.
_FEWEST = 5
_LARGEST_SHARE = 3


class Households:
    """Of each group, how many of its children are from which household.

    group, household: of each child in a group; vectors: of the groups.
    """

    def __init__(
        self, group: Whole, household: Whole, vectors: Sequence[Vector]
    ) -> None:
        size = household.max(initial=0) + 1
        key, self.each = np.unique(group * size + household, return_counts=True)
        self.household = key % size
        self.start = np.searchsorted(key // size, np.arange(len(vectors) + 1))
        self.n = np.bincount(group, minlength=len(vectors))
        self.vectors = vectors

    def few(self) -> Flags:
        """Return which groups are of too few."""
        n_households = np.diff(self.start)
        largest = np.zeros(len(self.vectors), np.int64)
        places = np.repeat(np.arange(len(self.vectors)), n_households)
        np.maximum.at(largest, places, self.each)
        found: Flags = (n_households < _FEWEST) | (_LARGEST_SHARE * largest > self.n)
        return found

    def hidden(self, above: Mapping[tuple[str, str], str], *, threshold: int) -> Flags:
        """Return which groups are to be hidden: those of too few, and where all that
        are hidden of a total are together of too few, the smallest beside them.

        above: what value lies next above one of a dimension.
        """
        found = self.few()
        lines = self._lines(above)
        is_new = True
        while is_new:
            is_new = False
            for line in lines:
                if more := self._beside(line, found, threshold):
                    found[more], is_new = True, True
        return found

    def _lines(self, above: Mapping[tuple[str, str], str]) -> list[list[int]]:
        lines: dict[tuple[Vector, str, str], list[int]] = defaultdict(list)
        for place in np.flatnonzero(self.n).tolist():
            vector = self.vectors[place]
            for at, (name, value) in enumerate(vector):
                rest = (*vector[:at], *vector[at + 1 :])
                lines[rest, name, above.get((name, value), "")].append(place)
        return [*lines.values()]

    def _beside(self, line: list[int], found: Flags, threshold: int) -> list[int]:
        hidden = [p for p in line if found[p] or self.n[p] < threshold]
        others = sorted(
            {*line} - {*hidden}, key=lambda place: (self.n[place], self.vectors[place])
        )
        taken = 0
        while taken < len(others) and self._are_few(hidden, threshold):
            hidden.append(others[taken])
            taken += 1
        return others[:taken]

    def _are_few(self, places: Sequence[int], threshold: int) -> bool:
        """Return whether groups that no threshold hides are together of too few."""
        n = int(self.n[list(places)].sum())
        if n < threshold:
            return False
        rows = [slice(self.start[p], self.start[p + 1]) for p in places]
        household = np.concatenate([self.household[row] for row in rows])
        each = np.bincount(
            np.unique(household, return_inverse=True)[1],
            np.concatenate([self.each[row] for row in rows]),
        )
        return len(each) < _FEWEST or _LARGEST_SHARE * each.max() > n
