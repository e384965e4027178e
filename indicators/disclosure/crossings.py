"""The groups in which tables meet that cross in a circle, each with each.

Tables by building and school, by building and grade, and by school and grade share the
children of one building, school and grade. Nobody lists these, and yet they tie the
three together: where a school has no such grade, no child of a building goes there in
it. Tables that do not cross in a circle fit each other whenever their common totals do
(Beeri, Fagin, Maier and Yannakakis 1983), and need no such groups.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import combinations, product

from indicators.disclosure.relations import Line
from indicators.disclosure.release_file import BadFile, Frame, Vector

# More such groups than this are not attacked in a time that anybody waits.
_MOST = 40_000
Dims = frozenset[int]


def crossings(
    frame: Frame, listed: Mapping[Vector, bool], known: Sequence[Vector]
) -> list[Line]:
    """Return groups of tables with those below all tables of which they are the sum.

    listed: whether each group of a table may hold children. known: groups of which a
    figure is public besides; of others such figures tell nothing. Raises BadFile where
    there are too many.
    """
    if not frame.is_complete:
        return []
    tables: dict[Dims, dict[Vector, bool]] = defaultdict(dict)
    for vector, may_hold in listed.items():
        tables[_dims(frame, vector)][vector] = may_hold
    # Figures may close a circle of tables; one of a group within does not open it.
    with_known = {*tables, *(_dims(frame, vector) for vector in known)}
    cliques = [*_cliques(_circle(tables)), *_cliques(_circle(with_known))]
    found: list[Line] = []
    for clique in dict.fromkeys(cliques):
        if not any(clique <= table for table in tables):
            crossing = _Crossing(frame, clique, tables)
            found += crossing.lines([v for v in known if v not in listed])
    return found


def across(frame: Frame, vectors: Iterable[Vector]) -> list[Line]:
    """Return the groups that lie in a total of which they differ in several dimensions,
    where a group that is not listed may hold children.

    Elsewhere the totals between them tie them together; see `relations.implied`.
    """
    if frame.is_complete:
        return []
    tables: dict[Dims, list[Vector]] = defaultdict(list)
    for vector in vectors:
        tables[_dims(frame, vector)].append(vector)
    open_ = {at for at, name in enumerate(frame.names) if name in frame.nonadditive}
    found = []
    for total, table in product(tables, repeat=2):
        if not total < table or len(table - total) < 2 or open_ & (table - total):
            continue
        wholes = {*tables[total]}
        inside: dict[Vector, set[Vector]] = defaultdict(set)
        for vector in tables[table]:
            for above in _at_or_above(frame, vector, total):
                if above in wholes:
                    inside[above].add(vector)
        for whole, parts in inside.items():
            # Of a group and what lies in it the larger counts.
            highest = [
                part
                for part in sorted(parts)
                if parts.isdisjoint(_at_or_above(frame, part, table) - {part})
            ]
            found.append(Line(whole, tuple(highest), True))
    return found


def _at_or_above(frame: Frame, vector: Vector, dims: Dims) -> set[Vector]:
    """Return the groups of these dimensions, at any level, that hold the group."""
    chains: list[list[str | None]] = []
    for at, value in enumerate(vector):
        if at < frame.n_keys or at not in dims:
            chains.append([value if at < frame.n_keys else None])
            continue
        tree, chain = frame.hierarchies.get(frame.names[at], {}), [value]
        while (value := tree.get(value or "")) is not None:
            chain.append(value)
        chains.append(chain)
    return {*product(*chains)}


def _dims(frame: Frame, vector: Vector) -> Dims:
    """Return the dimensions, by their place, in which a group is no total."""
    places = range(frame.n_keys, len(vector))
    return frozenset(at for at in places if vector[at] is not None)


def _circle(tables: Iterable[Dims]) -> list[Dims]:
    """Return what is left of the tables once all was taken away that stands at an end:
    a dimension of one table, a table within another. (Graham, Yu and Ozsoyoglu.)"""
    left = sorted(set(tables), key=sorted)
    before: list[Dims] = []
    while left != before:
        before = left
        times: dict[int, int] = defaultdict(int)
        for table in left:
            for dim in table:
                times[dim] += 1
        shared = {frozenset(d for d in table if times[d] > 1) for table in left}
        left = sorted(
            (one for one in shared if not any(one < other for other in shared)),
            key=sorted,
        )
    return [table for table in left if table] if len(left) > 1 else []


def _cliques(tables: Iterable[Dims]) -> list[Dims]:
    """Return sets of dimensions that hold each table, and cross in no circle."""
    beside: dict[int, set[int]] = defaultdict(set)
    for table in tables:
        for dim in table:
            beside[dim] |= table - {dim}
    found: list[Dims] = []
    while beside:
        # Of all dimensions that whose neighbours lack the fewest ties goes first.
        def lacking(dim: int) -> tuple[int, int]:
            pairs = combinations(sorted(beside[dim]), 2)
            return sum(two not in beside[one] for one, two in pairs), dim

        dim = min(beside, key=lacking)
        around = beside.pop(dim)
        clique = frozenset({dim, *around})
        if not any(clique <= other for other in found):
            found.append(clique)
        for other in around:
            beside[other] |= around - {other}
            beside[other].discard(dim)
    return found


class _Crossing:
    """The groups of some dimensions, as far as tables leave them possible."""

    def __init__(
        self, frame: Frame, clique: Dims, tables: Mapping[Dims, Mapping[Vector, bool]]
    ) -> None:
        self.frame, self.order = frame, sorted(clique)
        self.open = {at for at in clique if frame.names[at] in frame.nonadditive}
        self.some = next(vector for table in tables.values() for vector in table)
        values: dict[int, set[str]] = defaultdict(set)
        of_tables: dict[Dims, set[Vector]] = defaultdict(set)
        self.named: dict[Dims, dict[int, set[str]]] = {}
        for table, vectors in tables.items():
            shared = table & clique
            if not shared:
                continue
            named = self.named.setdefault(shared, defaultdict(set))
            for vector, may_hold in vectors.items():
                for at in shared:
                    value = vector[at] or ""
                    values[at].add(value)
                    named[at].add(value)
                if may_hold:
                    of_tables[shared].add(self._cut(vector, shared))
        self.tables = of_tables
        self.values = {at: self._lowest(at, values[at]) for at in self.order}

    def lines(self, known: Iterable[Vector]) -> Iterator[Line]:
        """Yield each group of a table, or that is known, of which these are parts."""
        groups = self._groups()
        for vector in known:
            dims = _dims(self.frame, vector)
            under = [
                self._vector(group)
                for group in groups
                if dims <= group.keys()
                and all(self._above(at, group[at], {vector[at]}) for at in dims)
            ]
            if under and under != [vector]:
                yield Line(vector, tuple(under), self._is_sum(dims))
        for shared, named in self.named.items():
            if any(shared < other for other in self.named):
                continue
            parts: dict[Vector, list[Vector]] = defaultdict(list)
            for group in groups:
                above = {at: self._above(at, group[at], named[at]) for at in shared}
                if None not in above.values():
                    parts[self._vector(above)].append(self._vector(group))
            is_sum = self._is_sum(shared)
            yield from (Line(whole, tuple(of), is_sum) for whole, of in parts.items())

    def _is_sum(self, dims: Dims) -> bool:
        """Return whether a child of a group of these dimensions is in one part."""
        return self.open <= dims

    def _groups(self) -> list[dict[int, str]]:
        found: list[dict[int, str]] = [{}]
        for at in self.order:
            # What the tables say of a dimension is asked once its others are chosen.
            asked = [
                shared
                for shared in self.tables
                if at in shared and max(shared, key=self.order.index) == at
            ]
            longer = []
            for one, value in product(found, self.values[at]):
                group = {**one, at: value}
                if all(self._may_hold(shared, group) for shared in asked):
                    longer.append(group)
                if len(longer) > _MOST:
                    raise BadFile(
                        "the tables cross each other in too many ways to be attacked "
                        f"together: more than {_MOST:,} groups lie below them. Leave "
                        "one table out"
                    )
            found = longer
        return found

    def _may_hold(self, shared: Dims, group: Mapping[int, str]) -> bool:
        named = self.named[shared]
        above = {at: self._above(at, group[at], named[at]) for at in shared}
        if None in above.values():
            return True  # the table tells nothing of such a value
        return self._vector(above) in self.tables[shared]

    def _above(self, at: int, value: str, named: Set[str | None]) -> str | None:
        """Return the value, or that above it, under which a table counts it."""
        tree = self.frame.hierarchies.get(self.frame.names[at], {})
        found: str | None = value
        while found is not None and found not in named:
            found = tree.get(found)
        return found

    def _lowest(self, at: int, values: Set[str]) -> list[str]:
        """Return the values that hold no other."""
        tree, above = self.frame.hierarchies.get(self.frame.names[at], {}), set[str]()
        for value in values:
            while (higher := tree.get(value)) is not None:
                above.add(value := higher)
        return sorted(values - above)

    def _cut(self, vector: Vector, shared: Dims) -> Vector:
        n_keys = self.frame.n_keys
        return tuple(
            value if at < n_keys or at in shared else None
            for at, value in enumerate(vector)
        )

    def _vector(self, group: Mapping[int, str | None]) -> Vector:
        n_keys = self.frame.n_keys
        return tuple(
            value if at < n_keys else group.get(at)
            for at, value in enumerate(self.some)
        )
