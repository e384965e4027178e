"""Where each child on a list lived, and from which day to which: dated spells.

A frame of tenancies has one row per spell, by member and first day: no first day means
before all others, no last day means still going on, and no two of one child overlap.
"""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.rows import Rows, are_ascending, as_mask
from indicators.arrivals.schemas import shaped
from indicators.formats.cells import Mask
from indicators.formats.dates import Integers
from indicators.measures.inputs import Whole, day_number, days_of
from indicators.measures.spells import Spells, spells

MEMBER, PLACE = "tenant.member_id", "tenant.development"
HOUSEHOLD = "tenant.household_id"
MOVED_IN, MOVED_OUT = "tenant.move_in_date", "tenant.move_out_date"
ACTION, ACTION_DATE = "tenant.action", "tenant.action_date"
AGAIN = "the member number"
WHO = ("tenant.first_name", "tenant.last_name", "tenant.birth_date")
# With these actions somebody comes to live in a place, or lives there no more.
BEGAN = ("new admission", "portability move-in", "other change of unit")
ENDED = ("end participation", "portability move-out")


@dataclass(frozen=True, slots=True)
class Stays:
    """A frame of tenancies, and the number of each row's member; see Rows.codes."""

    frame: pa.Table = field(repr=False)
    members: Integers = field(repr=False)


def of_actions(rows: Rows) -> Stays:
    """Return the spells that the actions of a family report tell of.

    rows: every action that took effect. The first one of a member began the spell only
    where it is an admission or a move, as one on that day may be; otherwise the move-in
    date did, unless it is later, as the present unit's is.
    """
    members, actions = _members(rows), rows.texts(ACTION)
    days = _days(rows, ACTION_DATE)
    began = as_mask(pc.is_in(actions, pa.array(BEGAN)))
    went_on = _firsts(members, days, began) & ~began
    moved_in = _days(rows, MOVED_IN)
    are_later = pc.greater(moved_in, days).fill_null(False)
    since = pc.if_else(are_later, days, moved_in)
    first = pc.if_else(pa.array(went_on), since, days)
    ended = pc.is_in(actions, pa.array(ENDED))
    places = pc.if_else(ended, pa.scalar(None, pa.string()), rows.values(PLACE))
    open_end = pa.chunked_array([pa.nulls(len(rows), pa.date32())])
    return _stays(rows.values(MEMBER), spells(members, first, open_end), places)


def of_moves(rows: Rows, *, today: date) -> Stays:
    """Return the spells that move-in dates tell of, and keep each member's last row.

    Set aside is a row that moved in later than today or moved out before it moved in,
    one of a member who has another name or birth date on an earlier one, and one that
    moved in on no other day.
    """
    _keep_one_row_of_each_stay(rows, today)
    members, first = _members(rows), _days(rows, MOVED_IN)
    found = spells(members, first, _days(rows, MOVED_OUT))
    stays = _stays(rows.values(MEMBER), found, rows.values(PLACE))
    if n := rows.drop(~_lasts(members, first)):
        tell = "row tells" if n == 1 else "rows tell"
        rows.notice("R17", f"{n:,} {tell} where somebody lived before.")
    return stays


def drop_left(rows: Rows, *, today: date) -> None:
    """Leave out whoever moved out before today, and forget the days of moving out."""
    if rows.has(MOVED_IN):
        _keep_one_row_of_each_stay(rows, today)
    left = as_mask(pc.less(_days(rows, MOVED_OUT), pa.scalar(today)))
    if rows.has(MOVED_IN):
        members, first = _members(rows), _days(rows, MOVED_IN)
        left = np.isin(members, members[_lasts(members, first) & left])
    if n := rows.drop(left):
        are = "row is" if n == 1 else "rows are"
        rows.notice("R17", f"{n:,} {are} of people who have moved out, and not read.")
    rows.put(MOVED_OUT, pa.chunked_array([pa.nulls(len(rows), pa.date32())]))


def of_members(stays: Stays, rows: Rows) -> pa.Table:
    """Return the spells of the members who are still among the rows."""
    kept = np.isin(stays.members, rows.codes(MEMBER))
    return stays.frame if kept.all() else stays.frame.filter(pa.array(kept))


