"""Groups that earlier files list and a release leaves out, where both cannot hold."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from indicators.disclosure.fitting import Row, fitting
from indicators.disclosure.given import translated
from indicators.disclosure.highs import Numbers
from indicators.disclosure.relations import Line, implied, lines
from indicators.disclosure.release_file import (
    BadFile,
    Cell,
    Frame,
    ReleaseFile,
    Vector,
)

# So many of the groups that are left out are named.
_NAMED = 3
# So many are tried one by one.
_TRIED = 50


def left_by(release: ReleaseFile, earlier: Iterable[ReleaseFile]) -> "LeftOut":
    """Return what earlier files list and the release does not."""
    before: dict[Vector, list[Cell]] = defaultdict(list)
    for edition in earlier:
        for cell in edition.cells:
            vector = translated(cell.vector, edition.frame, release.frame)
            before[vector].append(cell)
    return LeftOut(release.frame, {c.vector: c for c in release.cells}, before)


class LeftOut:
    """The groups of earlier files that are no cell of a release."""

    def __init__(
        self,
        frame: Frame,
        cells: Mapping[Vector, Cell],
        before: Mapping[Vector, Sequence[Cell]],
    ) -> None:
        self.frame, self.cells = frame, cells
        self.tables = {v: of[0].table for v, of in before.items() if v not in cells}

    def without(self, edition: ReleaseFile) -> ReleaseFile:
        """Return an earlier file without these groups."""
        cells = tuple(
            cell
            for cell in edition.cells
            if translated(cell.vector, edition.frame, self.frame) in self.cells
        )
        frame = replace(edition.frame, is_complete=False)
        return replace(edition, frame=frame, cells=cells)

    def require_sums(self, forms: Sequence[Line]) -> None:
        """Raise BadFile if totals are not the sum of parts that are said to be all.

        forms: the lines of all files.
        """
        if not self.frame.is_complete:
            return
        told = {*self.cells}
        for line in lines(self.frame, [*told, *implied(self.frame, told)]):
            if not (line.is_sum and told.issuperset((line.parent, *line.parts))):
                continue  # of a part that is not listed only parts of its own are
            n_parts = sum(self.cells[part].n or 0 for part in line.parts)
            if n_parts != self.cells[line.parent].n:
                wider = [f.parts for f in forms if f.parent == line.parent]
                raise self.inconsistent(line.parent, *(p for of in wider for p in of))

    def inconsistent(self, whole: Vector, *parts: Vector) -> BadFile:
        """Return what is wrong with a total and its parts."""
        said = "inconsistent totals: the parts of {} do not add up to it"
        lacking = [v for v in dict.fromkeys((whole, *parts)) if v in self.tables]
        also = f". {self.sentence(lacking)}" if lacking else ""
        return BadFile(said.format(self.frame.place(whole)) + also)

    def blame(
        self,
        at: Mapping[Vector, int],
        rows: Sequence[Row],
        told: Mapping[int, int],
        *,
        low: Numbers,
        high: Numbers,
    ) -> BadFile:
        """Return that nothing fits, and which of the groups alone it would fit without,
        or if there is none, all of them.

        at: the place of each group; the others are as of `fitting`.
        """

        def fits(without: Sequence[Vector]) -> bool:
            places = {at[vector] for vector in without}
            others = {place: n for place, n in told.items() if place not in places}
            return fitting(rows, others, low=low, high=high) is not None

        left = [vector for vector in self.tables if at[vector] in told]
        if not fits(left):
            return self.unfit(())
        return self.unfit([one for one in left[:_TRIED] if fits([one])] or left)

    def unfit(self, vectors: Iterable[Vector]) -> BadFile:
        """Return that nothing fits all files, and what it would fit without."""
        left = [*vectors]
        also = f". {self.sentence(left)}" if left else ""
        return BadFile(
            "no numbers of children fit all that is known and published" + also
        )

    def sentence(self, vectors: Iterable[Vector]) -> str:
        """Return what to do about groups that are left out."""
        left = [*vectors]
        named = [
            f"{self.frame.place(v)} (table {self.tables[v]!r})" for v in left[:_NAMED]
        ]
        more = f" and {len(left) - _NAMED} more" if len(left) > _NAMED else ""
        return (
            f"An earlier file lists {'; '.join(named)}{more}, and this one does not, "
            "so what the earlier one says there still counts. List it here too, with "
            "the children there are now: 0 if it is empty"
        )
