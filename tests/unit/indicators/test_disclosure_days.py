"""Rates of days in release files: what is printed, and what can be learned of them."""

import json
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.disclosure import rates
from indicators.disclosure.audit import Kind
from indicators.disclosure.coding import bands
from indicators.disclosure.release_file import BadFile
from indicators.disclosure.table import (
    Band,
)
from tests.support import made_releases as made
from tests.support.days_attacker import findings
from tests.unit.indicators.test_disclosure_release import TWO, audit, published, town
from tests.unit.indicators.test_disclosure_release_file import CELLS, GOOD, refusal

CODE = "attendance_rate"
YEAR = (180, 180, 180, 175)
MIXED = (180, 180, 90, 15, 1)


def release(seed, *, n=160, buildings=4, lengths=YEAR, **how):
    rows = town(seed, n, buildings)
    counts = made.release({"2022": rows}, tables=TWO, **how)
    return made.with_days(counts, rows, seed=seed, lengths=lengths)


@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(40, 260),
    buildings=st.integers(2, 5),
    lengths=st.sampled_from([(180,), YEAR, MIXED]),
)
def test_a_stranger_learns_no_rate_of_days_whatever_they_believe_of_days(
    seed, n, buildings, lengths
):
    record = published(release(seed, n=n, buildings=buildings, lengths=lengths))
    if record is None:
        return
    for ratio in (1, 1.25, 5, 366):
        assert findings([record], CODE, ratio=ratio) == []


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_stranger_who_keeps_earlier_files_learns_no_rate_of_days(seed):
    later = release(seed, lengths=MIXED)
    first = published(
        later
        | {"cells": [c for c in later["cells"] if c["table"] == "building × band"]}
    )
    second = published(later | {"release": "r2"}, first) if first else None
    if second is not None:
        told = findings([first, second], CODE, ratio=1)
        assert not told


def test_the_stranger_of_these_tests_finds_what_is_not_protected():
    record = published(release(3))
    assert findings([record], CODE, ratio=1) == []

    told = release(3)["cells"]
    exact = deepcopy(record)
    for cell, truth in zip(exact["cells"], told, strict=True):
        if cell["n"]:
            x, of = truth["x"][CODE], truth["of"][CODE]
            cell["rate"][CODE] = str((200 * x + of) // (2 * of))
    assert findings([exact], CODE, ratio=1)
    assert findings([exact], CODE, ratio=1.1)
    assert {breach.kind for breach in audit(exact)} == {Kind.RATE}


@pytest.mark.prove
def test_days_coded_without_regard_to_each_other_are_caught(monkeypatch):
    """With each band taken for itself the audit finds something, sooner or later."""
    monkeypatch.setattr(rates._Coding, "settle", lambda self, progress: None)
    monkeypatch.setattr("indicators.disclosure.release._ROUNDS", 1)
    refused = [s for s in range(60) if published(release(s, n=60, buildings=2)) is None]
    monkeypatch.undo()

    assert refused
    assert published(release(refused[0], n=60, buildings=2))


def test_rates_of_days_stand_in_the_bands_of_their_group_and_days_nowhere():
    counts = release(3, lengths=MIXED)
    record = published(counts)

    shown = 0
    for cell, truth in zip(record["cells"], counts["cells"], strict=True):
        text = cell["rate"][CODE]
        assert "of" not in cell
        if cell["n"] in (None, 0):
            assert text is None
        elif text is not None:
            shown += 1
            band, of = Band.parse(text), truth["of"][CODE]
            percent = (200 * truth["x"][CODE] + of) // (2 * of)
            assert band.low <= percent <= band.high
            parts = [b for b in bands(cell["n"]) if b.low >= band.low]
            assert band.low == parts[0].low
            assert band.high in {b.high for b in parts}
    assert shown


def test_who_believes_in_equal_days_against_all_evidence_believes_less():
    """Half of the children have few days, and are absent on many of them."""
    record = {
        "format": 2,
        "release": "r",
        "keys": [],
        "dims": ["side"],
        "indicators": [CODE],
        "units": {CODE: "days"},
        "threshold": 10,
        "cells": [
            {"table": "t", "side": side, "n": n, "rate": {CODE: text}}
            for side, n, text in (
                (None, 400, "95"),
                ("A", 200, "≥95"),
                ("B", 200, "≤5"),
            )
        ],
    }
    assert findings([record], CODE, ratio=1) is None
    assert findings([record], CODE, ratio=36) == []
    assert not audit(record)


def test_the_same_file_with_days_gives_the_same_bytes():
    one, other = (json.dumps(published(release(3))) for _ in range(2))
    assert one == other


DAYS = {"units": {"absent": "days"}}


def with_of(**changed):
    """Return the good file in days, with its second cell changed."""
    cells = [
        cell | {"x": {"absent": of // 6}, "of": {"absent": of}}
        for cell, of in zip(CELLS, (300, 180, 120), strict=True)
    ]
    return GOOD | DAYS | {"cells": [cells[0], cells[1] | changed, cells[2]]}


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (GOOD | {"units": 3}, "units"),
        (GOOD | {"units": {"late": "days"}}, "late"),
        (GOOD | {"units": {"absent": "hours"}}, "days"),
        (GOOD | {"days_most": 0}, "days_most"),
        (GOOD | DAYS, "needs both"),
        (with_of(of={"absent": 17}), "from 1 to 366 days"),
        (with_of(of={"absent": 18 * 366 + 1}), "from 1 to 366 days"),
        (with_of(of={}), "needs both"),
        (with_of(x={"absent": 181}), "more than 'of'"),
        (with_of() | {"units": {}}, "does not count days"),
        (with_of() | {"known": [{"period": "y", "n": 30, "x": {"absent": 3}}]}, "days"),
    ],
)
def test_a_file_with_wrong_days_is_refused(record, said):
    assert said in refusal(record)


@pytest.mark.parametrize("changed", [{"of": {"absent": 190}}, {"x": {"absent": 31}}])
def test_days_that_do_not_add_up_are_refused(changed):
    with pytest.raises(BadFile, match="do not add up"):
        published(with_of(**changed))


def test_a_published_file_that_tells_days_is_refused():
    record = published(release(3))
    record["cells"][0]["of"] = {CODE: 5000}
    with pytest.raises(BadFile, match="'of'"):
        audit(record)
