"""Tables that cross in a circle: what they share below them is attacked, too."""

import json
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.disclosure.crossings import crossings
from indicators.disclosure.examination import examine
from indicators.disclosure.relations import across
from indicators.disclosure.release import Outcome, printed_record, protect
from indicators.disclosure.release_file import BadFile, ReleaseFile, counted, protected
from indicators.disclosure.suppression import in_silence
from tests.support import leaf_attacker

DIMS = ["building", "area", "grade"]
CIRCLE = (("building", "area"), ("building", "grade"), ("area", "grade"))
Child = tuple[str, ...]


def file_of(
    children: dict[Child, int],
    tables: tuple[tuple[str, ...], ...],
    name: str = "r1",
    **more: Any,
) -> ReleaseFile:
    """Return the counts of tables with all their totals."""
    return counted(record(cells_of(children, tables), name, **more))


def cells_of(
    children: dict[Child, int], tables: tuple[tuple[str, ...], ...]
) -> list[dict[str, Any]]:
    found: dict[Child, int] = {}
    for table in tables:
        for child, n in children.items():
            some = [
                (own, None) if dim in table else (None,)
                for dim, own in zip(DIMS, child, strict=True)
            ]
            for vector in {*product(*some)}:
                place = (" × ".join(table), *vector)
                found[place] = found.get(place, 0) + n
    return [
        {"table": table, **dict(zip(DIMS, vector, strict=True)), "n": n}
        for (table, *vector), n in found.items()
    ]


def record(cells: list[dict[str, Any]], name: str = "r1", **more: Any) -> bytes:
    told = {"format": 2, "release": name, "dims": DIMS, "threshold": 10}
    return json.dumps(told | {"cells": cells} | more).encode()


def printed(release: ReleaseFile, outcome: Outcome) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = printed_record(release, outcome)["cells"]
    return cells


# Both buildings of d1 have no other children of its first grade than the 20 of d1.
FEW: dict[Child, int] = {
    ("b1", "d1", "1"): 8,
    ("b1", "d1", "2"): 30,
    ("b2", "d1", "1"): 12,
    ("b2", "d1", "2"): 30,
    ("b3", "d2", "1"): 11,
    ("b3", "d2", "2"): 12,
    ("b4", "d2", "1"): 40,
    ("b4", "d2", "2"): 40,
}


# In no group are there fewer than 20.
MANY: dict[Child, int] = {
    (building, area, grade): 20
    for building, area in (("b1", "d1"), ("b2", "d2"), ("b3", "d1"), ("b3", "d2"))
    for grade in ("1", "2")
}


@pytest.mark.parametrize("missing", ["zero", "unknown"])
def test_what_one_area_leaves_over_is_not_told_by_another_table(missing: str) -> None:
    """Totals that add up leave nobody for groups that are not listed."""
    release = file_of(FEW, CIRCLE, missing=missing)
    outcome = protect(release)
    assert not outcome.refusals
    found = leaf_attacker.ends([printed(release, outcome)], DIMS, [missing])
    low, high = found["b1", None, "1"]
    assert high - low >= 2


def test_a_figure_known_below_the_tables_does_not_end_the_attack() -> None:
    told = json.loads(record(cells_of(FEW, CIRCLE)))
    at = dict(zip(DIMS, ("b4", "d2", "2"), strict=True))
    told["known"] = [at | {"n": 40, "kind": "approx", "plus_minus": 3}]
    release = counted(json.dumps(told).encode())
    outcome = protect(release)
    assert not outcome.refusals
    low, high = leaf_attacker.ends([printed(release, outcome)], DIMS)["b1", None, "1"]
    assert high - low >= 2


def test_tables_of_what_a_child_can_have_several_of_may_cross() -> None:
    told = json.loads(record(cells_of(MANY, CIRCLE)))
    # Each child of the third building is counted in both areas.
    for cell in told["cells"]:
        if cell["building"] == "b3" and cell["area"] is None:
            cell["n"] //= 2
        elif cell["building"] is None and cell["area"] is None:
            cell["n"] -= 20 if cell["grade"] else 40
    told["nonadditive"] = ["area"]
    outcome = protect(counted(json.dumps(told).encode()))
    assert not outcome.refusals
    assert all(cell.n is not None for cell in outcome.cells)


