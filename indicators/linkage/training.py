"""Learns m and u from the files themselves, within the same levels.

u comes from pairs drawn at random, m from pairs that agree on something telling, by
expectation-maximisation with u held fixed (Fellegi and Sunter 1969; Dempster, Laird and
Rubin 1977). What a comparison is worth is never learned from pairs that were chosen by
it.
"""

from collections.abc import Mapping, Sequence
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
MOST_RANDOM = 300_000
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


def train(comparison: Comparison, known: Model, *, sizes: Sizes) -> Model:
    """Return a model whose m and u are learned from the files in `comparison`.

    known: the model to begin from, which outweighs what only few pairs show.
    """
    names = comparison.compared
    shipped = [_chances(known, name) for name in names]
    random = comparison.patterns(_random_pairs(sizes))
    lessons = []
    for columns, chosen_by in LESSONS:
        pairs = comparison.alike(columns, most=MOST_ALIKE)
        if pairs is not None:
            free = [at for at, name in enumerate(names) if name not in chosen_by]
            lessons.append((free, comparison.patterns(pairs)))
    m, u = ([each[:, side] for each in shipped] for side in (0, 1))
    for _ in range(PASSES):
        u = _others(random, shipped, m, u)
        matches = [np.zeros(len(each)) for each in shipped]
        for free, seen in lessons:
            for at, counts in zip(free, _matches(seen, free, shipped, u), strict=True):
                matches[at] += counts
        m = [
            _smoothed(counts, each[:, 0], KNOWN_MATCHES)
            for counts, each in zip(matches, shipped, strict=True)
        ]
    return replace(
        known,
        version=f"{known.version}, trained",
        source=f"Trained on {sizes.left} and {sizes.right} records.",
        comparisons=dict(known.comparisons)
        | {
            name: _by_level(name, match, other)
            for name, match, other in zip(names, m, u, strict=True)
        },
    )


def _chances(known: Model, name: str) -> Floats:
    """Return m and u of a comparison, one row per level as Splink numbers them."""
    return np.array(list(known.comparisons[name].values())[::-1])


def _by_level(name: str, m: Floats, u: Floats) -> Mapping[str, tuple[float, float]]:
    levels = model.level_names(name)[::-1]
    shares = zip(levels, m.tolist(), u.tolist(), strict=True)
    return dict([(level, (each_m, each_u)) for level, each_m, each_u in shares][::-1])


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


def _others(
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
        _smoothed(count, each[:, 1], KNOWN_OTHERS)
        for count, each in zip(counts, shipped, strict=True)
    ]


def _matches(
    seen: tuple[Numbers, Numbers],
    free: Sequence[int],
    chances: Sequence[Floats],
    u: Sequence[Floats],
) -> Sequence[Floats]:
    """Return how many matches are expected at each level of the `free` comparisons."""
    patterns, n_pairs = seen
    m = [each[:, 0] for each in chances]
    share = 0.5
    counts: Sequence[Floats] = [np.zeros(len(chances[at])) for at in free]
    for _ in range(ROUNDS):
        posterior = _posterior(patterns, free, m, u, share)
        expected = n_pairs * posterior
        share = float(expected.sum()) / max(1, n_pairs.sum())
        share = min(max(share, 1e-6), 1 - 1e-6)
        counts = _counts(patterns, expected, free, chances)
        for at, count in zip(free, counts, strict=True):
            m[at] = _smoothed(count, chances[at][:, 0], KNOWN_MATCHES)
    return counts


def _posterior(
    patterns: Numbers,
    free: Sequence[int],
    m: Sequence[Floats],
    u: Sequence[Floats],
    share: float,
) -> Floats:
    """Return the chance that a pair of each pattern matches."""
    bits = np.full(len(patterns), np.log2(share / (1 - share)))
    for at in free:
        level = patterns[:, at]
        bits += np.where(level < 0, 0.0, np.log2(m[at] / u[at])[level])
    return np.asarray(1 / (1 + np.exp2(-np.clip(bits, -500, 500))))


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


def _smoothed(counts: Floats, known: Floats, weight: float) -> Floats:
    smoothed = counts + weight * known / known.sum() + LEAST_SEEN / len(counts)
    return np.asarray(smoothed / smoothed.sum())
