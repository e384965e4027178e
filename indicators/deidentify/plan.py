"""From the elements that an agreement lists to a population, and back to columns."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from accounts.acts import RuleBroken
from indicators.deidentify import hierarchies as h
from indicators.deidentify.children import Child, Linked, place_of
from indicators.deidentify.hierarchies import NOT_STATED, Hierarchy
from indicators.deidentify.population import (
    NOT_THERE,
    Demands,
    KnownList,
    Outcome,
    Population,
    Published,
    coded,
)
from indicators.deidentify.trails import Trails
from indicators.measures.delivered import CHRONIC_PERCENT

DAYS_ABSENT = "attendance.days_absent"
RATE = "attendance.rate"
CHRONIC = "attendance.chronic_absence"
RECORD_CODE = "record.code"
SCHOOL_YEAR = "calendar.school_year"
OUTCOMES = (DAYS_ABSENT, RATE, CHRONIC)
# Days absent are tested in bands: a fifth of their spread, but at most a week.
_BANDS, _WEEK = 5, 5
_WIDTHS = (5, 10, 20)
HOUSING_LIST = "the housing agency's list"
ENROLLED = "the district's own students"
NOTHING_LISTED = (
    "A row about one child needs an element that groups children, such as an age band "
    "or a school, and an outcome, such as days absent. The agreement lists only one of "
    "the two, or neither. Have it list what the research needs."
)

Value = Callable[[Child], str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a file is made of and tested against.

    elements: as the agreement lists them. known: outcomes that the recipient knows
    already. buildings, schools: names by code. published: by "building" and "school",
    the numbers of children that readers know, by code. holds_list: whether the
    recipient has the housing list.
    """

    elements: frozenset[str]
    known: frozenset[str] = frozenset()
    buildings: Mapping[str, str] = field(default_factory=dict)
    schools: Mapping[str, str] = field(default_factory=dict)
    published: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    holds_list: bool = False
    demands: Demands = field(default_factory=Demands)


def days_of(child: Child) -> str:
    """Return a child's days absent, half a day as one."""
    return str(int(child.days_absent + 0.5))


