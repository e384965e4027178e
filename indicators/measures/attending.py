"""Indicators 1 to 5: starting the year, and days present and absent.

On-time enrolment is entry before the first instructional day; starting on time is
being there by the third. They are two measures, and never one.
"""

from calendar import monthrange
from datetime import date

import numpy as np

from accounts.acts import RuleBroken
from indicators.measures.definitions import Measure
from indicators.measures.facts import Facts, Sources, Standing
from indicators.measures.inputs import Flags, Whole, day_number, days_of, flags
from indicators.measures.school_days import (
    calendar_of,
    days_enrolled,
    missed_of,
    school_of,
    suspended_days,
)

_HALF = 0.5
_LONG_AGO = date(1900, 1, 1)
# Shares are added up from decimals, so that .3 and .2 are half a day.
_NEAR = 1e-9


def on_time_enrolment(measure: Measure, sources: Sources) -> Facts:
    """Return who had entered before the first instructional day (indicator 1)."""
    if (lacking := sources.lacks("calendar")) is not None:
        return sources.nobody(lacking)
    entry, school, is_in = _entered(measure, sources)
    if is_in is None:
        return sources.nobody(Standing.MISSING)
    is_before = entry < calendar_of(sources).nth(school, 1)
    return sources.children(_all(sources, is_before), is_in)


def starting_on_time(measure: Measure, sources: Sources) -> Facts:
    """Return who had entered, or was first there, by the third day (indicator 2)."""
    names = ["calendar"]
    names += ["attendance"] * (measure.option("by") == "attendance")
    if (lacking := sources.lacks(*names)) is not None:
        return sources.nobody(lacking)
    entry, school, is_in = _entered(measure, sources)
    if is_in is None:
        return sources.nobody(Standing.MISSING)
    calendar = calendar_of(sources)
    by = calendar.nth(school, measure.option("within_days"))
    if measure.option("by") == "entry":
        return sources.children(_all(sources, entry <= by), is_in)
    until = _whole(sources, by)
    missed = missed_of(sources)
    is_absent = (missed.share >= _HALF - _NEAR) & (missed.day <= until[missed.child])
    n_absent = np.bincount(missed.child[is_absent], minlength=sources.cohort.size)
    n_days = _whole(sources, calendar.count(school, entry, by))
    return sources.children(n_days > n_absent, is_in)


def attendance_rate(measure: Measure, sources: Sources) -> Facts:
    """Return days present and days enrolled (indicator 3)."""
    return _of_days(measure, sources, is_chronic=False)


def chronic_absence(measure: Measure, sources: Sources) -> Facts:
    """Return who was absent for too many days (indicator 4)."""
    return _of_days(measure, sources, is_chronic=True)


def absences_by_kind(measure: Measure, sources: Sources) -> Facts:
    """Return who was absent of one kind, or for how many days (indicator 5)."""
    if (lacking := sources.lacks("calendar", "attendance")) is not None:
        return sources.nobody(lacking)
    missed, kind = missed_of(sources), measure.option("kind")
    share = missed.excused if kind == "excused" else missed.unexcused
    is_absent = share >= measure.option("absent_percent") / 100 - _NEAR
    if month := measure.option("month"):
        report = sources.report
        year = report.year if month <= report.last_on.month else report.first_on.year
        last = monthrange(year, month)[1]
        is_absent &= missed.day >= day_number(date(year, month, 1))
        is_absent &= missed.day <= day_number(date(year, month, last))
    n = np.bincount(missed.child[is_absent], minlength=sources.cohort.size)
    is_in = days_enrolled(sources) >= measure.option("minimum_days")
    if measure.option("statistic") == "students":
        return sources.children(n > 0, is_in)
    return sources.summed(n.astype(np.float64), is_in, scale=1)


def _of_days(measure: Measure, sources: Sources, *, is_chronic: bool) -> Facts:
    least = measure.option("minimum_days")
    if "days" in sources.frames and "attendance" not in sources.frames:
        enrolled, halves, is_told = _totals(measure, sources)
    else:
        needed = ["calendar", "attendance"]
        is_adjusted = measure.option("suspensions") in ("counted", "left_out")
        needed += ["discipline"] * is_adjusted
        if (lacking := sources.lacks(*needed)) is not None:
            return sources.nobody(lacking)
        enrolled = days_enrolled(sources)
        halves = np.minimum(_halves(measure, sources), 2 * enrolled)
        is_told = np.ones(sources.cohort.size, bool)
    is_in = is_told & (enrolled >= least)
    facts = sources.children(_is_chronic(measure, halves, enrolled), is_in)
    if not is_chronic:
        present = np.where(is_in, 2 * enrolled - halves, 0)
        facts = Facts(present, np.where(is_in, 2 * enrolled, 0), facts.standing, 2)
    facts.standing[~is_told] = Standing.MISSING
    return facts


