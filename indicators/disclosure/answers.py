"""What to do about ways into a release that its audit found."""

from collections.abc import Mapping, Sequence

import numpy as np

from indicators.disclosure.audit import Breach, Kind
from indicators.disclosure.linked import Linked
from indicators.disclosure.release_file import Vector
from indicators.disclosure.suppression import Pattern


class Answers:
    """What to hide and protect besides, by place, and which rates not to print.

    more: to be hidden. sought: to be protected like primary ones. muted: indicators
    with places. is_strict: indicators that count some of the same children are to be
    coded one by one.
    """

    def __init__(self, linked: Linked, at: Mapping[Vector, int]) -> None:
        self.linked, self.at = linked, at
        self.more = np.zeros(linked.size, bool)
        self.sought = self.more.copy()
        self.muted: set[tuple[str, int]] = set()
        self.is_strict = False

    def to(self, breaches: Sequence[Breach], number: int, pattern: Pattern) -> bool:
        """Answer ways in, found for the number-th time; return whether anything could
        be done.

        What is hidden to protect others is protected itself; else all next to it are
        hidden. Of rates the group's own goes first, then those next to it.
        """
        self.is_strict = number > 0
        size = self.n_placed() + len(self.muted)
        for breach in breaches:
            places = {self.at[v] for v in breach.vectors if v in self.at}
            if breach.code:
                places |= self._beside(places) if number else set()
                self.muted |= {(breach.code, place) for place in places}
                continue
            if breach.kind is Kind.REMAINDER and self._open(places, pattern):
                continue
            new = [p for p in places if pattern.hidden[p] and not pattern.is_primary[p]]
            if new and not self.sought[new].any():
                self.sought[new] = True
            else:
                self._hide(self._beside(places))
        return self.n_placed() + len(self.muted) > size

    def _open(self, places: set[int], pattern: Pattern) -> bool:
        """Hide the smallest of groups of which none is hidden; return whether any was.

        What they leave over is no group of this release, so none can be protected.
        """
        linked = self.linked
        if pattern.hidden[[*places]].any():
            return False
        free = [p for p in places if linked.is_listed[p] and not linked.is_public[p]]
        if free:
            smallest = min(free, key=lambda place: (linked.n[place], place))
            self.more[smallest] = self.sought[smallest] = True
        return bool(free)

    def n_placed(self) -> int:
        """Return how many places are to be hidden or protected."""
        return int(self.more.sum() + self.sought.sum())

    def _hide(self, places: set[int]) -> None:
        linked = self.linked
        for place in places:
            self.more[place] |= linked.is_listed[place] and not linked.is_public[place]

    def _beside(self, places: set[int]) -> set[int]:
        """Return the listed groups next to these; groups that nobody lists may stand
        between."""
        found, waiting = {*places}, {*places}
        while waiting:
            around = {
                int(other)
                for family in self.linked.families
                if waiting & {family.parent, *family.parts.tolist()}
                for other in (family.parent, *family.parts.tolist())
            }
            waiting = {p for p in around - found if not self.linked.is_listed[p]}
            found |= around
        return found
