"""The numbers that students go by, before and after a set of changes.

Users stay who they are; the number of one may become that of another.
"""

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.parts import looked_up
from indicators.arrivals.rows import are_in, as_mask
from indicators.formats.cells import Mask


@dataclass(frozen=True, slots=True)
class Renumbered:
    """The students in a set of changes, with their numbers before and now.

    before: earlier places; left: users of them who are no more. users: the students in
    the set; numbers: theirs, null where the set does not tell it.
    """

    before: pa.Table = field(repr=False)
    left: pa.ChunkedArray = field(repr=False)
    users: pa.ChunkedArray = field(repr=False)
    numbers: pa.ChunkedArray = field(repr=False)

    def are_of_others(self) -> Mask:
        """Return which students come by the number of somebody who has it still."""
        had = self._had()
        others = pc.invert(pc.equal(had, self._now()).fill_null(False))
        return as_mask(others) & are_in(self.numbers, self._kept())

    def moved(self) -> dict[str, str | None]:
        """Return what earlier numbers are now; None for those that end.

        A number of several users who now have different ones tells of none of them.
        """
        kept = self._kept()
        gone = self.before["id"].filter(
            pa.array(are_in(self.before["user"], self.left))
        )
        gone = gone.filter(pa.array(~are_in(gone, kept)))
        had, now = self._had(), self._now()
        differ = as_mask(pc.not_equal(had, now)) & ~are_in(had, kept)
        had, now = (column.filter(pa.array(differ)) for column in (had, now))
        by_earlier: dict[str, set[str]] = {}
        for earlier, number in zip(had.to_pylist(), now.to_pylist(), strict=True):
            by_earlier.setdefault(earlier, set()).add(number)
        found: dict[str, str | None] = dict.fromkeys(gone.to_pylist())
        taken = {*now.filter(pa.array(are_in(now, kept))).to_pylist()}
        for earlier, numbers in by_earlier.items():
            are_free = len(numbers) == 1 and not numbers & taken
            found[earlier] = min(numbers) if are_free else None
            taken |= numbers
        return found

    def _had(self) -> pa.ChunkedArray:
        return looked_up(self.users, self.before["user"], self.before["id"])

    def _now(self) -> pa.ChunkedArray:
        return pc.coalesce(self.numbers, self._had())

    def _kept(self) -> pa.ChunkedArray:
        """Return the numbers that somebody had and has still."""
        before = self.before
        out = are_in(before["user"], self.left) | are_in(before["user"], self.users)
        others = before["id"].filter(pa.array(~out))
        had = self._had()
        same = had.filter(pc.equal(had, self._now()).fill_null(False))
        return pa.chunked_array([*others.chunks, *same.chunks], pa.string()).drop_null()
