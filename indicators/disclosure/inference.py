"""What sums of unknown whole numbers can be, in view of all that is known of them.

It serves the audit alone, and shares nothing with the modules that protect tables but
the solver. Most sums are seen to be wide by a few programs toward random corners, in
which only numbers of one kind move; only for what is left is each sum asked alone.
"""

from collections.abc import Callable, Sequence
from math import ceil, floor, inf

import numpy as np
from scipy.sparse import csr_array

from indicators.disclosure.highs import ROUNDING, Numbers, Program, Unsolved
from indicators.disclosure.knowledge import Knowledge, Sum
from indicators.disclosure.lattice import Flags, Lattice, Places

# So many values between the ends of a linear program hold three whole ones.
_WIDE = 4.0
# How many corners are tried in one way, and how many sums each must show to be wide:
# to ask that many one by one takes no longer.
_PROBES = 60
_WORTH = 20
# So few sums are asked one by one rather than sought in a slower way.
_FEW = 300
_BIG = 1e7

Progress = Callable[[str, int, int], None]


class Ranges:
    """How many whole numbers each asked sum can be.

    `is_possible` is False if no whole numbers fit what is known; then nothing holds.
    is_whole: false if any numbers will do, because they count very small parts.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        asked: Sequence[Sum],
        *,
        fewest: Sequence[int],
        progress: Progress,
        is_whole: bool = True,
    ) -> None:
        self.asked, self.progress, self.is_whole = asked, progress, is_whole
        self.fewest = np.array(fewest, dtype=float)
        self.is_possible = knowledge.tighten()
        if not self.is_possible:
            return
        low, high = np.array(knowledge.low), np.array(knowledge.high)
        rows, least, most = knowledge.table()
        self.lattice = Lattice(
            rows,
            least=least,
            most=most,
            low=low,
            high=np.minimum(high, np.maximum(low, _BIG)),
        )
        self.kinds = np.array(knowledge.kinds)
        size = len(low)
        entries = [(row, p, w) for row, s in enumerate(asked) for p, w in s.items()]
        at, places, weights = zip(*entries, strict=True) if entries else ((), (), ())
        self.sums = csr_array(
            (np.array(weights, float), (at, places)), shape=(len(asked), size)
        )
        self.whole_low, self.whole_high = (
            np.full(len(asked), inf),
            np.full(len(asked), -inf),
        )
        self.seen_low, self.seen_high = self.whole_low.copy(), self.whole_high.copy()
        self.unsolved: set[int] = set()
        self.points: list[Numbers] = []
        self.chance = np.random.default_rng(0)
        self.linear = self.lattice.program()
        self.inner = self.lattice.program(is_inner=True)
        base = self._first()
        self.is_possible = base is not None
        if base is not None:
            self._look(base)
            self._ask_each(self._probe(base))

    def _is_wide(self) -> Flags:
        """Return which sums were seen to have enough values."""
        enough = self.fewest - 1 - ROUNDING
        least = _WIDE if self.is_whole else 0
        found: Flags = (self.whole_high - self.whole_low >= enough) | (
            self.seen_high - self.seen_low >= np.maximum(least, enough + 1)
        )
        return found

    def is_wide(self, number: int) -> bool:
        """Return whether the sum was seen to have enough values."""
        enough = self.fewest[number] - 1 - ROUNDING
        least = _WIDE if self.is_whole else 0
        return bool(
            self.whole_high[number] - self.whole_low[number] >= enough
            or self.seen_high[number] - self.seen_low[number] >= max(least, enough + 1)
        )

    def width_seen(self, number: int) -> int:
        """Return how many values the sum was seen to have at least, five at most."""
        whole = self.whole_high[number] - self.whole_low[number]
        any_ = self.seen_high[number] - self.seen_low[number]
        return int(min(_WIDE, max(whole, any_ if any_ >= _WIDE else 0))) + 1

    def ends(self, number: int) -> tuple[int, int]:
        """Return the least and the greatest value of a sum not seen to be wide.

        Raises Unsolved if the solver could not tell.
        """
        if number in self.unsolved:
            raise Unsolved
        if self.is_whole:
            return int(self.whole_low[number]), int(self.whole_high[number])
        weights = self._weights(number)
        least, most = self.linear.least(weights), self.linear.least(-weights)
        if least is None or most is None:
            raise Unsolved
        low, high = float(weights @ least), float(weights @ most)
        return ceil(low - ROUNDING), floor(high + ROUNDING)

    def _weights(self, number: int) -> Numbers:
        weights: Numbers = self.sums[[number]].toarray()[0]
        return weights

    def _first(self) -> Numbers | None:
        """Return whole numbers that fit, as far from the bounds as is easy."""
        nowhere = np.zeros(len(self.lattice.low))
        try:
            inner = self.inner.least(nowhere)
        except Unsolved:
            inner = None
        if inner is not None and (whole := self._amid(inner)) is not None:
            return whole
        found = self.linear.least(nowhere)
        if found is None or not self.is_whole:
            return found
        whole = self.lattice.made_whole(found)
        if whole is None:
            whole = self.lattice.program(is_whole=True).least(nowhere)
        return None if whole is None else np.rint(whole)

    def _amid(self, point: Numbers) -> Numbers | None:
        return self.lattice.around(point) if self.is_whole else point

    def _look(self, numbers: Numbers) -> None:
        """Note the values of all sums; whole solutions prove more than others do."""
        values = self.sums @ numbers
        self.seen_low = np.minimum(self.seen_low, values)
        self.seen_high = np.maximum(self.seen_high, values)
        whole = self.lattice.made_whole(numbers) if self.is_whole else None
        if whole is not None:
            values = self.sums @ whole
            self.whole_low = np.minimum(self.whole_low, values)
            self.whole_high = np.maximum(self.whole_high, values)

    def _probe(self, base: Numbers) -> Numbers:
        """Solve toward random corners: at once most sums are seen to be wide.

        Returns whole numbers that fit, amid those found.

        First numbers of one kind move, while the others are those of the base, and then
        all do. After each kind the base is put amid what was found.
        """
        for places in self._free_by_kind():
            self.points = [base]
            for is_inner in (True, False):
                if is_inner or self._n_narrow() > _FEW:
                    program = self.lattice.part(base, places, is_inner=is_inner)
                    self._toward_corners(program, base, places)
            base = self._recentred(base)
        if self._n_narrow() > _FEW:
            self.points = [base]
            self._toward_corners(self.inner, base, np.arange(len(base)))
            base = self._recentred(base)
        return base

    def _n_narrow(self) -> int:
        return int(np.sum(~self._is_wide()))

    def _recentred(self, base: Numbers) -> Numbers:
        amid = self._amid(np.mean(self.points, axis=0))
        if amid is None:
            return base
        self._look(amid)
        return amid

    def _free_by_kind(self) -> list[Places]:
        is_free = self.lattice.low < self.lattice.high
        found = [
            np.flatnonzero(is_free & (self.kinds == k)) for k in sorted({*self.kinds})
        ]
        return [places for places in found if len(places)]

    def _toward_corners(self, program: Program, base: Numbers, places: Places) -> None:
        sums = self.sums[:, places]
        is_touched = np.diff(sums.indptr) > 0
        for done in range(_PROBES):
            narrow = np.flatnonzero(~self._is_wide() & is_touched)
            if not len(narrow):
                return
            self.progress("Attack all sums at once", done, _PROBES)
            signs = np.zeros(len(self.asked))
            signs[narrow] = self.chance.choice([-1.0, 1.0], len(narrow))
            if not self._look_toward(signs @ sums, program, base, places):
                return
            left = np.sum(~self._is_wide() & is_touched)
            if len(narrow) - left < _WORTH:
                return

    def _ask_each(self, base: Numbers) -> None:
        """Seek, for each sum not yet seen to be wide, other numbers that show it: as
        near to the base as can be."""
        narrow = np.flatnonzero(~self._is_wide()).tolist()
        for done, number in enumerate(narrow):
            if done % 20 == 0:
                self.progress("Attack sums one by one", done, len(narrow))
            self._ask(number, base)

    def _ask(self, number: int, base: Numbers) -> None:
        weights = self._weights(number)
        # By how much it cannot differ, up and down; then not by more either.
        too_far = {True: inf, False: inf}
        for by, is_whole in self._ways(number):
            if self.is_wide(number):
                return
            if abs(by) >= too_far[by > 0]:
                continue
            try:
                found = self.lattice.nearest(base, weights, by=by, is_whole=is_whole)
            except Unsolved:
                if is_whole or not self.is_whole:
                    self.unsolved.add(number)
                continue
            if found is None:
                too_far[by > 0] = abs(by)
            else:
                self._look(found)

    def _ways(self, number: int) -> list[tuple[float, bool]]:
        """Return by how much a sum must be able to differ from the base: enough one way
        or the other, or half of that both ways. And whether in whole numbers: that is
        asked last, for it takes longest."""
        enough = self.fewest[number] - self.is_whole
        half = ceil(enough / 2) if self.is_whole else enough / 2
        narrow = dict.fromkeys((enough, -enough, half, -half))
        if not self.is_whole:
            return [(by, False) for by in narrow]
        wide = max(_WIDE, enough + 1)
        any_ = dict.fromkeys((enough, -enough, wide, -wide, wide / 2, -wide / 2))
        return [(by, False) for by in any_] + [(by, True) for by in narrow]

    def _look_toward(
        self, cost: Numbers, program: Program, base: Numbers, places: Places
    ) -> bool:
        """Look at the cheapest numbers; return whether there are any."""
        try:
            found = program.least(cost)
        except Unsolved:
            return False
        if found is None:
            return False
        numbers = base.copy()
        numbers[places] = found
        self.points.append(numbers)
        self._look(numbers)
        return True
