"""Indicator 19, the gap between residents and others, from published text alone.

A rate is printed as a range of whole percents, so a gap is a range of points. Source:
disclosure.md, rule 17; law.md 8, row 19: both cells must have been published.
"""

from dataclasses import dataclass

from indicators.disclosure.table import Band

CANNOT_BE_TOLD = "Cannot be told"


@dataclass(frozen=True, slots=True)
class Gap:
    """Residents less others, in percentage points: from `low` to `high`."""

    low: float
    high: float

    def __str__(self) -> str:
        if self.low == self.high:
            return f"{_signed(self.low)} points"
        return f"{_signed(self.low)} to {_signed(self.high)} points"


def gap(residents: Band | None, others: Band | None) -> Gap | None:
    """Return the gap between two rates as printed, or None where one is not a range.

    Each end of a printed range stands for rates up to half a percent beyond it.
    """
    if residents is None or others is None:
        return None
    (low, high), (low_two, high_two) = _ends(residents), _ends(others)
    return Gap(low - high_two, high - low_two)


def standing(
    residents: Band | None, others: Band | None, *, is_lower_better: bool
) -> str:
    """Return in words how residents stand: better, worse, or that it cannot be told."""
    found = gap(residents, others)
    if found is None or found.low <= 0 <= found.high:
        return CANNOT_BE_TOLD
    return "Better" if (found.high < 0) == is_lower_better else "Worse"


def _ends(band: Band) -> tuple[float, float]:
    return max(0, band.low - 0.5), min(100, band.high + 0.5)


def _signed(points: float) -> str:
    text = f"{abs(points):g}"
    return text if points == 0 else f"{'−' if points < 0 else '+'}{text}"