@pytest.mark.parametrize("missing", ["zero", "unknown"])
def test_the_audit_finds_what_follows_below_the_tables(missing: str) -> None:
    release = file_of(FEW, CIRCLE)
    cells = printed(release, protect(release))
    hidden = {("b1", "1"), ("b1", "2"), ("b3", "1"), ("b3", "2")}
    for cell in cells:
        vector = (cell["building"], cell["area"], cell["grade"])
        is_hidden = (cell["building"], cell["grade"]) in hidden and not cell["area"]
        counts = [
            n
            for child, n in FEW.items()
            if all(told in (None, own) for own, told in zip(child, vector, strict=True))
        ]
        cell["n"] = None if is_hidden else sum(counts)
    ends = leaf_attacker.ends([cells], DIMS, [missing])
    assert ends["b1", None, "1"] == (8, 8)
    told = protected(record(cells, missing=missing))
    found = examine(told, progress=in_silence)
    assert ("b1", None, "1") in {v for each in found.breaches for v in each.vectors}


# A search through the middle of what fits two files of these once went on for ever.
SLOW: dict[Child, int] = {
    (f"b{building}", "E" if grade < "3" else "M", grade): n
    for building, counts in enumerate([[8, 4, 4, 0], [20, 4, 15, 20], [12, 25, 4, 20]])
    for grade, n in zip("1234", counts, strict=True)
    if n
}


@pytest.mark.parametrize(
    ("children", "n_first", "missing"),
    [
        (FEW, 2, ("zero", "zero")),
        (FEW, 2, ("zero", "unknown")),
        (FEW, 2, ("unknown", "zero")),
        (SLOW, 1, ("zero", "unknown")),
    ],
)
def test_a_table_of_a_later_release_closes_no_circle(
    children: dict[Child, int], n_first: int, missing: tuple[str, str]
) -> None:
    first = file_of(children, CIRCLE[:n_first], missing=missing[0])
    cells = printed(first, protect(first))
    before = protected(record(cells, missing=missing[0]))
    later = file_of(children, CIRCLE[n_first:], "r2", missing=missing[1])
    outcome = protect(later, earlier=[before])
    assert not outcome.refusals
    both = [cells, printed(later, outcome)]
    found = leaf_attacker.ends(both, DIMS, missing)
    assert all(high - low >= 2 or low >= 10 for low, high in found.values())


@given(
    counts=st.lists(st.sampled_from((0, 2, 4, 8, 12, 15, 20, 25)), min_size=16),
    crossed=st.sampled_from((CIRCLE, (*CIRCLE[1:], ("building",), ("area",)))),
    missing=st.sampled_from(("zero", "unknown")),
)
def test_nobody_works_out_a_small_count_of_tied_tables(
    counts: list[int], crossed: tuple[tuple[str, ...], ...], missing: str
) -> None:
    """Grades tell the school, as they do where each school has its own."""
    areas = {"1": "E", "2": "E", "3": "M", "4": "M"}
    groups = product(("b1", "b2", "b3", "b4"), areas)
    children: dict[Child, int] = {
        (building, areas[grade], grade): n
        for (building, grade), n in zip(groups, counts, strict=False)
        if n
    }
    if not children:
        return
    release = file_of(children, crossed, missing=missing)
    outcome = protect(release)
    if outcome.refusals:
        return
    found = leaf_attacker.ends([printed(release, outcome)], DIMS, [missing])
    assert all(high - low >= 2 or low >= 10 for low, high in found.values())


@pytest.mark.parametrize("tables", [CIRCLE[:2], (*CIRCLE, tuple(DIMS))])
def test_tables_without_a_circle_are_as_they_were(
    tables: tuple[tuple[str, ...], ...],
) -> None:
    release = file_of(FEW, tables)
    outcome = protect(release)
    assert not outcome.refusals
    found = leaf_attacker.ends([printed(release, outcome)], DIMS)
    assert all(high - low >= 2 for low, high in found.values())


def line_of(name: str, counts: dict[str, int], **more: Any) -> ReleaseFile:
    """Return counts of buildings alone."""
    cells = [{"table": "A", "building": each, "n": n} for each, n in counts.items()]
    told = {"format": 2, "release": name, "dims": ["building"], "threshold": 10}
    return counted(json.dumps(told | {"cells": cells} | more).encode())


TREE = {"building": {"b0": "d0", "b1": "d0", "b2": "d1", "b3": "d1"}}


def test_what_an_earlier_file_says_of_a_tree_is_known() -> None:
    first = line_of("r1", {"d0": 20, "d1": 60}, hierarchies=TREE)
    before = protected(json.dumps(printed_record(first, protect(first))).encode())
    later = line_of("r2", {"b0": 8, "b1": 12, "b2": 11, "b3": 49})
    outcome = protect(later, earlier=[before])
    assert [cell.n for cell in outcome.cells] == [None, None, 11, 49]
    alone = protect(later)
    told = protected(json.dumps(printed_record(later, alone)).encode())
    found = examine(told, earlier=[before], progress=in_silence)
    assert (("b0",),) in [each.vectors for each in found.breaches]


