"""Whom measures count, one group inside another: their difference would be told.

Those enrolled at least 30 days are among those enrolled at least 10. Beside each other,
the two counts of a building give away who is in the one alone. Nothing relates the two
in a release, so they do not stand side by side. Populations are compared as the texts
that releases print of them, for of earlier releases there is nothing else.
"""

import re
from collections.abc import Iterable

from accounts.acts import RuleBroken

_OF_GRADES = re.compile(r"(?:grade (\d+)|(Grades [^:]*)): ")
_DAYS = re.compile(r"enrolled at least \d+ days\Z")
_CENSUS = "enrolled by the census date, arrivals "
_TESTED = re.compile(r"tested in .*? \((?:state|local)\)(?=, |\Z)")
_FULL_YEAR = "enrolled the full year"
_COURSES = re.compile(r"taking a core course \((.*)\)\Z", re.DOTALL)


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
