"""A dashboard as a model, from published text: question, answer, charts, tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

from indicators.published import comparing, parts, pictures
from indicators.published.choice import Choice, Filter, Shelf, choose, filters
from indicators.published.comparing import Heat
from indicators.published.document import Document, Figure
from indicators.published.findings import (
    answer,
    over_years,
    question,
    scope,
    standing_out,
)
from indicators.published.goal_sheets import outcomes_sheet, steps_sheet
from indicators.published.goals import Intervention, Target, group_of
from indicators.published.linkage import widened
from indicators.published.parts import Sheet
from indicators.published.rows import Row, band_of, by_band, residents, rows_of
from indicators.published.wording import mid, name_of_residents, name_of_whole

# More lines than this are counted instead of listed.
MOST_LISTED = 10
# The name of the first table's file where nothing is broken down.
_NO_GROUPS = "together"


@dataclass(frozen=True, slots=True)
class Groups:
    """The first chart: a bar for each group. code: the name of its table as a file."""

    code: str
    finding: str
    picture: pictures.Bands
    sheet: Sheet
    thin: str


@dataclass(frozen=True, slots=True)
class Years:
    """A chart over school years, of all residents or of a target's group."""

    id: str
    finding: str
    picture: pictures.Trend
    sheet: Sheet
    done: tuple[Intervention, ...]

    @property
    def is_drawn(self) -> bool:
        """Whether there is more to see than one year by itself."""
        drawn = self.picture
        return len(drawn.years) > 1 or bool(drawn.targets or drawn.markers)


@dataclass(frozen=True, slots=True)
class Page:
    """All that a dashboard shows of a choice."""

    choice: Choice
    whole_name: str
    question: str
    answer: str
    filters: tuple[Filter, ...]
    rows: tuple[Row, ...]
    groups: Groups
    years: tuple[Years, ...]
    trends: Sheet | None
    heat: Heat | None
    gaps: Sheet | None
    well: Sheet | None
    eight: Sheet
    steps: Sheet | None
    outcomes: Sheet | None


def page_of(
    document: Document,
    asked: Mapping[str, str],
    *,
    targets: Sequence[Target] = (),
    interventions: Sequence[Intervention] = (),
    shares: Mapping[str, tuple[float, float]] | None = None,
) -> Page | None:
    """Return the page of what was asked; None where the document publishes no rate.

    shares: of a school year, the least shares of links that are right, and of children
    found.
    """
    shelf = Shelf(document)
    choice = choose(shelf, asked)
    if choice is None:
        return None
    about = choice.measure
    rows = by_band(rows_of(shelf, choice))
    whole = parts.whole_of(document, about.id, choice)
    every = residents(document, about.id, choice.period, choice.within)
    worse, better = comparing.standouts(shelf, choice)
    aimed = [each for each in targets if each.measure == about.id]
    where = f"school year {choice.period}{scope(document, choice)}"
    return Page(
        choice=choice,
        whole_name=mid(name_of_whole(document)) + scope(document, choice),
        question=question(choice),
        answer=answer(document, choice, rows, whole, every),
        filters=filters(shelf, choice),
        rows=rows,
        groups=_groups(
            shelf, choice, rows, every, whole, (shares or {}).get(choice.period)
        ),
        years=_years(shelf, choice, aimed, interventions),
        trends=parts.trends_sheet(shelf, choice),
        heat=comparing.heat_of(shelf, choice),
        gaps=comparing.standouts_sheet(worse, f"Largest gaps, {where}", MOST_LISTED),
        well=comparing.standouts_sheet(
            better, f"Where students do well, {where}", MOST_LISTED
        ),
        eight=comparing.eight_sheet(shelf, choice),
        steps=steps_sheet(document, about.label, aimed),
        outcomes=outcomes_sheet(document, about, interventions),
    )


def _groups(
    shelf: Shelf,
    choice: Choice,
    rows: tuple[Row, ...],
    every: Figure,
    whole: Figure,
    shares: tuple[float, float] | None,
) -> Groups:
    doc = shelf.document
    band, thin = band_of(every), None
    # The shares hold for all links, and so for nobody less than all who were linked.
    if band and shares and not choice.within and not choice.measure.population:
        thin = widened(band, right=shares[0], found=shares[1])
    said = ""
    if thin is not None:
        said = (
            f"With wrong and missed links allowed for, the rate of "
            f"{mid(name_of_residents(doc))} lies between {floor(thin[0])} and "
            f"{ceil(thin[1])} percent: the thin line in the last row."
        )
    return Groups(
        code=choice.breakdown.name if choice.breakdown else _NO_GROUPS,
        finding=standing_out(doc, choice, rows, whole),
        picture=pictures.bands(
            rows, whole=(name_of_residents(doc), every), thin=thin, behind=whole
        ),
        sheet=parts.group_sheet(shelf, choice, rows),
        thin=said,
    )


def _years(
    shelf: Shelf,
    choice: Choice,
    targets: Sequence[Target],
    interventions: Sequence[Intervention],
) -> tuple[Years, ...]:
    """Return the chart of all who are shown, and one for each target of a group.

    A target is of its whole group, however the rest is narrowed.
    """
    doc = shelf.document
    whole = [each for each in targets if not each.dim and not choice.within]
    shown: list[tuple[str, dict[str, str], str, Target | None]] = [
        (
            "years",
            {**choice.within},
            mid(name_of_residents(doc)) + scope(doc, choice),
            next(iter(whole), None),
        )
    ]
    shown += [
        (f"target-{each.key}", {each.dim: each.value}, group_of(doc, each), each)
        for each in targets
        if each.dim
    ]
    found = []
    for key, at, name, target in shown:
        own = name_of_residents(doc) if key == "years" else name
        beside = choice.within if key == "years" else {}
        series = parts.series_of(shelf, choice, at, own, beside)
        years = parts.years_of(shelf, choice)
        dim, value = next(iter(at.items()), ("", ""))
        done = tuple(each for each in interventions if not at or each.is_at(dim, value))
        told = list(zip(years, series[0][1], strict=True))
        found.append(
            Years(
                id=key,
                finding=over_years(doc, choice.measure, told, name),
                picture=pictures.trend(
                    years, series, target=target, interventions=done
                ),
                sheet=parts.years_sheet(shelf, choice, series, name),
                done=done,
            )
        )
    return tuple(found)
