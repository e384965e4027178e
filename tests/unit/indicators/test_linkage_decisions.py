import math
import tracemalloc
from functools import partial
from itertools import permutations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.linkage import decisions
from indicators.linkage.decisions import Band, Cardinality, Sizes

COUPLES = st.tuples(st.integers(0, 4), st.integers(0, 4))


def pairs(*rows: dict) -> pa.Table:
    """Return a table of pairs that nothing speaks against, changed by `rows`."""
    plain = {
        "is_first_sure": True,
        "own_bits": 5.0,
        "personal_bits": 15.0,
        "is_same_birth": True,
        "is_twin_like": False,
        "is_exact": False,
    }
    named = {"left": 0, "right": 0}
    return pa.Table.from_pylist([plain | named | row for row in rows])


HUNDRED = Sizes(100, 100)


def decided(*rows: dict, sizes: Sizes = HUNDRED) -> pa.Table:
    weighed = pairs(*rows)
    odds = decisions.prior(weighed["bits"].to_numpy(), sizes=sizes)
    return decisions.decide(weighed, sizes=sizes, accept=0.95, review=0.1, odds=odds)


def band(row: dict, *rivals: dict) -> str:
    return decided(row, *rivals)["band"].to_pylist()[0]


def test_a_likely_pair_without_rival_is_accepted():
    assert band({"bits": 30.0}) == Band.ACCEPT


@pytest.mark.parametrize(
    ("doubt", "rivals"),
    [
        ({}, [{"bits": 27.5, "right": 1}]),
        ({}, [{"bits": 27.5, "left": 1}]),
        ({"is_first_sure": False}, [{"bits": 9, "right": 1, "is_twin_like": True}]),
        ({"is_twin_like": True, "own_bits": -6.5}, []),
    ],
)
def test_a_likely_pair_in_doubt_goes_to_a_person(doubt, rivals):
    assert band({"bits": 30.0} | doubt, *rivals) == Band.REVIEW


def test_a_twin_as_rival_is_no_doubt_when_the_first_name_is_sure():
    rival = {"bits": 20.0, "right": 1, "is_twin_like": True}
    assert band({"bits": 30.0}, rival) == Band.ACCEPT


def test_a_rival_is_none_where_a_record_may_have_many():
    rows = [{"bits": 30.0}, {"bits": 29.0, "right": 1}]
    many = Sizes(100, 100, Cardinality.MANY_TO_MANY)
    assert decided(*rows, sizes=many)["band"].to_pylist() == ["accept", "accept"]
    to_many = Sizes(100, 100, Cardinality.ONE_TO_MANY)
    assert decided(*rows, sizes=to_many)["band"].to_pylist() == ["accept", "accept"]


def test_a_rival_within_one_file_may_stand_on_either_side():
    rows = [{"bits": 30.0, "right": 1}, {"bits": 29.0, "left": 1, "right": 2}]
    one_file = Sizes(100, 100, is_one_file=True)
    assert decided(*rows, sizes=one_file)["band"].to_pylist() == ["review", "review"]


def test_a_middling_pair_is_reviewed_and_an_unlikely_one_rejected():
    rows = [
        {"bits": bits, "left": at, "right": at}
        for at, bits in enumerate((30.0, 13.0, 9.0, -9.0))
    ]
    assert decided(*rows)["band"].to_pylist() == [
        *("accept", "review", "reject", "reject"),
    ]


def weighed(couples: list[tuple[int, int]], weights: list[float]) -> pa.Table:
    return pa.table(
        {
            "left": pa.array([left for left, _ in couples], pa.int64()),
            "right": pa.array([right for _, right in couples], pa.int64()),
            "probability": pa.array(weights, pa.float64()),
        }
    )


@given(st.lists(st.tuples(COUPLES, st.integers(1, 9)), unique_by=lambda pair: pair[0]))
def test_no_record_is_linked_twice_and_none_is_passed_over(found):
    found.sort(key=lambda pair: (-pair[1], pair[0]))
    table = weighed([pair for pair, _ in found], [weight / 10 for _, weight in found])
    links = decisions.chosen(table, sizes=Sizes(5, 5)).to_pylist()
    lefts = [link["left"] for link in links]
    rights = [link["right"] for link in links]
    assert len(set(lefts)) == len(lefts)
    assert len(set(rights)) == len(rights)
    for pair in table.to_pylist():
        assert pair["left"] in lefts or pair["right"] in rights


