"""What an author asks a release for: measures, tables, and what its report declares.

An agreement permits measures by breakdowns, and nothing else is offered. A table that
crosses breakdowns is permitted to a measure that is permitted by each of them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from typing import Any

from accounts.acts import RuleBroken
from indicators.measures.cells import COUNTED
from indicators.measures.counted import Counted, Table
from indicators.measures.declarations import Comparison, Mobility, Report, Residency
from indicators.measures.definitions import (
    DEFINITIONS,
    Base,
    Definition,
    Measure,
    Unit,
    choose,
)
from indicators.measures.dimensions import BREAKDOWNS, POPULATION
from indicators.measures.keeping import Listed
from indicators.measures.nesting import require_apart, require_unrelated

# Children, children among children, days among days: what the engine protects.
UNITS = frozenset({Unit.CHILDREN, Unit.COUNT, Unit.DAYS})
# Measures that agreements call by another name than the catalogue.
_AGREED_AS = {"overlap": "enrolled"}
_CODE_OF = {agreed: code for code, agreed in _AGREED_AS.items()}
# Numbers that people read first are dearer to hide than those of crossed tables.
_WEIGHTS = {0: 8.0, 1: 4.0, 2: 1.0}
# A group with a rate is dearer than the same group with those who are not counted.
_RATED = 2.0
# The engine holds a total of all to be a thousand times as dear as its groups.
_OF_TOTAL = 0.001
_MOST_CROSSED = 2
_MOST_TABLES = 24
# What is read together, so that a click makes it: where children live and learn.
_CROSSED_AT_FIRST = frozenset({("building", "school")})

ALONE = (
    "The link rate cannot stand beside other measures: the children whom they count "
    "are the residents who were found, which would undo its ranges. Leave the link "
    "rate out, or choose it alone."
)

Permitted = Mapping[str, frozenset[str]]


def permitted_by(
    analyses: Iterable[tuple[str, Sequence[str]]],
) -> dict[str, frozenset[str]]:
    """Return the breakdowns of each measure that an agreement lists, by our codes.

    analyses: pairs of a measure, as agreements call it, and breakdowns. What is not of
    children, or by no breakdown that is counted, is left out.
    """
    found: dict[str, frozenset[str]] = {}
    for agreed, breakdowns in analyses:
        code = _CODE_OF.get(agreed, agreed)
        known = frozenset(breakdowns) & BREAKDOWNS.keys()
        if code in DEFINITIONS and known and choose(code).unit in UNITS:
            found[code] = known
    return found


def catalogued(agreed: str) -> Definition:
    """Return the definition of a measure that agreements call so; raises KeyError."""
    return DEFINITIONS[_CODE_OF.get(agreed, agreed)]


def agreed_name(code: str) -> str:
    """Return what agreements call a measure."""
    return _AGREED_AS.get(code, code)


def listed_in(permitted: Permitted) -> Listed:
    """Return what linking keeps frames for."""
    return Listed(
        frozenset(permitted),
        frozenset(by for each in permitted.values() for by in each),
    )


def tables_of(breakdowns: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """Return the tables that can be made of these breakdowns, single ones first."""
    ordered = [name for name in BREAKDOWNS if name in breakdowns]
    found = [(name,) for name in ordered]
    return (
        *found,
        *(
            pair
            for pair in combinations(ordered, _MOST_CROSSED)
            if BREAKDOWNS[pair[0]][0] != BREAKDOWNS[pair[1]][0]
        ),
    )


def first_tables(breakdowns: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """Return the tables that are chosen before anybody chose."""
    return tuple(
        table
        for table in tables_of(breakdowns)
        if len(table) == 1 or table in _CROSSED_AT_FIRST
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One author's choices, as they are kept with the release."""

    measures: tuple[Measure, ...]
    tables: tuple[tuple[str, ...], ...]
    census_on: date
    residency: Residency = Residency.CENSUS_DATE
    residency_days: int = 90
    mobility: Mobility = Mobility.LAST_SCHOOL
    comparison: Comparison = Comparison.NOBODY
    programs: tuple[str, ...] = ()
    next_census_on: date | None = None

    def report(self, *, first_on: date, last_on: date, as_of: date) -> Report:
        """Return the declarations for a school year; raises RuleBroken for bad ones."""
        return Report(
            year=last_on.year,
            first_on=first_on,
            last_on=last_on,
            census_on=self.census_on,
            as_of=as_of,
            residency=self.residency,
            residency_days=self.residency_days,
            mobility=self.mobility,
            comparison=self.comparison,
            programs=self.programs,
            next_census_on=self.next_census_on,
        )

    def counted_tables(self) -> tuple[Table, ...]:
        """Return the tables to be counted, with how dear each is to hide."""
        return weighed_tables(self.tables)


def weighed_tables(tables: Iterable[tuple[str, ...]]) -> tuple[Table, ...]:
    """Return tables with how dear a cell of each is to hide."""
    return tuple(Table(each, _WEIGHTS[len(each)]) for each in tables)


def usual(permitted: Permitted, *, census_on: date) -> Asked:
    """Return what is asked for unless an author chooses otherwise."""
    everywhere = frozenset().union(*permitted.values())
    listed = tuple(choose(code) for code in permitted)
    beside = tuple(each for each in listed if each.base is not Base.RESIDENTS)
    return Asked(
        measures=beside or listed,
        tables=first_tables(everywhere),
        census_on=census_on,
    )


