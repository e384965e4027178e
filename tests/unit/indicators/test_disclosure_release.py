import json
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.disclosure.audit import Kind
from indicators.disclosure.examination import examine
from indicators.disclosure.release import printed_record, protect
from indicators.disclosure.release_file import BadFile, counted, protected
from indicators.disclosure.suppression import in_silence
from tests.support import made_releases as made
from tests.support.release_attacker import findings

TWO = (("building", "band"), ("building", "sex"))
AREAS = {"building": {f"Building {i}": f"Area {i % 2}" for i in range(8)}}


def published(release, *earlier, **how):
    """Return what `protect` writes; None if it refuses."""
    outcome = protect(
        counted(json.dumps(release).encode()),
        earlier=[protected(json.dumps(one).encode()) for one in earlier],
        **how,
    )
    record = printed_record(counted(json.dumps(release).encode()), outcome)
    record = json.loads(json.dumps(record))
    return record if record["cells"] else None


def audit(release, *earlier):
    return examine(
        protected(json.dumps(release).encode()),
        earlier=[protected(json.dumps(one).encode()) for one in earlier],
        progress=in_silence,
    ).breaches


def town(seed, n=160, buildings=4):
    return made.children(n, buildings=buildings, schools=3, seed=seed, grades=9)


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(40, 260),
    buildings=st.integers(2, 5),
    threshold=st.sampled_from([3, 5, 10, 10]),
    trees=st.sampled_from([{}, AREAS]),
    has_totals=st.booleans(),
)
def test_a_stranger_learns_nothing_from_linked_tables(
    seed, n, buildings, threshold, trees, has_totals
):
    release = made.release(
        {"2022": town(seed, n, buildings)},
        tables=TWO,
        threshold=threshold,
        hierarchies=trees,
    )
    if not has_totals:
        of = {" × ".join(table): table for table in TWO}
        release["cells"] = [
            cell
            for cell in release["cells"]
            if all(cell[dim] is not None for dim in of[cell["table"]])
        ]
    record = published(release)
    assert record is None or findings([record]) == []


@settings(max_examples=5, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    buildings=st.integers(2, 4),
    twice=st.sampled_from([0, 2, 5, 12]),
    threshold=st.sampled_from([3, 10]),
    trees=st.sampled_from([{}, AREAS]),
)
def test_where_a_child_has_several_values_those_without_one_are_a_group_too(
    seed, buildings, twice, threshold, trees
):
    rows = town(seed, 90, buildings)
    for at, row in enumerate(rows):
        if at % 12 < twice:
            row["building"] = (row["building"], f"Building {at % buildings}")
    release = made.release(
        {"2022": rows},
        tables=TWO[:1],
        threshold=threshold,
        hierarchies=trees,
        nonadditive=["building"],
    )
    record = published(release)
    assert record is None or findings([record]) == []


def test_one_child_outside_a_group_that_may_overlap_with_others_is_found():
    cells = [
        {"table": "A", "period": "y", "b": b, "n": n, "rate": {"absent": "40–49"}}
        for b, n in ((None, 41), ("A", 40), ("B", 15))
    ]
    shown = {
        "format": 2,
        "release": "r",
        "dims": ["b"],
        "keys": ["period"],
        "indicators": ["absent"],
        "threshold": 10,
        "missing": "zero",
        "nonadditive": ["b"],
        "hierarchies": {},
        "cells": cells,
    }
    assert audit(shown)[0].kind is Kind.REMAINDER
    assert findings([shown])
    counts = [
        {"table": "A", "period": "y", "b": b, "n": n, "x": {"absent": x}}
        for b, n, x in ((None, 41, 20), ("A", 40, 19), ("B", 15, 5))
    ]
    record = published(shown | {"cells": counts})
    assert findings([record]) == []
    assert [cell["n"] for cell in record["cells"]] == [41, None, 15]


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6), off=st.sampled_from([0, 3]))
def test_a_stranger_who_keeps_earlier_files_and_public_figures_learns_nothing(
    seed, off
):
    rows = town(seed)
    known = [
        made.figure(rows, year="2022", off=off, building=name)
        for name in ("Building 0", "Building 1")
    ]
    first = published(made.release({"2022": rows}, tables=TWO[:1], known=known))
    if first is None:
        return
    later = made.release({"2022": rows}, tables=TWO, known=known, name="r2")
    second = published(later, first)
    assert second is None or findings([first, second]) == []


