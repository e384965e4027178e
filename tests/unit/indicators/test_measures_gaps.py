"""Indicator 19: a gap is a range, told from two published rates alone."""

import pytest

from indicators.disclosure.table import Band
from indicators.measures.gaps import gap, standing


@pytest.mark.parametrize(
    ("residents", "others", "range_of", "words"),
    [
        (Band(40, 49), Band(27, 27), "+12.0 to +23.0", "Worse"),
        (Band(0, 10), Band(11, 19), "−19.5 to +0.0", "Cannot be told"),
        (Band(0, 10), Band(20, 29), "−29.5 to −9.0", "Better"),
        (None, Band(27, 27), None, "Cannot be told"),
        (Band(27, 27), None, None, "Cannot be told"),
    ],
)
def test_a_gap_is_told_from_published_ranges_alone(
    residents: Band | None, others: Band | None, range_of: str | None, words: str
) -> None:
    found = gap(residents, others)
    if range_of is None:
        assert found is None
    else:
        low, high = (
            float(end.replace("−", "-").strip("+")) for end in range_of.split(" to ")
        )
        assert (found.low, found.high) == (low, high)
    assert standing(residents, others, is_lower_better=True) == words
