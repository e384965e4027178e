"""What printed groups leave of a total, in whatever way they lie in it."""

import json
import random
from itertools import combinations, product
from typing import Any

import pytest

from indicators.disclosure.audit import Kind
from indicators.disclosure.examination import Examined, examine
from indicators.disclosure.release import printed_record, protect
from indicators.disclosure.release_file import ReleaseFile, counted, protected
from indicators.disclosure.suppression import in_silence
from tests.support.leaf_attacker import left_over

Cells = dict[Any, int | None]


def record(dims: str, cells: Cells, **more: Any) -> bytes:
    """Return a file of counts by dimensions of one letter each."""
    rows = [
        {"table": "T", **dict(zip(dims, vector, strict=True)), "n": n}
        for vector, n in cells.items()
    ]
    told = {"format": 2, "release": "r", "dims": [*dims], "threshold": 10}
    return json.dumps(told | {"cells": rows} | more).encode()


def audit(content: bytes, *earlier: bytes) -> Examined:
    files = [protected(each) for each in earlier]
    return examine(protected(content), earlier=files, progress=in_silence)


def kinds(content: bytes, *earlier: bytes) -> set[Kind]:
    return {breach.kind for breach in audit(content, *earlier).breaches}


def released(content: bytes) -> ReleaseFile:
    """Return the counted release as it may be published, attacked in vain."""
    release = counted(content)
    outcome = protect(release)
    assert not outcome.refusals
    printed = json.dumps(printed_record(release, outcome)).encode()
    assert not audit(printed).breaches
    return protected(printed)


def boxes(**said: int) -> Cells:
    """Return groups by building, grade and sex, named by a letter each or t."""
    return {tuple(None if c == "t" else c for c in name): n for name, n in said.items()}


# Two of each dimension: three groups of two corners turn about the two others.
PINWHEEL = boxes(ttt=98, agt=20, thx=22, bty=24, ahy=14, bgx=11)


def test_five_groups_cut_along_three_dimensions_leave_nobody_small_over() -> None:
    """These five share no child, and 7 of the 98 are in none of them."""
    more = {"missing": "unknown"}
    assert kinds(record("pqr", PINWHEEL, **more)) == {Kind.REMAINDER}
    shown = [cell.n for cell in released(record("pqr", PINWHEEL, **more)).cells]
    assert shown.count(None) == 1
    fewer = PINWHEEL | {(None, None, None): 91}
    assert not audit(record("pqr", fewer, **more)).breaches


ROWS = {"1": (10, 6, 0), "2": (2, 4, 1), "3": (0, 2, 9), "4": (25, 17, 0)}


def crossed(*, are_shown: bool) -> bytes:
    """Return three buildings by four grades, with all sums."""
    counts = {
        (b, g): n for g, of in ROWS.items() for b, n in zip("xyz", of, strict=True)
    }
    cells: Cells = {}
    for b, g in product((None, *"xyz"), (None, *ROWS)):
        n = sum(n for (c, h), n in counts.items() if b in (None, c) and g in (None, h))
        cells[b, g] = None if are_shown and 0 < n < 17 and (b, g) not in OPEN else n
    return record("bg", cells)


OPEN = {("z", None), (None, "1"), (None, "4"), (None, None)}


def test_a_row_and_a_column_that_meet_where_nobody_is_leave_nobody_small_over() -> None:
    """Grades 1 and 4 and the third building, which has none of them: 8 are left."""
    left = ((None, None), ("z", None), (None, "1"), (None, "4"))
    found = [breach.vectors for breach in audit(crossed(are_shown=True)).breaches]
    assert any({*left} == {*vectors} for vectors in found)
    released(crossed(are_shown=False))


def test_a_group_that_is_all_of_another_is_printed_with_it() -> None:
    """All of the second grade are in the first school, which has 6 others."""
    cells: Cells = {
        (None, None): 70,
        (None, "R"): 57,
        (None, "S"): 13,
        ("2", None): 51,
        ("2", "a"): None,
        ("2", "b"): None,
        ("1", None): None,
        ("1", "a"): None,
        ("1", "c"): None,
        (None, "a"): 24,
        (None, "b"): 33,
        (None, "c"): 13,
    }
    trees = {"s": {"a": "R", "b": "R", "c": "S"}}
    assert Kind.REMAINDER in kinds(record("gs", cells, hierarchies=trees))
    counts = {("2", "a"): 18, ("2", "b"): 33, ("1", None): 19}
    told = cells | counts | {("1", "a"): 6, ("1", "c"): 13}
    released(record("gs", told, hierarchies=trees))


OVERLAPPING = {
    ("x", "1"): 14,
    ("x", "2"): 15,
    ("x", None): 16,
    ("y", "1"): 23,
    ("y", "2"): 6,
    (None, "1"): 37,
    (None, "2"): 21,
    (None, None): 42,
}


