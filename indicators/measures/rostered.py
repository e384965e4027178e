"""Groups as their agency knows them: how many of its children can be in each.

Source: disclosure.md, rule 12. Whoever has the list of residents knows how many of them
there are by all that the list tells: where they live, by which program, how old they
are. Where all of a group were found, or none, the number tells of each.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from accounts.acts import RuleBroken
from indicators.measures.cells import grid_of
from indicators.measures.cohort import roster_cohort
from indicators.measures.counted import Cell, Counted, Table
from indicators.measures.declarations import Report
from indicators.measures.definitions import Base
from indicators.measures.dimensions import (
    ASSISTED,
    BREAKDOWNS,
    ELSEWHERE,
    OF_HOUSING,
    PEERS,
    POPULATION,
)
from indicators.measures.households import Vector
from indicators.measures.inputs import Frames, shaped

Places = Mapping[str, Mapping[str, str]]
_READ = ("tenancies", "people", "enrolment")


@dataclass(frozen=True, slots=True)
class Roster:
    """The most children that can be in each group which the agency can tell apart.

    dims: what its list tells. at: by group; one that is not there has nobody.
    """

    dims: frozenset[str]
    at: Mapping[Vector, int]

    @property
    def whole(self) -> int:
        """The number of all residents."""
        return self.at.get((), 0)

    def part(self, vector: Vector) -> Vector:
        """Return what the agency's list tells of a group."""
        return tuple(pair for pair in vector if pair[0] in self.dims)


def roster_of(report: Report, frames: Frames, tables: Iterable[Table]) -> Roster:
    """Return how many of the children who were sent are in each group of the tables."""
    cohort = roster_cohort(report, shaped({name: frames[name] for name in _READ}))
    dims = frozenset(cohort.dimensions)
    everybody = np.ones(cohort.size, bool)
    at: dict[Vector, int] = {}
    for table in tables:
        by = [name for name in table.breakdowns if BREAKDOWNS[name][0] in dims]
        if grid := grid_of(cohort, by, is_compared=False):
            for vector, n, _ in grid.sums(everybody):
                at[vector] = n
    return Roster(dims, at)


def known_to_agency(
    counted: Counted, roster: Roster, *, is_compared: bool
) -> list[dict[str, Any]]:
    """Return what the roster tells, as known figures of a release file.

    Where all or none of a part were found, each group beside it may be empty, too.
    """
    told = _all_or_none(counted, roster, is_compared=is_compared)
    figures = [
        _figure(cell, cell.n, "exact")
        for cell in counted.cells
        if cell.base == Base.RESIDENTS and {*dict(cell.vector)} <= roster.dims
    ]
    listed = {
        cell.vector: most
        for cell, most in _rostered(counted, roster, is_compared=is_compared)
    }
    for cell in counted.cells:
        part = roster.part(cell.vector)
        if cell.base == Base.ENROLLED and (cell.vector in listed or part in told):
            most = listed.get(cell.vector, roster.at.get(part, 0))
            is_peer = (POPULATION, PEERS) in cell.vector
            if not is_peer:
                figures.append(_figure(cell, most, "most" if most else "exact"))
    return figures


def _figure(cell: Cell, n: int, kind: str) -> dict[str, Any]:
    return {
        "period": cell.period,
        "base": cell.base,
        **dict(cell.vector),
        "n": n,
        "kind": kind,
    }


def _rostered(
    counted: Counted, roster: Roster, *, is_compared: bool
) -> Iterator[tuple[Cell, int]]:
    """Yield the cells about all residents whom the agency can tell apart, and how many
    of them there are on its list."""
    whole = ((POPULATION, ASSISTED),) if is_compared else ()
    for cell in counted.cells:
        part = roster.part(cell.vector)
        rest = tuple(pair for pair in cell.vector if pair not in part)
        if cell.base == Base.ENROLLED and rest == whole:
            most = roster.at.get(part, 0)
            if most >= cell.n:
                yield cell, most


def _all_or_none(counted: Counted, roster: Roster, *, is_compared: bool) -> set[Vector]:
    """Return the parts of the roster of which all were found, or none."""
    found = {
        roster.part(cell.vector)
        for cell in counted.cells
        if cell.n and cell.base == Base.ENROLLED
    }
    every = {
        roster.part(cell.vector)
        for cell, most in _rostered(counted, roster, is_compared=is_compared)
        if cell.n == most
    }
    return {part for part in roster.at if part in every or part not in found}


