"""Learns m and u from the files themselves, within the same levels.

u comes from pairs drawn at random, m from pairs that agree on something telling, by
expectation-maximisation with u held fixed (Fellegi and Sunter 1969; Dempster, Laird and
Rubin 1977). What a comparison is worth is never learned from pairs that were chosen by
it.
"""

from collections.abc import Sequence, Set
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from indicators.linkage import model
from indicators.linkage.comparison import Comparison
from indicators.linkage.decisions import Sizes
from indicators.linkage.model import Model

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

SEED = 1
MOST_RANDOM = 200_000
MOST_ALIKE = 300_000
ROUNDS = 100
PASSES = 4  # of learning u, and m from it
# As so many pairs do the chances of the model count that training begins with.
KNOWN_MATCHES, KNOWN_OTHERS = 20.0, 100.0
LEAST_SEEN = 0.5  # pairs at a level that none was seen at

# Pairs to learn from share these columns; the comparisons are those they were chosen
# by.
LESSONS = (
    (("birth_date",), ("birth_date",)),
    (("first", "last"), ("first", "last")),
    (("street", "birth_year"), ("place", "birth_date")),
    (("phone",), ("phone",)),
    (("email",), ("email",)),
    (("last", "zip"), ("last", "place")),
    (("last", "city"), ("last", "place")),
)


def others(comparison: Comparison, known: Model, *, sizes: Sizes) -> dict[str, Floats]:
    """Return u of each comparison that the files allow, from pairs drawn at random.

    known: the model whose m tells apart the few of them that match.
    """
    chances = [model.chances(known, name) for name in comparison.compared]
    m, u = ([each[:, side] for each in chances] for side in (0, 1))
    seen = comparison.patterns(_random_pairs(sizes))
    for _ in range(PASSES):
        u = _unlike(seen, chances, m, u)
    return dict(zip(comparison.compared, u, strict=True))


def train(comparison: Comparison, known: Model, *, sizes: Sizes) -> Model:
    """Return a model whose m and u are learned from the files in `comparison`.

    known: the model to begin from, which outweighs what only few pairs show.
    """
    names = comparison.compared
    shipped = [model.chances(known, name) for name in names]
    random = comparison.patterns(_random_pairs(sizes))
    lessons = []
    for columns, chosen_by in LESSONS:
        pairs = comparison.alike(columns, most=MOST_ALIKE)
        if pairs is not None:
            free = [at for at, name in enumerate(names) if name not in chosen_by]
            lessons.append((free, comparison.patterns(pairs)))
    has_homes = comparison.has_homes()
    personal = {
        at for at, name in enumerate(names) if has_homes and name in model.PERSONAL
    }
    m, u = ([each[:, side] for each in shipped] for side in (0, 1))
    for _ in range(PASSES):
        u = _unlike(random, shipped, m, u)
        matches = [np.zeros(len(each)) for each in shipped]
        for free, seen in lessons:
            learned = _matches(seen, free, shipped, u, personal=personal)
            for at, counts in zip(free, learned, strict=True):
                matches[at] += counts
        m = [
            smoothed(counts, each[:, 0], KNOWN_MATCHES)
            for counts, each in zip(matches, shipped, strict=True)
        ]
    return replace(
        known,
        version=f"{known.version}, trained",
        source=f"Trained on {sizes.left} and {sizes.right} records.",
        comparisons=dict(known.comparisons)
        | {
            name: model.by_level(name, match, other)
            for name, match, other in zip(names, m, u, strict=True)
        },
    )


def _random_pairs(sizes: Sizes) -> pa.Table:
    """Return pairs of numbers of records, all of them where they are few."""
    if sizes.n_pairs <= MOST_RANDOM:
        grid = np.indices((sizes.left, sizes.right)).reshape(2, -1)
        left, right = grid
    else:
        rng = np.random.default_rng(SEED)
        left = rng.integers(sizes.left, size=MOST_RANDOM)
        right = rng.integers(sizes.right, size=MOST_RANDOM)
    if sizes.is_one_file:
        is_below = left < right
        left, right = left[is_below], right[is_below]
    return pa.table({"l": left, "r": right})


