"""How many links are wrong or missed, from what was read of each band.

What was read is a sample without replacement from a band of known size, so the exact
interval of how many of its pairs are errors is the hypergeometric one (Wright 1991,
"Exact confidence bounds when sampling from small finite universes"). Several bands
share the error probability (Bonferroni), so their bounds may be added.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from math import ceil, exp, floor, lgamma

from indicators.linkage.review import LINKED, WAITING, Stratum

CONFIDENCE = 0.95
STEP = 5  # percent; nothing finer is published


@dataclass(frozen=True, slots=True)
class Tally:
    """What was read of one stratum: `n_pairs` in it, of which some were read."""

    n_pairs: int
    n_same: int = 0
    n_different: int = 0
    n_unsure: int = 0

    @property
    def n_read(self) -> int:
        """How many were read."""
        return self.n_same + self.n_different + self.n_unsure


@dataclass(frozen=True, slots=True)
class Range:
    """A share from 0 to 1: the best guess, and the interval around it."""

    low: float
    guess: float
    high: float

    @property
    def coarse(self) -> list[int]:
        """The interval in percent, both ends moved outward to a multiple of five.

        The agency knows its list and reads the total: one that is finer could tell it
        how many children were found.
        """
        low = STEP * floor(self.low * 100 / STEP + 1e-9)
        return [low, STEP * ceil(self.high * 100 / STEP - 1e-9)]


@dataclass(frozen=True, slots=True)
class Estimate:
    """How good the links are, once what was read is used.

    right: the share of links that are right. found: the share of all true pairs, among
    those that were compared, that are linked.
    """

    n_links: int
    n_read: int
    right: Range
    found: Range


def estimate(tallies: Mapping[Stratum, Tally]) -> Estimate | None:
    """Return how good the links are; None where nothing is linked or a band is unread.

    Pairs of which nobody could tell may be either: they widen the interval.
    """
    filled = {each: tally for each, tally in tallies.items() if tally.n_pairs}
    if any(not tally.n_read for tally in filled.values()):
        return None
    if any(tally.n_read < tally.n_pairs for s, tally in filled.items() if s in WAITING):
        return None
    n_sampled = sum(tally.n_read < tally.n_pairs for tally in filled.values())
    error = (1 - CONFIDENCE) / max(1, n_sampled)
    wrong, missed, n_links = [0.0] * 3, [0.0] * 3, 0
    for stratum, tally in filled.items():
        if stratum in LINKED:
            n_links += tally.n_pairs - tally.n_different
            _add(wrong, _left(tally, tally.n_different, error=error))
        elif stratum in WAITING:
            n_links += tally.n_same
            _add(missed, (0.0, tally.n_unsure / 2, float(tally.n_unsure)))
        else:
            n_links += tally.n_same
            _add(missed, _left(tally, tally.n_same, error=error))
    if not n_links:
        return None
    few, guessed, many = (n_links - each for each in reversed(wrong))
    return Estimate(
        n_links=n_links,
        n_read=sum(tally.n_read for tally in filled.values()),
        right=Range(few / n_links, guessed / n_links, many / n_links),
        found=Range(
            _share(few, missed[2]), _share(guessed, missed[1]), _share(many, missed[0])
        ),
    )


def _left(tally: Tally, n_hits: int, *, error: float) -> tuple[float, float, float]:
    """Return how many hits are left in a stratum besides those that were read."""
    n_known = tally.n_read - tally.n_unsure
    low, _ = interval(n_hits, tally.n_read, tally.n_pairs, error=error)
    _, high = interval(
        n_hits + tally.n_unsure, tally.n_read, tally.n_pairs, error=error
    )
    share = n_hits / n_known if n_known else 0.5
    guess = share * (tally.n_pairs - n_known)
    low, high = max(0, low - n_hits), high - n_hits
    return float(low), min(max(guess, low), high), float(high)


def _add(total: list[float], more: Collection[float]) -> None:
    for position, each in enumerate(more):
        total[position] += each


def _share(found: float, missed: float) -> float:
    return found / (found + missed) if found + missed else 0.0


def interval(
    n_hits: int, n_read: int, n_pairs: int, *, error: float
) -> tuple[int, int]:
    """Return the fewest and the most hits that a stratum holds, exactly.

    error: how likely the interval may miss, both sides together.
    """
    if n_hits == 0:
        low = 0
    else:
        low = _first(
            n_hits,
            n_pairs - n_read + n_hits,
            lambda k: 1 - _at_most(n_hits - 1, n_read, k, n_pairs) > error / 2,
        )
    if n_hits == n_read:
        return low, n_pairs
    beyond = _first(
        n_hits,
        n_pairs - n_read + n_hits + 1,
        lambda k: _at_most(n_hits, n_read, k, n_pairs) <= error / 2,
    )
    return low, beyond - 1


def _first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """Return the first number from low to high of which it holds; it does of high."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def _at_most(n_hits: int, n_read: int, n_all: int, n_pairs: int) -> float:
    """Return how likely at most `n_hits` are read if the stratum holds `n_all`."""
    least = max(0, n_read - (n_pairs - n_all))
    total = _ways(n_pairs, n_read)
    return sum(
        exp(_ways(n_all, i) + _ways(n_pairs - n_all, n_read - i) - total)
        for i in range(least, min(n_hits, n_all) + 1)
    )


def _ways(n: int, k: int) -> float:
    """Return the logarithm of how many ways there are to choose k of n."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
