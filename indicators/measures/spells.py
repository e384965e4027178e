"""Dated spells of living somewhere and of being enrolled, one at a time for each child.

A spell runs from its first to its last day, both included. Where two of a child's
spells overlap, the earlier ends on the day before the later begins.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from indicators.measures.inputs import Whole, day_number, days_of


@dataclass(frozen=True, slots=True)
class Spells:
    """Spells in order of child and first day; `row` is the row of the frame."""

    child: Whole
    first: Whole
    last: Whole
    row: Whole

    def within(self, first: date, last: date) -> "Spells":
        """Return the spells cut to these days, without those that lie outside."""
        start = np.maximum(self.first, day_number(first))
        end = np.minimum(self.last, day_number(last))
        kept = start <= end
        return Spells(self.child[kept], start[kept], end[kept], self.row[kept])

    @property
    def n_days(self) -> Whole:
        """The calendar days of each spell."""
        return self.last - self.first + 1

    def lasts(self) -> Whole:
        """Return the place of each child's last spell, in order of child."""
        if not len(self.child):
            return np.zeros(0, np.int64)
        ends = np.append(self.child[1:] != self.child[:-1], True)
        return np.flatnonzero(ends)


def spells(child: Whole, first: pa.Array, last: pa.Array) -> Spells:
    """Return the spells of the children whose place is not -1.

    No first day means before all others, no last day means still going on.
    """
    start = days_of(first, otherwise=date.min)
    end = days_of(last, otherwise=date.max)
    row = np.flatnonzero((child >= 0) & (start <= end))
    row = row[np.lexsort((row, end[row], start[row], child[row]))]
    child, start, end = child[row], start[row], end[row]
    if len(row):
        is_followed = np.append(child[1:] == child[:-1], False)
        following = np.append(start[1:], 0)
        end = np.where(is_followed, np.minimum(end, following - 1), end)
    kept = start <= end
    return Spells(child[kept], start[kept], end[kept], row[kept])
