"""Days enrolled and days absent, per student.

A day counts as absent when half of it or more was missed, for whatever reason.
Source: EDFacts file specification FS195, chronic absenteeism.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from accounts.acts import RuleBroken

ABSENT_SHARE = 0.5
WHOLE_DAY = frozenset({"Excused Absence", "Unexcused Absence"})
PART_DAY = frozenset({"Partial"})
PRESENT = frozenset({"In Attendance", "Tardy", "Early departure"})
CATEGORIES = tuple(sorted(WHOLE_DAY | PART_DAY | PRESENT))

STUDENT_DAYS = pa.schema(
    {
        "student_id": pa.string(),
        "school": pa.string(),
        "days_enrolled": pa.int32(),
        "days_absent": pa.float64(),
    }
)


@dataclass(frozen=True, slots=True)
class _Session:
    first: date
    last: date
    n_days: int


@dataclass(frozen=True, slots=True)
class _Calendar:
    """One school's sessions and those of its instructional dates that are known."""

    school: str
    sessions: tuple[_Session, ...]
    dates: frozenset[date]

    def n_days(self, first: date, last: date) -> int:
        """Return the instructional days from first to last, both included.

        Raises RuleBroken when a session is cut whose dates the calendar leaves out.
        """
        return sum(self._within(session, first, last) for session in self.sessions)

    def _within(self, session: _Session, first: date, last: date) -> int:
        if last < session.first or session.last < first:
            return 0
        if first <= session.first and session.last <= last:
            return session.n_days
        known = [day for day in self.dates if session.first <= day <= session.last]
        if len(known) != session.n_days:
            raise RuleBroken(
                f"A student of school {self.school} was enrolled for part of a "
                "session whose instructional dates the calendar does not list, so the "
                "days enrolled cannot be counted. Send a calendar with all dates."
            )
        return sum(first <= day <= last for day in known)


@dataclass(frozen=True, slots=True)
class _Spell:
    school: str
    first: date
    last: date


def student_days(
    enrolment: pa.Table, attendance: pa.Table, calendar: pa.Table
) -> pa.Table:
    """Return one row per enrolled student: student_id, school, days_enrolled, _absent.

    enrolment: id, school, entry_date, exit_date (empty while enrolled); attendance
    and calendar: the frames of those names that `formats.edfi` reads. Days are
    instructional days. School is where a student with several enrolments was longest,
    the later of equals; an enrolment ends at the latest where the next one begins.
    Events outside an enrolment, and parts of a day without a duration, do not count.
    Raises RuleBroken for a school without a calendar, an unknown attendance category,
    or days that cannot be counted.
    """
    calendars = _calendars(calendar)
    absent = _absent_days(attendance)
    rows = []
    for student, spells in _spells(enrolment, calendars).items():
        days = {s: calendars[s.school].n_days(s.first, s.last) for s in spells}
        n_enrolled = sum(days.values())
        missed = {
            (spell.school, day)
            for spell in spells
            for day in absent.get((student, spell.school), ())
            if spell.first <= day <= spell.last
        }
        if n_enrolled:
            rows.append(
                {
                    "student_id": student,
                    "school": max(spells, key=lambda s: (days[s], s.first)).school,
                    "days_enrolled": n_enrolled,
                    "days_absent": min(len(missed), n_enrolled),
                }
            )
    return pa.Table.from_pylist(rows, schema=STUDENT_DAYS)


def school_year(calendar: pa.Table) -> tuple[str, date, date]:
    """Return the year that a calendar's sessions span ("2021–22"), and its days.

    These are the first and the last.

    Raises RuleBroken where there is no session, or they span more than two years.
    """
    sessions = [row for row in calendar.to_pylist() if row["session"] is not None]
    if not sessions:
        raise RuleBroken(
            "The calendar has no session. Send the school year's calendar."
        )
    first = min(row["date"] for row in sessions)
    last = max(row["end_date"] for row in sessions)
    if last.year - first.year > 1:
        raise RuleBroken(
            "The calendar spans more than one school year, so figures would mix them. "
            "Send the files of one school year."
        )
    end = f"–{last.year % 100:02d}" if last.year > first.year else ""
    return f"{first.year}{end}", first, last


