"""Groups beside each other and beside peers: heat table, gaps, the eight metrics."""

from collections.abc import Sequence
from dataclasses import dataclass

from indicators.measures.gaps import CANNOT_BE_TOLD
from indicators.published.choice import Breakdown, Choice, Shelf
from indicators.published.document import Figure, PublishedMeasure
from indicators.published.findings import crossed, scope
from indicators.published.parts import PEERS_NAMED, Sheet, said_gap, whole_of
from indicators.published.rows import (
    OPEN,
    band_of,
    compared,
    gap_between,
    peers,
    residents,
    rows_of,
    stands,
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

# Each of the eight, and the measures that stand for it. Source: Road Map, case study.
EIGHT = (
    ("Reading on grade level by third grade", ("reading_grade_3",)),
    ("Proficient in reading by eighth grade", ("reading_grade_8",)),
    ("Proficient in math by eighth grade", ("math_grade_8",)),
    ("Graduating high school, and on time", ("on_time_graduation", "graduation_ever")),
    ("Starting school on time", ("starting_on_time",)),
    ("Chronic absence", ("chronic_absence",)),
    ("Suspended or expelled", ("suspension",)),
    ("Dropping out", ("dropout",)),
)
NOT_HELD = "Not in this release"
_SHADES = 5


@dataclass(frozen=True, slots=True)
class Shade:
    """A cell of a heat table. shade: from 1 to 5 by its band, 0 for a word."""

    text: str
    shade: int


@dataclass(frozen=True, slots=True)
class Heat:
    """Pairs of groups with their rates as text, shaded by it."""

    finding: str
    caption: str
    corner: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Shade, ...]], ...]


@dataclass(frozen=True, slots=True)
class Standout:
    """One group whose rate surely differs from that of those it is compared with."""

    group: str
    measure: PublishedMeasure
    figure: Figure
    other: Figure
    than: str
    least: float


def across_of(shelf: Shelf, choice: Choice) -> Breakdown | None:
    """Return the breakdown with which the chosen one is crossed, the school first."""
    own = choice.breakdown
    if own is None:
        return None
    for name, each in shelf.breakdowns.items():
        is_other = each.dim != own.dim and each.dim not in choice.within
        if is_other and shelf.is_told(choice, name):
            if name == "level" and shelf.is_told(choice, "school"):
                return shelf.breakdowns["school"]
            return each
    return None


def heat_of(shelf: Shelf, choice: Choice) -> Heat | None:
    """Return the chosen breakdown crossed with another; None where none stands."""
    own, other = choice.breakdown, across_of(shelf, choice)
    if own is None or other is None:
        return None
    doc, about = shelf.document, choice.measure
    values = shelf.values(own, choice.period, choice.within)
    columns = shelf.crossed_with(own, other, choice.period, choice.within)
    rows, figures = [], []
    for value in values:
        at = {**choice.within, own.dim: value}
        found = [
            residents(doc, about.id, choice.period, {**at, other.dim: column})
            for column in columns
        ]
        figures += found
        cells = tuple(Shade(printed(each.text), shade_of(each)) for each in found)
        rows.append((doc.label(own.dim, value), cells))
    return Heat(
        finding=crossed(
            doc,
            choice,
            (own.name, other.name),
            figures,
            whole_of(doc, about.id, choice),
        ),
        caption=f"{about.label} by {one_of(own.name)} and {one_of(other.name)}, school "
        f"year {choice.period}{scope(doc, choice)}",
        corner=one_of(own.name).capitalize(),
        columns=tuple(doc.label(other.dim, column) for column in columns),
        rows=tuple(rows),
    )


def shade_of(figure: Figure) -> int:
    """Return how dark a cell is: by the middle of its band, in five equal steps."""
    band = band_of(figure)
    if band is None:
        return 0
    return min(_SHADES, 1 + (band.low + band.high) * _SHADES // 200)


def standouts(shelf: Shelf, choice: Choice) -> tuple[list[Standout], list[Standout]]:
    """Return groups that surely stand worse, and those that surely stand better.

    Over all measures, the surest first, then by name. Groups are compared with peers
    where these stand, else with all together.
    """
    doc = shelf.document
    worse: list[Standout] = []
    better: list[Standout] = []
    for about in shelf.measures:
        whole = whole_of(doc, about.id, choice)
        other, than = peers(doc, about.id, choice.period, choice.within), PEERS_NAMED
        if band_of(other) is None:
            other, than = whole, name_of_whole(doc)
        every = residents(doc, about.id, choice.period, choice.within)
        named = [
            (row.label, row.figure) for row in rows_of(shelf, choice, measure=about.id)
        ]
        if than == PEERS_NAMED:
            named.append((name_of_residents(doc), every))
        for label, figure in named:
            if compared(figure, other) == OPEN:
                continue
            word = stands(figure, other, is_lower_better=about.is_lower_better)
            found = gap_between(figure, other)
            if found is None or word == CANNOT_BE_TOLD:
                continue
            least = max(found.low, -found.high)
            one = Standout(label, about, figure, other, than, least)
            (better if word == "Better" else worse).append(one)
    for each in (worse, better):
        each.sort(key=lambda s: (-s.least, s.group.casefold(), s.measure.id))
    return worse, better


def standouts_sheet(found: Sequence[Standout], caption: str, most: int) -> Sheet | None:
    """Return the first of them as a table; None where there is none."""
    if not found:
        return None
    rest = f". The {most} surest of {len(found)}" if len(found) > most else ""
    return Sheet(
        caption=f"{caption}{rest}",
        columns=("Where", "Measure", "Rate", "Compared with", "At least apart"),
        rows=tuple(
            (
                each.group,
                each.measure.label,
                printed(each.figure.text),
                f"{each.than}: {printed(each.other.text)}",
                f"{each.least:g} points",
            )
            for each in found[:most]
        ),
        words=("Measure", "Compared with"),
    )


def eight_sheet(shelf: Shelf, choice: Choice) -> Sheet:
    """Return the eight metrics of the case study, for all residents of the year."""
    doc, lines = shelf.document, []
    name = PEERS_NAMED if POPULATION in doc.dims else "Peers (not in this release)"
    for label, codes in EIGHT:
        held = [m for m in shelf.measures if m.code in codes]
        for about in held:
            own = residents(doc, about.id, choice.period, {})
            other = peers(doc, about.id, choice.period, {})
            better = about.is_lower_better
            lines.append(
                (
                    label if len(held) == 1 else f"{label}: {about.label}",
                    printed_n(own.n),
                    printed(own.text),
                    printed(other.text),
                    said_gap(gap_between(own, other)),
                    stands(own, other, is_lower_better=better),
                )
            )
        if not held:
            lines.append((label, "–", NOT_HELD, "–", "–", "–"))
    return Sheet(
        caption="The eight metrics of the case study, "
        f"{mid(name_of_residents(doc))}, school year {choice.period}",
        columns=(
            "Metric",
            "Children counted",
            "Residents",
            name,
            "Gap",
            "Residents stand",
        ),
        rows=tuple(lines),
        words=("Residents stand",),
    )
