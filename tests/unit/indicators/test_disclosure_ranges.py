from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.disclosure.ranges import Ranges, System

weights = st.lists(st.integers(-2, 2), min_size=3, max_size=3)


def system(bounds, rows):
    made = System()
    for high in bounds:
        made.bound(made.unknown(), low=0, high=high)
    for row, most in rows:
        made.require(dict(enumerate(row)), low=0, high=most)
    return made


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 4), min_size=3, max_size=3),
    st.lists(st.tuples(weights, st.integers(0, 5)), max_size=3),
    weights,
)
def test_ranges_are_those_found_by_trying_every_value(bounds, rows, asked):
    fitting = [
        values
        for values in product(*(range(high + 1) for high in bounds))
        if all(0 <= _dot(row, values) <= most for row, most in rows)
    ]
    reached = [_dot(asked, values) for values in fitting]
    ranges = Ranges(system(bounds, rows), [dict(enumerate(asked))])

    assert ranges.is_possible
    low, high = ranges.of(0)
    assert low <= min(reached) <= max(reached) <= high
    if high - low < 4:
        assert (low, high) == (min(reached), max(reached))


def test_a_system_that_nothing_fits_is_impossible():
    made = system([4, 4], [])
    made.require({0: 1, 1: 1}, low=9, high=9)

    assert not Ranges(made, [{0: 1}]).is_possible


def _dot(row, values):
    return sum(weight * value for weight, value in zip(row, values, strict=True))
