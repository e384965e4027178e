"""Rates in bands, wide enough in view of every other rate.

A band alone may leave a numerator open that its siblings and their total, with bands of
their own, give away. So each numerator needs a witness: other numerators, each inside
the band printed for it, that fit every total. Where there is none, bands are merged.
Days are coded as for a reader who takes all children to have as many (`days.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np
from scipy.sparse import csr_array

from accounts.acts import RuleBroken
from indicators.disclosure import coding, days
from indicators.disclosure.highs import Numbers
from indicators.disclosure.linked import Flags, Linked
from indicators.disclosure.suppression import Progress, in_silence
from indicators.disclosure.table import Band
from indicators.disclosure.witness import Moves, Room, Search

# The fewest whole numbers that a numerator must be able to be, less one.
_SPREAD = 2
# Of days a little more, for the audit counts them in whole parts of a child's.
_SPREAD_OF_DAYS = 2.2
_OUTSIDE = 1e-5
_NEAR = (80, 400, inf)


class RateMoved(RuleBroken):
    """A rate is no longer what was published of the same children."""


@dataclass(slots=True)
class Rates:
    """What is printed of one indicator, by place; None where a rate is suppressed.

    x: numerators that fit what is printed; of days in children, as if all had as many.
    is_strict: whether witnesses let numerators stand that count some of the same.
    """

    code: str
    linked: Linked
    hidden: Flags
    is_days: bool
    x: Numbers
    is_strict: bool = False
    texts: dict[int, Band | None] = field(default_factory=dict)

    def widen(self, place: int, *, x: float | None = None) -> bool:
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

    @property
    def spread(self) -> float:
        """Return by how much a numerator must be able to differ."""
        return _SPREAD_OF_DAYS if self.is_days else _SPREAD

    def is_open(self, place: int) -> bool:
        """Return whether a rate is printed that was not published before."""
        is_old = (self.code, place) in self.linked.was
        return self.texts.get(place) is not None and not is_old

    def known(self) -> tuple[Numbers, Numbers]:
        """Return the least and the greatest numerator known without this release."""
        linked, code = self.linked, self.code
        if not self.is_days:
            low, high = linked.x_low[code], linked.x_high[code]
            low, high = np.maximum(low, 0), np.minimum(high, linked.most())
            if self.is_strict:
                least, most = linked.beside(code)
                return np.maximum(low, least), np.minimum(high, most)
            return low, high
        low, high = np.zeros(linked.size), linked.most().astype(float)
        for (of, place), text in linked.was.items():
            if of == code and text is not None and not linked.is_listed[place]:
                low[place], high[place] = self._ends(Band.parse(text), place)
        return low, high

    def bounds(self) -> tuple[Numbers, Numbers]:
        """Return the least and the greatest numerator that the texts leave open."""
        low, high = self.known()
        for place, band in self.texts.items():
            if band is not None:
                least, most = self._ends(band, place)
                low[place], high[place] = max(low[place], least), min(high[place], most)
        return low, high

    def _ends(self, band: Band, place: int) -> tuple[float, float]:
        n = int(self.linked.n[place])
        if self.is_days:
            return days.ends(band.low, band.high, n)
        return coding.numerators(str(band), n)

    def fit(self) -> None:
        """Find numerators in days that fit; merge bands or hide rates for that."""
        for _ in range(2):
            low, high = self.bounds()
            is_soft = np.array([self.is_open(p) for p in range(self.linked.size)])
            most = self.linked.most().astype(float)
            x = days.alike(
                self.linked.families,
                self.linked.n,
                low=low,
                high=high,
                most=most,
                is_soft=is_soft,
            )
            if x is not None:
                self.x = np.clip(x, 0, most)
                for place in np.flatnonzero(is_soft).tolist():
                    if not low[place] - _OUTSIDE <= x[place] <= high[place] + _OUTSIDE:
                        self.widen(place, x=float(self.x[place]))
                return
            for place in np.flatnonzero(is_soft).tolist():
                self.widen(place)


def coded(
    linked: Linked,
    *,
    code: str,
    shares: days.Shares,
    hidden: Flags,
    is_days: bool = False,
    is_strict: bool = False,
    progress: Progress = in_silence,
) -> Rates:
    """Return the finest bands of rule 5 that no other rate gives away.

    shares: numerator and denominator of the places whose rate the file gives.
    Raises RateMoved if an earlier edition printed another rate of the same children.
    """
    x = np.zeros(linked.size) if is_days else linked.x[code].astype(float)
    rates = Rates(code, linked, hidden, is_days, x, is_strict)
    n = linked.n
    for place in np.flatnonzero(linked.is_listed & ~hidden & (n > 0)).tolist():
        if place not in shares:
            continue
        above, below = shares[place]
        band = coding.code(above, below, n=int(n[place]))
        rates.texts[place] = band if isinstance(band, Band) else None
        if (code, place) in linked.was:
            text = linked.was[code, place]
            old = None if text is None else Band.parse(text)
            if old and not coding.holds(old, above, denominator=below):
                where = linked.frame.place(linked.vectors[place])
                raise RateMoved(
                    f"The rate {code} of {where} is no longer what was published of "
                    "the same number of children. The first edition stands."
                )
            rates.texts[place] = old
    if is_days:
        rates.fit()
    _Coding(rates).settle(progress)
    return rates


class _Coding:
    def __init__(self, rates: Rates) -> None:
        self.rates = rates
        self.x, self.spread = rates.x, rates.spread
        self.search = Search(rates.linked.families, self.x, is_whole=not rates.is_days)
        self.low, self.high = rates.bounds()

    def settle(self, progress: Progress) -> None:
        """Merge bands until every numerator shown or left over has witnesses."""
        targets = self._targets()
        spread = self._seen_at_once([target for target, _ in targets], progress)
        for done, (target, own) in enumerate(targets):
            if done % 100 == 0:
                progress(f"Code rates of {self.rates.code}", done, len(targets))
            if spread[done] < self.spread:
                self._loosen(target, own)

    def _targets(self) -> list[tuple[Mapping[int, float], int]]:
        """Return the shown numerators, and what each shown total leaves over; and the
        place of each, or of the total."""
        linked, hidden = self.rates.linked, self.rates.hidden
        shown = np.flatnonzero(linked.is_listed & ~hidden & (linked.n > 0)).tolist()
        targets: list[tuple[Mapping[int, float], int]] = [
            ({place: 1.0}, place) for place in shown
        ]
        # Of nobody there is no rate.
        unseen = hidden | (linked.is_other & (linked.n > 0))
        for family in linked.families:
            parts = family.parts[unseen[family.parts]].tolist()
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
            enough=self.spread,
            progress=lambda done, of: progress(f"Try rates of {code}", done, of),
        )

    def _loosen(self, target: Mapping[int, float], own: int) -> None:
        if self._moves(target, self._room()):
            return
        wide = self._moves(target, self._room(is_wider=True))
        for moves in wide:
            for place, by in moves.items():
                if not self._is_inside({place: by}):
                    self.rates.widen(place, x=float(self.x[place] + by))
        self.low, self.high = self.rates.bounds()
        # What public figures tell by themselves is not for this release to hide.
        if not wide and not self._moves(target, self._room_of_all()):
            self._hide_around([own])

    def _hide_around(self, places: Sequence[int]) -> None:
        """Hide the rates of the places, and of all beside, above and below them."""
        around = {number for place in places for number in self.search.around[place]}
        for number in sorted(around):
            for place in self.search.members[number].tolist():
                self.rates.widen(place)
        self.low, self.high = self.rates.bounds()

    def _is_inside(self, moves: Moves) -> bool:
        off = _OUTSIDE if self.rates.is_days else 0
        return all(
            self.low[place] - off <= self.x[place] + by <= self.high[place] + off
            for place, by in moves.items()
        )

    def _room(self, *, is_wider: bool = False) -> Room:
        """Return the room inside the bands, or that of all that may yet be merged."""
        low, high = self.low.copy(), self.high.copy()
        price = np.zeros(len(low))
        known = self.rates.known() if is_wider else (low, high)
        for place in self.rates.texts if is_wider else ():
            if self.rates.is_open(place):
                price[place] = 1.0
                low[place], high[place] = known[0][place], known[1][place]
                high[place] = min(high[place], self.rates.linked.n[place])
        return Room(np.maximum(high - self.x, 0), np.maximum(self.x - low, 0), price)

    def _room_of_all(self) -> Room:
        """Return the room of numerators of which nothing is known but the counts."""
        most = self.rates.linked.most()
        return Room(np.maximum(most - self.x, 0), self.x, np.zeros(len(self.x)))

    def _moves(self, target: Mapping[int, float], room: Room) -> list[Moves]:
        """Return witnesses in which the target differs enough, or none."""
        if moves := self._witness(target, self.spread, room):
            return [moves]
        half = self.spread / 2
        up = self._witness(target, half, room, signs=(1.0,))
        down = self._witness(target, half, room, signs=(-1.0,)) if up else None
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
