"""What readers remember of earlier files: hidden counts, known figures, zeros."""

import json
from typing import Any

from indicators.disclosure.audit import Kind
from indicators.disclosure.examination import examine
from indicators.disclosure.release import printed_record, protect
from indicators.disclosure.release_file import ReleaseFile, counted, protected
from indicators.disclosure.suppression import in_silence

Row = dict[str, Any]


def row(n: int | None, **more: Any) -> Row:
    return {"table": "T", "n": n} | more


def record(rows: list[Row], name: str = "r1", **more: Any) -> bytes:
    told = {"format": 2, "release": name, "dims": ["building", "grade"]}
    return json.dumps(told | {"threshold": 10, "cells": rows} | more).encode()


def published(rows: list[Row], **more: Any) -> ReleaseFile:
    release = counted(record(rows, **more))
    outcome = protect(release)
    assert not outcome.refusals
    return protected(json.dumps(printed_record(release, outcome)).encode())


def found(release: bytes, *earlier: ReleaseFile) -> set[tuple[str | None, ...]]:
    """Return the groups of which the audit finds the number."""
    found = examine(protected(release), earlier=earlier, progress=in_silence).breaches
    return {v for each in found if each.kind is Kind.COUNT for v in each.vectors}


BUILDINGS = [
    row(100),
    row(20, building="b1", primary=True),
    row(30, building="b2"),
    row(50, building="b3"),
]
GRADES = [
    row(n, building=building, grade=grade)
    for building, grade, n in (
        *(("b1", "1", 10), ("b1", "2", 10), ("b2", "1", 18)),
        *(("b2", "2", 12), ("b3", "1", 25), ("b3", "2", 25)),
    )
]


def test_a_count_that_was_hidden_is_not_told_by_its_parts() -> None:
    """Whatever its size, and though this file no longer says to hide it."""
    before = published(BUILDINGS)
    assert [cell.n for cell in before.cells] == [100, None, None, 50]
    again = [each | {"n": None} if "primary" in each else each for each in BUILDINGS]
    told = [{k: v for k, v in each.items() if k != "primary"} for each in again]
    told[2] = told[2] | {"n": None}
    assert ("b1", None) in found(record(told + GRADES, "r2"), before)
    open_ = [{k: v for k, v in each.items() if k != "primary"} for each in BUILDINGS]
    outcome = protect(counted(record(open_ + GRADES, "r2")), earlier=[before])
    assert not outcome.refusals
    shown = [cell.n for cell in outcome.cells]
    assert shown[1] is None
    assert None in shown[4:6]


def test_what_no_longer_follows_from_this_file_alone_is_no_finding() -> None:
    """The second building was as hidden before as it is now."""
    before = published(BUILDINGS)
    open_ = [{k: v for k, v in each.items() if k != "primary"} for each in BUILDINGS]
    outcome = protect(counted(record(open_, "r2")), earlier=[before])
    assert [cell.n for cell in outcome.cells] == [100, None, None, 50]


KNOWN = [{"grade": "2", "n": 12, "kind": "exact"}]
OTHERS = [row(60), row(5, grade="1"), row(12, grade="2"), row(43, grade="3")]


def test_a_figure_that_an_earlier_file_knew_is_still_known() -> None:
    first = [row(25, building="b1"), row(35, building="b2"), row(60)]
    before = published(first, known=KNOWN)
    told = [row(60), row(None, grade="1"), row(None, grade="2"), row(43, grade="3")]
    assert (None, "1") in found(record(told, "r2"), before)
    outcome = protect(counted(record(OTHERS, "r2")), earlier=[before])
    assert [cell.n for cell in outcome.cells] == [60, None, 12, None]


def test_a_figure_that_is_another_by_now_is_no_longer_known() -> None:
    first = [row(25, building="b1"), row(35, building="b2"), row(60)]
    before = published(first, known=[KNOWN[0] | {"n": 30}])
    outcome = protect(counted(record(OTHERS, "r2")), earlier=[before])
    assert not outcome.refusals
    assert outcome.cells[1].n is None


