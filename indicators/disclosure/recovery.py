"""An attacker: everything that published tables, taken together, give away.

It reads published tables alone and shares no function with the modules that protect
them. Every group has an unknown count of children, and for each rate an unknown
numerator and denominator. Integer programming finds the least and the greatest value
that each can have in view of all counts, bands, totals and rates at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from indicators.disclosure.audit import Audit, Finding, Kind
from indicators.disclosure.ranges import Ranges, Sum, System
from indicators.disclosure.table import Band, ProtectedCell, ProtectedTable, Rate, Unit

# The fewest whole numbers that anything hidden must be able to be.
_FEWEST = 3
# What an outsider assumes of a count, and of the days that one child is enrolled.
_MOST_CHILDREN = 1_000_000
_DAYS_A_CHILD = (10, 366)


@dataclass(frozen=True, slots=True)
class _Question:
    """What values can this sum take? `finding` is reported if they are too few."""

    total: Sum
    finding: Finding


def attack(published: Sequence[ProtectedTable], *, threshold: int) -> Audit:
    """Return what can be worked out from the tables, all together.

    Tables of several releases may be given at once if they count the same children.
    A suppressed group is taken to have a child, since groups of 0 are shown.
    Finds suppressed counts that may be below the threshold and have fewer than three
    possible values, remainders below the threshold, and numerators (or what they leave
    of the denominator) with fewer than three possible values, in groups and remainders.
    """
    known = _Knowledge(published)
    questions = [*known.about_counts(), *known.about_rates()]
    ranges = Ranges(known.system, [question.total for question in questions])
    if not ranges.is_possible:
        return Audit((Finding(Kind.CONTRADICTION, ()),), narrowest=None)
    findings = []
    narrowest = _MOST_CHILDREN
    for place, question in enumerate(questions):
        kind = question.finding.kind
        if kind is Kind.REMAINDER:
            is_found = ranges.of(place)[1] < threshold
        elif kind is Kind.RATE:
            is_found = not ranges.has(place, n_values=_FEWEST)
        elif ranges.has(place, n_values=max(narrowest, _FEWEST)):
            is_found = False
        else:
            low, high = ranges.of(place)
            is_found = low < threshold and high - low + 1 < _FEWEST
            narrowest = min(narrowest, high - low + 1 if low < threshold else narrowest)
        if is_found:
            findings.append(question.finding)
    return Audit(tuple(findings), narrowest if narrowest < _MOST_CHILDREN else None)


class _Knowledge:
    """The unknowns behind published tables, and all that the tables say of them.

    `children`, and `numerators` and `denominators` of each rate, map keys to unknowns.
    """

    def __init__(self, published: Sequence[ProtectedTable]) -> None:
        self.system = System()
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
            tuple(group.key for group in table.groups if self._is_hidden(group.key))
            for table in published
        ]
        self.remainders = [keys for keys in dict.fromkeys(hidden) if keys]

    def about_counts(self) -> list[_Question]:
        """Return what to ask of suppressed counts and of remainders."""
        asked: list[tuple[Kind, tuple[str, ...]]]
        asked = [(Kind.COUNT, (k,)) for k in self.children if self._is_hidden(k)]
        asked += [(Kind.REMAINDER, keys) for keys in self.remainders]
        return [
            _Question({self.children[key]: 1 for key in keys}, Finding(kind, keys))
            for kind, keys in asked
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
                    finding = Finding(Kind.RATE, keys, code)
                    questions += [_Question(above, finding), _Question(rest, finding)]
        return questions

    def _is_hidden(self, key: str) -> bool:
        n = self.children[key]
        return self.system.low[n] < self.system.high[n]

    def _read_count(self, cell: ProtectedCell) -> None:
        if cell.key not in self.children:
            self.children[cell.key] = self.system.unknown()
        low, high = (cell.n, cell.n) if isinstance(cell.n, int) else (1, _MOST_CHILDREN)
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
