"""What a dashboard gives away as files: sheets, and the whole document."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from indicators.measures.definitions import Base
from indicators.published.choice import Choice, Shelf
from indicators.published.document import Document, to_record
from indicators.published.findings import scope
from indicators.published.page import Page
from indicators.published.parts import Sheet
from indicators.published.rows import rows_of
from indicators.published.wording import (
    POPULATION,
    defined,
    name_of_residents,
    one_of,
    printed_n,
)

YEARS, TRENDS, CROSSED = "years", "years-by-group", "crossed"
GAPS, WELL, EIGHT = "gaps", "strengths", "case-study"
# On paper; the first column heads the rows.
_MOST_COLUMNS = 6
TARGETS, SERVICES = "targets", "services"
# The children of a group, by whom its cells are about.
_WHOM = {
    str(Base.ENROLLED): "Children enrolled",
    str(Base.CLASS): "Students of the class",
    str(Base.RESIDENTS): "Children sent",
}


def sheet_of(document: Document, page: Page, code: str) -> Sheet | None:
    """Return the sheet of a page that a file's name asks for; None if it has none.

    A breakdown's name asks for all measures of its groups.
    """
    if code == YEARS:
        return page.years[0].sheet
    if code == CROSSED and page.heat is not None:
        heat = page.heat
        rows = tuple((n, *(each.text for each in cells)) for n, cells in heat.rows)
        return Sheet(heat.caption, (heat.corner, *heat.columns), rows)
    shelf, choice = Shelf(document), page.choice
    if choice.breakdown is not None and code == choice.breakdown.name:
        return groups_sheet(shelf, choice)
    known = {
        TRENDS: page.trends,
        GAPS: page.gaps,
        WELL: page.well,
        EIGHT: page.eight,
        TARGETS: page.steps,
        SERVICES: page.outcomes,
    }
    return known.get(code)


def groups_sheet(shelf: Shelf, choice: Choice) -> Sheet:
    """Return every measure of the chosen breakdown, a row for each group by name.

    A measure that counts others than the children of the second column says how many.
    """
    doc, by = shelf.document, choice.breakdown
    assert by is not None
    sets = shelf.crossings
    held = [
        m for m in shelf.measures if {by.name} in sets.get((choice.period, m.id), ())
    ]
    whole = {} if POPULATION not in doc.dims else {POPULATION: "assisted"}
    bases = {cell.base for cell in doc.cells if cell.period == choice.period}
    base = str(Base.ENROLLED) if Base.ENROLLED in bases else min(bases)
    of_others = {m for c in doc.cells if c.base != base for m in c.rates} | {
        about.id for about in held if about.population
    }
    labels = {row.value: row.label for row in rows_of(shelf, choice)}
    lines = []
    for value, label in [*labels.items(), ("", name_of_residents(doc))]:
        at = {**choice.within, **whole, **({by.dim: value} if value else {})}
        line = [label, printed_n(doc.children(choice.period, at, base=base))]
        for about in held:
            found = doc.figure(about.id, choice.period, at)
            line += [printed_n(found.n)] if about.id in of_others else []
            line.append(str(found.text))
        lines.append(tuple(line))
    columns = [one_of(by.name).capitalize(), _WHOM.get(base, "Children counted")]
    for about in held:
        columns += [f"{about.label} (children)"] if about.id in of_others else []
        columns.append(f"{about.label} (percent)")
    return Sheet(
        caption=f"By {one_of(by.name)}, school year {choice.period}"
        f"{scope(doc, choice)}",
        columns=tuple(columns),
        rows=tuple(lines),
    )


def printed_sheets(document: Document, page: Page) -> tuple[Sheet, ...]:
    """Return the tables of a page for paper; wide ones go on in a further table."""
    heat = sheet_of(document, page, CROSSED) if page.heat else None
    found = (
        page.groups.sheet,
        page.years[0].sheet,
        page.trends,
        heat,
        page.steps,
        page.outcomes,
        page.gaps,
        page.well,
        page.eight,
    )
    return narrowed(sheet for sheet in found if sheet)


def narrowed(sheets: Iterable[Sheet]) -> tuple[Sheet, ...]:
    """Return tables for paper; wide ones go on in a further table."""
    return tuple(part for sheet in sheets for part in _narrow(sheet))


def _narrow(sheet: Sheet) -> Iterator[Sheet]:
    """Yield a table in parts of so many columns, each with the names of its rows."""
    last = len(sheet.columns)
    for start in range(1, max(last, 2), _MOST_COLUMNS):
        end = min(start + _MOST_COLUMNS, last)
        part = f", columns {start} to {end - 1}" if last > _MOST_COLUMNS + 1 else ""
        yield Sheet(
            caption=f"{sheet.caption}{part}",
            columns=(sheet.columns[0], *sheet.columns[start:end]),
            rows=tuple((row[0], *row[start:end]) for row in sheet.rows),
        )


def definitions(document: Document) -> list[tuple[str, str]]:
    """Return each measure with what it counts, and among whom."""
    return [
        (
            each.label,
            f"{defined(each)} Source of the definition: {each.source}.",
        )
        for each in document.measures
    ]


def record_of(
    document: Document, about: Sequence[tuple[str, str]], marks: Mapping[str, str]
) -> dict[str, Any]:
    """Return the whole document as JSON values, with what is to be known of it.

    marks: what each word means that stands in place of a number.
    """
    return {
        "about": dict(about),
        "words": dict(marks),
        "document": to_record(document),
    }