@given(st.lists(COUPLES, unique=True))
def test_one_to_many_lets_only_the_left_repeat(couples):
    sizes = Sizes(5, 5, Cardinality.ONE_TO_MANY)
    links = decisions.chosen(weighed(couples, [0.5] * len(couples)), sizes=sizes)
    assert sorted(links["right"].to_pylist()) == sorted({r for _, r in couples})


@given(st.lists(COUPLES, unique=True))
def test_within_one_file_no_record_is_in_two_pairs(couples):
    sizes = Sizes(5, 5, is_one_file=True)
    ordered = [(a, b) for a, b in couples if a < b]
    links = decisions.chosen(weighed(ordered, [0.5] * len(ordered)), sizes=sizes)
    members = links["left"].to_pylist() + links["right"].to_pylist()
    assert len(set(members)) == len(members)


def test_equals_are_chosen_by_id_whatever_their_order_was():
    couples = [(0, 0), (0, 1), (1, 0), (1, 1)]
    chosen = set()
    for order in permutations(couples):
        rows = [{"bits": 30.0, "left": left, "right": right} for left, right in order]
        links = decisions.chosen(decided(*rows), sizes=Sizes(2, 2)).to_pylist()
        chosen.add(tuple((link["left"], link["right"]) for link in links))
    assert chosen == {((0, 0), (1, 1))}


def test_the_prior_finds_how_many_pairs_match():
    bits = np.array([40.0] * 300 + [-20.0] * 5000)
    odds = decisions.prior(bits, sizes=Sizes(1000, 5000))
    assert 2**odds * 1000 * 5000 == pytest.approx(300, rel=0.01)


@given(
    st.lists(st.floats(-60, 60), max_size=30),
    st.integers(0, 50),
    st.integers(0, 50),
    st.sampled_from(Cardinality),
    st.booleans(),
)
def test_the_prior_is_finite_and_never_above_what_can_match(
    bits, n_left, n_right, cardinality, is_one_file
):
    sizes = Sizes(n_left, n_right, cardinality, is_one_file)
    odds = decisions.prior(np.array(bits), sizes=sizes)
    assert math.isfinite(odds)
    assert odds <= decisions.highest_prior(sizes)


def test_twins_are_as_many_as_the_best_pairs_show():
    own = np.array([8.0] * 950 + [-7.0] * 50)
    told = partial(
        decisions.others_per_match,
        np.full(1000, 30.0),
        is_best=np.ones(1000, bool),
        of=decisions.TWINS,
    )
    assert told(np.exp2(-own)) == pytest.approx(decisions.TWINS.most)
    assert told(np.exp2(-np.full(1000, 8.0))) < 0.001


def test_one_of_the_same_home_is_not_taken_for_the_person():
    kin = {"bits": 22.0, "personal_bits": -14.0, "is_same_birth": False}
    told = partial(
        decisions.decide,
        pairs(*({"left": at, "right": at} | kin for at in range(20))),
        sizes=HUNDRED,
        accept=0.95,
        review=0.1,
        odds=-7.0,
    )
    assert set(told()["band"].to_pylist()) == {Band.ACCEPT}
    assert Band.ACCEPT not in told(has_homes=True)["band"].to_pylist()


def test_another_record_of_a_person_is_no_twin_where_there_may_be_several():
    again = {"bits": 30.0, "is_twin_like": True, "is_first_sure": False}
    rows = [{"left": 0, "right": at} | again for at in range(3)]
    several = Sizes(100, 100, Cardinality.ONE_TO_MANY)
    assert decided(*rows, sizes=several)["band"].to_pylist() == [Band.ACCEPT] * 3
    assert Band.ACCEPT not in decided(*rows)["band"].to_pylist()


def test_deciding_holds_less_than_eight_numbers_for_each_pair():
    n, several = 200_000, np.random.default_rng(1)
    flags = ("is_first_sure", "is_same_birth", "is_twin_like", "is_exact")
    evidence = {"bits": -5, "own_bits": 0, "personal_bits": 5}
    weighed = pa.table(
        {side: several.integers(0, 20_000, n, np.int32) for side in ("left", "right")}
        | {name: several.normal(mean, 9, n) for name, mean in evidence.items()}
        | {name: pa.array(several.random(n) < 0.1) for name in flags}
    )
    tracemalloc.start()
    decisions.decide(
        weighed,
        sizes=Sizes(20_000, 20_000),
        accept=0.95,
        review=0.1,
        odds=-15.0,
        has_homes=True,
    )
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 8 * 8 * n
