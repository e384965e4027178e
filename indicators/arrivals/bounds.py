"""Rows held to what the agreement covers (rule R-057): the rest is set aside.

Nothing is guessed: of a row that does not tell what the agreement asks, the sender says
whether it is covered.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from agreements.rules.scope import ALL, Scope, in_words
from indicators.arrivals import places
from indicators.arrivals.changes import PLACES
from indicators.arrivals.contract import COVERED, LEFT_OUT, Frames
from indicators.arrivals.covered import (
    are_at,
    are_within,
    grades_in,
    school_years_in,
)
from indicators.arrivals.record_kinds import DAYS_OF_RECORDS
from indicators.arrivals.rows import Rows, are_in, as_mask
from indicators.formats.cells import Mask
from indicators.formats.report import Report

RULE, ASKS = "R-057", "R18"
SCHOOL, GRADE, YEAR = "enrolment.school", "enrolment.grade", "calendar.school_year"
ENTRY, EXIT = "enrolment.entry_date", "enrolment.exit_date"
EVENT, EVENT_SCHOOL = "attendance.date", "attendance.school"
OF_DAYS, NAME = "calendar.days_in_session", "student.first_name"
NO_ENROLMENT = "the student has no enrolment that the agreement covers"
OF_OTHERS = "the student is none whom the agreement covers"


@dataclass(slots=True)
class Bounds:
    """Holds the rows of one delivery to a scope, and counts what is set aside.

    untold: what the sender said of rows that do not tell enough: COVERED, LEFT_OUT, or
    nothing. outside: how many rows were set aside, by reason.
    """

    report: Report
    today: date
    scope: Scope = ALL
    untold: str = ""
    outside: Counter[str] = field(default_factory=Counter)
    _asked: Counter[str] = field(default_factory=Counter)
    _vouched: Counter[str] = field(default_factory=Counter)

    def hold_tenants(self, rows: Rows, stays: pa.Table | None) -> None:
        """Set aside children of a housing list whom the agreement does not cover."""
        scope = self.scope
        if scope.places:
            at = are_at(rows.values("tenant.development"), scope.places)
            self._refuse(rows, ~at, "a building that the agreement does not cover")
        if scope.years:
            self._refuse(rows, ~self._live(rows, stays), self._of_year("a time"))
        self._hold_ages(rows, "tenant.birth_date")

    def _live(self, rows: Rows, stays: pa.Table | None) -> Mask:
        """Return who lived there in the school years; of a list without days, now."""
        if stays is not None:
            covered = self.stays(stays)
            return are_in(rows.values("tenant.member_id"), covered["member_id"])
        return np.full(len(rows), self._is_now)

    @property
    def _is_now(self) -> bool:
        """Whether files without any day are covered: they are of the day they come."""
        first, last = self.scope.days
        return first <= self.today <= last

    def hold_students(self, rows: Rows) -> None:
        """Set aside rows whose own cells say that the agreement does not cover them."""
        scope = self.scope
        is_event = rows.has(EVENT)
        # Where a row also tells an enrolment, a record beside it is held by itself.
        of_records = () if rows.has(NAME) or rows.has(ENTRY) else DAYS_OF_RECORDS
        day = next((code for code in (EVENT, *of_records) if rows.has(code)), "")
        school = EVENT_SCHOOL if is_event and rows.has(EVENT_SCHOOL) else SCHOOL
        if scope.places and rows.has(school):
            at = are_at(rows.values(school), scope.places)
            at |= as_mask(pc.is_null(rows.values(school)))  # another row tells it
            self._refuse(rows, ~at, "a school that the agreement does not cover")
        if scope.years and (day or any(map(rows.has, (SCHOOL, OF_DAYS, YEAR)))):
            self._hold_years(rows, day=day)
        if scope.grades and rows.has(GRADE) and not day:
            among, told = grades_in(rows.texts(GRADE), scope.grades)
            self._refuse(
                rows, told & ~among, "a grade that the agreement does not cover"
            )
            _, told = grades_in(rows.texts(GRADE), scope.grades)
            self._settle(rows, ~told, "grade")
        if rows.has("student.birth_date"):
            self._hold_ages(rows, "student.birth_date")

    def _hold_years(self, rows: Rows, *, day: str) -> None:
        if day:
            days = rows.values(day).cast(pa.date32())
            within = are_within(days, days, self.scope.days)
            self._refuse(rows, ~within, self._of_year("a day"))
        if rows.has(YEAR) and day != EVENT:
            among, told = school_years_in(rows.texts(YEAR), self.scope.years)
            self._refuse(rows, told & ~among, self._of_year("a school year"))
        if day:
            return
        if rows.has(ENTRY):
            in_time = are_within(rows.values(ENTRY), rows.values(EXIT), self.scope.days)
            self._refuse(
                rows,
                ~in_time & ~self._tells_year(rows),
                self._of_year("an enrolment at a time"),
            )
            undated = as_mask(pc.is_null(rows.values(ENTRY)))
            self._settle(rows, undated & ~self._tells_year(rows), "day of entry")
        elif rows.has(YEAR):
            self._settle(rows, ~self._tells_year(rows), "school year")
        elif not self._is_now and (rows.has(NAME) or not rows.has(OF_DAYS)):
            which = np.ones(len(rows), np.bool_)
            words = "no day is told, and the file arrives in a school year"
            self._refuse(rows, which, self._of_year(words))

    def _tells_year(self, rows: Rows) -> Mask:
        if not rows.has(YEAR):
            return np.zeros(len(rows), np.bool_)
        return school_years_in(rows.texts(YEAR), self.scope.years)[1]

    def _of_year(self, what: str) -> str:
        return f"{what} that the agreement does not cover"

    def _hold_ages(self, rows: Rows, code: str) -> None:
        if not self.scope.ages:
            return
        among = self._of_age(rows.values(code))
        undated = as_mask(pc.is_null(rows.values(code)))
        self._refuse(
            rows, ~among & ~undated, "an age that the agreement does not cover"
        )
        undated = as_mask(pc.is_null(rows.values(code)))
        self._settle(rows, undated, "birth date")

    def _of_age(self, born: pa.ChunkedArray) -> Mask:
        after, last = self.scope.born(self.today)
        days = born.cast(pa.date32())
        among = pc.and_(
            pc.greater(days, pa.scalar(after)), pc.less_equal(days, pa.scalar(last))
        )
        return as_mask(among)

    def leave_out(self, rows: Rows, which: Mask, why: str) -> None:
        """Set aside rows of students whom another row puts outside."""
        self._refuse(rows, which, why)

    def _settle(self, rows: Rows, which: Mask, lacking: str) -> None:
        """Do with rows that do not tell enough as the sender said, or ask."""
        n = int(which.sum())
        if self.untold == LEFT_OUT:
            self._refuse(rows, which, f"no {lacking}, and you said to leave it out")
        elif n:
            (self._vouched if self.untold == COVERED else self._asked)[lacking] += n

    def _refuse(self, rows: Rows, which: Mask, why: str) -> None:
        if n := int(which.sum()):
            self.outside[why] += n
            rows.reject_others(which, RULE, f"{why} (rule {RULE}).")

    def _in_time(self, stays: pa.Table) -> Mask:
        days = self.scope.days
        return are_within(stays["move_in_date"], stays["move_out_date"], days)

    def stays(self, stays: pa.Table) -> pa.Table:
        """Return those dated spells of children that the agreement covers."""
        kept = np.ones(stays.num_rows, np.bool_)
        if self.scope.places:
            kept &= are_at(stays["development"], self.scope.places)
        if self.scope.years:
            kept &= self._in_time(stays)
        return stays.filter(pa.array(kept))

    def students(self, frames: Frames) -> Frames:
        """Return the frames of the students without any row that is known outside.

        What stands in earlier frames, on which changes build, came under its own terms.
        """
        if not self.scope.is_limited or "student" not in frames:
            return frames
        held = {name: self._frame(name, frame) for name, frame in frames.items()}
        people = held["student"]
        if self.scope.is_by_enrolment and "enrolment" in held:
            enrolled = are_in(people["id"], held["enrolment"]["id"])
            people = people.filter(pa.array(enrolled))
        held["student"] = people
        for name in held.keys() - {"student", "calendar"}:
            of_them = are_in(held[name]["id"], people["id"])
            if name == PLACES:  # one of nobody is of an organisation
                of_them |= as_mask(pc.is_null(held[name]["id"]))
            held[name] = held[name].filter(pa.array(of_them))
        return held

    def _frame(self, name: str, frame: pa.Table) -> pa.Table:
        """Return a frame's rows that their own cells do not put outside.

        Of places outside it stays known that there are some.
        """
        scope, names = self.scope, frame.column_names
        kept = np.ones(frame.num_rows, np.bool_)
        named = np.zeros(frame.num_rows, np.bool_)
        if scope.years and "school_year" in names:
            said = frame["school_year"].fill_null("")
            among, named = school_years_in(said, scope.years)
            kept &= among | ~named
        if scope.places and "school" in names:
            unsaid = as_mask(pc.is_in(frame["school"], pa.array(["", None])))
            kept &= are_at(frame["school"], scope.places) | unsaid
        if scope.years and (ends := _DAYS.get(name)):
            start, end = ends
            within = are_within(frame[start], frame[end], scope.days) | named
            if name in _OF_RECORDS and (n := int((~within).sum())):
                self.outside[self._of_year("a day")] += n
            kept &= within
        if scope.grades and "grade" in names:
            among, told = grades_in(frame["grade"].fill_null(""), scope.grades)
            kept &= among | ~told
        if scope.ages and name == "student":
            unsaid = as_mask(pc.is_null(frame["birth_date"]))
            kept &= self._of_age(frame["birth_date"]) | unsaid
        return (
            places.blank(frame, ~kept)
            if name == PLACES
            else frame.filter(pa.array(kept))
        )

    def finish(self) -> None:
        """Ask what nobody but the sender can say, and tell what was set aside."""
        if self._asked:
            told = ", ".join(f"no {what}: {n:,}" for what, n in self._asked.items())
            self.report.ask(
                ASKS,
                f"Some rows do not tell whether the agreement covers them ({told}). It "
                f"covers only rows {in_words(self.scope)} (rule {RULE}). What becomes "
                "of them?",
                choices=(LEFT_OUT, COVERED),
            )
        for what, n in self._vouched.items():
            self.report.notice(
                RULE,
                f"Rows kept that tell no {what}: {n:,}. The sender says that the "
                "agreement covers them.",
            )
        if self.outside:
            self.report.notice(
                RULE,
                f"The agreement covers only rows {in_words(self.scope)}. What is "
                f"outside is set aside (rule {RULE}): {self.told}.",
            )

    @property
    def told(self) -> str:
        """How many rows are outside, by reason."""
        return "; ".join(f"{n:,} of {why}" for why, n in self.outside.items())


_DAYS = {
    "enrolment": ("entry_date", "exit_date"),
    PLACES: ("entry_date", "exit_date"),
    "attendance": ("date", "date"),
    "discipline": ("date", "date"),
    "assessments": ("date", "date"),
    "diplomas": ("diploma_on", "diploma_on"),
    "calendar": ("date", "end_date"),
}
_OF_RECORDS = ("discipline", "assessments", "diplomas")
