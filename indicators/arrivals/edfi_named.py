"""What Ed-Fi tests and courses tell of results, which only name them."""

import pyarrow as pa
import pyarrow.compute as pc

from indicators.formats.report import Report

# The identifier of a test or course, and what it is unique within.
NAMED, WITHIN = "@named", "@within"


def agreed(told: pa.Table, resource: str, report: Report) -> pa.Table:
    """Return one row for each test or course, of what its records agree on.

    told: one row for each record. What they tell differently is null; a notice says so.
    """
    codes = told.column_names[2:]
    counts = [(code, "count_distinct", pc.CountOptions("only_valid")) for code in codes]
    firsts = [(code, "first", pc.ScalarAggregateOptions()) for code in codes]
    grouped = told.group_by([NAMED, WITHIN], use_threads=False)
    found = grouped.aggregate([*counts, *firsts])
    table = found.select([NAMED, WITHIN])
    is_disputed = pa.repeat(False, table.num_rows)
    for code in codes:
        differs = pc.greater(found[f"{code}_count_distinct"], 1)
        is_disputed = pc.or_(is_disputed, differs)
        one = pc.if_else(differs, None, found[f"{code}_first"])
        table = table.append_column(code, one)
    if n := pc.sum(is_disputed).as_py():
        differing = "1 differs" if n == 1 else f"{n:,} differ"
        report.notice(
            "R02",
            f"Of {resource} that are told several times under one identifier, "
            f"{differing} in subject or category. Which is true is not known, so it is "
            "taken from none of them. Send each of them once, or under a namespace or "
            "an organisation of its own.",
        )
    return table


def with_told(
    table: pa.Table, told: pa.Table, key: str, *, of: str, report: Report
) -> pa.Table:
    """Return results with what another resource tells of what they name by a key.

    told: as `agreed` returns it. of: that resource. An identifier is looked up within
    its namespace or organisation. Where either side names none, it must be the only
    one. A notice says how many results name nothing that is told.
    """
    named, within = told[NAMED], told[WITHIN]
    known = named.combine_chunks()
    at = pc.index_in(
        _joint(table[key], table[WITHIN]), _joint(named, within), skip_nulls=True
    )
    alone = pc.index_in(table[key], known, skip_nulls=True)
    is_vague = pc.or_(table[WITHIN].is_null(), within.take(alone).is_null())
    counts = pc.value_counts(known)
    once = counts.field("values").filter(pc.equal(counts.field("counts"), 1))
    is_sure = pc.and_(is_vague, pc.is_in(table[key], once, skip_nulls=True))
    at = pc.coalesce(at, pc.if_else(is_sure, alone, None))
    if n := pc.sum(pc.and_(table[key].is_valid(), pc.is_null(at))).as_py():
        names = "1 result names" if n == 1 else f"{n:,} results name"
        report.notice(
            "R01",
            f"{names} none of the {of} that were sent, or several alike, so the "
            f"subject is not known from there. Send those {of} too, each with its "
            "namespace or organisation.",
        )
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
