"""The tables of a dashboard, each a function of published text alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from indicators.measures.gaps import CANNOT_BE_TOLD, Gap
from indicators.published.choice import Choice, Shelf
from indicators.published.document import Document, Figure
from indicators.published.findings import change, scope
from indicators.published.rows import (
    Row,
    compared,
    gap_between,
    peers,
    residents,
    rows_of,
)
from indicators.published.wording import (
    POPULATION,
    mid,
    name_of_residents,
    name_of_whole,
    one_of,
    printed,
    printed_n,
)

PEERS_NAMED = "Peers"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of text; each row begins with the name of its group."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: tuple[str, ...] = ()

    @property
    def numbers(self) -> tuple[str, ...]:
        """The columns that hold figures: all but the first and those of words."""
        return tuple(c for c in self.columns[1:] if c not in self.words)


def whole_of(document: Document, measure: str, choice: Choice) -> Figure:
    """Return the figure of those with whom each group is compared."""
    return document.figure(measure, choice.period, choice.within)


def group_sheet(shelf: Shelf, choice: Choice, rows: Sequence[Row]) -> Sheet:
    """Return the table beneath the first chart, in the chart's order."""
    doc, about = shelf.document, choice.measure
    whole = whole_of(doc, about.id, choice)
    every = residents(doc, about.id, choice.period, choice.within)
    than = f"Than {mid(name_of_whole(doc))}"
    lines: list[tuple[str, ...]] = [
        (
            row.label,
            printed_n(row.figure.n),
            printed(row.figure.text),
            compared(row.figure, whole),
            said_gap(gap_between(row.figure, whole)),
        )
        for row in rows
    ]
    lines.append(_line(name_of_residents(doc), every))
    if POPULATION in doc.dims:
        found = peers(doc, about.id, choice.period, choice.within)
        lines += [_line(PEERS_NAMED, found), _line(name_of_whole(doc), whole)]
    by = choice.breakdown
    return Sheet(
        caption=f"{titled(doc, choice)}, school year {choice.period}"
        f"{scope(doc, choice)}",
        columns=(
            one_of(by.name).capitalize() if by else "Group",
            "Children counted",
            about.label,
            than,
            "Difference",
        ),
        rows=tuple(lines),
        words=(than,),
    )


def _line(name: str, figure: Figure) -> tuple[str, ...]:
    return (name, printed_n(figure.n), printed(figure.text), "–", "–")


def titled(document: Document, choice: Choice) -> str:
    """Return the measure and the breakdown as the beginning of a caption."""
    by = choice.breakdown
    return f"{choice.measure.label}{f' by {one_of(by.name)}' if by else ''}"


def said_gap(found: Gap | None) -> str:
    """Return a gap in points, or that it cannot be told."""
    return CANNOT_BE_TOLD if found is None else str(found)


def years_of(shelf: Shelf, choice: Choice) -> tuple[str, ...]:
    """Return the school years in which the measure stands, in order."""
    return tuple(
        p for p in shelf.document.periods if (p, choice.measure.id) in shelf.crossings
    )


def unlike(document: Document, years: Sequence[str]) -> str:
    """Return, for the end of a caption, that years do not follow the same rules."""
    return "" if document.is_alike(*years) else ", counted by different rules"


def series_of(
    shelf: Shelf,
    choice: Choice,
    at: Mapping[str, str],
    name: str,
    beside: Mapping[str, str],
) -> list[tuple[str, tuple[Figure, ...]]]:
    """Return a group over the years, and those with whom it is compared: `beside`."""
    doc, key, years = shelf.document, choice.measure.id, years_of(shelf, choice)
    own = tuple(residents(doc, key, year, at) for year in years)
    found = [(name, own)]
    if POPULATION in doc.dims:
        others = tuple(peers(doc, key, year, beside) for year in years)
        found.append((PEERS_NAMED, others))
    elif at != beside:
        whole = tuple(doc.figure(key, year, beside) for year in years)
        found.append((name_of_residents(doc), whole))
    return found


def years_sheet(
    shelf: Shelf,
    choice: Choice,
    series: Sequence[tuple[str, Sequence[Figure]]],
    name: str,
) -> Sheet:
    """Return the table beneath a chart over years: a row for each year."""
    return Sheet(
        caption=f"{choice.measure.label} of {name} by school year"
        f"{unlike(shelf.document, years_of(shelf, choice))}",
        columns=("School year", *(name for name, _ in series)),
        rows=tuple(
            (year, *(printed(figures[n].text) for _, figures in series))
            for n, year in enumerate(years_of(shelf, choice))
        ),
    )


def trends_sheet(shelf: Shelf, choice: Choice) -> Sheet | None:
    """Return each group over the years; None where there is one year, or no group."""
    years = years_of(shelf, choice)
    if len(years) < 2 or choice.breakdown is None:
        return None
    found = {
        year: {row.value: row for row in rows_of(shelf, choice, period=year)}
        for year in years
    }
    doc, dim, key = shelf.document, choice.breakdown.dim, choice.measure.id
    names = {v: doc.label(dim, v) for rows in found.values() for v in rows}
    lines = []
    for value, label in sorted(names.items(), key=lambda n: (n[1].casefold(), n[0])):
        at = {**choice.within, dim: value}
        figures = [residents(doc, key, year, at) for year in years]
        texts = (printed(figure.text) for figure in figures)
        ends = (years[0], figures[0]), (years[-1], figures[-1])
        lines.append((label, *texts, change(doc, *ends)))
    moved = f"From {years[0]} to {years[-1]}"
    return Sheet(
        caption=f"{titled(doc, choice)} and school year{scope(doc, choice)}"
        f"{unlike(doc, years)}",
        columns=(one_of(choice.breakdown.name).capitalize(), *years, moved),
        rows=tuple(lines),
        words=(moved,),
    )
