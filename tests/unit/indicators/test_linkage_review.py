"""Who reads which pair, what is concluded of it, and how far readers agree."""

from collections import Counter
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from indicators.linkage import review
from indicators.linkage.review import Answer, Entry, Given, Stratum

PAIRS = pa.schema(
    {
        "housing_id": pa.string(),
        "student_id": pa.string(),
        "weight": pa.float64(),
        "probability": pa.float64(),
        "band": pa.string(),
    }
)


def pairs_like(*rows: tuple[str, float], start: int = 0) -> pa.Table:
    """Return one pair per band and probability."""
    return pa.Table.from_pylist(
        [
            {
                "housing_id": f"T{n}",
                "student_id": f"S{n}",
                "weight": 0.0,
                "probability": probability,
                "band": band,
            }
            for n, (band, probability) in enumerate(rows, start=start)
        ],
        schema=PAIRS,
    )


MANY = pairs_like(
    *[("accept", 0.999)] * 300,
    *[("accept", 0.96)] * 150,
    *[("review", 0.97)] * 40,
    *[("review", 0.5)] * 120,
    *[("reject", 0.05)] * 20,
)


def queue_of(
    pairs: pa.Table, known: dict[review.Pair, Answer] | None = None, *, seed: str = "1"
) -> pa.Table:
    return review.queue(review.placed(pairs), known or {}, seed=seed)


def column(table: pa.Table, name: str) -> list[Any]:
    return list(table[name].to_pylist())


@pytest.mark.parametrize(
    ("band", "probability", "stratum"),
    [
        ("accept", 0.99, Stratum.SURE),
        ("accept", 0.9899, Stratum.LIKELY),
        ("review", 0.95, Stratum.TIE),
        ("review", 0.9499, Stratum.UNSURE),
        ("reject", 0.05, Stratum.REJECTED),
    ],
)
def test_stratum_follows_band_and_probability(
    band: str, probability: float, stratum: Stratum
) -> None:
    assert review.stratum_of(band, probability) is stratum
    assert review.engines_band(stratum) == band


# The queue


def test_all_that_waits_is_read_and_a_sample_of_the_rest() -> None:
    read = Counter(column(queue_of(MANY), "stratum"))
    assert read == {
        "sure": 100,
        "likely": 100,
        "tie": 40,
        "unsure": 120,
        "rejected": 20,
    }


def test_part_of_every_stratum_is_read_twice() -> None:
    queue = queue_of(MANY)
    twice = Counter(
        stratum
        for stratum, is_twice in zip(
            column(queue, "stratum"), column(queue, "is_read_twice"), strict=True
        )
        if is_twice
    )
    assert twice == {"sure": 20, "likely": 20, "tie": 10, "unsure": 24, "rejected": 10}
    assert review.n_readings(queue) == queue.num_rows + 84


def test_seed_fixes_the_sample_and_codes_are_random() -> None:
    one, two, other = queue_of(MANY), queue_of(MANY), queue_of(MANY, seed="2")
    assert one.drop_columns("code") == two.drop_columns("code")
    assert set(column(one, "code")).isdisjoint(column(two, "code"))
    assert set(review.pairs_of(one)) != set(review.pairs_of(other))


def test_order_of_the_queue_does_not_tell_the_stratum() -> None:
    strata = column(queue_of(MANY), "stratum")
    runs = sum(one != two for one, two in pairwise(strata))
    assert runs > 100


def test_pairs_answered_before_are_not_read_again() -> None:
    known = {("T450", "S450"): Answer.SAME, ("T500", "S500"): Answer.UNSURE}
    queue = queue_of(MANY, known)
    unread = {entry.code for entry in review.entries(queue)}
    assert len(unread) == queue.num_rows - 2
    assert review.concluded_pairs(queue, []) == known


# Who reads next


@examples(
    n_once=st.integers(0, 6),
    n_twice=st.integers(0, 6),
    turns=st.lists(st.sampled_from("abc"), max_size=60),
)
def test_nobody_reads_twice_and_no_reading_is_given_twice(
    n_once: int, n_twice: int, turns: list[str]
) -> None:
    entries = [Entry(f"o{n}", False) for n in range(n_once)]
    entries += [Entry(f"t{n}", True) for n in range(n_twice)]
    given: list[Given] = []
    for reader in turns:
        found = review.next_reading(entries, given, reader)
        if found is not None:
            given.append(Given(*found, reader, "same"))
    assert len({(each.code, each.ordinal) for each in given}) == len(given)
    assert len({(each.code, each.reader) for each in given}) == len(given)
    assert all(each.ordinal == 1 for each in given if each.code.startswith("o"))


