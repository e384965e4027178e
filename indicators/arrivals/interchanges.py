"""Ed-Fi records, from XML and JSON of any version, as tables of students and days."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from indicators.arrivals.contract import Standing
from indicators.arrivals.edfi_districts import (
    ORGANISATION,
    as_districts_tell,
    organisation,
)
from indicators.arrivals.edfi_named import NAMED, WITHIN, agreed, with_told
from indicators.arrivals.edfi_values import (
    DISPUTED,
    METHOD,
    OF_ADDRESS,
    STATE_ID,
    TYPED_AVERAGES,
    UNCLASSED,
    UNCLEAR,
    UNHOUSED,
    UNTYPED,
    ask_methods,
    averages,
    by_diploma,
    class_by_ninth_grade,
    counted,
    gone_addresses,
    home,
    levels,
    methods_asked_as,
    state_id,
    subjects,
    tell_untold,
    term,
    within,
)
from indicators.arrivals.record_kinds import TERM
from indicators.arrivals.rows import Taken
from indicators.arrivals.standing import UNUSED, Judge, Judged, listed_as
from indicators.formats.dates import read_iso
from indicators.formats.edfi_parser import Found
from indicators.formats.edfi_records import At, days, descriptor, text
from indicators.formats.edfi_resources import (
    AVERAGES,
    BIRTH,
    DATE,
    TELLS_APART,
    Resource,
    Value,
)
from indicators.formats.examine import too_many
from indicators.formats.report import ColumnSeen, Report, Status, shown

# Over all files of a set; the largest district has about a million.
MOST_STUDENTS = 1_200_000
BATCH_ROWS = 20_000
PEOPLE = "students"
MORE_OF_PEOPLE = "studentEducationOrganizationAssociations"
SCHOOLS, SPELLS = "schools", "studentSchoolAssociations"
EVENTS = "studentSchoolAttendanceEvents"
DATES, SESSIONS = "calendarDates", "sessions"
ACTIONS, TESTED, TESTS = "disciplineActions", "studentAssessments", "assessments"
TAKEN, COURSES, RECORDS = "courseTranscripts", "courses", "studentAcademicRecords"
_READ = frozenset(
    {
        *(PEOPLE, MORE_OF_PEOPLE, SPELLS, EVENTS, DATES, SESSIONS),
        *(ACTIONS, TESTED, TESTS, TAKEN, COURSES, RECORDS),
    }
)
_OF_INSTRUCTION = frozenset({"Instructional day", "Make-up day"})
_CALENDAR = frozenset({"calendar.date", "calendar.school", "calendar.session"})
_STUDENT = "student.id"
_SEVERAL = frozenset({"student.race", "discipline.action"})
_SUBJECT, _TEST, _COURSE = "assessment.subject", "assessment.test", "course.subject"
_LEVEL, _CLASS = "assessment.performance_level", "student.graduation_cohort"
_TELLS = "It is read to tell which of several values is meant, and not stored."
# What another resource says of a test or a course, which its results only name.
_NAMED_BY = {TESTED: (TESTS, _TEST), TAKEN: (COURSES, _COURSE)}
_APART = (SESSIONS, DATES, TESTS, COURSES)
_Key = tuple[str, str]  # a resource, and the file in which its records stand
_CALENDAR_TYPES = {
    "date": pa.date32(),
    "end_date": pa.date32(),
    "n_days": pa.int32(),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of the records: tables by code, and the calendar if there is one."""

    tables: list[Taken]
    calendar: pa.Table | None


