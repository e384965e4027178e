"""Rows of any table as the records of students that they hold."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from agreements.rules.elements import ELEMENTS, ValueKind
from indicators.arrivals.codes import CODE_LISTS, meant
from indicators.arrivals.covered import as_grades, school_year_begins
from indicators.arrivals.days import are_numbers, numbers
from indicators.arrivals.record_kinds import YEAR, Kind
from indicators.arrivals.rows import Rows, as_mask
from indicators.arrivals.standing import Judge
from indicators.formats.cells import Mask
from indicators.formats.report import Report
from indicators.measures.delivered import FIRST_MONTH

_SEVERAL = "; "


def is_of(kind: Kind, names: list[str]) -> bool:
    """Return whether a table with these columns can hold records of a kind."""
    return bool({*kind.told_by} & {*names})


def tells(kind: Kind, table: pa.Table) -> bool:
    """Return whether some row of a table tells of such a record, usable or not."""
    texts = (
        table[c].cast(pa.string()) for c in kind.told_by if c in table.column_names
    )
    return any(not _are_empty(each.fill_null("")).all() for each in texts)


def records(kind: Kind, rows: Rows, judge: Judge, report: Report) -> pa.Table:
    """Return the records of a kind in some rows, in a frame's words and numbers.

    A row without what tells such a record holds none. One that lacks what a record
    needs, or tells no number where one stands, is set aside.
    """
    for code in kind.required:
        if rows.has(code):
            wrong = _tell(kind, rows) & _are_empty(rows.texts(code))
            says = f"“{ELEMENTS[code].label}” is empty."
            rows.reject(wrong, "R01", says)
    for code in kind.columns.values():
        if ELEMENTS[code].kind is ValueKind.NUMBER and rows.has(code):
            wrong = _tell(kind, rows) & ~are_numbers(rows.texts(code))
            says = f"“{ELEMENTS[code].label}” is no number."
            rows.reject(wrong, "R08", says)
    if kind.has_year:
        wrong = _tell(kind, rows) & as_mask(pc.is_null(_years(kind, rows)))
        rows.reject(wrong, "R01", "neither a day nor a school year is told.")
    are_told = _tell(kind, rows)
    if kind.blank and (n := int((~are_told).sum())):
        rows.notice("R01", f"{n:,} rows tell {kind.blank}.")
    columns = {"id": rows.values("student.id")}
    for name, code in kind.columns.items():
        columns[name] = _column(code, rows)
    if kind.has_year:
        columns["year"] = _years(kind, rows)
    table = _one_each(kind, pa.table(columns).filter(pa.array(are_told)))
    for name, code in kind.columns.items():
        if code in CODE_LISTS:
            at = table.column_names.index(name)
            said = meant(code, table[name].fill_null(""), judge, report)
            table = table.set_column(at, name, said)
    return table


def _tell(kind: Kind, rows: Rows) -> Mask:
    """Return which rows hold such a record."""
    found = np.zeros(len(rows), np.bool_)
    for code in kind.told_by:
        found |= ~_are_empty(rows.texts(code))
    return found


def _are_empty(texts: pa.ChunkedArray) -> Mask:
    return as_mask(pc.equal(pc.utf8_trim_whitespace(texts), ""))


def _column(code: str, rows: Rows) -> pa.ChunkedArray:
    kind = ELEMENTS[code].kind
    if kind is ValueKind.NUMBER:
        return pa.chunked_array([pa.array(numbers(rows.texts(code)), from_pandas=True)])
    if kind is ValueKind.DATE:
        return rows.values(code).cast(pa.date32())
    if code == "assessment.grade":
        of = code if rows.has(code) else "enrolment.grade"
        return as_grades(rows.values(of).cast(pa.string()))
    return rows.values(code).cast(pa.string())


def _one_each(kind: Kind, table: pa.Table) -> pa.Table:
    """Return one row for each of several things that a record tells at once."""
    name = next(n for n, code in kind.columns.items() if code in kind.told_by)
    if not pa.types.is_string(table.schema.field(name).type):
        return table
    parts = pc.split_pattern(table[name].combine_chunks(), _SEVERAL)
    table = table.take(pc.list_parent_indices(parts))
    at = table.column_names.index(name)
    return table.set_column(at, name, pc.list_flatten(parts))


def _years(kind: Kind, rows: Rows) -> pa.ChunkedArray:
    """Return the year in which each record's school year ends: as told, or by day."""
    coded = rows.texts(YEAR).combine_chunks().dictionary_encode()
    begins = pa.array(map(school_year_begins, coded.dictionary.to_pylist()), pa.int64())
    years = pa.chunked_array([pc.add(begins, 1).take(coded.indices)])
    if not kind.dated_by:
        return years
    days = rows.values(kind.dated_by).cast(pa.date32())
    is_late = pc.greater_equal(pc.month(days), FIRST_MONTH).cast(pa.int64())
    return pc.coalesce(years, pc.add(pc.year(days), is_late))
