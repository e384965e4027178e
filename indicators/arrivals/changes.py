"""A set of changes laid over the sender's earlier frames."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.contract import Frames
from indicators.arrivals.parts import looked_up
from indicators.arrivals.rows import are_in, as_mask
from indicators.arrivals.schemas import shaped
from indicators.formats.report import Report

PLACES = "places"


@dataclass(frozen=True, slots=True)
class Changes:
    """What a set that can be changed says beside its rows.

    places: its rows that say where students are, on which later changes build; see
    `places`. The rest is of a set of changes. numbers: of students by their earlier
    ones, where they differ; None where the student is no more. blank: of columns of
    students, the numbers of those of whom the set says that there is nothing.
    """

    places: pa.Table = field(repr=False)
    is_delta: bool = False
    numbers: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    blank: Mapping[str, pa.ChunkedArray] = field(default_factory=dict, repr=False)


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

    What was said of a student follows to the number of now, and is replaced by what
    came: only the columns that came count, and blanks where the set says so. Enrolments
    are all there, since places are laid over places. Rows of students who are no more
    leave every frame; a frame that did not come stays.
    """
    merged = dict(new)
    if earlier:
        delta = next(each for each in sets if each.is_delta)
        left = {n: _renumbered(f, delta.numbers) for n, f in earlier.items()}
        left["enrolment"] = left["enrolment"].slice(0, 0)
        merged = left | new
        if "student" in new:
            merged["student"] = _students(left["student"], new["student"], delta)
    if sets and "student" in merged:
        tables = [each.places for each in sets]
        places = pa.concat_tables(tables, promote_options="default")
        known = are_in(places["id"], merged["student"]["id"])
        known |= as_mask(pc.is_null(places["id"]))
        merged[PLACES] = shaped(PLACES, places.filter(pa.array(known)))
    return merged


def _renumbered(frame: pa.Table, numbers: Mapping[str, str | None]) -> pa.Table:
    if "id" not in frame.column_names or not numbers:
        return frame
    before = pa.chunked_array([pa.array([*numbers], pa.string())])
    now = pa.array([*numbers.values()], pa.string())
    differ = pa.array(are_in(frame["id"], before))
    ids = pc.if_else(differ, looked_up(frame["id"], before, now), frame["id"])
    frame = frame.set_column(frame.column_names.index("id"), "id", ids)
    return frame.filter(pc.is_valid(ids))


def _students(earlier: pa.Table, new: pa.Table, delta: Changes) -> pa.Table:
    columns = {}
    for name in dict.fromkeys((*new.column_names, *earlier.column_names)):
        if name not in earlier.column_names:
            columns[name] = new[name]
            continue
        before = looked_up(new["id"], earlier["id"], earlier[name])
        came = new[name] if name in new.column_names else before
        columns[name] = pc.coalesce(came, before)
        if name in delta.blank:
            is_blank = pc.and_(pc.is_null(came), _are_blank(new, name, delta))
            columns[name] = pc.if_else(is_blank, came, columns[name])
    others = earlier.filter(pa.array(~are_in(earlier["id"], new["id"])))
    for at, name in enumerate(others.column_names):
        if name in delta.blank:
            nothing = pa.scalar(None, others[name].type)
            left = pc.if_else(_are_blank(others, name, delta), nothing, others[name])
            others = others.set_column(at, name, left)
    return pa.concat_tables([others, pa.table(columns)], promote_options="default")


def _are_blank(students: pa.Table, name: str, delta: Changes) -> pa.Array:
    return pa.array(are_in(students["id"], delta.blank[name]))
