"""Days enrolled and absent as a sender counted them, row by row."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.rows import Rows, are_repeats, as_mask, joined
from indicators.formats.cells import Mask
from indicators.formats.day_counts import (
    ABSENT,
    ATTENDED,
    ENROLLED,
    MOST_DAYS,
    NOT_TOLD,
    NUMBER,
)
from indicators.formats.report import Report

SCHOOL, YEAR = "enrolment.school", "calendar.school_year"
ENTRY, _BEGAN = "enrolment.entry_date", "@began"
# Fewer students than these make a school's zeros doubtful.
SMALL_GROUP = 10
_A_NUMBER = f"^{NUMBER}$"


def counted_days(rows: Rows) -> pa.Table:
    """Return days_enrolled and days_absent of each row that is left, null where untold.

    Rows whose days are no numbers of a year, or more absent than enrolled, are set
    aside. Days absent are told to the half, days enrolled whole.
    """
    for name in (ENROLLED, ABSENT, ATTENDED):
        if rows.has(name):
            words = f"“{name.rpartition('.')[2].replace('_', ' ')}” is no number of "
            rows.reject(~_are_days(rows.texts(name)), "R08", f"{words}days in a year.")
    table = _read(rows)
    impossible = as_mask(pc.greater(table["days_absent"], table["days_enrolled"]))
    impossible |= as_mask(pc.less(table["days_absent"], 0))
    rows.reject(impossible, "R08", "there are more days absent than enrolled.")
    table = table.filter(pa.array(~impossible))
    _doubt_zeros(rows, table)
    return table


def told_days(rows: Rows, counted: pa.Table) -> pa.Table:
    """Return the days of each student and school; rows that tell none are left out.

    Where rows are of single enrolments, these are told apart by their first day.
    """
    table = counted.append_column("id", rows.values("student.id"))
    table = table.append_column("school", rows.values(SCHOOL))
    if rows.has(YEAR):
        table = table.append_column("school_year", rows.values(YEAR))
    if rows.has(ENTRY):
        table = table.append_column(_BEGAN, rows.values(ENTRY))
    told = pc.and_(
        pc.is_valid(table["days_enrolled"]), pc.is_valid(table["days_absent"])
    )
    n_untold = len(rows) - (pc.sum(told).as_py() or 0)
    if n_untold:
        rows.notice(
            "R11",
            f"Rows that do not tell the days enrolled and absent: {n_untold:,}. Their "
            "students are linked, and do not count in what is made of days.",
        )
    return table.filter(told)


def summed(told: Sequence[pa.Table], report: Report) -> pa.Table:
    """Return one row per student and school of all that was told, in whatever files.

    Days of single enrolments add up.
    """
    of_enrolments = [each for each in told if _BEGAN in each.column_names]
    whole = [each for each in told if _BEGAN not in each.column_names]
    if of_enrolments:
        whole.append(_added_up(_undisputed(joined(of_enrolments), report)))
    return _undisputed(joined(whole), report)


def _added_up(table: pa.Table) -> pa.Table:
    keys = _keys(table)
    sums = table.group_by(keys, use_threads=False).aggregate(
        [("days_enrolled", "sum"), ("days_absent", "sum")]
    )
    return pa.table(
        {name: sums[name] for name in keys}
        | {
            "days_enrolled": sums["days_enrolled_sum"].cast(pa.int32()),
            "days_absent": sums["days_absent_sum"],
        }
    )


def _undisputed(days: pa.Table, report: Report) -> pa.Table:
    """Return the days without those of which several rows tell differently.

    They may be of terms, or each up to a later day: nothing says which. Rows of single
    enrolments tell differently where these have one first day.
    """
    table = days.filter(pa.array(~are_repeats(*days.columns)))
    keys = [table[name].cast(pa.string()).fill_null("") for name in _keys(table)]
    joint = pc.binary_join_element_wise(*keys, "\n").combine_chunks()
    began = [table[_BEGAN]] if _BEGAN in table.column_names else []
    again = are_repeats(pa.chunked_array([joint]), *began)
    if not again.any():
        return table
    disputed = pc.unique(joint.filter(pa.array(again)))
    tell = "student" if len(disputed) == 1 else "students"
    report.notice(
        "R02",
        f"Rows tell different days of {len(disputed):,} {tell} at one school. Whether "
        "they add up, as those of terms do, is not known, so none of these days count. "
        "Send one row for each student and school, with the days of the whole year.",
    )
    return table.filter(pc.invert(pc.is_in(joint, disputed)))


def _keys(table: pa.Table) -> list[str]:
    return [n for n in ("id", "school", "school_year") if n in table.column_names]


def are_numbers(texts: pa.ChunkedArray) -> Mask:
    """Return which texts are a number below a thousand, or a word for one untold."""
    upper = pc.utf8_upper(texts)
    good = as_mask(pc.is_in(upper, pa.array(["", *NOT_TOLD])))
    return good | as_mask(pc.match_substring_regex(texts, _A_NUMBER))


def _are_days(texts: pa.ChunkedArray) -> Mask:
    return are_numbers(texts) & ~_are_above(texts)


def _are_above(texts: pa.ChunkedArray) -> Mask:
    with np.errstate(invalid="ignore"):
        above: Mask = numbers(texts) > MOST_DAYS
    return above


def numbers(texts: pa.ChunkedArray) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the numbers that texts are; not a number where they are none."""
    is_number = pc.match_substring_regex(texts, _A_NUMBER)
    plain = pc.if_else(is_number, texts, pa.scalar(None, pa.string()))
    values: np.ndarray[tuple[int], np.dtype[np.float64]] = (
        plain.cast(pa.float64()).fill_null(np.nan).combine_chunks().to_numpy()
    )
    return values


def _read(rows: Rows) -> pa.Table:
    enrolled = numbers(rows.texts(ENROLLED))
    if rows.has(ABSENT):
        absent = numbers(rows.texts(ABSENT))
    else:
        absent = enrolled - numbers(rows.texts(ATTENDED))
    return pa.table(
        {
            "days_enrolled": _in_parts(enrolled, 1).cast(pa.int32()),
            "days_absent": _in_parts(absent, 2),
        }
    )


def _in_parts(days: np.ndarray[tuple[int], np.dtype[np.float64]], n: int) -> pa.Array:
    """Return days in whole n-ths of a day; half of such a part counts as one."""
    unknown = np.isnan(days)
    parts = np.floor(np.where(unknown, 0, days) * n + 0.5) / n
    return pa.array(parts, pa.float64(), mask=unknown)


def _doubt_zeros(rows: Rows, table: pa.Table) -> None:
    """Ask about small schools where nobody missed a day: true, or hidden."""
    if not rows.has(SCHOOL) or not len(rows):
        return
    by_school = (
        pa.table({"school": rows.values(SCHOOL), "absent": table["days_absent"]})
        .group_by("school", use_threads=False)
        .aggregate([("absent", "max"), ("absent", "count")])
    )
    doubtful = pc.and_(
        pc.equal(by_school["absent_max"], 0),
        pc.less(by_school["absent_count"], SMALL_GROUP),
    )
    if n := pc.sum(doubtful).as_py() or 0:
        shows = "small group shows" if n == 1 else "small groups show"
        rows.notice(
            "R12",
            f"{n:,} {shows} 0 and 0%. Are these true zeros, or hidden small numbers?",
        )