def require_permitted(asked: Asked, permitted: Permitted) -> None:
    """Raise RuleBroken for what the agreement does not list (R-076), or for nothing."""
    if not asked.measures or not asked.tables:
        raise RuleBroken("Choose at least one measure and one table.")
    if len(asked.tables) > _MOST_TABLES:
        raise RuleBroken(
            f"Choose at most {_MOST_TABLES} tables. More of them hide more from each."
        )
    for measure in asked.measures:
        if measure.definition.code not in permitted:
            raise RuleBroken(
                f"The agreement does not list “{measure.definition.label}”. Leave it "
                "out, or amend the agreement."
            )
        if measure.unit not in UNITS:
            raise RuleBroken(
                f"“{measure.definition.label}” counts {measure.unit} as chosen, which "
                "cannot be protected in a release. Count children instead."
            )
    if len({measure.base is Base.RESIDENTS for measure in asked.measures}) > 1:
        raise RuleBroken(ALONE)
    require_apart(populations_of(asked))
    require_unrelated(asked.measures)
    everywhere = frozenset().union(*permitted.values())
    for table in asked.tables:
        if strange := [name for name in table if name not in everywhere]:
            raise RuleBroken(
                f"The agreement lists no measure by {strange[0]:.40}. Leave that table "
                "out, or amend the agreement (rule R-076)."
            )
        if len(table) > _MOST_CROSSED:
            raise RuleBroken("A table crosses at most two breakdowns. Choose smaller.")


def populations_of(asked: Asked) -> tuple[str, ...]:
    """Return whom the measures count, as releases print it."""
    return tuple(m.population for m in asked.measures if m.unit is not Unit.COUNT)


def shown_by(
    measures: Mapping[str, str],
    cells: Iterable[tuple[Iterable[str], Mapping[str, str]]],
    hierarchies: Mapping[str, Mapping[str, str]],
    grades: Mapping[str, str],
) -> tuple[tuple[str, str], ...]:
    """Return each measure, as agreements call it, with each breakdown it is shown by.

    measures: codes by id. cells: which measures stand there, and values by dimension.
    "" stands for all children together. grades: of each measure about a grade, by
    which it is not shown.
    """
    upper = {d: {*tree.values()} for d, tree in hierarchies.items()}
    names = {(dim, is_upper): name for name, (dim, is_upper) in BREAKDOWNS.items()}
    found = set()
    for keys, at in cells:
        by = {
            (dim, value): names.get(
                (dim, value in upper.get(dim, ())), names.get((dim, False), "")
            )
            for dim, value in at.items()
        }
        for key in keys:
            own = {n for at, n in by.items() if n and at != ("grade", grades.get(key))}
            found |= {(agreed_name(measures[key]), name) for name in own or {""}}
    return tuple(sorted(found))


def narrowed(counted: Counted, permitted: Permitted) -> Counted:
    """Return what was counted, each measure only where it is permitted."""
    dims = {
        code: frozenset(BREAKDOWNS[by][0] for by in each)
        for code, each in permitted.items()
    }
    own = {m.id: dims.get(m.definition.code, frozenset()) for m in counted.measures}
    apart = {m.population for m in counted.measures} | {POPULATION}
    # A measure about a grade stands in the cells of that grade, whatever the table.
    graded = {m.id for m in counted.measures if m.grade}
    cells = []
    for cell in counted.cells:
        of = {name for name, _ in cell.vector} - apart
        barred = {
            key
            for key in {*cell.x, *cell.sums, *cell.middles, *cell.untold}
            if not of - ({"grade"} if key in graded else set()) <= own[key]
        }
        cells.append(
            replace(
                cell,
                x={k: v for k, v in cell.x.items() if k not in barred},
                sums={k: v for k, v in cell.sums.items() if k not in barred},
                middles={k: v for k, v in cell.middles.items() if k not in barred},
                untold={k: v for k, v in cell.untold.items() if k not in barred},
            )
        )
    return replace(counted, cells=tuple(cells))


def weighed(counted: Counted) -> Counted:
    """Return the cells, with how dear each is to hide: rates are what is asked for.

    Of a group, those who are counted and all together, one is hidden where few are not
    counted. So it is of all children too, though their number is the total of all.
    """
    rated = {
        (cell.period, cell.base)
        for cell in counted.cells
        if (cell.x or cell.sums) and {value for _, value in cell.vector} == {COUNTED}
    }
    cells = []
    for cell in counted.cells:
        weight = cell.weight
        if cell.x or cell.sums:
            weight *= _RATED
        elif not cell.vector and (cell.period, cell.base) in rated:
            weight *= _OF_TOTAL
        cells.append(replace(cell, weight=weight))
    return replace(counted, cells=tuple(cells))


def to_record(asked: Asked) -> dict[str, Any]:
    """Return the choices as JSON values."""
    return {
        "measures": [[m.definition.code, dict(m.options)] for m in asked.measures],
        "tables": [list(table) for table in asked.tables],
        "census_on": asked.census_on.isoformat(),
        "residency": str(asked.residency),
        "residency_days": asked.residency_days,
        "mobility": str(asked.mobility),
        "comparison": str(asked.comparison),
        "programs": list(asked.programs),
        "next_census_on": str(asked.next_census_on or ""),
    }


def from_record(record: Mapping[str, Any]) -> Asked:
    """Return the choices that `to_record` wrote."""
    return Asked(
        measures=tuple(choose(code, **said) for code, said in record["measures"]),
        tables=tuple(tuple(each) for each in record["tables"]),
        census_on=date.fromisoformat(record["census_on"]),
        residency=Residency(record["residency"]),
        residency_days=record["residency_days"],
        mobility=Mobility(record["mobility"]),
        comparison=Comparison(record["comparison"]),
        programs=tuple(record["programs"]),
        next_census_on=_day(record["next_census_on"]),
    )


def _day(said: str) -> date | None:
    return date.fromisoformat(said) if said else None
