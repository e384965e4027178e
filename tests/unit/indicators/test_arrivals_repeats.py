"""Who may stand twice in a list: what speaks for it, and what against it."""

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.arrivals.repeats import (
    MOST_NUMBERS,
    REPEATS,
    contradict,
    groups_of,
    repeats,
    with_repeats,
)
from indicators.arrivals.schemas import shaped

BORN = dt.date(2012, 5, 17)


def child(number: str, **changes: Any) -> dict[str, Any]:
    row = {"member_id": number, "first_name": "Ana", "last_name": "Lopez"}
    return row | {"birth_date": BORN, "middle_name": None, "sex": None} | changes


def tenants(*rows: dict[str, Any]) -> pa.Table:
    schema = pa.schema(
        {name: pa.string() for name in ("member_id", "first_name", "last_name")}
        | {"birth_date": pa.date32(), "middle_name": pa.string()}
        | {"suffix": pa.string(), "sex": pa.string()}
    )
    return pa.Table.from_pylist(list(rows), schema=schema)


def pairs(*rows: dict[str, Any]) -> list[tuple[str, str]]:
    found = repeats(tenants(*rows), "member_id").to_pylist()
    return [(row["one"], row["two"]) for row in found]


def test_same_name_and_birth_date_under_two_numbers_is_a_pair() -> None:
    found = repeats(
        tenants(child("B"), child("A"), child("C", first_name="Eva")), "member_id"
    )
    (row,) = found.to_pylist()
    assert (row["one"], row["two"]) == ("A", "B")
    assert len(row["code"]) == 16


@pytest.mark.parametrize(
    "other",
    [
        {"first_name": "ANA"},
        {"last_name": "López"},
        {"last_name": "LOPEZ Jr"},
        {"middle_name": "Maria"},
        {"sex": "Female"},
    ],
)
def test_spelling_and_what_one_side_lacks_do_not_matter(other: dict[str, str]) -> None:
    assert pairs(child("A"), child("B", **other)) == [("A", "B")]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({}, {"birth_date": BORN + dt.timedelta(days=1)}),
        ({}, {"first_name": "Eva"}),  # a twin
        ({}, {"last_name": "Lopes"}),
        ({"middle_name": "Maria"}, {"middle_name": "J."}),
        ({"suffix": "Jr"}, {"suffix": "III"}),
        ({"sex": "Female"}, {"sex": "Male"}),
        ({"birth_date": None}, {"birth_date": None}),
        ({"last_name": None}, {"last_name": None}),
    ],
)
def test_what_speaks_against_one_person(
    one: dict[str, Any], two: dict[str, Any]
) -> None:
    assert pairs(child("A", **one), child("B", **two)) == []


def test_initial_of_a_middle_name_is_the_same_name() -> None:
    both = {"middle_name": "Maria"}, {"middle_name": "M"}
    assert pairs(child("A", **both[0]), child("B", **both[1])) == [("A", "B")]


def test_one_name_under_many_numbers_stands_for_nobody() -> None:
    few = [child(f"{n}") for n in range(MOST_NUMBERS)]
    assert len(pairs(*few)) == MOST_NUMBERS * (MOST_NUMBERS - 1) // 2
    assert pairs(*few, child("X")) == []


def test_row_without_a_number_is_nobodys_double() -> None:
    assert pairs(child("A"), child("B") | {"member_id": None}) == []


def test_list_without_people_has_no_pairs() -> None:
    empty = {"tenants": shaped("tenants", pa.table({}))}
    assert with_repeats(empty)[REPEATS].num_rows == 0
    assert with_repeats({}) == {}


CHILDREN = st.lists(
    st.builds(
        child,
        st.integers(0, 10**6).map(str),
        first_name=st.sampled_from(("Ana", "ANA", "Eva")),
        middle_name=st.sampled_from((None, "M", "Maria", "J")),
        sex=st.sampled_from((None, "F", "M")),
        birth_date=st.sampled_from((None, BORN, BORN + dt.timedelta(days=1))),
    ),
    unique_by=lambda row: row["member_id"],
    max_size=9,
)


@given(CHILDREN, st.randoms())
def test_order_of_rows_is_irrelevant(rows: list[dict[str, Any]], chance: Any) -> None:
    found = pairs(*rows)
    chance.shuffle(rows)
    assert pairs(*rows) == found


def test_pair_that_came_again_unchanged_keeps_its_code() -> None:
    rows = [child("A"), child("B"), child("C"), child("X", first_name="Eva")]
    earlier = with_repeats({"tenants": tenants(*rows)})
    rows[2] = child("C", middle_name="J")
    rows.append(child("Y", first_name="Eva"))
    later = with_repeats({"tenants": tenants(*rows[::-1])}, earlier)

    def codes(frames: dict[str, pa.Table]) -> dict[tuple[str, str], str]:
        found = frames[REPEATS].to_pylist()
        return {(row["one"], row["two"]): row["code"] for row in found}

    before, after = codes(earlier), codes(later)
    assert before.keys() == {("A", "B"), ("A", "C"), ("B", "C")}
    assert after.keys() == before.keys() | {("X", "Y")}
    assert {pair for pair in before if after[pair] == before[pair]} == {("A", "B")}


# Answers


def three(*, speaks_against: bool = False) -> pa.Table:
    """Return the pairs of three numbers, with their own names as codes."""
    among = [("A", "B"), ("B", "C"), ("A", "C")][: 2 if speaks_against else 3]
    rows = [{"code": one + two, "one": one, "two": two} for one, two in among]
    return pa.Table.from_pylist(rows)


def test_pairs_of_one_person_join_all_its_numbers() -> None:
    assert groups_of(three(), {"AB"}) == [["A", "B"]]
    assert groups_of(three(), {"AB", "BC"}) == [["A", "B", "C"]]
    assert groups_of(three(), set()) == []


def test_answers_that_make_two_people_one_contradict() -> None:
    assert not contradict(three(), {"AB": "same", "BC": "same"})
    assert not contradict(three(), {"AB": "same", "BC": "different"})
    assert not contradict(three(), {"AB": "same", "BC": "same", "AC": "unsure"})
    assert contradict(three(), {"AB": "same", "BC": "same", "AC": "different"})


def test_numbers_of_one_person_are_all_pairs_themselves() -> None:
    apart = three(speaks_against=True)
    assert not contradict(apart, {"AB": "same"})
    assert contradict(apart, {"AB": "same", "BC": "same"})
