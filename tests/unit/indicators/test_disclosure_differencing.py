from dataclasses import replace

import pytest

from indicators.disclosure.audit import Finding, Kind
from indicators.disclosure.differencing import compare, same_children
from indicators.disclosure.protect import protect
from indicators.disclosure.table import Band, CannotPublish, Mark
from tests.unit.indicators.outsider import absent, counted, of_children

CODE = "chronic_absence"


def protected(*tables, earlier=()):
    return protect(tables, threshold=10, earlier=earlier).tables


def with_group(edition, key, **changes):
    """Return the edition with one of its groups printed otherwise."""
    return tuple(
        replace(
            table,
            groups=tuple(
                replace(group, **changes) if group.key == key else group
                for group in table.groups
            ),
        )
        for table in edition
    )


def kinds(published, *earlier):
    return {f.kind for f in compare(published, earlier=earlier, threshold=10)}


def test_the_same_edition_again_gives_nothing_away():
    first = protected(*of_children("ab", [[30, 4, 0, 41], [60, 15]], seed=1))

    assert kinds(first, first) == set()
    assert same_children(first, earlier=[first]) == first


def test_an_edition_of_another_year_is_another_matter():
    first = protected(counted("a", [30, 40], year="2020-21"))
    second = protected(counted("a", [31, 40]))

    assert kinds(second, first) == set()
    assert same_children(second, earlier=[first]) == ()


def test_a_count_that_moves_by_few_is_found():
    first, second = protected(counted("a", [30, 40])), protected(counted("a", [31, 51]))

    assert compare(second, earlier=[first], threshold=10) == (
        Finding(Kind.MOVED, ("a:0",)),
    )
    assert same_children(second, earlier=[first]) == ()


def test_hidden_groups_that_together_move_by_few_are_found():
    first = protected(counted("a", [6, 5, 40]))
    second = protected(counted("a", [7, 5, 60]))

    assert Finding(Kind.MOVED, ("a:0", "a:1")) in compare(
        second, earlier=[first], threshold=10
    )


def test_counts_that_move_by_many_are_no_finding():
    first, second = protected(counted("a", [30, 40])), protected(counted("a", [40, 60]))
    assert kinds(second, first) == set()


def test_a_value_suppressed_before_and_shown_now_is_found():
    first = protected(absent("a", [(3, 1), (20, 9), (40, 9)]))
    second = with_group(first, "a:1", n=20)
    third = with_group(first, "a:2", rates={CODE: Mark.SUPPRESSED})

    assert kinds(second, first) == {Kind.UNCOVERED}
    assert kinds(first, third) == {Kind.UNCOVERED}


def test_a_rate_that_moves_alone_is_found():
    first = protected(absent("a", [(30, 9), (40, 9)]))
    second = with_group(first, "a:1", rates={CODE: Band(30, 39)})

    assert kinds(second, first) == {Kind.RATE_MOVED}


def test_the_first_edition_stands_when_few_children_moved():
    first = protected(counted("a", [30, 40]))
    with pytest.raises(CannotPublish, match="stands"):
        protected(counted("a", [31, 51]), earlier=[first])


def test_a_later_edition_keeps_hidden_what_was_hidden():
    """Each pattern is safe alone; both together would give all four groups away."""
    first = protected(counted("a", [3, 20, 25, 30]))
    swapped = with_group(with_group(first, "a:1", n=20), "a:2", n=Mark.SUPPRESSED)
    again = protected(counted("a", [3, 20, 25, 30]), earlier=[swapped])

    assert [group.n for group in first[0].groups] == [Mark.SUPPRESSED] * 2 + [25, 30]
    assert [group.n for group in again[0].groups] == [
        Mark.SUPPRESSED,
        20,
        Mark.SUPPRESSED,
        30,
    ]


def test_a_table_added_later_is_protected_together_with_the_first():
    first = protected(*of_children("a", [[3, 20, 52]], seed=2))
    both = of_children("ab", [[3, 20, 52], [60, 5, 10]], seed=2)
    second = protected(*both, earlier=[first])

    assert second[0] == first[0]
    assert kinds(second, first) == set()


def test_a_merged_band_stays_merged():
    first = protected(absent("a", [(61, 17)] * 5))
    second = protected(
        absent("a", [(61, 17)] * 5),
        absent("b", [(100, 20), (205, 65)]),
        earlier=[first],
    )
    assert second[0] == first[0]