def require_enough(
    counted: Counted, roster: Roster, *, threshold: int, is_compared: bool
) -> None:
    """Raise RuleBroken where so few were found, or all, that nothing can be said."""
    whole: Vector = ((POPULATION, ASSISTED),) if is_compared else ()
    found = {(c.base, c.vector): c.n for c in counted.cells}
    n = found.get((Base.ENROLLED, whole), 0)
    if n < threshold and any(c.base == Base.ENROLLED for c in counted.cells):
        raise RuleBroken(
            f"Fewer than {threshold} children were matched. Nothing can be published "
            "about so small a group. Check the link, or wait for more children."
        )
    if n and n == roster.whole:
        raise RuleBroken(
            "Every child on the roster was matched, so any table would tell about each "
            "of them. Wait for a roster with other children."
        )


def filled(
    counted: Counted, *, places: Places, roster: Roster, is_compared: bool
) -> Counted:
    """Return the cells with the groups in which no child was found.

    A group that is left out reads as empty. Where all or none of a part of the roster
    were found, its cells stand in every table like those of others, to be hidden: a
    row would tell by its gaps which of the two it is. A listed place without children
    is 0.
    """
    cells = {(cell.base, cell.vector): cell for cell in counted.cells}
    beside = _beside(counted, roster)
    for part in sorted(_all_or_none(counted, roster, is_compared=is_compared)):
        for rest, like in beside.get(frozenset(dict(part)), {}).items():
            vector = tuple(sorted((*rest, *part)))
            empty = _empty(like, vector, is_hidden=True)
            cells.setdefault((like.base, vector), empty)
    for dim, listed in places.items():
        levels = {*counted.hierarchies.get(dim, {}).values()}
        own = {(POPULATION, ASSISTED)} if is_compared and dim in OF_HOUSING else set()
        shape = {dim, *dict(own)}
        alike = [
            cell
            for cell in sorted(counted.cells, key=lambda cell: -cell.n)
            if cell.base == Base.ENROLLED and {*dict(cell.vector)} == shape
        ]
        there = {v for c in cells.values() if c.n for d, v in c.vector if d == dim}
        for place in sorted({*listed} - there - levels):
            vector = tuple(sorted({*own, (dim, place)}))
            if alike:
                empty = _empty(alike[0], vector, is_hidden=False)
                cells.setdefault((empty.base, vector), empty)
    # Among the others, or their place would tell that nobody was found.
    bases = list(dict.fromkeys(cell.base for cell in counted.cells))
    ordered = sorted(cells.values(), key=lambda c: (bases.index(c.base), c.vector))
    return replace(counted, cells=tuple(ordered))


def _beside(
    counted: Counted, roster: Roster
) -> dict[frozenset[str], dict[Vector, Cell]]:
    """Return, by what the agency can tell apart, what else cells are about,
    with one cell for each such group."""
    found: dict[frozenset[str], dict[Vector, Cell]] = {}
    for cell in counted.cells:
        part = roster.part(cell.vector)
        rest = tuple(pair for pair in cell.vector if pair not in part)
        if cell.base != Base.ENROLLED or (POPULATION, PEERS) in rest:
            continue
        like = found.setdefault(frozenset(dict(part)), {})
        if not like.get(rest, _NOBODY).n:
            like[rest] = cell
    return found


def _empty(like: Cell, vector: Vector, *, is_hidden: bool) -> Cell:
    return replace(
        like,
        vector=vector,
        n=0,
        is_few_households=is_hidden,
        x=dict.fromkeys(like.x, 0),
        sums=dict.fromkeys(like.sums, (0, 0)),
        middles={},
        untold=dict(like.untold),
    )


_NOBODY = Cell("", "", "", (), 0, 1.0, False)


def require_listed(counted: Counted, places: Places) -> None:
    """Raise RuleBroken where children live or learn at places that are not listed."""
    for dim, listed in places.items():
        tree = counted.hierarchies.get(dim, {})
        told = {v for c in counted.cells for d, v in c.vector if d == dim}
        unlisted = {
            value
            for value in told - {*tree.values()} - {ELSEWHERE}
            if not {value, tree.get(value)} & listed.keys()
            and "not stated" not in value
        }
        if unlisted:
            raise RuleBroken(
                f"Linked rows name {len(unlisted)} {dim}s that are not listed. Add "
                f"them to the list of {dim}s, or correct the file and link again."
            )


def unmatched(
    counted: Counted, roster: Roster, *, threshold: int, is_compared: bool
) -> tuple[Vector, ...]:
    """Return the groups where fewer than the threshold of those sent were not found.

    Owners decide on these: whoever knows the roster knows that few are missing.
    """
    return tuple(
        cell.vector
        for cell, most in _rostered(counted, roster, is_compared=is_compared)
        if cell.n >= threshold and 0 < most - cell.n < threshold
    )
