"""Linked children, read from what both sides delivered: for the engine, in memory."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from typing import Any

import pyarrow as pa

from indicators.deidentify.hierarchies import NOT_STATED, age_on
from indicators.measures.attendance import residents
from indicators.measures.delivered import (
    CHRONIC_PERCENT,
    MINIMUM_DAYS,
    SchoolYear,
    days_of,
)

# The oldest in a school of each level, as the median of its students at the year's end.
_LEVELS = ((11.5, "Elementary"), (14.5, "Middle"))


@dataclass(frozen=True, slots=True)
class Child:
    """One matched child of the population that tables count too.

    key: the district's number for the child, which never leaves the vault. home: one
    text for each household. said: what rosters say, by the column of a frame.
    """

    key: str
    home: str
    born: date | None
    place: str
    moved_in: date | None
    entered: date | None
    school: str
    days_enrolled: int
    days_absent: float
    said: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_chronic(self) -> bool:
        """Whether the child was absent for a tenth of its days or more."""
        return self.days_absent * 100 >= self.days_enrolled * CHRONIC_PERCENT


@dataclass(frozen=True, slots=True)
class Linked:
    """All matched children of one school year, and the lists that they come from.

    listed, enrolled: the rows of the housing list and of the district's students, the
    latter with the school. development_of: of each building, where buildings are on
    the list. homes_by: what households were told apart by.
    """

    year: str
    last_day: date
    children: tuple[Child, ...] = field(repr=False)
    listed: tuple[Mapping[str, Any], ...] = field(repr=False)
    enrolled: tuple[Mapping[str, Any], ...] = field(repr=False)
    level_of: Mapping[str, str]
    development_of: Mapping[str, str]
    homes_by: str


def linked_children(
    pairs: pa.Table,
    housing: Mapping[str, pa.Table],
    school: Mapping[str, pa.Table],
    *,
    year: SchoolYear,
) -> Linked:
    """Return the matched children who were enrolled long enough to be counted.

    pairs: housing_id, student_id and band of a linkage; housing and school: the frames
    of both deliveries. Columns that they lack are columns that no child has.
    """
    last_day = year.last_on
    listed = residents(
        housing["tenants"], by=last_day, stays=housing.get("tenancies")
    ).to_pylist()
    by_member = {row["member_id"]: row for row in listed}
    students = {row["id"]: row for row in school["student"].to_pylist()}
    days = {
        row["student_id"]: row
        for row in days_of(school).to_pylist()
        if row["days_enrolled"] is not None
    }
    entered = _first_entries(school["enrolment"].to_pylist())
    children = []
    for pair in pairs.to_pylist():
        tenant = by_member.get(pair["housing_id"])
        student = days.get(pair["student_id"])
        if pair["band"] != "accept" or tenant is None or student is None:
            continue
        if student["days_enrolled"] < MINIMUM_DAYS:
            continue
        both = students.get(pair["student_id"], {})
        children.append(_child(pair["student_id"], tenant, both, student, entered))
    return Linked(
        year=year.name,
        last_day=last_day,
        children=tuple(sorted(children, key=lambda child: child.key)),
        listed=tuple(listed),
        enrolled=tuple(
            {**students[key], "school": row["school"]}
            for key, row in sorted(days.items())
            if key in students
        ),
        level_of=_levels(days.values(), students, last_day),
        development_of={
            row["building_number"]: row["development"]
            for row in listed
            if row.get("building_number")
        },
        homes_by=(
            "household number"
            if "household_id" in housing["tenants"].column_names
            else "surname within a building, since the list has no household numbers"
        ),
    )


def _child(
    key: str,
    tenant: Mapping[str, Any],
    student: Mapping[str, Any],
    days: Mapping[str, Any],
    entered: Mapping[str, date],
) -> Child:
    said = {
        name: str(value)
        for name, value in [*tenant.items(), *student.items()]
        if name in ("sex", "race", "grade") and value
    }
    return Child(
        key=key,
        home=_home(tenant),
        born=student.get("birth_date") or tenant.get("birth_date"),
        place=place_of(tenant),
        moved_in=tenant.get("move_in_date"),
        entered=entered.get(key),
        school=days["school"],
        days_enrolled=days["days_enrolled"],
        days_absent=days["days_absent"],
        said=said,
    )


def place_of(tenant: Mapping[str, Any]) -> str:
    """Return where somebody on the housing list lives, as finely as it says."""
    return str(tenant.get("building_number") or tenant.get("development") or NOT_STATED)


def _home(tenant: Mapping[str, Any]) -> str:
    if number := tenant.get("household_id"):
        return str(number)
    surname = " ".join(str(tenant.get("last_name") or "").casefold().split())
    return f"{place_of(tenant)} {surname}"


def _first_entries(enrolments: Iterable[Mapping[str, Any]]) -> Mapping[str, date]:
    first: dict[str, date] = {}
    for row in enrolments:
        first[row["id"]] = min(
            first.get(row["id"], row["entry_date"]), row["entry_date"]
        )
    return first


def _levels(
    days: Iterable[Mapping[str, Any]],
    students: Mapping[str, Mapping[str, Any]],
    last_day: date,
) -> Mapping[str, str]:
    """Return each school's level, by the ages of all who are enrolled there."""
    ages: dict[str, list[int]] = {}
    for row in days:
        age = age_on(students.get(row["student_id"], {}).get("birth_date"), last_day)
        if age != NOT_STATED:
            ages.setdefault(row["school"], []).append(int(age))
    return {
        school: next((name for most, name in _LEVELS if median(found) < most), "High")
        for school, found in ages.items()
    }
