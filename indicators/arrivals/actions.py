"""The actions of a family report: which of them tell where somebody lives now."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from agreements.rules.elements import ELEMENTS
from indicators.arrivals.codes import known_meanings, meant
from indicators.arrivals.rows import Rows, as_mask
from indicators.arrivals.standing import MEMBER_NUMBER, Judge
from indicators.arrivals.tenancies import (
    ACTION,
    ACTION_DATE,
    BEGAN,
    ENDED,
    HOUSEHOLD,
    MEMBER,
    PLACE,
)
from indicators.formats.cells import Mask
from indicators.formats.dates import Integers
from indicators.formats.report import Report
from indicators.measures.inputs import Whole

_VOID = ("void",)
# What takes effect while a family searches may follow an end on its day.
_SEARCHES = (
    "annual reexamination searching",
    "issuance of voucher",
    "expiration of voucher",
)
# What an end of a stay tells; whose it is.
_OF_ENDS = (MEMBER, HOUSEHOLD, MEMBER_NUMBER, ACTION, ACTION_DATE)
NO_DAY = np.iinfo(np.int32).min
NO_PLACE = "the development is empty."
_CONTRADICTS = (
    "another action of this member on the same day tells otherwise, and which came "
    "last is not known."
)


def ends_alone(
    table: pa.Table, aside: Mask, judge: Judge, report: Report
) -> tuple[pa.Table, Mask]:
    """Return which rows set aside end somebody's stay, and the table as these tell it.

    They tell nothing but that.
    """
    ends = np.zeros(len(table), np.bool_)
    has_number = MEMBER in table.column_names
    whose = (MEMBER,) if has_number else (HOUSEHOLD, MEMBER_NUMBER)
    if not {ACTION, *whose} <= {*table.column_names}:
        return table, ends
    rows = table.filter(pa.array(aside))
    said = rows[ACTION].fill_null("")
    told = known_meanings(ACTION, said, judge)
    known = as_mask(pc.is_in(told, pa.array(ENDED)))
    for name in whose:
        known &= as_mask(pc.is_valid(rows[name]))
    ends[aside] = known
    for at, name in enumerate(table.column_names):
        if name not in _OF_ENDS:
            nothing = pa.scalar(None, table[name].type)
            alone = pc.if_else(pa.array(ends), nothing, table[name])
            table = table.set_column(at, name, alone)
    if n := int(ends.sum()):
        does = "row set aside ends" if n == 1 else "rows set aside end"
        report.notice("R17", f"{n:,} {does} a stay, which counts nevertheless.")
    return table, ends


def put_in_words(rows: Rows, judge: Judge, report: Report) -> None:
    """Put what actions mean in the place of the sender's codes and words for them."""
    said = rows.texts(ACTION)
    rows.put(ACTION, meant(ACTION, said, rows.values(MEMBER), judge, report))


def set_unplaced_aside(rows: Rows) -> None:
    """Set actions aside that tell no development, which only an end does without."""
    are_unplaced = as_mask(pc.is_null(rows.values(PLACE)))
    rows.reject(are_unplaced & ~_are(rows, ENDED), "R01", NO_PLACE)


def drop_void(rows: Rows, today: date) -> None:
    """Leave out the actions that never took effect, or have not yet."""
    void = _are(rows, _VOID)
    void |= as_mask(pc.greater(rows.values(ACTION_DATE), pa.scalar(today)))
    if n := rows.drop(void):
        _tell(rows, n, "are void or take effect later")


def drop_undated_ends(rows: Rows) -> None:
    """Leave out whoever left on a day that is not told: it may be the last of all."""
    people = rows.codes(MEMBER)
    undated = _are(rows, ENDED) & (days_of_actions(rows) == NO_DAY)
    if n := rows.drop(np.isin(people, people[undated])):
        _tell(
            rows, n, "are of people of whom an action ends a stay, but not on which day"
        )


