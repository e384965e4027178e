"""At which levels pairs stand: the comparisons as plain SQL, without any weight.

The conditions are those that Splink is given. What only counts levels needs none of its
predictions, which keep every column of every pair.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache

from indicators.linkage import model

UNKNOWN = -1
SIDES = {"l": "one", "r": "two"}
_SIDED = re.compile(r"\b([a-z_]+)_([lr])\b")


def level_column(comparison: str) -> str:
    """Return the column that tells at which level of a comparison a pair stands."""
    return f"level_{comparison}"


def levels_sql(
    compared: Sequence[str], pairs: str, left: str, right: str, *, extra: str = ""
) -> str:
    """Return the SELECT of pairs with a level for each comparison.

    pairs: a SELECT of columns `l` and `r`, the numbers of records. extra: more columns.
    A level is numbered as Splink does: 0 for none of them, the topmost highest, and
    `UNKNOWN` where nothing is known.
    """
    cases = [_case(name) for name in compared]
    read = sorted({found for case in cases for found in _SIDED.findall(case)})
    columns = ", ".join(f"{SIDES[side]}.{name} as {name}_{side}" for name, side in read)
    told = ", ".join(
        f"{case} as {level_column(name)}"
        for name, case in zip(compared, cases, strict=True)
    )
    return f"""
        select l, r, {told}{extra}
        from (
            select pairs.l as l, pairs.r as r, {columns}
            from ({pairs}) as pairs
            join {left} as one on pairs.l = one.unique_id
            join {right} as two on pairs.r = two.unique_id
        )
    """  # noqa: S608 - names of our own


def _case(comparison: str) -> str:
    found = _levels()[comparison]
    # The null level is the first, the others count down to that of all the rest.
    cases = [f"when {found[0]} then {UNKNOWN}"]
    for number, condition in zip(
        range(len(found) - 2, 0, -1), found[1:-1], strict=True
    ):
        cases.append(f"when {condition} then {number}")
    return f"case {' '.join(cases)} else 0 end"


@cache
def _levels() -> Mapping[str, list[str]]:
    """Return the conditions of each comparison's levels, from the top, as Splink writes
    them; it takes long for that."""
    shipped = model.settings(model.shipped(), present=None)
    return {
        each["output_column_name"]: [
            level["sql_condition"] for level in each["comparison_levels"]
        ]
        for each in shipped.create_settings_dict("duckdb")["comparisons"]
    }
