"""Sets of students, of which School Data Sync is one, as tables of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.changes import Changes
from indicators.arrivals.parts import PartRows, as_dates, first_of, looked_up
from indicators.arrivals.rows import Taken, as_mask
from indicators.arrivals.standing import Judge
from indicators.formats.report import Report
from indicators.formats.sets import Part, PartKept

ID, SCHOOL = "student.id", "enrolment.school"
ENTRY, EXIT = "enrolment.entry_date", "enrolment.exit_date"
GRADE, YEAR = "enrolment.grade", "calendar.school_year"
RACE = "student.race"
STUDENT, DELETED = "student", "tobedeleted"
_DATES = frozenset({"student.birth_date", ENTRY, EXIT})


@dataclass(frozen=True, slots=True)
class Roster:
    """What a set holds; changes: what else a set of changes says."""

    tables: list[Taken]
    changes: Changes | None = None


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


def sds(reading: Reading) -> Roster:
    """Return the students of a School Data Sync set and where they are enrolled."""
    if "student.csv" in {file.casefold() for file in reading.kept}:
        students = reading.part("Student.csv")
        listed = people(reading, students, "Student.csv", students["SIS ID"])
        columns = {ID: students["SIS ID"], SCHOOL: students["School SIS ID"]}
        grade = reading.elements("Student.csv", students).get(GRADE)
        if grade is not None:
            columns[GRADE] = grade
        schools = reading.part("School.csv")
        add_school(reading, columns, schools, "School.csv", "SIS ID", "Name")
        return Roster([listed, table("Student.csv", columns, students, reading.judge)])
    users, roles = reading.part("users.csv"), reading.part("roles.csv")
    roles = roles.only(roles.are("role", STUDENT))
    of_role = roles["userSourcedId"].combine_chunks()
    students = users.only(as_mask(pc.is_in(users["sourcedId"], of_role)))
    listed = people(reading, students, "users.csv", students["sourcedId"])
    columns = {
        ID: roles["userSourcedId"],
        SCHOOL: roles["orgSourcedId"],
        **reading.elements("roles.csv", roles),
    }
    orgs = reading.part("orgs.csv")
    add_school(reading, columns, orgs, "orgs.csv", "sourcedId", "name")
    return Roster([listed, table("roles.csv", columns, roles, reading.judge)])


def people(
    reading: Reading, students: PartRows, file: str, numbers: pa.ChunkedArray
) -> Taken:
    """Return one row for each student, with what the demographics add.

    numbers: of each student. Demographics that were deleted add nothing.
    """
    columns = {ID: numbers} | {
        code: column
        for code, column in reading.elements(file, students).items()
        if code.startswith("student.")
    }
    more = reading.part("demographics.csv")
    if more.is_there:
        key = "sourcedId" if more.has("sourcedId") else "userSourcedId"
        own = students["sourcedId"]
        more = more.only(~more.are("status", DELETED))
        for code, column in demographics(reading, more).items():
            columns[code] = looked_up(own, more[key], column)
    return table(file, columns, students, reading.judge)


def demographics(reading: Reading, more: PartRows) -> dict[str, pa.ChunkedArray]:
    """Return what rows of demographics tell of their students, by element."""
    columns = reading.elements("demographics.csv", more)
    if reading.judge.is_stored(RACE) and (races := _races(reading, more)):
        columns[RACE] = races[0]
    return columns


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


def add_school(
    reading: Reading,
    spells: dict[str, pa.ChunkedArray],
    orgs: PartRows,
    file: str,
    key: str,
    name: str,
) -> None:
    """Add the school's name to enrolments, where it is listed."""
    if reading.judge.is_stored("school.name") and orgs.has(key, name):
        spells["school.name"] = looked_up(spells[SCHOOL], orgs[key], orgs[name])


def table(
    file: str, columns: dict[str, pa.ChunkedArray], rows: PartRows, judge: Judge
) -> Taken:
    """Return the columns of rows that the agreement lists, with the lines of these."""
    return Taken(file, stored(columns, judge), rows.lines)


def stored(columns: Mapping[str, pa.ChunkedArray], judge: Judge) -> pa.Table:
    """Return the columns that the agreement lists."""
    listed = {code: c for code, c in columns.items() if judge.is_stored(code)}
    return pa.table(listed or {"@none": next(iter(columns.values())).cast(pa.string())})