def test_an_earlier_file_with_another_tree_is_refused() -> None:
    first = line_of("r1", {"d0": 20, "d1": 60}, hierarchies=TREE)
    other = {"building": TREE["building"] | {"b1": "d1"}}
    later = line_of("r2", {"d0": 20, "d1": 60}, hierarchies=other)
    with pytest.raises(BadFile, match="'b1' of 'building' in another group"):
        protect(later, earlier=[first])


@pytest.mark.parametrize("missing", ["zero", "unknown"])
@pytest.mark.parametrize("least", [1, 0])
def test_a_total_and_groups_far_below_it_are_held_together(
    missing: str, least: int
) -> None:
    total = 151 if least else 153
    counts = {("b0", "1"): 50, ("b0", "2"): 40, ("b1", "1"): 60, ("b1", "2"): least}
    if missing == "zero":
        total = sum(counts.values())
    cells = [{"table": "T", "n": total}] + [
        {"table": "A", "building": building, "grade": grade, "n": n}
        for (building, grade), n in counts.items()
    ]
    told = {"format": 2, "release": "r1", "dims": DIMS, "threshold": 10}
    record_ = told | {"missing": missing, "cells": cells}
    outcome = protect(counted(json.dumps(record_).encode()))
    shown = [cell.n for cell in outcome.cells]
    assert not outcome.refusals
    if missing == "unknown" or least:
        assert shown.count(None) == 1 + least


def test_groups_below_all_tables_are_of_the_level_at_which_they_cross() -> None:
    """A table may tell of regions alone, two levels above the buildings of another."""
    tree = {"b1": "d1", "b2": "d1", "d1": "r1", "b3": "d2", "d2": "r2"}
    frame = replace(file_of(FEW, CIRCLE).frame, hierarchies={"building": tree})
    groups = [
        *(("b1", None, "1"), ("b2", None, "1"), ("b3", None, "1")),
        *(("r1", "east", None), ("r2", "west", None)),
        *((None, "east", "1"), (None, "west", "1")),
    ]
    found = crossings(frame, dict.fromkeys(groups, True), [], complete={*groups})
    assert {part for line in found for part in line.parts} == {
        *(("r1", "east", "1"), ("r2", "west", "1"))
    }
    regions = {("r1", None, "1"), ("r2", None, "1")}
    assert {line.parent for line in found} == {*groups[3:], *regions}


def withstands(cells: list[dict[str, Any]], hierarchies: dict[str, Any]) -> bool:
    """Return whether the first building's 8 of grade 1 stay unknown, with all the
    buildings in one region."""
    told = json.loads(record(cells)) | {"hierarchies": hierarchies}
    release = counted(json.dumps(told).encode())
    outcome = protect(release)
    assert not outcome.refusals
    own = [
        cell | {"building": cell["building"] if cell["building"] != "R" else None}
        for cell in printed(release, outcome)
        if cell["table"] != "fine"
    ]
    low, high = leaf_attacker.ends([own], DIMS)["b1", None, "1"]
    return bool(high - low >= 2)


REGION = {"building": dict.fromkeys(("b1", "b2", "b3", "b4"), "R")}


def test_a_table_of_a_region_closes_a_circle_of_buildings() -> None:
    cells = cells_of(FEW, CIRCLE[:2])
    cells += [cell | {"building": "R"} for cell in cells_of(FEW, CIRCLE[2:])]
    assert withstands(cells, REGION)


def test_a_table_at_other_levels_does_not_open_a_circle() -> None:
    grades = {"1a": "1", "1b": "1", "2a": "2", "2b": "2"}
    fine = {"1a": 35, "1b": 36, "2a": 56, "2b": 56}
    cells = cells_of(FEW, CIRCLE) + [
        {"table": "fine", "building": "R", "grade": grade, "n": n}
        for grade, n in fine.items()
    ]
    assert withstands(cells, REGION | {"grade": grades})


def test_tables_with_too_much_in_common_are_refused_in_a_sentence() -> None:
    frame = file_of(FEW, CIRCLE).frame
    values = [str(n) for n in range(40)]
    groups = [
        (*pair[:at], None, *pair[at:])
        for pair in product(values, repeat=2)
        for at in range(3)
    ]
    with pytest.raises(BadFile, match="Leave one table out"):
        crossings(frame, dict.fromkeys(groups, True), [], complete={*groups})


def test_of_a_tree_the_larger_groups_are_held_to_a_total_far_above() -> None:
    frame = replace(
        file_of(FEW, CIRCLE).frame,
        hierarchies={"building": {"b1": "d1", "b2": "d1"}},
        is_complete=False,
    )
    parts = [("d1", "x", None), ("b1", "x", None), ("b3", "x", None)]
    (line,) = across(frame, [(None, None, None), *parts])
    assert line.parent == (None, None, None)
    assert {*line.parts} == {("d1", "x", None), ("b3", "x", None)}
