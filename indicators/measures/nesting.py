"""Whom and what measures count, one inside another: their difference would be told.

Those enrolled at least 30 days are among those enrolled at least 10. Beside each other,
the two counts of a building give away who is in the one alone. Nothing relates the two
in a release, so they do not stand side by side. Populations are compared as the texts
that releases print of them, for of earlier releases there is nothing else.

Those absent 20 percent of their days are among those absent 10 percent. Numerators of
one release are related to each other and protected together; beside an earlier release
they do not stand.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from accounts.acts import RuleBroken
from indicators.measures.definitions import Measure, Unit

_OF_GRADES = re.compile(r"(?:grade (\d+)|(Grades [^:]*)): ")
_DAYS = re.compile(r"enrolled at least \d+ days\Z")
_CENSUS = "enrolled by the census date, arrivals "
_TESTED = re.compile(r"tested in .*? \((?:state|local)\)(?=, |\Z)")
_FULL_YEAR = "enrolled the full year"
_COURSES = re.compile(r"taking a core course \((.*)\)\Z", re.DOTALL)

# Options by which a measure counts some of the children whom it counts otherwise: from
# few to many, as words or as the sign with which numbers grow.
_FEW_TO_MANY: Mapping[str, Mapping[str, tuple[str, ...] | int]] = {
    "starting_on_time": {"within_days": 1, "by": ("attendance", "entry")},
    "chronic_absence": {
        "percent": -1,
        "days": -1,
        "absent_percent": -1,
        "suspensions": ("left_out", "as_recorded", "counted"),
    },
    "absences_by_kind": {"absent_percent": -1},
    "suspension": {"at_least_a_day": ("left_out", "counted")},
    "reading_grade_8": {"by_grade": ("grade_result", "best_to_date")},
    "math_grade_8": {"by_grade": ("grade_result", "best_to_date")},
    "grade_point_average": {"hundredths": -1},
}
_ACTIONS = {
    "in_school_suspension": {"suspension", "suspension_or_expulsion"},
    "out_of_school_suspension": {"suspension", "suspension_or_expulsion"},
    "suspension": {"suspension_or_expulsion"},
    "expulsion": {"suspension_or_expulsion"},
}
_YEAR = 0


def counted_within(measures: Iterable[Measure]) -> dict[str, list[str]]:
    """Return of which measures others count every child too, by id."""
    of = [measure for measure in measures if measure.unit is Unit.CHILDREN]
    pairs = {
        one.id: sorted(other.id for other in of if _is_within(one, other)) for one in of
    }
    return {inner: outer for inner, outer in pairs.items() if outer}


def _is_within(one: Measure, other: Measure) -> bool:
    if one == other or (one.base, one.population) != (other.base, other.population):
        return False
    if one.definition.code == "on_time_enrolment":
        return other.definition.code == "starting_on_time" and (
            other.option("by") == "entry"
        )
    if one.definition.code != other.definition.code:
        return False
    options, others = dict(one.options), dict(other.options)
    ways = _FEW_TO_MANY.get(one.definition.code, {})
    return options.keys() == others.keys() and all(
        _is_few(name, ways.get(name), options[name], others[name]) for name in options
    )


def _is_few(name: str, way: tuple[str, ...] | int | None, one: Any, other: Any) -> bool:
    """Return whether an option makes a measure count no more children than another."""
    if one == other:
        return True
    if name == "action":
        return other in _ACTIONS.get(one, ())
    if name == "month":
        return bool(other == _YEAR)
    if isinstance(way, tuple):
        return way.index(one) <= way.index(other)
    return way is not None and way * one <= way * other


def require_same_options(
    measures: Iterable[Measure], published: Iterable[tuple[str, str]]
) -> None:
    """Raise RuleBroken for measures that were published with other options.

    published: the id and code of each, of earlier releases of the school year.
    """
    told = {*published}
    for measure in measures:
        code, label = measure.definition.code, measure.definition.label
        ids = {id_ for id_, of in told if of == code}
        if code in _FEW_TO_MANY and ids - {measure.id}:
            raise RuleBroken(
                f"An earlier release of this school year counts “{label}” by "
                "other options. Side by side they would tell of the few who are "
                "counted by one alone. Choose the same options as before, or leave "
                "the measure out."
            )


def is_nested(one: str, other: str) -> bool:
    """Return whether one population can be a part of the other, and is not the same.

    Where that cannot be seen from the texts, populations of one kind count as nested.
    """
    if one == other or not one or not other:
        return False
    (grade, of), (other_grade, other_of) = _by_grade(one), _by_grade(other)
    if grade.isdigit() and other_grade.isdigit() and grade != other_grade:
        return False
    if of == other_of:
        return True
    courses, others = _COURSES.match(of), _COURSES.match(other_of)
    if courses and others:
        few, many = ({*c[1].split(", ")} for c in (courses, others))
        return few <= many or many <= few
    return bool(_kinds(of) & _kinds(other_of))


def require_apart(populations: Iterable[str], published: Iterable[str] = ()) -> None:
    """Raise RuleBroken for populations nested in each other, or in published ones."""
    named = list(dict.fromkeys(populations))
    for at, one in enumerate(named):
        for other in named[at + 1 :]:
            if is_nested(one, other):
                raise RuleBroken(
                    f"Two measures count “{one}” and “{other}”. Side by side they "
                    "would tell of the few who are in one group alone. Choose the "
                    "same options for both, or leave one out."
                )
        for other in published:
            if is_nested(one, other):
                raise RuleBroken(
                    f"A measure counts “{one}”, and an earlier release of this school "
                    f"year counts “{other}”. Side by side they would tell of the few "
                    "who are in one group alone. Choose the same options as before, "
                    "or leave the measure out."
                )


def _by_grade(population: str) -> tuple[str, str]:
    """Return the grade or group of grades, "" for all, and who is counted of it."""
    match = _OF_GRADES.match(population)
    if match is None:
        return "", population
    return match[1] or match[2], population[match.end() :]


def _kinds(of: str) -> set[str]:
    """Return names that two populations share where one can be inside the other."""
    if _DAYS.match(of):
        return {"days"}
    if of.startswith(_CENSUS):
        return {_CENSUS}
    found = {match[0]} if (match := _TESTED.match(of)) else set()
    if of.endswith(_FULL_YEAR):
        found.add(_FULL_YEAR)
    return found
