"""Totals that nobody lists but that follow, and indicators that make up another."""

import json

import pytest

from indicators.disclosure.audit import Breach, Kind
from indicators.disclosure.release import protect
from indicators.disclosure.release_file import BadFile, counted
from tests.support.release_attacker import findings
from tests.unit.indicators.test_disclosure_release import audit, published

ONE_AWAY = [(None, None, 57, 22), ("b0", "s0", 12, 11), ("b0", "s1", 56, 22)]
BESIDE = [
    (None, None, 87, 30),
    ("b0", "s0", 12, 11),
    ("b0", "s1", 56, 22),
    ("b1", "s2", 30, 8),
]
TWICE = [(None, None, 60, 22), ("b0", "s0", 25, 8), ("b0", "s1", 38, 15)]


def schools(cells, **more):
    """Return buildings by schools, of which a child can have several."""
    return {
        "format": 2,
        "release": "r",
        "dims": ["b", "s"],
        "keys": ["p"],
        "indicators": ["i"],
        "threshold": 10,
        "missing": "zero",
        "nonadditive": ["s"],
        "hierarchies": {},
        "zero_public": True,
        "cells": [
            {"table": "T", "p": "1", "b": b, "s": s, "n": n, **more.get("of", {})}
            | ({"x": {"i": x}} if "of" not in more else {"rate": {"i": None}})
            for b, s, n, x in cells
        ],
    }


@pytest.mark.parametrize("cells", [ONE_AWAY, BESIDE, TWICE])
def test_few_are_not_told_by_a_total_that_nobody_lists(cells):
    """The building is in no table, but its children follow from those of the town."""
    printed = schools(cells, of={})
    assert Kind.REMAINDER in [breach.kind for breach in audit(printed)]

    record = published(schools(cells))
    assert not audit(record)
    assert findings([record]) == []
    assert any(cell["n"] is None for cell in record["cells"])
    assert any(cell["n"] is not None for cell in record["cells"])


def test_few_are_not_told_by_a_total_that_nearly_follows():
    """Who is not at the school is nobody, or one child."""
    cells = [*ONE_AWAY[1:], (None, None, 58, 22), ("b1", "s0", None, 0)]
    others = Breach(Kind.COUNT, (("1", "b0", None), ("1", "b0", "s1")))
    assert others in audit(schools(cells, of={}))
    far = [(None, None, 90, 0), ("b0", "s0", 25, 0), ("b0", "s1", 50, 0)]
    far.append(("b1", "s0", 30, 0))
    assert not audit(schools(far, of={}))


def by_two_tables(*, are_shown):
    """Return two buildings by grade and by sex, whose totals no table lists."""
    of: dict[str, dict[str, tuple[tuple[int, int], ...]]] = {
        "g": {"b0": ((20, 6), (4, 1), (3, 1)), "b1": ((30, 10), (40, 13), (50, 16))},
        "s": {"b0": ((14, 4), (13, 4)), "b1": ((60, 20), (60, 19))},
    }
    cells = []
    for dim, buildings in of.items():
        for building, counts in buildings.items():
            for at, (n, x) in enumerate(counts):
                cell = {"table": dim, "b": building, dim: str(at), "n": n}
                if not are_shown:
                    cells.append(cell | {"x": {"i": x}})
                    continue
                hidden = {"n": None} if n < 10 else {}
                cells.append(cell | hidden | {"rate": {"i": None}})
    return schools((), of={}) | {
        "dims": ["b", "g", "s"],
        "keys": [],
        "nonadditive": [],
        "cells": cells,
    }


def test_few_are_not_left_over_by_a_total_that_two_tables_share():
    """The girls and boys of a building are its children, of whom one grade is shown."""
    open_ = by_two_tables(are_shown=True)
    left = Breach(Kind.REMAINDER, tuple(("b0", g, None) for g in (None, "1", "2")))
    assert left in audit(open_)
    assert "leaves 7 over" in findings([open_])[-1]

    record = published(by_two_tables(are_shown=False))
    assert not audit(record)
    assert findings([record]) == []
    assert sum(cell["n"] is None for cell in record["cells"]) == 3


def suspended(*counts):
    cells = [
        {
            "table": "T",
            "b": b,
            "n": 40,
            "x": dict(zip(("in", "out", "any"), x, strict=True)),
        }
        for b, x in zip("AB", counts, strict=True)
    ]
    return counted(
        json.dumps(
            {
                "format": 2,
                "release": "r",
                "dims": ["b"],
                "keys": [],
                "indicators": ["in", "out", "any"],
                "within": {"in": ["any"], "out": ["any"]},
                "threshold": 10,
                "cells": cells,
            }
        ).encode()
    )


def test_indicators_that_may_be_all_of_another_are_refused():
    with pytest.raises(BadFile, match="'in', 'out' can together be all of 'any'"):
        protect(suspended((4, 4, 8), (10, 12, 20)))
    # Where there must be a third kind, the two do not make up the whole.
    assert protect(suspended((4, 4, 12), (10, 12, 20))).cells


def two_dims(cells, **more):
    """Return counts of two dimensions, in one file."""
    told = {"format": 2, "release": "r", "dims": ["b", "g"], "threshold": 10}
    return counted(json.dumps(told | {"cells": cells} | more).encode())


def test_an_empty_total_that_nobody_lists_leaves_no_rate_over():
    cells = [
        {"table": "A", "b": "b0", "g": "1", "n": 44, "x": {"i": 20}},
        {"table": "A", "b": "b1", "g": "1", "n": 0},
        {"table": "B", "g": "1", "n": 44, "x": {"i": 20}},
    ]
    outcome = protect(two_dims(cells, indicators=["i"]))
    assert not outcome.refusals
    assert [cell.n for cell in outcome.cells] == [44, 0, 44]


def test_of_groups_that_are_known_besides_there_may_be_more():
    cells = [{"table": "A", "b": b, "n": n} for b, n in (("x", 60), ("y", 40))]
    cells.append({"table": "A", "n": 100})
    known = [{"b": "x", "g": "1", "n": 30, "kind": "exact"}]
    outcome = protect(two_dims(cells, known=known))
    assert not outcome.refusals
    assert [cell.n for cell in outcome.cells] == [60, 40, 100]


def test_who_is_counted_may_have_a_value_that_nobody_lists():
    """Six of the 14 absent have another subject, of those a child can have."""
    cells = [
        {"table": "A", "b": "b0", "n": 40, "x": {"i": 14}},
        {"table": "A", "b": "b0", "g": "1", "n": 30, "x": {"i": 8}},
    ]
    more = {"indicators": ["i"], "nonadditive": ["g"], "missing": "unknown"}
    outcome = protect(two_dims(cells, **more))
    assert [cell.n for cell in outcome.cells] == [40, 30]
