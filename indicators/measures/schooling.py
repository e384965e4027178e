"""Indicators 6 to 13: discipline, tests, averages, courses and credits."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from accounts.acts import RuleBroken
from indicators.measures.definitions import Measure
from indicators.measures.facts import Facts, Sources, Standing, one_of
from indicators.measures.inputs import (
    Flags,
    Whole,
    coded,
    day_number,
    days_of,
    flags,
    numbers,
)

_SUSPENSIONS = frozenset({"in_school_suspension", "out_of_school_suspension"})
_ACTIONS = {
    "in_school_suspension": frozenset({"in_school_suspension"}),
    "out_of_school_suspension": frozenset({"out_of_school_suspension"}),
    "suspension": _SUSPENSIONS,
    "expulsion": frozenset({"expulsion"}),
    "suspension_or_expulsion": _SUSPENSIONS | {"expulsion"},
}
_KNOWN_ACTIONS = {*_SUSPENSIONS, "expulsion", "other"}
_PASSED, _NOT_PASSED, _GOING_ON = "passed", "not passed", "in progress"
_HUNDREDTHS, _THOUSANDTHS = 100, 1000
_ROUNDING = 1e-6  # of numbers that decimals cannot be


def suspension(measure: Measure, sources: Sources) -> Facts:
    """Return who was suspended or expelled, how often, or for how long (indicator 6).

    An incident counts once for each student in it, whatever its actions.
    """
    if (lacking := sources.lacks("discipline")) is not None:
        return sources.nobody(lacking)
    actions, child = sources.of_frame("discipline")
    for word in pc.unique(actions["action"]).to_pylist():
        one_of(word or "", _KNOWN_ACTIONS, "disciplinary action")
    report = sources.report
    day = days_of(actions["date"], otherwise=report.first_on)
    listed = pa.array(sorted(_ACTIONS[str(measure.option("action"))]))
    is_in = flags(pc.is_in(actions["action"], value_set=listed))
    is_in &= day >= day_number(report.first_on)
    is_in &= day <= day_number(report.last_on)
    length = numbers(actions[f"days_{measure.option('days')}"])
    if measure.option("at_least_a_day") == "left_out":
        is_in &= ~(length < 1)  # one without a length is not known to be shorter
    everybody = np.ones(sources.cohort.size, bool)
    if measure.option("statistic") == "students":
        return sources.children(sources.any_of(child, is_in), everybody)
    if measure.option("statistic") == "incidents":
        n = _incidents(actions["incident"], child, is_in, sources)
        return sources.summed(n, everybody, scale=1)
    if np.isnan(length[is_in]).any():
        raise RuleBroken(
            "Some suspensions or expulsions have no number of days, so days cannot be "
            f"counted. Send the days {measure.option('days')} of each, or count "
            "students or incidents."
        )
    days = np.zeros(sources.cohort.size)
    np.add.at(days, child[is_in], length[is_in])
    return sources.summed(days, everybody, scale=_HUNDREDTHS)


def _incidents(
    column: pa.Array, child: Whole, is_in: Flags, sources: Sources
) -> NDArray[np.float64]:
    names, (incident,) = coded(column)
    if (incident[is_in] < 0).any():
        raise RuleBroken(
            "Some disciplinary actions name no incident, so incidents cannot be "
            "counted. Send the number of each, or count students or days."
        )
    key = np.unique(child[is_in] * (len(names) + 1) + incident[is_in])
    n = np.bincount(key // (len(names) + 1), minlength=sources.cohort.size)
    return n.astype(np.float64)


def proficiency(measure: Measure, sources: Sources) -> Facts:
    """Return who is at or above a proficient level (indicators 7 to 10).

    A score is valid where it has a level. Of several, one that is proficient counts. A
    result that names no grade is of the grade in which the child is.
    Full year means enrolled on the census date and on the last day.
    """
    if (lacking := sources.lacks("assessments")) is not None:
        return sources.nobody(lacking)
    tests, child = sources.of_frame("assessments")
    years, year = numbers(tests["year"]), sources.report.year
    is_valid = _is_test(measure, tests) & flags(tests["level"].is_valid())
    grade = measure.grade
    if measure.option("by_grade") == "best_to_date":
        is_valid &= years <= year
    else:
        is_valid &= years == year
        if grade:
            is_other = flags(pc.not_equal(tests["grade"], grade))
            is_valid &= ~is_other
    if not (is_valid & (years == year)).any():
        return sources.nobody(_coming(sources, "assessments"))
    levels = pa.array(measure.option("levels"), pa.string())
    is_proficient = is_valid & flags(pc.is_in(tests["level"], value_set=levels))
    is_in = sources.in_grade(grade)
    if measure.option("full_year") == "required":
        is_in &= _all_year(sources)
    is_tested = sources.any_of(child, is_valid)
    if not (is_in & is_tested).any():
        return sources.nobody(_coming(sources, "assessments"))
    if measure.option("among") == "tested":
        is_in &= is_tested
    return sources.children(sources.any_of(child, is_proficient), is_in)


def growth(measure: Measure, sources: Sources) -> Facts:
    """Return how scores changed since the year before, on one scale (indicator 10).

    Of several scores in a year the highest counts.
    """
    if (lacking := sources.lacks("assessments")) is not None:
        return sources.nobody(lacking)
    tests, child = sources.of_frame("assessments")
    score, years = numbers(tests["score"]), numbers(tests["year"])
    _, (scale,) = coded(tests["scale"])
    is_valid = _is_test(measure, tests) & ~np.isnan(score) & (scale >= 0)
    key = child * (scale.max(initial=0) + 2) + scale + 1
    best: list[dict[int, float]] = []
    for year in (sources.report.year - 1, sources.report.year):
        rows = np.flatnonzero(is_valid & (years == year))
        order = rows[np.lexsort((score[rows], key[rows]))]
        best.append(dict(zip(key[order].tolist(), score[order].tolist(), strict=True)))
    before, after = best
    change = np.zeros(sources.cohort.size)
    is_in = np.zeros(sources.cohort.size, bool)
    for each in sorted(before.keys() & after.keys()):
        of = each // (int(scale.max(initial=0)) + 2)
        if is_in[of]:
            raise RuleBroken(
                "Some students have scores on two scales in both years, so it cannot "
                "be said which change counts. Send scores on one scale for each test."
            )
        is_in[of], change[of] = True, after[each] - before[each]
    if not is_in.any():
        return sources.nobody(_coming(sources, "assessments"))
    return sources.summed(change, is_in, scale=_THOUSANDTHS)


def _is_test(measure: Measure, tests: pa.Table) -> Flags:
    subject = pc.utf8_lower(tests["subject"])
    is_subject = flags(pc.equal(subject, measure.subject.lower()))
    return is_subject & flags(pc.equal(tests["test"], measure.option("test")))


def _all_year(sources: Sources) -> Flags:
    report, spells = sources.report, sources.cohort.enrolled
    found = np.ones(sources.cohort.size, bool)
    for day in (day_number(report.census_on), day_number(report.last_on)):
        is_there = (spells.first <= day) & (day <= spells.last)
        found &= sources.any_of(spells.child, is_there)
    return found


def _coming(sources: Sources, name: str) -> Standing:
    """Return why a frame that came says nothing: more is to come, or it is missing."""
    return Standing.NOT_YET if name in sources.report.pending else Standing.MISSING


def grade_point_average(measure: Measure, sources: Sources) -> Facts:
    """Return whose average is high enough, or the averages (indicator 11)."""
    found = _record(sources, str(measure.option("weighting")))
    if not isinstance(found, np.ndarray):
        return sources.nobody(found)
    is_in = ~np.isnan(found)
    if measure.option("statistic") == "share":
        least = measure.option("hundredths")
        is_enough = found * _HUNDREDTHS > least - _ROUNDING
        return sources.children(is_enough, is_in)
    return sources.summed(found, is_in, scale=_THOUSANDTHS)


def credits_on_target(measure: Measure, sources: Sources) -> Facts:
    """Return who has the credits of the grade's target (indicator 13)."""
    targets = measure.option("targets")
    try:
        least = dict(zip(("09", "10", "11", "12"), map(float, targets), strict=True))
    except ValueError:
        raise RuleBroken(
            f"The targets of credits are “{', '.join(targets)}”, but must be four "
            "numbers, for the ends of grades 9, 10, 11 and 12."
        ) from None
    found = _record(sources, "credits")
    if not isinstance(found, np.ndarray):
        return sources.nobody(found)
    target = np.full(sources.cohort.size, np.nan)
    for grade, credits in least.items():
        target[sources.in_grade(grade)] = credits
    return sources.children(found >= target, ~np.isnan(found) & ~np.isnan(target))


