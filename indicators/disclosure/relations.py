"""Which groups are the sum of which others, over all tables and releases at once.

A vector is one group of children wherever it stands. Its parts along one dimension are
the groups that differ from it in that dimension alone and lie next below it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import combinations, product

from indicators.disclosure.release_file import Frame, Vector

Dims = frozenset[int]


@dataclass(frozen=True, slots=True)
class Line:
    """The children of `parent` are those of `parts`, each once if `is_sum`.

    Otherwise a child may be in several parts: the parent has at least as many children
    as its largest part and at most as many as all parts together. is_all: there are no
    other parts, whatever files leave out.
    """

    parent: Vector
    parts: tuple[Vector, ...]
    is_sum: bool
    is_all: bool = False


def lines(frame: Frame, vectors: Iterable[Vector]) -> tuple[Line, ...]:
    """Return every line that the vectors form, in the order of the dimensions."""
    listed = list(vectors)
    found = []
    for place in range(frame.n_keys, len(frame.names)):
        name = frame.names[place]
        parents = frame.hierarchies.get(name, {})
        families: dict[Vector, dict[str | None, Vector]] = defaultdict(dict)
        for vector in listed:
            rest = vector[:place] + vector[place + 1 :]
            families[rest][vector[place]] = vector
        for family in families.values():
            found += _lines_of(family, parents, is_sum=name not in frame.nonadditive)
    return tuple(found)


def with_others(
    frame: Frame, vectors: Iterable[Vector]
) -> tuple[tuple[Vector, Vector], ...]:
    """Return each total with each group inside it whose children may be in others too.

    Parts that overlap leave nothing over together, but each leaves those over who are
    in the total and not in it.
    """
    listed = dict.fromkeys(vectors)
    found = []
    for place in range(frame.n_keys, len(frame.names)):
        if frame.names[place] not in frame.nonadditive:
            continue
        parents = frame.hierarchies.get(frame.names[place], {})
        for vector in listed:
            value = vector[place]
            while value is not None:
                value = parents.get(value)
                whole = (*vector[:place], value, *vector[place + 1 :])
                if whole in listed:
                    found.append((whole, vector))
    return tuple(found)


def _lines_of(
    family: Mapping[str | None, Vector],
    parents: Mapping[str, str],
    *,
    is_sum: bool,
) -> list[Line]:
    parts: dict[str | None, list[Vector]] = defaultdict(list)
    for value, vector in family.items():
        if value is not None:
            above = parents.get(value)
            while above is not None and above not in family:
                above = parents.get(above)
            parts[above].append(vector)
    return [
        Line(family[above], tuple(below), is_sum)
        for above, below in parts.items()
        if above in family
    ]


def across(frame: Frame, vectors: Iterable[Vector]) -> list[Line]:
    """Return the groups that lie in a total of which they differ in several dimensions,
    where a group that is not listed may hold children.

    Elsewhere the totals between them tie them together; see `implied`.
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
            levels: dict[tuple[int, ...], set[Vector]] = defaultdict(set)
            for part in parts:
                levels[_levels(frame, part)].add(part)
            if any(_cross(one, two) for one, two in combinations(levels, 2)):
                found += [
                    Line(whole, tuple(sorted(of)), True) for of in levels.values()
                ]
                continue
            # Of a group and what lies in it the larger counts.
            highest = [
                part
                for part in sorted(parts)
                if parts.isdisjoint(_at_or_above(frame, part, table) - {part})
            ]
            found.append(Line(whole, tuple(highest), True))
    return found


def _levels(frame: Frame, vector: Vector) -> tuple[int, ...]:
    """Return how many values stand above that of each dimension."""
    found = []
    for name, value in zip(frame.names, vector, strict=True):
        tree, depth = frame.hierarchies.get(name, {}), 0
        while (value := tree.get(value or "")) is not None:
            depth += 1
        found.append(depth)
    return tuple(found)


def _cross(one: Sequence[int], two: Sequence[int]) -> bool:
    """Return whether each is higher in some dimension: groups of them may overlap."""
    pairs = [*zip(one, two, strict=True)]
    return any(a < b for a, b in pairs) and any(a > b for a, b in pairs)


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


def implied(frame: Frame, vectors: Set[Vector]) -> set[Vector]:
    """Return the totals that no table lists but that tie listed groups together.

    Without them two tables that both partition the children of a building, but list no
    total for it, would seem to have nothing to do with each other. They hold only where
    a group that is not listed is empty.
    """
    if not frame.is_complete:
        return set()
    seen = with_holding(frame, vectors)
    below: dict[Vector, set[Vector]] = defaultdict(set)
    for vector in seen:
        for above in _above(frame, vector):
            below[above].add(vector)
    ties = {v for v in seen - vectors if _ties(v, below=below, vectors=vectors)}
    tied = ties | (_under(frame, seen, wholes=vectors | ties) - vectors)
    is_thin = True
    while is_thin:
        n_lines: dict[Vector, int] = defaultdict(int)
        for line in lines(frame, vectors | tied):
            for vector in {line.parent, *line.parts} & tied:
                n_lines[vector] += 1
        thin = {vector for vector in tied if n_lines[vector] < 2}
        tied -= thin
        is_thin = bool(thin)
    return tied


def with_holding(frame: Frame, vectors: Iterable[Vector]) -> set[Vector]:
    """Return the groups and all that hold one of them."""
    found = {*vectors}
    waiting = [*found]
    while waiting:
        for above in _above(frame, waiting.pop()):
            if above not in found:
                found.add(above)
                waiting.append(above)
    return found


def _above(frame: Frame, vector: Vector) -> Iterable[Vector]:
    for place in range(frame.n_keys, len(vector)):
        value = vector[place]
        if value is not None:
            above = frame.hierarchies.get(frame.names[place], {}).get(value)
            yield (*vector[:place], above, *vector[place + 1 :])


def _under(frame: Frame, vectors: Set[Vector], *, wholes: Set[Vector]) -> set[Vector]:
    """Return the groups that lie under one of the wholes, at whatever distance."""
    answers: dict[Vector, bool] = {}

    def is_under(vector: Vector) -> bool:
        if vector not in answers:
            answers[vector] = any(
                above in wholes or is_under(above) for above in _above(frame, vector)
            )
        return answers[vector]

    return {vector for vector in vectors if is_under(vector)}


def _ties(
    vector: Vector, *, below: Mapping[Vector, Set[Vector]], vectors: Set[Vector]
) -> bool:
    """Return whether what is listed below an unlisted total comes from two tables."""
    kinds = set()
    waiting, seen = [vector], {vector}
    while waiting:
        for part in below.get(waiting.pop(), ()):
            if part in vectors:
                kinds.add(tuple(value is None for value in part))
            elif part not in seen:
                seen.add(part)
                waiting.append(part)
    return len(kinds) > 1
