"""People with two surnames, of which strangers often share one."""

import datetime as dt
import random

import pyarrow as pa
import pytest

from indicators.linkage import engine, model
from indicators.linkage.decisions import Band

Pairs = set[tuple[str, str]]
N_IN_BOTH = 300


def names(field: str, *endings: str) -> tuple[list[str], list[float]]:
    """Return names of the population, and how many bear each."""
    rows = [
        row
        for row in model.population().to_pylist()
        if row["field"] == field and row["name"].endswith(endings)
    ]
    return [row["name"].title() for row in rows], [row["share"] for row in rows]


def drawn(rng: random.Random, n: int) -> list[dict]:
    """Return children, each of a home of its own."""
    firsts, often_first = names("first", "a", "o", "s", "l")
    lasts, often_last = names("last", "ez", "a", "o")
    return [
        {
            "first_name": rng.choices(firsts, often_first)[0],
            "last_name": " ".join(rng.choices(lasts, often_last, k=2)),
            "birth_date": dt.date(2005, 1, 1) + dt.timedelta(rng.randrange(5000)),
            "address": f"{rng.randint(1, 9999)} {rng.choice(lasts)} Street",
            "zip": f"981{rng.randint(1, 40):02}",
        }
        for _ in range(n)
    ]


def listed(people: list[dict], side: str) -> pa.Table:
    rows = [{"id": f"{side}{at}"} | each for at, each in enumerate(people)]
    return pa.Table.from_pylist(rows)


def accepted(left: list[dict], right: list[dict]) -> Pairs:
    links = engine.link(listed(left, "L"), listed(right, "R"))
    return {
        (row["left_id"], row["right_id"])
        for row in links.pairs.to_pylist()
        if row["band"] == Band.ACCEPT
    }


@pytest.fixture(scope="module")
def both() -> tuple[list[dict], list[dict]]:
    """Two lists of children; the first of both are the same, at the same homes."""
    rng = random.Random(41)
    left = drawn(rng, 12_000)
    return left, left[:N_IN_BOTH] + drawn(rng, 6_000)


TRUTH = {(f"L{at}", f"R{at}") for at in range(N_IN_BOTH)}


def test_strangers_who_share_one_of_two_surnames_are_not_linked(both):
    found = accepted(*both)
    assert found <= TRUTH
    assert len(found) >= 0.97 * N_IN_BOTH


@pytest.mark.parametrize(
    "written",
    [
        lambda one, two: one,
        lambda one, two: two,
        lambda one, two: f"{two} {one}",
        lambda one, two: f"{one}{two.lower()}",
        lambda one, two: f"{one} {two[:-2]}{two[-1]}",
        lambda one, two: f"{one}-{two} Ibarra",
    ],
    ids=["the first", "the second", "turned", "as one", "mistyped", "and a third"],
)
def test_two_surnames_written_otherwise_are_of_one_person(both, written):
    left, right = both
    copies = [
        each | {"last_name": written(*each["last_name"].split())}
        for each in right[:N_IN_BOTH]
    ]
    found = accepted(left, copies + right[N_IN_BOTH:])
    assert found <= TRUTH
    assert len(found) >= 0.97 * N_IN_BOTH


def test_who_has_another_second_surname_at_the_same_home_is_linked(both):
    left, right = both
    copies = [
        each | {"last_name": each["last_name"].split()[0] + " Featherstonehaugh"}
        for each in right[:N_IN_BOTH]
    ]
    assert len(accepted(left, copies) & TRUTH) >= 0.97 * N_IN_BOTH
