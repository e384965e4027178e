"""Groups several steps below a total that is shown, with nothing listed between."""

import json
from typing import Any

import pytest

from indicators.disclosure.audit import Kind
from indicators.disclosure.examination import examine
from indicators.disclosure.release import Outcome, printed_record, protect
from indicators.disclosure.release_file import ReleaseFile, counted, protected
from indicators.disclosure.suppression import in_silence

DIMS = ["building", "grade", "sex"]
TREE = {"building": {"b1": "A", "b2": "A", "b3": "B", "b4": "B", "b5": "B"}}
Cells = dict[str, int | None]


def record(cells: Cells, name: str = "r1", **more: Any) -> bytes:
    """Return a file; a cell is called by its values, "" is the total of all."""
    rows = [
        {"table": "T", "n": n}
        | dict(part.split(" ") for part in place.split(", ") if part)
        for place, n in cells.items()
    ]
    told = {"format": 2, "release": name, "dims": DIMS, "threshold": 10}
    return json.dumps(told | {"cells": rows} | more).encode()


def file_of(cells: Cells, name: str = "r1", **more: Any) -> ReleaseFile:
    return counted(record(cells, name, **more))


def read(release: ReleaseFile, outcome: Outcome) -> ReleaseFile:
    assert not outcome.refusals
    return protected(json.dumps(printed_record(release, outcome)).encode())


def kinds(cells: Cells, **more: Any) -> set[Kind]:
    release = protected(record(cells, **more))
    return {each.kind for each in examine(release, progress=in_silence).breaches}


INNER: Cells = {
    "": 100,
    "building b1, grade 1": 3,
    "building b1, grade 2": 40,
    "building b2, grade 1": 52,
    "building b2, grade 2": 5,
}
UNDER_AREAS: Cells = {
    "": 100,
    "building b1": 40,
    "building b2": 30,
    "building b3": 22,
    "building b4": 3,
    "building b5": 5,
}
# The margin of b1 is hidden, though most of it is shown.
PARTLY: Cells = {
    "": 200,
    "building b1": 43,
    "building b2": 5,
    "building b3": 152,
    "building b1, grade 1": 40,
    "building b1, grade 2": 3,
    "building b2, grade 1": 5,
    "building b3, grade 1": 152,
}
LAST = ("building b1, grade 2", "building b2, grade 1")


@pytest.mark.parametrize(
    ("cells", "hidden"),
    [
        (INNER, ("building b1, grade 1", "building b2, grade 2")),
        (UNDER_AREAS, ("building b4", "building b5")),
        (PARTLY, ("building b1", "building b2", *LAST)),
    ],
)
@pytest.mark.parametrize("missing", ["zero", "unknown"])
def test_few_children_are_not_left_over_far_below_a_total(
    cells: Cells, hidden: tuple[str, ...], missing: str
) -> None:
    more: dict[str, Any] = {"hierarchies": TREE, "missing": missing}
    told = cells | dict.fromkeys(hidden)
    assert Kind.REMAINDER in kinds(told, **more)
    outcome = protect(file_of(cells, **more))
    assert not outcome.refusals
    shown = dict(zip(cells, (cell.n for cell in outcome.cells), strict=True))
    lowest = [place for place in cells if not any(place + "," in p for p in cells)]
    rest = 100 if cells is not PARTLY else 200
    rest -= sum(shown[place] or 0 for place in lowest if place)
    assert rest == 0 or rest >= 10


@pytest.mark.parametrize("cells", [INNER, UNDER_AREAS])
def test_a_rest_far_below_a_total_may_not_move_by_few(cells: Cells) -> None:
    """The total moved by 12, and one group that is shown by 10."""
    first = file_of(cells, hierarchies=TREE)
    before = read(first, protect(first))
    shown = {cell.vector for cell in before.cells if cell.n is not None}
    grown = dict(cells)
    for number, (place, cell) in enumerate(zip(cells, first.cells, strict=True)):
        n = cells[place] or 0
        if number == 0:
            grown[place] = n + 12
        elif cell.vector in shown and len({*grown.values()} - {*cells.values()}) == 1:
            grown[place] = n + 10
    smallest = min(grown, key=lambda place: grown[place] or 0)
    grown[smallest] = (grown[smallest] or 0) + 2
    outcome = protect(file_of(grown, "r2", hierarchies=TREE), earlier=[before])
    assert any("differs from an earlier release" in why for why in outcome.refusals)


