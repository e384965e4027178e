"""The district's side: tables of any cut as students, enrolments, events and days."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from agreements.rules.elements import ELEMENTS
from indicators.arrivals.bounds import GRADE, NO_ENROLMENT, OF_OTHERS, Bounds
from indicators.arrivals.changes import Changes, changed
from indicators.arrivals.codes import CODE_LISTS, meant
from indicators.arrivals.contract import Frames
from indicators.arrivals.covered import as_grades
from indicators.arrivals.days import counted_days, summed, told_days
from indicators.arrivals.disputes import (
    BORN,
    DISPUTABLE,
    NAMES,
    Disputes,
    Strangers,
    are_other,
    first_told,
)
from indicators.arrivals.enrolments import with_exits
from indicators.arrivals.record_kinds import KINDS
from indicators.arrivals.records import (
    is_of,
    one_of_each_year,
    records,
    set_unusable_aside,
    tells,
)
from indicators.arrivals.rows import (
    Rows,
    Taken,
    are_in,
    are_repeats,
    as_mask,
    column_name,
    joined,
    named,
)
from indicators.arrivals.schemas import shaped
from indicators.arrivals.standing import Judge
from indicators.formats.edfi_records import share_of_day
from indicators.formats.report import Report

ID, SCHOOL = "student.id", "enrolment.school"
ENTRY, EXIT = "enrolment.entry_date", "enrolment.exit_date"
AGAIN = "the student number"
NEEDED = (ID, *NAMES, BORN, SCHOOL)
EVENT = ("attendance.date", "attendance.category")
EVENT_SCHOOL, DURATION = "attendance.school", "attendance.duration"
DAYS = ("calendar.days_in_session", "attendance.days_absent")
ATTENDED = "attendance.days_attended"
CALENDAR = ("calendar.session", "calendar.date", "calendar.school")
_OF_SPELLS = ("enrolment.", "school.")
_OF_ATTENDANCE = (("Days absent", "days"), ("Events of attendance", "attendance"))


@dataclass(slots=True)
class Students:
    """Frames as they are gathered; seen: elements for which there was a column.

    bare: what tables without numbers hold. told: frames of told records.
    earlier: the frames on which a set of changes builds; changes: what sets also say.
    """

    judge: Judge
    report: Report
    are_named: bool
    bounds: Bounds
    earlier: Frames | None = None
    changes: Sequence[Changes] = ()
    seen: set[str] = field(default_factory=set)
    bare: set[str] = field(default_factory=set)
    elements: frozenset[str] = frozenset()
    spells: list[pa.Table] = field(default_factory=list)
    events: list[pa.Table] = field(default_factory=list)
    days: list[pa.Table] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    disputes: Disputes = field(init=False)
    strangers: Strangers = field(default_factory=Strangers)
    records: dict[str, list[pa.Table]] = field(default_factory=dict)
    student: pa.Table | None = None
    came: pa.Array | None = None
    people: Rows | None = None

    def __post_init__(self) -> None:
        self.disputes = Disputes(are_changes=bool(self.earlier))

    def take(self, taken: Sequence[Taken]) -> None:
        """Cut tables into what they hold of each frame."""
        self.bare.update(*(e.frame.column_names for e in taken if not _has(e, ID)))
        taken = [each for each in taken if _has(each, ID)]
        people = [each for each in taken if _has(each, *NAMES)]
        others = [each for each in taken if not _has(each, *NAMES)]
        for each in taken:
            self.seen.update(each.frame.column_names)
            self.told.update(k.frame for k in KINDS if tells(k, each.frame))
        if people:
            self._take_people(self._rows(people))
        for each in filter(_tells_enrolment, others):
            self._take_other(self._rows([each]))
        self._leave_unenrolled()
        for each in others:
            if not _tells_enrolment(each):
                self._take_other(self._rows([each]))

    def _take_other(self, rows: Rows) -> None:
        self._require_known(rows)
        self.bounds.hold_students(rows)
        self._add_to_people(rows)
        self._take_rest(rows)

    def _leave_unenrolled(self) -> None:
        """Leave out whoever has no enrolment within what the agreement covers.

        A set of changes need not repeat the enrolment; see `Bounds.students`.
        """
        is_asked = self.bounds.scope.is_by_enrolment and not self.earlier
        if not is_asked or not self.spells or not self.people:
            return
        enrolled = pa.chunked_array(
            [chunk for spells in self.spells for chunk in spells["id"].chunks],
            pa.string(),
        )
        out = ~are_in(self.people.values(ID), enrolled)
        self.bounds.leave_out(self.people, out, NO_ENROLMENT)
        assert self.student is not None
        kept = are_in(self.student["id"], enrolled)
        self.student = self.student.filter(pa.array(kept))

    def _rows(self, taken: Sequence[Taken]) -> Rows:
        """Return the rows without those whose dates cannot be so."""
        rows = Rows(taken, self.report, are_named=self.are_named)
        rows.reject_impossible(BORN, ENTRY, EXIT, today=self.bounds.today)
        return rows

    def _take_people(self, rows: Rows) -> None:
        """Keep one row for each student; the same number for two is set aside."""
        own = [name for name in rows.table.column_names if name.startswith("student.")]
        self.people, self.came = rows, rows.values(ID).combine_chunks()
        self.bounds.hold_students(rows)
        if rows.repeats(ID).any():
            self._hold_to_one(rows)
            for code in filter(DISPUTABLE.__contains__, own):
                known = first_told(code, rows.values(ID), rows.values(code))
                self.disputes.note(code, rows, known)
            for code in filter(ID.__ne__, own):
                rows.put(code, first_told(code, rows.values(ID), rows.values(code)))
        self._take_rest(rows)
        once = ~rows.repeats(ID)
        table = rows.table.select(own).filter(pa.array(once))
        self.student = named(table)

    def _hold_to_one(self, rows: Rows) -> None:
        """Set aside rows of somebody else by a number; blanks tell nothing."""
        differing = {}
        for code in (*NAMES, BORN):
            values = rows.values(code)
            known = first_told(code, rows.values(ID), values)
            differing[code] = are_other(code, known, values)
        others = np.logical_or.reduce([*differing.values()]) & (rows.codes(ID) >= 0)
        rows.reject_again(others, AGAIN, ID, differing=differing)

    def _require_known(self, rows: Rows) -> None:
        """Set aside rows of nobody in the list of students, where there is one."""
        if self.student is not None:
            known = self.student["id"].combine_chunks()
            if self.earlier:
                earlier = self.earlier["student"]["id"].combine_chunks()
                known = pa.concat_arrays([known, earlier])
            are_known = are_in(rows.values(ID), known)
            if self.came is not None and self.bounds.outside:
                came = are_in(rows.values(ID), self.came)
                self.bounds.leave_out(rows, came & ~are_known, OF_OTHERS)
                are_known = are_in(rows.values(ID), known)
            self.strangers.note(~are_known, rows)
            words = "the student number is not in the list of students."
            rows.reject_others(~are_known, "R03", words)

    def _add_to_people(self, rows: Rows) -> None:
        """Add what another file says of students, once for each of them.

        A row that tells of another name or birth date is set aside, and what else rows
        contradict is not known.
        """
        if self.student is None:
            return
        own = [n for n in rows.table.column_names if n.startswith("student.")]
        order = (*NAMES, BORN, *DISPUTABLE)  # whose row it is comes first
        for code in sorted(filter(ID.__ne__, own), key=order.index):
            self._add_column(code, rows)

    def _add_column(self, code: str, rows: Rows) -> None:
        assert self.student is not None
        students, name, values = self.student, column_name(code), rows.values(code)
        if name not in students.column_names:
            nothing = pa.nulls(len(students), values.type)
            students = students.append_column(name, nothing)
        before = students[name]
        values = values.cast(before.type)
        numbers = pa.chunked_array(students["id"].chunks + rows.values(ID).chunks)
        told = pa.chunked_array(before.chunks + values.chunks)
        told = first_told(code, numbers, told)
        at = students.column_names.index(name)
        added = told.slice(0, len(students))
        self.student = students.set_column(at, name, added)
        known = told.slice(len(students))
        if code in DISPUTABLE:
            kept = before.take(pc.index_in(rows.values(ID), students["id"]))
            self.disputes.note(code, rows, known, kept)
        else:
            what = ELEMENTS[code].label.lower()
            says = f"another row says that the student is of another {what}."
            rows.reject(are_other(code, known, values), "R02", says, column=code)

    def _take_rest(self, rows: Rows) -> None:
        """Take what a row says beside who the student is."""
        kinds = [kind for kind in KINDS if is_of(kind, rows.table.column_names)]
        for kind in kinds:
            set_unusable_aside(kind, rows, self.report)
        for kind in kinds:
            found = records(kind, rows, self.judge, self.report)
            self.records.setdefault(kind.frame, []).append(found)
        if rows.has(EVENT[0]):
            self._take_events(rows)
            return
        has_days = rows.has(DAYS[0]) and (rows.has(DAYS[1]) or rows.has(ATTENDED))
        if has_days:
            counted = counted_days(rows)
            self.days.append(told_days(rows, counted))
        is_of_other = has_days or kinds
        if rows.has(SCHOOL) and (
            rows.has(*NAMES) or rows.has(ENTRY) or not is_of_other
        ):
            own = [n for n in rows.table.column_names if n.startswith(_OF_SPELLS)]
            own += [n for n in ("calendar.school_year",) if rows.has(n)]
            table = rows.table.select([ID, *own])
            once = ~are_repeats(*(table[name] for name in table.column_names))
            self.spells.append(self._in_codes(named(table.filter(pa.array(once)))))

    def _in_codes(self, spells: pa.Table) -> pa.Table:
        """Return enrolments with grades, entries and exits in the words of measures."""
        for at, name in enumerate(spells.column_names):
            code = f"enrolment.{name}"
            if name == "grade":
                grades = as_grades(spells[name].cast(pa.string()))
                spells = spells.set_column(at, name, grades)
            elif code in CODE_LISTS:
                texts = spells[name].cast(pa.string()).fill_null("")
                known = meant(code, texts, spells["id"], self.judge, self.report)
                spells = spells.set_column(at, name, known)
        return spells

    def _take_events(self, rows: Rows) -> None:
        """Take events in the words of the standard; one without a kind is set aside."""
        lacking = as_mask(pc.equal(rows.texts(EVENT[1]), ""))
        rows.reject(lacking, "R01", "the kind of attendance is empty.")
        school = EVENT_SCHOOL if rows.has(EVENT_SCHOOL) else SCHOOL
        shares = map(share_of_day, rows.texts(DURATION).to_pylist())
        kind, students = EVENT[1], rows.values(ID)
        self.events.append(
            pa.table(
                {
                    "id": students,
                    "school": rows.texts(school),
                    "date": rows.values(EVENT[0]).cast(pa.date32()),
                    "category": meant(
                        kind, rows.texts(kind), students, self.judge, self.report
                    ),
                    "duration": pa.array(list(shares), pa.float64()),
                }
            )
        )

    def gathered(self, calendar: pa.Table | None) -> Frames:
        """Return the frames of what was taken, whatever is missing."""
        frames: Frames = {}
        if self.student is not None:
            frames["student"] = shaped(
                "student", self.disputes.left_out_of(self.student)
            )
        if self.spells:
            spells = shaped("enrolment", joined(self.spells))
            frames["enrolment"] = with_exits(spells, self.report)
        if self.events:
            frames["attendance"] = shaped("attendance", joined(self.events))
            if calendar is not None:
                frames["calendar"] = shaped("calendar", calendar)
        elif self.days:
            frames["days"] = shaped("days", summed(self.days, self.report))
        for name, tables in self.records.items():
            frames[name] = shaped(name, joined(tables))
        if "records" in frames:
            frames["records"] = one_of_each_year(frames["records"], self.report)
        return frames

    def result(self, calendar: pa.Table | None) -> tuple[Frames, tuple[str, ...]]:
        """Return the frames, and the elements without which they mean nothing."""
        frames = self.gathered(calendar)
        self.strangers.tell(self.report)
        self._require_enrolments(frames)
        self._require_records(frames)
        # A column of numbers that was removed is not made good by earlier ones.
        if "student" in frames and frames["student"]["id"].null_count:
            return {}, (ID,)
        frames = changed(self.earlier, frames, self.changes)
        frames = self.bounds.students(frames)
        missing = self._missing(frames)
        if missing:
            return {}, missing
        self._count_undated(frames["student"])
        self._tell_year(frames)
        self.elements = frozenset(filter(self.judge.is_stored, self.seen))
        if "calendar" in frames:
            self.elements |= self.judge.listed & set(CALENDAR)
        return frames, ()

    def _require_enrolments(self, frames: Frames) -> None:
        """Refuse students where enrolments were sent and none of them can be used."""
        students, spells = frames.get("student"), frames.get("enrolment")
        if self.earlier or students is None or spells is None:
            return
        if students.num_rows and not spells.num_rows:
            self.report.refuse(
                "F06",
                "Enrolments were sent, and none of them can be used, so nobody is "
                "known to be at a school and nothing was kept. See what was set "
                "aside. Send files whose student numbers are the same in all of them.",
            )

    def _require_records(self, frames: Frames) -> None:
        """Refuse records of a kind of which none can be used: none is no zero."""
        if self.earlier or self.bounds.outside:
            return
        sent = [(k.called, k.frame) for k in KINDS if k.frame in self.told]
        sent += [each for each in _OF_ATTENDANCE if each[1] in frames]
        for called, frame in sent:
            if not frames[frame].num_rows:
                self.report.refuse(
                    "F06",
                    f"{called} were sent, and none of them can be used. See what was "
                    "set aside, correct the files and send them again.",
                )

    def _missing(self, frames: Frames) -> tuple[str, ...]:
        """Return the elements that are needed and not there, or not listed."""
        needed = list(NEEDED)
        untold = [code for code in NEEDED[:-1] if code not in self.seen] or [*NAMES]
        number = [ID] if self.bare & {*untold} else []
        missing = [] if "student" in frames else number + untold
        if "enrolment" not in frames:
            missing.append(SCHOOL)
        if "attendance" in frames and "calendar" not in frames:
            missing += CALENDAR
        if "attendance" in frames:
            needed += [*EVENT, ENTRY]
        elif "days" not in frames and self.seen & {*DAYS, ATTENDED}:
            missing += [each for each in DAYS if each not in self.seen]
        if self.bounds.scope.grades:
            needed.append(GRADE)
        seen = self.seen | (self.judge.listed if self.earlier else set())
        needed += [code for kind in KINDS for code in kind.needed(self.seen)]
        missing += [c for c in needed if c not in seen or c not in self.judge.listed]
        there = self.bare if ID in missing else ()
        return tuple(code for code in dict.fromkeys(missing) if code not in there)

    def _tell_year(self, frames: Frames) -> None:
        """Say so where no file tells of which school year it is."""
        told = any("school_year" in frame.column_names for frame in frames.values())
        spells = frames["enrolment"]["entry_date"]
        if "calendar" in frames or told or len(spells) > spells.null_count:
            return
        message = (
            "No file says of which school year it is. The one in which the files "
            "arrive is taken."
        )
        self.report.notice("F13", message)

    def _count_undated(self, students: pa.Table) -> None:
        if n := students["birth_date"].null_count:
            have, were = (" has", "was") if n == 1 else ("s have", "were")
            message = f"{n:,} student{have} no birth date and {were} kept."
            self.report.notice("R01", message)


def _tells_enrolment(taken: Taken) -> bool:
    """Return whether a table tells of enrolments, not of days or records alone."""
    is_of_days = _has(taken, EVENT[0]) or _has(taken, DAYS[0])
    is_of_days |= any(is_of(kind, taken.frame.column_names) for kind in KINDS)
    return _has(taken, ENTRY) or not is_of_days


def _has(taken: Taken, *names: str) -> bool:
    return set(names) <= set(taken.frame.column_names)
