"""What groups, rates, years and lists of others tell together, beside the tables."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from indicators.disclosure.audit import Kind
from tests.support import made_releases as made
from tests.support.release_attacker import findings
from tests.unit.indicators.test_disclosure_release import (
    TWO,
    audit,
    of_year,
    published,
    town,
)

PROJECT = Path(__file__).resolve().parents[3]


def test_a_few_children_who_are_in_two_groups_are_not_told():
    """Forty and fifteen of fifty: five of them lived in both places."""
    cells = [
        {"table": "A", "period": "y", "b": b, "n": n, "rate": {}}
        for b, n in ((None, 50), ("A", 40), ("B", 15))
    ]
    shown = {
        "format": 2,
        "release": "r",
        "dims": ["b"],
        "keys": ["period"],
        "indicators": [],
        "threshold": 10,
        "missing": "zero",
        "nonadditive": ["b"],
        "hierarchies": {},
        "cells": cells,
    }
    assert [breach.kind for breach in audit(shown)] == [Kind.REMAINDER]
    assert len(findings([shown])) == 1
    for cell in cells:
        del cell["rate"]
    record = published(shown)
    assert findings([record]) == []
    assert [cell["n"] for cell in record["cells"]].count(None) == 1


def test_who_is_counted_twice_over_is_not_told_by_both_rates():
    """Those who are often absent, and those who are so most of the time."""
    rows = town(4, 150)
    counts = made.with_severe(made.release({"2022": rows}, tables=TWO), rows)
    apart = {name: part for name, part in counts.items() if name != "within"}
    side_by_side = published(apart) | {"within": counts["within"]}
    assert audit(side_by_side)
    assert findings([side_by_side])

    record = published(counts)
    assert not audit(record)
    assert findings([record]) == []
    assert sum(r is not None for c in record["cells"] for r in c["rate"].values()) > 40

    first = published(made.release({"2022": rows}, tables=TWO))
    for cell in counts["cells"]:
        del cell["x"]["absent"]
    later = published(counts, first)
    assert findings([first, later]) == []
    assert any(cell["rate"]["severe"] for cell in later["cells"])


def test_years_are_protected_each_by_itself_and_told_together():
    years = {"2021": town(3), "2022": town(6)}
    both = made.release(years, tables=TWO)
    both["cells"] = sorted(both["cells"], key=lambda cell: cell["table"])
    record = published(both)
    for year, rows in years.items():
        alone = published(made.release({year: rows}, tables=TWO))
        assert of_year(record, year)["cells"] == alone["cells"]


@pytest.mark.parametrize("n", [0, 1, 12])
def test_where_all_or_none_can_be_in_a_group_it_is_hidden(n):
    """Twelve are on a list that others have: n of them are in the group A."""
    cells = [
        {"table": "A", "b": b, "n": each}
        for b, each in ((None, 90 + n), ("A", n), ("B", 40), ("C", 50))
    ]
    known = [{"b": "A", "n": 12, "kind": "most"}]
    release = {
        "format": 2,
        "release": "r",
        "dims": ["b"],
        "threshold": 10,
        "cells": cells,
        "known": known,
    }
    record = published(release)
    shown = {cell["b"]: cell["n"] for cell in record["cells"]}
    assert shown["A"] is None
    assert list(shown.values()).count(None) == 2
    for cell, counts in zip(record["cells"], cells, strict=True):
        cell["n"] = counts["n"]
    assert audit(record)


@pytest.mark.prove
def test_the_same_large_file_gives_the_same_bytes(tmp_path):
    """However a process orders its sets, and whatever else the machine does."""
    rows = made.scattered(2500, buildings=30, schools=15, seed=7)
    table = ("building", "band", "sex")
    record = made.release({"2022": rows}, tables=(table, ("building", "race")))
    (tmp_path / "in.json").write_text(json.dumps(record), "utf-8")
    printed = []
    for seed in ("1", "2"):
        out = tmp_path / f"{seed}.json"
        protect = [sys.executable, "manage.py", "protect", str(tmp_path / "in.json")]
        subprocess.run(
            [*protect, "--out", str(out)],
            cwd=PROJECT,
            env=os.environ | {"PYTHONHASHSEED": seed, "HOMEROOM_HOME": str(tmp_path)},
            check=True,
        )
        protected = json.loads(out.read_text("utf-8"))
        del protected["report"]["seconds"]
        printed.append(json.dumps(protected))
    assert printed[0] == printed[1]
