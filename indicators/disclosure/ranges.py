"""The values that sums of unknown whole numbers can take, by integer programming."""

from collections.abc import Mapping, Sequence
from math import ceil, floor, inf

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

# A range this wide is taken from the linear relaxation; narrower ones are proven.
_WIDE = 5
# Solutions toward random corners show at once that most ranges are wide.
_N_PROBES = 8
_ROUNDING = 1e-6

# Weights of unknowns, by unknown.
Sum = Mapping[int, int]


class System:
    """Unknown numbers, 0 or more, and what is known about them."""

    def __init__(self) -> None:
        self.is_whole: list[bool] = []
        self.low: list[float] = []
        self.high: list[float] = []
        self.rows: list[tuple[Sum, float, float]] = []

    def unknown(self, *, is_whole: bool = True) -> int:
        """Return a new unknown.

        Whole numbers in the thousands need not be declared as such: that is slow to
        solve, and no range of interest is narrow enough to depend on it.
        """
        self.is_whole.append(is_whole)
        self.low.append(0)
        self.high.append(inf)
        return len(self.low) - 1

    def bound(self, unknown: int, *, low: float, high: float) -> None:
        """Add that low <= unknown <= high to what is known."""
        self.low[unknown] = max(low, self.low[unknown])
        self.high[unknown] = min(high, self.high[unknown])

    def require(self, total: Sum, *, low: float, high: float) -> None:
        """Add that low <= the sum <= high to what is known."""
        self.rows.append((total, low, high))


class Ranges:
    """The least and the greatest value of each asked sum of a system.

    `is_possible` is False if no whole numbers fit the system; then nothing else holds.
    """

    def __init__(self, system: System, asked: Sequence[Sum]) -> None:
        self._size = len(system.low)
        self._is_whole = np.array(system.is_whole, dtype=int)
        self._asked = self._matrix(asked)
        self._seen_low = np.full(len(asked), inf)
        self._seen_high = np.full(len(asked), -inf)
        self.is_possible = all(
            low <= high for low, high in zip(system.low, system.high, strict=True)
        )
        if not self.is_possible:
            return
        self._bounds = Bounds(system.low, system.high)
        self._rows = LinearConstraint(
            self._matrix([row for row, _, _ in system.rows]),
            [low for _, low, _ in system.rows],
            [high for _, _, high in system.rows],
        )
        self.is_possible = self._least(np.zeros(self._size), whole=True) is not None
        chance = np.random.default_rng(0)
        for _ in range(_N_PROBES if self.is_possible else 0):
            self._least(
                chance.choice([-1.0, 1.0], len(asked)) @ self._asked, whole=True
            )

    def has(self, place: int, *, n_values: int) -> bool:
        """Return whether the sum at this place can take at least so many values."""
        seen = self._seen_high[place] - self._seen_low[place] + 1
        if seen + _ROUNDING >= n_values:
            return True
        low, high = self.of(place)
        return high - low + 1 >= n_values

    def of(self, place: int) -> tuple[int, int]:
        """Return the least and the greatest value of the sum at this place."""
        low, high = self._ends(place, whole=False)
        if high - low + 1 < _WIDE:
            low, high = self._ends(place, whole=True)
        return low, high

    def _ends(self, place: int, *, whole: bool) -> tuple[int, int]:
        weights = self._asked[[place]].toarray()[0]
        low, high = (
            self._least(weights, whole=whole),
            self._least(-weights, whole=whole),
        )
        if low is None or high is None:
            raise RuntimeError("the solver lost a solution that it had found")
        return ceil(low - _ROUNDING), floor(-high + _ROUNDING)

    def _least(self, weights: NDArray[np.float64], *, whole: bool) -> float | None:
        result = milp(
            weights,
            integrality=self._is_whole * whole,
            bounds=self._bounds,
            constraints=self._rows,
            options={"mip_rel_gap": 0},
        )
        if not result.success:
            return None
        if whole:
            values = self._asked @ result.x
            self._seen_low = np.minimum(self._seen_low, values)
            self._seen_high = np.maximum(self._seen_high, values)
        return float(result.fun)

    def _matrix(self, sums: Sequence[Sum]) -> csr_array:
        where = [(row, at) for row, total in enumerate(sums) for at in total]
        rows, columns = zip(*where, strict=True) if where else ((), ())
        weights = [float(weight) for total in sums for weight in total.values()]
        return csr_array((weights, (rows, columns)), shape=(len(sums), self._size))