def set_contradictions_aside(rows: Rows) -> None:
    """Set actions aside of which one member has several on one day, not all the same.

    Where these are the member's last, nothing is known of the member. To leave one
    place and to search, or to come to another, on one day is no contradiction.
    """
    rows.put_first(_are(rows, ENDED))
    ended, began = _are(rows, ENDED), _are(rows, BEGAN)
    people, days = rows.codes(MEMBER), days_of_actions(rows)
    order = np.lexsort((days, people))
    is_new = np.ones(len(order), np.bool_)
    is_new[1:] = (np.diff(people[order]) != 0) | (np.diff(days[order]) != 0)
    group = np.empty(len(order), np.int64)
    group[order] = np.cumsum(is_new) - 1
    are_alone = np.bincount(group)[group] == 1
    if are_alone.all():
        return
    moves = _have(group, ended) & _have(group, began)
    searches = _are(rows, _SEARCHES) & _have(group, ended)
    wrong = _have(group, ended) & _have(group, ~ended & ~searches) & ~moves
    for code in rows.table.column_names:
        if code in ELEMENTS and code not in (ACTION, ACTION_DATE):
            wrong |= _differ(rows.codes(code), group, ~(moves & ended | searches))
    wrong &= ~are_alone & (people >= 0)
    lost = np.isin(people, people[wrong & (days == _latest(people, days))])
    rows.reject(wrong, "R02", _CONTRADICTS)
    if n := rows.drop((lost & ~wrong)[~wrong]):
        _tell(rows, n, "are of people whose last actions contradict each other")


def drop_after_ends(rows: Rows) -> None:
    """Leave out what follows an end until the person comes to live somewhere again."""
    people, ended = rows.codes(MEMBER), _are(rows, ENDED)
    order = np.lexsort((np.arange(len(rows)), days_of_actions(rows), people))
    ended, turns = ended[order], (ended | _are(rows, BEGAN))[order]
    at = np.arange(len(order))
    begins = np.diff(people[order], prepend=-2) != 0
    since = np.maximum.accumulate(np.where(turns | begins, at, 0))
    after = np.zeros(len(rows), np.bool_)
    after[order] = ended[since] & ~turns
    if n := rows.drop(after):
        _tell(rows, n, "come after the end of a stay and do not begin another")


def keep_latest(rows: Rows) -> None:
    """Keep of each person the latest action, unless it ended the stay."""
    people = rows.codes(MEMBER)
    order = np.lexsort((np.arange(len(rows)), days_of_actions(rows), people))
    ordered = people[order]
    is_last = np.append(ordered[1:] != ordered[:-1], True) if len(ordered) else ordered
    earlier = np.ones(len(rows), np.bool_)
    earlier[order[is_last.astype(bool)]] = False
    if n := rows.drop(earlier):
        _tell(rows, n, "are of people with a later one, or the same on that day")
    drop_ended(rows)


def drop_ended(rows: Rows) -> None:
    """Leave out whoever lives there no more, by any action."""
    people = rows.codes(MEMBER)
    if n := rows.drop(np.isin(people, people[_are(rows, ENDED)])):
        _tell(rows, n, "end a stay, so that these people have left")


def _tell(rows: Rows, n: int, why: str) -> None:
    rows.notice("R17", f"{n:,} of the actions {why}: they were not read.")


def _are(rows: Rows, codes: tuple[str, ...]) -> Mask:
    """Return which rows are of these actions."""
    return as_mask(pc.is_in(rows.texts(ACTION), pa.array(codes)))


def days_of_actions(rows: Rows) -> Integers:
    """Return the day of each action; none is the earliest."""
    days = rows.values(ACTION_DATE).cast(pa.int32()).fill_null(NO_DAY)
    found: Integers = days.to_numpy()
    return found


def _have(group: Whole, which: Mask) -> Mask:
    """Return which rows are in a group with such a row."""
    there = np.zeros(group.max(initial=-1) + 1, np.bool_)
    there[group[which]] = True
    found: Mask = there[group]
    return found


def _differ(codes: Integers, group: Whole, which: Mask) -> Mask:
    """Return which rows are in a group whose rows, of these, have several values."""
    told = which & (codes >= 0)
    most = np.full(group.max(initial=-1) + 1, -1, np.int64)
    least = np.full(len(most), np.iinfo(np.int64).max, np.int64)
    np.maximum.at(most, group[told], codes[told])
    np.minimum.at(least, group[told], codes[told])
    found: Mask = (least < most)[group]
    return found


def _latest(people: Integers, days: Integers) -> Integers:
    """Return the last day of each row's person."""
    last = np.full(people.max(initial=-1) + 2, NO_DAY, np.int32)
    np.maximum.at(last, people, days)  # who has no number is the last of all
    found: Integers = last[people]
    return found
