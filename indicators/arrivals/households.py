"""What the actions of a family report tell of a household's members together.

An action is of a household, and many files list with it only some of the members.
"""

from collections import defaultdict
from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.actions import NO_DAY, days_of_actions
from indicators.arrivals.disputes import are_other, first_told
from indicators.arrivals.rows import FILE, LINE, Rows, as_mask
from indicators.arrivals.standing import MEMBER_NUMBER, RELATION_LETTER
from indicators.arrivals.tenancies import (
    ACTION,
    ACTION_DATE,
    BEGAN,
    ENDED,
    HOUSEHOLD,
    MEMBER,
)
from indicators.formats.cells import Mask

RELATION = "tenant.relation_to_head"
FIRST_NAME, BORN = "tenant.first_name", "tenant.birth_date"
# Who has one of these lives there on its day.
_LIVES = ("annual reexamination", "interim reexamination", *BEGAN)
_LAST_DAY = np.iinfo(np.int32).max
_OF_ENDS = (HOUSEHOLD, ACTION, ACTION_DATE, FILE, LINE)
_ANOTHER = (
    "an earlier action with this member number is of somebody of another first name "
    "and birth date. Give each child a number of its own."
)
# Of one action of a member: its day, household and kind.
Told = tuple[int, int, str]


def relations(rows: Rows) -> pa.ChunkedArray:
    """Return the letters of relations to the head, empty where none is told."""
    told = RELATION_LETTER if rows.has(RELATION_LETTER) else RELATION
    return pc.utf8_upper(rows.texts(told))


def end_with_head(rows: Rows) -> None:
    """Let an end of the head's stay be that of every member who has no other.

    None is that of a member who moved on or before its day, or whose later actions
    tell of living there.
    """
    ends = _are_heads(rows) & as_mask(pc.is_in(rows.texts(ACTION), pa.array(ENDED)))
    if not rows.has(HOUSEHOLD) or not ends.any():
        return
    people, homes = rows.codes(MEMBER), rows.codes(HOUSEHOLD)
    ends &= (people >= 0) & (homes >= 0)
    days, actions = days_of_actions(rows), rows.texts(ACTION)
    told: defaultdict[int, list[Told]] = defaultdict(list)
    where: dict[int, int] = {}
    members: defaultdict[int, set[int]] = defaultdict(set)
    among = np.isin(people, people[np.isin(homes, homes[ends])]) & (people >= 0)
    for at in np.flatnonzero(among).tolist():
        person, home = int(people[at]), int(homes[at])
        told[person].append((int(days[at]), home, actions[at].as_py()))
        where.setdefault(person, at)
        members[home].add(person)
    found: dict[tuple[int, int], int] = {}
    for at in np.flatnonzero(ends).tolist():
        day, home = int(days[at]), int(homes[at])
        until = _LAST_DAY if day == NO_DAY else day
        for person in sorted(members[home] - {int(people[at])}):
            if _goes(told[person], home, until):
                found.setdefault((person, until), at)
    if found:
        _add_ends(rows, [where[person] for person, _ in found], [*found.values()])


def _goes(told: Collection[Told], home: int, until: int) -> bool:
    """Return whether a member's stay ends with the household's on a day."""
    last = max((day for day, _, _ in told if day <= until), default=None)
    if last is None or home not in {at for day, at, _ in told if day == last}:
        return False
    if any(day == until and what in (*BEGAN, *ENDED) for day, _, what in told):
        return False
    later = [(day, what) for day, _, what in told if day > until and what in _LIVES]
    first = min(later, default=(until, ""))[0]
    return not later or any(day == first and what in BEGAN for day, what in later)


def _add_ends(rows: Rows, members: list[int], ends: list[int]) -> None:
    """Add these members' ends of a stay, which tell nothing else."""
    added = rows.table.take(pa.array(ends))
    for at, name in enumerate(added.column_names):
        if name == MEMBER:
            added = added.set_column(at, name, rows.values(MEMBER).take(members))
        elif name not in _OF_ENDS:
            nothing = pa.nulls(len(added), added[name].type)
            added = added.set_column(at, name, nothing)
    rows.add(added)
    n = len(set(members))
    whom = "1 member whom it does" if n == 1 else f"{n:,} members whom it does"
    rows.notice(
        "R17", f"The end of a household's stay is also that of {whom} not list."
    )


def _are_heads(rows: Rows) -> Mask:
    """Return which rows are of the head: by the relation, else by the number 1."""
    letters = relations(rows)
    first = pc.match_substring_regex(rows.texts(MEMBER_NUMBER), r"^0*1(\.0+)?$")
    untold = pc.equal(letters, "")
    return as_mask(pc.or_(pc.equal(letters, "H"), pc.and_(untold, first)))


def set_others_aside(rows: Rows, children: Mask) -> None:
    """Set children's actions aside whose number an earlier one gives to another child.

    That is one of another first name and another birth date; where only one of them
    differs it is told, since names and dates are corrected, too. An end counts whomever
    it names.
    """
    order = np.argsort(days_of_actions(rows), kind="stable")
    order = order[children[order]]
    numbers = rows.values(MEMBER).take(order)

    def differ(code: str) -> Mask:
        values = rows.values(code).take(order)
        mask = np.zeros(len(rows), np.bool_)
        known = first_told(code, numbers, values)
        mask[order] = are_other(code, known, values)
        return mask

    names, dates = differ(FIRST_NAME), differ(BORN)
    if n := int((names ^ dates).sum()):
        does = "1 action tells" if n == 1 else f"{n:,} actions tell"
        rows.notice(
            "R02",
            f"{does} another first name or birth date of a child than an earlier one, "
            f"first {rows.first(names ^ dates)}. What the last one tells counts. If "
            "these are two children, give each a number and send the file again.",
        )
    ended = as_mask(pc.is_in(rows.texts(ACTION), pa.array(ENDED)))
    rows.reject(names & dates & ~ended, "R02", _ANOTHER)


def tell_missing(rows: Rows, children: Mask) -> None:
    """Tell of children whom the last action of their household does not list.

    rows: the latest action of each person.
    """
    if not rows.has(HOUSEHOLD):
        return
    homes, days = rows.codes(HOUSEHOLD), days_of_actions(rows)
    last = np.full(homes.max(initial=-1) + 2, NO_DAY, np.int32)
    np.maximum.at(last, homes, days)
    missing = children & (homes >= 0) & (days < last[homes])
    if n := int(missing.sum()):
        whom = "1 child" if n == 1 else f"{n:,} children"
        rows.notice(
            "R17",
            f"The last action of the household does not list {whom}, first "
            f"{rows.first(missing)}. Where a child lives is taken from the last one "
            "that does. If a child has left or moved, send an action that says so.",
        )
