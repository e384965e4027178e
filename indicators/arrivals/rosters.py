"""OneRoster and School Data Sync as tables of students and of enrolments."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.parts import PartRows, as_dates, first_of, looked_up
from indicators.arrivals.rows import Taken, as_mask
from indicators.arrivals.standing import Judge
from indicators.formats.report import Report
from indicators.formats.sets import Part, PartKept

ID, SCHOOL = "student.id", "enrolment.school"
ENTRY, EXIT = "enrolment.entry_date", "enrolment.exit_date"
GRADE, YEAR = "enrolment.grade", "calendar.school_year"
RACE = "student.race"
_STUDENT = "student"
_DATES = frozenset({"student.birth_date", ENTRY, EXIT})


@dataclass(frozen=True, slots=True)
class Roster:
    """What a set holds; gone: students whom a set of changes removes."""

    tables: list[Taken]
    is_delta: bool = False
    gone: frozenset[str] = frozenset()


@dataclass(slots=True)
class Reading:
    """One set as it is put together."""

    parts: Mapping[str, Part]
    kept: Mapping[str, PartKept]
    judge: Judge
    report: Report
    _rows: dict[str, PartRows] = field(default_factory=dict)

    def part(self, file: str) -> PartRows:
        """Return the rows of a file of the set."""
        if file not in self._rows:
            self._rows[file] = PartRows(self.kept.get(file))
        return self._rows[file]

    def elements(self, file: str, rows: PartRows) -> dict[str, pa.ChunkedArray]:
        """Return the columns of a part that are stored, by their elements."""
        found: dict[str, list[pa.ChunkedArray]] = {}
        for each in self.parts[file].fields:
            code = each.element
            if code == RACE or not self.judge.is_stored(code) or each.is_key:
                continue
            if rows.has(each.name) and not each.refers and each.name != "identifier":
                found.setdefault(code, []).append(rows[each.name])
        columns = {code: first_of(several) for code, several in found.items()}
        for code in _DATES & columns.keys():
            columns[code] = as_dates(columns[code])
        return columns

    def is_number(self, file: str, code: str) -> bool:
        """Return whether the sender said that `identifier` is the number to go by."""
        return self.judge.answers.element_of(file, "identifier")[1] == code


def oneroster(reading: Reading, *, is_delta: bool) -> Roster:
    """Return the students of a OneRoster set and where they are enrolled."""
    users, roles = reading.part("users.csv"), reading.part("roles.csv")
    users_gone = users.are("status", "tobedeleted")
    source = users["sourcedId"]
    are_students = users.are("role", _STUDENT)
    if roles.is_there:
        of_role = roles["userSourcedId"].filter(pa.array(roles.are("role", _STUDENT)))
        are_students = as_mask(pc.is_in(source, of_role.combine_chunks()))
    numbers = _numbers(reading, users, "users.csv", ID)
    gone = numbers.filter(pa.array(users_gone)).to_pylist()
    students = users.only(are_students & ~users_gone)
    spells = _spells_of_oneroster(reading, students, numbers, source)
    people = _people(reading, students, "users.csv", _numbers(
        reading, students, "users.csv", ID))  # fmt: skip
    tables = [people]
    if spells is not None:
        tables.append(spells)
    return Roster(tables, is_delta, frozenset(filter(None, gone)))


def sds(reading: Reading) -> Roster:
    """Return the students of a School Data Sync set and where they are enrolled."""
    if "student.csv" in {file.casefold() for file in reading.kept}:
        students = reading.part("Student.csv")
        people = _people(reading, students, "Student.csv", students["SIS ID"])
        columns = {ID: students["SIS ID"], SCHOOL: students["School SIS ID"]}
        grade = reading.elements("Student.csv", students).get(GRADE)
        if grade is not None:
            columns[GRADE] = grade
        schools = reading.part("School.csv")
        _add_school(reading, columns, schools, "School.csv", "SIS ID", "Name")
        return Roster([people, _table("Student.csv", columns, students, reading.judge)])
    users, roles = reading.part("users.csv"), reading.part("roles.csv")
    roles = roles.only(roles.are("role", _STUDENT))
    of_role = roles["userSourcedId"].combine_chunks()
    students = users.only(as_mask(pc.is_in(users["sourcedId"], of_role)))
    people = _people(reading, students, "users.csv", students["sourcedId"])
    columns = {
        ID: roles["userSourcedId"],
        SCHOOL: roles["orgSourcedId"],
        **reading.elements("roles.csv", roles),
    }
    orgs = reading.part("orgs.csv")
    _add_school(reading, columns, orgs, "orgs.csv", "sourcedId", "name")
    return Roster([people, _table("roles.csv", columns, roles, reading.judge)])


def _numbers(reading: Reading, rows: PartRows, file: str, code: str) -> pa.ChunkedArray:
    """Return what rows go by: the sender's identifier, or the set's own."""
    if reading.is_number(file, code) and rows.has("identifier"):
        return rows["identifier"]
    return rows["sourcedId"]


def _people(
    reading: Reading, students: PartRows, file: str, numbers: pa.ChunkedArray
) -> Taken:
    """Return one row for each student, with what the demographics add."""
    columns = {ID: numbers} | {
        code: column
        for code, column in reading.elements(file, students).items()
        if code.startswith("student.")
    }
    more = reading.part("demographics.csv")
    if more.is_there:
        key = "sourcedId" if more.has("sourcedId") else "userSourcedId"
        own = students["sourcedId"]
        added = reading.elements("demographics.csv", more)
        if reading.judge.is_stored(RACE) and (races := _races(reading, more)):
            added[RACE] = races[0]
        for code, column in added.items():
            columns[code] = looked_up(own, more[key], column)
    return _table(file, columns, students, reading.judge)


def _races(reading: Reading, more: PartRows) -> list[pa.ChunkedArray]:
    """Return the flags that are set, in words, as one column; none without flags."""
    flags = [
        pc.if_else(
            pa.array(more.are(each.name, "true")),
            pa.scalar(each.name),
            pa.scalar(None, pa.string()),
        )
        for each in reading.parts["demographics.csv"].fields
        if each.element == RACE and more.has(each.name)
    ]
    if not flags:
        return []
    options = pc.JoinOptions(null_handling="skip")
    joined = pc.binary_join_element_wise(*flags, "; ", options=options)
    empty = pc.equal(joined, "")
    return [pa.chunked_array([pc.if_else(empty, pa.scalar(None, pa.string()), joined)])]


def _spells_of_oneroster(
    reading: Reading,
    students: PartRows,
    numbers: pa.ChunkedArray,
    source: pa.ChunkedArray,
) -> Taken | None:
    """Return where students are enrolled, by the best that the set has.

    That is enrolments in classes, of which one spell is made for each school; else
    roles; else the schools of a user, without dates.
    """
    judge = reading.judge
    classes, roles = reading.part("enrollments.csv"), reading.part("roles.csv")
    n_removed = int(classes.are("status", "tobedeleted").sum())
    if n_removed:
        reading.report.notice(
            "F11",
            f"Enrolments in classes that are removed: {n_removed:,}. Whether a student "
            "left a school does not follow: send a full set when students leave.",
        )
    kept = classes.are("role", _STUDENT) & ~classes.are("status", "tobedeleted")
    file, rows = "enrollments.csv", classes.only(kept)
    user, school, first, last = (
        "userSourcedId",
        "schoolSourcedId",
        "beginDate",
        "endDate",
    )
    if not len(rows) and len(roles):
        file, rows = "roles.csv", roles.only(roles.are("role", _STUDENT))
        school = "orgSourcedId"
    if not len(rows):
        return _spells_of_users(reading, students)
    columns = {
        ID: looked_up(rows[user], source, numbers),
        SCHOOL: rows[school],
        ENTRY: as_dates(rows[first]),
        EXIT: as_dates(rows[last]),
        "@line": pa.chunked_array([pa.array(rows.lines)]),
    }
    table = pa.table(columns).filter(pc.is_valid(columns[ID]))
    merged = table.group_by([ID, SCHOOL], use_threads=False).aggregate(
        [
            (ENTRY, "min"),
            (EXIT, "max"),
            (EXIT, "count", pc.CountOptions(mode="only_null")),
            ("@line", "min"),
        ]
    )
    is_open = pc.greater(merged[f"{EXIT}_count"], 0)
    spells = {
        ID: merged[ID],
        SCHOOL: merged[SCHOOL],
        ENTRY: merged[f"{ENTRY}_min"],
        EXIT: pc.if_else(is_open, pa.scalar(None, pa.date32()), merged[f"{EXIT}_max"]),
    }
    if not rows.has(first):
        del spells[ENTRY]
    _add_of_users(reading, spells, students)
    lines = merged["@line_min"].to_numpy().astype(np.int32)
    return Taken(file, _stored(spells, judge), lines)


def _spells_of_users(reading: Reading, students: PartRows) -> Taken | None:
    """Return the schools of users: all of a list, or the first named one."""
    name = "orgSourcedIds" if students.has("orgSourcedIds") else "primaryOrgSourcedId"
    if not students.has(name) or not len(students):
        return None
    lists = pc.split_pattern(students[name].fill_null(""), ",").combine_chunks()
    places = pc.list_parent_indices(lists)
    schools = pc.utf8_trim_whitespace(pc.list_flatten(lists))
    numbers = _numbers(reading, students, "users.csv", ID)
    table = pa.table(
        {
            ID: numbers.take(places),
            SCHOOL: schools,
            "@line": students.table["@line"].take(places),
        }
    )
    is_school = pc.not_equal(schools, "")
    orgs = reading.part("orgs.csv")
    if orgs.has("type"):
        of_type = orgs["sourcedId"].filter(pa.array(orgs.are("type", "school")))
        is_school = pc.is_in(schools, of_type.combine_chunks())
    table = table.filter(is_school)
    spells = {ID: table[ID], SCHOOL: table[SCHOOL]}
    _add_of_users(reading, spells, students)
    lines = table["@line"].to_numpy().astype(np.int32)
    return Taken("users.csv", _stored(spells, reading.judge), lines)


def _add_of_users(
    reading: Reading, spells: dict[str, pa.ChunkedArray], students: PartRows
) -> None:
    """Add the grade of a student, the school's name, and the sender's school number."""
    grades = reading.elements("users.csv", students).get(GRADE)
    if grades is not None:
        numbers = _numbers(reading, students, "users.csv", ID)
        first = pc.utf8_trim_whitespace(
            pc.list_element(pc.split_pattern(grades.fill_null(""), ","), 0)
        )
        spells[GRADE] = looked_up(spells[ID], numbers, first)
    sessions = reading.part("academicSessions.csv")
    if reading.judge.is_stored(YEAR) and sessions.has("schoolYear") and len(sessions):
        year = pc.max(sessions["schoolYear"])
        spells[YEAR] = pa.chunked_array([pa.array([year.as_py()] * len(spells[ID]))])
    orgs = reading.part("orgs.csv")
    _add_school(reading, spells, orgs, "orgs.csv", "sourcedId", "name")
    if reading.is_number("orgs.csv", SCHOOL) and orgs.has("identifier"):
        spells[SCHOOL] = looked_up(
            spells[SCHOOL], orgs["sourcedId"], orgs["identifier"]
        )


def _add_school(
    reading: Reading,
    spells: dict[str, pa.ChunkedArray],
    orgs: PartRows,
    file: str,
    key: str,
    name: str,
) -> None:
    if reading.judge.is_stored("school.name") and orgs.has(key, name):
        spells["school.name"] = looked_up(spells[SCHOOL], orgs[key], orgs[name])


def _table(
    file: str, columns: dict[str, pa.ChunkedArray], rows: PartRows, judge: Judge
) -> Taken:
    return Taken(file, _stored(columns, judge), rows.lines)


def _stored(columns: Mapping[str, pa.ChunkedArray], judge: Judge) -> pa.Table:
    """Return the columns that the agreement lists."""
    stored = {code: c for code, c in columns.items() if judge.is_stored(code)}
    return pa.table(stored or {"@none": next(iter(columns.values())).cast(pa.string())})
