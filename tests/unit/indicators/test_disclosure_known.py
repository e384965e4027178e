"""Figures that are public already, of groups within those of the tables."""

import json
from typing import Any

import pytest

from indicators.disclosure.audit import Kind
from indicators.disclosure.examination import examine
from indicators.disclosure.release import printed_record, protect
from indicators.disclosure.release_file import ReleaseFile, counted, protected
from indicators.disclosure.suppression import in_silence

Row = dict[str, Any]
DIMS = ["area", "building", "grade"]


def row(n: int | None, **more: Any) -> Row:
    return {"table": "T", "n": n} | more


def about(n: int, by: int, **place: str) -> Row:
    return {"n": n, "kind": "approx", "plus_minus": by} | place


def record(rows: list[Row], **more: Any) -> bytes:
    told = {"format": 2, "release": "r1", "dims": DIMS, "threshold": 10, "cells": rows}
    return json.dumps(told | more).encode()


def found(release: bytes, *earlier: ReleaseFile) -> set[tuple[str | None, ...]]:
    """Return the groups of which the audit finds the number."""
    found = examine(protected(release), earlier=earlier, progress=in_silence).breaches
    return {v for each in found if each.kind is Kind.COUNT for v in each.vectors}


# Building by grade: what a figure says of an area within them closes nothing.
INNER = [
    row(0, building="b1", grade="1"),
    row(21, building="b1", grade="2"),
    row(18, building="b2", grade="1", primary=True),
    row(0, building="b2", grade="2"),
    row(39),
]


def test_a_figure_far_inside_leaves_room_for_others_beside_it() -> None:
    figure = about(0, 20, area="a1", building="b2", grade="2")
    outcome = protect(counted(record(INNER, known=[figure])))
    assert not outcome.refusals
    assert [cell.n for cell in outcome.cells] == [0, None, None, 0, 39]


def test_that_a_group_about_known_is_empty_may_follow_where_zeros_are_shown() -> None:
    rows = [row(n, building=b, area="a1") for b, n in (("b1", 30), ("b2", 0))]
    figure = about(3, 5, building="b2")
    assert not protect(counted(record(rows, known=[figure]))).refusals
    closed = protect(counted(record(rows, known=[figure], zero_public=False)))
    assert not closed.refusals
    assert closed.cells[1].n is None


def test_a_figure_of_a_group_that_tables_show_to_be_empty_opens_no_gap() -> None:
    """All of b1 are in the areas a1 and a2, so all others are in b2."""
    first = counted(
        record([row(44), row(23, building="b2", primary=True), row(21, building="b1")])
    )
    before = protected(json.dumps(printed_record(first, protect(first))).encode())
    assert [cell.n for cell in before.cells] == [44, None, None]
    later = [
        row(12, area="a1", building="b1"),
        row(9, area="a2", building="b1", primary=True),
        row(14, area="a1", building="b2"),
        row(None, area="a2", building="b2"),
    ]
    told = [{k: v for k, v in each.items() if k != "primary"} for each in later]
    tree = {"area": {"a3": "A"}}
    more: Row = {"known": [{"area": "a3", "building": "b1", "n": 0}]}
    shown = record(told, hierarchies=tree, threshold=5, **more)
    assert (None, "b2", None) in found(shown, before)


def test_what_was_hidden_stays_so_though_it_is_known_by_now() -> None:
    rows = [row(32), row(26, building="b1", primary=True), row(6, building="b2")]
    first = counted(record(rows, threshold=5))
    before = protected(json.dumps(printed_record(first, protect(first))).encode())
    assert [cell.n for cell in before.cells] == [32, None, None]
    later = record(
        [row(26, building="b1"), row(6, building="b2")],
        threshold=5,
        known=[{"building": "b2", "n": 6}],
    )
    outcome = protect(counted(later), earlier=[before])
    assert not outcome.refusals
    assert outcome.cells[1].n is None


@pytest.mark.parametrize("more", [{}, {"zero_public": False}])
@pytest.mark.parametrize("kind", ["most", "exact"])
def test_an_empty_group_that_is_to_be_hidden_is_though_it_is_known(
    more: Row, kind: str
) -> None:
    rows = [row(n, building=b) for b, n in (("b1", 0), ("b2", 40), ("b3", 40))]
    rows[0]["primary"] = kind == "exact"
    known = [{"building": "b1", "n": 0, "kind": kind}]
    outcome = protect(counted(record(rows, known=known, **more)))
    assert not outcome.refusals
    assert outcome.cells[0].n is None


def test_a_total_that_nobody_lists_is_protected_by_groups_below_it() -> None:
    rows = [
        row(n, building=building, grade=grade)
        for building, grade, n in (
            *(("b1", "1", 30), ("b1", "2", 40)),
            *(("b2", "1", 31), ("b2", "2", 41)),
        )
    ]
    known = [{"n": 142, "kind": "most"}]
    outcome = protect(counted(record(rows, known=known)))
    assert not outcome.refusals
    assert None in [cell.n for cell in outcome.cells]


def test_a_numerator_that_is_public_already_hides_no_rates() -> None:
    """What it tells of its own group is public, and the others can still be wide."""
    rows = [row(1000, x={"absent": 200})]
    rows += [
        row(200, building=f"b{n}", x={"absent": x})
        for n, x in enumerate((38, 39, 40, 41, 42))
    ]
    known = [{"building": "b1", "n": 200, "x": {"absent": 39}, "kind": "exact"}]
    said = {"indicators": ["absent"], "known": known}
    outcome = protect(counted(record(rows, **said)))
    assert not outcome.refusals
    rates = [cell.rate["absent"] for cell in outcome.cells]
    assert rates == ["20", "15–19", "20–24", "20–24", "20–24", "20–24"]


def test_two_buildings_beside_a_public_numerator_keep_theirs_apart() -> None:
    """Of 100 absent 78 are in b1, so 22 in the others: each rate must leave room."""
    told = {None: (500, 100), "b1": (300, 78), "b2": (100, 22), "b3": (100, 0)}
    rows = [
        row(n, x={"absent": x}) | ({"building": b} if b else {})
        for b, (n, x) in told.items()
    ]
    known = [
        {"building": "b1", "n": 300, "x": {"absent": 78}, "kind": "exact"},
        {"n": 500, "x": {"absent": 100}, "kind": "exact"},
    ]
    release = counted(record(rows, indicators=["absent"], known=known))
    outcome = protect(release)
    assert not outcome.refusals
    printed = json.dumps(printed_record(release, outcome)).encode()
    assert not examine(protected(printed), progress=in_silence).breaches
    assert [cell.rate["absent"] for cell in outcome.cells][:2] == ["20", "25–29"]
