"""A set of changes laid over the sender's earlier frames."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.contract import Frames
from indicators.arrivals.parts import looked_up
from indicators.arrivals.rows import are_in
from indicators.arrivals.schemas import shaped
from indicators.formats.report import Report

PLACES = "places"


@dataclass(frozen=True, slots=True)
class Changes:
    """What a set that can be changed says beside its rows.

    places: its rows that say where students are, on which later changes build; see
    `places`. gone: students of the earlier set who are no more.
    """

    places: pa.Table = field(repr=False)
    gone: frozenset[str] = field(repr=False)
    is_delta: bool


def are_changes(sets: Sequence[Changes], report: Report) -> bool:
    """Return whether a set of changes came; refuses one that came with another set."""
    is_any = any(each.is_delta for each in sets)
    if is_any and len(sets) > 1:
        report.refuse(
            "F04",
            "A set of changes came with another set, and nothing tells which was "
            "first. Send them one after the other.",
        )
    return is_any


def changed(earlier: Frames | None, new: Frames, sets: Sequence[Changes]) -> Frames:
    """Return new frames, laid over the earlier ones if a set of changes is among them.

    A student's row is replaced by the one that came, of which only the columns that
    came count. Enrolments are all there, since places are laid over places. Rows of
    students who are gone leave every frame; a frame that did not come stays.
    """
    merged = dict(new)
    if earlier:
        gone = frozenset().union(*(each.gone for each in sets))
        left = {name: _without(frame, gone) for name, frame in earlier.items()}
        left["enrolment"] = left["enrolment"].slice(0, 0)
        merged = left | new
        if "student" in new:
            merged["student"] = _students(left["student"], new["student"])
    if sets and "student" in merged:
        tables = [each.places for each in sets]
        places = pa.concat_tables(tables, promote_options="default")
        known = are_in(places["id"], merged["student"]["id"])
        merged[PLACES] = shaped(PLACES, places.filter(pa.array(known)))
    return merged


def _without(frame: pa.Table, gone: frozenset[str]) -> pa.Table:
    if "id" not in frame.column_names or not gone:
        return frame
    are_gone = pc.is_in(frame["id"], pa.array(sorted(gone), pa.string()))
    return frame.filter(pc.invert(are_gone))


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