class Interchange:
    """Keeps of each record what the agreement lists, in batches."""

    def __init__(self, judge: Judge, report: Report, file: str, *, today: date) -> None:
        self._judge = judge
        self._report = report
        self._file = file
        self._today = today
        self._rows: dict[_Key, list[dict[str, object]]] = defaultdict(list)
        self._lines: dict[_Key, list[int]] = defaultdict(list)
        self._are_json: dict[_Key, bool] = {}
        self._done: dict[_Key, list[pa.Table]] = defaultdict(list)
        self._schools: set[str] = set()
        self._n_students = 0
        self._untold: Counter[str] = Counter()
        self._methods: dict[str, tuple[str, ...]] = {}
        self._counting: dict[tuple[str, ...], str] = {}

    def keep(
        self,
        resource: Resource,
        values: Mapping[Value, Sequence[str]],
        found: Found,
        at: At,
    ) -> None:
        """Keep one record that nothing is wrong with."""
        name = resource.name
        if name in (SCHOOLS, SPELLS):
            self._schools.update(
                t[0] for v, t in values.items() if v.path == "schoolId"
            )
        if name not in _READ:
            return
        if name in (DATES, SESSIONS):
            row = self._of_calendar(name, values)
            if row and None in (row["school"], row["n_days"]):
                says = "the school or the days of instruction are empty."
                self._set_aside(found, at, says)
                return
            rows = [row] if row else []
        elif name in (TESTS, COURSES):
            made = self._of_test if name == TESTS else self._of_course
            rows = [made(values)]
        elif name == TESTED and self.is_kept(_LEVEL) and not levels(values):
            says = "several levels are told, and not by which method each of them."
            self._set_aside(found, at, says)
            return
        else:
            row = self._of_student(values)
            if name == TESTED and self._methods:
                return  # until it is said which of several levels counts
            if name == RECORDS:
                row |= self._of_record(values)
            elif name == MORE_OF_PEOPLE:
                row |= self._of_home(values, found)
                row[ORGANISATION] = organisation(values)
            rows = _by_student(by_diploma(row, values), values)
            if not rows:
                says = "several diplomas are told, and not each has its type and day."
                self._set_aside(found, at, says)
        if name == PEOPLE:
            self._n_students += 1
            if self._n_students > MOST_STUDENTS:
                raise too_many(MOST_STUDENTS)
        key = name, at.file or self._file
        self._are_json[key] = not at.line
        for row in rows:
            self._rows[key].append(row)
            self._lines[key].append(at.line or at.number)
            if len(self._rows[key]) == BATCH_ROWS:
                self._flush(key)

    def is_kept(self, code: str | None) -> bool:
        """Return whether an element is listed, and has its place in a frame."""
        listed = self._judge.listed
        return self._judge.is_stored(code) or (code in _CALENDAR and code in listed)

    def judged(self, column: ColumnSeen) -> Judged:
        """Return what becomes of a value of a resource."""
        resource, code = column.resource, column.element
        is_calendar = resource in (DATES, SESSIONS)
        leaf = column.heading.rpartition("/")[2].casefold()
        typed = [*filter(self.is_kept, TYPED_AVERAGES)]
        if resource == RECORDS and leaf == AVERAGES.casefold() and typed:
            return listed_as(*typed)
        if code == TELLS_APART and resource in _READ:
            return Judged(None, Standing.REFUSED, _TELLS)
        if code is not None and self.is_kept(code):
            if resource not in _READ or (code in _CALENDAR) != is_calendar:
                return Judged(code, Standing.REFUSED, UNUSED)
            return listed_as(code)
        return self._judge.of_element(code)

    def result(self, refused: Iterable[str]) -> Kept:
        """Return what was kept, without elements that turned out to be refused."""
        gone = {*refused}
        if gone & {*TYPED_AVERAGES}:
            gone |= {*TYPED_AVERAGES}
        tell_untold(self._untold, self._report)
        ask_methods(self._methods, self._report)
        tables = {key: self._table(key, gone) for key in self._lines}
        more = {key: table for key, table in tables.items() if key[0] == MORE_OF_PEOPLE}
        tables |= as_districts_tell(more, self._schools)
        calendar = _joined(tables, SESSIONS, DATES)
        told = {
            of: agreed(joined, of, self._report)
            for of in (TESTS, COURSES)
            if (joined := _joined(tables, of)) is not None
        }
        taken = []
        for key, table in tables.items():
            name, file = key
            if name in _APART:
                continue
            of, code = _NAMED_BY.get(name, ("", ""))
            if of in told and code in table.column_names:
                table = with_told(table, told[of], code, of=of, report=self._report)
            are_counted = counted(table, self._counting, self._report)
            table = table.filter(pa.array(are_counted))
            hidden = (WITHIN, METHOD)
            table = table.select([n for n in table.column_names if n not in hidden])
            lines = np.array(self._lines[key], np.int32)[are_counted]
            is_json = self._are_json[key]
            taken.append(Taken(file, table, lines, is_json=is_json, is_of_all=True))
        return Kept(taken, None if gone & _CALENDAR else calendar)

    def _set_aside(self, found: Found, at: At, says: str) -> None:
        self._report.set_row_aside(
            "R01",
            f"{shown(found.name)}, {at}: {says}",
            line=at.line or None,
            column=None,
            file=at.file or self._file,
        )
        self._report.n_set_aside += 1

    def _of_student(self, values: Mapping[Value, Sequence[str]]) -> dict[str, object]:
        row: dict[str, object] = {}
        for value, texts in values.items():
            if not self.is_kept(value.element):
                continue
            if value.kind in (DATE, BIRTH):
                row[value.element] = read_iso(texts[0])
            elif value.element == _CLASS:
                row[_CLASS] = class_by_ninth_grade(values, texts)
                self._untold[UNCLASSED] += row[_CLASS] is None
            elif value.element == STATE_ID:
                row[STATE_ID] = state_id(values)
            elif value.element == _LEVEL:
                by_method = levels(values)
                method = self._method(by_method)
                level = None if method is None else by_method[method]
                told_by = (
                    method if level else next(filter(by_method.get, by_method), "")
                )
                row |= {_LEVEL: level, METHOD: told_by or None}
            elif value.element in TYPED_AVERAGES or value.element in OF_ADDRESS:
                continue  # see `_of_record` and `_of_home`
            elif value.element in _SEVERAL:
                each = filter(None, map(descriptor, texts))
                row.setdefault(value.element, "; ".join(each))
            else:
                row.setdefault(value.element, descriptor(texts[0]))
        if row.keys() & {_TEST, _COURSE}:
            row[WITHIN] = within(values)
        return row

    def _method(self, told: Mapping[str, str | None]) -> str | None:
        """Return the method whose level of a result counts; None where it is asked."""
        if len(told) == 1:
            return next(iter(told))
        methods = tuple(sorted(told))
        asked = methods_asked_as(methods)
        counts = self._judge.answers.categories.get(asked, "")
        if counts in told:
            self._counting[methods] = counts
            return counts
        self._methods[asked] = methods
        return None

    def _of_home(
        self, values: Mapping[Value, Sequence[str]], found: Found
    ) -> dict[str, object]:
        """Return where a student lives."""
        there = {v.element for v in values if v.element in OF_ADDRESS}
        listed = [*filter(self.is_kept, there)]
        told = home(values, listed, gone_addresses(found, self._today))
        self._untold[UNHOUSED] += told is None
        return {code: (told or {}).get(code) for code in listed}

    def _of_record(self, values: Mapping[Value, Sequence[str]]) -> dict[str, object]:
        """Return the averages of an academic record, and its term."""
        found = averages(values)
        row = {code: told for code, told in found.told.items() if self.is_kept(code)}
        self._untold[UNTYPED] += found.is_untyped and bool(row)
        are_kept = any(map(self.is_kept, TYPED_AVERAGES))
        self._untold[UNCLEAR] += found.is_unclear and are_kept
        self._untold[DISPUTED] += any(map(self.is_kept, found.disputed))
        return {**row, TERM: term(values)}

    def _of_test(self, values: Mapping[Value, Sequence[str]]) -> dict[str, object]:
        """Return a test as its results name it, its subject, and what it is called."""
        said = _said(values)
        return {
            NAMED: said["assessmentIdentifier"],
            WITHIN: within(values),
            _SUBJECT: subjects(values) if self.is_kept(_SUBJECT) else None,
            _TEST: said.get("assessmentCategory") if self.is_kept(_TEST) else None,
        }

    def _of_course(self, values: Mapping[Value, Sequence[str]]) -> dict[str, object]:
        """Return a course as its results name it, and its subject."""
        subject = subjects(values) if self.is_kept(_COURSE) else None
        known = _said(values)["courseCode"]
        return {NAMED: known, WITHIN: within(values), _COURSE: subject}

    def _of_calendar(
        self, name: str, values: Mapping[Value, Sequence[str]]
    ) -> dict[str, object] | None:
        if not self._judge.listed >= _CALENDAR:
            return None
        said = {value.path: texts for value, texts in values.items()}
        row: dict[str, object] = {"school": text(said.get("schoolId", [""])[0])}
        if name == DATES:
            events = [
                descriptor(each)
                for path in ("calendarEventDescriptor", "calendarEvent")
                for each in said.get(path, ())
            ]
            if not _OF_INSTRUCTION & set(events):
                return None
            day = read_iso(said["date"][0])
            return row | {"session": None, "date": day, "end_date": day, "n_days": 1}
        return row | {
            "session": text(said["sessionName"][0]),
            "date": read_iso(said["beginDate"][0]),
            "end_date": read_iso(said["endDate"][0]),
            "n_days": days(said.get("totalInstructionalDays", [""])[0]),
        }

    def _flush(self, key: _Key) -> None:
        rows = self._rows[key]
        names = list(dict.fromkeys(key for row in rows for key in row))
        columns = {
            each: pa.array([row.get(each) for row in rows], _type_of(each))
            for each in names
        }
        if not columns:
            columns = {"@none": pa.nulls(len(rows), pa.string())}
        self._done[key].append(pa.table(columns))
        self._rows[key] = []

    def _table(self, key: _Key, gone: Collection[str]) -> pa.Table:
        if self._rows[key]:
            self._flush(key)
        table = pa.concat_tables(self._done[key], promote_options="default")
        return table.select([n for n in table.column_names if n not in gone])


