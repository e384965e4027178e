"""Where each child on a list lived, and from which day to which: dated spells.

A frame of tenancies has one row per spell, by member and first day: no first day means
before all others, no last day means still going on, and no two of one child overlap.
"""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.rows import Rows, are_repeats, as_mask
from indicators.arrivals.schemas import shaped
from indicators.formats.cells import Mask
from indicators.measures.inputs import Whole, day_number
from indicators.measures.spells import Spells, spells

MEMBER, PLACE = "tenant.member_id", "tenant.development"
MOVED_IN, MOVED_OUT = "tenant.move_in_date", "tenant.move_out_date"
ACTION, ACTION_DATE = "tenant.action", "tenant.action_date"
WHO = ("tenant.first_name", "tenant.last_name", "tenant.birth_date")
# Form HUD-50058, line 2a: with these somebody comes to live in a place.
_BEGAN = ("1", "01", "4", "04", "7", "07")
ENDED = ("6", "06")


def of_actions(rows: Rows) -> pa.Table:
    """Return the spells that the actions of a family report tell of.

    rows: every action that took effect. The first one of a member began the spell only
    where it is an admission or a move; otherwise the move-in date did.
    """
    members, actions = _members(rows), rows.texts(ACTION)
    days = _days(rows, ACTION_DATE)
    went_on = _firsts(members, days) & ~as_mask(pc.is_in(actions, pa.array(_BEGAN)))
    first = pc.if_else(pa.array(went_on), _days(rows, MOVED_IN), days)
    ended = pc.is_in(actions, pa.array(ENDED))
    places = pc.if_else(ended, pa.scalar(None, pa.string()), rows.values(PLACE))
    open_end = pa.chunked_array([pa.nulls(len(rows), pa.date32())])
    return _frame(rows, spells(members, first, open_end), places)


def of_moves(rows: Rows) -> pa.Table:
    """Return the spells that move-in dates tell of, and keep each member's last row.

    A row of a member who has another name or birth date on an earlier one is set aside,
    and so is one that moved in on no other day.
    """
    again = "the member number is there on an earlier line"
    known = [rows.values(name) for name in (MEMBER, *WHO) if rows.has(name)]
    other = are_repeats(rows.values(MEMBER)) & ~are_repeats(*known)
    rows.reject(other, "R02", f"{again} with another name or birth date.")
    at_once = are_repeats(rows.values(MEMBER), rows.values(MOVED_IN))
    rows.reject(at_once, "R02", f"{again}.")
    members, first = _members(rows), _days(rows, MOVED_IN)
    found = spells(members, first, _days(rows, MOVED_OUT))
    frame = _frame(rows, found, rows.values(PLACE))
    if n := rows.drop(~_lasts(members, first)):
        tell = "row tells" if n == 1 else "rows tell"
        rows.notice("R17", f"{n:,} {tell} where somebody lived before.")
    return frame


def _frame(rows: Rows, found: Spells, places: pa.ChunkedArray) -> pa.Table:
    """Return spells as a frame; what follows at once in one place is one spell."""
    at = pa.array(found.row)
    place = places.take(at).combine_chunks().dictionary_encode().indices
    code = place.fill_null(-1).to_numpy().astype(np.int64)
    begins = np.ones(len(code), np.bool_)
    begins[1:] = (
        (found.child[1:] != found.child[:-1])
        | (code[1:] != code[:-1])
        | (found.first[1:] != found.last[:-1] + 1)
    )
    ends = np.append(begins[1:], True) if len(begins) else begins
    kept = pa.array(np.flatnonzero(begins))
    frame = pa.table(
        {
            "member_id": rows.values(MEMBER).take(at).take(kept),
            "development": places.take(at).take(kept),
            "move_in_date": _dates(found.first[begins], unknown=date.min),
            "move_out_date": _dates(found.last[ends], unknown=date.max),
        }
    )
    frame = frame.filter(pc.is_valid(frame["development"]))
    by_day = [("member_id", "ascending"), ("move_in_date", "ascending")]
    return shaped("tenancies", frame.sort_by(by_day))


def _members(rows: Rows) -> Whole:
    coded = rows.values(MEMBER).combine_chunks().dictionary_encode()
    return np.asarray(coded.indices.fill_null(-1)).astype(np.int64)


def _days(rows: Rows, name: str) -> pa.ChunkedArray:
    return rows.values(name).cast(pa.date32())


def _dates(days: Whole, *, unknown: date) -> pa.Array:
    mask = days == day_number(unknown)
    return pa.array(days.astype(np.int32), pa.int32(), mask=mask).cast(pa.date32())


def _order(members: Whole, days: pa.ChunkedArray) -> Whole:
    """Return the rows by member and day; none is the earliest, equals by their row."""
    told = days.cast(pa.int32()).fill_null(np.iinfo(np.int32).min).to_numpy()
    order: Whole = np.lexsort((np.arange(len(members)), told, members))
    return order


def _firsts(members: Whole, days: pa.ChunkedArray) -> Mask:
    """Return which rows are the first of their member."""
    order = _order(members, days)
    return _marked(order, np.diff(members[order], prepend=-2) != 0)


def _lasts(members: Whole, days: pa.ChunkedArray) -> Mask:
    """Return which rows are the last of their member."""
    order = _order(members, days)
    return _marked(order, np.diff(members[order], append=-2) != 0)


def _marked(order: Whole, which: Mask) -> Mask:
    marked = np.zeros(len(order), np.bool_)
    marked[order[which]] = True
    return marked