def _record(sources: Sources, name: str) -> NDArray[np.float64] | Standing:
    """Return a number of each child's record of the year, NaN where there is none."""
    if (lacking := sources.lacks("records")) is not None:
        return lacking
    table, child = sources.of_frame("records")
    value = numbers(table[name])
    is_in = (numbers(table["year"]) == sources.report.year) & ~np.isnan(value)
    if not is_in.any():
        return _coming(sources, "records")
    if len(np.unique(child[is_in])) < is_in.sum():
        raise RuleBroken(
            f"Some students have two records of {name} for one year. Send the last of "
            "each year."
        )
    found = np.full(sources.cohort.size, np.nan)
    found[child[is_in]] = value[is_in]
    return found


def core_courses_passed(measure: Measure, sources: Sources) -> Facts:
    """Return who passed every core course taken in the year (indicator 12).

    One that is still in progress makes the child's result not yet known, unless
    another was not passed.
    """
    if (lacking := sources.lacks("courses")) is not None:
        return sources.nobody(lacking)
    courses, child = sources.of_frame("courses")
    for word in pc.unique(courses["result"]).to_pylist():
        one_of(word or "", {_PASSED, _NOT_PASSED, _GOING_ON}, "course result")
    subjects = pa.array([each.lower() for each in measure.option("subjects")])
    is_core = flags(pc.is_in(pc.utf8_lower(courses["subject"]), value_set=subjects))
    is_core &= numbers(courses["year"]) == sources.report.year
    if not is_core.any():
        return sources.nobody(_coming(sources, "courses"))

    def some(result: str) -> Flags:
        return sources.any_of(
            child, is_core & flags(pc.equal(courses["result"], result))
        )

    failed, open_ = some(_NOT_PASSED), some(_GOING_ON)
    is_open = open_ & ~failed
    facts = sources.children(~failed, sources.any_of(child, is_core) & ~is_open)
    facts.standing[is_open] = Standing.NOT_YET
    return facts
