"""What several rows tell of one enrolment, put together: when and how it ended."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.rows import are_repeats
from indicators.formats.report import Report
from indicators.measures.inputs import day_number, days_of

# What one enrolment is known by.
_KEYS = ["id", "school", "entry_date"]
_TYPE = "exit_type"
# Between the classes of two terms lies a break, and no leave: at most five weeks.
BREAK = 35


def with_exits(spells: pa.Table, report: Report) -> pa.Table:
    """Return enrolments of which each row tells the end that any row tells of it.

    A blank tells nothing. Of several days the last counts; of exits that rows tell
    differently it is not known how the student left. Rows that tell the same are one.
    """
    if pc.count_distinct(spells["id"], mode="all").as_py() == spells.num_rows:
        return spells  # one row for each student: there is nothing to put together
    spells = _with_entries(spells)
    has_type = _TYPE in spells.column_names
    told = ["exit_date", *([_TYPE] if has_type else [])]
    ends = spells.group_by(_KEYS, use_threads=False).aggregate(
        [(name, do) for name in told for do in ("min", "max")]
    )
    place = _places(spells, ends)
    spells = _put(spells, "exit_date", ends["exit_date_max"].take(place))
    if has_type:
        first, last = ends[f"{_TYPE}_min"], ends[f"{_TYPE}_max"]
        differ = pc.not_equal(first, last).fill_null(False)
        ends_in = pc.if_else(differ, pa.scalar(None, pa.string()), last)
        spells = _put(spells, _TYPE, ends_in.take(place))
        if n := pc.sum(differ).as_py() or 0:
            enrolments = "1 enrolment" if n == 1 else f"{n:,} enrolments"
            report.notice(
                "R02",
                f"Rows tell different exits of {enrolments}. How these students left "
                "is not known, and the last day that is told counts. If one of the "
                "exits is wrong, correct it and send the files again.",
            )
    once = ~are_repeats(*(spells[name] for name in spells.column_names))
    return spells.filter(pa.array(once))


def one_after_another(spells: pa.Table, *, apart: int) -> pa.Table:
    """Return enrolments of which none at a school begins within another or soon after.

    apart: the days that may lie between two that are one. No entry is before all days,
    no exit still going on, and neither tells nothing where others have days; what else
    rows tell is that of the last row.
    """
    keys = [spells["id"], spells["school"]]
    undated = pc.and_(pc.is_null(spells["entry_date"]), pc.is_null(spells["exit_date"]))
    if pc.any(undated, min_count=0).as_py():
        joint = _joint(*keys)
        dated = joint.filter(pc.invert(undated))
        kept = pc.invert(pc.and_(undated, pc.is_in(joint, dated)))
        spells, undated = spells.filter(kept), undated.filter(kept)
        keys = [spells["id"], spells["school"]]
        if "school_year" in spells.column_names:  # days tell it where there are any
            keys.append(pc.if_else(undated, spells["school_year"], ""))
    joint = _joint(*keys)
    place = np.asarray(joint.dictionary_encode().indices).astype(np.int64)
    first = days_of(spells["entry_date"], otherwise=date.min)
    last = days_of(spells["exit_date"], otherwise=date.max)
    order = np.lexsort((first, place))
    # A place's days are far from another's, so that each has a running last day.
    shift = place[order] * 2 * day_number(date.max)
    end = np.maximum.accumulate(last[order] + shift)
    begins = np.ones(len(order), np.bool_)
    begins[1:] = first[order][1:] + shift[1:] > end[:-1] + apart + 1
    number = np.empty(len(order), np.int64)
    number[order] = np.cumsum(begins) - 1
    others = [n for n in spells.column_names if n not in ("entry_date", "exit_date")]
    nulls = pc.CountOptions(mode="only_null")
    found = (
        spells.append_column("@spell", pa.array(number))
        .group_by("@spell", use_threads=False)
        .aggregate(
            [
                *((name, "last") for name in others),
                ("entry_date", "min"),
                ("exit_date", "max"),
                ("entry_date", "count", nulls),
                ("exit_date", "count", nulls),
            ]
        )
    )
    nothing = pa.scalar(None, pa.date32())

    def day(name: str, which: str) -> pa.ChunkedArray:
        untold = pc.greater(found[f"{name}_count"], 0)
        return pc.if_else(untold, nothing, found[f"{name}_{which}"])

    days = {
        "entry_date": day("entry_date", "min"),
        "exit_date": day("exit_date", "max"),
    }
    return pa.table(
        {n: days[n] if n in days else found[f"{n}_last"] for n in spells.column_names}
    )


def _joint(*columns: pa.ChunkedArray) -> pa.Array:
    parts = [column.fill_null("") for column in columns]
    return pc.binary_join_element_wise(*parts, "\x1f").combine_chunks()


def _places(spells: pa.Table, ends: pa.Table) -> pa.Array:
    """Return where the end of each row's enrolment stands."""
    return pc.index_in(_key(spells), value_set=_key(ends))


def _key(table: pa.Table) -> pa.Array:
    parts = (table[name].cast(pa.string()).fill_null("") for name in _KEYS)
    return pc.binary_join_element_wise(*parts, "\x1f").combine_chunks()


def _put(table: pa.Table, name: str, values: pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)


def _with_entries(spells: pa.Table) -> pa.Table:
    """Return enrolments in which an exit without an entry is of the last one before it.

    That is the student's last at the school that began by the day of the exit.
    """
    lacking = pc.and_(
        pc.is_null(spells["entry_date"]), pc.is_valid(spells["exit_date"])
    )
    if not pc.any(lacking).as_py():
        return spells
    rows = spells.append_column("@row", pa.array(range(spells.num_rows), pa.int64()))
    exits = rows.filter(lacking).select(["@row", "id", "school", "exit_date"])
    known = spells.select(_KEYS).filter(pc.is_valid(spells["entry_date"]))
    both = exits.join(known, ["id", "school"], join_type="inner")
    both = both.filter(pc.less_equal(both["entry_date"], both["exit_date"]))
    begun = both.group_by("@row", use_threads=False).aggregate([("entry_date", "max")])
    place = pc.index_in(rows["@row"], value_set=begun["@row"].combine_chunks())
    entries = begun["entry_date_max"].take(place)
    return _put(spells, "entry_date", pc.coalesce(spells["entry_date"], entries))
