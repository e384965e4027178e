"""What Ed-Fi tests and courses tell of results, which only name them."""

import pyarrow as pa
import pyarrow.compute as pc

# The identifier of a test or course, and what it is unique within.
NAMED, WITHIN = "@named", "@within"


def with_told(table: pa.Table, told: pa.Table, key: str) -> pa.Table:
    """Return results with what another resource tells of what they name by a key.

    An identifier is looked up within its namespace or organisation. Where either side
    names none, it must be the only one.
    """
    told = told.group_by(told.column_names, use_threads=False).aggregate([])
    named, within = told[NAMED], told[WITHIN]
    known = named.combine_chunks()
    at = pc.index_in(_joint(table[key], table[WITHIN]), _joint(named, within))
    alone = pc.index_in(table[key], known)
    is_vague = pc.or_(table[WITHIN].is_null(), within.take(alone).is_null())
    counts = pc.value_counts(known)
    once = counts.field("values").filter(pc.equal(counts.field("counts"), 1))
    is_sure = pc.and_(is_vague, pc.is_in(table[key], once))
    at = pc.coalesce(at, pc.if_else(is_sure, alone, None))
    for code in told.column_names[2:]:
        column = told[code].take(at)
        if code in table.column_names:
            column = pc.coalesce(column, table[code])
            table = table.drop_columns(code)
        table = table.append_column(code, column)
    return table


def _joint(named: pa.ChunkedArray, within: pa.ChunkedArray) -> pa.Array:
    """Return identifiers with what they are known within; null without either."""
    return pc.binary_join_element_wise(within, named, "\n").combine_chunks()
