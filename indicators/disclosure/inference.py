"""What sums of unknown whole numbers can be, in view of all that is known of them.

It serves the audit alone, and shares nothing with the modules that protect tables but
the solver.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, inf

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indicators.disclosure.highs import ROUNDING, Numbers, Program, Unsolved

# So many values between the ends of a linear program hold three whole ones.
_WIDE = 4.0
_PROBES = 12
# How far from whole numbers that fit corners are sought, and when they no longer pay.
_REACHES = (8.0, 4.0, 16.0)
_FRUITLESS = 0.95
_STEPS = 4
_NEAR = (150, 1200, 5000)
_AROUND = (0, 1, 4)
_SECONDS = 60.0
_BIG = 1e7

Sum = Mapping[int, int]
Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class Knowledge:
    """Unknown whole numbers with bounds, and rows: least <= sum <= most."""

    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    rows: list[tuple[Sum, float, float]] = field(default_factory=list)

    def unknown(self, low: float, high: float) -> int:
        """Return a new unknown between these bounds."""
        self.low.append(low)
        self.high.append(high)
        return len(self.low) - 1

    def require(self, total: Sum, *, least: float, most: float) -> None:
        """Add that the sum lies between."""
        self.rows.append((total, least, most))

    def tighten(self) -> bool:
        """Narrow the bounds by each row in turn; return whether any number fits."""
        low, high = np.array(self.low), np.array(self.high)
        table, least, most = self.table()
        by_row = np.repeat(np.arange(len(self.rows)), np.diff(table.indptr))
        places, weights = table.indices, table.data
        for _ in range(20):
            at_least = np.where(
                weights > 0, weights * low[places], weights * high[places]
            )
            at_most = np.where(
                weights > 0, weights * high[places], weights * low[places]
            )
            down = _sums(by_row, at_least, len(self.rows))
            up = _sums(by_row, at_most, len(self.rows))
            with np.errstate(invalid="ignore"):
                room_up = (most - down)[by_row] + at_least
                room_down = (least - up)[by_row] + at_most
            room_up = np.where(np.isnan(room_up), inf, room_up)
            room_down = np.where(np.isnan(room_down), -inf, room_down)
            new_high = np.where(weights > 0, room_up, room_down) / weights
            new_low = np.where(weights > 0, room_down, room_up) / weights
            high_too, low_too = high.copy(), low.copy()
            np.minimum.at(high_too, places, np.floor(new_high + ROUNDING))
            np.maximum.at(low_too, places, np.ceil(new_low - ROUNDING))
            if np.any(low_too > high_too):
                return False
            if np.array_equal(low, low_too) and np.array_equal(high, high_too):
                break
            low, high = low_too, high_too
        self.low, self.high = low.tolist(), high.tolist()
        return True

    def table(self) -> tuple[csr_array, Numbers, Numbers]:
        """Return the rows as one matrix, and what they lie between."""
        rows = [row for row, (total, _, _) in enumerate(self.rows) for _ in total]
        places = [place for total, _, _ in self.rows for place in total]
        weights = [float(w) for total, _, _ in self.rows for w in total.values()]
        return (
            csr_array((weights, (rows, places)), shape=(len(self.rows), len(self.low))),
            np.array([least for _, least, _ in self.rows]),
            np.array([most for _, _, most in self.rows]),
        )


def _sums(where: NDArray[np.int64], values: Numbers, size: int) -> Numbers:
    found = np.zeros(size)
    np.add.at(found, where, values)
    return found


class Ranges:
    """How many whole numbers each asked sum can be.

    `is_possible` is False if no whole numbers fit what is known; then nothing holds.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        asked: Sequence[Sum],
        *,
        fewest: Sequence[int],
        progress: Progress,
    ) -> None:
        self.asked, self.progress = asked, progress
        self.fewest = np.array(fewest, dtype=float)
        self.is_possible = knowledge.tighten()
        if not self.is_possible:
            return
        self.low = np.array(knowledge.low)
        self.high = np.minimum(np.array(knowledge.high), _BIG)
        self._set_rows(*knowledge.table())
        size = len(self.low)
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
        self.exact: dict[int, tuple[int, int]] = {}
        self.columns = self.rows.tocsc()
        self.rows_abs = abs(self.rows).sign().tocsr()
        self.rows_t = self.rows_abs.T.tocsr()
        self.length = np.maximum(np.diff(self.rows.indptr), 1).astype(float)
        self.points: list[Numbers] = []
        self.linear = self._program(is_whole=False)
        self.base = self._first()
        self.is_possible = self.base is not None
        if self.base is not None:
            self._look(self.base)
            self._probe(self.base)
            self._ask_each()

    def _set_rows(self, rows: csr_array, least: Numbers, most: Numbers) -> None:
        """Keep the rows that say more than the bounds of their unknowns do."""
        up = rows.maximum(0)
        down = rows.minimum(0)
        is_said = (up @ self.low + down @ self.high >= least - ROUNDING) & (
            up @ self.high + down @ self.low <= most + ROUNDING
        )
        telling = np.flatnonzero(~is_said)
        self.rows, self.least, self.most = rows[telling], least[telling], most[telling]

    def is_wide(self, number: int) -> bool:
        """Return whether the sum was seen to have enough values."""
        enough = self.fewest[number] - 1 - ROUNDING
        return bool(
            self.whole_high[number] - self.whole_low[number] >= enough
            or self.seen_high[number] - self.seen_low[number] >= max(_WIDE, enough + 1)
        )

    def width_seen(self, number: int) -> int:
        """Return how many values the sum was seen to have at least, five at most."""
        whole = self.whole_high[number] - self.whole_low[number]
        any_ = self.seen_high[number] - self.seen_low[number]
        return int(min(_WIDE, max(whole, any_ if any_ >= _WIDE else 0))) + 1

    def ends(self, number: int) -> tuple[int, int]:
        """Return the least and the greatest value of a sum."""
        if number not in self.exact:
            low, high = self._extent(number, self.linear)
            if high - low < _WIDE:
                program = self._program(is_whole=True)
                low, high = self._extent(number, program)
            self.exact[number] = ceil(low - ROUNDING), floor(high + ROUNDING)
        return self.exact[number]

    def _extent(self, number: int, program: Program) -> tuple[float, float]:
        weights = self.sums[[number]].toarray()[0]
        least, most = program.least(weights), program.least(-weights)
        if least is None or most is None:
            raise Unsolved
        return float(weights @ least), float(weights @ most)

    def _program(self, *, is_whole: bool) -> Program:
        size = len(self.low)
        return Program(
            self.rows,
            least=self.least,
            most=self.most,
            low=self.low,
            high=self.high,
            is_whole=np.ones(size, bool) if is_whole else None,
            seconds=_SECONDS if is_whole else None,
        )

    def _first(self) -> Numbers | None:
        """Return whole numbers that fit, as far from the bounds as is easy."""
        nowhere = np.zeros(len(self.low))
        found = self.linear.least(nowhere)
        if found is None:
            return None
        whole = self._made_whole(found)
        if whole is None:
            whole = self._program(is_whole=True).least(nowhere)
        return None if whole is None else np.rint(whole)

    def _look(self, numbers: Numbers) -> None:
        """Note the values of all sums; whole solutions prove more than others do."""
        values = self.sums @ numbers
        self.points.append(numbers)
        self.seen_low = np.minimum(self.seen_low, values)
        self.seen_high = np.maximum(self.seen_high, values)
        whole = self._made_whole(numbers)
        if whole is not None:
            values = self.sums @ whole
            self.whole_low = np.minimum(self.whole_low, values)
            self.whole_high = np.maximum(self.whole_high, values)

    def _made_whole(self, numbers: Numbers) -> Numbers | None:
        """Return whole numbers that fit, alike but near to what is not whole."""
        whole = np.rint(numbers)
        broken = np.abs(numbers - whole) >= ROUNDING
        if broken.any():
            size = _NEAR[0] + 3 * int(broken.sum())
            near = self._near(whole, broken.astype(float), size)
            return self._nearby(whole, near, None)
        return whole

    def _near(self, base: Numbers, start: Numbers, size: int) -> NDArray[np.int64]:
        """Return so many unknowns that walks along short rows reach soonest."""
        reached = start
        for _ in range(_STEPS):
            reached = reached + self.rows_t @ ((self.rows_abs @ reached) / self.length)
        # What stands at a bound can move one way only.
        room = np.minimum(self.high - base, 1) + np.minimum(base - self.low, 1)
        reached = np.where(start > 0, inf, reached * room)
        first = np.argsort(-reached, kind="stable")[:size]
        return np.sort(first[reached[first] > 0])

    def _nearby(
        self, base: Numbers, near: NDArray[np.int64], cost: Numbers | None
    ) -> Numbers | None:
        """Return whole numbers of least cost that differ from the base only nearby."""
        part = self.columns[:, near].tocsr()
        rows = np.flatnonzero(np.diff(part.indptr))
        part = part[rows]
        others = base.copy()
        others[near] = 0
        fixed = self.rows[rows] @ others
        found: Numbers | None = None
        for is_whole in (None, np.ones(len(near), bool)):
            program = Program(
                part,
                least=self.least[rows] - fixed,
                most=self.most[rows] - fixed,
                low=self.low[near],
                high=self.high[near],
                is_whole=is_whole,
                seconds=2.0,
            )
            try:
                found = program.least(
                    np.zeros(len(near)) if cost is None else cost[near]
                )
            except Unsolved:
                return None
            if found is None:
                return None
            if np.all(np.abs(found - np.rint(found)) < ROUNDING):
                break
        else:
            return None
        numbers = base.copy()
        numbers[near] = np.rint(found)
        return numbers

    def _narrow(self) -> list[int]:
        return [number for number in range(len(self.asked)) if not self.is_wide(number)]

    def _probe(self, base: Numbers) -> None:
        """Solve toward random corners: at once most sums are seen to be wide.

        First toward corners of all that fits, then of what lies close to the base: far
        corners are reached by moving a few numbers a long way.
        """
        chance = np.random.default_rng(0)
        done = 0
        for reach in (inf, *_REACHES):
            self.linear.limit(
                np.maximum(self.low, base - reach), np.minimum(self.high, base + reach)
            )
            for _ in range(_PROBES):
                narrow = self._narrow()
                if not narrow:
                    break
                self.progress("Attack all sums at once", done, _PROBES * 4)
                done += 1
                signs = np.zeros(len(self.asked))
                signs[narrow] = chance.choice([-1.0, 1.0], len(narrow))
                found = self.linear.least(signs @ self.sums)
                if found is not None:
                    self._look(found)
                if len(self._narrow()) > _FRUITLESS * len(narrow):
                    break
        self.linear.limit(self.low, self.high)

    def _middle(self) -> Numbers | None:
        """Return whole numbers that fit, far from most bounds: from there most sums
        can move both ways."""
        mean = np.mean(self.points, axis=0)
        for off in _AROUND:
            low = np.maximum(self.low, np.floor(mean + ROUNDING) - off)
            high = np.minimum(self.high, np.ceil(mean - ROUNDING) + off)
            program = Program(
                self.rows,
                least=self.least,
                most=self.most,
                low=low,
                high=high,
                is_whole=np.ones(len(low), bool),
                seconds=_SECONDS / 4,
            )
            try:
                found = program.least(np.zeros(len(low)))
            except Unsolved:
                continue
            if found is not None:
                return np.rint(found)
        return None

    def _ask_each(self) -> None:
        """Seek, for each sum not yet seen to be wide, other whole numbers close by."""
        narrow = self._narrow()
        base = self._middle() if narrow else None
        if base is None:
            return
        for done, number in enumerate(narrow):
            if done % 20 == 0:
                self.progress("Attack sums one by one", done, len(narrow))
            weights = self.sums[[number]].toarray()[0]
            if abs(weights) @ (self.high - self.low) < self.fewest[number] - 1:
                continue
            for size in _NEAR:
                if self.is_wide(number):
                    break
                near = self._near(base, abs(weights), size)
                for sign in (1.0, -1.0):
                    found = self._nearby(base, near, sign * weights)
                    if found is not None:
                        self._look(found)
