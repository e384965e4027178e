"""Rates coded by the size of the group, so that no numerator can be worked out.

The widths are nowhere finer than those of NCES 2011-603 as state report cards apply
it: exact counts with whole percents would give the numerator of any group under 100.
"""

from indicators.disclosure.release_file import BadFile
from indicators.disclosure.table import Band, Mark

# The largest n of each size of group, and the lowest percent of each of its bands.
_EDGES: tuple[tuple[float, tuple[int, ...]], ...] = (
    (15, (0, 50)),
    (30, (0, 21, 40, 60, 80)),
    (60, (0, 11, *range(20, 100, 10))),
    (300, (0, 6, *range(10, 100, 5))),
    (float("inf"), (0, *range(2, 100))),
)
# The fewest whole numerators that a band may hold.
_FLOOR = 3


def bands(n: int) -> tuple[Band, ...]:
    """Return the bands for a group of `n` children, from 0 to 100 percent.

    A band that holds fewer than three numerators is merged toward its nearer end.
    """
    starts = next(edges for most, edges in _EDGES if n <= most)
    ends = (*(start - 1 for start in starts[1:]), 100)
    merged = [Band(low, high) for low, high in zip(starts, ends, strict=True)]
    while len(merged) > 1 and (
        thin := [band for band in merged if _n_numerators(band, n=n) < _FLOOR]
    ):
        merged = _merge(merged, thin[0])
    return tuple(merged)


def code(numerator: float, denominator: int, *, n: int) -> Band | Mark:
    """Return the band of the rate numerator / denominator of `n` children.

    The percent is rounded half up. A rate without denominator has no data; a rate
    whose only band would be 0 to 100 percent is suppressed.
    """
    if denominator == 0:
        return Mark.NO_DATA
    found = next(
        band for band in bands(n) if holds(band, numerator, denominator=denominator)
    )
    return Mark.SUPPRESSED if found == Band(0, 100) else found


def wider(band: Band, *, n: int) -> Band | Mark:
    """Return the band merged with its neighbour on the side of the nearer end.

    When nothing is left but 0 to 100 percent the rate is suppressed.
    """
    merged = next(
        b for b in _merge(list(bands(n)), band) if b.low <= band.low <= b.high
    )
    return Mark.SUPPRESSED if merged == Band(0, 100) else merged


def holds(band: Band, numerator: float, *, denominator: int) -> bool:
    """Return whether the rate, rounded half up to a whole percent, is in the band."""
    return (
        (2 * band.low - 1) * denominator
        <= 200 * numerator
        < (2 * band.high + 1) * denominator
    )


def _n_numerators(band: Band, *, n: int) -> int:
    first = max(0, -(-(2 * band.low - 1) * n // 200))
    after = min(n + 1, -(-(2 * band.high + 1) * n // 200))
    return after - first


def _merge(parts: list[Band], band: Band) -> list[Band]:
    place = parts.index(band)
    toward_zero = band.low + band.high < 100
    if (toward_zero and place > 0) or place == len(parts) - 1:
        place -= 1
    pair = parts[place : place + 2]
    return [*parts[:place], Band(pair[0].low, pair[-1].high), *parts[place + 2 :]]


def numerators(text: str, n: int) -> tuple[int, int]:
    """Return the least and the greatest x whose share of n the text can stand for."""
    try:
        band = Band.parse(text)
    except ValueError:
        raise BadFile(f"{text!r} is not a rate") from None
    low = max(0, -(-(2 * band.low - 1) * n // 200))
    return low, min(n, -(-(2 * band.high + 1) * n // 200) - 1)
