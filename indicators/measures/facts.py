"""What is known of each child for one measure, before anything is added up."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from accounts.acts import RuleBroken
from indicators.measures.cohort import Cohort
from indicators.measures.declarations import Report
from indicators.measures.delivered import FIRST_MONTH
from indicators.measures.inputs import Flags, Frames, Whole


class Standing(IntEnum):
    """Whether a child is counted, and if not, why. A zero is a counted child's."""

    OUTSIDE = 0
    COUNTED = 1
    MISSING = 2
    NOT_YET = 3


@dataclass(frozen=True, slots=True)
class Facts:
    """Numerator and denominator of each child of a cohort, by place.

    Both are whole numbers in parts of `scale`, and 0 for children who are not counted.
    """

    x: Whole
    of: Whole
    standing: NDArray[np.int8]
    scale: int = 1


@dataclass(slots=True)
class Sources:
    """What facts are taken from. kept: what several measures share, made once."""

    report: Report
    frames: Frames
    cohort: Cohort
    kept: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    def lacks(self, *names: str) -> Standing | None:
        """Return why nothing can be said without these frames, or None if all came."""
        gone = [name for name in names if not self._came(name)]
        if not gone:
            return None
        is_coming = any(name in self.report.pending for name in gone)
        return Standing.NOT_YET if is_coming else Standing.MISSING

    def _came(self, name: str) -> bool:
        """Return whether a frame came, and, of actions, any of the year of anybody."""
        if name not in self.frames or name != "discipline":
            return name in self.frames
        days = self.frames[name]["date"]
        is_late = pc.greater_equal(pc.month(days), FIRST_MONTH).cast(pa.int64())
        is_own = pc.equal(pc.add(pc.year(days), is_late), self.report.year)
        return bool(pc.any(pc.fill_null(is_own, True)).as_py())

    def nobody(self, standing: Standing) -> Facts:
        """Return facts that say the same of every child: nothing, and why."""
        none = np.zeros(self.cohort.size, np.int64)
        return Facts(none, none, np.full(self.cohort.size, standing, np.int8))

    def children(self, x: Flags, is_in: Flags) -> Facts:
        """Return facts of children among children: whom of these it is true of."""
        of = is_in.astype(np.int64)
        return Facts((x & is_in).astype(np.int64), of, is_in.astype(np.int8))

    def summed(self, x: NDArray[np.float64], is_in: Flags, *, scale: int) -> Facts:
        """Return facts of a sum for each child, in parts of `scale`."""
        whole = np.rint(np.where(is_in, x, 0) * scale).astype(np.int64)
        return Facts(whole, is_in * scale, is_in.astype(np.int8), scale)

    def of_frame(self, name: str) -> tuple[pa.Table, Whole]:
        """Return the rows of a frame that are about the cohort, and whose they are."""
        key = ("rows", name)
        if key not in self.kept:
            table = self.frames[name]
            child = self.cohort.at(table["id"])
            rows = np.flatnonzero(child >= 0)
            self.kept[key] = table.take(pa.array(rows)), child[rows]
        found: tuple[pa.Table, Whole] = self.kept[key]
        return found

    def any_of(self, child: Whole, is_true: Flags) -> Flags:
        """Return of which children some row is true."""
        found = np.zeros(self.cohort.size, bool)
        found[child[is_true]] = True
        return found

    def in_grade(self, grade: str) -> Flags:
        """Return which children are in a grade or a group of grades; empty is all."""
        if not grade:
            return np.ones(self.cohort.size, bool)
        grades = self.cohort.dimensions["grade"]
        return self.any_of(grades.child, grades.under(grade)[grades.value])


def one_of(word: str, known: dict[str, str] | set[str], what: str) -> None:
    """Raise RuleBroken for a word that is not known."""
    if word not in known:
        raise RuleBroken(
            f"The {what} “{word:.60}” is not known, so it cannot be said how it "
            f"counts. Send one of {', '.join(sorted(known))}."
        )
