"""OneRoster as tables of students and of enrolments, and what a set of changes says."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.changes import PLACES, Changes
from indicators.arrivals.contract import Frames
from indicators.arrivals.disputes import NAMES
from indicators.arrivals.enrolments import BREAK, one_after_another
from indicators.arrivals.parts import LINES, PartRows, as_dates, looked_up
from indicators.arrivals.rosters import (
    DELETED,
    ENTRY,
    EXIT,
    GRADE,
    ID,
    SCHOOL,
    STUDENT,
    YEAR,
    Reading,
    Roster,
    add_school,
    demographics,
    people,
    stored,
)
from indicators.arrivals.rows import Taken, are_in, as_mask
from indicators.formats.cells import Mask

_CODES = {"id": ID, "school": SCHOOL, "entry_date": ENTRY, "exit_date": EXIT}
_ALL = "orgSourcedIds"


def oneroster(reading: Reading, *, earlier: Frames | None) -> Roster:
    """Return the students of a OneRoster set and where they are enrolled.

    earlier: the frames on which a set of changes builds; None for a full set.
    """
    found = _OneRoster(reading, earlier)
    enrolments = list(found.enrolments())
    if earlier is None:
        return Roster([found.students(), *enrolments])
    tables = [found.students(), *found.others(), *enrolments]
    return Roster(tables, found.changes())


class _OneRoster:
    """One set; of changes only a few rows of a student need be there."""

    def __init__(self, reading: Reading, earlier: Frames | None) -> None:
        self._reading = reading
        self._earlier = earlier
        users, roles = reading.part("users.csv"), reading.part("roles.csv")
        self._users = users
        self._goes_by_other = reading.is_number("users.csv", ID) and users.has(
            "identifier"
        )
        are_students = users.are("role", STUDENT)
        if roles.is_there:
            active = roles.are("role", STUDENT) & ~roles.are("status", DELETED)
            ids = roles["userSourcedId"].filter(pa.array(active))
            are_students = are_in(users["sourcedId"], ids)
            if earlier is not None:  # whose role did not change is not in the set
                are_students |= self._are_known(users["sourcedId"])
        self._gone = users.are("status", DELETED)
        self._students = users.only(are_students & ~self._gone)
        self._adding: list[pa.ChunkedArray] = []

    def students(self) -> Taken:
        """Return one row for each student who is among the users."""
        numbers = self._numbers(self._students["sourcedId"])
        return people(self._reading, self._students, "users.csv", numbers)

    def others(self) -> Iterator[Taken]:
        """Yield what changed of the demographics of students whose user did not."""
        more = self._reading.part("demographics.csv")
        more = more.only(~more.are("status", DELETED))
        more = more.only(~are_in(more["sourcedId"], self._users["sourcedId"]))
        self._tell_unresolved(more["sourcedId"])
        more = more.only(self._are_known(more["sourcedId"]))
        if len(more):
            names = {
                n: pa.chunked_array([pa.nulls(len(more), pa.string())]) for n in NAMES
            }
            told = demographics(self._reading, more)
            columns = {ID: self._numbers(more["sourcedId"])} | names | told
            frame = stored(columns, self._reading.judge)
            yield Taken("demographics.csv", frame, more.lines)

    def enrolments(self) -> Iterator[Taken]:
        """Yield where students are enrolled, of each the best that the set has.

        That is enrolments in classes, of which those at one school are one, with breaks
        between terms; else roles; else the schools of a user, without dates.
        """
        reading = self._reading
        classes, roles = reading.part("enrollments.csv"), reading.part("roles.csv")
        if n_removed := int(classes.are("status", DELETED).sum()):
            reading.report.notice(
                "F11",
                f"Enrolments in classes that are removed: {n_removed:,}. Whether a "
                "student left a school does not follow: send a full set when students "
                "leave.",
            )
        placed = pa.chunked_array([], pa.string())
        for file, rows, school, apart in (
            ("enrollments.csv", classes, "schoolSourcedId", BREAK),
            ("roles.csv", roles, "orgSourcedId", 0),
        ):
            rows = rows.only(rows.are("role", STUDENT) & ~rows.are("status", DELETED))
            rows = rows.only(~are_in(rows["userSourcedId"], placed))
            if len(rows):
                placed = pa.chunked_array(placed.chunks + rows["userSourcedId"].chunks)
                yield self._dated(file, rows, school, apart=apart)
        unplaced = self._students.only(~are_in(self._students["sourcedId"], placed))
        if (listed := self._listed(unplaced)) is not None:
            yield listed

    def changes(self) -> Changes:
        """Return what a set of changes says beside its rows."""
        gone = self._numbers(self._users.only(self._gone)["sourcedId"])
        roles = self._reading.part("roles.csv")
        roles = roles.only(roles.are("role", STUDENT) & roles.are("status", DELETED))
        left = pa.table(
            {
                "id": self._numbers(roles["userSourcedId"]),
                "school": self._schools(roles["orgSourcedId"]),
                "day": self._days(roles),
            },
            PLACES,
        )
        schools = self._schools_of(self._students, _ALL)
        schools = schools.set_column(1, "school", self._schools(schools["school"]))
        lists = self._students[_ALL].fill_null("")
        placed = are_in(self._numbers(self._students["sourcedId"]), schools["id"])
        if n := int((as_mask(pc.not_equal(lists, "")) & ~placed).sum()):
            are = "1 student is" if n == 1 else f"{n:,} students are"
            self._reading.report.notice(
                "F11",
                f"{are} at no school that is known, so their enrolments stay as they "
                "were. Send a full set.",
            )
        if len(left) or len(schools):
            self._reading.report.notice(
                "F11",
                "Where students entered or left a school, the day of the change is "
                "taken as the day on which they did.",
            )
        adding = [number for each in self._adding for number in each.to_pylist()]
        return Changes(
            frozenset(filter(None, gone.to_pylist())),
            left.filter(pc.is_valid(left["id"])),
            schools.select(PLACES.names).cast(PLACES),
            frozenset(filter(None, adding)),
        )

    def _are_known(self, ids: pa.ChunkedArray) -> Mask:
        """Return which are students of an earlier delivery."""
        assert self._earlier is not None
        return are_in(self._numbers(ids), self._earlier["student"]["id"])

    def _numbers(self, ids: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return what students go by: the sender's identifier, or the set's own.

        Null where the set does not tell it.
        """
        source = self._users["sourcedId"]
        if self._goes_by_other:
            return looked_up(ids, source, self._users["identifier"])
        return ids if self._earlier is not None else looked_up(ids, source, source)

    def _tell_unresolved(self, ids: pa.ChunkedArray) -> None:
        if self._earlier is None or not self._goes_by_other:
            return
        lacking = ids.filter(pc.is_null(self._numbers(ids)))
        if n := len(pc.unique(lacking)):
            of = "1 person" if n == 1 else f"{n:,} people"
            self._reading.report.notice(
                "F11",
                f"Changes of {of} were not read: `users.csv` holds no row of theirs "
                "with the identifier that you go by. Send a full set.",
            )

    def _schools(self, ids: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return the sender's numbers of schools, or the set's own."""
        orgs = self._reading.part("orgs.csv")
        if not self._reading.is_number("orgs.csv", SCHOOL) or not orgs.has(
            "identifier"
        ):
            return ids
        return looked_up(ids, orgs["sourcedId"], orgs["identifier"])

    def _days(self, rows: PartRows) -> pa.ChunkedArray:
        """Return the day on which each row changed; none where exits are not stored."""
        if not self._reading.judge.is_stored(EXIT):
            return pa.chunked_array([pa.nulls(len(rows), pa.date32())])
        return as_dates(pc.utf8_slice_codeunits(rows["dateLastModified"], 0, 10))

    def _dated(self, file: str, rows: PartRows, school: str, *, apart: int) -> Taken:
        """Return the enrolments that dated rows tell of."""
        self._tell_unresolved(rows["userSourcedId"])
        table = pa.table(
            {
                "id": self._numbers(rows["userSourcedId"]),
                "school": rows[school],
                "entry_date": as_dates(rows["beginDate"]),
                "exit_date": as_dates(rows["endDate"]),
                LINES: rows.table[LINES],
            }
        )
        gone = self._numbers(self._users.only(self._gone)["sourcedId"])
        is_there = pc.is_valid(table["id"])
        table = table.filter(pc.and_(is_there, pa.array(~are_in(table["id"], gone))))
        if apart:
            self._adding.append(table["id"])
        found = one_after_another(table, apart=apart)
        if not rows.has("beginDate"):
            found = found.drop_columns("entry_date")
        return self._taken(file, found)

    def _schools_of(self, students: PartRows, name: str) -> pa.Table:
        """Return the schools that a column lists of users, with the day of the change.

        Of a set of changes an organisation that it does not hold is a school where
        somebody was at it before.
        """
        lists = pc.split_pattern(students[name].fill_null(""), ",").combine_chunks()
        places = pc.list_parent_indices(lists)
        ids = pa.chunked_array([pc.utf8_trim_whitespace(pc.list_flatten(lists))])
        are_schools = as_mask(pc.not_equal(ids, ""))
        orgs = self._reading.part("orgs.csv")
        if orgs.has("type") or self._earlier is not None:
            of_type = orgs["sourcedId"].filter(pa.array(orgs.are("type", "school")))
            are_known = are_in(ids, of_type)
            if self._earlier is not None:
                before = self._earlier["enrolment"]["school"]
                at_before = are_in(self._schools(ids), before)
                are_known |= at_before & ~are_in(ids, orgs["sourcedId"])
            are_schools &= are_known
        table = pa.table(
            {
                "id": self._numbers(students["sourcedId"]).take(places),
                "school": ids,
                "day": self._days(students).take(places),
                LINES: students.table[LINES].take(places),
            }
        )
        return table.filter(pa.array(are_schools))

    def _listed(self, students: PartRows) -> Taken | None:
        """Return the schools of users: all of a list, or the first named one."""
        name = _ALL if students.has(_ALL) else "primaryOrgSourcedId"
        if not students.has(name) or not len(students):
            return None
        table = self._schools_of(students, name)
        if self._earlier is not None:
            self._adding.append(table["id"])
            if self._reading.judge.is_stored(EXIT):
                table = table.rename_columns({"day": "entry_date"})
        return self._taken("users.csv", table)

    def _taken(self, file: str, spells: pa.Table) -> Taken:
        """Return enrolments with grade, year, and the school's name and number."""
        reading = self._reading
        columns = {
            code: spells[name]
            for name, code in _CODES.items()
            if name in spells.column_names
        }
        users = self._students
        grades = reading.elements("users.csv", users).get(GRADE)
        if grades is not None:
            of_user = pc.split_pattern(grades.fill_null(""), ",")
            first = pc.utf8_trim_whitespace(pc.list_element(of_user, 0))
            numbers = self._numbers(users["sourcedId"])
            columns[GRADE] = looked_up(columns[ID], numbers, first)
        sessions = reading.part("academicSessions.csv")
        if (
            reading.judge.is_stored(YEAR)
            and sessions.has("schoolYear")
            and len(sessions)
        ):
            year = pc.max(sessions["schoolYear"])
            columns[YEAR] = pa.chunked_array([pa.repeat(year, len(spells))])
        orgs = reading.part("orgs.csv")
        add_school(reading, columns, orgs, "orgs.csv", "sourcedId", "name")
        columns[SCHOOL] = self._schools(columns[SCHOOL])
        lines = spells[LINES].to_numpy().astype(np.int32)
        return Taken(file, stored(columns, reading.judge), lines)
