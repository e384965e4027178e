"""The agency's side: which people on a list are children who live there, one row each.

A family report has a row for every member of a household and every action; its codes
are those of Form HUD-50058, lines 2a, 2b and 3h.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.rows import Rows, Taken, are_repeats, as_mask, column_name
from indicators.arrivals.schemas import shaped
from indicators.arrivals.standing import MEMBER_NUMBER, RELATION_LETTER, Judge
from indicators.formats.cells import Mask
from indicators.formats.hud50058 import CHILDREN
from indicators.formats.report import Report
from indicators.linkage.addresses import street

MEMBER, HOUSEHOLD = "tenant.member_id", "tenant.household_id"
RELATION, ACTION, ACTION_DATE = (
    *("tenant.relation_to_head", "tenant.action"),
    "tenant.action_date",
)
BORN = "tenant.birth_date"
NEEDED = (
    *(MEMBER, "tenant.first_name", "tenant.last_name", BORN),
    "tenant.development",
)
# Of school age on September 1: at least, and under.
YOUNGEST, OLDEST, OF_AGE = 4, 22, 18
# From July on a list is of the school year that is about to begin.
YEAR_BEGINS = 7
_ENDED, _VOID = ("6", "06"), ("15",)
_OTHER_ADULT, _HEADS = "A", ("H", "S", "K")


@dataclass(frozen=True, slots=True)
class Tenants:
    """The frame of the tenants, and which elements are in it."""

    frame: pa.Table = field(repr=False)
    elements: frozenset[str]


def children(
    taken: Sequence[Taken],
    judge: Judge,
    report: Report,
    *,
    today: date,
    are_named: bool,
    buildings: Sequence[str],
) -> tuple[Tenants, tuple[str, ...]]:
    """Return the frame of the tenants, and the elements without which it is none.

    buildings: the agency's addresses, to which those of children are held; none where
    it has no list of them.
    """
    rows = Rows(taken, report, are_named=are_named)
    _compose_members(rows)
    missing = tuple(
        code for code in NEEDED if not (rows.has(code) and judge.is_stored(code))
    )
    if missing:
        return Tenants(shaped("tenants", pa.table({})), frozenset()), missing
    if rows.has(ACTION_DATE):
        _keep_latest(rows, today)
    if rows.has(RELATION) or rows.has(RELATION_LETTER):
        _keep_children(rows, today)
    unplaced = as_mask(pc.is_null(rows.values("tenant.development")))
    rows.reject(unplaced, "R01", "the development is empty.")
    repeats = are_repeats(rows.values(MEMBER))
    rows.reject(repeats, "R02", "the member number is there on an earlier line.")
    n_undated = rows.values(BORN).null_count
    if n_undated:
        were = "child has" if n_undated == 1 else "children have"
        rows.notice("R01", f"{n_undated:,} {were} no birth date and were kept.")
    if buildings and rows.has("tenant.street_address"):
        _hold_to_buildings(rows, buildings)
    stored = [n for n in rows.table.column_names if judge.is_stored(n)]
    columns = {column_name(code): rows.values(code) for code in stored}
    return Tenants(shaped("tenants", pa.table(columns)), frozenset(stored)), ()


def _compose_members(rows: Rows) -> None:
    """Make a member's number of the household's and line 3a, where it has no other."""
    if rows.has(MEMBER) or not rows.has(HOUSEHOLD, MEMBER_NUMBER):
        return
    parts = rows.values(HOUSEHOLD), rows.values(MEMBER_NUMBER)
    lacking = as_mask(pc.or_(*(pc.is_null(part) for part in parts)))
    rows.reject(lacking, "R01", "the household's or the member's number is empty.")
    parts = rows.values(HOUSEHOLD), rows.values(MEMBER_NUMBER)
    composed = pc.binary_join_element_wise(*parts, "-")
    rows.table = rows.table.append_column(MEMBER, composed)


def _keep_latest(rows: Rows, today: date) -> None:
    """Keep of each person the latest action up to today, unless it ended the stay."""
    actions = rows.texts(ACTION)
    void = as_mask(pc.is_in(actions, pa.array(_VOID)))
    day = rows.values(ACTION_DATE)
    void |= as_mask(pc.greater(day, pa.scalar(today)))
    n_void = rows.drop(void)
    people = rows.values(MEMBER).combine_chunks().dictionary_encode().indices
    days = rows.values(ACTION_DATE).cast(pa.int32()).fill_null(np.iinfo(np.int32).min)
    order = np.lexsort((np.arange(len(rows)), days.to_numpy(), people.to_numpy()))
    ordered = people.to_numpy()[order]
    is_last = np.append(ordered[1:] != ordered[:-1], True) if len(ordered) else ordered
    earlier = np.ones(len(rows), np.bool_)
    earlier[order[is_last.astype(bool)]] = False
    n_earlier = rows.drop(earlier)
    n_left = rows.drop(as_mask(pc.is_in(rows.texts(ACTION), pa.array(_ENDED))))
    for n, why in (
        (n_void, "are void or take effect later"),
        (n_earlier, "are of people with a later one"),
        (n_left, "end a stay, so that these people have left"),
    ):
        if n:
            rows.notice("R17", f"{n:,} of the actions {why}: they were not read.")


def _keep_children(rows: Rows, today: date) -> None:
    """Leave out members who are no children, or not of school age."""
    year = today.year if today.month >= YEAR_BEGINS else today.year - 1
    told = RELATION_LETTER if rows.has(RELATION_LETTER) else RELATION
    relations = pc.utf8_upper(rows.texts(told))
    born = rows.values(BORN)

    def born_by(age: int) -> Mask:
        return as_mask(pc.less_equal(born, pa.scalar(date(year - age, 9, 1))))

    is_known = as_mask(pc.is_valid(born))
    of_age = born_by(YOUNGEST) & ~born_by(OLDEST)
    is_child = as_mask(pc.is_in(relations, pa.array(sorted(CHILDREN))))
    is_open = as_mask(pc.is_in(relations, pa.array([_OTHER_ADULT, ""])))
    is_head = as_mask(pc.is_in(relations, pa.array(_HEADS)))
    young_heads = is_head & of_age & ~born_by(OF_AGE)
    kept = is_child & (of_age | ~is_known) | is_open & of_age | young_heads
    if n_heads := int(young_heads.sum()):
        were = "is" if n_heads == 1 else "are"
        rows.notice(
            "R13",
            f"{n_heads:,} of school age {were} the head of a household or the head's "
            "spouse, and kept.",
        )
    if n_others := rows.drop(~kept):
        were = "member was" if n_others == 1 else "members were"
        rows.notice(
            "R13",
            f"{n_others:,} household {were} not read because they are not of school "
            "age.",
        )


def _hold_to_buildings(rows: Rows, buildings: Sequence[str]) -> None:
    """Count the addresses that are none of the agency's buildings."""
    known = {street(each) for each in buildings}
    counted = pc.value_counts(rows.texts("tenant.street_address").combine_chunks())
    n_odd = sum(
        each["counts"]
        for each in counted.to_pylist()
        if each["values"] and street(each["values"]) not in known
    )
    if n_odd:
        does = "address does" if n_odd == 1 else "addresses do"
        rows.notice(
            "R15",
            f"{n_odd:,} {does} not match a building in your list. See the list to "
            "correct them.",
        )