def test_who_is_not_in_a_group_of_an_unlisted_total_is_no_small_group() -> None:
    """The other building has 26 children, of whom 3 have not the first subject."""
    more = {"nonadditive": ["g"], "missing": "unknown"}
    shown = {(None, None), (None, "2"), ("x", None), ("y", "1")}
    told = {v: n if v in shown else None for v, n in OVERLAPPING.items()}
    assert Kind.REMAINDER in kinds(record("bg", told, **more))
    released(record("bg", OVERLAPPING, **more))


def test_a_value_with_one_part_alone_leaves_nobody_over() -> None:
    """It may be said twice, though a child can have several values."""
    trees = {"g": {"1": "R", "2": "R", "3": "S"}}
    cells = {
        ("x", "1"): 4,
        ("x", "2"): 4,
        ("x", "3"): 20,
        ("x", "R"): 4,
        ("x", "S"): 20,
    }
    cells |= {("y", "1"): 5, ("y", "2"): 3, ("y", "3"): 1, ("y", "R"): 6, ("y", "S"): 1}
    cells |= {("x", None): 24, ("y", None): 6}
    told = record("bg", cells, nonadditive=["g"], hierarchies=trees)
    assert released(told).cells


def test_sums_hold_beside_a_dimension_in_which_a_child_has_several_values() -> None:
    """29 of the second sex have one subject, so 19 are in the first building."""
    cells = {
        (None, None, "s"): 20,
        (None, None, None): 49,
        ("x", None, None): 21,
        ("y", None, None): 28,
        ("x", None, "s"): None,
        ("x", None, "t"): None,
        ("y", None, "s"): None,
        ("y", None, "t"): 10,
        (None, "1", "t"): 29,
        ("x", "1", "s"): None,
        ("y", "1", "s"): None,
        ("x", "2", "s"): 0,
    }
    told = record("bgs", cells, nonadditive=["g"], missing="unknown")
    found = audit(told).breaches
    assert ("x", None, "s") in {v for breach in found for v in breach.vectors}


def test_a_complete_table_tells_who_is_in_the_totals_of_another_file() -> None:
    """33 of the first building's 49 have the one grade and sex; 10 another grade."""
    cells = {("2", "g", None): None, ("2", None, "s"): None, (None, "g", "s"): 33}
    before = record("bgs", cells, missing="unknown")
    told = {("1", None, None): 49, ("1", "f", "s"): 10, ("1", "g", "s"): None}
    told |= {("1", "g", "t"): None, ("2", "h", "s"): None, ("2", "g", "t"): None}
    found = audit(record("bgs", told), before).breaches
    assert ("1", "g", "t") in {v for breach in found for v in breach.vectors}
    assert not audit(record("bgs", told)).breaches


def test_a_group_is_never_larger_than_what_holds_it() -> None:
    """Nor are those who are in none of the listed subjects fewer than nobody."""
    cells: Cells = {("x", "1", "s"): 10, ("x", "1", None): 10, ("x", None, None): 25}
    cells |= {("y", "1", None): 43, ("y", None, None): 80}
    cells |= {(None, "1", None): 53, (None, None, None): 105}
    told = record("bgs", cells, nonadditive=["g"], missing="unknown")
    assert released(told).cells


def test_whoever_is_in_no_listed_group_is_elsewhere() -> None:
    """So the audit names groups that may lie beside those of a table."""
    frame = counted(record("bg", {("x", "1"): 10})).frame
    assert frame.place(("x", " ")) == "b x, g elsewhere"


def crossing(seed: int) -> bytes:
    """Return two tables of the same children, by two or three of four dimensions each,
    with all sums."""
    chance = random.Random(seed)
    values = {"b": 5, "s": 3, "r": 3, "f": 2}
    of = {
        dim: [(f"{dim}{k}", chance.paretovariate(1)) for k in range(size)]
        for dim, size in values.items()
    }
    children = [
        {dim: chance.choices(*zip(*named, strict=True))[0] for dim, named in of.items()}
        for _ in range(chance.choice((300, 900)))
    ]
    told: dict[tuple[str | None, ...], int] = {}
    for table in chance.sample([*combinations(values, 3)], 2):
        for kept in product((True, False), repeat=3):
            dims = [dim for dim, is_kept in zip(table, kept, strict=True) if is_kept]
            named = {dim: sorted({child[dim] for child in children}) for dim in dims}
            for place in product(*named.values()):
                at = dict(zip(dims, place, strict=True))
                inside = [c for c in children if at.items() <= c.items()]
                told[tuple(at.get(dim) for dim in values)] = len(inside)
    return record("bsrf", told)


@pytest.mark.parametrize("seed", [0, 1, 64])
def test_no_shown_groups_of_crossing_tables_leave_few_over(seed: int) -> None:
    release = released(crossing(seed))
    dims = [*release.frame.names]
    cells = [
        dict(zip(dims, cell.vector, strict=True)) | {"n": cell.n}
        for cell in release.cells
    ]
    assert not left_over(cells, dims, threshold=10)
