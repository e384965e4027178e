"""What a dashboard gives away as files: sheets, and the whole document."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from indicators.published.document import Document, to_record
from indicators.published.page import Page
from indicators.published.parts import Sheet
from indicators.published.wording import defined

YEARS, TRENDS, CROSSED = "years", "years-by-group", "crossed"
GAPS, WELL, EIGHT = "gaps", "strengths", "case-study"
# On paper; the first column heads the rows.
_MOST_COLUMNS = 6
TARGETS, SERVICES = "targets", "services"


def sheet_of(page: Page, code: str) -> Sheet | None:
    """Return the sheet of a page that a file's name asks for; None if it has none."""
    if code == page.groups.code:
        return page.groups.sheet
    if code == YEARS:
        return page.years[0].sheet
    if code == CROSSED and page.heat is not None:
        heat = page.heat
        rows = tuple((n, *(each.text for each in cells)) for n, cells in heat.rows)
        return Sheet(heat.caption, (heat.corner, *heat.columns), rows)
    known = {
        TRENDS: page.trends,
        GAPS: page.gaps,
        WELL: page.well,
        EIGHT: page.eight,
        TARGETS: page.steps,
        SERVICES: page.outcomes,
    }
    return known.get(code)


def printed_sheets(page: Page) -> tuple[Sheet, ...]:
    """Return the tables of a page for paper; wide ones go on in a further table."""
    heat = sheet_of(page, CROSSED) if page.heat else None
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
