"""Numerators behind percents, which were rounded: whole numbers that add up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain
from math import ceil, floor

from accounts.acts import RuleBroken
from indicators.aggregates.cells import last_digit
from indicators.formats.problems import enumerated

_MOST_LINES = 10


@dataclass(slots=True)
class Numerator:
    """The children counted in a group of `n`, of which a line of a file tells.

    ends: the least and the greatest that there can be, by a percent that was rounded
    half up, and by one that was rounded in any way. x: what is taken.
    """

    line: int
    n: int
    ends: tuple[tuple[int, int], tuple[int, int]]
    x: int


def counted(line: int, x: int, n: int) -> Numerator:
    """Return a numerator that is told itself."""
    return Numerator(line, n, ((x, x), (x, x)), x)


def rounded(line: int, percent: Decimal, n: int) -> Numerator:
    """Return what of `n` children a percent can be; refuse one that is no share."""
    if not (n or percent):
        return counted(line, 0, 0)
    unit = last_digit(percent)
    above = min(n, ceil((percent + unit / 2) * n / 100) - 1)
    half_up = max(0, ceil((percent - unit / 2) * n / 100)), above
    anyhow = (
        max(0, floor((percent - unit) * n / 100) + 1),
        min(n, ceil((percent + unit) * n / 100) - 1),
    )
    if anyhow[0] > anyhow[1]:
        raise RuleBroken(
            f"Line {line}: no number of {n} children is {percent:f} percent, however "
            "it was rounded. Correct the percent or the number of children."
        )
    low, high = ends = half_up if half_up[0] <= half_up[1] else anyhow
    nearest = int((percent * n / 100).quantize(Decimal(1), ROUND_HALF_UP))
    return Numerator(line, n, (ends, anyhow), min(max(nearest, low), high))


def fit(
    total: Numerator, groups: Mapping[str, Sequence[Numerator]], label: str
) -> None:
    """Let each numerator be one that adds up to the total, near what its percent says.

    groups: by dimension; the others of the total may be counted too. label: of the
    measure. Raises RuleBroken with the lines where there are none.
    """
    if not (_is_fitted(total, groups, 0) or _is_fitted(total, groups, 1)):
        told = [total, *chain.from_iterable(groups.values())]
        lines = [str(each.line) for each in told if each.line]
        raise RuleBroken(
            f"Lines {enumerated(lines, most=_MOST_LINES)}: {label} of the groups does "
            "not add up to that of all children, however the percents were rounded. "
            "Correct the counts or the percents."
        )


def _is_fitted(
    total: Numerator, groups: Mapping[str, Sequence[Numerator]], way: int
) -> bool:
    low, high = total.ends[way]
    rests = {}
    for by, parts in groups.items():
        rests[by] = max(0, total.n - sum(part.n for part in parts))
        low = max(low, sum(part.ends[way][0] for part in parts))
        high = min(high, sum(part.ends[way][1] for part in parts) + rests[by])
    if low > high:
        return False
    total.x = min(max(total.x, low), high)
    for by, parts in groups.items():
        inside = sum(part.x for part in parts)
        lacking = max(0, total.x - rests[by] - inside) - max(0, inside - total.x)
        for part in parts:
            least, most = part.ends[way]
            step = min(max(lacking, least - part.x), most - part.x)
            part.x += step
            lacking -= step
    return True
