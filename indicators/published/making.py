"""From what was counted and what may be printed of it to the document of a release."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from indicators.disclosure.release_file import Cell as Printed
from indicators.disclosure.table import Band, Mark
from indicators.measures.counted import Cell, Counted
from indicators.measures.declarations import Report
from indicators.measures.definitions import Base, Measure, Unit
from indicators.measures.dimensions import ASSISTED, BREAKDOWNS, POPULATION
from indicators.measures.figures import State
from indicators.published.document import (
    Document,
    PublishedCell,
    PublishedMeasure,
    Vector,
)

# Whom a measure counts is a dimension, too, which nobody can leave out.
_ASKED = frozenset(dim for dim, _ in BREAKDOWNS.values())
_WORDS = {State.MISSING: Mark.NO_DATA, State.NOT_YET: Mark.NOT_YET}


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a release is called, and the names of its places, by dimension and code."""

    name: str
    threshold: int
    labels: Mapping[str, Mapping[str, str]]


def made(
    counted: Counted,
    printed: Sequence[Printed],
    *,
    report: Report,
    dims: Sequence[str],
    named: Named,
) -> Document:
    """Return the document of what was counted, with what is printed of each cell.

    printed: in the order of the cells counted. dims: in the order of the release file.
    """
    measures = tuple(published(each) for each in counted.measures)
    nowhere = _told_nowhere(counted)
    return Document(
        name=named.name,
        threshold=named.threshold,
        as_of=report.as_of.isoformat(),
        declared=report.sentences(),
        dims=tuple(dims),
        nonadditive=counted.nonadditive,
        hierarchies={d: dict(tree) for d, tree in counted.hierarchies.items()},
        labels=labels_of((c.vector for c in counted.cells), named.labels),
        measures=measures,
        cells=tuple(
            _cell(cell, shown, nowhere)
            for cell, shown in zip(counted.cells, printed, strict=True)
        ),
    )


def labels_of(
    vectors: Iterable[Vector], listed: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, str]]:
    """Return the names of the values that are there, of those that have one."""
    found: dict[str, dict[str, str]] = {}
    for vector in vectors:
        for dim, value in vector:
            if value in listed.get(dim, {}):
                found.setdefault(dim, {})[value] = listed[dim][value]
    return {dim: dict(sorted(names.items())) for dim, names in sorted(found.items())}


def published(measure: Measure) -> PublishedMeasure:
    """Return a chosen measure as readers see it."""
    is_of_all = measure.unit is Unit.COUNT
    return PublishedMeasure(
        id=measure.id,
        code=measure.definition.code,
        label=measure.definition.label,
        numerator=measure.numerator,
        denominator=measure.denominator,
        population="" if is_of_all else measure.population,
        unit=str(measure.unit),
        source=measure.definition.source,
        is_lower_better=measure.definition.is_lower_better,
        is_case_study=measure.definition.is_case_study,
        grade=measure.grade,
    )


def _told_nowhere(counted: Counted) -> frozenset[str]:
    told = {key for cell in counted.cells for key in (*cell.x, *cell.sums)}
    return frozenset({m.id for m in counted.measures} - told)


def _cell(cell: Cell, shown: Printed, nowhere: frozenset[str]) -> PublishedCell:
    is_hidden = shown.n is None
    rates: dict[str, Band | Mark] = {}
    for key in (*cell.x, *cell.sums):
        rates[key] = printed_rate(shown.n, shown.rate.get(key))
    for key, state in cell.untold.items():
        # That nobody of a hidden group is counted would tell of each of them.
        is_told_of = is_hidden and key not in nowhere
        rates[key] = Mark.SUPPRESSED if is_told_of else _WORDS[state]
    return PublishedCell(
        table=cell.table,
        period=cell.period,
        base=cell.base,
        vector=cell.vector,
        n=Mark.SUPPRESSED if shown.n is None else shown.n,
        rates=dict(sorted(rates.items())),
    )


def printed_rate(n: int | None, text: str | None) -> Band | Mark:
    """Return what is printed of a rate; of nobody there is none."""
    if n == 0:
        return Mark.NO_DATA
    return Mark.SUPPRESSED if text is None else Band.parse(text)


def differing(document: Document, earlier: Document) -> tuple[str, ...]:
    """Return the tables in which groups of both are printed otherwise now.

    A table stands there as often as it has such groups. Who compares with nobody
    counts residents.
    """
    is_compared = POPULATION in {*document.dims, *earlier.dims}
    now, before = (_of_residents(each, is_compared) for each in (document, earlier))
    found = []
    for key, cell in before.items():
        other = now.get(key)
        if other is None:
            continue
        both = cell.rates.keys() & other.rates.keys()
        is_same = cell.n == other.n and all(
            str(cell.rates[code]) == str(other.rates[code]) for code in both
        )
        if not is_same:
            found.append(cell.table)
    return tuple(found)


def _of_residents(
    document: Document, is_compared: bool
) -> dict[tuple[str, str, Vector], PublishedCell]:
    """Return the cells by their groups, with who is counted in each of them."""
    lacks = is_compared and POPULATION not in document.dims
    found = {}
    for cell in document.cells:
        more = (
            ((POPULATION, ASSISTED),) if lacks and cell.base != Base.RESIDENTS else ()
        )
        vector = tuple(sorted((*cell.vector, *more)))
        found[cell.base, cell.period, vector] = cell
    return found


def audit_of(
    report: Mapping[str, Any], cells: Sequence[PublishedCell]
) -> dict[str, Any]:
    """Return what reviewers, and nobody else, read of an audit that found nothing."""
    hidden = {(c.base, c.period, c.vector) for c in cells if c.n is Mark.SUPPRESSED}
    return {
        "clean": True,
        "narrowest": report["narrowest n"],
        "narrowest_x": report["narrowest x"],
        "first": report["primaries"],
        "second": report["secondaries"],
        "hidden": len(hidden),
        "known": list(report["known beforehand"]),
        "collapses": [
            each for each in report.get("collapses", ()) if each["dim"] in _ASKED
        ],
    }
