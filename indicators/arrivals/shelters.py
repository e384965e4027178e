"""HMIS CSV as a table of people: who they are, and their latest enrolment."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.parts import PartRows, as_dates, looked_up
from indicators.arrivals.rosters import Reading
from indicators.arrivals.rows import Taken, as_mask
from indicators.arrivals.standing import RELATION_LETTER
from indicators.formats.cells import Mask
from indicators.formats.hmis import DELETED

MEMBER, BORN = "tenant.member_id", "tenant.birth_date"
# Codes of quality that say a value is unknown, whatever stands beside it.
_UNKNOWN = ("8", "9", "99")
_LETTERS = {"1": "H", "2": "Y", "3": "S", "4": "A", "5": "A"}
_OF_STAYS = {
    "tenant.household_id": "HouseholdID",
    "tenant.relation_to_head": "RelationshipToHoH",
    # What is a housing authority's development is a project here.
    "tenant.development": "ProjectID",
}


def hmis(reading: Reading, *, today: date) -> Taken:
    """Return one row for each client, with the enrolment that was entered last."""
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
    stays = _living(reading, "Enrollment.csv")
    stays = stays.only(_are_last(stays, today))
    people = stays["PersonalID"]
    relations = stays["RelationshipToHoH"].cast(pa.string()).to_pylist()
    letters = pa.array([_LETTERS.get(each, "") for each in relations], pa.string())
    columns[RELATION_LETTER] = looked_up(
        columns[MEMBER], people, pa.chunked_array([letters])
    ).fill_null("")
    entry = as_dates(stays["EntryDate"])
    columns["tenant.move_in_date"] = looked_up(columns[MEMBER], people, entry)
    for code, name in _OF_STAYS.items():
        if stays.has(name):
            columns[code] = looked_up(columns[MEMBER], people, stays[name])
    exits = _living(reading, "Exit.csv")
    if exits.has("EnrollmentID", "ExitDate"):
        left = looked_up(
            stays["EnrollmentID"], exits["EnrollmentID"], as_dates(exits["ExitDate"])
        )
        columns["tenant.move_out_date"] = looked_up(columns[MEMBER], people, left)
    stored = {
        code: column
        for code, column in columns.items()
        if reading.judge.is_stored(code) or code == RELATION_LETTER
    }
    return Taken("Client.csv", pa.table(stored), clients.lines)


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


def _are_last(stays: PartRows, today: date) -> Mask:
    """Return which rows are each person's latest entry up to today."""
    entered = as_dates(stays["EntryDate"])
    begun = as_mask(pc.less_equal(entered, pa.scalar(today)))
    people = stays["PersonalID"].combine_chunks().dictionary_encode().indices
    days = entered.cast(pa.int32()).fill_null(0).to_numpy()
    codes = people.fill_null(-1).to_numpy()
    order = np.lexsort((np.arange(len(stays)), days, begun, codes))
    last = np.zeros(len(stays), np.bool_)
    if len(order):
        ends = np.append(codes[order][1:] != codes[order][:-1], True)
        last[order[ends]] = True
    return last & begun
