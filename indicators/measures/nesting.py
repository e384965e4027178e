"""Whom and what measures count, one inside another: their difference would be told.

Those enrolled at least 30 days are among those enrolled at least 10. Beside each other,
the two counts of a building give away who is in the one alone. Nothing relates the two
in a release, so they do not stand side by side. Populations are compared as the texts
that releases print of them, for of earlier releases there is nothing else.

Those absent 20 percent of their days are among those absent 10 percent. Numerators of
one release of which one is inside the other are protected together. Others that tell of
one matter do not stand side by side: who graduated did not drop out, who is not
proficient is below, and who was suspended was so in school or out of it. Beside an
earlier release nothing stands that tells of a matter of it in another way.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any, Protocol

from accounts.acts import RuleBroken
from indicators.measures.definitions import DEFINITIONS, Measure, Unit

_OF_GRADES = re.compile(r"(?:grade (\d+)|(Grades [^:]*)): ")
_DAYS = re.compile(r"enrolled at least \d+ days\Z")
_CENSUS = "enrolled by the census date, arrivals "
_TESTED = re.compile(r"tested in .*? \((?:state|local)\)(?=, |\Z)")
_TEST = re.compile(r"tested in .*? \((state|local)\)(?=, |\Z)")
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
# What measures tell of besides themselves, and by which option they do not.
_ALSO: Mapping[str, tuple[str, str]] = {
    "on_time_enrolment": ("entering school", ""),
    "starting_on_time": ("entering school", "attendance"),
    "on_time_graduation": ("leaving school", ""),
    "dropout": ("leaving school", "event"),
}


class Worded(Protocol):
    """What releases print of a measure: of those published before there is no more."""

    @property
    def id(self) -> str:
        """Its code, its version, and a digest of its options."""

    @property
    def numerator(self) -> str:
        """What is counted."""

    @property
    def denominator(self) -> str:
        """Among what it is counted."""

    @property
    def population(self) -> str:
        """Whom it counts."""

    @property
    def grade(self) -> str:
        """The grade that it is about."""

    @property
    def unit(self) -> str:
        """What its rate counts."""


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


def require_unrelated(
    measures: Iterable[Measure], published: Iterable[Worded] = ()
) -> None:
    """Raise RuleBroken for measures that tell of one matter in two ways.

    published: measures of earlier releases of the school year. Those of one release may
    be inside each other.
    """
    named = list(measures)
    within = counted_within(named)
    for one, other in combinations(named, 2):
        if one.id in within.get(other.id, ()) or other.id in within.get(one.id, ()):
            continue
        if _is_related(one, other):
            both = f"“{_label(one)}” and “{_label(other)}” as chosen"
            if _code(one) == _code(other):
                both = f"Two choices of “{_label(one)}”"
            raise RuleBroken(
                f"{both} tell of the same children in two ways: whom the one counts "
                "says whom the other may count. Side by side they would tell of single "
                "children. Leave one out."
            )
    for before in published:
        for one in named:
            if not _is_related(one, before):
                continue
            if _code(one) == _code(before):
                raise RuleBroken(
                    f"An earlier release of this school year counts “{_label(one)}” by "
                    "other options. Side by side they would tell of the few who are "
                    "counted by one alone. Choose the same options as before, or leave "
                    "the measure out."
                )
            raise RuleBroken(
                f"An earlier release of this school year counts “{_label(before)}”. "
                f"Beside it “{_label(one)}” would tell of single children, for whom "
                "the one counts says whom the other may count. Leave the measure out."
            )


def _is_related(one: Worded, other: Worded) -> bool:
    """Return whether who is counted by one of two says who is by the other."""
    if one.id == other.id or Unit.COUNT in (one.unit, other.unit):
        return False
    tests = {m[1] for each in (one, other) if (m := _TEST.search(each.population))}
    grades = {each.grade for each in (one, other)}
    is_apart = len(tests) > 1 or (len(grades) > 1 and all(g.isdigit() for g in grades))
    return not is_apart and bool(_matters(one) & _matters(other))


def _matters(measure: Worded) -> set[str]:
    """Return what a measure tells of, as far as its words say."""
    code = _code(measure)
    definition = DEFINITIONS.get(code)
    if definition is None:
        return {code}
    if definition.use == "proficiency":
        subject = definition.subject or measure.numerator.partition(" level in ")[2]
        return {f"being proficient in {subject.strip().lower()}"}
    if code == "graduation_ever":  # of each number of years another class
        return {measure.denominator}
    matter, but = _ALSO.get(code, (code, ""))
    other = definition.numerator[but].partition("{")[0] if but else ""
    is_other = bool(other) and measure.numerator.startswith(other)
    return {code} if is_other else {code, matter}


def _code(measure: Worded) -> str:
    return measure.id.split()[0]


def _label(measure: Worded) -> str:
    return DEFINITIONS[_code(measure)].label


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
