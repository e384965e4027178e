"""What is proposed when much is hidden, and what forces a refusal."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.disclosure.collapsing import collapses, forced_by
from indicators.disclosure.linked import link
from indicators.disclosure.release import protect
from indicators.disclosure.release_file import counted
from tests.support import made_releases as made
from tests.unit.indicators.test_disclosure_release import TWO, town


def read(record):
    return counted(json.dumps(record).encode())


def by_grade(n, *, seed=1):
    """Return children of four buildings by grade, most groups of them small."""
    rows = made.children(n, buildings=4, schools=3, seed=seed, grades=8)
    return made.release({"2022": rows}, tables=(("building", "grade"),), indicators=())


def proposals(release):
    outcome = protect(read(release))
    return {one["how"]: one for one in outcome.report["collapses"]}


def test_grades_of_which_most_are_hidden_are_to_be_paired_or_left_out():
    found = proposals(by_grade(200))

    assert {"Leave out grade", "Combine neighbours of grade in pairs"} <= found.keys()
    paired = found["Combine neighbours of grade in pairs"]
    before, after = paired["cells"]
    assert (before, after) == (43, 25)
    assert paired["shown"][1] / after > paired["shown"][0] / before
    assert paired["at most"] is False


def test_what_a_proposal_promises_is_what_it_gives():
    """A release made as proposed shows as many cells as was said."""
    rows = made.children(200, buildings=4, schools=3, seed=1, grades=8)
    release = made.release(
        {"2022": rows}, tables=(("building", "grade"),), indicators=()
    )
    told = proposals(release)["Combine neighbours of grade in pairs"]["shown"][1]

    for row in rows:
        row["grade"] = f"Grades {int(row['grade'].removeprefix('Grade ')) // 2}"
    done = protect(
        read(
            made.release({"2022": rows}, tables=(("building", "grade"),), indicators=())
        )
    )
    assert sum(cell.n is not None for cell in done.cells) == told


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(60, 300))
def test_every_proposal_shows_a_larger_share(seed, n):
    outcome = protect(read(by_grade(n, seed=seed)))
    for one in outcome.report["collapses"]:
        (before, after), (was, is_now) = one["cells"], one["shown"]
        assert is_now / after > was / before


def test_of_a_tree_the_upper_level_is_proposed():
    trees = {"building": {f"Building {i}": f"Area {i % 2}" for i in range(8)}}
    rows = made.children(150, buildings=8, schools=3, seed=2, grades=9)
    release = made.release({"2022": rows}, tables=TWO, hierarchies=trees, indicators=())

    assert "Show only the upper level of building" in proposals(release)


def test_children_in_several_groups_are_not_added_up():
    found = proposals(by_grade(200) | {"nonadditive": ["grade"], "missing": "unknown"})

    assert not any(how.startswith("Combine neighbours") for how in found)


def test_nothing_is_proposed_where_little_is_hidden():
    rows = town(3, 2000, 2)
    release = made.release({"2022": rows}, tables=TWO[1:], indicators=())

    assert proposals(release) == {}
    assert collapses(read(release), hidden=frozenset(), width=5) == ()


def test_a_release_that_follows_from_public_figures_is_told_from_which():
    """Of three groups two are public, and the total: the third has no other value."""
    cells = [
        {"table": "t", "sex": None, "n": 60},
        {"table": "t", "sex": "F", "n": 30},
        {"table": "t", "sex": "M", "n": 23},
        {"table": "t", "sex": "X", "n": 7},
        {"table": "u", "band": "A", "n": 40},
        {"table": "u", "band": "B", "n": 20},
    ]
    known = [{**c, "kind": "exact"} for c in cells if c.get("sex") != "X"]
    release = {
        "format": 2,
        "release": "r",
        "dims": ["sex", "band"],
        "threshold": 10,
        "cells": cells,
        "known": [{k: v for k, v in c.items() if k != "table"} for c in known],
    }
    linked = link(read(release), earlier=[])
    forced = forced_by(linked, [3])

    names = {linked.vectors[place] for place in forced}
    assert names == {(None, None), ("F", None), ("M", None)}
    assert forced_by(link(read(release | {"known": []}), earlier=[]), [3]) == []
