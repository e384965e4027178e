"""What wrong and missed links may do to a rate: a range, from published text alone."""

from collections.abc import Mapping
from typing import Any

from indicators.disclosure.table import Band


def shares_of(linkage: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return the least shares of links that are right, and of children found.

    linkage: what a release says of it, in percent; None where nothing is estimated. A
    share that is only stated is not an estimate of anything.
    """
    if "right" not in linkage or "found" not in linkage:
        return None
    return linkage["right"][0] / 100, linkage["found"][0] / 100


def widened(band: Band, *, right: float, found: float) -> tuple[float, float] | None:
    """Return from where to where the rate lies with wrong and missed links allowed for.

    right: at least this share of those counted belong to the group. found: at least
    this share of the group was counted. In percent; None where nothing is left to tell.

    Of those who are counted, those who do not belong may all have what is counted, or
    none of it, and so may those who were missed.
    """
    if right <= 0:
        return None
    low, high = max(0, band.low - 0.5) / 100, min(100, band.high + 0.5) / 100
    least = max(0.0, 1 - (1 - low) / right) * found
    most = min(1.0, high / right) * found + 1 - found
    return least * 100, most * 100
