"""Complementary suppression: what else must be hidden so that nothing follows."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from math import inf

import numpy as np
from scipy.sparse import csr_array

from indicators.disclosure.linked import Flags, Linked, Whole
from indicators.disclosure.remainders import Remainders
from indicators.disclosure.witness import NEAR, SURE, Moves, Room, Search

# A grand total, or a group that is 0 and shown, is hidden only where all else fails.
_DEAR = 1000.0
# The fewest whole numbers that a hidden count must be able to be.
FEWEST = 3
# For so many groups there is one search far around to show a group again: each takes
# its time.
_GROUPS_PER_FAR_SEARCH = 25
# How many hidden groups near one are looked among, and far around it.
_NEAR, _FAR_AROUND = (400,), (1000, 2500)
# A table of up to so many groups is a neighbourhood: the nearest are no place to start.
_NEARBY = 2500
# A table of up to so many groups is protected twice, from a narrower search on as well:
# now the one, now the other hides less.
_SMALL = 600
_FIRST: tuple[tuple[float, ...], ...] = ((), (80,))
# A hidden group moves at most so many times as far as the width asks, while many are
# looked at together: else one of them takes what there is.
_FAR = 2
# In a table of more groups than this, witnesses are sought for so many counts at once,
# by so many threads. What they find is taken in order: the pattern does not depend on
# which is ready first.
_LARGE, _AT_ONCE, _THREADS = 10_000, 4, 2

Progress = Callable[[str, int, int], None]


def in_silence(_step: str, _done: int, _of: int) -> None:
    """Tell nobody how far the work is."""


def never() -> bool:
    """Return that it is not late."""
    return False


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is hidden. `stuck`: places that nothing here can protect.

    is_primary: hidden for its own sake; the others protect these.
    """

    hidden: Flags
    is_primary: Flags
    stuck: tuple[int, ...]


def suppress(
    linked: Linked,
    *,
    threshold: int,
    zero_public: bool,
    width: int,
    has_remainder_rule: bool,
    more: Flags | None = None,
    sought: Flags | None = None,
    progress: Progress = in_silence,
    is_late: Callable[[], bool] = never,
) -> Pattern:
    """Return what to hide: small groups, and as little more as keeps them unknown.

    width: whole numbers that every primary count can be; if there is no other way,
    fewer but at least three (two if `width` is 2). more: places to hide besides.
    sought: places to protect like primary ones if they are hidden. What a shown total
    leaves over is 0 or at least `threshold`, with the remainder rule. The same input
    gives the same answer. is_late: says when to show nothing again any more.
    """
    engines = [
        _Suppression(
            linked,
            threshold=threshold,
            zero_public=zero_public,
            width=width,
            has_remainder_rule=has_remainder_rule,
            more=more,
            sought=sought,
            progress=progress,
            near=(*first, *(NEAR[1:] if linked.size <= _NEARBY else NEAR)),
        )
        for first in (_FIRST if linked.size <= _SMALL else _FIRST[:1])
    ]
    for engine in engines:
        engine.complete()
        engine.clean(is_late)
    return min(engines, key=_Suppression.cost).pattern()


