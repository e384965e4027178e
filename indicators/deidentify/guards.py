"""What leaving rows out must not tell: of leavers, of remainders, of a list's owner.

Each guard names groups of rows of which more must stay out. A large class gives some of
its rows, if the rest of it stays sound; else the smallest class of the group is left
out whole. Since rows only leave, that ends.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from indicators.deidentify.classes import grouped, sound
from indicators.deidentify.population import (
    NOT_THERE,
    Demands,
    Flags,
    Ints,
    Population,
)


@dataclass(frozen=True, slots=True)
class Cells:
    """Rows in their classes at a node. codes: of each column at the node's level."""

    cells: Ints
    codes: Sequence[Ints]
    levels: Sequence[int]


Codes = Sequence[Sequence[Ints]]
# How many ways of giving rows are tried before a class is left out whole.
_MOST_WAYS = 4


@dataclass(frozen=True, slots=True)
class _Broken:
    """Rows of which `more` must leave. gone: who then must hide among themselves."""

    rows: Flags
    more: int
    gone: Flags | None = None


def close(population: Population, demands: Demands, codes: Codes, at: Cells) -> Ints:
    """Return the classes that stay once no guard is broken any more."""
    cells = at.cells.copy()
    groups = [
        *_published(population, codes, at),
        *_lists(population, at),
    ]
    while True:
        kept = cells != NOT_THERE
        broken = [*_leavers(population, demands, kept)]
        broken = broken or [*_remainders(population, demands, kept, groups)][:1]
        if not broken:
            return cells
        for each in broken:
            _leave(population, demands, cells, each)


def _leave(
    population: Population, demands: Demands, cells: Ints, broken: _Broken
) -> None:
    """Take rows out of a large class, or the smallest class whole."""
    there = np.unique(cells[broken.rows & (cells != NOT_THERE)])
    if not len(there):
        return
    sizes = np.bincount(cells[cells != NOT_THERE])[there]
    largest = int(there[np.argmax(sizes)])
    members = np.flatnonzero((cells == largest) & broken.rows)
    for way in range(_MOST_WAYS):
        more = broken.more + way
        if int(sizes.max()) - more < demands.k or more > len(members):
            break
        chosen = np.random.default_rng(way).permutation(members)[:more]
        rest = cells == largest
        rest[chosen] = False
        gone = np.zeros_like(rest) if broken.gone is None else broken.gone.copy()
        gone[chosen] = True
        is_hidden = broken.gone is None or _hides(population, demands, gone)
        if is_hidden and _hides(population, demands, rest, is_here=True):
            cells[chosen] = NOT_THERE
            return
    cells[cells == int(there[np.argmin(sizes)])] = NOT_THERE


def _hides(
    population: Population, demands: Demands, rows: Flags, *, is_here: bool = False
) -> bool:
    one = np.zeros(int(rows.sum()), np.int64)
    return bool(_sound(population, demands, one, rows, is_here=is_here)[0])


def _sound(
    population: Population,
    demands: Demands,
    groups: Ints,
    rows: Flags,
    *,
    is_here: bool = False,
) -> Flags:
    """Return which groups hide their children.

    is_here: whether they are in this file; else it tells no outcome of them.
    """
    return sound(
        groups,
        int(groups.max()) + 1,
        households=population.households[rows],
        outcomes=[
            replace(each, values=each.values[rows])
            for each in population.outcomes
            if is_here or each.is_earlier
        ],
        demands=demands,
    )


def _leavers(
    population: Population, demands: Demands, kept: Flags
) -> Iterator[_Broken]:
    """Yield whom earlier extracts held alike and of whom a few are missing now.

    Whoever knows that a child is no longer in the file would look among them. Who
    stays away is hidden by what earlier files told; this one tells nothing of them.
    """
    gone = (population.history > 0) & ~kept
    if not gone.any():
        return
    groups, _ = grouped([population.history[gone]])
    met = _sound(population, demands, groups, gone)
    some = set(np.unique(population.history[kept]).tolist())
    for history in np.unique(population.history[gone][~met[groups]]).tolist():
        if history in some:
            rows = population.history == history
            n_gone = int((rows & gone).sum())
            yield _Broken(rows, max(demands.k - n_gone, 1), rows & gone)


@dataclass(frozen=True, slots=True)
class _Known:
    """Rows of whom readers know the number. is_list: as a list of people tells it."""

    rows: Flags
    n: int
    is_list: bool


def _published(population: Population, codes: Codes, at: Cells) -> Iterator[_Known]:
    """Yield everybody, and the groups that published tables count."""
    here = population.is_here
    yield _Known(here, int(here.sum()), is_list=False)
    for figure in population.published:
        level = at.levels[figure.column]
        column = population.columns[figure.column]
        if level < figure.level or level == column.top:
            continue
        finer, coarser = codes[figure.column][figure.level], at.codes[figure.column]
        names = sorted(set(column.maps[figure.level].values()))
        for value in np.unique(coarser[here]):
            rows = here & (coarser == value)
            parts = {names[each] for each in np.unique(finer[rows])}
            if parts <= figure.counts.keys():
                yield _Known(rows, sum(figure.counts[p] for p in parts), is_list=False)


def _lists(population: Population, at: Cells) -> Iterator[_Known]:
    """Yield the groups of which the recipient's list says how many there are."""
    for known in population.lists:
        if not known.is_held or not known.columns:
            continue
        maps = [population.columns[c].maps[at.levels[c]] for c in known.columns]
        sizes: dict[tuple[str, ...], int] = {}
        for row in known.rows:
            key = tuple(m.get(v, v) for m, v in zip(maps, row, strict=True))
            sizes[key] = sizes.get(key, 0) + 1
        groups, n_groups = grouped([at.codes[column] for column in known.columns])
        for group in range(n_groups):
            rows = population.is_here & (groups == group)
            first = int(np.argmax(rows)) if rows.any() else NOT_THERE
            if first == NOT_THERE:
                continue
            raw = [population.raw[column][first] for column in known.columns]
            key = tuple(m[v] for m, v in zip(maps, raw, strict=True))
            yield _Known(rows, sizes.get(key, 0), is_list=True)


def _remainders(
    population: Population, demands: Demands, kept: Flags, groups: Sequence[_Known]
) -> Iterator[_Broken]:
    """Yield groups of which too few are missing, or of whose list everybody is there.

    A published number less the rows in the file must be nobody, or enough to hide in.
    On a list that is not of students, that all were found tells of each of them.
    """
    for known in groups:
        n_kept = int((kept & known.rows).sum())
        left = known.n - n_kept
        if known.is_list:
            if n_kept and left <= 0:
                yield _Broken(known.rows & population.is_here, 1 - left)
        elif n_kept and 0 < left < demands.k:
            yield _Broken(known.rows & population.is_here, demands.k - left)
