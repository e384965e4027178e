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
# Where a table may leave groups out, nearly all there could be lie below it. More than
# so many are not attacked: only the sums of those listed are.
_MOST_OPEN = 5_000
# Before a value: whoever is in it, but in none of those that a table lists below it.
# No value in a file begins with a blank.
_ELSEWHERE = " "
# A dimension by its place, and a level of its tree, 0 the highest: a table of buildings
# is one of their regions too.
Level = tuple[int, int]
Levels = frozenset[Level]


def crossings(
    frame: Frame,
    listed: Mapping[Vector, bool],
    known: Sequence[Vector],
    *,
    complete: Set[Vector],
) -> list[Line]:
    """Return groups of tables with those below all tables of which they are the sum.

    listed: whether each group of a table may hold children. known: groups of which a
    figure is public besides; of others such figures tell nothing. complete: groups of
    tables of which it is said that there are no others. Raises BadFile where there are
    too many.
    """
    trees = _Trees(frame)
    tables: dict[Levels, dict[Vector, bool]] = defaultdict(dict)
    closed: set[Levels] = set()
    for vector, may_hold in listed.items():
        levels = trees.levels(vector)
        tables[levels][vector] = may_hold
        if vector in complete:
            closed.add(levels)
    # Figures may close a circle of tables; one of a group within does not open it.
    with_known = {*tables, *(trees.levels(vector) for vector in known)}
    # Nor does a table with the groups below them, where it lists some of these alone.
    is_pair = {table for table in tables if len({at for at, _ in table}) <= 2}
    circles = [_circle(some) for some in (tables, with_known, closed | is_pair)]
    cliques = {_with_higher(c): None for circle in circles for c in _cliques(circle)}
    # Whom a table leaves out stands in one of its groups that it does not list.
    for table in sorted(tables.keys() - closed, key=len, reverse=True):
        is_within = any(table <= clique for clique in cliques)
        if len({at for at, _ in table}) > 1 and not is_within:
            cliques[table] = None
    # Where a child can have several values, who has which is no part of a sum.
    for clique in [*cliques]:
        one = frozenset(d for d in clique if frame.names[d[0]] not in frame.nonadditive)
        if len({at for at, _ in one}) > 1:
            cliques[one] = None
    found: list[Line] = []
    for clique in cliques:
        if any(clique <= table for table in closed):
            continue
        crossing = _Crossing(trees, clique, tables, closed)
        if crossing.is_known_whole():
            found += crossing.lines([v for v in known if v not in listed])
    return found


def _with_higher(levels: Levels) -> Levels:
    return frozenset((at, n) for at, level in levels for n in range(level + 1))