def test_two_readers_finish_every_queue() -> None:
    entries = [Entry(str(n), n % 3 == 0) for n in range(12)]
    given: list[Given] = []
    for reader in "ab":
        while found := review.next_reading(entries, given, reader):
            given.append(Given(*found, reader, "same"))
    assert len(given) == 12 + 4
    assert {each.reader for each in given if each.ordinal == 2} == {"b"}


# What is concluded


def concluded(*answers: str) -> Answer | None:
    queue = queue_of(pairs_like(("review", 0.5)))
    (code,) = column(queue, "code")
    readers = zip((1, 2), "ab", answers, strict=False)
    given = [Given(code, ordinal, reader, said) for ordinal, reader, said in readers]
    return review.conclusions(queue, given).get(code)


@pytest.mark.parametrize(
    ("answers", "answer"),
    [
        ((), None),
        (("",), None),
        (("same",), Answer.SAME),
        (("same", ""), Answer.SAME),
        (("", "different"), Answer.DIFFERENT),
        (("same", "same"), Answer.SAME),
        (("same", "different"), Answer.UNSURE),
        (("unsure", "same"), Answer.UNSURE),
    ],
)
def test_readers_who_differ_conclude_nothing(
    answers: tuple[str, ...], answer: Answer | None
) -> None:
    assert concluded(*answers) is answer


def test_answers_give_pairs_their_band_and_taking_back_gives_the_engines() -> None:
    pairs = review.placed(
        pairs_like(
            ("review", 0.5), ("accept", 0.999), ("reject", 0.05), ("accept", 0.97)
        )
    )
    ids = review.pairs_of(pairs)
    first = review.settled(
        pairs,
        {ids[0]: Answer.SAME, ids[1]: Answer.DIFFERENT, ids[2]: Answer.UNSURE},
    )
    assert column(first, "band") == ["accept", "reject", "reject", "accept"]
    again = review.settled(first, dict.fromkeys(ids[:3]))
    assert column(again, "band") == ["review", "accept", "reject", "accept"]


# Beside an earlier run


def test_new_pair_of_a_child_confirmed_as_another_waits() -> None:
    pairs = pairs_like(("accept", 0.999), ("accept", 0.999))
    known = {("T0", "S9"): Answer.SAME}
    found = review.contested(pairs, known)
    assert review.pairs_of(found) == review.pairs_of(pairs)
    assert column(found, "band") == ["review", "accept"]


def test_confirmed_pair_that_was_not_found_again_is_kept() -> None:
    pairs = pairs_like(("accept", 0.999))
    known = {("T7", "S7"): Answer.SAME, ("T8", "S8"): Answer.DIFFERENT}
    found = review.placed(review.contested(pairs, known))
    assert review.pairs_of(found) == [("T0", "S0"), ("T7", "S7")]
    bands = column(review.settled(found, dict(known)), "band")
    assert bands == ["accept", "accept"]


@examples(
    confirmed=st.lists(
        st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=9, unique=True
    )
)
def test_links_stay_one_to_one_whatever_was_said(
    confirmed: list[tuple[int, int]],
) -> None:
    pairs = pairs_like(*[("accept", 0.999)] * 3, *[("review", 0.5)] * 3)
    known = {(f"T{a}", f"S{b}"): Answer.SAME for a, b in confirmed}
    found = review.settled(review.placed(review.contested(pairs, known)), dict(known))
    linked = [
        pair
        for pair, band in zip(
            review.pairs_of(found), column(found, "band"), strict=True
        )
        if band == "accept"
    ]
    assert len({child for child, _ in linked}) == len(linked)
    assert len({student for _, student in linked}) == len(linked)


# Agreement


def twice(*answers: tuple[str, str]) -> list[Given]:
    return [
        Given(str(n), ordinal, reader, said)
        for n, both in enumerate(answers)
        for ordinal, reader, said in zip((1, 2), "ab", both, strict=True)
    ]


def test_kappa_takes_off_what_chance_brings() -> None:
    # 20 and 15 agreements among 50: 0.7 raw, 0.4 beyond chance.
    found = review.agreement(
        twice(
            *[("same", "same")] * 20,
            *[("same", "different")] * 5,
            *[("different", "same")] * 10,
            *[("different", "different")] * 15,
        )
    )
    assert found.n_pairs == 50
    assert found.raw == pytest.approx(0.7)
    assert found.kappa == pytest.approx(0.4)


def test_few_pairs_and_equal_answers_tell_no_agreement() -> None:
    few = review.agreement(twice(*[("same", "same")] * 9))
    assert (few.n_pairs, few.raw, few.kappa) == (9, None, None)
    alike = review.agreement(twice(*[("same", "same")] * 10))
    assert (alike.raw, alike.kappa) == (1, None)
    open_ = review.agreement(twice(*[("same", "")] * 30))
    assert open_.n_pairs == 0
