"""Agreed targets and what was done for them, held against published text alone.

A target is a rate in whole percents, and so is what is published: both are compared as
rounded half up. A band that holds the target leaves it open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from indicators.disclosure.table import Band
from indicators.published.document import Document, Figure
from indicators.published.findings import change
from indicators.published.rows import band_of, residents
from indicators.published.wording import name_of_residents, printed

NOTHING_EARLIER = "Nothing earlier is shown"


class Progress(StrEnum):
    """How a published rate stands to a target."""

    MET = "Met"
    NOT_YET = "Not met yet"
    NOT_MET = "Not met"
    OPEN = "Cannot be told"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What partners agreed to reach. dim, value: the group, or "" for all residents.

    baseline: the school year whose printed text it starts from. steps: years, each
    with the whole percent to be reached by it, the short term first.
    """

    key: int
    measure: str
    dim: str
    value: str
    baseline: str
    steps: tuple[tuple[str, int], ...]
    is_lower_better: bool

    @property
    def at(self) -> Mapping[str, str]:
        """The values of the group."""
        return {self.dim: self.value} if self.dim else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """What was done. places: values of `dim` where it was done; none for everywhere."""

    key: int
    what: str
    provider: str
    dim: str
    places: tuple[str, ...]
    first_on: date
    last_on: date | None = None

    def is_at(self, dim: str, value: str) -> bool:
        """Return whether it reaches a group, as far as that is stated."""
        return not self.places or (self.dim == dim and value in self.places)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a target, as pages say it."""

    group: str
    year: str
    aim: str
    baseline: str
    latest: str
    latest_year: str
    progress: Progress


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is published of one place where a provider works: before, and latest."""

    place: str
    before: str
    before_year: str
    latest: str
    latest_year: str
    change: str


def progress(figure: Figure, percent: int, *, is_lower_better: bool) -> Progress:
    """Return whether a published rate meets a target, or that it cannot be told."""
    band = band_of(figure)
    if band is None:
        return Progress.OPEN
    worst, best = (band.high, band.low) if is_lower_better else (band.low, band.high)
    if reaches(worst, percent, is_lower_better=is_lower_better):
        return Progress.MET
    if not reaches(best, percent, is_lower_better=is_lower_better):
        return Progress.NOT_MET
    return Progress.OPEN


def reaches(percent: int, target: int, *, is_lower_better: bool) -> bool:
    """Return whether a rate in whole percents is at the target or beyond it."""
    return percent <= target if is_lower_better else percent >= target


def is_further(now: Band | None, target: Target) -> bool:
    """Return whether each step lies beyond the one before, and none behind the start.

    now: the baseline as printed.
    """
    percents = [percent for _, percent in target.steps]
    ordered = sorted(percents, reverse=target.is_lower_better)
    if percents != ordered or len({*percents}) != len(percents):
        return False
    if now is None:
        return True
    worst = now.high if target.is_lower_better else now.low
    return not reaches(worst, percents[0], is_lower_better=target.is_lower_better)


def aim_of(target: Target, percent: int) -> str:
    """Return what is to be reached, in words."""
    return f"{percent}% or {'less' if target.is_lower_better else 'more'}"


def group_of(document: Document, target: Target) -> str:
    """Return the name of a target's group."""
    if not target.dim:
        return name_of_residents(document)
    return document.label(target.dim, target.value)


def steps_of(document: Document, target: Target) -> tuple[Step, ...]:
    """Return each step of a target beside what is published of its group.

    A step is held against its own school year where that is published; before that,
    against the latest one, which says how far it is.
    """
    periods = [
        period
        for period in document.periods
        if any(target.measure in c.rates and c.period == period for c in document.cells)
    ]
    start = residents(document, target.measure, target.baseline, target.at)
    found = []
    for year, percent in target.steps:
        known = [period for period in periods if period <= year]
        at_year = known[-1] if known else ""
        figure = residents(document, target.measure, at_year, target.at)
        told = Progress.OPEN
        if document.is_alike(target.baseline, at_year):
            told = progress(figure, percent, is_lower_better=target.is_lower_better)
        if told is Progress.NOT_MET and at_year != year:
            is_over = any(period > year for period in periods)
            told = Progress.OPEN if is_over else Progress.NOT_YET
        found.append(
            Step(
                group=group_of(document, target),
                year=year,
                aim=aim_of(target, percent),
                baseline=printed(start.text),
                latest=printed(figure.text),
                latest_year=at_year or target.baseline,
                progress=told,
            )
        )
    return tuple(found)


def outcomes(
    document: Document,
    measure: str,
    provider: str,
    interventions: Sequence[Intervention],
) -> tuple[Outcome, ...]:
    """Return what is published of each place where a provider works, by name.

    Before: the last school year that ended before its first work there, if one is
    published.
    """
    begun: dict[tuple[str, str], date] = {}
    for each in interventions:
        if each.provider == provider:
            for place in each.places or ("",):
                key = (each.dim, place)
                begun[key] = min(each.first_on, begun.get(key, each.first_on))
    periods = sorted({c.period for c in document.cells if measure in c.rates})
    found = []
    for (dim, place), first_on in begun.items():
        if not periods:
            continue
        earlier = [period for period in periods if last_day(period) < first_on]
        before, latest = earlier[-1] if earlier else "", periods[-1]
        old, new = (
            residents(document, measure, period, {dim: place} if place else {})
            for period in (before, latest)
        )
        found.append(
            Outcome(
                place=document.label(dim, place)
                if place
                else name_of_residents(document),
                before=printed(old.text) if earlier else NOTHING_EARLIER,
                before_year=before,
                latest=printed(new.text),
                latest_year=latest,
                change="One year shown"
                if before == latest
                else change(document, (before, old), (latest, new)),
            )
        )
    return tuple(sorted(found, key=lambda each: each.place.casefold()))


def last_day(period: str) -> date:
    """Return the day on which a school year ends, for the order of what happened.

    period: "2021–22", or a calendar year.
    """
    year = year_of(period)
    return date(year, 12, 31) if period.isdigit() else date(year, 6, 30)


def year_of(period: str) -> int:
    """Return the calendar year in which a school year ends; 1 where it names none."""
    first, dash, last = period.partition("–")
    if not first.isdigit():
        return 1
    if not dash or not last.isdigit():
        return int(first)
    year = int(last) if len(last) == 4 else int(first) // 100 * 100 + int(last)
    return year if year >= int(first) else year + 100


def years_after(period: str, n: int) -> tuple[str, ...]:
    """Return the next school years after one, written as it is."""
    last = year_of(period)
    if period.isdigit():
        return tuple(str(last + step) for step in range(1, n + 1))
    return tuple(
        f"{last + step - 1}–{(last + step) % 100:02d}" for step in range(1, n + 1)
    )
