"""What the audit says of a sum is what trying all numbers says."""

import itertools
import random

import pytest

from indicators.disclosure.inference import Ranges
from indicators.disclosure.knowledge import Knowledge

_HIGHEST = 3
_SIZE = 6


def _in_silence(_step: str, _done: int, _of: int) -> None:
    pass


@pytest.mark.parametrize("seed", range(25))
def test_a_sum_is_wide_or_its_ends_are_exact(seed):
    chance = random.Random(seed)
    truth = [chance.randint(0, _HIGHEST) for _ in range(_SIZE)]
    rows = []
    for _ in range(4):
        places = chance.sample(range(_SIZE), 3)
        row = {place: chance.choice((1, 1, -1, 2)) for place in places}
        value = sum(weight * truth[place] for place, weight in row.items())
        rows.append((row, value, value + chance.choice((0, 0, 2))))
    known = Knowledge()
    for _ in range(_SIZE):
        known.unknown(0, _HIGHEST, kind=chance.choice("ab"))
    for row, least, most in rows:
        known.require(row, least=least, most=most)
    asked = [{place: 1} for place in range(_SIZE)] + [{0: 1, 1: -1}, {2: 1, 3: 1}]
    fewest = [chance.choice((2, 3)) for _ in asked]

    ranges = Ranges(known, asked, fewest=fewest, progress=_in_silence)

    fits = [
        numbers
        for numbers in itertools.product(range(_HIGHEST + 1), repeat=_SIZE)
        if all(
            least <= sum(w * numbers[p] for p, w in row.items()) <= most
            for row, least, most in rows
        )
    ]
    assert ranges.is_possible
    for number, total in enumerate(asked):
        values = {sum(w * numbers[p] for p, w in total.items()) for numbers in fits}
        width = max(values) - min(values) + 1
        assert ranges.is_wide(number) == (width >= fewest[number])
        if not ranges.is_wide(number):
            assert ranges.ends(number) == (min(values), max(values))
