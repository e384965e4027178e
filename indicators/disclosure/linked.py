"""One release, what was published before and what is public anyway, as one problem."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indicators.disclosure.coding import numerators
from indicators.disclosure.fitting import MOST, fitting, following
from indicators.disclosure.given import distinct, figures, translated
from indicators.disclosure.highs import Numbers
from indicators.disclosure.left_out import LeftOut
from indicators.disclosure.relations import (
    Line,
    across,
    implied,
    lines,
    with_holding,
    with_others,
)
from indicators.disclosure.release_file import (
    BadFile,
    Cell,
    Frame,
    ReleaseFile,
    Vector,
)

Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Family:
    """A line by place: the count of `parent` is the sum of `parts`, if `is_sum`.

    Otherwise it is at least that of the largest part, and at most the sum.
    """

    parent: int
    parts: Whole
    is_sum: bool


@dataclass(slots=True)
class Linked:
    """Every group of the problem by place, with what a reader knows beforehand.

    n: children; where no one told us, numbers that fit all that is known. low and high:
    between what the reader knows n to be, whatever is published.
    is_listed: a cell of this release. is_public: n was shown before or is known.
    is_known: n is a public figure that no release has shown.
    is_kept: n was suppressed before. is_flagged: to be hidden, the file says.
    is_rest: the children of a family that are in no listed part, if there are any.
    is_free: a rest of which nobody says that there is none.
    is_other: the children of a total that are not in a part whose children may be in
    others too, and what all its parts together have more than it; they are a rest too.
    is_guessed: nobody told n, so what fits may be another number.
    x: numerators of children by indicator, told or made to fit. was: what an earlier
    edition printed, by indicator and place. x_low, x_high: as low and high, likewise.
    within: indicators with another that counts all their children too.
    """

    frame: Frame
    vectors: list[Vector]
    families: list[Family]
    n: Whole
    low: Numbers
    high: Numbers
    is_listed: Flags
    is_public: Flags
    is_known: Flags
    is_kept: Flags
    is_flagged: Flags
    is_rest: Flags
    is_free: Flags
    is_other: Flags
    is_guessed: Flags
    weight: Numbers
    x: dict[str, Whole]
    x_low: dict[str, Numbers]
    x_high: dict[str, Numbers]
    was: dict[tuple[str, int], str | None]
    within: tuple[tuple[str, str], ...] = ()

    def most(self) -> Numbers:
        """Return the greatest numerator that each count leaves open."""
        is_open = self.is_guessed & (~self.is_rest | self.is_other | self.is_free)
        return np.where(is_open, MOST, self.n)

    def beside(self, code: str) -> tuple[Numbers, Numbers]:
        """Return the least and the greatest numerator that others leave open, of those
        that count some of its children, or all of them and more."""
        low, high = np.zeros(self.size), self.most().astype(float)
        for inner, outer in self.within:
            if code == inner and outer in self.x:
                high = np.minimum(high, self.x[outer])
            if code == outer and inner in self.x:
                low = np.maximum(low, self.x[inner])
        return low, high

    @property
    def size(self) -> int:
        """Return the number of groups."""
        return len(self.vectors)


def link(
    release: ReleaseFile,
    *,
    earlier: Sequence[ReleaseFile],
    below: Sequence[Line] = (),
) -> Linked:
    """Return the release with all that bears on it.

    below: what ties tables together that no table lists; see `crossings`.
    Raises BadFile if totals do not add up, or if two sources contradict each other.
    """
    return _Linking(release, earlier, below).linked()


class _Linking:
    def __init__(
        self,
        release: ReleaseFile,
        earlier: Sequence[ReleaseFile],
        below: Sequence[Line],
    ) -> None:
        self.release = release
        self.frame = release.frame
        self.cells = distinct(release)
        periods = {vector[: self.frame.n_keys] for vector in self.cells}
        self.before: dict[Vector, list[Cell]] = defaultdict(list)
        # Hidden groups by whether the file would show them if they were empty.
        hidden: dict[bool, set[Vector]] = {True: set(), False: set()}
        for edition in earlier:
            for cell in edition.cells:
                vector = translated(cell.vector, edition.frame, self.frame)
                if vector[: self.frame.n_keys] in periods:
                    self.before[vector].append(cell)
                    if cell.n is None:
                        hidden[edition.zero_public].add(vector)
        # Of what others hid for being empty or small, it is not told now which it was.
        own = {*self.cells} - hidden[False] if release.zero_public else set[Vector]()
        self.filled = hidden[True] | own
        editions = chain(self.cells.values(), *self.before.values())
        self.known = figures(release, [*editions])
        tables = self.cells.keys() | self.before.keys()
        told = {*tables, *(f.vector for f in self.known)}
        self.vectors = [*self.cells]
        self.vectors += sorted(told - self.cells.keys(), key=_order)
        wholes = {line.parent for line in below} - told
        self.vectors += sorted(wholes, key=_order)
        self.vectors += sorted(implied(self.frame, told | wholes), key=_order)
        forms = lines(self.frame, self.vectors), across(self.frame, self.vectors)
        complete = [v for v in self.cells if self.frame.is_complete] + [
            translated(cell.vector, edition.frame, self.frame)
            for edition in earlier
            for cell in edition.cells
            if edition.frame.is_complete
        ]
        self.whole = with_holding(self.frame, complete)
        self.lines = [*map(self._told, chain(*forms)), *below]
        self.left_out = LeftOut(self.frame, self.cells, self.before)
        self.left_out.require_sums(self.lines)
        parts = {part for line in below for part in line.parts} - {*self.vectors}
        self.vectors += sorted(parts, key=_order)
        self.at = {vector: place for place, vector in enumerate(self.vectors)}
        self.is_own = np.array([v in self.cells for v in self.vectors], bool)
        self.is_told = np.array([v in told for v in self.vectors], bool)
        self.free: list[int] = []
        # Families of which children may be in no part, though parts are no sum.
        self.missing: set[int] = set()

    def linked(self) -> Linked:
        size = len(self.vectors)
        at, cells = self.at, self.cells
        n_of = {at[v]: cell.n for v, cell in cells.items() if cell.n is not None}
        low, high = np.zeros(size), np.full(size, inf)
        low[[at[vector] for vector in self.filled & cells.keys()]] = 1
        low[[at[f.vector] for f in self.known if f.is_most]] = 0
        is_public, is_kept = np.zeros(size, bool), np.zeros(size, bool)
        is_known = np.zeros(size, bool)
        was: dict[tuple[str, int], str | None] = {}
        for vector, editions in self.before.items():
            place = at[vector]
            for cell in reversed(editions):
                if cell.n is None:
                    is_kept[place] = True
                    continue
                if n_of.setdefault(place, cell.n) == cell.n:
                    is_public[place] = True
                    for code, text in cell.rate.items():
                        was[code, place] = text
        for figure in self.known:
            place, off = at[figure.vector], figure.plus_minus
            low[place] = max(low[place], figure.n - off)
            high[place] = min(high[place], figure.n + off)
            if not off:
                n_of[place] = figure.n
                is_known[place] = not is_public[place]
                is_public[place] = True
        for place, n in n_of.items():
            low[place] = min(low[place], n)
        families, counts, others = self._counted(n_of, low=low, high=high)
        is_flagged = self._own(lambda cell: cell.primary, False)
        for figure in self.known:
            if figure.is_most:
                place, most = at[figure.vector], figure.n + figure.plus_minus
                is_flagged[place] |= counts[place] in (0, most)
        if self.release.zero_public:
            # A 0 that is to be hidden in any case is not shown because it is 0.
            is_empty = self.is_own[:size] & (counts[:size] == 0)
            is_public |= is_empty & ~is_flagged[:size] & ~is_kept
        n_rests = len(self.vectors) - size
        places = np.arange(len(counts))
        is_rest = (places >= size) & (places < others.stop)
        is_free = np.isin(places, self.free)
        none = np.zeros(n_rests, bool)
        linked = Linked(
            frame=self.frame,
            vectors=self.vectors,
            families=families,
            n=counts,
            low=np.append(low, np.zeros(n_rests)),
            high=np.append(high, np.full(n_rests, inf)),
            is_listed=self.is_own,
            is_public=np.append(is_public, none),
            is_known=np.append(is_known, none),
            is_kept=np.append(is_kept, none),
            is_rest=is_rest,
            is_free=is_free,
            is_other=is_rest & (places >= others.start),
            is_guessed=np.array([p not in n_of for p in range(len(counts))]),
            is_flagged=is_flagged,
            weight=self._own(lambda cell: cell.weight, 1.0),
            x={},
            x_low={},
            x_high={},
            was=was,
            within=self.release.within,
        )
        told = {code for cell in cells.values() for code in cell.x}
        # What earlier editions alone print is fitted to what is told.
        for code in sorted(self.release.indicators, key=lambda code: code not in told):
            if code not in self.release.days:
                self._numerators(linked, code)
        return linked

    def _own(self, part: Callable[[Cell], object], default: object) -> NDArray[Any]:
        return np.array(
            [
                part(self.cells[vector]) if is_own else default
                for vector, is_own in zip(self.vectors, self.is_own, strict=True)
            ],
            dtype=type(default),
        )

    def _counted(
        self, n_of: dict[int, int], *, low: Numbers, high: Numbers
    ) -> tuple[list[Family], Whole, range]:
        """Return the families, the counts that were told or that fit, and the places of
        those who are not in a part, or in several."""
        forms = self.lines
        rows = [
            (self.at[f.parent], np.array([self.at[p] for p in f.parts]), f)
            for f in forms
        ]
        ties = [(parent, of, f.is_sum, self._may_miss(f)) for parent, of, f in rows]
        pairs = with_others(self.frame, self.vectors)
        inside = [(self.at[whole], self.at[part]) for whole, part in pairs]
        ties += [(whole, np.array([part]), False, True) for whole, part in inside]
        values = fitting(ties, n_of, low=low, high=high)
        if values is None:
            self._blame(rows, n_of)
            raise self.left_out.blame(self.at, ties, n_of, low=low, high=high)
        if self.frame.nonadditive:
            n_of |= following(ties, n_of, low=low, high=high)
        families: list[Family] = []
        rests: list[int] = []
        for parent, parts, form in rows:
            rest = int(values[parent] - values[parts].sum()) if form.is_sum else 0
            place = len(values) + len(rests)
            is_free = form.is_sum and self._is_open(form)
            if is_free:
                self.free.append(place)
                if {parent, *parts.tolist()} <= n_of.keys():
                    n_of[place] = rest
            if rest or is_free:
                parts = np.append(parts, len(values) + len(rests))
                rests.append(rest)
                self.vectors.append(form.parent)
            if not form.is_sum and self._may_miss(form):
                self.missing.add(len(families))
            families.append(Family(parent, parts, form.is_sum))
        first_other = len(values) + len(rests)
        for parent, of in inside:
            other = len(values) + len(rests)
            if {parent, of} <= n_of.keys():
                n_of[other] = int(values[parent] - values[of])
            rests.append(int(values[parent] - values[of]))
            self.vectors.append(self.vectors[parent])
            families.append(Family(parent, np.array([of, other]), is_sum=True))
        # Where parts overlap, all of them together are their total, and who is in
        # several once more for each part but the first.
        shared = [row for row in rows if not row[2].is_sum and len(row[1]) > 1]
        shared = [row for row in shared if not self._may_miss(row[2])]
        first = len(values) + len(rests)
        others = range(first_other, first + len(shared))
        for number, (parent, parts, form) in enumerate(shared):
            several, together = first + number, others.stop + number
            if {parent, *parts.tolist()} <= n_of.keys():
                n_of[together] = int(values[parts].sum())
                n_of[several] = n_of[together] - int(values[parent])
            self.vectors += [form.parent]
            families.append(Family(together, parts, is_sum=True))
            both = np.array([parent, several])
            families.append(Family(together, both, is_sum=True))
        wholes = [int(values[parts].sum()) for _, parts, _ in shared]
        self.vectors += [form.parent for _, _, form in shared]
        rests += [
            whole - int(values[parent])
            for whole, (parent, _, _) in zip(wholes, shared, strict=True)
        ]
        rests += wholes
        self.is_own = np.append(self.is_own, np.zeros(len(rests), bool))
        counts = np.append(values, np.array(rests, dtype=np.int64))
        return families, counts, others

    def _may_miss(self, line: Line) -> bool:
        """Return whether children may be in no part: some are listed nowhere."""
        if line.is_all or self._is_open(line):
            return not line.is_all
        members = (line.parent, *line.parts)
        return any(self.is_told[self.at[v]] and v not in self.cells for v in members)

    def _told(self, line: Line) -> Line:
        """Return the line without known groups where tables list all that there are."""
        told = tuple(part for part in line.parts if part in self.whole)
        return replace(line, parts=told) if told and self.frame.is_complete else line

    def _is_open(self, line: Line) -> bool:
        """Return whether nobody says that there are no other parts: these are of known
        figures, or of tables that may leave groups out."""
        is_told = self.frame.is_complete and not self.whole.isdisjoint(line.parts)
        return not (line.is_all or is_told)

    def _blame(
        self, rows: Sequence[tuple[int, Whole, Line]], n_of: dict[int, int]
    ) -> None:
        for parent, parts, form in rows:
            if not {parent, *parts} <= n_of.keys():
                continue
            whole, each = n_of[parent], [n_of[part] for part in parts]
            is_wide = (sum(each) if form.is_sum else max(each)) > whole
            if is_wide or (whole > sum(each) and not self._may_miss(form)):
                raise self.left_out.inconsistent(form.parent, *form.parts)

    def _numerators(self, linked: Linked, code: str) -> None:
        told = {self.at[v]: c.x[code] for v, c in self.cells.items() if code in c.x}
        low, high = linked.beside(code)
        for place, x in told.items():
            if not low[place] <= x <= high[place]:
                where = self.frame.place(linked.vectors[place])
                raise BadFile(f"{code!r} of {where} is not within what counts it too")
        for (of, place), text in linked.was.items():
            if of == code and text is not None and place not in told:
                ends = numerators(text, int(linked.n[place]))
                low[place] = max(low[place], ends[0])
                high[place] = min(high[place], ends[1])
        for figure in self.known:
            if code in figure.x:
                place, off = self.at[figure.vector], figure.plus_minus
                low[place] = max(low[place], figure.x[code] - off)
                high[place] = min(high[place], figure.x[code] + off)
        rows = [
            (f.parent, f.parts, f.is_sum, number in self.missing)
            for number, f in enumerate(linked.families)
        ]
        values = fitting(rows, told, low=low, high=high)
        if values is None:
            raise BadFile(f"inconsistent totals: the numbers of {code!r} do not add up")
        linked.x[code] = values
        linked.x_low[code] = np.where(self.is_own, 0, low)
        linked.x_high[code] = np.where(self.is_own, inf, high)
        for figure in self.known:
            if code in figure.x:
                place = self.at[figure.vector]
                linked.x_low[code][place] = low[place]
                linked.x_high[code][place] = high[place]


def _order(vector: Vector) -> tuple[tuple[bool, str], ...]:
    return tuple((value is not None, value or "") for value in vector)
