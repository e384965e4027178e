"""Unknown whole numbers, and all that a reader knows of them.

It serves the audit alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indicators.disclosure.highs import ROUNDING, Numbers

# Weights of unknowns, by unknown.
Sum = Mapping[int, int]


@dataclass(slots=True)
class Knowledge:
    """Unknown whole numbers with bounds, and rows: least <= sum <= most.

    kinds: of each unknown, what it counts. Sums that are shown tie unknowns of one kind
    to each other, and only bounds tie those of two.
    """

    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    rows: list[tuple[Sum, float, float]] = field(default_factory=list)

    def unknown(self, low: float, high: float, *, kind: str = "") -> int:
        """Return a new unknown between these bounds."""
        self.low.append(low)
        self.high.append(high)
        self.kinds.append(kind)
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
