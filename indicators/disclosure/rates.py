"""Rates in bands, wide enough in view of every other rate.

A band alone may leave a numerator open that its siblings and their total, with bands of
their own, give away. So each numerator needs a witness: other numerators, each inside
the band printed for it, that fit every total. Where there is none, bands are merged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np
from scipy.sparse import csr_array

from accounts.acts import RuleBroken
from indicators.disclosure import coding
from indicators.disclosure.highs import Numbers
from indicators.disclosure.linked import Flags, Linked, numerators
from indicators.disclosure.suppression import Progress, in_silence
from indicators.disclosure.table import Band
from indicators.disclosure.witness import NEAR, Moves, Room, Search

# The fewest whole numbers that a numerator must be able to be, less one.
_SPREAD = 2
_NEAR = (*NEAR[:2], inf)


class RateMoved(RuleBroken):
    """A rate is no longer what was published of the same children."""


@dataclass(slots=True)
class Rates:
    """What is printed of one indicator, by place; None where a rate is suppressed."""

    code: str
    linked: Linked
    hidden: Flags
    texts: dict[int, Band | None] = field(default_factory=dict)

    def widen(self, place: int, *, x: int | None = None) -> bool:
        """Merge a band with its neighbour on the side of x, or hide the rate.

        Returns whether anything changed: what was published before stays.
        """
        band = self.texts.get(place)
        if band is None or (self.code, place) in self.linked.was:
            return False
        n = int(self.linked.n[place])
        merged: Band | None = None
        if x is not None:
            other = coding.code(x, n, n=n)
            if isinstance(other, Band):
                low, high = min(band.low, other.low), max(band.high, other.high)
                merged = Band(low, high) if (low, high) != (0, 100) else None
        self.texts[place] = None if merged == band else merged
        return True

    def bounds(self) -> tuple[Numbers, Numbers]:
        """Return the least and the greatest numerator that the texts leave open."""
        linked, code = self.linked, self.code
        low = np.maximum(linked.x_low[code], 0)
        high = np.minimum(linked.x_high[code], linked.most())
        for place, band in self.texts.items():
            if band is not None:
                least, most = numerators(str(band), int(linked.n[place]))
                low[place], high[place] = max(low[place], least), min(high[place], most)
        return low, high


def coded(
    linked: Linked,
    *,
    code: str,
    told: Flags,
    hidden: Flags,
    progress: Progress = in_silence,
) -> Rates:
    """Return the finest bands of rule 5 that no other rate gives away.

    told: the places whose numerator the file gives.
    Raises RateMoved if an earlier edition printed another rate of the same children.
    """
    rates = Rates(code, linked, hidden)
    n, x = linked.n, linked.x[code]
    for place in np.flatnonzero(linked.is_listed & ~hidden & told & (n > 0)).tolist():
        band = coding.code(int(x[place]), int(n[place]), n=int(n[place]))
        rates.texts[place] = band if isinstance(band, Band) else None
        if (code, place) in linked.was:
            text = linked.was[code, place]
            old = None if text is None else Band.parse(text)
            of = int(n[place])
            if old and not coding.holds(old, int(x[place]), denominator=of):
                where = linked.frame.place(linked.vectors[place])
                raise RateMoved(
                    f"The rate {code} of {where} is no longer what was published of "
                    "the same number of children. The first edition stands."
                )
            rates.texts[place] = old
    _Coding(rates).settle(progress)
    return rates


class _Coding:
    def __init__(self, rates: Rates) -> None:
        self.rates = rates
        self.x = rates.linked.x[rates.code]
        self.search = Search(rates.linked.families, self.x)
        self.low, self.high = rates.bounds()

    def settle(self, progress: Progress) -> None:
        """Merge bands until every numerator shown or left over has witnesses."""
        targets = self._targets()
        spread = self._seen_at_once([target for target, _ in targets], progress)
        for done, (target, own) in enumerate(targets):
            if done % 100 == 0:
                progress(f"Code rates of {self.rates.code}", done, len(targets))
            if spread[done] < _SPREAD:
                self._loosen(target, own)

    def _targets(self) -> list[tuple[Mapping[int, float], int]]:
        """Return the shown numerators, and what each shown total leaves over; and the
        place of each, or of the total."""
        linked, hidden = self.rates.linked, self.rates.hidden
        shown = np.flatnonzero(linked.is_listed & ~hidden & (linked.n > 0)).tolist()
        targets: list[tuple[Mapping[int, float], int]] = [
            ({place: 1.0}, place) for place in shown
        ]
        for family in linked.families:
            parts = family.parts[hidden[family.parts]].tolist()
            is_split = 0 < len(parts) < len(family.parts)
            if is_split and family.is_sum and not hidden[family.parent]:
                targets.append((dict.fromkeys(parts, 1.0), family.parent))
        return targets

    def _seen_at_once(
        self, targets: Sequence[Mapping[int, float]], progress: Progress
    ) -> Numbers:
        """Return by how much each target differs between a few other numerators."""
        if not targets:
            return np.zeros(0)
        entries = [(row, p, w) for row, t in enumerate(targets) for p, w in t.items()]
        at, places, weights = zip(*entries, strict=True)
        sums = csr_array(
            (weights, (at, places)), shape=(len(targets), self.rates.linked.size)
        )
        code = self.rates.code
        return self.search.spread(
            sums,
            room=self._room(),
            enough=_SPREAD,
            progress=lambda done, of: progress(f"Try rates of {code}", done, of),
        )

    def _loosen(self, target: Mapping[int, float], own: int) -> None:
        if self._moves(target, self._room()):
            return
        wide = self._moves(target, self._room(is_wider=True))
        for moves in wide:
            for place, by in moves.items():
                if not self._is_inside({place: by}):
                    self.rates.widen(place, x=int(self.x[place] + by))
        self.low, self.high = self.rates.bounds()
        if not wide:
            self._hide_around([own])

    def _hide_around(self, places: Sequence[int]) -> None:
        """Hide the rates of the places, and of all beside, above and below them."""
        around = {number for place in places for number in self.search.around[place]}
        for number in sorted(around):
            for place in self.search.members[number].tolist():
                self.rates.widen(place)
        self.low, self.high = self.rates.bounds()

    def _is_inside(self, moves: Moves) -> bool:
        return all(
            self.low[place] <= self.x[place] + by <= self.high[place]
            for place, by in moves.items()
        )

    def _room(self, *, is_wider: bool = False) -> Room:
        """Return the room inside the bands, or that of all that may yet be merged."""
        low, high = self.low.copy(), self.high.copy()
        price = np.zeros(len(low))
        linked = self.rates.linked
        for place, band in self.rates.texts.items() if is_wider else ():
            if band is not None and (self.rates.code, place) not in linked.was:
                price[place] = 1.0
                low[place] = max(0, linked.x_low[self.rates.code][place])
                high[place] = min(
                    linked.n[place], linked.x_high[self.rates.code][place]
                )
        return Room(high - self.x, self.x - low, price)

    def _moves(self, target: Mapping[int, float], room: Room) -> list[Moves]:
        """Return witnesses in which the target differs enough, or none."""
        if moves := self._witness(target, _SPREAD, room):
            return [moves]
        up = self._witness(target, 1, room, signs=(1.0,))
        down = self._witness(target, 1, room, signs=(-1.0,)) if up else None
        return [up, down] if up and down else []

    def _witness(
        self,
        target: Mapping[int, float],
        by: float,
        room: Room,
        signs: Sequence[float] = (1.0, -1.0),
    ) -> Moves | None:
        return self.search.cheapest(
            target,
            by=by,
            room=room,
            hidden=room.price == 0,
            signs=signs,
            near=_NEAR,
        )
