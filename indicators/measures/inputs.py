"""The frames that measures are counted from, and their columns.

`id` is one child in all of them: the caller puts the student's number in place of the
housing agency's where the two were linked. A frame that is not there is missing, and
one that the report calls pending is not yet known; neither is a frame without rows.
"""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from accounts.acts import RuleBroken

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
Frames = Mapping[str, pa.Table]

_TEXT, _DAY, _FLAG, _INT, _REAL = (
    pa.string(),
    pa.date32(),
    pa.bool_(),
    pa.int64(),
    pa.float64(),
)
# calendar, attendance and days are the frames of those names that `formats` reads.
SCHEMAS: Mapping[str, pa.Schema] = {
    "people": pa.schema(
        {"id": _TEXT, "birth_date": _DAY, "sex": _TEXT, "race": _TEXT}
        | {"household": _TEXT}
    ),
    "tenancies": pa.schema(
        {"id": _TEXT, "building": _TEXT, "development": _TEXT, "program": _TEXT}
        | {"move_in_date": _DAY, "move_out_date": _DAY, "household": _TEXT}
    ),
    "enrolment": pa.schema(
        {"id": _TEXT, "school": _TEXT, "grade": _TEXT, "entry_date": _DAY}
        | {"exit_date": _DAY, "exit_type": _TEXT, "from_elsewhere": _FLAG}
    ),
    "schools": pa.schema({"school": _TEXT, "level": _TEXT}),
    "calendar": pa.schema(
        {"school": _TEXT, "session": _TEXT, "date": _DAY, "end_date": _DAY}
        | {"n_days": pa.int32()}
    ),
    "attendance": pa.schema(
        {"id": _TEXT, "school": _TEXT, "date": _DAY, "category": _TEXT}
        | {"duration": _REAL}
    ),
    "days": pa.schema(
        {"id": _TEXT, "school": _TEXT, "days_enrolled": _INT, "days_absent": _REAL}
    ),
    "discipline": pa.schema(
        {"id": _TEXT, "incident": _TEXT, "date": _DAY, "action": _TEXT}
        | {"days_assigned": _REAL, "days_served": _REAL}
    ),
    "assessments": pa.schema(
        {"id": _TEXT, "year": _INT, "subject": _TEXT, "grade": _TEXT, "test": _TEXT}
        | {"level": _TEXT, "score": _REAL, "scale": _TEXT}
    ),
    "courses": pa.schema(
        {"id": _TEXT, "year": _INT, "subject": _TEXT, "result": _TEXT}
    ),
    "records": pa.schema(
        {"id": _TEXT, "year": _INT, "credits": _REAL}
        | {"unweighted": _REAL, "weighted": _REAL}
    ),
    "classes": pa.schema(
        {"id": _TEXT, "class_of": _INT, "diploma": _TEXT, "diploma_on": _DAY}
        | {"exit_type": _TEXT, "exit_on": _DAY, "is_documented": _FLAG}
        | {"diplomas_to": _INT}
    ),
    "residents": pa.schema(
        {"id": _TEXT, "building": _TEXT, "development": _TEXT, "program": _TEXT}
        | {"birth_date": _DAY, "household": _TEXT, "found": _TEXT}
    ),
    "local": pa.schema({"key": _TEXT, "id": _TEXT, "is_in": _FLAG, "counts": _FLAG}),
}
_EPOCH = date(1970, 1, 1)


def shaped(frames: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Return the frames with all columns of their schemas; those not sent are null.

    Raises RuleBroken for a frame that no measure reads. Races may be lists of texts.
    """
    found = {}
    for name, table in frames.items():
        if name not in SCHEMAS:
            raise RuleBroken(
                f"No measure is counted from “{name:.60}”. Send "
                f"{', '.join(SCHEMAS)}, or some of them."
            )
        columns = {}
        for field in SCHEMAS[name]:
            if field.name not in table.column_names:
                column = pa.nulls(table.num_rows, field.type)
            else:
                column = table[field.name]
                if not pa.types.is_list(column.type):
                    column = column.cast(field.type)
                if isinstance(column, pa.ChunkedArray):
                    column = column.combine_chunks()
            columns[field.name] = column
        found[name] = pa.table(columns)
    return found


def days_of(column: pa.Array, *, otherwise: date) -> Whole:
    """Return dates as days since 1970; `otherwise` where there is none."""
    days = pc.fill_null(column.cast(pa.int32()), day_number(otherwise))
    return np.asarray(days).astype(np.int64)


def day_number(day: date) -> int:
    """Return a date as days since 1970."""
    return (day - _EPOCH).days


def summer_after(year: int) -> date:
    """Return the last day of the summer after a school year."""
    return date(year, 8, 31)


def coded(*columns: pa.Array) -> tuple[list[str], list[Whole]]:
    """Return the distinct texts in order, and each column as places in them, or -1."""
    arrays = [
        c.combine_chunks() if isinstance(c, pa.ChunkedArray) else c for c in columns
    ]
    distinct = pc.unique(pa.chunked_array([a.cast(_TEXT) for a in arrays], _TEXT))
    texts = sorted(text for text in distinct.to_pylist() if text is not None)
    known = pa.array(texts, _TEXT)
    return texts, [places(column, known) for column in columns]


def places(column: pa.Array, known: pa.Array) -> Whole:
    """Return where each value is among the known ones, or -1."""
    found = pc.fill_null(pc.index_in(column, value_set=known, skip_nulls=True), -1)
    return np.asarray(found).astype(np.int64)


def flags(column: pa.Array) -> Flags:
    """Return a column of truth values; null is not true."""
    return np.asarray(pc.fill_null(column, False), dtype=bool)


def numbers(column: pa.Array) -> NDArray[np.float64]:
    """Return numbers, with NaN where there is none."""
    filled = pc.fill_null(column.cast(_REAL), float("nan"))
    return np.asarray(filled, dtype=np.float64)
