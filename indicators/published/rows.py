"""The figures of a choice: groups, all together, peers; text alone."""

from collections.abc import Mapping
from dataclasses import dataclass

from indicators.disclosure.table import Band, Mark
from indicators.measures.gaps import Gap, gap, standing
from indicators.published.choice import Breakdown, Choice, Shelf
from indicators.published.document import Document, Figure
from indicators.published.wording import ASSISTED, PEERS, POPULATION

HIGHER, LOWER, OPEN = "Higher", "Lower", "Cannot be told"


@dataclass(frozen=True, slots=True)
class Row:
    """One group: its name, and what is printed of it."""

    value: str
    label: str
    figure: Figure

    @property
    def band(self) -> Band | None:
        """Return the rate as a band, or None where a word stands in its place."""
        return band_of(self.figure)


def band_of(figure: Figure) -> Band | None:
    """Return a figure's rate as a band, or None where a word stands in its place."""
    return figure.text if isinstance(figure.text, Band) else None


def residents(
    document: Document, measure: str, period: str, at: Mapping[str, str]
) -> Figure:
    """Return the figure of those whom the breakdowns divide, in one group."""
    return document.figure(measure, period, {**at, **of_population(document, ASSISTED)})


def peers(
    document: Document, measure: str, period: str, at: Mapping[str, str]
) -> Figure:
    """Return the figure of those with whom residents are compared, if they stand."""
    if POPULATION not in document.dims:
        return Figure(Mark.NO_DATA, Mark.NO_DATA)
    return document.figure(measure, period, {**at, **of_population(document, PEERS)})


def of_population(document: Document, value: str) -> Mapping[str, str]:
    """Return the part of a group's values that says whose figure it is."""
    return {POPULATION: value} if POPULATION in document.dims else {}


def rows_of(
    shelf: Shelf,
    choice: Choice,
    *,
    measure: str = "",
    period: str = "",
    breakdown: Breakdown | None = None,
) -> tuple[Row, ...]:
    """Return the groups of the chosen breakdown, in order of their names."""
    breakdown = breakdown or choice.breakdown
    if breakdown is None:
        return ()
    doc, period = shelf.document, period or choice.period
    return tuple(
        Row(
            value,
            doc.label(breakdown.dim, value),
            residents(
                doc,
                measure or choice.measure.id,
                period,
                {**choice.within, breakdown.dim: value},
            ),
        )
        for value in shelf.values(breakdown, period, choice.within)
    )


def by_band(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Return the rows with the highest band first, then by name; words last."""
    return tuple(
        sorted(
            rows,
            key=lambda row: (
                row.band is None,
                -(row.band.low if row.band else 0),
                -(row.band.high if row.band else 0),
                row.label.casefold(),
                row.value,
            ),
        )
    )


def compared(figure: Figure, whole: Figure) -> str:
    """Return in a word whether a rate is surely higher or lower than another."""
    one, two = band_of(figure), band_of(whole)
    if one is None or two is None:
        return OPEN
    if one.low > two.high:
        return HIGHER
    return LOWER if one.high < two.low else OPEN


def gap_between(figure: Figure, other: Figure) -> Gap | None:
    """Return by how many points one rate lies above another, as a range."""
    return gap(band_of(figure), band_of(other))


def stands(figure: Figure, other: Figure, *, is_lower_better: bool) -> str:
    """Return whether the first stands better or worse, or that it cannot be told."""
    return standing(band_of(figure), band_of(other), is_lower_better=is_lower_better)