def test_a_hidden_group_that_was_not_empty_still_is_not() -> None:
    """b1 and b2 are 12 together, neither is empty, and b2 has 10 in one grade."""
    rows = [row(50), row(None, building="b1"), row(None, building="b2")]
    rows += [row(38, building="b3")]
    before = protected(record(rows, zero_public=True))
    more = [
        row(10, building="b2", grade="1"),
        row(None, building="b2", grade="2"),
        row(None, building="b1", grade="1"),
        row(None, building="b1", grade="2"),
        row(20, building="b3", grade="1"),
        row(18, building="b3", grade="2"),
    ]
    later = record(rows + more, "r2", zero_public=False)
    assert ("b1", None) in found(later, before)
    assert ("b1", None) not in found(later)


def test_an_empty_group_that_was_hidden_stays_so_where_zeros_are_shown_now() -> None:
    rows = [row(n, building=b) for b, n in (("b1", 0), ("b2", 4), ("b3", 30))]
    before = published(rows, zero_public=False)
    assert [cell.n for cell in before.cells] == [None, None, 30]
    outcome = protect(counted(record(rows, "r2", zero_public=True)), earlier=[before])
    assert not outcome.refusals
    assert [cell.n for cell in outcome.cells] == [None, None, 30]


def test_a_large_group_that_was_hidden_is_protected_like_a_small_one() -> None:
    first = published([row(200, primary=True)])
    inner = [
        row(n, building=building, grade=grade)
        for building, grade, n in (
            *(("b1", "1", 52), ("b1", "2", 41)),
            *(("b2", "1", 57), ("b2", "2", 50)),
        )
    ]
    outcome = protect(counted(record([row(200), *inner], "r2")), earlier=[first])
    assert not outcome.refusals
    shown = [cell.n for cell in outcome.cells]
    assert shown[0] is None
    assert shown.count(None) == 2


def test_what_an_earlier_file_gives_away_is_no_fault_of_other_tables() -> None:
    rows = [row(43), row(None, building="b1"), row(40, building="b2")]
    before = protected(record(rows))
    grades = [row(21, grade="1"), row(22, grade="2")]
    assert not protect(counted(record(grades, "r2")), earlier=[before]).refusals
    again = [row(43), row(3, building="b1"), row(40, building="b2")]
    assert protect(counted(record(again, "r2")), earlier=[before]).refusals


def test_an_earlier_file_that_leaves_groups_out_says_nothing_of_the_others() -> None:
    before = protected(record([row(30, building="b1", grade="1")], missing="unknown"))
    later = [row(60, building="b1"), row(40, building="b2")]
    outcome = protect(counted(record(later, "r2")), earlier=[before])
    assert [cell.n for cell in outcome.cells] == [60, 40]


def test_of_those_whom_a_revision_adds_it_is_not_told_that_all_were_absent() -> None:
    """At most 6 of 30 and then at least 16 of 40: each of ten, if nobody left."""

    def rows(n: int, x: int) -> list[Row]:
        told = ((None, n + 100, x + 30), ("b1", n, x), ("b2", 100, 30))
        return [row(k, building=b, x={"absent": y}) for b, k, y in told]

    more = {"indicators": ["absent"]}
    before = published(rows(30, 6), **more)
    assert before.cells[1].rate["absent"] == "≤20"
    release = counted(record(rows(40, 16), "r2", **more))
    outcome = protect(release, earlier=[before])
    assert not outcome.refusals
    cells = outcome.cells
    assert [cell.n for cell in cells] == [140, 40, 100]
    assert cells[1].rate["absent"] is None
    printed = json.loads(json.dumps(printed_record(release, outcome)))
    printed["cells"][1]["rate"]["absent"] = "40–49"
    told = protected(json.dumps(printed).encode())
    breaches = examine(told, earlier=[before], progress=in_silence).breaches
    assert {each.kind for each in breaches} == {Kind.RATE}
