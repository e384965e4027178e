"""What a reader of releases knows: of each group, the unknowns behind what is printed.

It serves the audit alone. It finds which groups are parts of which by looking up from
each group, where the engine looks down from each total.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from math import inf

from indicators.disclosure.binding import Binding
from indicators.disclosure.crossings import crossings
from indicators.disclosure.groups import Days, Group, Split, Trust, is_news
from indicators.disclosure.knowledge import Knowledge
from indicators.disclosure.left_over import LeftOver
from indicators.disclosure.printed import both, percents
from indicators.disclosure.release_file import (
    MOST_CHILDREN,
    BadFile,
    Figure,
    Frame,
    ReleaseFile,
    Vector,
)


class Reading:
    """Every group of a release and of what was published before, and all unknowns."""

    def __init__(
        self, release: ReleaseFile, earlier: Sequence[ReleaseFile], trust: Trust
    ) -> None:
        self.release, self.frame, self.trust = release, release.frame, trust
        self.groups: dict[Vector, Group] = {}
        # The groups of files that list every group that is not empty, and with them
        # all that hold one of these.
        self.complete: list[frozenset[Vector]] = []
        self.listed: set[Vector] = set()
        for edition in (*earlier, release):
            self._read_cells(edition)
        self.tables = frozenset(self.groups)
        self._read_unlisted()
        self.told_whole = frozenset(self.groups)
        self.known = [
            figure
            for figure in release.known
            if trust is Trust.EARLIER or not figure.is_earlier
        ]
        for figure in self.known:
            self._read_known(figure)
        self._read_unlisted()
        self.splits = [*self._splits(), *self._crossed()]
        self.overlaps = list(self._overlaps())
        self._note_what_follows()
        self._note_sums()
        self.left_over = self._left_over()

    def _read_cells(self, edition: ReleaseFile) -> None:
        own = edition is self.release
        is_believed = self.trust is Trust.EARLIER or (own and bool(self.trust))
        vectors = [aligned(c.vector, edition.frame, self.frame) for c in edition.cells]
        for vector, cell in zip(vectors, edition.cells, strict=True):
            group = self._told(vector)
            group.own |= own
            group.is_kept |= cell.n is None and not own
            if cell.n is None and is_believed:
                group.is_0_kept |= not edition.zero_public
                # What stays hidden because another file hid it may be empty.
                is_kept = own and group.is_0_kept
                group.is_0_told |= edition.zero_public and not is_kept
            group.n = cell.n if group.n is None else group.n
            for code, text in cell.rate.items():
                band = None if text is None else percents(text)
                group.rates[code] = both(group.rates.get(code), band)
        if edition.frame.is_complete and (own or is_believed):
            self.complete.append(self._with_holding(vectors))
            self.listed.update(vectors)

    def _read_known(self, figure: Figure) -> None:
        group, off = self._told(figure.vector), figure.plus_minus
        group.is_0_hidden |= figure.is_most
        group.low = max(group.low, figure.n - off)
        group.high = min(group.high, figure.n + off)
        for code, x in figure.x.items():
            group.x_known[code] = (max(0, x - off), x + off)

    def _told(self, vector: Vector) -> Group:
        group = self.groups.setdefault(vector, Group(vector))
        group.is_told = True
        return group

    def _crossed(self) -> Iterator[Split]:
        """Yield what ties tables together below them, and read the groups there."""
        for line in crossings(
            self.frame,
            {vector: self.groups[vector].n != 0 for vector in self.tables},
            [figure.vector for figure in self.known],
            complete=self.listed,
        ):
            for vector in (line.parent, *line.parts):
                self.groups.setdefault(vector, Group(vector))
            yield Split(line.parent, line.parts, line.is_sum, line.is_all)

    def _read_unlisted(self) -> None:
        most = MOST_CHILDREN if self.frame.is_complete else inf
        for vector in self._with_holding(self.groups) - self.groups.keys():
            self.groups[vector] = Group(vector, high=most)

    def _with_holding(self, vectors: Iterable[Vector]) -> frozenset[Vector]:
        """Return the groups with all that hold one of them."""
        found = {*vectors}
        waiting = [*found]
        while waiting:
            for above in self._up(waiting.pop()):
                if above not in found:
                    found.add(above)
                    waiting.append(above)
        return frozenset(found)

    def _up(self, vector: Vector) -> Iterator[Vector]:
        for at, value in enumerate(vector):
            if at >= self.frame.n_keys and value is not None:
                tree = self.frame.hierarchies.get(self.frame.names[at], {})
                yield (*vector[:at], tree.get(value), *vector[at + 1 :])

    def _note_what_follows(self) -> None:
        """Note the counts that unlisted groups must have in view of the listed ones."""
        unlisted = [group for group in self.groups.values() if not group.is_told]
        if not unlisted or not self.overlaps:
            return
        known = self.knowledge(has_rates=False)
        if known.tighten():
            for group in unlisted:
                low, high = known.low[group.n_at], known.high[group.n_at]
                group.follows = int(low) if low == high else None

    def _note_sums(self) -> None:
        """Note the counts of groups that are all of a sum not yet counted."""
        waiting = [split for split in self.splits if split.is_sum and split.is_all]
        is_new = True
        while is_new:
            is_new, before = False, waiting
            waiting = []
            for split in before:
                whole = self.groups[split.whole]
                parts = [self.groups[part] for part in split.parts]
                open_ = [each for each in (whole, *parts) if each.printed is None]
                if len(open_) > 1:
                    waiting.append(split)
                elif open_:
                    inside = sum(part.printed or 0 for part in parts)
                    is_whole = open_[0] is whole
                    rest = inside if is_whole else (whole.printed or 0) - inside
                    open_[0].summed, is_new = rest, True
                    open_[0].is_summed_here = is_news((whole, *parts))

    def learn(self, counts: Mapping[Vector, int], *, here: Set[Vector]) -> None:
        """Take counts that follow in any way as told. here: those that do not without
        this release."""
        for vector, n in counts.items():
            self.groups[vector].summed = n
            self.groups[vector].is_summed_here = vector in here
        self._note_sums()
        self.left_over = self._left_over()

    def _left_over(self) -> LeftOver:
        counts = {v: g.printed for v, g in self.groups.items() if g.printed is not None}
        # A small sum is what others leave over.
        small = {
            vector
            for vector, n in counts.items()
            if 0 < n < self.release.threshold and self.groups[vector].told is None
        }
        told = {vector: n for vector, n in counts.items() if vector not in small}
        return LeftOver(self.splits, told, small=small)

    def _splits(self) -> Iterator[Split]:
        parts: dict[tuple[Vector, int], list[Vector]] = defaultdict(list)
        for vector in self.groups:
            for at in range(self.frame.n_keys, len(vector)):
                if vector[at] is None:
                    continue
                tree = self.frame.hierarchies.get(self.frame.names[at], {})
                above = tree.get(vector[at] or "")
                while (*vector[:at], above, *vector[at + 1 :]) not in self.groups:
                    if above is None:
                        break
                    above = tree.get(above)
                whole = (*vector[:at], above, *vector[at + 1 :])
                if whole in self.groups:
                    parts[whole, at].append(vector)
        for (whole, at), below in parts.items():
            is_sum = self.frame.names[at] not in self.frame.nonadditive
            # Of groups that are known besides, nobody says that there are no others.
            # Beside those of tables that list all, there are none of them.
            told = [vector for vector in below if vector in self.told_whole]
            is_all = bool(told) and self._is_all(whole, told)
            yield Split(whole, tuple(told if is_all else below), is_sum, is_all)

    def _overlaps(self) -> Iterator[tuple[Vector, Vector]]:
        """Yield each group of which some may be elsewhere too, after all it is part of.

        Those who are in the one and not in the other are a group that nobody listed. Of
        a group with one part alone there are none.
        """
        only = {(s.whole, *s.parts) for s in self.splits if s.is_all}
        for vector in self.groups:
            for at, name in enumerate(self.frame.names):
                if at < self.frame.n_keys or name not in self.frame.nonadditive:
                    continue
                tree, value = self.frame.hierarchies.get(name, {}), vector[at]
                part, is_same = vector, True
                while value is not None:
                    value = tree.get(value)
                    above = (*vector[:at], value, *vector[at + 1 :])
                    if above in self.groups:
                        is_same = is_same and (above, part) in only
                        part = above
                        if not is_same:
                            yield above, vector

    def _is_all(self, whole: Vector, below: Sequence[Vector]) -> bool:
        """Return whether the parts hold every child, as far as a reader can tell."""
        if not any(held.intersection(below) for held in self.complete):
            return False
        # What one file calls all is too few for another: then it was not all.
        groups = [self.groups[vector] for vector in (whole, *below)]
        ends = [(g.n, g.n) if g.n is not None else (g.low, g.high) for g in groups]
        return sum(high for _, high in ends[1:]) >= ends[0][0]

    def knowledge(
        self,
        *,
        days: Days | None = None,
        is_published: bool = True,
        is_zero_told: bool = True,
        has_rates: bool = True,
    ) -> Knowledge:
        """Return all unknowns with all that binds them; sets the groups' unknowns.

        days: the one indicator in days to look at; all in children, if it is not given.
        is_published: false for what was known before anything was.
        is_zero_told: whether a suppressed group is known not to be empty where files
        say so. has_rates: false for counts of children alone.
        """
        counted = [c for c in self.release.indicators if c not in self.release.days]
        binding = Binding(
            self.groups,
            codes=[days.code] if days else counted if has_rates else [],
            days=days,
            within=self.release.within,
            is_published=is_published,
            is_zero_told=is_zero_told,
        )
        for split in self.splits:
            binding.split(split)
        for above, below in self.overlaps:
            binding.others(self.groups[above], self.groups[below])
        return binding.known


def aligned(vector: Vector, of: Frame, to: Frame) -> Vector:
    """Return a vector of one file in the order of another's names."""
    if sorted(of.names[: of.n_keys]) != sorted(to.names[: to.n_keys]):
        raise BadFile("the releases have different keys")
    told = dict(zip(of.names, vector, strict=True))
    extra = [name for name, value in told.items() if value and name not in to.names]
    if extra:
        raise BadFile(f"an earlier release has the dimension {extra[0]!r} besides")
    return tuple(told.get(name) for name in to.names)


def without(
    edition: ReleaseFile, moved: Set[Vector], release: ReleaseFile
) -> ReleaseFile:
    """Return an earlier file without what it shows of groups that are others by now."""
    cells = tuple(
        cell
        for cell in edition.cells
        if cell.n is None
        or aligned(cell.vector, edition.frame, release.frame) not in moved
    )
    is_whole = len(cells) == len(edition.cells)
    frame = replace(edition.frame, is_complete=edition.frame.is_complete and is_whole)
    return replace(edition, frame=frame, cells=cells)
