"""OneRoster as tables of students and of enrolments, full sets and sets of changes."""

from collections.abc import Collection, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals import places
from indicators.arrivals.changes import Changes
from indicators.arrivals.contract import Frames
from indicators.arrivals.disputes import NAMES
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
from indicators.arrivals.rows import Taken, are_in, as_mask, column_name
from indicators.formats.cells import Mask

_CODES = (ID, SCHOOL, ENTRY, EXIT, GRADE, YEAR, "school.name")
_ALL, _FIRST = "orgSourcedIds", "primaryOrgSourcedId"
_USERS, _MORE = "users.csv", "demographics.csv"


def oneroster(
    reading: Reading, *, earlier: Frames | None, whole: Collection[str]
) -> Roster:
    """Return the students of a OneRoster set and where they are enrolled.

    earlier: the frames on which a set of changes builds, which then tells what a full
    set of its day would tell; None for a full set. whole: the files of it of which all
    rows came.
    """
    return _OneRoster(reading, earlier, whole).roster()


class _OneRoster:
    """One set; of changes only a few rows of a student need be there."""

    def __init__(
        self, reading: Reading, earlier: Frames | None, whole: Collection[str]
    ) -> None:
        self._reading = reading
        self._earlier = earlier
        self._whole = whole
        self._users = users = reading.part(_USERS)
        self._gone = users.are("status", DELETED)
        roles = _of_students(reading.part("roles.csv"))
        are_students = users.are("role", STUDENT)
        if reading.part("roles.csv").is_there:
            are_students = are_in(users["sourcedId"], roles["userSourcedId"])
        if earlier is not None:  # whose role did not change is not in the set
            numbers = self._numbers(users["sourcedId"])
            if not users.has("role"):
                are_students |= are_in(numbers, earlier["student"]["id"])
        self._students = users.only(are_students & ~self._gone)

    def roster(self) -> Roster:
        """Return all of it."""
        found = self._places()
        gone = frozenset[str]()
        tables = [self._people()]
        if self._earlier is not None:
            tables += self._others()
            gone = self._removed()
            before = self._earlier["places"]
            found = places.laid(
                before.append_column(LINES, pa.array(np.zeros(len(before), np.int32))),
                found,
                replaced=self._changed_keys(),
                whole=self._whole,
                gone=self._gone_users(),
            )
        tables += self._enrolments(found)
        kept = found.drop_columns([LINES])
        return Roster(tables, Changes(kept, gone, is_delta=self._earlier is not None))

    # Who they are

    def _people(self) -> Taken:
        """Return one row for each student who is among the users."""
        numbers = self._numbers(self._students["sourcedId"])
        taken = people(self._reading, self._students, _USERS, numbers)
        return _with_names(taken) if self._earlier is not None else taken

    def _others(self) -> Iterator[Taken]:
        """Yield what changed of the demographics of students whose user did not."""
        more = self._reading.part(_MORE)
        more = more.only(~more.are("status", DELETED))
        more = more.only(~are_in(more["sourcedId"], self._users["sourcedId"]))
        assert self._earlier is not None
        numbers = self._numbers(more["sourcedId"])
        more = more.only(are_in(numbers, self._earlier["student"]["id"]))
        if len(more):
            told = demographics(self._reading, more)
            columns = {ID: self._numbers(more["sourcedId"])} | told
            frame = stored(columns, self._reading.judge)
            yield _with_names(Taken(_MORE, frame, more.lines))

    def _removed(self) -> frozenset[str]:
        """Return the students of earlier who are no more, and tell how many."""
        assert self._earlier is not None
        before = self._earlier["student"]["id"]
        gone = self._numbers(self._users.only(self._gone)["sourcedId"])
        are_gone = are_in(before, gone)
        if _USERS in self._whole:
            here = self._numbers(self._students["sourcedId"])
            are_gone |= ~are_in(before, here)
        removed = before.filter(pa.array(are_gone))
        if n := len(removed):
            student = "1 student is" if n == 1 else f"{n:,} students are"
            self._reading.report.notice(
                "F11",
                f"{student} no longer in the set: nothing of them was kept.",
            )
        return frozenset(removed.to_pylist())

    def _gone_users(self) -> pa.ChunkedArray:
        assert self._earlier is not None
        gone = places.digests(self._users.only(self._gone)["sourcedId"])
        if _USERS not in self._whole:
            return gone
        before = self._earlier["places"]["user"]
        here = places.digests(self._students["sourcedId"])
        others = before.filter(pa.array(~are_in(before, here)))
        return pa.chunked_array(gone.chunks + others.chunks)

    def _numbers(self, ids: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return what students go by: the sender's identifier, or the set's own.

        Null where neither this set nor an earlier one tells it.
        """
        users, earlier = self._users, self._earlier
        is_other = self._reading.is_number(_USERS, ID)
        if not is_other or not (earlier or users.has("identifier")):
            return ids
        found = looked_up(ids, users["sourcedId"], users["identifier"])
        if earlier is None:
            return found
        before = earlier["places"]
        known = looked_up(places.digests(ids), before["user"], before["id"])
        return pc.coalesce(found, known)

    # Where they are

    def _enrolments(self, found: pa.Table) -> Iterator[Taken]:
        """Yield where students are enrolled, without columns that tell nothing."""
        for file, table in places.enrolments(found):
            columns = {}
            for code in filter(self._reading.judge.is_stored, _CODES):
                name = column_name(code)
                is_there = name in table.column_names
                is_empty = is_there and table[name].null_count == len(table)
                if is_there and (not is_empty or (code == EXIT and file != _USERS)):
                    columns[code] = table[name]
            yield Taken(file, pa.table(columns), np.asarray(table[LINES], np.int32))

    def _changed_keys(self) -> pa.ChunkedArray:
        """Return the keys of all rows of the set, whatever became of them."""
        found = []
        for file in places.KINDS:
            rows = self._reading.part(file)
            found += places.keys(file, rows["sourcedId"]).chunks
        return pa.chunked_array(found, pa.string())

    def _places(self) -> pa.Table:
        """Return the rows of this set that say where a student is."""
        reading = self._reading
        classes = reading.part("enrollments.csv")
        roles = reading.part("roles.csv")
        tables = [
            self._dated("enrollments.csv", _of_students(classes), "schoolSourcedId"),
            self._dated("roles.csv", _of_students(roles), "orgSourcedId"),
            self._listed(),
        ]
        found = pa.concat_tables(tables, promote_options="default")
        unknown = pc.is_null(found["id"])
        if n := len(pc.unique(found["user"].filter(unknown))):
            of = "1 person" if n == 1 else f"{n:,} people"
            reading.report.notice(
                "F11",
                f"What is said of {of} was not read: neither this set nor an earlier "
                "one tells the identifier that you go by. Send a full set.",
            )
        lost = as_mask(pc.is_valid(found["org"])) & as_mask(pc.is_null(found["school"]))
        if n := int(lost.sum()):
            are = "1 row is" if n == 1 else f"{n:,} rows are"
            reading.report.notice(
                "F11",
                f"{are} of a school that is not known, and was not read. Send a full "
                "set.",
            )
        return found.filter(pc.invert(unknown))

    def _dated(self, file: str, rows: PartRows, school: str) -> pa.Table:
        """Return rows of enrolments in classes, or of roles."""
        columns = {
            ENTRY: as_dates(rows["beginDate"]),
            EXIT: as_dates(rows["endDate"]),
        }
        if file == "enrollments.csv":
            columns[YEAR] = self._years(rows["classSourcedId"])
        return self._table(file, rows, rows["userSourcedId"], rows[school], columns)

    def _listed(self) -> pa.Table:
        """Return a row for each school of a user, or one without a school."""
        users = self._students
        name = _ALL if users.has(_ALL) else _FIRST
        lists = pc.split_pattern(users[name].fill_null(""), ",").combine_chunks()
        rows = users.take(pc.list_parent_indices(lists))
        ids = pc.utf8_trim_whitespace(pc.list_flatten(lists))
        schools = pa.chunked_array([ids])
        nothing = pa.scalar(None, pa.string())
        found = pc.if_else(pa.array(self._are_schools(schools)), schools, nothing)
        table = self._table(_USERS, rows, rows["sourcedId"], found, {})
        # One row without a school says that this is a student of the set.
        firsts = np.unique(np.asarray(table[LINES]), return_index=True)[1]
        is_first = np.zeros(len(table), np.bool_)
        is_first[firsts] = True
        return table.filter(pa.array(is_first | as_mask(pc.is_valid(table["school"]))))

    def _are_schools(self, ids: pa.ChunkedArray) -> Mask:
        """Return which organisations are schools.

        One that a set of changes does not hold is, where somebody was at it before.
        """
        orgs = self._reading.part("orgs.csv")
        of_type = orgs["sourcedId"].filter(pa.array(orgs.are("type", "school")))
        if self._earlier is not None:
            before = are_in(places.digests(ids), self._earlier["places"]["org"])
            return are_in(ids, of_type) | before & ~are_in(ids, orgs["sourcedId"])
        return are_in(ids, of_type) if orgs.has("type") else _are_filled(ids)

    def _table(
        self,
        file: str,
        rows: PartRows,
        users: pa.ChunkedArray,
        orgs: pa.ChunkedArray,
        columns: dict[str, pa.ChunkedArray],
    ) -> pa.Table:
        """Return rows as places, with what is listed of them."""
        reading = self._reading
        nothing = pa.chunked_array([pa.nulls(len(rows), pa.string())])
        told = {SCHOOL: orgs, YEAR: self._years(nothing), **columns}
        listed = self._students
        grades = reading.elements(_USERS, listed).get(GRADE)
        if grades is not None:
            of_user = pc.split_pattern(grades.fill_null(""), ",")
            first = pc.utf8_trim_whitespace(pc.list_element(of_user, 0))
            told[GRADE] = looked_up(users, listed["sourcedId"], first)
        add_school(
            reading, told, reading.part("orgs.csv"), "orgs.csv", "sourcedId", "name"
        )
        told[SCHOOL] = self._schools(orgs)
        is_stored = reading.judge.is_stored
        no_day = pa.chunked_array([pa.nulls(len(rows), pa.date32())])
        told |= {c: no_day for c in (ENTRY, EXIT) if c not in told or not is_stored(c)}
        return pa.table(
            {
                "key": places.keys(file, rows["sourcedId"]),
                "user": places.digests(users),
                "org": places.digests(orgs),
                "id": self._numbers(users),
                **{
                    column_name(code): column
                    for code, column in told.items()
                    if is_stored(code) or column is no_day
                },
                LINES: rows.table[LINES],
            }
        )

    def _schools(self, ids: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return the sender's numbers of schools, or the set's own."""
        orgs, earlier = self._reading.part("orgs.csv"), self._earlier
        is_other = self._reading.is_number("orgs.csv", SCHOOL)
        if not is_other or not (earlier or orgs.has("identifier")):
            return ids
        found = looked_up(ids, orgs["sourcedId"], orgs["identifier"])
        if earlier is None:
            return found
        before = earlier["places"]
        before = before.filter(pc.is_valid(before["school"]))
        known = looked_up(places.digests(ids), before["org"], before["school"])
        return pc.coalesce(found, known)

    def _years(self, classes: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return the school year of the first term of each class.

        Where a set tells of one year alone, all is of it.
        """
        sessions = self._reading.part("academicSessions.csv")
        parts = self._reading.part("classes.csv")
        terms = pc.split_pattern(parts["termSourcedIds"].fill_null(""), ",")
        first = pc.utf8_trim_whitespace(pc.list_element(terms, 0))
        term = looked_up(classes, parts["sourcedId"], first)
        years = sessions["schoolYear"]
        found = looked_up(term, sessions["sourcedId"], years)
        told = pc.unique(years.drop_null())
        return found.fill_null(told[0]) if len(told) == 1 else found


def _are_filled(texts: pa.ChunkedArray) -> Mask:
    return as_mask(pc.not_equal(texts, ""))


def _of_students(rows: PartRows) -> PartRows:
    """Return the rows of students that were not deleted."""
    return rows.only(rows.are("role", STUDENT) & ~rows.are("status", DELETED))


def _with_names(taken: Taken) -> Taken:
    """Return rows of students with columns of names, which changes need not have."""
    frame = taken.frame
    for name in NAMES:
        if name not in frame.column_names:
            frame = frame.append_column(name, pa.nulls(len(frame), pa.string()))
    return Taken(taken.file, frame, taken.lines)
