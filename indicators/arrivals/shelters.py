"""HMIS CSV as a table of people: who they are, and when they stayed where."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.parts import PartRows, as_dates, looked_up
from indicators.arrivals.rosters import Reading
from indicators.arrivals.rows import Taken, as_mask
from indicators.arrivals.standing import RELATION_LETTER
from indicators.formats.hmis import DELETED

MEMBER, BORN, SEX = "tenant.member_id", "tenant.birth_date", "tenant.sex"
MOVED_IN, MOVED_OUT = "tenant.move_in_date", "tenant.move_out_date"
# Codes of quality that say a value is unknown, whatever stands beside it.
_UNKNOWN = ("8", "9", "99")
_SEXES = {"0": "F", "1": "M"}
_LETTERS = {"1": "H", "2": "Y", "3": "S", "4": "A", "5": "A"}
_OF_STAYS = {
    "tenant.household_id": "HouseholdID",
    "tenant.relation_to_head": "RelationshipToHoH",
    # What is a housing authority's development is a project here.
    "tenant.development": "ProjectID",
}


def hmis(reading: Reading, *, today: date) -> Taken:
    """Return one row for each client and stay; of clients without one, one row.

    Where days of moving in are not stored, only the stay that was entered last counts.
    """
    clients = _living(reading, "Client.csv")
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
    if SEX in columns:
        columns[SEX] = _coded(columns[SEX], _SEXES)
    stays = _stays(reading, today=today)
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
        if reading.judge.is_stored(code) or code == RELATION_LETTER
    }
    lines = clients.lines[of_client.to_numpy()]
    order = pa.array(np.argsort(lines, kind="stable"))
    return Taken("Client.csv", pa.table(stored).take(order), np.sort(lines))


def _stays(reading: Reading, *, today: date) -> pa.Table:
    """Return the stays that began by today, in order; of one day's the last to end.

    Of several exits from one stay the last counts, and one without an exit goes on.
    """
    rows = _living(reading, "Enrollment.csv")
    columns = {
        MEMBER: rows["PersonalID"],
        MOVED_IN: as_dates(rows["EntryDate"]),
        RELATION_LETTER: _coded(rows["RelationshipToHoH"], _LETTERS),
        "@stay": rows["EnrollmentID"],
    }
    for code, name in _OF_STAYS.items():
        if rows.has(name):
            columns[code] = rows[name]
    exits = _living(reading, "Exit.csv")
    columns[MOVED_OUT] = pa.chunked_array([pa.nulls(len(rows), pa.date32())])
    if exits.has("EnrollmentID", "ExitDate"):
        ends = pa.table({"@stay": exits["EnrollmentID"]})
        ends = ends.append_column("day", as_dates(exits["ExitDate"]))
        last = ends.group_by("@stay").aggregate([("day", "max")])
        columns[MOVED_OUT] = looked_up(
            rows["EnrollmentID"], last["@stay"], last["day_max"]
        )
    stays = pa.table(columns)
    stays = stays.filter(pc.less_equal(stays[MOVED_IN], pa.scalar(today)))
    by = [(name, "ascending") for name in (MEMBER, MOVED_IN, MOVED_OUT, "@stay")]
    stays = stays.sort_by(by)  # nothing, an end that is not told, comes last
    return _lasts(stays, MEMBER, MOVED_IN).drop_columns("@stay")


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
