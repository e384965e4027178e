"""The agency's side: which people on a list are children who live there, one row each.

A family report has a row for every member of a household and every action; its codes
are those of Form HUD-50058, lines 2a, 2b and 3h.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals import actions, households, tenancies
from indicators.arrivals.bounds import Bounds
from indicators.arrivals.households import BORN, RELATION
from indicators.arrivals.rows import (
    Rows,
    Taken,
    as_mask,
    column_name,
)
from indicators.arrivals.schemas import shaped
from indicators.arrivals.standing import (
    IS_APPROXIMATE,
    MEMBER_NUMBER,
    RELATION_LETTER,
    Judge,
)
from indicators.arrivals.tenancies import (
    ACTION,
    ACTION_DATE,
    HOUSEHOLD,
    MEMBER,
    MOVED_IN,
    MOVED_OUT,
    Stays,
)
from indicators.formats.cells import Mask
from indicators.formats.hud50058 import CHILDREN
from indicators.formats.report import Report
from indicators.linkage.addresses import street
from indicators.linkage.standardise import APPROXIMATE

NEEDED = (
    *(MEMBER, "tenant.first_name", "tenant.last_name", BORN),
    "tenant.development",
)
# Of school age on September 1: at least, and under.
YOUNGEST, OLDEST, OF_AGE = 4, 22, 18
# From July on a list is of the school year that is about to begin.
YEAR_BEGINS = 7
_OTHER_ADULT, _HEADS = "A", ("H", "S", "K")


@dataclass(frozen=True, slots=True)
class Tenants:
    """The frames of the tenants, and which elements are in them.

    stays: their spells, where the days of these are listed; see `tenancies`.
    """

    frame: pa.Table = field(repr=False)
    elements: frozenset[str]
    stays: pa.Table | None = field(default=None, repr=False)


def children(
    taken: Sequence[Taken],
    judge: Judge,
    report: Report,
    *,
    today: date,
    are_named: bool,
    buildings: Sequence[str],
    bounds: Bounds,
) -> tuple[Tenants, tuple[str, ...]]:
    """Return the frames of the tenants, and the elements without which there are none.

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
    stays: Stays | None = None
    has_actions = rows.has(ACTION_DATE)
    if rows.has(ACTION):
        actions.put_in_words(rows, judge, report)
        actions.set_unplaced_aside(rows)
    if has_actions:
        actions.drop_void(rows, today)
        households.end_with_head(rows)
        actions.drop_undated_ends(rows)
        actions.set_contradictions_aside(rows)
        households.set_others_aside(rows, _are_children(rows, today)[0])
        actions.drop_after_ends(rows)
        if judge.is_stored(ACTION_DATE):
            stays = tenancies.of_actions(rows)
        actions.keep_latest(rows)
        households.tell_missing(rows, _are_children(rows, today)[0])
    else:
        households.end_with_head(rows)
        actions.drop_ended(rows)
    _keep_children(rows, today)
    if not has_actions and rows.has(MOVED_OUT) and not judge.is_stored(MOVED_OUT):
        tenancies.drop_left(rows, today=today)
    unplaced = as_mask(pc.is_null(rows.values("tenant.development")))
    rows.reject(unplaced, "R01", actions.NO_PLACE)
    if not has_actions and judge.is_stored(MOVED_IN) and rows.has(MOVED_IN):
        stays = tenancies.of_moves(rows, today=today)
    rows.reject_again(rows.repeats(MEMBER), tenancies.AGAIN, MEMBER)
    bounds.hold_tenants(rows, stays.frame if stays else None)
    n_undated = rows.values(BORN).null_count
    if n_undated:
        have, were = (
            ("child has", "was") if n_undated == 1 else ("children have", "were")
        )
        rows.notice("R01", f"{n_undated:,} {have} no birth date and {were} kept.")
    if buildings and rows.has("tenant.street_address"):
        _hold_to_buildings(rows, buildings)
    stored = [n for n in rows.table.column_names if judge.is_stored(n)]
    columns = {column_name(code): rows.values(code) for code in stored}
    if rows.has(IS_APPROXIMATE):
        columns[APPROXIMATE] = rows.values(IS_APPROXIMATE)
    frame = shaped("tenants", pa.table(columns))
    kept = tenancies.of_members(stays, rows) if stays is not None else None
    if kept is not None:
        kept = bounds.stays(kept)
    return Tenants(frame, frozenset(stored), kept), ()


def _compose_members(rows: Rows) -> None:
    """Make a member's number of the household's and line 3a, where it has no other.

    The latter is a number: spreadsheets write “02” as “2”.
    """
    if rows.has(MEMBER) or not rows.has(HOUSEHOLD, MEMBER_NUMBER):
        return
    parts = rows.values(HOUSEHOLD), rows.values(MEMBER_NUMBER)
    lacking = as_mask(pc.or_(*(pc.is_null(part) for part in parts)))
    rows.reject(lacking, "R01", "the household's or the member's number is empty.")
    number = pc.replace_substring_regex(
        rows.values(MEMBER_NUMBER), r"^0*([0-9]+)(\.0+)?$", r"\1"
    )
    rows.put(MEMBER_NUMBER, number)
    parts = rows.values(HOUSEHOLD), number
    composed = pc.binary_join_element_wise(*parts, "-")
    rows.table = rows.table.append_column(MEMBER, composed)


def _are_children(rows: Rows, today: date) -> tuple[Mask, Mask]:
    """Return which members are children of school age, and which of these are heads.

    Of a list that tells no relations everybody of school age is one.
    """
    year = today.year if today.month >= YEAR_BEGINS else today.year - 1
    tells_none = not rows.has(RELATION_LETTER) and not rows.has(RELATION)
    relations = households.relations(rows)
    born = rows.values(BORN)

    def born_by(age: int) -> Mask:
        return as_mask(pc.less_equal(born, pa.scalar(date(year - age, 9, 1))))

    is_known = as_mask(pc.is_valid(born))
    of_age = born_by(YOUNGEST) & ~born_by(OLDEST)
    is_child = as_mask(pc.is_in(relations, pa.array(sorted(CHILDREN)))) | tells_none
    is_open = as_mask(pc.is_in(relations, pa.array([_OTHER_ADULT, ""])))
    is_head = as_mask(pc.is_in(relations, pa.array(_HEADS)))
    young_heads = is_head & of_age & ~born_by(OF_AGE)
    kept = is_child & (of_age | ~is_known) | is_open & of_age | young_heads
    return kept, young_heads


def _keep_children(rows: Rows, today: date) -> None:
    """Leave out members who are no children, or not of school age."""
    kept, young_heads = _are_children(rows, today)
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
