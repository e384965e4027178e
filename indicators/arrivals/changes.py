"""A set of changes laid over the sender's earlier frames."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.contract import Frames
from indicators.arrivals.enrolments import BREAK, one_after_another
from indicators.arrivals.parts import looked_up

PLACES = pa.schema({"id": pa.string(), "school": pa.string(), "day": pa.date32()})


@dataclass(frozen=True, slots=True)
class Changes:
    """What a set of changes says beside the rows that it holds.

    gone: students who are no more. left: at which school an enrolment is no more.
    schools: all the schools of a student for whom any is told. Each of these two is a
    table of id, school and day: of the change; null where exits are not stored, so that
    the enrolment goes. adding: students of whom only some classes or schools are told,
    so that their enrolments add to the earlier ones.
    """

    gone: frozenset[str] = field(default=frozenset(), repr=False)
    left: pa.Table = field(default_factory=PLACES.empty_table, repr=False)
    schools: pa.Table = field(default_factory=PLACES.empty_table, repr=False)
    adding: frozenset[str] = field(default=frozenset(), repr=False)

    @classmethod
    def of_all(cls, several: Iterable["Changes"]) -> "Changes":
        """Return what several sets of one delivery say together."""
        sets = [cls(), *several]
        return cls(
            frozenset().union(*(each.gone for each in sets)),
            pa.concat_tables([each.left for each in sets]),
            pa.concat_tables([each.schools for each in sets]),
            frozenset().union(*(each.adding for each in sets)),
        )


def changed(earlier: Frames, new: Frames, changes: Changes) -> Frames:
    """Return the earlier frames with what sets of changes say.

    A student's row is replaced by the one that came, of which only the columns that
    came count. An enrolment is replaced where the same student and school came, unless
    only a part of it did. Rows of students who are gone leave every frame; a frame that
    did not come stays.
    """
    left = {name: _without(frame, changes.gone) for name, frame in earlier.items()}
    if "enrolment" in left:
        left["enrolment"] = _ended(left["enrolment"], changes)
    merged = dict(left)
    for name, frame in new.items():
        if name == "student":
            merged[name] = _students(left[name], frame)
        elif name == "enrolment" and name in left:
            merged[name] = _enrolments(left[name], frame, changes.adding)
        else:
            merged[name] = frame
    return merged


def _without(frame: pa.Table, gone: frozenset[str]) -> pa.Table:
    if "id" not in frame.column_names or not gone:
        return frame
    return frame.filter(pc.invert(_are_of(frame, gone)))


def _are_of(frame: pa.Table, numbers: frozenset[str]) -> pa.ChunkedArray:
    return pc.is_in(frame["id"], pa.array(sorted(numbers), pa.string()))


def _students(earlier: pa.Table, new: pa.Table) -> pa.Table:
    columns = {}
    for name in dict.fromkeys((*new.column_names, *earlier.column_names)):
        if name not in earlier.column_names:
            columns[name] = new[name]
            continue
        before = looked_up(new["id"], earlier["id"], earlier[name])
        came = new[name] if name in new.column_names else before
        columns[name] = pc.coalesce(came, before)
    others = pc.invert(pc.is_in(earlier["id"], new["id"].combine_chunks()))
    parts = [earlier.filter(others), pa.table(columns)]
    return pa.concat_tables(parts, promote_options="default")


def _keys(frame: pa.Table) -> pa.Array:
    parts = (frame[name].fill_null("") for name in ("id", "school"))
    return pc.binary_join_element_wise(*parts, "\x1f").combine_chunks()


def _ended(spells: pa.Table, changes: Changes) -> pa.Table:
    """Return enrolments that end where their student left, or is at other schools."""
    keys, exits = _keys(spells), spells["exit_date"]
    days = pa.nulls(len(spells), pa.date32())
    ends = pa.array([False] * len(spells))
    if changes.left.num_rows:
        ends = pc.is_in(keys, _keys(changes.left))
        days = changes.left["day"].take(pc.index_in(keys, _keys(changes.left)))
    if changes.schools.num_rows:
        theirs = changes.schools["id"].combine_chunks()
        elsewhere = pc.invert(pc.is_in(keys, _keys(changes.schools)))
        ends = pc.or_(ends, pc.and_(pc.is_in(spells["id"], theirs), elsewhere))
        told = changes.schools["day"].take(pc.index_in(spells["id"], theirs))
        days = pc.coalesce(days, told)
    ends = pc.and_(ends, pc.greater(exits, days).fill_null(True))
    exits = pc.if_else(ends, days, exits)
    at = spells.column_names.index("exit_date")
    # Nothing tells when an enrolment ended whose end is not stored, nor that one was
    # which would have begun after its end.
    is_spell = pc.greater_equal(exits, spells["entry_date"]).fill_null(True)
    is_spell = pc.and_(is_spell, pc.is_valid(exits))
    kept = pc.or_(pc.invert(ends), is_spell)
    return spells.set_column(at, "exit_date", exits).filter(kept)


def _enrolments(earlier: pa.Table, new: pa.Table, adding: frozenset[str]) -> pa.Table:
    adds = _are_of(new, adding)
    whole = _keys(new.filter(pc.invert(adds)))
    earlier = earlier.filter(pc.invert(pc.is_in(_keys(earlier), whole)))
    new = _held_within(new, adds, earlier)
    both = pa.concat_tables([earlier, new], promote_options="default")
    are_joined = pc.is_in(_keys(both), _keys(new.filter(adds)))
    if not pc.any(are_joined, min_count=0).as_py():
        return both
    joined = one_after_another(both.filter(are_joined), apart=BREAK)
    parts = [both.filter(pc.invert(are_joined)), joined]
    return pa.concat_tables(parts, promote_options="default")


def _held_within(new: pa.Table, adds: pa.ChunkedArray, earlier: pa.Table) -> pa.Table:
    """Return enrolments that only add, without an end, as a day of an earlier one.

    It knows its own end, where a class or a list of schools tells none.
    """
    numbers = pa.array(np.arange(new.num_rows))
    rows = new.append_column("@row", numbers)
    is_open = pc.and_(pc.is_null(rows["exit_date"]), pc.is_valid(rows["entry_date"]))
    rows = rows.filter(pc.and_(adds, is_open))
    days = {"entry_date": "@first", "exit_date": "@last"}
    known = earlier.select(["id", "school", *days]).rename_columns(days)
    both = rows.select(["@row", "id", "school", "entry_date"]).join(
        known, ["id", "school"], join_type="inner"
    )
    begun = pc.less_equal(both["@first"], both["entry_date"]).fill_null(True)
    lasts = pc.greater_equal(both["@last"], both["entry_date"]).fill_null(True)
    held = pc.is_in(
        numbers, both.filter(pc.and_(begun, lasts))["@row"].combine_chunks()
    )
    exits = pc.if_else(held, new["entry_date"], new["exit_date"])
    return new.set_column(new.column_names.index("exit_date"), "exit_date", exits)
