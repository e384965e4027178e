"""Estimates from samples, against populations whose truth is known."""

from collections.abc import Iterator
from datetime import date
from math import comb

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.linkage import quality
from indicators.linkage.estimates import Tally, estimate, interval
from indicators.linkage.quality import GroupQuality
from indicators.linkage.review import Answer, Pair, Stratum


def chance_of(n_hits: int, *, n_read: int, n_all: int, n_pairs: int) -> float:
    """Return how likely a sample holds so many hits, by counting."""
    if n_read - n_hits > n_pairs - n_all or n_hits > n_all:
        return 0.0
    ways = comb(n_all, n_hits) * comb(n_pairs - n_all, n_read - n_hits)
    return ways / comb(n_pairs, n_read)


@given(st.data(), st.sampled_from([0.05, 0.05 / 3, 0.2]))
def test_interval_holds_the_truth_as_often_as_it_says(
    data: st.DataObject, error: float
) -> None:
    n_pairs = data.draw(st.integers(1, 60))
    n_read = data.draw(st.integers(1, n_pairs))
    n_all = data.draw(st.integers(0, n_pairs))
    held = sum(
        chance_of(n, n_read=n_read, n_all=n_all, n_pairs=n_pairs)
        for n in range(max(0, n_read - (n_pairs - n_all)), min(n_read, n_all) + 1)
        if in_it(n_all, interval(n, n_read, n_pairs, error=error))
    )
    assert held >= 1 - error - 1e-9


def in_it(n_all: int, bounds: tuple[int, int]) -> bool:
    return bounds[0] <= n_all <= bounds[1]


@given(n_pairs=st.integers(1, 300), share=st.floats(0, 1))
def test_interval_of_a_whole_stratum_is_what_was_counted(
    n_pairs: int, share: float
) -> None:
    n_hits = round(share * n_pairs)
    assert interval(n_hits, n_pairs, n_pairs, error=0.05) == (n_hits, n_hits)


def test_no_error_in_three_hundred_proves_about_one_percent() -> None:
    low, high = interval(0, 300, 100_000, error=0.1)
    assert low == 0
    assert 0.009 < high / 100_000 < 0.0101


def test_interval_of_a_large_stratum_is_nearly_the_binomial_one() -> None:
    # Clopper and Pearson 1934: 10 of 100 gives 4.90 to 17.62 percent.
    low, high = interval(10, 100, 1_000_000, error=0.05)
    assert low / 1e6 == pytest.approx(0.0490, abs=2e-4)
    assert high / 1e6 == pytest.approx(0.1762, abs=2e-4)


# Links that are right, pairs that are found


def test_linkage_that_was_read_whole_is_known_exactly() -> None:
    found = estimate(
        {
            Stratum.SURE: Tally(50, n_same=50),
            Stratum.LIKELY: Tally(10, n_same=8, n_different=2),
            Stratum.TIE: Tally(4, n_same=3, n_different=1),
            Stratum.REJECTED: Tally(6, n_same=1, n_different=5),
        }
    )
    assert found is not None
    assert found.n_links == 50 + 8 + 3 + 1
    for share in (found.right, found.found):
        assert (share.low, share.guess, share.high) == (1, 1, 1)


def test_errors_in_a_sample_stand_for_those_that_were_not_read() -> None:
    found = estimate(
        {
            Stratum.SURE: Tally(1_000, n_same=98, n_different=2),
            Stratum.REJECTED: Tally(400, n_same=5, n_different=95),
        }
    )
    assert found is not None
    assert found.n_links == 1_000 - 2 + 5
    wrong = 0.02 * 900
    missed = 0.05 * 300
    right = found.n_links - wrong
    assert found.right.guess == pytest.approx(right / found.n_links)
    assert found.found.guess == pytest.approx(right / (right + missed))
    assert found.right.low < found.right.guess < found.right.high < 1
    assert found.found.low < found.found.guess < found.found.high < 1


def test_pairs_of_which_nobody_can_tell_widen_the_interval() -> None:
    sure = estimate({Stratum.SURE: Tally(500, n_same=100)})
    unsure = estimate({Stratum.SURE: Tally(500, n_same=95, n_unsure=5)})
    assert sure is not None
    assert unsure is not None
    assert unsure.right.low < sure.right.low
    assert unsure.right.high == sure.right.high == 1


@pytest.mark.parametrize(
    "tallies",
    [
        {},
        {Stratum.SURE: Tally(0)},
        {Stratum.SURE: Tally(5)},
        {Stratum.SURE: Tally(5, n_same=5), Stratum.REJECTED: Tally(3)},
        {Stratum.SURE: Tally(5, n_same=5), Stratum.TIE: Tally(3, n_same=2)},
        {Stratum.REJECTED: Tally(3, n_different=3)},
    ],
)
def test_unread_bands_estimate_nothing(tallies: dict[Stratum, Tally]) -> None:
    assert estimate(tallies) is None


def tallies() -> Iterator[st.SearchStrategy[Tally]]:
    while True:
        yield st.tuples(*[st.integers(0, 40)] * 4).map(
            lambda n: Tally(sum(n), n_same=n[0], n_different=n[1], n_unsure=n[2])
        )


@given(st.fixed_dictionaries({s: next(tallies()) for s in Stratum}))
def test_ranges_are_shares_in_order(given_tallies: dict[Stratum, Tally]) -> None:
    found = estimate(given_tallies)
    if found is None:
        return
    for share in (found.right, found.found):
        assert 0 <= share.low <= share.guess + 1e-12
        assert share.guess <= share.high + 1e-12
        assert share.high <= 1 + 1e-12


# Groups

TENANTS = pa.table(
    {
        "member_id": ["T1", "T2", "T3"],
        "last_name": ["Ortiz", "De la Cruz-Ortiz", "Smith"],
        "birth_date": pa.array(
            [date(2010, 6, 11), date(2010, 6, 10), None], pa.date32()
        ),
        "development": ["A", "A", "B"],
    }
)


def test_groups_are_told_from_what_the_list_holds() -> None:
    people = quality.people(TENANTS, on=date(2021, 6, 10))
    assert people.column_names == ["housing_id", "building", "age", "surname"]
    assert people["age"].to_pylist() == ["6 to 10", "11 to 13", "No birth date"]
    assert people["surname"].to_pylist() == ["Single", "Compound", "Single"]


def report_of(
    n: int, said: dict[Pair, Answer] | None = None
) -> dict[tuple[str, str], GroupQuality]:
    ids = [f"T{i}" for i in range(n)]
    people = pa.table({"housing_id": ids, "building": ["AB"[i % 2] for i in range(n)]})
    strata = dict.fromkeys(ids[: n - 2], Stratum.SURE)
    cells = quality.cells(people, strata, set(strata))
    placed = {(child, child): stratum for child, stratum in strata.items()}
    found = quality.report(cells, people, placed, said or {})
    assert found[0].dimension == ""
    return {(each.dimension, each.group): each for each in found}


def test_children_are_counted_by_group_whether_linked_or_not() -> None:
    found = report_of(10)
    assert (found["", ""].n_sent, found["", ""].n_linked) == (10, 8)
    assert (found["building", "A"].n_sent, found["building", "A"].n_linked) == (5, 4)
    assert found["", ""].estimate is None


def test_group_of_fewer_than_thirty_pairs_read_is_not_estimated() -> None:
    said = {(f"T{i}", f"T{i}"): Answer.SAME for i in range(59)}
    found = report_of(61 + 2, said)
    assert found["", ""].estimate is not None
    assert found["building", "A"].estimate is not None
    assert found["building", "B"].estimate is None
