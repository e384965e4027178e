"""Where children live and learn, as dimensions with what lies above each place."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from accounts.acts import RuleBroken
from indicators.measures.declarations import Mobility, Report
from indicators.measures.dimensions import ELSEWHERE, Dimension, placed
from indicators.measures.inputs import Frames, Whole
from indicators.measures.spelled import spelled
from indicators.measures.spells import Spells


def homes_of(
    homes: pa.Table, child: Whole, row: Whole, elsewhere: Whole, *, is_additive: bool
) -> Dimension:
    """Return the buildings of these rows, with developments above, if any are told.

    elsewhere: children who live in none.
    """
    building = _said(homes["building"], row, "Building not stated")
    development = _said(homes["development"], row, "Development not stated")
    above: dict[str, str] = {}
    if homes["building"].null_count == homes.num_rows:
        leaves = development
    elif homes["development"].null_count == homes.num_rows:
        leaves = building
    else:
        above = _above(
            _said(homes["building"], None, "Building not stated"),
            _said(homes["development"], None, "Development not stated"),
        )
        # A building that is not stated lies in many developments.
        leaves = [
            f"Building not stated, {d}" if b == "Building not stated" else b
            for b, d in zip(building, development, strict=True)
        ]
        names = {*above.values()} & {*above}
        above = {b: f"{d} (development)" if d in names else d for b, d in above.items()}
    return _with_elsewhere("building", child, leaves, above, elsewhere, is_additive)


def _with_elsewhere(
    name: str,
    child: Whole,
    leaves: list[str],
    above: Mapping[str, str],
    elsewhere: Whole,
    is_additive: bool,
) -> Dimension:
    return _placed_texts(
        name,
        np.concatenate([child, elsewhere]),
        leaves + [ELSEWHERE] * len(elsewhere),
        above,
        is_additive=is_additive,
    )


def _placed_texts(
    name: str,
    child: Whole,
    leaves: list[str],
    above: Mapping[str, str],
    *,
    is_additive: bool,
) -> Dimension:
    """Return the dimension of rows that give texts."""
    values = sorted({*leaves})
    at = {value: place for place, value in enumerate(values)}
    leaf = np.array([at[text] for text in leaves], dtype=np.int64)
    return placed(
        name,
        child=child,
        leaf=leaf,
        values=values,
        above=above,
        is_additive=is_additive,
    )


def _said(column: pa.Array, row: Whole | None, otherwise: str) -> list[str]:
    taken = column if row is None else column.take(pa.array(row))
    return list(pc.fill_null(taken, otherwise).to_pylist())


def _above(buildings: list[str], developments: list[str]) -> dict[str, str]:
    above: dict[str, str] = {}
    for building, development in sorted({*zip(buildings, developments, strict=True)}):
        name = building
        if building == "Building not stated":
            name = f"{building}, {development}"
        if above.setdefault(name, development) != development:
            raise RuleBroken(
                f"Building {building:.60} is listed under two developments. Correct "
                "the list of tenants, or give the buildings names of their own."
            )
    return above


def programs_of(
    homes: pa.Table, child: Whole, row: Whole, elsewhere: Whole, *, is_additive: bool
) -> Dimension:
    """Return the programs of these rows; elsewhere: children who are in none."""
    leaves = _said(homes["program"], row, "Program not stated")
    return _with_elsewhere("program", child, leaves, {}, elsewhere, is_additive)


def learning_of(
    report: Report, frames: Frames, enrolled: Spells, n_children: int
) -> dict[str, Dimension]:
    """Return schools, with levels above, and grades: that of a child's last spell."""
    enrolment, last = frames["enrolment"], enrolled.lasts()
    is_any = report.mobility is Mobility.ANY_SCHOOL
    at = np.arange(len(enrolled.child)) if is_any else last
    # A child of a class may have left before any spell that is on record.
    without = np.setdiff1d(np.arange(n_children), enrolled.child)
    levels: dict[str, str] = {}
    if "schools" in frames:
        schools = frames["schools"]
        said = _said(schools["level"], None, "Level not stated")
        said = [spelled("level", level) for level in said]
        levels = dict(zip(schools["school"].to_pylist(), said, strict=True))
    taught = _said(enrolment["school"], enrolled.row[at], "School not stated")
    taught += ["School not stated"] * len(without)
    if levels:
        levels |= dict.fromkeys({*taught} - {*levels}, "Level not stated")
    grades = _said(enrolment["grade"], enrolled.row[last], "Grade not stated")
    grades += ["Grade not stated"] * len(without)
    return {
        "school": _placed_texts(
            "school",
            np.concatenate([enrolled.child[at], without]),
            taught,
            levels,
            is_additive=not is_any,
        ),
        "grade": _placed_texts(
            "grade",
            np.concatenate([enrolled.child[last], without]),
            grades,
            {},
            is_additive=True,
        ),
    }
