"""Curves over weights and thresholds, drawn from what a run keeps and people read.

Nothing here needs the engine, so that a page may ask it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from indicators.linkage.estimates import CONFIDENCE, Range, Tally, interval
from indicators.linkage.review import Answer, Stratum

STEP = 4  # bits
LOWEST, HIGHEST = -20, 40
THRESHOLDS = (0.1, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
SIDES = ("housing list", "student records")
PRIOR = "prior"
NOT_KNOWN = "not known"


def share_below(linkable: pa.Table, *, side: str) -> list[tuple[int, float]]:
    """Return the share of a list's records that cannot reach each weight."""
    rows = [row for row in linkable.to_pylist() if row["side"] == side]
    total = sum(row["n"] for row in rows)
    return [
        (at, sum(row["n"] for row in rows if row["low"] < at) / max(1, total))
        for at in range(LOWEST + STEP, HIGHEST + 1, STEP)
    ]


@dataclass(frozen=True, slots=True)
class Point:
    """What a threshold would give: links, and how many of them are right or missed."""

    threshold: float
    n_links: int
    n_read: int
    precision: Range | None
    recall: Range | None


@dataclass(frozen=True, slots=True)
class Judged:
    """One of the links: where it stands, and what people said, if they read it."""

    stratum: Stratum
    probability: float
    answer: Answer | None


def curve(judged: Sequence[Judged]) -> list[Point]:
    """Return what would be right and missed at each threshold of probability.

    judged: all links. What was read of a stratum is a random sample of it, and so it is
    of the part above a threshold, whose size is known: the interval of each part is
    exact (hypergeometric), and the parts share the error (Bonferroni).
    """
    return [_point(judged, threshold) for threshold in THRESHOLDS]


def _point(judged: Sequence[Judged], threshold: float) -> Point:
    above = _tallies([each for each in judged if each.probability >= threshold])
    below = _tallies([each for each in judged if each.probability < threshold])
    n_links = sum(tally.n_pairs for tally in above)
    n_read = sum(tally.n_read for tally in above)
    n_parts = sum(tally.n_read < tally.n_pairs for tally in (*above, *below))
    error = (1 - CONFIDENCE) / max(1, n_parts)
    right, missed = (_same(tallies, error) for tallies in (above, below))
    if not n_read or not n_links:
        return Point(threshold, n_links, n_read, None, None)
    few, guessed, many = right
    return Point(
        threshold=threshold,
        n_links=n_links,
        n_read=n_read,
        precision=Range(few / n_links, guessed / n_links, many / n_links),
        recall=Range(
            _share(few, missed[2]),
            _share(guessed, missed[1]),
            _share(many, missed[0]),
        ),
    )


def _tallies(judged: Sequence[Judged]) -> list[Tally]:
    counted = Counter((each.stratum, each.answer) for each in judged)
    return [
        Tally(
            n_pairs=sum(n for (one, _), n in counted.items() if one is stratum),
            n_same=counted[stratum, Answer.SAME],
            n_different=counted[stratum, Answer.DIFFERENT],
            n_unsure=counted[stratum, Answer.UNSURE],
        )
        for stratum in Stratum
        if any(one is stratum for one, _ in counted)
    ]


def _same(tallies: Sequence[Tally], error: float) -> tuple[float, float, float]:
    """Return the fewest, the likely and the most right pairs of some parts."""
    low, guess, high = 0.0, 0.0, 0.0
    for tally in tallies:
        low += interval(tally.n_same, tally.n_read, tally.n_pairs, error=error)[0]
        most = tally.n_same + tally.n_unsure
        high += interval(most, tally.n_read, tally.n_pairs, error=error)[1]
        n_told = tally.n_read - tally.n_unsure
        guess += tally.n_pairs * (tally.n_same / n_told if n_told else 0.5)
    return low, min(max(guess, low), high), high


def _share(found: float, missed: float) -> float:
    return found / (found + missed) if found + missed else 0.0
