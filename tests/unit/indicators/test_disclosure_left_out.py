"""A release that leaves out what an earlier file lists: both must be able to hold."""

import json
from typing import Any

import pytest

from indicators.disclosure.release import protect
from indicators.disclosure.release_file import BadFile, ReleaseFile, counted
from tests.unit.indicators.test_disclosure_earlier import published, row

Row = dict[str, Any]
TOWN = [row(100)]
OPEN = [
    *TOWN,
    *(row(n, building=b) for b, n in (("b1", 20), ("b2", 30), ("b3", 50))),
]
INNER = [
    row(n, building=building, grade=grade)
    for building, grade, n in (
        *(("b1", "1", 12), ("b1", "2", 18)),
        *(("b2", "1", 16), ("b2", "2", 24)),
    )
]


def later(rows: list[Row], **more: Any) -> ReleaseFile:
    told = {"format": 2, "release": "r2", "dims": ["building", "grade"]}
    told |= {"threshold": 10, "cells": rows}
    return counted(json.dumps(told | more).encode())


@pytest.mark.parametrize(
    ("rows", "whole", "lacking"),
    [
        ([*TOWN, *OPEN[1:3]], "building total", "building b3, grade total"),
        ([row(50), *OPEN[1:3]], "building total", "building b3, grade total"),
        ([row(150), *OPEN[1:3]], "building total", "building b3, grade total"),
        ([*OPEN[1:3], row(90, building="b3")], "building total", "building total"),
    ],
)
def test_a_group_that_an_earlier_file_lists_is_to_be_listed_again(rows, whole, lacking):
    before = published(OPEN)
    with pytest.raises(BadFile) as caught:
        protect(later(rows), earlier=[before])
    said = str(caught.value)
    assert said.startswith(f"inconsistent totals: the parts of {whole}")
    assert f"An earlier file lists {lacking}" in said
    assert "(table 'T'), and this one does not" in said
    assert "List it here too" in said


@pytest.mark.parametrize("missing", ["zero", "unknown"])
def test_it_may_be_listed_as_empty(missing):
    before = published(OPEN)
    rows = [row(50), *OPEN[1:3], row(0, building="b3")]
    outcome = protect(later(rows, missing=missing), earlier=[before])
    assert [cell.n for cell in outcome.cells] == [50, 20, 30, 0]


def test_a_table_of_groups_that_no_longer_fit_is_named():
    """The buildings have twice as many children, all of them in the two grades."""
    before = published(INNER, missing="unknown")
    rows = [row(60, building="b1"), row(80, building="b2")]
    rows += [row(56, grade="1"), row(84, grade="2")]
    with pytest.raises(BadFile, match=r"building b1, grade 1 .* and 1 more"):
        protect(later(rows), earlier=[before])
    again = [*rows, *({**each, "n": 2 * each["n"]} for each in INNER)]
    assert not protect(later(again), earlier=[before]).refusals


def test_groups_beside_those_of_an_earlier_file_fit():
    """It did not say that there is no third building, nor a third grade."""
    before = published(INNER, missing="unknown")
    rows = [row(n, building=b) for b, n in (("b1", 30), ("b2", 40), ("b3", 30))]
    rows += [row(50, grade="1"), row(50, grade="2"), row(100)]
    assert not protect(later(rows), earlier=[before]).refusals
    rows = [row(50, building="b1"), row(55, building="b2"), row(105)]
    rows += [row(n, grade=g) for g, n in (("1", 28), ("2", 42), ("3", 35))]
    assert not protect(later(rows), earlier=[before]).refusals


def test_a_count_that_is_suppressed_now_may_have_moved():
    """The second building had fewer children than one of its grades has now."""
    first = [row(7, building="b1"), row(15, building="b2")]
    first += [row(9, grade="1"), row(13, grade="2")]
    before = published(first, missing="unknown")
    rows = [row(42), row(7, building="b1"), row(35, building="b2")]
    rows += [row(9, grade="1"), row(33, grade="2")]
    rows += [row(3, building="b1", grade="1"), row(4, building="b1", grade="2")]
    rows += [row(6, building="b2", grade="1"), row(29, building="b2", grade="2")]
    outcome = protect(later(rows), earlier=[before])
    assert [outcome.cells[0].n, outcome.cells[2].n] == [42, None]