def _is_chronic(measure: Measure, halves: Whole, enrolled: Whole) -> Flags:
    if measure.option("threshold") == "days":
        return halves >= 2 * int(measure.option("days"))
    return halves * 50 >= enrolled * int(measure.option("percent") or 100)


def _halves(measure: Measure, sources: Sources) -> Whole:
    """Return the half days on which each child was absent."""
    missed = missed_of(sources)
    child, day = missed.child, missed.day
    if measure.option("day") == "half":
        n = (missed.share >= _HALF - _NEAR).astype(np.int64)
        n += missed.share >= 1 - _NEAR
    else:
        n = 2 * (missed.share >= measure.option("absent_percent") / 100 - _NEAR)
    rule = measure.option("suspensions")
    if rule in (None, "as_recorded"):
        return _added(child, n, sources)
    suspended, on = suspended_days(sources)
    key, also = child * (1 << 22) + day, suspended * (1 << 22) + on
    n[np.isin(key, also)] = 0
    if rule == "counted":
        child = np.concatenate([child, suspended])
        n = np.concatenate([n, np.full(len(suspended), 2)])
    return _added(child, n, sources)


def _added(child: Whole, n: Whole, sources: Sources) -> Whole:
    return np.bincount(child, n, sources.cohort.size).astype(np.int64)


def _totals(measure: Measure, sources: Sources) -> tuple[Whole, Whole, Flags]:
    """Return days enrolled and half days absent as the sender counted them, and of
    whom."""
    is_as_sent = (
        measure.option("day") in (None, "whole")
        and measure.option("absent_percent") == 100 * _HALF
        and measure.option("suspensions") in (None, "as_recorded")
    )
    if not is_as_sent:
        raise RuleBroken(
            f"{measure.definition.label} was to be counted by a rule of its own for "
            "parts of a day or suspensions, but the district sent totals of days. "
            "Choose the usual rule, or send attendance day by day."
        )
    table, child = sources.of_frame("days")
    told, size = np.zeros(sources.cohort.size, bool), sources.cohort.size
    is_known = flags(table["days_enrolled"].is_valid()) & flags(
        table["days_absent"].is_valid()
    )
    told[child] = True
    told[child[~is_known]] = False
    enrolled, absent = (
        np.bincount(child, np.asarray(table[name].fill_null(0)), size)
        for name in ("days_enrolled", "days_absent")
    )
    n_impossible = int((told & ((absent > enrolled) | (absent < 0))).sum())
    if n_impossible:
        raise RuleBroken(
            "Some students have more days absent than enrolled, or fewer than none. "
            "Correct the totals of days and send them again."
        )
    halves = np.rint(2 * absent).astype(np.int64)
    return enrolled.astype(np.int64), halves, told


def _entered(measure: Measure, sources: Sources) -> tuple[Whole, Whole, Flags | None]:
    """Return first entry and school of each enrolled child, and who is counted.

    Who came from elsewhere after the first day is left out, if so chosen; who it is
    not known of stays. None, if it is known of nobody.
    """
    spells, enrolment = sources.cohort.enrolled, sources.frames["enrolment"]
    firsts = np.flatnonzero(np.append(True, spells.child[1:] != spells.child[:-1]))
    firsts = firsts[: len(spells.child)]
    row = spells.row[firsts]
    entry = days_of(enrolment["entry_date"], otherwise=_LONG_AGO)[row]
    school = school_of(sources, spells)[firsts]
    is_in = spells.first[firsts] <= day_number(sources.report.census_on)
    if measure.option("arrivals") == "left_out":
        column = enrolment["from_elsewhere"]
        if column.null_count == len(column):
            return entry, school, None
        is_late = entry > calendar_of(sources).nth(school, 1)
        is_in &= ~(is_late & flags(column)[row])
    return entry, school, _all(sources, is_in)


def _all(sources: Sources, of_enrolled: Flags) -> Flags:
    return _whole(sources, of_enrolled) > 0


def _whole(sources: Sources, of_enrolled: Whole | Flags) -> Whole:
    """Return numbers of children with an enrolment as numbers of all children."""
    found = np.zeros(sources.cohort.size, np.int64)
    found[np.unique(sources.cohort.enrolled.child)] = of_enrolled
    return found