def residents(
    tenants: pa.Table, *, by: date, stays: pa.Table | None = None
) -> pa.Table:
    """Return the tenants of a day, each with the development of that day.

    stays: dated spells, the frame `tenancies` of the delivery; without them whoever
    had moved in by the day lived where the list says. No date counts as earlier.
    """
    day = pa.scalar(by)
    if stays is None:
        moved = tenants.column("move_in_date")
        return tenants.filter(pc.less_equal(moved, day).fill_null(True))
    here = pc.and_(
        pc.less_equal(stays["move_in_date"], day).fill_null(True),
        pc.greater_equal(stays["move_out_date"], day).fill_null(True),
    )
    homes = stays.filter(here)
    place = pc.index_in(tenants["member_id"], homes["member_id"].combine_chunks())
    lived = homes["development"].take(place)
    at = tenants.column_names.index("development")
    moved_to = tenants.set_column(at, "development", lived)
    return moved_to.filter(pc.is_valid(place))


def _columns(table: pa.Table, *names: str) -> Iterable[list[Any]]:
    return (table.column(name).to_pylist() for name in names)


def _calendars(calendar: pa.Table) -> Mapping[str, _Calendar]:
    sessions: dict[str, list[_Session]] = defaultdict(list)
    dates: dict[str, set[date]] = defaultdict(set)
    for row in calendar.to_pylist():
        if row["session"] is None:
            dates[row["school"]].add(row["date"])
        else:
            session = _Session(row["date"], row["end_date"], row["n_days"])
            sessions[row["school"]].append(session)
    for school, found in sessions.items():
        found.sort(key=lambda session: session.first)
        if any(one.last >= two.first for one, two in pairwise(found)):
            raise RuleBroken(
                f"The sessions of school {school} overlap, so its days would count "
                "twice. Send only the sessions that together make up the year."
            )
    return {
        school: _Calendar(school, tuple(found), frozenset(dates[school]))
        for school, found in sessions.items()
    }


def _spells(
    enrolment: pa.Table, calendars: Mapping[str, _Calendar]
) -> Mapping[str, Sequence[_Spell]]:
    found: dict[str, list[_Spell]] = defaultdict(list)
    names = ("id", "school", "entry_date", "exit_date")
    for student, school, entry, left in zip(*_columns(enrolment, *names), strict=True):
        if school not in calendars:
            raise RuleBroken(
                f"The calendar has no session for school {school}, so the days "
                "enrolled there cannot be counted. Send its calendar."
            )
        found[student].append(_Spell(school, entry, left or date.max))
    return {student: _one_at_a_time(spells) for student, spells in found.items()}


def _one_at_a_time(spells: Iterable[_Spell]) -> Sequence[_Spell]:
    """Return the spells in order, each ended before the next one begins."""
    ordered = sorted(spells, key=lambda spell: (spell.first, spell.last))
    ends = [spell.first - timedelta(days=1) for spell in ordered[1:]]
    ended = [
        _Spell(spell.school, spell.first, min(spell.last, end))
        for spell, end in zip(ordered, [*ends, date.max], strict=True)
    ]
    return [spell for spell in ended if spell.first <= spell.last]


def _absent_days(attendance: pa.Table) -> Mapping[tuple[str, str], set[date]]:
    shares: dict[tuple[str, str, date], float] = defaultdict(float)
    names = ("id", "school", "date", "category", "duration")
    for student, school, day, category, duration in zip(
        *_columns(attendance, *names), strict=True
    ):
        shares[student, school, day] += _share_missed(category, duration)
    absent: dict[tuple[str, str], set[date]] = defaultdict(set)
    for (student, school, day), share in shares.items():
        if share >= ABSENT_SHARE:
            absent[student, school].add(day)
    return absent


def _share_missed(category: str, duration: float | None) -> float:
    if category in PRESENT:
        return 0.0
    if category in WHOLE_DAY:
        return 1.0 if duration is None else duration
    if category in PART_DAY:
        return duration or 0.0
    raise RuleBroken(
        f"The attendance category “{category:.60}” is not known, so it cannot be said "
        "whether it is an absence. Send one of "
        f"{', '.join(CATEGORIES)}."
    )
