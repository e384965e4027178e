"""Instructional days: of schools, of enrolments, and those that were missed.

A day counts as absent by the share of it that was missed, whatever the reason. Source
of the half-day rule: EDFacts file specification FS195, chronic absenteeism.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from accounts.acts import RuleBroken
from indicators.measures.attendance import PART_DAY, PRESENT, WHOLE_DAY
from indicators.measures.facts import Sources, one_of
from indicators.measures.inputs import Flags, Whole, coded, days_of, flags, numbers
from indicators.measures.spells import Spells

_DAYS = 1 << 22  # more days than a date has been since 1970, before or after
OUT_OF_SCHOOL = frozenset({"out_of_school_suspension"})


@dataclass(frozen=True, slots=True)
class Missed:
    """Parts of instructional days missed: one row for each child and day.

    Shares are from 0 to 1, of the day in all and by kind of absence.
    """

    child: Whole
    day: Whole
    share: NDArray[np.float64]
    excused: NDArray[np.float64]
    unexcused: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Instructional days of all schools: `days` of school s stand from start[s] on."""

    schools: list[str]
    days: Whole
    start: Whole

    def count(self, school: Whole, first: Whole, last: Whole) -> Whole:
        """Return how many instructional days lie from first to last, both included."""
        low = np.searchsorted(self._key, school * _DAYS + first, side="left")
        high = np.searchsorted(self._key, school * _DAYS + last, side="right")
        n: Whole = np.maximum(high - low, 0)
        return n

    def nth(self, school: Whole, n: int) -> Whole:
        """Return the n-th instructional day of each school's year."""
        place = np.minimum(self.start[school] + n, self.start[school + 1]) - 1
        found: Whole = self.days[place]
        return found

    def after(self, school: Whole, day: Whole, n: Whole) -> tuple[Whole, Whole]:
        """Return the n instructional days from a day on, and whose row each is of."""
        low = np.searchsorted(self._key, school * _DAYS + day, side="left")
        n = np.minimum(n, self.start[school + 1] - low)
        row = np.repeat(np.arange(len(n)), n)
        step = np.arange(len(row)) - np.repeat(np.cumsum(n) - n, n)
        return self.days[low[row] + step], row

    @property
    def _key(self) -> Whole:
        school = np.repeat(np.arange(len(self.schools)), np.diff(self.start))
        return school * _DAYS + self.days