@pytest.mark.parametrize("small", [4, 14])
def test_a_total_that_two_tables_share_is_known_though_nobody_lists_it(
    small: int,
) -> None:
    """A group to be hidden whatever its size is what two sexes leave over."""
    cells: Cells = {
        "sex f": 44,
        "sex m": small + 31,
        "building b1, grade 1": small,
        "building b1, grade 2": 25,
        "building b2, grade 1": 25,
        "building b2, grade 2": 25,
    }
    told = json.loads(record(cells))
    told["cells"][2]["primary"] = True
    outcome = protect(counted(json.dumps(told).encode()))
    assert not outcome.refusals
    assert sum(cell.n is None for cell in outcome.cells) == 2


def shown_of(cells: Cells, *earlier: ReleaseFile, **more: Any) -> list[int | None]:
    """Return the counts that may be published of a release that is not refused."""
    outcome = protect(file_of(cells, "r2", **more), earlier=earlier)
    assert not outcome.refusals
    return [cell.n for cell in outcome.cells]


def test_whom_a_table_leaves_out_stands_in_a_group_that_it_does_not_list() -> None:
    """27 of b2 less 20 are in grade 3, so of its 8 one is in b1."""
    margins: Cells = {"building b1": 15, "building b2": 27, "grade 2": 34, "grade 3": 8}
    before = protected(record(margins, threshold=5))
    inner: Cells = {"building b1, grade 3": 1, "building b2, grade 2": 20}
    more: dict[str, Any] = {"missing": "unknown", "threshold": 5}
    told = protected(record(inner | {"building b1, grade 3": None}, "r2", **more))
    breaches = examine(told, earlier=[before], progress=in_silence).breaches
    assert ("b1", "3", None) in {v for each in breaches for v in each.vectors}
    assert shown_of(inner, before, **more) == [None, None]


def test_totals_that_add_up_leave_nobody_elsewhere() -> None:
    cells: Cells = {
        "": 185,
        "building b1, grade 1": 21,
        "building b1, grade 2": 43,
        "building b2, grade 1": 60,
        "building b2, grade 2": 61,
        "building b1, sex f": 6,
        "building b1, sex m": 58,
        "building b2, sex f": 21,
        "building b2, sex m": 100,
        "sex f": 27,
        "sex m": 158,
    }
    hidden = {"building b1, sex f": None, "building b2, sex f": None}
    assert Kind.COUNT in kinds(cells | hidden, missing="unknown")
    assert shown_of(cells, missing="unknown").count(None) > 2


def test_a_part_that_follows_is_a_total_too() -> None:
    """100 less 50 is b2, of which 47 are in grade 1."""
    cells: Cells = {
        "": 100,
        "building b1": 50,
        "building b2, sex f": 20,
        "building b2, sex m": 30,
        "building b2, grade 1": 47,
    }
    assert Kind.REMAINDER in kinds(cells, missing="unknown")
    assert None in shown_of(cells, missing="unknown")


def test_groups_at_crossing_levels_are_not_added_up() -> None:
    tree = {"building": {"b1": "A", "b2": "A"}, "grade": {"1": "L", "2": "L"}}
    cells: Cells = {
        "": 100,
        "building A, grade 1": 60,
        "building A, grade 2": 40,
        "building b1, grade L": 50,
        "building b2, grade L": 50,
    }
    assert None not in shown_of(cells, hierarchies=tree, missing="unknown")


def test_what_hidden_groups_that_follow_leave_over_is_protected() -> None:
    """Of b3 and b4 together 19 are left, and 10 in grade 1: 9 are in grade 2. To find
    it a reader counts grade 2, which is hidden, in b1 and b2 first."""
    cells: Cells = {
        "": 66,
        "building b1": 26,
        "building b2": 21,
        "building b3": 10,
        "building b4": 9,
        "grade 1": 37,
        "grade 2": 29,
        "building b1, grade 1": 16,
        "building b1, grade 2": 10,
        "building b2, grade 1": 11,
        "building b2, grade 2": 10,
        "building b3, grade 1": 6,
        "building b3, grade 2": 4,
        "building b4, grade 1": 4,
        "building b4, grade 2": 5,
    }
    hidden = dict.fromkeys(place for place in cells if "b3" in place or "b4" in place)
    hidden |= dict.fromkeys(place for place in cells if "grade 2" in place)
    assert kinds(cells | hidden) == {Kind.REMAINDER}
    assert None in shown_of(cells)