class _Suppression:
    def __init__(
        self,
        linked: Linked,
        *,
        threshold: int,
        zero_public: bool,
        width: int,
        has_remainder_rule: bool,
        more: Flags | None,
        sought: Flags | None,
        progress: Progress,
        near: Sequence[float],
    ) -> None:
        n = linked.n
        self.linked, self.n, self.threshold = linked, n, threshold
        self.width, self.progress, self.near = width, progress, (*near, inf)
        self.has_remainder_rule = has_remainder_rule
        is_small = (n < threshold) & ((n > 0) | (not zero_public) | linked.is_kept)
        outside = ~linked.is_listed & ~linked.is_public
        self.is_primary = linked.is_listed & ~linked.is_public & (
            is_small | linked.is_flagged
        ) | (outside & linked.is_kept)
        if has_remainder_rule:
            self.is_primary |= self._small_others()
        self.hidden = self.is_primary | outside | (linked.is_kept & ~linked.is_public)
        if more is not None:
            self.hidden |= more
        if sought is not None:
            self.is_primary |= sought & self.hidden
        self.fixed = self.hidden.copy()
        children = {place for f in linked.families for place in f.parts.tolist()}
        is_top = np.array([place not in children for place in range(linked.size)])
        price = linked.weight * (1 + np.log1p(n)) * np.where(is_top, _DEAR, 1)
        is_still = linked.is_rest & ~linked.is_other & ~linked.is_free
        up = np.where(is_still, 0, linked.high - n)
        down = np.where(is_still, 0, n - linked.low)
        self.can_hide = ~linked.is_public
        self.room = Room(
            np.where(self.can_hide, up, 0), np.where(self.can_hide, down, 0), price
        )
        is_zero = linked.is_listed & (n == 0) & (linked.high > 0)
        self.last_room = Room(
            np.where(self.can_hide | is_zero, up, 0),
            self.room.down,
            price * np.where(is_zero, _DEAR, 1),
        )
        self.search = Search(linked.families, n)
        self.remainders = Remainders(linked, threshold=threshold)
        self.proofs: dict[int, Moves] = {}
        self.reach: dict[int, float] = {}
        self.stuck: dict[int, None] = {}
        self.given_up: set[int] = set()
        self.n_far = linked.size // _GROUPS_PER_FAR_SEARCH
        self.price = price
        # A small group is never taken to be known: it is left over.
        can_follow = ~linked.is_rest & ((n == 0) | (n >= threshold))
        loose = [
            members
            for family, members in zip(
                linked.families, self.search.members, strict=True
            )
            if family.is_sum and can_follow[members].any()
        ]
        self.loose = csr_array(
            (
                np.ones(sum(map(len, loose)), np.int64),
                np.concatenate([*loose, np.zeros(0, np.int64)]),
                np.cumsum([0, *map(len, loose)]),
            ),
            shape=(len(loose), linked.size),
        )
        self.can_follow = can_follow

    def _small_others(self) -> Flags:
        """Return who is not in a part, where they are few and not public anyway."""
        linked = self.linked
        found = np.zeros(linked.size, bool)
        for family in linked.families:
            part, other = family.parts[0], family.parts[-1]
            if linked.is_other[other] and not linked.is_guessed[other]:
                is_public = linked.is_public[family.parent] and linked.is_public[part]
                found[other] = 0 < self.n[other] < self.threshold and not is_public
        return found

    def pattern(self) -> Pattern:
        """Return what was decided."""
        listed = self.linked.is_listed
        return Pattern(
            self.hidden & listed, self.is_primary & listed, tuple(self.stuck)
        )

    def cost(self) -> tuple[int, float]:
        """Return how much stays known, and what is paid for hiding the others."""
        n_known = len(self.stuck) + len(self.given_up)
        return n_known, float(self.price[self.hidden & ~self.fixed].sum())

    def complete(self) -> None:
        """Hide until every primary count has a witness and no remainder is small."""
        primaries = self._open(np.flatnonzero(self.is_primary), self.fixed)
        # The smallest first: what they need is dear, and often serves the others too.
        # Of equal ones neighbours lie apart, for one witness is often proof of both.
        chance = np.random.default_rng(0).permutation(self.linked.size)
        primaries.sort(key=lambda place: (self.n[place], chance[place]))
        while True:
            self._protect(primaries)
            every = set(range(len(self.linked.families))) - self.given_up
            short = self._short(sorted(every), self._known(self.hidden))
            if not short:
                return
            for number in short:
                known = self._known(self.hidden)
                if self._short([number], known):
                    self._cover(number, known)

    def _open(self, places: Whole, hidden: Flags) -> list[int]:
        """Return the places that no few moves of what is hidden clear at once."""
        by = self.width - 1
        most = np.where(hidden, _FAR * by, 0)
        sums = csr_array(
            (np.ones(len(places)), (range(len(places)), places)),
            shape=(len(places), len(self.n)),
        )
        spread = self.search.spread(
            sums,
            room=Room(
                np.minimum(self.room.up, most),
                np.minimum(self.room.down, most),
                self.price,
            ),
            enough=by,
            progress=lambda done, of: self.progress("Find witnesses", done, of),
            is_whole=by < SURE,
        )
        cleared: Flags = spread >= by
        return [int(place) for place in places[~cleared]]

    def _protect(self, places: Sequence[int]) -> None:
        """Give a witness to each place that has none; else it is stuck."""
        n_at_once = _AT_ONCE if self.linked.size > _LARGE else 1
        waiting = (
            (done, place)
            for done, place in enumerate(places)
            if place not in self.proofs and place not in self.stuck
        )
        with ThreadPoolExecutor(_THREADS) as threads:
            # All look at one pattern, and the solver lets them run side by side.
            look = threads.map if n_at_once > 1 else map
            while batch := [*islice(waiting, n_at_once)]:
                self.progress("Find witnesses", batch[0][0], len(places))
                chosen = [place for _, place in batch]
                witnesses = [*look(self._witness, chosen)]
                for place, witness in zip(chosen, witnesses, strict=True):
                    if place in self.proofs:
                        continue
                    if witness is None:
                        self.stuck[place] = None
                    else:
                        self._take(place, *witness)

    def _witness(self, place: int) -> tuple[Moves, float] | None:
        """Return what moves the place, and how far, or None."""
        open_values = self.linked.high[place] - self.linked.low[place]
        widths = dict.fromkeys([self.width, min(self.width, FEWEST), 2])
        for room in (self.room, self.last_room):
            for width in widths:
                by = min(width - 1, open_values)
                moves = self.search.cheapest(
                    {place: 1.0},
                    by=by,
                    room=room,
                    hidden=self.hidden,
                    near=self.near,
                )
                if moves is not None:
                    return moves, by
        return None

    def _take(self, place: int, moves: Moves, by: float) -> None:
        """Hide what moves, and keep it as the proof of what it moves far enough."""
        self._hide(moves)
        for moved, move in moves.items():
            is_new = moved not in self.proofs and self.is_primary[moved]
            if is_new and abs(move) >= by:
                self.proofs[moved], self.reach[moved] = moves, by
        self.proofs[place], self.reach[place] = moves, by

    def _hide(self, moves: Moves) -> None:
        for place in moves:
            self.hidden[place] = True

    def _known(self, hidden: Flags) -> Flags:
        """Return what a reader counts: what is shown, and groups that are all of a sum
        that is not known."""
        unknown, places = hidden.astype(np.int64), np.arange(len(hidden))
        while True:
            alone = self.loose @ unknown == 1
            last = (self.loose @ (unknown * places))[alone]
            last = last[self.can_follow[last]]
            if not len(last):
                known: Flags = unknown == 0
                return known
            unknown[last] = 0

    def _short(self, families: Iterable[int], known: Flags) -> list[int]:
        """Return those of the families whose known total leaves over few children."""
        if not self.has_remainder_rule:
            return []
        return self.remainders.small(families, known)

    def _cover(self, number: int, known: Flags) -> None:
        """Hide something more, so that the remainder is no longer small."""
        parts = self.remainders.left(number, known)
        up, down = self.room.up.copy(), self.room.down.copy()
        for part in parts:
            if self.linked.is_rest[part]:
                up[part], down[part] = inf, self.n[part]
        moves = self.search.cheapest(
            dict.fromkeys(parts, 1.0),
            by=self.width - 1,
            room=Room(up, down, self.price),
            hidden=self.hidden,
        )
        if moves is None or self.hidden[[*moves]].all():
            self.given_up.add(number)
        else:
            self._hide(moves)

    def clean(self, is_late: Callable[[], bool]) -> None:
        """Show again, dearest first, what none needs, while there is time."""
        leaning: dict[int, set[int]] = {}
        for place, moves in self.proofs.items():
            for moved in moves:
                leaning.setdefault(moved, set()).add(place)
        spare = np.flatnonzero(self.hidden & ~self.fixed).tolist()
        spare.sort(key=lambda place: (-self.price[place], place))
        before = self._known(self.hidden)
        for done, place in enumerate(spare):
            if done % 20 == 0:
                self.progress("Show again what can be", done, len(spare))
            if is_late():
                return
            rest = self.hidden.copy()
            rest[place] = False
            known = self._known(rest)
            new = np.flatnonzero(known & ~before).tolist()
            if self._short(self._around(new, known), known):
                continue
            if self._is_needed(place, rest):
                continue
            found = self._again(sorted(leaning.get(place, ())), rest=rest)
            if found is None:
                continue
            self.hidden, before = rest, known
            for leans, moves in found.items():
                for moved in self.proofs[leans]:
                    leaning[moved].discard(leans)
                self.proofs[leans] = moves
                for moved in moves:
                    leaning.setdefault(moved, set()).add(leans)

    def _around(self, places: Sequence[int], known: Flags) -> set[int]:
        """Return the families whose remainders change when these places are shown."""
        below = {f for place in places for f in self.remainders.below.get(place, ())}
        return below | self.remainders.above(places, known)

    def _is_needed(self, place: int, rest: Flags) -> bool:
        """Return whether a small group would stand still if the place did, for it is
        the last in a line that could move: most groups that are needed show so."""
        can_move = rest & ((self.room.up > 0) | (self.room.down > 0))
        still = self.search.stilled_by(place, can_move=can_move)
        return any(self.is_primary[p] and p not in self.stuck for p in still)

    def _again(self, places: Sequence[int], *, rest: Flags) -> dict[int, Moves] | None:
        """Return a witness per place among the hidden groups, or None."""
        found: dict[int, Moves] = {}
        for place in places:
            by = self.reach[place]
            if any(abs(m.get(place, 0.0)) >= by for m in found.values()):
                moves = next(m for m in found.values() if abs(m.get(place, 0.0)) >= by)
            else:
                maybe = self._other(place, by, rest, near=_NEAR)
                if maybe is None and self.n_far > 0:
                    self.n_far -= 1
                    maybe = self._other(place, by, rest, near=_FAR_AROUND)
                if maybe is None:
                    return None
                moves = maybe
            found[place] = moves
        return found

    def _other(
        self, place: int, by: float, rest: Flags, *, near: Sequence[float]
    ) -> Moves | None:
        return self.search.cheapest(
            {place: 1.0}, by=by, room=self.room, hidden=rest, only=rest, near=near
        )
