import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.disclosure import primary, secondary
from indicators.disclosure.table import CannotPublish, cells_of, relations_of
from tests.unit.indicators.outsider import counted


def hide(*tables, locked=frozenset()):
    cells = cells_of(tables)
    return secondary.complete(
        cells,
        relations_of(tables),
        protected=primary.revealing(cells, threshold=10),
        locked=locked,
        threshold=10,
    )


def test_a_single_small_group_hides_the_smallest_other():
    assert hide(counted("a", [3, 30, 20])) == {"a:0", "a:2"}


def test_a_single_group_of_none_hides_another():
    """What the shown groups leave over would be 0, and tell that it is empty."""
    assert hide(counted("a", [0, 30, 20])) == {"a:0", "a:2"}


def test_groups_of_none_alone_are_a_remainder_below_the_threshold():
    assert hide(counted("a", [0, 0, 30, 20])) == {"a:0", "a:1", "a:3"}


def test_a_group_of_every_child_hides_one_that_can_take_them():
    """The smallest other is full too, so it could not make up for a child less."""
    sizes, known = [30, 20, 25, 40], [30, 20, 40, 60]
    assert hide(counted("a", sizes, known=known)) == {"a:0", "a:1", "a:2"}


def test_a_group_that_can_move_little_either_way_moves_both_ways():
    """One child of two: 0 and 2 must both be possible."""
    sizes, known = [1, 20, 30], [2, 25, 40]
    assert hide(counted("a", sizes, known=known)) == {"a:0", "a:1"}


def test_a_group_known_to_be_empty_is_hidden_from_readers_without_the_roster():
    assert hide(counted("a", [0, 20, 30], known=[0, 25, 40])) >= {"a:0", "a:1"}


def test_two_small_groups_that_reach_the_threshold_need_no_other():
    assert hide(counted("a", [9, 1, 20, 30])) == {"a:0", "a:1"}


def test_a_remainder_below_the_threshold_hides_another():
    assert hide(counted("a", [3, 4, 20, 30])) == {"a:0", "a:1", "a:2"}


def test_groups_of_every_child_are_not_told_by_their_number():
    """Ten hidden groups on whose rosters are ten children would each have one child."""
    known = [1] * 10 + [25, 35]
    assert hide(counted("a", [1] * 10 + [20, 30], known=known)) == {
        *(f"a:{i}" for i in range(10)),
        "a:10",
    }


def test_a_table_without_small_groups_is_left_alone():
    assert hide(counted("a", [10, 20]), counted("b", [14, 16])) == set()


def test_nested_tables_are_one_problem():
    """A hidden group's own parts may not be given away by the table above it."""
    above = counted("a", [40, 25, 30])
    total = above.groups[0]
    below = counted("b", [3, 37])
    nested = type(below)("b", "", "", below.school_year, (), below.groups, total)

    assert hide(above, nested) == {"b:0", "b:1"}


def test_a_group_published_before_is_not_used_as_cover():
    table = counted("a", [3, 20, 30])
    assert hide(table, locked={"a:1"}) == {"a:0", "a:2"}


def test_groups_that_force_a_number_are_named():
    with pytest.raises(CannotPublish, match="a 0, a 1, a 2"):
        hide(counted("a", [5, 5, 2], known=[5, 5, 2]))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=3, max_size=8))
def test_no_more_is_hidden_than_is_needed(sizes):
    """Reopening any one of the groups that were hidden for others breaks a rule."""
    if sum(sizes) < 10:
        return
    try:
        hidden = hide(counted("a", sizes))
    except CannotPublish:
        return
    by_key = {f"a:{i}": size for i, size in enumerate(sizes)}
    for key in (key for key in hidden if by_key[key] >= 10):
        rest = [by_key[other] for other in hidden - {key}]
        assert sum(rest) < 10
