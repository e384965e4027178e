"""The frames of a delivery: the columns that each has, null where nobody sent them.

What else an agreement lists stands behind them, as text.
"""

from collections.abc import Mapping

import pyarrow as pa

SCHEMAS: Mapping[str, pa.Schema] = {
    "tenants": pa.schema(
        {
            "member_id": pa.string(),
            "first_name": pa.string(),
            "middle_name": pa.string(),
            "last_name": pa.string(),
            "birth_date": pa.date32(),
            "development": pa.string(),
            "move_in_date": pa.date32(),
        }
    ),
    "tenancies": pa.schema(
        {
            "member_id": pa.string(),
            "development": pa.string(),
            "move_in_date": pa.date32(),
            "move_out_date": pa.date32(),
        }
    ),
    "student": pa.schema(
        {
            "id": pa.string(),
            "first_name": pa.string(),
            "middle_name": pa.string(),
            "last_name": pa.string(),
            "preferred_first_name": pa.string(),
            "preferred_last_name": pa.string(),
            "birth_date": pa.date32(),
        }
    ),
    "enrolment": pa.schema(
        {
            "id": pa.string(),
            "school": pa.string(),
            "entry_date": pa.date32(),
            "exit_date": pa.date32(),
        }
    ),
    # Not an enrolment, but what one is made of; see `places`.
    "places": pa.schema(
        {
            "key": pa.string(),
            "user": pa.string(),
            "org": pa.string(),
            "id": pa.string(),
            "school": pa.string(),
            "entry_date": pa.date32(),
            "exit_date": pa.date32(),
            "class": pa.string(),
            "term": pa.string(),
        }
    ),
    "attendance": pa.schema(
        {
            "id": pa.string(),
            "school": pa.string(),
            "date": pa.date32(),
            "category": pa.string(),
            "duration": pa.float64(),
        }
    ),
    "calendar": pa.schema(
        {
            "school": pa.string(),
            "session": pa.string(),
            "date": pa.date32(),
            "end_date": pa.date32(),
            "n_days": pa.int32(),
        }
    ),
    "days": pa.schema(
        {
            "id": pa.string(),
            "school": pa.string(),
            "days_enrolled": pa.int32(),
            "days_absent": pa.float64(),
        }
    ),
    "discipline": pa.schema(
        {
            "id": pa.string(),
            "date": pa.date32(),
            "action": pa.string(),
            "days_served": pa.float64(),
        }
    ),
    "assessments": pa.schema(
        {
            "id": pa.string(),
            "year": pa.int64(),
            "subject": pa.string(),
            "grade": pa.string(),
            "test": pa.string(),
            "level": pa.string(),
            "date": pa.date32(),
        }
    ),
    "diplomas": pa.schema(
        {"id": pa.string(), "diploma": pa.string(), "diploma_on": pa.date32()}
    ),
    "records": pa.schema(
        {
            "id": pa.string(),
            "year": pa.int64(),
            "unweighted": pa.float64(),
            "weighted": pa.float64(),
            "credits": pa.float64(),
        }
    ),
    "courses": pa.schema(
        {
            "id": pa.string(),
            "year": pa.int64(),
            "subject": pa.string(),
            "result": pa.string(),
        }
    ),
}


def shaped(name: str, table: pa.Table) -> pa.Table:
    """Return a table with a frame's columns first, in their types."""
    schema = SCHEMAS[name]
    columns = {}
    for wanted in schema:
        if wanted.name in table.column_names:
            columns[wanted.name] = table[wanted.name].cast(wanted.type)
        else:
            columns[wanted.name] = pa.chunked_array(
                [pa.nulls(table.num_rows, wanted.type)]
            )
    for extra in table.column_names:
        if extra not in columns:
            columns[extra] = table[extra]
    return pa.table(columns)
