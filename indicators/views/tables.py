"""Published tables as rows of text: the one form for page, chart and file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from indicators.disclosure.table import (
    Band,
    Mark,
    ProtectedCell,
    ProtectedTable,
    Rate,
    Unit,
)
from indicators.measures.definitions import Base
from indicators.measures.dimensions import (
    ASSISTED,
    BREAKDOWNS,
    OF_HOUSING,
    PEERS,
    POPULATION,
)
from indicators.published.document import Document, PublishedCell, PublishedMeasure
from indicators.published.wording import ALL_CHILDREN

CHILDREN = "Children"
_CROSSED = " × "
_WHOM = {str(Base.ENROLLED): "Children", str(Base.RESIDENTS): "Children sent"}
_WHOLE = {"": ALL_CHILDREN, ASSISTED: ALL_CHILDREN, PEERS: "All other students"}


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A published table as text; `rows` begin with the group's label."""

    code: str
    caption: str
    columns: tuple[str, ...]
    numbers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class TableOf:
    """A table, and how many children its rates are shares of.

    populations: whom rates count, where that is not everybody in a group. counts: of
    these, by the key of the group.
    """

    table: ProtectedTable
    populations: tuple[str, ...]
    counts: Mapping[str, tuple[str, ...]]


def tables_of(document: Document) -> Iterator[TableOf]:
    """Yield the tables of a document: of the residents, and of others if compared."""
    is_compared = POPULATION in document.dims
    for name in sorted(document.tables, key=lambda each: each.count(_CROSSED)):
        breakdowns = name.split(_CROSSED)
        if not {*breakdowns} <= BREAKDOWNS.keys():
            continue  # the total, which stands in each table
        dims = {BREAKDOWNS[each][0] for each in breakdowns}
        for period, base in sorted({(c.period, c.base) for c in document.cells}):
            has_others = is_compared and base != Base.RESIDENTS
            for whose in (ASSISTED, PEERS) if has_others else ("",):
                if whose != PEERS or not dims & OF_HOUSING:
                    table = _table(document, breakdowns, (period, base), whose)
                    if table.table.groups:
                        yield table


def _table(
    document: Document, breakdowns: list[str], key: tuple[str, str], whose: str
) -> TableOf:
    period, base = key
    dims = [BREAKDOWNS[each][0] for each in breakdowns]
    of = {POPULATION: whose} if whose else {}
    wanted = {*dims, *of}
    groups = []
    for cell in document.cells:
        at = dict(cell.vector)
        is_here = (cell.period, cell.base) == key
        is_group = is_here and at.keys() == wanted and of.items() <= at.items()
        if is_group and all(_is_level(document, each, at) for each in breakdowns):
            groups.append(cell)
    told = [m for m in document.measures if m.unit in {*Unit}]
    code, words = "-".join(breakdowns), " and ".join(breakdowns)
    if base != Base.ENROLLED:
        code = f"{code}-{base.replace(' ', '-')}"
    whom = _WHOM.get(base, base.capitalize())
    measures = [m for m in told if any(_is_told(document, m, g) for g in groups)]
    table = ProtectedTable(
        code=f"{code}-others" if whose == PEERS else code,
        title=f"{'Other students' if whose == PEERS else whom} by {words}",
        dimension=words,
        school_year=period,
        rates=tuple(Rate(m.id, m.label, Unit(m.unit)) for m in measures),
        groups=tuple(
            sorted(
                (_cell(document, measures, cell, dims) for cell in groups),
                key=lambda each: (each.label.casefold(), each.key),
            )
        ),
        total=_total(document, measures, key, of),
    )
    populations = {m.population: m.id for m in measures if m.population}
    groups_at = [dict(cell.vector) for cell in groups]
    keyed = {"/".join(at[dim] for dim in dims): at for at in groups_at} | {"all": of}
    return TableOf(
        table,
        tuple(populations),
        {
            name: tuple(
                _number(document.figure(measure, period, each).n)
                for measure in populations.values()
            )
            for name, each in keyed.items()
        },
    )


def _is_level(document: Document, breakdown: str, at: dict[str, str]) -> bool:
    dim, is_upper = BREAKDOWNS[breakdown]
    tree = document.hierarchies.get(dim, {})
    return not tree or (at[dim] in tree.values()) == is_upper


def _is_told(
    document: Document, measure: PublishedMeasure, cell: PublishedCell
) -> bool:
    return measure.id in cell.rates or bool(
        document.figure(measure.id, cell.period, dict(cell.vector)).text
        is not Mark.NO_DATA
    )


def _cell(
    document: Document,
    measures: list[PublishedMeasure],
    cell: PublishedCell,
    dims: list[str],
) -> ProtectedCell:
    at = dict(cell.vector)
    label = " · ".join(document.label(dim, at[dim]) for dim in dims)
    return ProtectedCell(
        key="/".join(at[dim] for dim in dims),
        label=label,
        n=cell.n,
        rates={m.id: _text(document, m, cell.period, at) for m in measures},
    )


def _total(
    document: Document,
    measures: list[PublishedMeasure],
    key: tuple[str, str],
    of: dict[str, str],
) -> ProtectedCell:
    period, base = key
    return ProtectedCell(
        key="all",
        label=_WHOLE[of.get(POPULATION, "")],
        n=document.children(period, of, base=base),
        rates={m.id: _text(document, m, period, of) for m in measures},
    )


def _text(
    document: Document, measure: PublishedMeasure, period: str, at: dict[str, str]
) -> Band | Mark:
    text = document.figure(measure.id, period, at).text
    return Mark.NO_DATA if text is None else text


def shown_table(of: TableOf) -> ShownTable:
    """Return a published table with every value as it is printed."""
    table = of.table
    numbers = (
        CHILDREN,
        *(f"{CHILDREN} {population}" for population in of.populations),
        *(f"{rate.label} (percent)" for rate in table.rates),
    )
    return ShownTable(
        code=table.code,
        caption=f"{table.title}, school year {table.school_year}",
        columns=(table.dimension.capitalize(), *numbers),
        numbers=numbers,
        rows=tuple(_row(cell, of) for cell in (*table.groups, table.total)),
    )


def _row(cell: ProtectedCell, of: TableOf) -> tuple[str, ...]:
    return (
        cell.label,
        _number(cell.n),
        *of.counts[cell.key],
        *(str(cell.rates[rate.code]) for rate in of.table.rates),
    )


def totals_of(document: Document) -> ShownTable:
    """Return how many children are printed in each school year, in all."""
    is_compared = POPULATION in document.dims
    of = {POPULATION: ASSISTED} if is_compared else {}
    bases = sorted({cell.base for cell in document.cells})
    columns = tuple(_WHOM.get(base, base.capitalize()) for base in bases)
    return ShownTable(
        code="all",
        caption=f"{ALL_CHILDREN}, by school year",
        columns=("School year", *columns),
        numbers=columns,
        rows=tuple(
            (year, *(_number(document.children(year, of, base=b)) for b in bases))
            for year in document.periods
        ),
    )


def _number(n: int | Mark) -> str:
    return str(n) if isinstance(n, Mark) else f"{n:,}"
