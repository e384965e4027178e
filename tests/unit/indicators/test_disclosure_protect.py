from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from accounts.acts import RuleBroken
from indicators.disclosure.protect import protect
from indicators.disclosure.table import CannotPublish, Mark, canonical, to_record
from tests.unit.indicators.outsider import absent, counted, leaks, of_children

group_sizes = st.one_of(st.integers(0, 60), st.integers(0, 9), st.integers(9, 12))


@st.composite
def linked_sizes(draw, *, most_groups):
    """Return the sizes of the groups of two or three tables with one total."""
    first = draw(st.lists(group_sizes, min_size=3, max_size=most_groups))
    rows = [first]
    for _ in range(draw(st.integers(1, 2))):
        left = sum(first)
        row: list[int] = []
        while left and len(row) < most_groups - 1:
            row.append(min(left, draw(group_sizes)))
            left -= row[-1]
        rows.append([*row, left])
    return rows


@settings(max_examples=20, deadline=None)
@given(linked_sizes(most_groups=25), st.sampled_from([10, 10, 15, 30]))
def test_an_outsider_learns_no_small_count(sizes, threshold):
    assume(sum(sizes[0]) >= threshold)
    tables = [counted(code, row) for code, row in zip("abc", sizes, strict=False)]
    try:
        published = protect(tables, threshold=threshold)
    except CannotPublish:
        return
    assert leaks(to_record(published.tables), threshold=threshold) == []


@st.composite
def rosters(draw, sizes):
    """Return as many children per group as were matched, or some more."""
    return [size + draw(st.sampled_from([0, 0, 1, 2, 5, 20])) for size in sizes]


@settings(max_examples=40, deadline=None)
@given(linked_sizes(most_groups=12), st.data())
def test_an_agency_that_knows_its_roster_learns_no_more(sizes, data):
    assume(sum(sizes[0]) >= 10)
    roster = data.draw(rosters(sizes[0]))
    tables = [counted(code, row) for code, row in zip("abc", sizes, strict=False)]
    tables[0] = counted("a", sizes[0], known=roster)
    try:
        published = protect(tables, threshold=10)
    except CannotPublish:
        return
    known = {f"a:{i}": most for i, most in enumerate(roster)}
    assert leaks(to_record(published.tables), threshold=10, known=known) == []


@settings(max_examples=10, deadline=None)
@given(linked_sizes(most_groups=6), st.integers(0, 10**6))
def test_an_outsider_learns_no_numerator(sizes, seed):
    assume(sum(sizes[0]) >= 10)
    tables = of_children("abc"[: len(sizes)], sizes, seed=seed)
    try:
        published = protect(tables, threshold=10)
    except CannotPublish:
        return
    assert leaks(to_record(published.tables), threshold=10) == []


def test_the_outsider_of_these_tests_finds_what_is_not_protected():
    """The outsider must be able to fail: here are tables with each kind of leak."""
    record = to_record(
        protect([absent("a", [(3, 1), (20, 9), (40, 9)])], threshold=10).tables
    )
    (table,) = record["tables"]
    assert leaks(record, threshold=10) == []

    table["groups"][2]["rates"] = {"chronic_absence": "23"}
    assert leaks(record, threshold=10) == ["chronic_absence of a:2"]
    table["groups"][1]["n"] = 20
    assert "a:0" in leaks(record, threshold=10)
    assert "a leaves 1 groups over" in leaks(record, threshold=10)
    assert "a:1 is shown" in leaks(record, threshold=10, known={"a:1": 20})


def test_a_single_small_group_forces_a_second():
    published = protect([counted("a", [3, 20, 30])], threshold=10)

    assert [group.n for group in published.tables[0].groups] == [
        Mark.SUPPRESSED,
        Mark.SUPPRESSED,
        30,
    ]
    assert (published.n_primary, published.n_secondary) == (1, 1)
    assert published.audit.narrowest == 24


def test_a_total_stays_shown_and_zeros_do_not():
    published = protect([counted("a", [3, 20, 0, 30])], threshold=10)

    assert published.tables[0].total.n == 53
    assert published.tables[0].groups[2].n is Mark.SUPPRESSED


def test_a_building_whose_children_were_all_matched_is_hidden():
    sizes, roster = [40, 35, 50], [40, 45, 60]
    (table,) = protect([counted("a", sizes, known=roster)], threshold=10).tables

    assert [g.n for g in table.groups] == [Mark.SUPPRESSED, Mark.SUPPRESSED, 50]


def test_a_roster_matched_to_the_last_child_is_refused():
    table = counted("a", [40, 35])
    table = replace(table, total=replace(table.total, known=75))
    with pytest.raises(CannotPublish, match="Every child on the roster"):
        protect([table], threshold=10)


def test_a_building_alone_whose_children_were_all_matched_is_refused():
    with pytest.raises(CannotPublish, match="side by side: a 0"):
        protect([counted("a", [40], known=[40])], threshold=10)


def test_everybody_and_nobody_are_never_told():
    tables = [absent("a", [(12, 0), (12, 12), (70, 0), (400, 400)])]
    (table,) = protect(tables, threshold=10).tables

    texts = [str(group.rates["chronic_absence"]) for group in table.groups]
    assert texts == ["≤49", "≥50", "≤5", "≥99"]


def test_a_band_that_siblings_and_total_give_away_is_merged():
    """Five groups of 15 to 17 in 61 leave a total of 28 percent only its low end."""
    (table,) = protect([absent("a", [(61, 17)] * 5)], threshold=10).tables

    assert str(table.total.rates["chronic_absence"]) == "27–28"
    assert {str(g.rates["chronic_absence"]) for g in table.groups} == {"25–29"}


def test_hidden_numbers_leave_no_trace():
    """Other numbers behind the same published ones give the same bytes."""
    one = protect([absent("a", [(3, 1), (9, 0), (50, 20)])], threshold=10)
    other = protect([absent("a", [(5, 0), (7, 1), (50, 20)])], threshold=10)

    assert canonical(to_record(one.tables)) == canonical(to_record(other.tables))


def test_what_is_hidden_looks_the_same_whichever_rule_hid_it():
    (table,) = protect([absent("a", [(3, 1), (20, 9), (40, 9)])], threshold=10).tables
    small, other = table.groups[:2]

    assert (small.n, small.rates) == (other.n, other.rates)


def test_the_same_input_gives_the_same_bytes():
    def record():
        sizes = [[3, 20, 0, 31, 14, 9, 44], [60, 5, 16, 40]]
        tables = of_children("ab", sizes, seed=4)
        return canonical(to_record(protect(tables, threshold=10).tables))

    assert record() == record()


@pytest.mark.parametrize("threshold", [0, 5, 9, 31])
def test_threshold_outside_10_to_30_is_refused(threshold):
    with pytest.raises(RuleBroken, match="from 10 to 30"):
        protect([counted("a", [40, 50])], threshold=threshold)


def test_too_few_children_altogether_are_refused():
    with pytest.raises(CannotPublish, match="Fewer than 10"):
        protect([counted("a", [4, 5])], threshold=10)


def test_groups_that_cannot_be_hidden_are_refused_by_name():
    with pytest.raises(CannotPublish, match="a 0, a 1"):
        protect([counted("a", [9, 2], known=[9, 2])], threshold=10)