def percent_of(child: Child) -> str:
    """Return a child's attendance in whole percents, rounded down."""
    present = child.days_enrolled - child.days_absent
    return str(int(present * 100 // child.days_enrolled))


def rate_of(child: Child) -> str:
    """Return a child's attendance in bands of five percent."""
    low = min(int(percent_of(child)) // 5 * 5, 95)
    return f"{low}–{low + 4 if low < 95 else 100}"


def chronic_of(child: Child) -> str:
    """Return whether a child was chronically absent."""
    return "Yes" if child.is_chronic else "No"


# Of each outcome: its column, its label, and what is printed.
_TOLD: Mapping[str, tuple[str, str, Value]] = {
    DAYS_ABSENT: ("days_absent", "Days absent", days_of),
    RATE: ("attendance_percent", "Attendance in percent", rate_of),
    CHRONIC: ("chronic_absence", "Chronic absence", chronic_of),
}


def tested(column: str, values: Sequence[str]) -> list[str]:
    """Return an outcome's printed values as classes are tested for it.

    Numbers of days are banded, for that a class missed a week or two says enough.
    """
    if column != _TOLD[DAYS_ABSENT][0] or not values:
        return [*values]
    days = [int(value) for value in values]
    width = min(max((max(days) - min(days)) // _BANDS, 1), _WEEK)
    return [str(each // width) for each in days]


def column_of(element: str) -> str:
    """Return the heading under which an outcome stands in a file."""
    return _TOLD[element][0]


@dataclass(frozen=True, slots=True)
class Quasi:
    """One quasi-identifier: its hierarchy, and its value of a child."""

    hierarchy: Hierarchy
    value: Value
    on_list: Callable[[Mapping[str, Any]], str] | None = None
    on_roll: Callable[[Mapping[str, Any]], str] | None = None


def quasi_identifiers(linked: Linked, asked: Asked) -> tuple[Quasi, ...]:
    """Return what could identify, of what the agreement lists and the lists hold.

    Raises RuleBroken where that is nothing.
    """
    found = [*_of_rosters(linked, asked), *_of_dates(linked, asked)]
    found += [_known_outcome(linked, each) for each in OUTCOMES if each in asked.known]
    if not found or not asked.elements & {*OUTCOMES}:
        raise RuleBroken(NOTHING_LISTED)
    return tuple(found)


def _listed(asked: Asked, *elements: str) -> str:
    return next((each for each in elements if each in asked.elements), "")


def _of_rosters(linked: Linked, asked: Asked) -> Iterable[Quasi]:
    children, day = linked.children, linked.last_day
    if element := _listed(asked, "student.age_band", "tenant.age_band"):

        def age(child: Child) -> str:
            return h.age_on(child.born, day)

        def age_in(row: Mapping[str, Any]) -> str:
            return h.age_on(row.get("birth_date"), day)

        yield Quasi(h.ages(element, map(age, children)), age, age_in, age_in)
    if element := _listed(asked, "tenant.building_number", "tenant.development"):
        places = [child.place for child in children]
        shown = h.buildings(element, places, asked.buildings, linked.development_of)
        yield Quasi(shown, lambda child: child.place, place_of)
    if element := _listed(asked, "enrolment.school"):
        names = [child.school for child in children]
        shown = h.schools(element, names, asked.schools, linked.level_of)
        yield Quasi(
            shown, lambda child: child.school, on_roll=lambda row: str(row["school"])
        )
    elif element := _listed(asked, "school.level"):

        def level(code: str) -> str:
            return linked.level_of.get(code, NOT_STATED)

        levels = [level(child.school) for child in children]
        yield Quasi(
            h.as_stated("school", element, "School level", levels),
            lambda child: level(child.school),
            on_roll=lambda row: level(str(row["school"])),
        )
    for column, label in (("sex", "Sex"), ("race", "Race or ethnicity")):
        if element := _listed(asked, f"student.{column}", f"tenant.{column}"):
            yield _said(linked, asked, column, element, label)
    if element := _listed(asked, "enrolment.grade"):
        yield _said(linked, asked, "grade", element, "Grade")


def _said(linked: Linked, asked: Asked, column: str, element: str, label: str) -> Quasi:
    values = [child.said.get(column, NOT_STATED) for child in linked.children]
    if column == "race":
        shown = h.races(element, values, least=asked.demands.k)
    elif column == "grade":
        shown = h.grades(element, values)
    else:
        shown = h.as_stated(column, element, label, values)

    def stated(row: Mapping[str, Any]) -> str:
        return str(row.get(column) or NOT_STATED)

    return Quasi(
        shown,
        lambda child: child.said.get(column, NOT_STATED),
        on_list=stated if element.startswith("tenant.") else None,
        on_roll=None if element.startswith("tenant.") else stated,
    )


def _of_dates(linked: Linked, asked: Asked) -> Iterable[Quasi]:
    children, now = linked.children, linked.year
    if element := _listed(asked, "tenant.move_in_date"):
        years = [h.school_year_of(child.moved_in) for child in children]
        yield Quasi(
            h.school_years("moved_in", element, "Moved in", years, now=now),
            lambda child: h.school_year_of(child.moved_in),
            on_list=lambda row: h.school_year_of(row.get("move_in_date")),
        )
    if element := _listed(asked, "enrolment.entry_date"):
        years = [h.school_year_of(child.entered) for child in children]
        yield Quasi(
            h.school_years("entered", element, "Entered the school", years, now=now),
            lambda child: h.school_year_of(child.entered),
        )


def _known_outcome(linked: Linked, element: str) -> Quasi:
    column, label, shown = _TOLD[element]
    value = percent_of if element == RATE else shown
    values = [value(child) for child in linked.children]
    if element == CHRONIC:
        return Quasi(h.as_stated(column, element, label, values), value)
    made = h.counts(column, element, label, values, widths=_WIDTHS)
    return Quasi(made, value)


def population_of(
    linked: Linked, asked: Asked, trails: Trails
) -> tuple[Population, tuple[Quasi, ...]]:
    """Return the population of a file in the order of `trails`, and its columns."""
    columns = quasi_identifiers(linked, asked)
    by_key = {child.key: child for child in linked.children}
    here = [by_key.get(key) for key in trails.children]
    outcomes = [
        Outcome(_TOLD[each][0], _values(here, each))
        for each in OUTCOMES
        if each in asked.elements - asked.known
    ]
    population = Population(
        households=trails.homes,
        columns=tuple(each.hierarchy for each in columns),
        raw=tuple(
            ["" if child is None else each.value(child) for child in here]
            for each in columns
        ),
        outcomes=(*outcomes, *trails.outcomes),
        history=trails.history,
        is_here=trails.is_here,
        published=tuple(_published(columns, asked)),
        lists=tuple(_lists(linked, columns, asked)),
    )
    return population, columns


def _values(here: Sequence[Child | None], element: str) -> Any:
    column, _, value = _TOLD[element]
    found = np.full(len(here), NOT_THERE, np.int64)
    told = [value(child) for child in here if child is not None]
    is_here = np.array([child is not None for child in here], bool)
    found[is_here] = coded(tested(column, told))
    return found


def _published(columns: Sequence[Quasi], asked: Asked) -> Iterable[Published]:
    for at, each in enumerate(columns):
        dimension = {"development": "building", "school": "school"}.get(
            each.hierarchy.column
        )
        counts = asked.published.get(dimension or "", {})
        finest = each.hierarchy.maps[0]
        known = {finest[code]: n for code, n in counts.items() if code in finest}
        if known:
            yield Published(at, 0, known)


def _lists(
    linked: Linked, columns: Sequence[Quasi], asked: Asked
) -> Iterable[KnownList]:
    on_list = [(at, each.on_list) for at, each in enumerate(columns) if each.on_list]
    on_roll = [(at, each.on_roll) for at, each in enumerate(columns) if each.on_roll]
    for name, said, rows, is_held in (
        (HOUSING_LIST, on_list, linked.listed, asked.holds_list),
        (ENROLLED, on_roll, linked.enrolled, False),
    ):
        if said:
            yield KnownList(
                name,
                tuple(at for at, _ in said),
                tuple(tuple(value(row) for _, value in said) for row in rows),
                is_held,
            )


def outcome_columns(asked: Asked) -> list[tuple[str, str, str, str, Value]]:
    """Return the outcomes that are told: element, column, label, definition, value."""
    meant = {
        DAYS_ABSENT: "Days on which half of the day or more was missed, in the year.",
        RATE: "Days present as a percent of the days enrolled, in bands of five.",
        CHRONIC: f"Whether {CHRONIC_PERCENT} percent of the days enrolled or more were "
        "missed, excused or not.",
    }
    return [
        (each, *_TOLD[each][:2], meant[each], _TOLD[each][2])
        for each in OUTCOMES
        if each in asked.elements - asked.known
    ]
