"""School years as districts write them."""

import pytest

from indicators.aggregates.record import year_of


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2025-26", "2025–26"),
        ("2025–2026", "2025–26"),
        ("2025/26", "2025–26"),
        ("2026", "2025–26"),
        ("1999-00", "1999–00"),
        ("2025-27", None),
        ("26", None),
    ],
)
def test_a_school_year_is_written_in_one_way(text: str, year: str | None) -> None:
    assert year_of(text) == year
