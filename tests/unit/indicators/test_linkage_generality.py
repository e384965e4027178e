"""The engine on files unlike those it was made with."""

import random

import pyarrow as pa
import pytest

from indicators.linkage import engine
from indicators.linkage.adapting import adapted
from indicators.linkage.decisions import Cardinality
from indicators.linkage.model import shipped
from tests.support import adults

Pairs = set[tuple[str, str]]


def found(links: engine.Links, least: float = 0.95) -> Pairs:
    return {
        (row["left_id"], row["right_id"])
        for row in links.pairs.to_pylist()
        if row["probability"] >= least
    }


def scores(pairs: Pairs, truth: Pairs) -> tuple[float, float]:
    """Return precision and F1."""
    n_right = len(pairs & truth)
    return n_right / len(pairs), 2 * n_right / (len(pairs) + len(truth))


@pytest.fixture(scope="module")
def two_lists() -> tuple[pa.Table, pa.Table, Pairs]:
    rng = random.Random(5)
    people = adults.homes(rng, 1500)
    # Whoever is on one list alone often lives with somebody who is on both.
    left = [adults.copied(rng, person) for person in people[:1000]]
    places = rng.sample(range(1500), 900)
    right = [adults.copied(rng, people[at]) for at in places]
    truth = {(f"L{at}", f"R{place}") for place, at in enumerate(places) if at < 1000}
    return adults.table(left, prefix="L"), adults.table(right, prefix="R"), truth


@pytest.mark.parametrize("is_trained", [False, True])
@pytest.mark.parametrize(
    ("left_out", "least_f1"),
    [((), 0.97), (("birth_date",), 0.86), (("address", "zip", "phone"), 0.86)],
    ids=["all columns", "no birth dates", "names and dates"],
)
def test_adults_of_shared_homes_are_told_apart(
    two_lists, is_trained, left_out, least_f1
):
    left, right, truth = two_lists
    links = engine.link(
        left.drop_columns(list(left_out)),
        right.drop_columns(list(left_out)),
        is_trained=is_trained,
    )
    precision, f1 = scores(found(links), truth)
    assert precision >= 0.95
    assert f1 >= least_f1


@pytest.mark.parametrize("is_trained", [False, True])
def test_several_records_of_a_person_are_found_and_others_of_the_home_are_not(
    is_trained,
):
    rng = random.Random(6)
    people = adults.homes(rng, 600)
    numbers = [at for at in range(600) for _ in range(rng.choice((1, 1, 2, 3)))]
    rows = [adults.copied(rng, people[at]) for at in numbers]
    whole = adults.table(rows, prefix="P")
    links = engine.link(
        whole,
        None,
        is_trained=is_trained,
        cardinality=Cardinality.MANY_TO_MANY,
    )
    truth = {
        (f"P{one}", f"P{two}")
        for one in range(len(numbers))
        for two in range(one + 1, min(one + 3, len(numbers)))
        if numbers[one] == numbers[two]
    }
    pairs: Pairs = {
        (one, two) if int(one[1:]) < int(two[1:]) else (two, one)
        for one, two in found(links)
    }
    precision, f1 = scores(pairs, truth)
    assert precision >= 0.98
    assert f1 >= 0.95


def test_a_shared_birth_date_tells_more_among_adults_than_among_children():
    among_adults = adapted(shipped(), meeting=1 / 70, has_dates=True)
    m, u = among_adults.comparisons["birth_date"]["exact"]
    was_m, was_u = shipped().comparisons["birth_date"]["exact"]
    assert m == was_m
    assert u == pytest.approx(was_u / 5.4, rel=0.01)
    assert sum(u for _, u in among_adults.comparisons["birth_date"].values()) == (
        pytest.approx(1)
    )


def test_years_alone_tell_what_years_can():
    alone = adapted(shipped(), meeting=1 / 70, has_dates=False)
    m, u = alone.comparisons["birth_date"]["year alone"]
    assert m / u == pytest.approx(0.94 * 70)


def test_files_without_birth_years_leave_the_model_as_it_is():
    assert adapted(shipped(), meeting=None, has_dates=False) is shipped()


def test_a_list_of_single_people_has_no_homes():
    rng = random.Random(8)
    people = [
        person | {"address": f"{at} Single Street", "phone": f"{2000000 + at}"}
        for at, person in enumerate(adults.homes(rng, 400))
    ]
    left = adults.table([adults.copied(rng, each) for each in people], prefix="L")
    right = adults.table([adults.copied(rng, each) for each in people], prefix="R")
    links = engine.link(left, right, is_trained=True)
    _, f1 = scores(found(links), {(f"L{at}", f"R{at}") for at in range(400)})
    assert f1 >= 0.97
