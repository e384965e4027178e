"""An attacker: everything that published tables, taken together, give away.

It reads published tables, and what its audience knows, alone; it shares no function
with the modules that protect them. Every group has an unknown count of children, and
for each rate an unknown numerator and denominator. Integer programming finds the least
and the greatest value that each can have in view of all counts, bands, totals and rates
at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from types import MappingProxyType

from indicators.disclosure.audit import Audit, Finding, Kind
from indicators.disclosure.ranges import Ranges, Sum, System
from indicators.disclosure.table import Band, ProtectedCell, ProtectedTable, Rate, Unit

# The fewest whole numbers that anything hidden must be able to be, unless the audience
# knew better before.
_FEWEST = 3
# What an outsider assumes of a count, and of the days that one child is enrolled.
_MOST_CHILDREN = 1_000_000
_DAYS_A_CHILD = (10, 366)
_NOBODY_KNOWS: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Question:
    """What values can this sum take? `finding` is reported if they are too few.

    most: the greatest value it could take before anything was published.
    """

    total: Sum
    finding: Finding
    most: float

    @property
    def fewest(self) -> int:
        return int(min(_FEWEST, self.most + 1))


def attack(
    published: Sequence[ProtectedTable],
    *,
    threshold: int,
    known: Mapping[str, int] = _NOBODY_KNOWS,
) -> Audit:
    """Return what can be worked out from the tables, all together.

    Tables of several releases may be given at once if they count the same children.
    known: by key, the most children that the audience knows can be in the group.
    Finds groups shown that are below the threshold or hold all the children they could;
    suppressed counts that may be either and have fewer than three possible values;
    remainders below the threshold, 0 included; and numerators (or what they leave of
    the denominator) with fewer than three possible values, in groups and remainders.
    Where the audience knew all but two values before, these two must stay possible.
    """
    facts = _Knowledge(published, known=known)
    questions = [*facts.about_counts(), *facts.about_rates()]
    ranges = Ranges(facts.system, [question.total for question in questions])
    if not ranges.is_possible:
        return Audit((Finding(Kind.CONTRADICTION, ()),), narrowest=None)
    findings = facts.shown_in_spite(threshold=threshold)
    narrowest = _MOST_CHILDREN
    for place, question in enumerate(questions):
        kind = question.finding.kind
        if kind is Kind.REMAINDER:
            is_found = ranges.of(place)[1] < threshold
        elif kind is Kind.RATE:
            is_found = not ranges.has(place, n_values=question.fewest)
        elif ranges.has(place, n_values=max(narrowest, _FEWEST)):
            is_found = False
        else:
            low, high = ranges.of(place)
            width = high - low + 1
            is_telling = low < threshold or high >= question.most
            is_found = is_telling and width < question.fewest
            if is_telling and question.fewest == _FEWEST:
                narrowest = min(narrowest, width)
        if is_found:
            findings.append(question.finding)
    return Audit(tuple(findings), narrowest if narrowest < _MOST_CHILDREN else None)


class _Knowledge:
    """The unknowns behind published tables, and all that a reader knows of them.

    `children`, and `numerators` and `denominators` of each rate, map keys to unknowns.
    """

    def __init__(
        self, published: Sequence[ProtectedTable], *, known: Mapping[str, int]
    ) -> None:
        self.system = System()
        self.known = known
        self.shown: dict[str, int] = {}
        self.children: dict[str, int] = {}
        self.numerators: dict[str, dict[str, int]] = {}
        self.denominators: dict[str, dict[str, int]] = {}
        cells = [
            (table, c) for table in published for c in (table.total, *table.groups)
        ]
        for _, cell in cells:
            self._read_count(cell)
        for table, cell in cells:
            for rate in table.rates:
                self._read_rate(cell, rate)
        for table in published:
            self._read_relation(table)
        hidden = [
            tuple(g.key for g in table.groups if g.key not in self.shown)
            for table in published
        ]
        self.remainders = [keys for keys in dict.fromkeys(hidden) if keys]

    def shown_in_spite(self, *, threshold: int) -> list[Finding]:
        """Return a finding per count that is shown although it tells too much."""
        return [
            Finding(Kind.SHOWN, (key,))
            for key, n in self.shown.items()
            if (n < threshold or n == self.known.get(key)) and self.known.get(key) != 0
        ]

    def about_counts(self) -> list[_Question]:
        """Return what to ask of suppressed counts and of remainders."""
        asked: list[tuple[Kind, tuple[str, ...]]]
        asked = [(Kind.COUNT, (k,)) for k in self.children if k not in self.shown]
        asked += [(Kind.REMAINDER, keys) for keys in self.remainders]
        return [
            _Question(total, Finding(kind, keys), self._most(total))
            for kind, keys in asked
            for total in [{self.children[key]: 1 for key in keys}]
        ]

    def about_rates(self) -> list[_Question]:
        """Return what to ask of numerators, and of what they leave of denominators."""
        single = [(key,) for key, n in self.children.items() if self.system.high[n]]
        questions = []
        for code, numerators in self.numerators.items():
            for keys in (*single, *self.remainders):
                if numerators.keys() >= set(keys):
                    above = {numerators[key]: 1 for key in keys}
                    below = {self.denominators[code][key]: 1 for key in keys}
                    rest = below | dict.fromkeys(above, -1)
                    finding, most = Finding(Kind.RATE, keys, code), self._most(below)
                    questions += [
                        _Question(above, finding, most),
                        _Question(rest, finding, most),
                    ]
        return questions

    def _most(self, total: Sum) -> float:
        return sum(self.system.high[unknown] for unknown in total)

    def _read_count(self, cell: ProtectedCell) -> None:
        if cell.key not in self.children:
            self.children[cell.key] = self.system.unknown()
        low, high = 0, self.known.get(cell.key, _MOST_CHILDREN)
        if isinstance(cell.n, int):
            low, high = cell.n, cell.n
            self.shown[cell.key] = cell.n
        self.system.bound(self.children[cell.key], low=low, high=high)

    def _read_rate(self, cell: ProtectedCell, rate: Rate) -> None:
        numerators = self.numerators.setdefault(rate.code, {})
        denominators = self.denominators.setdefault(rate.code, {})
        if cell.key not in numerators:
            is_whole = rate.unit is Unit.CHILDREN
            n, x = self.children[cell.key], self.system.unknown(is_whole=is_whole)
            d = n if is_whole else self.system.unknown(is_whole=False)
            numerators[cell.key], denominators[cell.key] = x, d
            self.system.require({x: 1, d: -1}, low=-inf, high=0)
            if not is_whole:
                fewest, most = _DAYS_A_CHILD
                self.system.require({d: 1, n: -fewest}, low=0, high=inf)
                self.system.require({d: 1, n: -most}, low=-inf, high=0)
        shown = cell.rates.get(rate.code)
        if isinstance(shown, Band):
            self._read_band(shown, numerators[cell.key], denominators[cell.key])

    def _read_band(self, band: Band, x: int, d: int) -> None:
        """Add that 100 x / d, rounded half up, lies in the band."""
        least, above = 2 * band.low - 1, 2 * band.high + 1
        if self.system.low[d] == self.system.high[d]:
            known = int(self.system.low[d])
            low, high = -(-least * known // 200), -(-above * known // 200) - 1
            self.system.bound(x, low=low, high=high)
        else:
            self.system.require({x: 200, d: -least}, low=0, high=inf)
            self.system.require({x: 200, d: -above}, low=-inf, high=-1)

    def _read_relation(self, table: ProtectedTable) -> None:
        keys = {table.total.key, *(group.key for group in table.groups)}
        for column in (
            self.children,
            *self.numerators.values(),
            *self.denominators.values(),
        ):
            if column.keys() >= keys:
                sums = {column[key]: 1 for key in keys} | {column[table.total.key]: -1}
                self.system.require(sums, low=0, high=0)
