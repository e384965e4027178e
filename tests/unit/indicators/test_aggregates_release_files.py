"""What a delivered release file says besides its cells counts here as in `protect`."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.acts import RuleBroken
from indicators.disclosure.table import Mark
from indicators.published.document import Document
from tests.support import town
from tests.unit.indicators.test_aggregates_delivered import (
    CHRONIC,
    delivered,
    document,
)

CODES = list(town.BUILDINGS)
YEAR = "2025–26"
COUNTED = {
    "": (66, 14),
    CODES[0]: (26, 3),
    CODES[1]: (21, 8),
    CODES[2]: (15, 1),
    CODES[3]: (4, 2),
}
HIDDEN = {"": 66, CODES[0]: 26, CODES[1]: 21, CODES[2]: None, CODES[3]: None}
KNOWN = [{"period": YEAR, "building": CODES[2], "n": 15, "kind": "exact"}]


def cell(building: str, **said: Any) -> dict[str, Any]:
    at = {"building": building} if building else {}
    return {"table": "t", "period": YEAR, **at, **said}


def counted(
    groups: Mapping[str, tuple[int, int]] = COUNTED, **more: Any
) -> dict[str, Any]:
    cells = [
        cell(building, n=n, x={"chronic_absence": x})
        for building, (n, x) in groups.items()
    ]
    return file(cells, **more)


def protected(groups: Mapping[str, int | None], **more: Any) -> dict[str, Any]:
    return file([cell(b, n=n, rate={}) for b, n in groups.items()], **more)


def file(cells: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {
        "format": 2,
        "release": "Ours",
        "keys": ["period"],
        "dims": ["building", "school"],
        "indicators": ["chronic_absence"],
        "threshold": 10,
        "cells": cells,
    } | more


def made(record: Mapping[str, Any], *earlier: Document) -> Document:
    return document(delivered(json.dumps(record).encode()), earlier)


def hidden(made: Document) -> set[str]:
    return {
        dict(each.vector).get("building", "")
        for each in made.cells
        if each.n is Mark.SUPPRESSED
    }


def hidden_by_protect(record: Mapping[str, Any], folder: Path) -> set[str]:
    (folder / "in.json").write_text(json.dumps(record), "utf-8")
    call_command("protect", str(folder / "in.json"), "--out", str(folder / "out.json"))
    cells = json.loads((folder / "out.json").read_text("utf-8"))["cells"]
    return {each["building"] or "" for each in cells if each["n"] is None}


def test_a_public_figure_that_gives_a_group_away_is_found() -> None:
    assert hidden(made(protected(HIDDEN))) == {*CODES[2:]}
    with pytest.raises(RuleBroken, match="would give away what it hides"):
        made(protected(HIDDEN, known=KNOWN))


@pytest.mark.parametrize(
    "more",
    [
        {"known": KNOWN},
        {"known": [{**KNOWN[0], "building": town.BUILDINGS[CODES[2]]}]},
        {"known": [{**KNOWN[0], "kind": "approx", "plus_minus": 1}]},
        {"known": [{**KNOWN[0], "period": "2025-26", "kind": "most"}]},
        {"missing": "unknown"},
        {"zero_public": False},
        {"nonadditive": ["building"], "missing": "unknown"},
    ],
)
def test_counts_are_protected_as_the_command_does(
    more: dict[str, Any], tmp_path: Path
) -> None:
    record = counted(**more)
    figures = record.get("known", [])
    coded = [{**each, "building": CODES[2], "period": YEAR} for each in figures]
    expected = hidden_by_protect({**record, "known": coded}, tmp_path)
    assert hidden(made(record)) == expected
    assert CODES[3] in expected


def test_a_cell_that_is_dear_to_hide_stays(tmp_path: Path) -> None:
    record = counted()
    for each in record["cells"]:
        each["weight"] = 1000 if each.get("building") == CODES[2] else 1
    assert CODES[2] in hidden(made(counted()))
    assert hidden(made(record)) == hidden_by_protect(record, tmp_path)
    assert CODES[2] not in hidden(made(record))


def test_groups_of_nobody_are_hidden_where_the_file_says_so() -> None:
    groups = {"": (62, 12)} | {c: COUNTED[c] for c in CODES[:3]} | {CODES[3]: (0, 0)}
    assert CODES[3] not in hidden(made(counted(groups)))
    assert CODES[3] in hidden(made(counted(groups, zero_public=False)))


def test_a_measure_of_which_no_cell_tells_is_not_published() -> None:
    found = made(protected(HIDDEN))
    assert not found.measures
    assert not any(each.rates for each in found.cells)


TREE = {"building": {CODES[1]: CODES[0], CODES[2]: CODES[0]}}
IN_TREE = {
    "": (66, 14),
    CODES[0]: (47, 11),
    CODES[1]: (21, 8),
    CODES[2]: (26, 3),
    CODES[3]: (19, 3),
}


def test_a_tree_is_published_and_binds_what_follows() -> None:
    by_name = {town.BUILDINGS[CODES[1]]: CODES[0], CODES[2]: CODES[0]}
    record = counted(IN_TREE, hierarchies={"building": by_name})
    read = delivered(json.dumps(record).encode())
    assert read.shown == tuple(
        (measure, by)
        for measure in ("chronic_absence", "enrolled")
        for by in ("", "building", "development")
    )
    first = made(record)
    assert first.hierarchies == TREE
    assert not hidden(first)
    elsewhere = {"building": {CODES[2]: CODES[3]}}
    with pytest.raises(RuleBroken, match="Give it one place"):
        made(counted({"": (66, 14)}, hierarchies=elsewhere), first)


def test_children_of_several_places_are_published_so() -> None:
    groups = {"": (66, 14)} | {
        CODES[0]: (36, 8),
        CODES[1]: (30, 8),
        CODES[2]: (26, 6),
        CODES[3]: (15, 3),
    }
    first = made(counted(groups, nonadditive=["building"]))
    assert first.nonadditive == {"building"}
    assert 66 in {each.n for each in first.cells}
    with pytest.raises(RuleBroken, match="An earlier release of this school year"):
        made(counted(), first)


def test_a_public_figure_binds_what_follows() -> None:
    """Later groups are protected although their file no longer tells the figure."""
    first = made(counted({"": (66, 14)}))
    knowing = replace(
        first,
        beside={
            "known": [
                {
                    "at": {"period": YEAR, "base": "enrolled", "building": CODES[2]},
                    "n": 15,
                    "x": {},
                    "plus_minus": 0,
                    "is_most": False,
                }
            ]
        },
    )
    assert hidden(made(protected(HIDDEN), first)) == {*CODES[2:]}
    with pytest.raises(RuleBroken, match="would give away what it hides"):
        made(protected(HIDDEN), knowing)


@pytest.mark.parametrize(
    ("record", "says"),
    [
        (counted(known=[{**KNOWN[0], "building": "Elsewhere"}]), "“Elsewhere”"),
        (counted(known=[{**KNOWN[0], "period": "2024–25"}]), "one school year"),
        (counted(known=[{**KNOWN[0], "n": 16}]), "contradicts the count"),
        (
            counted(
                known=[{**KNOWN[0], "kind": "exact", "x": {"chronic_absence": 5}}],
            ),
            "known “Chronic absence” for",
        ),
        (counted(hierarchies={"building": {CODES[1]: "Hill"}}), "“Hill”"),
        (
            counted(
                IN_TREE,
                hierarchies={
                    "building": {
                        CODES[1]: CODES[0],
                        town.BUILDINGS[CODES[1]]: CODES[3],
                    }
                },
            ),
            "Write it in one place",
        ),
        (
            file(
                [cell("", n=66, x={"chronic_absence": 14}, of={"chronic_absence": 99})],
                units={"chronic_absence": "days"},
            ),
            "days are not taken",
        ),
        (
            file([cell("", n=66, rate={}, x={"chronic_absence": 14})]),
            "would give away what it hides",
        ),
    ],
)
def test_what_is_not_taken_is_named(record: dict[str, Any], says: str) -> None:
    with pytest.raises(RuleBroken, match=says) as refused:
        made(record)
    assert CHRONIC not in refused.value.message
