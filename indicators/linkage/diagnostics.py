"""How a linkage weighed its pairs: what charts of it are drawn from, as tables.

`LEVELS`: one row per comparison and level of the model. `WEIGHED`: pairs compared by
band and weight. `LINKABLE`: records of each list by the weight of a perfect copy of
them; one that stays low cannot be linked whatever the other list holds. `EVIDENCE`: one
row per link and comparison.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from indicators.linkage import model
from indicators.linkage.decisions import probability
from indicators.linkage.estimates import CONFIDENCE, Range, Tally, interval
from indicators.linkage.model import Model
from indicators.linkage.patterns import level_column
from indicators.linkage.review import Answer, Stratum

STEP = 4  # bits
LOWEST, HIGHEST = -20, 40
THRESHOLDS = (0.1, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
SIDES = ("housing list", "student records")

LEVELS = pa.schema(
    {
        "comparison": pa.string(),
        "level": pa.string(),
        "m": pa.float64(),
        "u": pa.float64(),
    }
)
WEIGHED = pa.schema({"low": pa.int64(), "band": pa.string(), "n": pa.int64()})
LINKABLE = pa.schema({"side": pa.string(), "low": pa.int64(), "n": pa.int64()})
EVIDENCE = pa.schema(
    {
        "left_id": pa.string(),
        "right_id": pa.string(),
        "comparison": pa.string(),
        "number": pa.int64(),
        "level": pa.string(),
        "bits": pa.float64(),
    }
)
NOT_KNOWN = "not known"
PRIOR = "prior"
Floats = npt.NDArray[np.float64]


def levels_of(used: Model, compared: Sequence[str], *, odds: float) -> pa.Table:
    """Return m and u of the levels that a run compared by; the prior comes first.

    odds: the prior; its share of matches stands for m, that of the others for u.
    """
    share = float(probability(np.array([odds]))[0])
    prior = {"comparison": PRIOR, "level": "", "m": share, "u": 1 - share}
    return pa.Table.from_pylist(
        [prior]
        + [
            {"comparison": name, "level": level, "m": m, "u": u}
            for name in compared
            for level, (m, u) in used.comparisons[name].items()
        ],
        schema=LEVELS,
    )


def bits_of(used: Model, name: str, explained: pa.Table) -> Floats:
    """Return what a comparison brings to each pair, in bits.

    explained: as `Comparison.explained` returns it. Where a name agrees exactly, how
    common it is stands for u.
    """
    numbers = explained[level_column(name)].to_numpy()
    chances = model.chances(used, name)
    bits = np.log2(chances[:, 0] / chances[:, 1])[numbers]
    if name in model.TERM_FREQUENCY_COLUMNS:
        frequency = explained[f"frequency_{name}"].to_numpy().astype(float)
        is_exact = numbers == len(chances) - 1
        with np.errstate(invalid="ignore", divide="ignore"):
            by_name = np.log2(chances[-1, 0] / frequency)
        bits = np.where(is_exact & np.isfinite(by_name), by_name, bits)
    return np.where(numbers < 0, 0.0, bits)


def evidence(used: Model, compared: Sequence[str], explained: pa.Table) -> pa.Table:
    """Return what each comparison brings to each pair; ids are still numbers."""
    rows = []
    for name in compared:
        names = model.level_names(name)[::-1]
        numbers = explained[level_column(name)].to_pylist()
        rows.append(
            pa.table(
                {
                    "left": explained["l"],
                    "right": explained["r"],
                    "comparison": pa.array([name] * len(numbers), pa.string()),
                    "number": pa.array(numbers, pa.int64()),
                    "level": pa.array(
                        [NOT_KNOWN if at < 0 else names[at] for at in numbers],
                        pa.string(),
                    ),
                    "bits": pa.array(bits_of(used, name, explained)),
                }
            )
        )
    return pa.concat_tables(rows).combine_chunks()


def weighed(candidates: pa.Table) -> pa.Table:
    """Return how many pairs compared have which weight, by band."""
    low = _low(candidates["weight"].to_numpy())
    bands = candidates["band"].to_pylist()
    return _counted(zip(low.tolist(), bands, strict=True), WEIGHED)


def linkable(
    used: Model, compared: Sequence[str], alone: Sequence[pa.Table], *, odds: float
) -> pa.Table:
    """Return how many records of each list could reach which weight.

    alone: each list explained against itself. odds: the prior.
    """
    rows: list[tuple[str, int]] = []
    for side, explained in zip(SIDES, alone, strict=True):
        bits = sum(bits_of(used, name, explained) for name in compared) + odds
        rows += [(side, low) for low in _low(np.asarray(bits)).tolist()]
    return _counted(rows, LINKABLE)


def _low(bits: Floats) -> npt.NDArray[np.int64]:
    """Return the lower end of the step in which each weight lies."""
    steps = np.floor(bits / STEP) * STEP
    return np.asarray(np.clip(steps, LOWEST, HIGHEST), np.int64)


def _counted(rows: Iterable[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    counted = Counter(rows)
    return pa.Table.from_pylist(
        [
            dict(zip(schema.names, (*row, n), strict=True))
            for row, n in sorted(counted.items())
        ],
        schema=schema,
    )


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
