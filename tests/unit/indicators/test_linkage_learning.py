"""What read pairs teach: m by weight, u from chance, and honest foretelling."""

import dataclasses
import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indicators.linkage import learning, model
from indicators.linkage.learning import Learned, Read
from indicators.linkage.review import Answer, Stratum

SHIPPED = model.shipped()
NAMES = ("first", "birth_date", "sex")
OTHERS = {name: model.chances(SHIPPED, name)[:, 1] for name in NAMES}
TOP = {name: len(OTHERS[name]) - 1 for name in NAMES}


def pair(
    answer: Answer = Answer.SAME,
    stratum: Stratum = Stratum.SURE,
    *,
    bits: float = 10.0,
    **levels: int,
) -> Read:
    """Return a pair that agrees in everything, but for the levels given."""
    at = tuple((TOP | levels)[name] for name in NAMES)
    return Read(stratum, answer, at, plain=bits, bits=bits)


def learned(read: list[Read], **sizes: int) -> Learned:
    counted = {Stratum(name): n for name, n in sizes.items()}
    counted |= {s: 0 for s in Stratum if s not in counted}
    return learning.learn(
        read, counted, SHIPPED, OTHERS, version="3.1", source="Read pairs."
    )


def m_of(found: Learned, name: str, level: str) -> float:
    return found.model.comparisons[name][level][0]


def test_a_field_that_differs_more_often_speaks_less_against():
    read = [pair(sex=0) for _ in range(30)] + [pair() for _ in range(70)]
    found = learned(read, sure=100)
    assert m_of(found, "sex", "else") == pytest.approx(0.25, abs=0.01)
    assert m_of(found, "first", "exact") > SHIPPED.comparisons["first"]["exact"][0]


def test_each_pair_counts_for_those_it_was_drawn_from():
    sampled = [pair() for _ in range(50)]
    waiting = [pair(stratum=Stratum.UNSURE, sex=0) for _ in range(50)]
    alone = learned(sampled + waiting, sure=50, unsure=50)
    weighed = learned(sampled + waiting, sure=5000, unsure=50)
    assert m_of(alone, "sex", "else") > 0.3
    assert m_of(weighed, "sex", "else") < 0.05
    assert weighed.n_effective < 60 < alone.n_effective


def test_who_could_not_tell_counts_in_part():
    said = [Answer.SAME] * 30 + [Answer.DIFFERENT] * 10
    told = [pair(each, Stratum.UNSURE) for each in said]
    unsure = [pair(Answer.UNSURE, Stratum.UNSURE, sex=0) for _ in range(40)]
    found = learned(told + unsure, unsure=80)
    # 40 × ¾ of the pairs that count as 60 disagree.
    assert 0.3 < m_of(found, "sex", "else") < 0.5


def test_rare_levels_do_not_vanish():
    found = learned([pair() for _ in range(100)], sure=100)
    for name in NAMES:
        for m, u in found.model.comparisons[name].values():
            assert m > 1e-4
            assert u > 0
    assert model.from_json(found.model.to_json()) == found.model


def test_what_the_lists_do_not_hold_stays_as_it_was():
    found = learned([pair() for _ in range(60)], sure=60)
    assert found.model.comparisons["place"] == SHIPPED.comparisons["place"]
    assert found.model.digest != SHIPPED.digest


def test_answers_are_foretold_by_models_that_have_not_seen_them():
    chance = random.Random(3)

    def read(answer: Answer) -> Read:
        is_same = answer is Answer.SAME
        sex = int(chance.random() < (0.6 if is_same else 0.5))
        first = TOP["first"] if is_same else 0
        bits = -8.0 + sum(
            float(np.log2(np.divide(*model.chances(SHIPPED, name)[at])))
            for name, at in (("first", first), ("sex", sex))
        )
        return pair(answer, Stratum.UNSURE, bits=bits, first=first, sex=sex)

    said = [Answer.SAME] * 150 + [Answer.DIFFERENT] * 150
    chance.shuffle(said)
    found = learned([read(each) for each in said], unsure=300)
    # One person's sex differs here in 40 of 100 pairs: shipped says in 1.
    assert found.after.loss < found.before.loss


def test_a_twin_stays_doubtful_however_much_a_birth_date_tells():
    twin = dataclasses.replace(pair(Answer.DIFFERENT, first=0), plain=12.0, bits=-1.0)
    rest = [pair(bits=20.0) for _ in range(99)]
    rare = OTHERS | {"birth_date": OTHERS["birth_date"] / 30}
    found = learning.learn(
        [*rest, twin],
        {s: 100 * (s is Stratum.SURE) for s in Stratum},
        SHIPPED,
        rare,
        version="3.1",
        source="Read pairs.",
    )
    assert found.after.wrong == 0


ANSWERS = st.sampled_from(Answer)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            ANSWERS,
            st.sampled_from(Stratum),
            st.integers(-1, TOP["first"]),
            st.integers(-1, TOP["birth_date"]),
            st.floats(-30, 30),
        ),
        min_size=1,
        max_size=8,
    ),
    st.integers(1, 10_000),
)
def test_whatever_was_read_gives_a_whole_model(rows, size):
    read = [
        pair(answer, stratum, bits=bits, first=first, birth_date=born)
        for answer, stratum, first, born, bits in rows
    ]
    sizes = {
        stratum: max(size, sum(each.stratum is stratum for each in read))
        for stratum in Stratum
    }
    found = learning.learn(read, sizes, SHIPPED, OTHERS, version="3.1", source="Read.")
    assert model.from_json(found.model.to_json()) == found.model
    for name in NAMES:
        assert sum(m for m, _ in found.model.comparisons[name].values()) == (
            pytest.approx(1)
        )
    assert 0 <= found.after.wrong <= 1
    assert np.isfinite([found.before.loss, found.after.loss]).all()
