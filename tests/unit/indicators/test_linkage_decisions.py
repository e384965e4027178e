import math
from itertools import permutations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.linkage import decisions
from indicators.linkage.decisions import Band

COUPLES = st.tuples(st.integers(0, 4), st.integers(0, 4))


def pairs(*rows: dict) -> pa.Table:
    """Return a table of pairs that nothing speaks against, changed by `rows`."""
    plain = {
        "rival_bits": -math.inf,
        "is_first_sure": True,
        "own_bits": 5.0,
        "has_twin_rival": False,
    }
    named = {"housing_id": "h", "student_id": "s"}
    return pa.Table.from_pylist([plain | named | row for row in rows])


def band(**row: object) -> str:
    decided = decisions.decide(
        pairs(row), n_housing=100, n_students=100, accept=0.95, review=0.1
    )
    return decided["band"].to_pylist()[0]


def test_a_likely_pair_without_rival_is_accepted():
    assert band(bits=30.0) == Band.ACCEPT


@pytest.mark.parametrize(
    "doubt",
    [
        {"rival_bits": 27.5},
        {"has_twin_rival": True, "is_first_sure": False},
        {"own_bits": -0.5},
    ],
)
def test_a_likely_pair_in_doubt_goes_to_a_person(doubt):
    assert band(bits=30.0, **doubt) == Band.REVIEW


def test_a_twin_as_rival_is_no_doubt_when_the_first_name_is_sure():
    assert band(bits=30.0, rival_bits=20.0, has_twin_rival=True) == Band.ACCEPT


def test_a_middling_pair_is_reviewed_and_an_unlikely_one_rejected():
    table = pairs(
        {"bits": 30.0},
        {"bits": 13.0, "housing_id": "i", "student_id": "t"},
        {"bits": 9.0, "housing_id": "j", "student_id": "u"},
        {"bits": -9.0, "housing_id": "k", "student_id": "v"},
    )
    decided = decisions.decide(
        table, n_housing=100, n_students=100, accept=0.95, review=0.1
    )
    assert decided["band"].to_pylist() == ["accept", "review", "reject"]


@given(st.lists(st.tuples(COUPLES, st.integers(0, 9)), unique_by=lambda pair: pair[0]))
def test_no_child_is_linked_twice_and_none_is_passed_over(weighed):
    weighed.sort(key=lambda pair: (-pair[1], pair[0]))
    table = pa.table(
        {
            "housing_id": pa.array([f"h{h}" for (h, _), _ in weighed], pa.string()),
            "student_id": pa.array([f"s{s}" for (_, s), _ in weighed], pa.string()),
        }
    )
    links = decisions.one_to_one(table).to_pylist()
    housing = [link["housing_id"] for link in links]
    students = [link["student_id"] for link in links]
    assert len(set(housing)) == len(housing)
    assert len(set(students)) == len(students)
    for pair in table.to_pylist():
        assert pair["housing_id"] in housing or pair["student_id"] in students


def test_equals_are_chosen_by_id_whatever_their_order_was():
    couples = [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")]
    chosen = set()
    for order in permutations(couples):
        table = pa.table(
            {"housing_id": [h for h, _ in order], "student_id": [s for _, s in order]}
        ).sort_by([("housing_id", "ascending"), ("student_id", "ascending")])
        links = decisions.one_to_one(table).to_pylist()
        chosen.add(tuple((link["housing_id"], link["student_id"]) for link in links))
    assert chosen == {(("a", "x"), ("b", "y"))}


def test_the_prior_finds_how_many_pairs_match():
    bits = np.array([40.0] * 300 + [-20.0] * 5000)
    odds = decisions.prior(bits, n_housing=1000, n_students=5000)
    assert 2**odds * 1000 * 5000 == pytest.approx(300, rel=0.01)


@given(
    st.lists(st.floats(-60, 60), max_size=30),
    st.integers(0, 50),
    st.integers(0, 50),
)
def test_the_prior_is_finite_and_never_above_one_match_each(bits, n_left, n_right):
    odds = decisions.prior(np.array(bits), n_housing=n_left, n_students=n_right)
    assert math.isfinite(odds)
    assert odds <= decisions.highest_prior(n_left, n_right)