@settings(max_examples=1, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_three_years_a_revision_and_an_overlapping_filter_give_nothing_away(seed):
    """A year that was revised is another edition: its first is attacked alone."""
    counts = made.partnership(
        buildings=3, schools=3, n=110, seed=seed, grades=9, tables=TWO
    )
    first = published(counts[0])
    second = published(counts[1], first) if first else None
    if second is None:
        return
    for year in ("2021", "2022", "2023"):
        one, other = of_year(first, year), of_year(second, year)
        assert findings([other] if year == "2022" else [one, other]) == []

    before = {vector_of(cell): cell["n"] for cell in first["cells"]}
    for cell in second["cells"]:
        if was := before.get(vector_of(cell)):
            assert cell["n"] is not None
            assert abs(cell["n"] - was) in (0, 10)


def of_year(record, year):
    """Return what a file says of one year; the years share no children."""
    return record | {
        part: [one for one in record[part] if one["period"] == year]
        for part in ("cells", "known")
    }


def vector_of(cell):
    return tuple(cell[name] for name in ("period", *made.SPANNED))


def test_the_stranger_of_these_tests_finds_what_is_not_protected():
    """The stranger must be able to fail: here are files with each kind of leak."""
    rows = town(1)
    record = published(made.release({"2022": rows}, tables=TWO))
    assert findings([record]) == []

    told = made.release({"2022": rows}, tables=TWO)["cells"]
    bare = deepcopy(record)
    hidden = [i for i, cell in enumerate(bare["cells"]) if cell["n"] is None]
    small = next(i for i in hidden if told[i]["n"] < 10)
    for i in hidden:
        bare["cells"][i]["n"] = None if i == small else told[i]["n"]
    n = told[small]["n"]
    assert any(f"is {n} to {n}" in one for one in findings([bare]))
    assert any(f"leaves {n} over" in one for one in findings([bare]))
    assert any("is shown" in one for one in findings([bare]))

    exact = deepcopy(record)
    for cell, truth in zip(exact["cells"], told, strict=True):
        if cell["n"] == truth["n"] < 60 and cell["n"]:
            n, x = truth["n"], truth["x"]["absent"]
            cell["rate"]["absent"] = str((200 * x + n) // (2 * n))
    assert any("absent of" in one for one in findings([exact]))


def test_the_same_file_gives_the_same_pattern():
    release = made.release({"2022": town(3)}, tables=TWO)
    one, other = published(release), published(release)

    assert one == other


def test_several_witnesses_sought_at_once_hide_the_same_cells_each_time(monkeypatch):
    monkeypatch.setattr("indicators.disclosure.suppression._LARGE", 0)
    release = made.release({"2022": town(3)}, tables=TWO)
    one, other = published(release), published(release)

    assert one == other
    assert not audit(one)
    assert findings([one]) == []


def test_nothing_that_is_written_says_why_a_cell_is_hidden():
    release = made.release({"2022": town(3)}, tables=TWO)
    for cell in release["cells"]:
        cell["primary"], cell["weight"] = cell["n"] == 40, 1
    record = published(release)

    assert [c["table"] for c in record["cells"]] == [
        c["table"] for c in release["cells"]
    ]
    keys = {"table", "period", *made.DIMS, "n", "rate"}
    assert {frozenset(cell) for cell in record["cells"]} == {frozenset(keys)}
    assert all(
        cell["rate"] == {"absent": None}
        for cell in record["cells"]
        if cell["n"] in (None, 0)
    )


def test_a_flagged_group_is_hidden_however_large():
    release = made.release({"2022": town(3)}, tables=TWO)
    flagged = next(cell for cell in release["cells"] if cell["n"] > 20)
    flagged["primary"] = True
    place = release["cells"].index(flagged)

    assert published(release)["cells"][place]["n"] is None


def test_groups_of_none_are_hidden_where_that_is_asked():
    rows = [row for row in town(3) if row["sex"] == "F" or row["band"] == "K-5"]
    release = made.release({"2022": rows}, tables=(("band", "sex"),), all_zeros=True)
    empty = [i for i, cell in enumerate(release["cells"]) if cell["n"] == 0]
    assert empty

    assert all(published(release)["cells"][i]["n"] == 0 for i in empty)
    record = published(release | {"zero_public": False})
    assert all(record["cells"][i]["n"] is None for i in empty)


def test_tables_without_totals_are_linked_all_the_same():
    """By band and by sex a building has the same children, though no total says so."""
    release = made.release({"2022": town(5)}, tables=TWO)
    release["cells"] = [
        cell
        for cell in release["cells"]
        if cell["building"] and (cell["band"] or cell["sex"])
    ]
    record = published(release)
    assert not audit(record)

    hidden = [c for c in record["cells"] if c["n"] is None and c["sex"]]
    truth = {(c["building"], c["band"], c["sex"]): c["n"] for c in release["cells"]}
    for cell in record["cells"]:
        if cell["building"] == hidden[0]["building"] and cell["band"]:
            cell["n"] = truth[cell["building"], cell["band"], None]
        elif cell["building"] == hidden[0]["building"] and cell is not hidden[0]:
            cell["n"] = truth[cell["building"], None, cell["sex"]]
    assert audit(record)


@pytest.fixture(scope="module")
def two_editions():
    """Return a release of a year, as published, and the rows behind it."""
    rows = made.children(900, buildings=3, schools=3, seed=4)
    first = published(made.release({"2022": rows}, tables=TWO[:1]))
    return rows, first


def test_a_year_is_not_revised_by_a_few_children(two_editions):
    rows, first = two_editions
    outcome = protect(
        counted(json.dumps(made.release({"2022": rows[3:]}, tables=TWO[:1])).encode()),
        earlier=[protected(json.dumps(first).encode())],
    )

    assert outcome.cells == ()
    assert any("fewer than the threshold" in one for one in outcome.refusals)


def test_another_year_is_no_revision(two_editions):
    rows, first = two_editions

    assert published(made.release({"2023": rows[3:]}, tables=TWO[:1]), first)


def test_what_was_hidden_or_shown_stays_so(two_editions):
    rows, first = two_editions
    second = published(made.release({"2022": rows}, tables=TWO, name="r2"), first)
    before = {tuple(c[d] for d in made.DIMS): c for c in first["cells"]}

    same = [c for c in second["cells"] if tuple(c[d] for d in made.DIMS) in before]
    assert len(same) > len(before) - 1
    for cell in same:
        old = before[tuple(cell[d] for d in made.DIMS)]
        assert (cell["n"], cell["rate"]) == (old["n"], old["rate"])


def test_files_that_contradict_each_other_are_refused(two_editions):
    rows, first = two_editions
    release = made.release({"2022": rows}, tables=TWO[:1])
    release["keys"], release["dims"] = ["period", "school"], ["building", "band"]
    for cell in release["cells"]:
        cell |= {"school": "School 0"}
        for dim in ("grade", "sex", "race", "population"):
            del cell[dim]
    with pytest.raises(BadFile, match="keys"):
        published(release, first)


def test_the_linear_profile_protects_counts_alone():
    release = made.release({"2022": town(3)}, tables=TWO)
    record = published(release, profile="linear")

    assert all(cell["rate"] == {"absent": None} for cell in record["cells"])
    hidden = sum(cell["n"] is None for cell in record["cells"])
    assert hidden <= sum(c["n"] is None for c in published(release)["cells"])


def test_a_release_that_is_not_audited_in_time_is_refused():
    outcome = protect(
        counted(json.dumps(made.release({"2022": town(3)}, tables=TWO)).encode()),
        seconds=1e-9,
    )

    assert outcome.cells == ()
    assert "could be audited within" in outcome.refusals[0]


def test_when_it_is_late_what_was_found_so_far_is_audited_and_printed(monkeypatch):
    release = made.release({"2022": town(5, 260, 5)}, tables=TWO)
    whole = published(release)
    monkeypatch.setattr("indicators.disclosure.release._Watch.is_late", lambda _: True)
    hurried = published(release)

    assert findings([hurried]) == []
    assert hidden_in(hurried) >= hidden_in(whole)


def hidden_in(record):
    return sum(cell["n"] is None for cell in record["cells"])