def _unlike(
    seen: tuple[Numbers, Numbers],
    shipped: Sequence[Floats],
    m: Sequence[Floats],
    u: Sequence[Floats],
) -> list[Floats]:
    """Return u of each comparison, from random pairs without those that match.

    m, u: the chances known so far, by which these are told apart.
    """
    patterns, n_pairs = seen
    free = range(len(shipped))
    share = 0.001
    posterior = np.zeros(len(n_pairs))
    for _ in range(ROUNDS):
        posterior = _posterior(patterns, free, m, u, share)
        share = float(posterior @ n_pairs) / max(1, n_pairs.sum())
        share = min(max(share, 1e-9), 0.5)
    counts = _counts(patterns, n_pairs * (1 - posterior), free, shipped)
    return [
        smoothed(count, each[:, 1], KNOWN_OTHERS)
        for count, each in zip(counts, shipped, strict=True)
    ]


def _matches(
    seen: tuple[Numbers, Numbers],
    free: Sequence[int],
    chances: Sequence[Floats],
    u: Sequence[Floats],
    *,
    personal: Set[int],
) -> Sequence[Floats]:
    """Return how many matches are expected at each level of the `free` comparisons.

    personal: the comparisons that others of one home do not share; none where the files
    have no homes. Such others share the rest as often as not. Taken for matches, they
    would teach that first names and birth dates of one person differ.
    """
    patterns, n_pairs = seen
    m = [each[:, 0] for each in chances]
    kin = [
        each[:, 1] if at in personal else each.mean(axis=1)
        for at, each in enumerate(
            np.column_stack((each[:, 0], other))
            for each, other in zip(chances, u, strict=True)
        )
    ]
    total = max(1, n_pairs.sum())
    shares = np.array([0.5, 0.25 if personal else 0.0])
    counts: Sequence[Floats] = [np.zeros(len(chances[at])) for at in free]
    for _ in range(ROUNDS):
        odds = np.column_stack(
            [
                share / (1 - shares.sum()) * _likelier(patterns, free, one, u)
                for share, one in zip(shares, (m, kin), strict=True)
            ]
        )
        expected = n_pairs[:, None] * odds / (1 + odds.sum(axis=1))[:, None]
        shares = np.clip(expected.sum(axis=0) / total, (1e-6, 0), None)
        shares = shares * min(1, (1 - 1e-6) / shares.sum())
        counts = _counts(patterns, expected[:, 0], free, chances)
        for at, count in zip(free, counts, strict=True):
            m[at] = smoothed(count, chances[at][:, 0], KNOWN_MATCHES)
    return counts


def _posterior(
    patterns: Numbers,
    free: Sequence[int],
    m: Sequence[Floats],
    u: Sequence[Floats],
    share: float,
) -> Floats:
    """Return the chance that a pair of each pattern matches."""
    odds = share / (1 - share) * _likelier(patterns, free, m, u)
    return np.asarray(odds / (1 + odds))


def _likelier(
    patterns: Numbers, free: Sequence[int], m: Sequence[Floats], u: Sequence[Floats]
) -> Floats:
    """Return how much likelier each pattern is under m than under u."""
    bits = np.zeros(len(patterns))
    for at in free:
        level = patterns[:, at]
        bits += np.where(level < 0, 0.0, np.log2(m[at] / u[at])[level])
    return np.asarray(np.exp2(np.clip(bits, -500, 500)))


def _counts(
    patterns: Numbers, weights: Floats, free: Sequence[int], chances: Sequence[Floats]
) -> Sequence[Floats]:
    """Return the weights added up by level, for each of the `free` comparisons."""
    found = []
    for at in free:
        is_known = patterns[:, at] >= 0
        levels = patterns[is_known, at]
        counted = np.bincount(levels, weights[is_known], len(chances[at]))
        found.append(counted.astype(np.float64))
    return found


def smoothed(counts: Floats, known: Floats, weight: float) -> Floats:
    """Return the share of each level; `known` counts as so many pairs beside them."""
    filled = counts + weight * known / known.sum() + LEAST_SEEN / len(counts)
    return np.asarray(filled / filled.sum())
