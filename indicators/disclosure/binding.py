"""What binds the unknowns of a reading to each other: sums, rates, and days.

It serves the audit alone.
"""

from collections.abc import Mapping, Sequence
from math import inf

from indicators.disclosure.groups import Days, Group, Split
from indicators.disclosure.knowledge import Knowledge
from indicators.disclosure.release_file import Vector


class Binding:
    """All unknowns of groups, in `known`, with all that binds them.

    It sets the groups' unknowns. codes: the indicators to look at; days: what is
    believed of the one of them that counts days. within: pairs of indicators of which
    the second counts all children of the first. is_published: false for what was known
    before anything was.
    """

    def __init__(
        self,
        groups: Mapping[Vector, Group],
        *,
        codes: Sequence[str],
        days: Days | None,
        within: Sequence[tuple[str, str]],
        is_published: bool,
        is_zero_told: bool,
    ) -> None:
        self.groups, self.codes, self.days = groups, codes, days
        self.is_published = is_published
        self.nested = [pair for pair in within if {*pair} <= {*codes}]
        self.known = Knowledge()
        for group in groups.values():
            self._count(group, is_zero_told=is_zero_told)
            for code in codes:
                self._numerator(group, code)
            self._nest([(group, 1)])

    def _count(self, group: Group, *, is_zero_told: bool) -> None:
        low, high = group.low, group.high
        if self.is_published and group.n is not None:
            low = high = group.n
        elif is_zero_told and group.is_0_told and not group.is_0_hidden:
            low = max(low, 1) if group.n is None else low
        group.n_at = n = self.known.unknown(low, high)
        days = self.days
        for code in self.codes:
            if not days:
                group.of_at[code] = n
                continue
            # One kind with the count: where all have as many days, neither moves alone.
            of = self.known.unknown(days.low * low, days.high * high)
            self.known.require({of: 1, n: -days.low}, least=0, most=inf)
            self.known.require({of: 1, n: -days.high}, least=-inf, most=0)
            group.of_at[code] = of

    def _numerator(self, group: Group, code: str) -> None:
        low, high = group.x_known.get(code, (0, inf))
        of = group.of_at[code]
        most = self.known.high[of]
        x = group.x_at[code] = self.known.unknown(low, min(high, most), kind=code)
        self.known.require({of: 1, x: -1}, least=0, most=inf)
        band = group.rates.get(code)
        if self.is_published and band is not None:
            # 100 x / of, rounded half up, lies from band[0] to band[1].
            least, above = 2 * band[0] - 1, 2 * band[1] + 1
            self.known.require({x: 200, of: -least}, least=0, most=inf)
            self.known.require({x: 200, of: -above}, least=-inf, most=-1)

    def _nest(self, groups: Sequence[tuple[Group, int]]) -> None:
        """Of some children, no more are counted by the one than by the other."""
        for inner, outer in self.nested:
            row = {group.x_at[outer]: sign for group, sign in groups}
            row |= {group.x_at[inner]: -sign for group, sign in groups}
            self.known.require(row, least=0, most=inf)

    def split(self, split: Split) -> None:
        """Bind a group to its parts."""
        whole = self.groups[split.whole]
        parts = [self.groups[part] for part in split.parts]
        columns = [(whole.n_at, [part.n_at for part in parts])]
        for code in self.codes:
            columns.append((whole.x_at[code], [part.x_at[code] for part in parts]))
            if self.days:
                of = [part.of_at[code] for part in parts]
                columns.append((whole.of_at[code], of))
        for above, below in columns:
            rest = {above: 1} | dict.fromkeys(below, -1)
            if split.is_sum:
                most = 0 if split.is_all else inf
                self.known.require(rest, least=0, most=most)
                continue
            for part in below:
                self.known.require({above: 1, part: -1}, least=0, most=inf)
            if split.is_all:
                self.known.require(rest, least=-inf, most=0)
        if split.is_sum and not split.is_all:
            self._bind_outside(whole, parts)

    def others(self, whole: Group, part: Group) -> None:
        """Bind a group to one inside it whose children may be elsewhere too."""
        self.known.require({whole.n_at: 1, part.n_at: -1}, least=0, most=inf)
        for code in self.codes:
            x = {whole.x_at[code]: 1, part.x_at[code]: -1}
            self.known.require(x, least=0, most=inf)
        self._bind_outside(whole, [part])

    def _bind_outside(self, whole: Group, parts: Sequence[Group]) -> None:
        """Bind those of a group who are in none of these parts, which share nobody: no
        more of them are counted than there are, and so are their days."""
        self._nest([(whole, 1), *((part, -1) for part in parts)])
        for code in self.codes:
            rest = {whole.of_at[code]: 1, whole.x_at[code]: -1}
            rest |= {part.of_at[code]: -1 for part in parts}
            rest |= {part.x_at[code]: 1 for part in parts}
            self.known.require(rest, least=0, most=inf)
        for each in (self.days.low, -self.days.high) if self.days else ():
            sign = 1 if each > 0 else -1
            for code in self.codes:
                rest = {whole.of_at[code]: sign, whole.n_at: -each}
                rest |= {part.of_at[code]: -sign for part in parts}
                rest |= {part.n_at: each for part in parts}
                self.known.require(rest, least=0, most=inf)