def _by_student(
    rows: Sequence[dict[str, object]], values: Mapping[Value, Sequence[str]]
) -> list[dict[str, object]]:
    """Return the rows of a record once for each student whom it names."""
    named = [texts for value, texts in values.items() if value.element == _STUDENT]
    if not named:
        return [*rows]
    students = dict.fromkeys(filter(None, map(descriptor, named[0])))
    return [row | {_STUDENT: student} for row in rows for student in students]


def _joined(tables: Mapping[_Key, pa.Table], *names: str) -> pa.Table | None:
    """Return the records of some resources over all files, in the order of these."""
    found = [t for name in names for (of, _), t in tables.items() if of == name]
    return pa.concat_tables(found, promote_options="default") if found else None


def _type_of(name: str) -> pa.DataType:
    if name in _CALENDAR_TYPES:
        return _CALENDAR_TYPES[name]
    return pa.date32() if name.endswith(("date", "_date")) else pa.string()


def _said(values: Mapping[Value, Sequence[str]]) -> dict[str, str | None]:
    """Return what a record says by its paths, whether they name a descriptor or not."""
    return {
        value.path.removesuffix("Descriptor"): descriptor(texts[0])
        for value, texts in values.items()
    }


def refused_elements(report: Report) -> list[str]:
    """Return the elements whose columns turned out to be never taken."""
    return [
        c.element for c in report.columns if c.element and c.status is Status.REFUSED
    ]
