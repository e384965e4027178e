"""Learns m from pairs that people read, as a model that somebody accepts or declines.

People read all pairs that waited and a sample of the rest, so each pair that was read
stands for several: its stratum's pairs over those of them that were read (Horvitz and
Thompson 1952). Pairs of unequal weight tell less than as many of equal weight; they
count as (Σw)² ÷ Σw² of them (Kish 1965), beside the chances of the model that they
correct. A pair of which nobody could tell counts in part.

u is learned from pairs of both lists drawn at random. Pairs that people rejected would
teach it nothing true: they were read because they look alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from indicators.linkage import model
from indicators.linkage.decisions import probability
from indicators.linkage.model import Model
from indicators.linkage.review import Answer, Stratum
from indicators.linkage.training import KNOWN_MATCHES, smoothed

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

FOLDS = 5
SURELY = 1e-6  # no answer costs more than that of one who was this sure and wrong


@dataclass(frozen=True, slots=True)
class Read:
    """One pair that people read: where it stood, and what they said.

    levels: of each comparison, as Splink numbers them; -1 where nothing is known.
    plain: the weight that the model in use gave it, prior included, as a match against
    strangers; bits: the same against twins and others of one home as well.
    """

    stratum: Stratum
    answer: Answer
    levels: tuple[int, ...]
    plain: float
    bits: float


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a model foretells what people say, of pairs that it did not learn from.

    wrong: the share of pairs on the wrong side of even odds, each counted as often as
    it stands for others. loss: the mean surprise of an answer, in bits.
    """

    wrong: float
    loss: float


@dataclass(frozen=True, slots=True)
class Learned:
    """A model learned from pairs that were read, and how it compares with the old."""

    model: Model
    n_read: int
    n_same: int
    n_effective: float
    before: Fit
    after: Fit


def learn(
    read: Sequence[Read],
    sizes: Mapping[Stratum, int],
    known: Model,
    others: Mapping[str, Floats],
    *,
    version: str,
    source: str,
) -> Learned:
    """Return what the pairs that were read teach.

    sizes: how many pairs each stratum holds. known: the model in use. others: u of each
    comparison that the lists allow, in the order of `Read.levels`, as `training.others`
    learned it from random pairs.
    """
    names = list(others)
    levels = np.array([each.levels for each in read], np.int64)
    shares = _shares(read)
    weights = _weights(read, sizes)
    m = _matches(levels, weights * shares, known, names)
    comparisons = dict(known.comparisons)
    for name, match in zip(names, m, strict=True):
        comparisons[name] = model.by_level(name, match, others[name])
    is_told = np.array([each.answer is not Answer.UNSURE for each in read])
    same = weights * shares
    return Learned(
        model=replace(known, version=version, source=source, comparisons=comparisons),
        n_read=len(read),
        n_same=sum(each.answer is Answer.SAME for each in read),
        n_effective=_effective(same),
        before=_fit(np.array([each.bits for each in read]), shares, weights, is_told),
        after=_fit(
            _foretold(read, levels, weights * shares, known, others),
            shares,
            weights,
            is_told,
        ),
    )


def _weights(read: Sequence[Read], sizes: Mapping[Stratum, int]) -> Floats:
    """Return how many pairs of its stratum each pair that was read stands for."""
    n_read = {s: sum(each.stratum is s for each in read) for s in Stratum}
    return np.array([sizes[each.stratum] / n_read[each.stratum] for each in read])


def _shares(read: Sequence[Read]) -> Floats:
    """Return how far each pair counts as a match.

    A pair of which nobody could tell counts as the share of matches among those of its
    stratum of which people could.
    """
    told: dict[Stratum, list[bool]] = {}
    for each in read:
        if each.answer is not Answer.UNSURE:
            told.setdefault(each.stratum, []).append(each.answer is Answer.SAME)
    partly = {stratum: sum(said) / len(said) for stratum, said in told.items()}
    return np.array(
        [
            partly.get(each.stratum, 0.5)
            if each.answer is Answer.UNSURE
            else float(each.answer is Answer.SAME)
            for each in read
        ]
    )


def _effective(weights: Floats) -> float:
    """Return how many pairs of equal weight would tell as much."""
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares else 0.0


def _matches(
    levels: Numbers, weights: Floats, known: Model, names: Sequence[str]
) -> list[Floats]:
    """Return m of each comparison, from pairs that count by `weights`."""
    total = float(weights.sum())
    scale = _effective(weights) / total if total else 0.0
    found = []
    for at, name in enumerate(names):
        before = model.chances(known, name)[:, 0]
        is_known = levels[:, at] >= 0
        counted = np.bincount(
            levels[is_known, at], weights[is_known] * scale, len(before)
        )
        found.append(smoothed(counted.astype(float), before, KNOWN_MATCHES))
    return found


def _foretold(
    read: Sequence[Read],
    levels: Numbers,
    weights: Floats,
    known: Model,
    others: Mapping[str, Floats],
) -> Floats:
    """Return the weight of each pair by a model that has not seen it."""
    names = list(others)
    folds = np.arange(len(read)) % FOLDS
    gained, own = np.zeros(len(read)), np.zeros(len(read))
    for fold in range(FOLDS):
        is_out = folds == fold
        m = _matches(levels[~is_out], weights[~is_out], known, names)
        for at, name in enumerate(names):
            level = levels[is_out, at]
            gain = _gain(known, name, m[at], others[name])[level]
            gain = np.where(level < 0, 0.0, gain)
            gained[is_out] += gain
            if name in model.PERSONAL:
                own[is_out] += np.where(_is_shared(known, name, level), 0.0, gain)
    plain, bits = (
        np.array([getattr(each, name) for each in read]) for name in ("plain", "bits")
    )
    # What twins and kin are likelier by falls with what only the person's own tells.
    as_others = np.clip(np.exp2(-bits) - np.exp2(-plain), 0, None) * np.exp2(-own)
    return np.asarray(-np.log2(np.exp2(-plain - gained) + as_others))


def _is_shared(known: Model, name: str, level: Numbers) -> Flags:
    """Return of which pairs twins would share a person's own: the same birth date."""
    topmost = len(known.comparisons[name]) - 1
    return np.asarray((level == topmost) & (name == "birth_date"))


def _gain(known: Model, name: str, m: Floats, u: Floats) -> Floats:
    """Return by how many bits each level of a comparison weighs more than before.

    Where names agree exactly, how common the name is stands for u: it does not change.
    """
    before = model.chances(known, name)
    gain = np.log2(m / before[:, 0])
    change = np.log2(u / before[:, 1])
    if name in model.TERM_FREQUENCY_COLUMNS:
        change[-1] = 0.0
    return np.asarray(gain - change)


def _fit(bits: Floats, shares: Floats, weights: Floats, is_told: Flags) -> Fit:
    said, total = shares[is_told] > 0.5, float(weights[is_told].sum())
    if not total:
        return Fit(0.0, 0.0)
    chance = np.clip(probability(bits[is_told]), SURELY, 1 - SURELY)
    surprise = -np.log2(np.where(said, chance, 1 - chance))
    wrong = (chance >= 0.5) != said
    counted = weights[is_told]
    return Fit(
        wrong=float(counted @ wrong) / total, loss=float(counted @ surprise) / total
    )
