"""HMIS CSV as a table of people: who they are, and when they stayed where."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.parts import PartRows, as_dates, looked_up
from indicators.arrivals.rosters import Reading
from indicators.arrivals.rows import Taken, are_in, as_mask
from indicators.arrivals.standing import IS_APPROXIMATE, RELATION_LETTER
from indicators.formats import hmis as standard
from indicators.formats.cells import Mask
from indicators.formats.hmis import DELETED, LIVED_IN, PERMANENT, PROJECT_TYPE
from indicators.measures.inputs import day_number, days_of

MEMBER, BORN, SEX = "tenant.member_id", "tenant.birth_date", "tenant.sex"
MOVED_IN, MOVED_OUT = "tenant.move_in_date", "tenant.move_out_date"
# Codes of quality that say a value is unknown, whatever stands beside it.
_UNKNOWN = ("8", "9", "99")
_APPROXIMATE = "2"  # or in part, with the rest made up
_SEXES = {"0": "F", "1": "M"}
_NEVER = day_number(date.max) + 1
_HEAD, _LEFT = "1", "@left"
_SORTED_BY = (RELATION_LETTER, IS_APPROXIMATE, MOVED_OUT)  # whatever is listed
_LETTERS = {_HEAD: "H", "2": "Y", "3": "S", "4": "A", "5": "A"}
_OF_STAYS = {
    "tenant.household_id": standard.HOUSEHOLD,
    "tenant.relation_to_head": "RelationshipToHoH",
    # What is a housing authority's development is a project here.
    "tenant.development": "ProjectID",
}


def hmis(reading: Reading, *, today: date) -> Taken:
    """Return one row for each client and stay; of clients without one, one row.

    Where days of moving in are not stored, only the last stay counts. Who is enrolled
    only where nobody lives is not among them.
    """
    enrolled, others = _enrolments(reading, today)
    clients = _living(reading, "Client.csv")
    persons = clients["PersonalID"]
    are_elsewhere = are_in(persons, others["PersonalID"])
    clients = clients.only(~are_elsewhere | are_in(persons, enrolled["PersonalID"]))
    nameless = clients.are("NameDataQuality", *_UNKNOWN)
    for line in clients.lines[nameless].tolist():
        reading.report.set_row_aside(
            "R01",
            f"Client.csv, line {line}: the name is unknown, as its quality says.",
            line=line,
            column="NameDataQuality",
            file="Client.csv",
        )
    reading.report.n_set_aside += int(nameless.sum())
    clients = clients.only(~nameless)
    columns = {MEMBER: clients["PersonalID"], **reading.elements("Client.csv", clients)}
    if BORN in columns:
        unknown = clients.are("DOBDataQuality", *_UNKNOWN)
        nothing = pa.scalar(None, pa.date32())
        columns[BORN] = pc.if_else(pa.array(unknown), nothing, columns[BORN])
        approximate = clients.are("DOBDataQuality", _APPROXIMATE)
        if approximate.any():
            columns[IS_APPROXIMATE] = pa.array(approximate)
    if SEX in columns:
        columns[SEX] = _coded(columns[SEX], _SEXES)
    stays = _stays(enrolled, today=today)
    if not reading.judge.is_stored(MOVED_IN):
        stays = _lasts(stays, MEMBER)
    place = pc.index_in(stays[MEMBER], columns[MEMBER].combine_chunks())
    stays = stays.filter(pc.is_valid(place))
    place = np.asarray(pc.drop_null(place)).astype(np.int64)
    without = np.setdiff1d(np.arange(len(clients)), place)
    of_client = pa.array(np.concatenate([place, without]))
    of_stay = pa.array([*range(len(stays)), *(None for _ in without)], pa.int64())
    told = {code: column.take(of_client) for code, column in columns.items()}
    for code in filter(MEMBER.__ne__, stays.column_names):
        told[code] = stays[code].take(of_stay)
    told[RELATION_LETTER] = told[RELATION_LETTER].fill_null("")
    stored = {
        code: column
        for code, column in told.items()
        if reading.judge.is_stored(code) or code in _SORTED_BY
    }
    lines = clients.lines[of_client.to_numpy()]
    order = pa.array(np.argsort(lines, kind="stable"))
    return Taken("Client.csv", pa.table(stored).take(order), np.sort(lines))


def _enrolments(reading: Reading, today: date) -> tuple[PartRows, PartRows]:
    """Return the enrolments where people live, and the others, of which it tells.

    A project that does not say of which type it is counts as one where they do.
    """
    rows, projects = _living(reading, "Enrollment.csv"), reading.part("Project.csv")
    are_others = ~projects.are(PROJECT_TYPE, "", *LIVED_IN)
    others = are_in(rows["ProjectID"], projects.only(are_others)["ProjectID"])
    if n := int(others.sum()):
        is_in = "enrollment is" if n == 1 else "enrollments are"
        reading.report.notice(
            "R17",
            f"{n:,} {is_in} in projects in which nobody lives, such as street outreach "
            f"or coordinated entry, as `{PROJECT_TYPE}` says, and not read.",
            column=PROJECT_TYPE,
        )
    rows.table = rows.table.append_column(_LEFT, _ends(reading, rows))
    homes = projects.only(projects.are(PROJECT_TYPE, *PERMANENT))["ProjectID"]
    are_homes = are_in(rows["ProjectID"], homes)
    if are_homes.any():
        others |= _begin_where_moved_in(reading, rows, are_homes, today)
    return rows.only(~others), rows.only(others)


def _begin_where_moved_in(
    reading: Reading, rows: PartRows, which: Mask, today: date
) -> Mask:
    """Let these enrolments begin on the day of moving in; return those without one.

    For a household it is told of its head, and whoever enters later moves in then.
    """
    name, report = standard.MOVED_IN, reading.report
    if not rows.has(name):
        report.notice(
            "R17",
            f"Enrollment.csv has no `{name}`, so it is not known when people moved "
            "into permanent housing. The day of entry counts. Send the column.",
            column=name,
        )
        return np.zeros(len(rows), np.bool_)
    entered, told = as_dates(rows["EntryDate"]), as_dates(rows[name])
    household = pc.binary_join_element_wise(
        rows["ProjectID"], rows[standard.HOUSEHOLD], "\0"
    )
    heads = pa.table({"of": household, "day": told})
    heads = heads.filter(pa.array(rows.are("RelationshipToHoH", _HEAD)))
    first = heads.drop_null().group_by("of").aggregate([("day", "min")])
    told = pc.coalesce(told, looked_up(household, first["of"], first["day_min"]))
    moved = pc.max_element_wise(entered, told, skip_nulls=False)
    last = pc.min_element_wise(rows[_LEFT], pa.scalar(today))
    are_without = which & ~as_mask(pc.less_equal(moved, last))
    begins = pc.if_else(pa.array(which), moved, entered)
    at = rows.table.column_names.index("EntryDate")
    rows.table = rows.table.set_column(at, "EntryDate", begins)
    if n := int(are_without.sum()):
        is_in = "enrollment is" if n == 1 else "enrollments are"
        report.notice(
            "R17",
            f"{n:,} {is_in} in permanent housing into which nobody has moved, as "
            f"`{name}` says, and not read.",
            column=name,
        )
    return are_without


def _ends(reading: Reading, rows: PartRows) -> pa.ChunkedArray:
    """Return the day of the last exit from each enrolment; null where there is none."""
    exits = _living(reading, "Exit.csv")
    if not exits.has("EnrollmentID", "ExitDate"):
        return pa.chunked_array([pa.nulls(len(rows), pa.date32())])
    ends = pa.table({"of": exits["EnrollmentID"], "day": as_dates(exits["ExitDate"])})
    last = ends.group_by("of").aggregate([("day", "max")])
    return looked_up(rows["EnrollmentID"], last["of"], last["day_max"])


def _stays(rows: PartRows, *, today: date) -> pa.Table:
    """Return where people stayed by today, in one place at a time.

    Of several exits from one stay the last counts, and one without an exit goes on.
    """
    columns = {
        MEMBER: rows["PersonalID"],
        MOVED_IN: as_dates(rows["EntryDate"]),
        RELATION_LETTER: _coded(rows["RelationshipToHoH"], _LETTERS),
        MOVED_OUT: rows[_LEFT],
        "@stay": rows["EnrollmentID"],
    }
    for code, name in _OF_STAYS.items():
        if rows.has(name):
            columns[code] = rows[name]
    stays = pa.table(columns)
    stays = stays.filter(pc.less_equal(stays[MOVED_IN], pa.scalar(today)))
    stays = stays.sort_by(
        [
            *((MEMBER, "ascending"), (MOVED_IN, "ascending")),
            *((MOVED_OUT, "descending", "at_start"), ("@stay", "ascending")),
        ]
    )
    spans = _one_at_a_time(
        stays[MEMBER].to_pylist(),
        days_of(stays[MOVED_IN], otherwise=date.min).tolist(),
        days_of(stays[MOVED_OUT], otherwise=date.max).tolist(),
    )
    schema = pa.schema({name: pa.int32() for name in ("row", "first", "last")})
    found = pa.Table.from_pylist([span._asdict() for span in spans], schema)
    stays = stays.take(found["row"]).drop_columns(["@stay", MOVED_IN, MOVED_OUT])
    is_open = pc.equal(found["last"], day_number(date.max))
    last = pc.if_else(is_open, pa.scalar(None, pa.int32()), found["last"])
    stays = stays.append_column(MOVED_IN, found["first"].cast(pa.date32()))
    stays = stays.append_column(MOVED_OUT, last.cast(pa.date32()))
    return stays.filter(pc.less_equal(stays[MOVED_IN], pa.scalar(today)))


class _Span(NamedTuple):
    """The days, both included, on which the stay of a row is where somebody lives."""

    row: int
    first: int
    last: int


def _one_at_a_time(
    members: list[str], first: list[int], last: list[int]
) -> Iterator[_Span]:
    """Yield where people lived; the stay that began last is where, while it lasts.

    Rows are by member and first day, of one day the longest first. One that ends before
    it begins is left as it is.
    """
    for _, rows in groupby(range(len(members)), members.__getitem__):
        going: list[int] = []
        since = 0
        for row in (*rows, None):
            begins = _NEVER if row is None else first[row]
            while going and last[going[-1]] < begins:
                ended = going.pop()
                if since <= last[ended]:
                    yield _Span(ended, since, last[ended])
                    since = last[ended] + 1
            if row is None:
                continue
            if last[row] < begins:
                yield _Span(row, begins, last[row])
                continue
            if going and since < begins:
                yield _Span(going[-1], since, begins - 1)
            going.append(row)
            since = begins


def _lasts(table: pa.Table, *names: str) -> pa.Table:
    """Return the last row of each run of rows that agree in these columns."""
    differ = np.zeros(max(len(table) - 1, 0), np.bool_)
    for name in names:
        column = table[name].combine_chunks()
        differ |= as_mask(pc.not_equal(column[1:], column[:-1]).fill_null(True))
    ends = np.append(differ, True) if len(table) else differ
    return table.filter(pa.array(ends))


def _coded(column: pa.ChunkedArray, meanings: Mapping[str, str]) -> pa.ChunkedArray:
    """Return what codes mean; null for those that mean nothing."""
    place = pc.index_in(column.cast(pa.string()), pa.array(list(meanings)))
    return pa.chunked_array([pa.array(list(meanings.values()))]).take(place)


def _living(reading: Reading, file: str) -> PartRows:
    """Return the rows of a file that were not deleted where they come from."""
    rows = reading.part(file)
    deleted = ~rows.are(DELETED, "")
    if n := int(deleted.sum()):
        were = "record was" if n == 1 else "records were"
        reading.report.notice(
            "R17",
            f"{file}: {n:,} {were} deleted at the source, as `{DELETED}` says, and "
            "not read.",
            column=DELETED,
        )
    return rows.only(~deleted)