def calendar_of(sources: Sources) -> Calendar:
    """Return the calendar; RuleBroken where an enrolment's school lists no dates."""
    if ("calendar",) not in sources.kept:
        table = sources.frames["calendar"]
        dated = table.filter(pc.is_null(table["session"]))
        taught = sources.frames["enrolment"]["school"].take(
            pa.array(np.unique(sources.cohort.enrolled.row))
        )
        schools, (of_day, needed) = coded(dated["school"], taught)
        without = np.setdiff1d(needed[needed >= 0], of_day)
        if len(without):
            raise RuleBroken(
                f"The calendar lists no instructional dates for school "
                f"{schools[without[0]]:.60}, so its days cannot be counted. Send a "
                "calendar with all dates."
            )
        day = days_of(dated["date"], otherwise=sources.report.first_on)
        key = np.unique(of_day[of_day >= 0] * _DAYS + day[of_day >= 0])
        start = np.searchsorted(key // _DAYS, np.arange(len(schools) + 1))
        sources.kept[("calendar",)] = Calendar(schools, key % _DAYS, start)
    found: Calendar = sources.kept[("calendar",)]
    return found


def school_of(sources: Sources, spells: Spells) -> Whole:
    """Return the school of each spell, by its place in the calendar."""
    schools = pa.array(calendar_of(sources).schools, pa.string())
    rows = sources.frames["enrolment"]["school"].take(pa.array(spells.row))
    found = np.asarray(pc.fill_null(pc.index_in(rows, value_set=schools), -1))
    if (found < 0).any():
        raise RuleBroken(
            "An enrolment names no school, so its days cannot be counted. Send the "
            "school of each enrolment."
        )
    return found.astype(np.int64)


def days_enrolled(sources: Sources) -> Whole:
    """Return the instructional days on which each child was enrolled."""
    spells, calendar = sources.cohort.enrolled, calendar_of(sources)
    days = calendar.count(school_of(sources, spells), spells.first, spells.last)
    return np.bincount(spells.child, days, sources.cohort.size).astype(np.int64)


def missed_of(sources: Sources) -> Missed:
    """Return what was missed, as recorded; parts of one day add up to at most a day.

    Events count on instructional days within an enrolment at their school. Raises
    RuleBroken for a category that is not known.
    """
    if ("missed",) not in sources.kept:
        sources.kept[("missed",)] = _missed(sources)
    found: Missed = sources.kept[("missed",)]
    return found


def _missed(sources: Sources) -> Missed:
    events, child = sources.of_frame("attendance")
    spells, calendar = sources.cohort.enrolled, calendar_of(sources)
    known = {*WHOLE_DAY, *PART_DAY, *PRESENT}
    for word in pc.unique(events["category"]).to_pylist():
        one_of(word or "", known, "attendance category")
    day = days_of(events["date"], otherwise=sources.report.first_on)
    schools = pa.array(calendar.schools, pa.string())
    place = pc.fill_null(pc.index_in(events["school"], value_set=schools), -1)
    school = np.asarray(place).astype(np.int64)
    spell = np.searchsorted(
        spells.child * _DAYS + spells.first, child * _DAYS + day, side="right"
    )
    at = np.maximum(spell - 1, 0)
    counts = (spell > 0) & (school >= 0)
    if len(spells.child):
        counts &= (spells.child[at] == child) & (day <= spells.last[at])
        counts &= school_of(sources, spells)[at] == school
    counts &= calendar.count(np.maximum(school, 0), day, day) > 0
    duration = numbers(events["duration"])
    is_whole = _is(events["category"], WHOLE_DAY)
    share = np.where(is_whole & np.isnan(duration), 1.0, np.nan_to_num(duration))
    share[_is(events["category"], PRESENT)] = 0
    counts &= share > 0
    key, row = np.unique((child * _DAYS + day)[counts], return_inverse=True)
    share, category = share[counts], events["category"].filter(pa.array(counts))

    def added(is_kind: Flags) -> NDArray[np.float64]:
        return np.minimum(np.bincount(row, share * is_kind, len(key)), 1.0)

    return Missed(
        child=key // _DAYS,
        day=key % _DAYS,
        share=added(np.ones(len(share), bool)),
        excused=added(_is(category, {"Excused Absence"})),
        unexcused=added(_is(category, {"Unexcused Absence"})),
    )


def suspended_days(sources: Sources) -> tuple[Whole, Whole]:
    """Return children and the instructional days of out-of-school suspension.

    A suspension of so many days is served on as many instructional days from its date
    on, at the school of the day.
    """
    actions, child = sources.of_frame("discipline")
    spells, calendar = sources.cohort.enrolled, calendar_of(sources)
    is_out = _is(actions["action"], OUT_OF_SCHOOL)
    served = np.nan_to_num(numbers(actions["days_served"]))
    day = days_of(actions["date"], otherwise=sources.report.first_on)
    spell = np.searchsorted(
        spells.child * _DAYS + spells.first, child * _DAYS + day, side="right"
    )
    at = np.maximum(spell - 1, 0)
    is_here = is_out & (spell > 0) & (served > 0)
    if len(spells.child):
        is_here &= (spells.child[at] == child) & (day <= spells.last[at])
    rows = np.flatnonzero(is_here)
    school = school_of(sources, spells)[at[rows]]
    n = np.ceil(served[rows]).astype(np.int64)
    days, of_row = calendar.after(school, day[rows], n)
    key = np.unique(child[rows][of_row] * _DAYS + days)
    return key // _DAYS, key % _DAYS


def _is(column: pa.Array, words: set[str] | frozenset[str]) -> Flags:
    return flags(pc.is_in(column, value_set=pa.array(sorted(words), pa.string())))