class _Trees:
    """The levels of values: what holds no other is at the lowest of its dimension."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.above = {
            at: frame.hierarchies.get(name, {}) for at, name in enumerate(frame.names)
        }
        self.holding = {at: {*tree.values()} for at, tree in self.above.items()}
        self.lowest = {
            at: max((self._depth(at, value) for value in tree), default=0)
            for at, tree in self.above.items()
        }

    def _depth(self, at: int, value: str) -> int:
        above, depth = self.above[at].get(value), 0
        while above is not None:
            above, depth = self.above[at].get(above), depth + 1
        return depth

    def level(self, at: int, value: str) -> int:
        """Return the level of a value."""
        is_low = value not in self.holding[at]
        return self.lowest[at] if is_low else self._depth(at, value)

    def levels(self, vector: Vector) -> Levels:
        """Return the levels of which a group is no total."""
        own = {
            (at, self.level(at, value))
            for at, value in enumerate(vector)
            if at >= self.frame.n_keys and value is not None
        }
        return _with_higher(frozenset(own))

    def cut(self, vector: Vector, levels: Levels) -> Vector:
        """Return the group of these levels that holds a group."""
        cut = [*vector[: self.frame.n_keys], *[None] * len(self.above)]
        for at, lowest in sorted(levels):
            value = vector[at]
            while value is not None and self.level(at, value) > lowest:
                above = self.above[at].get(value)
                if above is None:
                    break
                value = above
            cut[at] = value
        return tuple(cut[: len(vector)])


def _circle(tables: Iterable[Levels]) -> list[Levels]:
    """Return what is left of the tables once all was taken away that stands at an end:
    a dimension of one table, a table within another. (Graham, Yu and Ozsoyoglu.)"""
    left = sorted(set(tables), key=sorted)
    before: list[Levels] = []
    while left != before:
        before = left
        times: dict[Level, int] = defaultdict(int)
        for table in left:
            for dim in table:
                times[dim] += 1
        shared = {frozenset(d for d in table if times[d] > 1) for table in left}
        left = sorted(
            (one for one in shared if not any(one < other for other in shared)),
            key=sorted,
        )
    return [table for table in left if table] if len(left) > 1 else []


def _cliques(tables: Iterable[Levels]) -> list[Levels]:
    """Return sets of dimensions that hold each table, and cross in no circle."""
    beside: dict[Level, set[Level]] = defaultdict(set)
    for table in tables:
        for dim in table:
            beside[dim] |= table - {dim}
    found: list[Levels] = []
    while beside:
        # Of all dimensions that whose neighbours lack the fewest ties goes first.
        def lacking(dim: Level) -> tuple[int, Level]:
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
    """The groups of some dimensions, as far as tables leave them possible.

    closed: the tables that list all groups; in others there may be children elsewhere.
    """

    def __init__(
        self,
        trees: _Trees,
        clique: Levels,
        tables: Mapping[Levels, Mapping[Vector, bool]],
        closed: Set[Levels],
    ) -> None:
        self.trees, self.frame = trees, trees.frame
        self.order = sorted({at for at, _ in clique})
        nonadditive = self.frame.nonadditive
        self.open = {one for one in clique if self.frame.names[one[0]] in nonadditive}
        self.some = next(vector for table in tables.values() for vector in table)
        self.named: dict[Levels, dict[int, set[str]]] = {}
        self.holding: dict[Levels, set[Vector]] = defaultdict(set)
        self.empty: dict[Levels, set[Vector]] = defaultdict(set)
        self.closed = {table & clique for table in closed}
        for table, vectors in tables.items():
            shared = table & clique
            named = self.named.setdefault(shared, defaultdict(set))
            for vector, may_hold in vectors.items():
                cut = trees.cut(vector, shared)
                for at, _ in shared:
                    named[at].add(cut[at] or "")
                if may_hold:
                    self.holding[shared].add(cut)
                elif table == shared:
                    self.empty[shared].add(cut)
        self.is_open = not self.closed.issuperset(self.named)
        if not self.is_open:
            self.named.pop(frozenset(), None)
        self.trees_of = {at: dict(trees.above[at]) for at in self.order}
        self.values = {at: self._lowest(at) for at in self.order}

    def is_known_whole(self) -> bool:
        """Return whether readers can think of all groups at once.

        Raises BadFile where there are too many, though tables list them all.
        """
        groups = self._groups()
        if groups is None and not self.is_open:
            raise BadFile(
                "the tables cross each other in too many ways to be attacked "
                f"together: more than {_MOST:,} groups lie below them. Leave "
                "one table out"
            )
        self.groups = groups or []
        return groups is not None

    def lines(self, known: Iterable[Vector]) -> Iterator[Line]:
        """Yield each group of a table, or that is known, of which these are parts."""
        groups = self.groups
        for vector in known:
            dims = {at for at, _ in self.trees.levels(vector)}
            under = [
                self._vector(group)
                for group in groups
                if dims <= group.keys()
                and all(self._above(at, group[at], {vector[at]}) for at in dims)
            ]
            yield from self._line(vector, under, self.trees.levels(vector))
        for shared, named in self.named.items():
            # Where nobody is elsewhere, the larger table tells of the smaller.
            if not self.is_open and any(shared < other for other in self.named):
                continue
            parts: dict[Vector, list[Vector]] = defaultdict(list)
            for group in groups:
                above = {at: self._above(at, group[at], named[at]) for at in named}
                if shared not in self.closed:
                    # Those elsewhere have such a group, too.
                    above = {at: value or group[at] for at, value in above.items()}
                if None not in above.values():
                    parts[self._vector(above)].append(self._vector(group))
            for whole, of in parts.items():
                yield from self._line(whole, of, shared)

    def _line(
        self, whole: Vector, parts: Sequence[Vector], levels: Levels
    ) -> Iterator[Line]:
        """Yield the line; a child of the whole is in one part if no dimension in which
        it may have several values is left to them."""
        if parts and [*parts] != [whole]:
            yield Line(whole, tuple(parts), self.open <= levels, is_all=True)

    def _groups(self) -> list[dict[int, str]] | None:
        found: list[dict[int, str]] = [{}]
        for at in self.order:
            # What the tables say of a dimension is asked once its others are chosen.
            asked = [s for s in self.named if s and max(s)[0] == at]
            longer = []
            for one, value in product(found, self.values[at]):
                group = {**one, at: value}
                if all(self._may_hold(shared, group) for shared in asked):
                    longer.append(group)
                if len(longer) > (_MOST_OPEN if self.is_open else _MOST):
                    return None
            found = longer
        return found

    def _may_hold(self, shared: Levels, group: Mapping[int, str]) -> bool:
        named = self.named[shared]
        above = {at: self._above(at, group[at], named[at]) for at in named}
        if shared not in self.closed:
            return (
                None in above.values() or self._vector(above) not in self.empty[shared]
            )
        if None in above.values():
            # The table tells nothing of a value that others list, but that there is
            # nobody elsewhere.
            unnamed = [group[at] for at, value in above.items() if value is None]
            return not any(value.startswith(_ELSEWHERE) for value in unnamed)
        return self._vector(above) in self.holding[shared]

    def _above(self, at: int, value: str, named: Set[str | None]) -> str | None:
        """Return the value, or that above it, under which a table counts it."""
        found: str | None = value
        while found is not None and found not in named:
            found = self.trees_of[at].get(found)
        return found

    def _lowest(self, at: int) -> list[str]:
        """Return the values that hold no other, with one beside those of each that
        does: for whoever is listed in none of them."""
        tree, above = self.trees_of[at], {""}
        values = {value for named in self.named.values() for value in named.get(at, ())}
        for value in values:
            while (higher := tree.get(value)) is not None:
                above.add(value := higher)
        found = values - above
        open_ = self.named.keys() - self.closed
        if any(at == dim for shared in open_ for dim, _ in shared):
            for value in above:
                found.add(_ELSEWHERE + value)
                if value:
                    tree[_ELSEWHERE + value] = value
        return sorted(found)

    def _vector(self, group: Mapping[int, str | None]) -> Vector:
        n_keys = self.frame.n_keys
        return tuple(
            value if at < n_keys else group.get(at)
            for at, value in enumerate(self.some)
        )
