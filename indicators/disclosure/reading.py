"""What a reader of releases knows: of each group, the unknowns behind what is printed.

It serves the audit alone. It finds which groups are parts of which by looking up from
each group, where the engine looks down from each total.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf

from indicators.disclosure.crossings import across, crossings
from indicators.disclosure.knowledge import Knowledge
from indicators.disclosure.printed import both, percents
from indicators.disclosure.release_file import (
    MOST_CHILDREN,
    BadFile,
    Frame,
    ReleaseFile,
    Vector,
)


@dataclass(slots=True)
class Group:
    """One group as published: `n` and rates where shown, its bounds where not.

    rates: lowest and highest percent by indicator, None where one is suppressed. It is
    `own` if this release lists it, and `is_0_hidden` if it would be hidden although it
    were empty. follows: of a group that nobody lists, the count that what is printed
    leaves it; summed: the sum of its parts, if each is printed. `n_at`, `x_at` and
    `of_at` are its unknowns.
    """

    vector: Vector
    n: int | None = None
    rates: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    own: bool = False
    is_told: bool = False
    is_0_hidden: bool = False
    low: float = 0
    high: float = MOST_CHILDREN
    follows: int | None = None
    summed: int | None = None
    x_known: dict[str, tuple[int, int]] = field(default_factory=dict)
    n_at: int = -1
    x_at: dict[str, int] = field(default_factory=dict)
    of_at: dict[str, int] = field(default_factory=dict)

    @property
    def told(self) -> int | None:
        """Return the count, if it is printed or known exactly."""
        return self.n if self.n is not None or self.low < self.high else int(self.low)

    @property
    def printed(self) -> int | None:
        """Return the count as `told`, or as the sum of parts of which each is."""
        return self.summed if self.told is None else self.told

    @property
    def counted(self) -> int | None:
        """Return the count as `told`, or the only one an unlisted group can have."""
        return self.follows if self.told is None else self.told


@dataclass(frozen=True, slots=True)
class Split:
    """The groups next below a group along one dimension.

    is_sum: each child is in one part. is_all: no child is in none.
    """

    whole: Vector
    parts: tuple[Vector, ...]
    is_sum: bool
    is_all: bool


@dataclass(frozen=True, slots=True)
class Days:
    """What a reader takes for granted about an indicator in days: that each child has
    from `low` to `high` parts of a time that nobody told. Only the ratio matters."""

    code: str
    low: int
    high: int


class Reading:
    """Every group of a release and of what was published before, and all unknowns."""

    def __init__(
        self,
        release: ReleaseFile,
        earlier: Sequence[ReleaseFile],
        *,
        is_zero_told: bool,
    ) -> None:
        self.release, self.frame = release, release.frame
        self.is_zero_told = is_zero_told
        self.groups: dict[Vector, Group] = {}
        for edition in (release, *earlier):
            for cell in edition.cells:
                self._read(cell.vector, edition.frame, own=edition is release)
                group = self.groups[aligned(cell.vector, edition.frame, self.frame)]
                group.n = cell.n if group.n is None else group.n
                for code, text in cell.rate.items():
                    band = None if text is None else percents(text)
                    group.rates[code] = both(group.rates.get(code), band)
        self.tables = frozenset(self.groups)
        if self.frame.is_complete:
            self._read_unlisted()
        self.told_whole = frozenset(self.groups)
        for figure in release.known:
            self._read(figure.vector, self.frame, own=False)
            group = self.groups[figure.vector]
            off = figure.plus_minus
            group.is_0_hidden |= figure.is_most
            group.low = max(group.low, figure.n - off)
            group.high = min(group.high, figure.n + off)
            for code, x in figure.x.items():
                group.x_known[code] = (max(0, x - off), x + off)
        if self.frame.is_complete:
            self._read_unlisted()
        self.splits = [*self._splits(), *self._crossed()]
        self.overlaps = list(self._overlaps())
        self._note_what_follows()
        self._note_sums()

    def _read(self, vector: Vector, of: Frame, *, own: bool) -> None:
        name = aligned(vector, of, self.frame)
        group = self.groups.setdefault(name, Group(name))
        group.own |= own
        group.is_told = True

    def _crossed(self) -> Iterator[Split]:
        """Yield what ties tables together below them, and read the groups there."""
        known = [figure.vector for figure in self.release.known]
        told = {v: self.groups[v].n != 0 for v in self.tables}
        for line in across(self.frame, [*self.groups]):
            yield Split(line.parent, line.parts, is_sum=True, is_all=False)
        for line in crossings(self.frame, told, known):
            for vector in (line.parent, *line.parts):
                self.groups.setdefault(vector, Group(vector))
            all_ = self._is_all(line.parent, line.parts)
            yield Split(line.parent, line.parts, is_sum=line.is_sum, is_all=all_)

    def _read_unlisted(self) -> None:
        waiting = list(self.groups)
        while waiting:
            for above in self._up(waiting.pop()):
                if above not in self.groups:
                    self.groups[above] = Group(above)
                    waiting.append(above)

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
        """Note the counts of unlisted groups of which all parts are counted."""
        open_ = [
            split
            for split in self.splits
            if split.is_sum and split.is_all and not self.groups[split.whole].is_told
        ]
        is_new = bool(open_)
        while is_new:
            is_new = False
            for split in open_:
                whole = self.groups[split.whole]
                parts = [self.groups[part].printed for part in split.parts]
                n = [part for part in parts if part is not None]
                if whole.summed is None and len(n) == len(parts):
                    whole.summed, is_new = sum(n), True

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
            is_told = not self.told_whole.isdisjoint(below)
            is_all = is_told and self._is_all(whole, below)
            yield Split(whole, tuple(below), is_sum, is_all)

    def _overlaps(self) -> Iterator[tuple[Vector, Vector]]:
        """Yield each group of which some may be elsewhere too, after all it is part of.

        Those who are in the one and not in the other are a group that nobody listed.
        """
        for vector in self.groups:
            for at, name in enumerate(self.frame.names):
                if at < self.frame.n_keys or name not in self.frame.nonadditive:
                    continue
                tree, value = self.frame.hierarchies.get(name, {}), vector[at]
                while value is not None:
                    value = tree.get(value)
                    above = (*vector[:at], value, *vector[at + 1 :])
                    if above in self.groups:
                        yield above, vector

    def _is_all(self, whole: Vector, below: Sequence[Vector]) -> bool:
        """Return whether the parts hold every child, as far as a reader can tell."""
        if not self.frame.is_complete:
            return False
        groups = [self.groups[vector] for vector in (whole, *below)]
        if all(group.own or not group.is_told for group in groups):
            return True
        ends = [(g.n, g.n) if g.n is not None else (g.low, g.high) for g in groups]
        return sum(high for _, high in ends[1:]) >= ends[0][0]

    def knowledge(
        self,
        *,
        days: Days | None = None,
        is_published: bool = True,
        is_zero_told: bool | None = None,
        has_rates: bool = True,
    ) -> Knowledge:
        """Return all unknowns with all that binds them; sets the groups' unknowns.

        days: the one indicator in days to look at; all in children, if it is not given.
        is_published: false for what was known before anything was.
        is_zero_told: whether a suppressed group is known not to be empty; if it is not
        given, as in the release. has_rates: false for counts of children alone.
        """
        is_telling = self.is_zero_told if is_zero_told is None else is_zero_told
        known = Knowledge()
        counted = [c for c in self.release.indicators if c not in self.release.days]
        codes = [days.code] if days else counted if has_rates else []
        for group in self.groups.values():
            low, high = group.low, group.high
            is_0_shown = is_telling and group.own and not group.is_0_hidden
            if is_published and group.n is not None:
                low = high = group.n
            elif is_0_shown and group.n is None:
                low = max(low, 1)
            group.n_at = known.unknown(low, high)
            for code in codes:
                of = self._denominator(known, group, days) if days else group.n_at
                group.of_at[code] = of
                self._numerator(known, group, code, is_published=is_published)
            for inner, outer in self._nested(codes):
                self._bind_nested(known, [(group, 1)], inner, outer)
        for split in self.splits:
            self._bind(known, split, codes, days)
        for above, below in self.overlaps:
            pair = self.groups[above], self.groups[below]
            self._bind_others(known, *pair, codes, days)
        return known

    def _nested(self, codes: Sequence[str]) -> list[tuple[str, str]]:
        """Return the pairs of which the second counts all children of the first."""
        return [pair for pair in self.release.within if {*pair} <= {*codes}]

    def _bind_nested(
        self,
        known: Knowledge,
        groups: Sequence[tuple[Group, int]],
        inner: str,
        outer: str,
    ) -> None:
        """Of some children, no more are counted by the one than by the other."""
        row = {group.x_at[outer]: sign for group, sign in groups}
        row |= {group.x_at[inner]: -sign for group, sign in groups}
        known.require(row, least=0, most=inf)

    def _denominator(self, known: Knowledge, group: Group, days: Days) -> int:
        n = group.n_at
        # One kind with the count: where all have as many days, neither moves alone.
        of = known.unknown(days.low * known.low[n], days.high * known.high[n])
        known.require({of: 1, n: -days.low}, least=0, most=inf)
        known.require({of: 1, n: -days.high}, least=-inf, most=0)
        return of

    def _numerator(
        self, known: Knowledge, group: Group, code: str, *, is_published: bool
    ) -> None:
        low, high = group.x_known.get(code, (0, inf))
        of = group.of_at[code]
        most = known.high[of]
        x = group.x_at[code] = known.unknown(low, min(high, most), kind=code)
        known.require({of: 1, x: -1}, least=0, most=inf)
        band = group.rates.get(code)
        if is_published and band is not None:
            # 100 x / of, rounded half up, lies from band[0] to band[1].
            least, above = 2 * band[0] - 1, 2 * band[1] + 1
            known.require({x: 200, of: -least}, least=0, most=inf)
            known.require({x: 200, of: -above}, least=-inf, most=-1)

    def _bind_others(
        self,
        known: Knowledge,
        whole: Group,
        part: Group,
        codes: Sequence[str],
        days: Days | None,
    ) -> None:
        """Of those who are not in the part, no more are counted than there are."""
        for pair in self._nested(codes):
            self._bind_nested(known, [(whole, 1), (part, -1)], *pair)
        known.require({whole.n_at: 1, part.n_at: -1}, least=0, most=inf)
        for each in (days.low, -days.high) if days else ():
            sign = 1 if each > 0 else -1
            rest = {whole.of_at[codes[0]]: sign, part.of_at[codes[0]]: -sign}
            rest |= {whole.n_at: -each, part.n_at: each}
            known.require(rest, least=0, most=inf)
        for code in codes:
            x = {whole.x_at[code]: 1, part.x_at[code]: -1}
            known.require(x, least=0, most=inf)
            of = {whole.of_at[code]: 1, part.of_at[code]: -1}
            less = {at: -weight for at, weight in x.items()}
            known.require(of | less, least=0, most=inf)

    def _bind(
        self, known: Knowledge, split: Split, codes: Sequence[str], days: Days | None
    ) -> None:
        whole = self.groups[split.whole]
        parts = [self.groups[part] for part in split.parts]
        columns = [(whole.n_at, [part.n_at for part in parts])]
        columns += [
            (whole.x_at[code], [part.x_at[code] for part in parts]) for code in codes
        ]
        if days:
            of = [part.of_at[days.code] for part in parts]
            columns.append((whole.of_at[days.code], of))
        for above, below in columns:
            rest = {above: 1} | dict.fromkeys(below, -1)
            if split.is_sum:
                most = 0 if split.is_all else inf
                known.require(rest, least=0, most=most)
                continue
            for part in below:
                known.require({above: 1, part: -1}, least=0, most=inf)
            if split.is_all:
                known.require(rest, least=-inf, most=0)
        if split.is_all:
            return
        for pair in self._nested(codes):
            outside = [(whole, 1), *((part, -1) for part in parts if split.is_sum)]
            self._bind_nested(known, outside, *pair)
        for code in codes:
            # Children in no part are as many as those of them counted, or more; and
            # so are their days.
            rest = {whole.of_at[code]: 1, whole.x_at[code]: -1}
            rest |= {part.of_at[code]: -1 for part in parts} if split.is_sum else {}
            rest |= {part.x_at[code]: 1 for part in parts} if split.is_sum else {}
            known.require(rest, least=0, most=inf)
        for each in (days.low, -days.high) if days and split.is_sum else ():
            sign = 1 if each > 0 else -1
            rest = {whole.of_at[codes[0]]: sign, whole.n_at: -each}
            rest |= {part.of_at[codes[0]]: -sign for part in parts}
            rest |= {part.n_at: each for part in parts}
            known.require(rest, least=0, most=inf)


def aligned(vector: Vector, of: Frame, to: Frame) -> Vector:
    """Return a vector of one file in the order of another's names."""
    if sorted(of.names[: of.n_keys]) != sorted(to.names[: to.n_keys]):
        raise BadFile("the releases have different keys")
    told = dict(zip(of.names, vector, strict=True))
    extra = [name for name, value in told.items() if value and name not in to.names]
    if extra:
        raise BadFile(f"an earlier release has the dimension {extra[0]!r} besides")
    return tuple(told.get(name) for name in to.names)
