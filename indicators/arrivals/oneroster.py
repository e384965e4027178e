"""OneRoster as tables of students and of enrolments, full sets and sets of changes."""

from collections import defaultdict
from collections.abc import Collection, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals import places
from indicators.arrivals.changes import PLACES, Changes
from indicators.arrivals.contract import Frames
from indicators.arrivals.disputes import NAMES, are_other
from indicators.arrivals.parts import LINES, PartRows, as_dates, looked_up
from indicators.arrivals.renumbered import Renumbered
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
    demographics,
    people,
    stored,
)
from indicators.arrivals.rows import Rows, Taken, are_in, column_name

_NAME = "school.name"
_CODES = (ID, SCHOOL, ENTRY, EXIT, GRADE, YEAR, _NAME)
_ALL, _FIRST = "orgSourcedIds", "primaryOrgSourcedId"
_USERS, _MORE = "users.csv", "demographics.csv"
_DOUBLED = "another student of the earlier sets has this student number."


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
        roles = reading.part("roles.csv")
        are_students = users.are("role", STUDENT)
        if roles.is_there:
            of_students = _of_students(roles)["userSourcedId"]
            are_students = are_in(users["sourcedId"], of_students)
        if earlier is not None and not users.has("role"):
            # Whose role did not change is not in the set.
            before = places.digests(users["sourcedId"])
            are_students |= are_in(before, earlier[PLACES]["user"])
        self._students = users.only(are_students & ~users.are("status", DELETED))

    def roster(self) -> Roster:
        """Return all of it."""
        if self._earlier is None:
            found = self._known(places.told(self._places()))
            kept = found.drop_columns([LINES])
            return Roster([self._people(), *self._enrolments(found)], Changes(kept))
        before = self._earlier[PLACES]
        found = places.laid(
            before.append_column(LINES, pa.array(np.zeros(len(before), np.int32))),
            self._places(),
            replaced=self._changed_keys(),
            whole=self._whole,
        )
        left = self._left(found)
        self._tell_gone(left)
        doubled = self._set_doubled_aside(left)
        left = pa.chunked_array(left.chunks + doubled.chunks, pa.string())
        found = self._known(
            places.told(found.filter(pa.array(~are_in(found["user"], left))))
        )
        changes = Changes(
            found.drop_columns([LINES]),
            is_delta=True,
            numbers=self._renumbered(left).moved(),
            blank=self._blank(found),
        )
        tables = [self._people(), *self._others(found), *self._enrolments(found)]
        return Roster(tables, changes)

    # Who they are

    def _people(self) -> Taken:
        """Return one row for each student who is among the users."""
        numbers = self._numbers(self._students["sourcedId"])
        taken = people(self._reading, self._students, _USERS, numbers)
        return _with_names(taken) if self._earlier is not None else taken

    def _more(self) -> PartRows:
        """Return the demographics that were not deleted."""
        more = self._reading.part(_MORE)
        return more.only(~more.are("status", DELETED))

    def _others(self, found: pa.Table) -> Iterator[Taken]:
        """Yield what changed of the demographics of students whose user did not."""
        more = self._more()
        users = places.digests(more["sourcedId"])
        here = are_in(more["sourcedId"], self._users["sourcedId"])
        more = more.only(are_in(users, found["user"]) & ~here)
        if len(more):
            told = demographics(self._reading, more)
            numbers = looked_up(
                places.digests(more["sourcedId"]), found["user"], found["id"]
            )
            frame = stored({ID: numbers} | told, self._reading.judge)
            yield _with_names(Taken(_MORE, frame, more.lines))

    def _left(self, found: pa.Table) -> pa.ChunkedArray:
        """Return the users who are no more, or no more students.

        That is who was deleted, has another role, is not in a list of all, or has lost
        every role as a student.
        """
        assert self._earlier is not None
        before = self._earlier[PLACES]
        users = self._users.firsts
        deleted = users.are("status", DELETED)
        others = users.are("role", STUDENT, "") | deleted
        out = deleted if not users.has("role") else deleted | ~others
        left = places.digests(users["sourcedId"].filter(pa.array(out))).chunks
        if _USERS in self._whole:
            here = places.digests(self._students["sourcedId"])
            absent = ~are_in(before["user"], here)
            left += before["user"].filter(pa.array(absent)).chunks
        had, have = (
            table["user"].filter(pa.array(places.are_of(table, "roles.csv")))
            for table in (before, found)
        )
        left += had.filter(pa.array(~are_in(had, have))).chunks
        return pa.chunked_array(left, pa.string()).drop_null()

    def _tell_gone(self, left: pa.ChunkedArray) -> None:
        """Tell how many earlier students are no more."""
        assert self._earlier is not None
        before = self._earlier[PLACES]
        are_out = are_in(before["user"], left)
        out = before["id"].filter(pa.array(are_out))
        here = before["id"].filter(pa.array(~are_out))
        if n := len(pc.unique(out.filter(pa.array(~are_in(out, here))).drop_null())):
            student = "1 student is" if n == 1 else f"{n:,} students are"
            self._reading.report.notice(
                "F11", f"{student} no longer in the set: nothing of them was kept."
            )

    def _renumbered(self, left: pa.ChunkedArray) -> Renumbered:
        assert self._earlier is not None
        ids = self._students["sourcedId"]
        users, numbers = places.digests(ids), self._numbers(ids)
        return Renumbered(self._earlier[PLACES], left, users, numbers)

    def _set_doubled_aside(self, left: pa.ChunkedArray) -> pa.ChunkedArray:
        """Set users aside who come by the number of somebody of another name.

        Returns these. With the same name they are two users of one student.
        """
        assert self._earlier is not None
        numbers = self._renumbered(left)
        names = self._reading.elements(_USERS, self._students)
        known = self._earlier["student"]
        differ = [
            are_other(
                code,
                looked_up(numbers.numbers, known["id"], known[column_name(code)]),
                names[code],
            )
            for code in filter(names.__contains__, NAMES)
        ]
        out = numbers.are_of_others() & np.logical_or.reduce(differ)
        if out.any():
            rows = Rows([self._people()], self._reading.report, are_named=True)
            rows.reject(out, "R02", _DOUBLED)
            self._students = self._students.only(~out)
        return numbers.users.filter(pa.array(out))

    def _blank(self, found: pa.Table) -> dict[str, pa.ChunkedArray]:
        """Return of each column the students of whom the set says there is nothing.

        That is who has a blank in a row, and whose demographics were deleted, or are
        not in a list of all.
        """
        reading, more = self._reading, self._more()
        rows = self._reading.part(_MORE).firsts
        gone = places.digests(
            rows["sourcedId"].filter(pa.array(rows.are("status", DELETED)))
        )
        if _MORE in self._whole:
            here = places.digests(more["sourcedId"])
            gone = found["user"].filter(pa.array(~are_in(found["user"], here)))
        users: defaultdict[str, list[pa.Array]] = defaultdict(list)
        for told, columns in (
            (self._students, reading.elements(_USERS, self._students)),
            (more, demographics(reading, more)),
        ):
            for code, column in columns.items():
                lacking = told["sourcedId"].filter(pc.is_null(column))
                users[code] += places.digests(lacking).chunks
        for each in reading.parts[_MORE].fields:
            if not each.joins and reading.judge.is_stored(each.element):
                users[each.element] += gone.chunks
        return {
            column_name(code): places.numbers_of(found, chunks)
            for code, chunks in users.items()
        }

    def _numbers(self, ids: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return what students go by: the sender's identifier, or the set's own.

        Null where the set does not tell it.
        """
        users = self._users
        if not self._reading.is_number(_USERS, ID):
            return ids
        return looked_up(ids, users["sourcedId"], users["identifier"])

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
        for file in places.FILES:
            rows = self._reading.part(file).firsts
            found += places.keys(file, rows["sourcedId"]).chunks
        return pa.chunked_array(found, pa.string())

    def _places(self) -> pa.Table:
        """Return the rows of this set that say where a student is, and the schools."""
        classes = _of_students(self._reading.part("enrollments.csv"))
        roles = _of_students(self._reading.part("roles.csv"))
        tables = [
            self._dated("enrollments.csv", classes, "schoolSourcedId"),
            self._dated("roles.csv", roles, "orgSourcedId"),
            self._listed(),
            self._orgs(),
        ]
        if self._reading.judge.is_stored(YEAR):
            tables += [self._classes(), self._sessions()]
        return pa.concat_tables(tables, promote_options="default")

    def _known(self, found: pa.Table) -> pa.Table:
        """Return places without people of whom no number is known; tell of the rest."""
        unknown = pc.and_(pc.is_valid(found["user"]), pc.is_null(found["id"]))
        if n := len(pc.unique(found["user"].filter(unknown))):
            of = "1 person" if n == 1 else f"{n:,} people"
            self._reading.report.notice(
                "F11",
                f"What is said of {of} was not read: neither this set nor an earlier "
                "one tells the identifier that you go by. Send a full set that does.",
            )
        if n := int(places.are_lost(found).sum()):
            are = "1 row is" if n == 1 else f"{n:,} rows are"
            self._reading.report.notice(
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
        keys = {"user": rows["userSourcedId"], "org": rows[school]}
        if file == "enrollments.csv":
            keys["class"] = rows["classSourcedId"]
        return self._table(file, rows, keys, columns)

    def _listed(self) -> pa.Table:
        """Return a row for each organisation of a user, or one without any."""
        name = _ALL if self._students.has(_ALL) else _FIRST
        lists = pc.split_pattern(self._students[name].fill_null(""), ",")
        lists = lists.combine_chunks()
        rows = self._students.take(pc.list_parent_indices(lists))
        ids = pa.chunked_array([pc.utf8_trim_whitespace(pc.list_flatten(lists))])
        nothing = pa.scalar(None, pa.string())
        orgs = pc.if_else(pc.equal(ids, ""), nothing, ids)
        return self._table(_USERS, rows, {"user": rows["sourcedId"], "org": orgs}, {})

    def _orgs(self) -> pa.Table:
        """Return a row for each organisation, with the number of a school."""
        rows = _kept(self._reading.part(places.ORGS))
        numbers = rows["sourcedId"]
        if self._reading.is_number(places.ORGS, SCHOOL) and rows.has("identifier"):
            numbers = rows["identifier"]
        nothing = pa.scalar(None, pa.string())
        are_schools = pa.array(rows.are("type", "school"))
        columns = {SCHOOL: pc.if_else(are_schools, numbers, nothing)}
        if rows.has("name"):
            columns[_NAME] = rows["name"]
        return self._table(places.ORGS, rows, {"org": rows["sourcedId"]}, columns)

    def _classes(self) -> pa.Table:
        """Return a row for each class, with its first term."""
        rows = _kept(self._reading.part(places.CLASSES))
        terms = pc.split_pattern(rows["termSourcedIds"].fill_null(""), ",")
        first = pc.utf8_trim_whitespace(pc.list_element(terms, 0))
        keys = {"class": rows["sourcedId"], "term": first}
        return self._table(places.CLASSES, rows, keys, {})

    def _sessions(self) -> pa.Table:
        """Return a row for each session, with its school year."""
        rows = _kept(self._reading.part(places.SESSIONS))
        columns = {YEAR: rows["schoolYear"].cast(pa.string())}
        return self._table(places.SESSIONS, rows, {"term": rows["sourcedId"]}, columns)

    def _table(
        self,
        file: str,
        rows: PartRows,
        keys: dict[str, pa.ChunkedArray],
        columns: dict[str, pa.ChunkedArray],
    ) -> pa.Table:
        """Return rows as places, with what is listed of them."""
        reading = self._reading
        nothing = pa.chunked_array([pa.nulls(len(rows), pa.string())])
        no_day = pa.chunked_array([pa.nulls(len(rows), pa.date32())])
        keys = dict.fromkeys(("user", "org", "class", "term"), nothing) | keys
        users = keys["user"]
        told = {SCHOOL: nothing, YEAR: nothing, _NAME: nothing} | columns
        grades = reading.elements(_USERS, self._students).get(GRADE)
        if grades is not None:
            of_user = pc.split_pattern(grades.fill_null(""), ",")
            first = pc.utf8_trim_whitespace(pc.list_element(of_user, 0))
            told[GRADE] = looked_up(users, self._students["sourcedId"], first)
        is_stored = reading.judge.is_stored
        told = {code: column for code, column in told.items() if is_stored(code)}
        told = {ENTRY: no_day, EXIT: no_day} | told
        return pa.table(
            {
                "key": places.keys(file, rows["sourcedId"]),
                **{name: places.digests(column) for name, column in keys.items()},
                "id": self._numbers(users),
                **{column_name(code): column for code, column in told.items()},
                LINES: rows.table[LINES],
            }
        )


def _of_students(rows: PartRows) -> PartRows:
    """Return the rows of students that were not deleted."""
    return _kept(rows.only(rows.are("role", STUDENT)))


def _kept(rows: PartRows) -> PartRows:
    """Return the rows that were not deleted."""
    return rows.only(~rows.are("status", DELETED))


def _with_names(taken: Taken) -> Taken:
    """Return rows of students with columns of names, which changes need not have."""
    frame = taken.frame
    for name in NAMES:
        if name not in frame.column_names:
            frame = frame.append_column(name, pa.nulls(len(frame), pa.string()))
    return Taken(taken.file, frame, taken.lines)