def one_at_a_time(frame: pa.Table) -> pa.Table:
    """Return spells of which some overlap, since two members turned out to be one.

    frame: as of tenancies; of spells on the same days the last row counts.
    """
    members = frame["member_id"]
    coded = members.combine_chunks().dictionary_encode().indices.fill_null(-1)
    days = frame["move_in_date"], frame["move_out_date"]
    found = spells(np.asarray(coded).astype(np.int64), *days)
    return _stays(members, found, frame["development"]).frame


def in_order(frame: pa.Table) -> pa.Table:
    """Return spells by member and first day, as most lists are already."""
    if are_ascending(frame["member_id"].combine_chunks()):
        return frame
    by_day = ("move_in_date", "ascending", "at_start")
    return frame.sort_by([("member_id", "ascending"), by_day])


def _keep_one_row_of_each_stay(rows: Rows, today: date) -> None:
    """Set aside what cannot be so, and further rows of one member and first day."""
    rows.reject_impossible(MOVED_IN, MOVED_OUT, today=today)
    known = [name for name in (MEMBER, *WHO) if rows.has(name)]
    other = rows.repeats(MEMBER) & ~rows.repeats(*known)
    rows.reject_again(other, AGAIN, MEMBER)
    if rows.repeats(MEMBER, MOVED_IN).any():  # the last day that is told is the end
        ends = days_of(_days(rows, MOVED_OUT), otherwise=date.min)
        rows.put_in_order(np.argsort(-ends, kind="stable"))
        rows.reject_again(rows.repeats(MEMBER, MOVED_IN), AGAIN, MEMBER, MOVED_IN)


def _stays(members: pa.ChunkedArray, found: Spells, places: pa.ChunkedArray) -> Stays:
    """Return spells as a frame; what follows at once in one place is one spell."""
    place = places.combine_chunks().dictionary_encode().indices
    code = place.fill_null(-1).to_numpy()[found.row]
    begins = np.ones(len(code), np.bool_)
    begins[1:] = (
        (found.child[1:] != found.child[:-1])
        | (code[1:] != code[:-1])
        | (found.first[1:] != found.last[:-1] + 1)
    )
    ends = np.append(begins[1:], True) if len(begins) else begins
    at = pa.array(found.row[begins])
    frame = pa.table(
        {
            "member_id": members.take(at),
            "development": places.take(at),
            "move_in_date": _dates(found.first[begins], unknown=date.min),
            "move_out_date": _dates(found.last[ends], unknown=date.max),
            "@member": pa.array(found.child[begins].astype(np.int32)),
        }
    )
    frame = frame.filter(pc.is_valid(frame["development"]))
    frame = in_order(frame)
    numbers = frame["@member"].to_numpy()
    return Stays(shaped("tenancies", frame.drop_columns("@member")), numbers)


def _members(rows: Rows) -> Whole:
    return rows.codes(MEMBER).astype(np.int64)


def _days(rows: Rows, name: str) -> pa.ChunkedArray:
    return rows.values(name).cast(pa.date32())


def _dates(days: Whole, *, unknown: date) -> pa.Array:
    mask = days == day_number(unknown)
    return pa.array(days.astype(np.int32), pa.int32(), mask=mask).cast(pa.date32())


def _order(members: Whole, days: pa.ChunkedArray, last: Mask) -> Whole:
    """Return the rows by member and day; none is the earliest, equals by their row.

    last: rows that come after others of their day.
    """
    told = days.cast(pa.int32()).fill_null(np.iinfo(np.int32).min).to_numpy()
    order: Whole = np.lexsort((last, told, members))
    return order


def _firsts(members: Whole, days: pa.ChunkedArray, began: Mask) -> Mask:
    """Return which rows are the first of their member, of a day those that began."""
    order = _order(members, days, ~began)
    return _marked(order, np.diff(members[order], prepend=-2) != 0)


def _lasts(members: Whole, days: pa.ChunkedArray) -> Mask:
    """Return which rows are the last of their member."""
    order = _order(members, days, np.zeros(len(members), np.bool_))
    return _marked(order, np.diff(members[order], append=-2) != 0)


def _marked(order: Whole, which: Mask) -> Mask:
    marked = np.zeros(len(order), np.bool_)
    marked[order[which]] = True
    return marked
