"""A set of changes laid over the sender's earlier frames."""

import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.contract import Frames
from indicators.arrivals.parts import looked_up


def changed(earlier: Frames, new: Frames, *, gone: frozenset[str]) -> Frames:
    """Return the earlier frames with what a set of changes says.

    A student's row is replaced by the one that came, of which only the columns that
    came count. An enrolment is replaced where the same student and school came. Rows
    of students in `gone` leave every frame; a frame that did not come stays.
    """
    left = {name: _without(frame, gone) for name, frame in earlier.items()}
    merged = dict(left)
    for name, frame in new.items():
        if name == "student":
            merged[name] = _students(left[name], frame)
        elif name == "enrolment" and name in left:
            merged[name] = _spells(left[name], frame)
        else:
            merged[name] = frame
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


def _spells(earlier: pa.Table, new: pa.Table) -> pa.Table:
    def keys(frame: pa.Table) -> pa.ChunkedArray:
        parts = (frame[name].fill_null("") for name in ("id", "school"))
        return pc.binary_join_element_wise(*parts, "\x1f")

    others = pc.invert(pc.is_in(keys(earlier), keys(new).combine_chunks()))
    parts = [earlier.filter(others), new]
    return pa.concat_tables(parts, promote_options="default")
