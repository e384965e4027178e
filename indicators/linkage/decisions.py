"""From weighed pairs to decided links: the prior, the bands, who may be linked twice.

A table of pairs has one row per candidate pair: `left` and `right`, the numbers of the
records, in the order of their ids;
`bits`: weight without the prior;
`own_bits`: the part that given names and sex bring, which is what twins do not share;
`personal_bits`: the same with the birth date, which no relatives of one home share;
`is_first_sure`: first names are the same, one may stand for the other, or they are
swapped with surnames; middle names do not disagree;
`is_same_birth`, `is_twin_like`: the birth dates are the same; and the surnames share a
part as well, are alike, or stand where the first name should.

Rows are ordered from the best on, then by the numbers, so that a choice between equals
is the same in every run.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

CLEAR_MARGIN = 3.0  # bits by which a link must beat its best rival
LEAST_PROBABILITY = 0.01  # below it a pair is not even the best of the rejected
FEWEST_MATCHES = 1e-6  # expected; keeps the prior finite when no pair is likely
MOST_ROUNDS = 500
LEAST_TWIN_ODDS = 0.01  # from which on a person looks
AT_A_TIME = 100_000  # pairs whose numbers are Python's while they are looked at
MOST_COPIES = 10  # of a record in a file that repeats people, for the prior's bound


class Band(StrEnum):
    """What becomes of a link: taken, looked at by a person, or not taken."""

    ACCEPT = "accept"
    REVIEW = "review"
    REJECT = "reject"


BANDS = pa.array(list(Band), pa.string())
ACCEPT, REVIEW, REJECT = np.arange(len(Band), dtype=np.int8)  # places in BANDS


class Cardinality(StrEnum):
    """How many links a record may have: of the left side to of the right side."""

    ONE_TO_ONE = "one-to-one"
    ONE_TO_MANY = "one-to-many"
    MANY_TO_MANY = "many-to-many"


@dataclass(frozen=True, slots=True)
class Expected:
    """How many other pairs stand beside each match, before the files tell.

    share: for each match. known: of so many matches. most: never more.
    """

    share: float
    known: float
    most: float


# A twin whose own record is missing; a relative of the same home.
TWINS = Expected(0.01, 50.0, 0.03)
KIN = Expected(0.05, 50.0, 4.0)


@dataclass(frozen=True, slots=True)
class Sizes:
    """The rows of both sides; of one file against itself they are equal."""

    left: int
    right: int
    cardinality: Cardinality = Cardinality.ONE_TO_ONE
    is_one_file: bool = False

    @property
    def n_pairs(self) -> int:
        """Return how many pairs there are to compare, if all were."""
        if self.is_one_file:
            return max(1, self.left * (self.left - 1) // 2)
        return max(1, self.left * self.right)

    @property
    def most_matches(self) -> int:
        """Return how many pairs can match."""
        if self.cardinality is Cardinality.ONE_TO_ONE:
            return min(self.left, self.right)
        if self.cardinality is Cardinality.ONE_TO_MANY:
            return self.right
        return MOST_COPIES * max(self.left, self.right)

    @property
    def may_pair_twins(self) -> bool:
        """Return whether twins, each with a record, may be paired with each other.

        Of two files of which a record has one link, each goes to its own.
        """
        return self.is_one_file or self.cardinality is Cardinality.MANY_TO_MANY


def decide(
    pairs: pa.Table,
    *,
    sizes: Sizes,
    accept: float,
    review: float,
    odds: float,
    has_homes: bool = False,
) -> pa.Table:
    """Return the pairs with `weight` (bits), `probability` and `band`, best first.

    That is by weight, but where the first name is sure by the evidence against
    strangers alone: that it might be a twin's makes no other pair of a record better.

    odds: the prior, as `prior` tells it. has_homes: whether the files list several
    people of one home.

    Beside a match and two strangers, a pair of the same birth date and surname may be
    twins, who share everything but `own_bits`, and one of other birth dates relatives
    of one home, who share all but `personal_bits`: the probability counts that. One of
    `accept` or more is not enough where a rival comes within `CLEAR_MARGIN` and only
    one of them can be right, where the first name is not sure and a twin is a rival or
    may be the other of the pair, or where given names and sex speak for a twin: a
    person looks at those.
    """
    weight, band, rank = _judged(
        pairs,
        sizes=sizes,
        accept=accept,
        review=review,
        odds=odds,
        has_homes=has_homes,
    )
    left, right = (pairs[name].to_numpy() for name in ("left", "right"))
    order = np.lexsort((right, left, -rank))
    weight = weight[order]
    return (
        pairs.select(["left", "right", "is_exact"])
        .take(pa.array(order))
        .append_column("weight", pa.array(weight))
        .append_column("probability", pa.array(probability(weight)))
        .append_column("band", BANDS.take(pa.array(band[order])))
    )


def _judged(
    pairs: pa.Table,
    *,
    sizes: Sizes,
    accept: float,
    review: float,
    odds: float,
    has_homes: bool,
) -> tuple[Floats, npt.NDArray[np.int8], Floats]:
    """Return each pair's weight, its band as a place in BANDS, and what it ranks by."""
    left, right = (pairs[name].to_numpy() for name in ("left", "right"))
    is_twin_like = _flags(pairs, "is_twin_like")
    is_first_sure = _flags(pairs, "is_first_sure")
    weights = pairs["bits"].to_numpy() + odds
    rival_bits, may_be_twin = _rivals(left, right, weights, is_twin_like, sizes)
    may_be_twin |= is_twin_like & sizes.may_pair_twins
    is_best = weights >= rival_bits
    is_plain = weights - rival_bits >= CLEAR_MARGIN
    del rival_bits
    as_twin = np.where(is_twin_like, np.exp2(-pairs["own_bits"].to_numpy()), 0.0)
    as_twin *= others_per_match(weights, as_twin, is_best=is_best, of=TWINS)
    is_plain &= (as_twin <= LEAST_TWIN_ODDS) & (is_first_sure | ~may_be_twin)
    is_kin_like = has_homes & ~_flags(pairs, "is_same_birth")
    as_kin = np.where(is_kin_like, np.exp2(-pairs["personal_bits"].to_numpy()), 0.0)
    as_kin *= others_per_match(weights, as_kin, is_best=is_best, of=KIN)
    weight = np.round(-np.log2(np.exp2(-weights) + as_twin + as_kin), 6)
    band = np.where((probability(weight) >= accept) & is_plain, ACCEPT, REVIEW)
    band[probability(weights) < review] = REJECT
    return weight, band, np.where(is_first_sure, weights, weight)


def chosen(decided: pa.Table, *, sizes: Sizes) -> pa.Table:
    """Return the links: the best pairs first, no record in more than it may be in.

    decided: as `decide` returns them. Pairs less likely than `LEAST_PROBABILITY` are
    left out. Greedy by weight comes within rounding of the best assignment and costs a
    tenth. One to one within one file: no record is in two pairs, on whichever side. One
    to many: a record of the right side has one link, one of the left many.
    """
    likely = decided.filter(pc.greater_equal(decided["probability"], LEAST_PROBABILITY))
    if sizes.cardinality is Cardinality.MANY_TO_MANY:
        return likely
    is_left_once = sizes.cardinality is Cardinality.ONE_TO_ONE
    taken_right: set[int] = set()
    taken_left = taken_right if sizes.is_one_file else set()
    are_taken = np.zeros(len(likely), bool)
    row = 0
    for some in likely.select(["left", "right"]).to_batches(max_chunksize=AT_A_TIME):
        for left, right in zip(*(side.to_pylist() for side in some), strict=True):
            if right not in taken_right and not (is_left_once and left in taken_left):
                taken_left.add(left)
                taken_right.add(right)
                are_taken[row] = True
            row += 1
    return likely.filter(pa.array(are_taken))


def prior(bits: Floats, *, sizes: Sizes) -> float:
    """Return the log2 odds that a random pair matches, by maximum likelihood.

    bits: the evidence of the pairs tried; all others count as certain non-matches.
    The evidence is held fixed (expectation-maximisation of the prior alone; Dempster,
    Laird and Rubin 1977).
    """
    odds = highest = highest_prior(sizes)
    for _ in range(MOST_ROUNDS):
        n_matches = max(float(probability(bits + odds).sum()), FEWEST_MATCHES)
        share = n_matches / sizes.n_pairs
        before, odds = odds, highest if share >= 0.5 else min(highest, log_odds(share))
        if abs(odds - before) < 1e-9:
            break
    return odds


def others_per_match(
    odds: Floats, as_other: Floats, *, is_best: Flags, of: Expected
) -> float:
    """Return how many pairs of twins, or of kin, there are for each match.

    By maximum likelihood. odds: of a match against strangers, log2. as_other: how much
    likelier than as a match the pair is as twins or kin. is_best: neither record has a
    better pair. of: what is expected before.
    """
    others, likelier = np.exp2(-odds[is_best]), as_other[is_best]
    share = of.share
    for _ in range(MOST_ROUNDS):
        chance = 1 / (1 + others + share * likelier)
        n_others = float((chance * share * likelier).sum()) + of.share * of.known
        before, share = share, n_others / (float(chance.sum()) + of.known)
        if abs(share - before) < 1e-6:
            break
    return min(share, of.most)


def highest_prior(sizes: Sizes) -> float:
    """Return the log2 odds of a match if there were as many as there can be."""
    return log_odds(min(0.5, sizes.most_matches / sizes.n_pairs) or 0.5)


def log_odds(share: float) -> float:
    """Return the log2 odds of a probability between 0 and 1."""
    return float(np.log2(share / (1 - share)))


def probability(weight: Floats) -> Floats:
    """Return the probability of a match at a weight in bits, prior included."""
    return np.asarray(1 / (1 + np.exp2(-weight)))


def _flags(pairs: pa.Table, name: str) -> Flags:
    return np.asarray(pairs[name].to_numpy(), bool)


def _rivals(
    left: Numbers, right: Numbers, weight: Floats, is_twin_like: Flags, sizes: Sizes
) -> tuple[Floats, Flags]:
    """Return each pair's best rival, and whether one of its rivals is twin-like.

    A rival is another pair of a record that may have one link only.
    """
    none = np.full(len(weight), -np.inf)
    if not len(weight) or sizes.cardinality is Cardinality.MANY_TO_MANY:
        return none, np.zeros(len(weight), bool)
    if sizes.is_one_file:
        both = np.concatenate((left, right))
        n_twins = np.bincount(both, np.tile(is_twin_like, 2))
        has_twin = (n_twins[left] - is_twin_like > 0) | (
            n_twins[right] - is_twin_like > 0
        )
        best = _best_other(both, np.tile(weight, 2)).reshape(2, -1).max(axis=0)
    else:
        has_twin = np.zeros(len(weight), bool)
        is_left_once = sizes.cardinality is Cardinality.ONE_TO_ONE
        for record in (left, right) if is_left_once else (right,):
            has_twin |= np.bincount(record, is_twin_like)[record] - is_twin_like > 0
        best = _best_other(right, weight)
        if is_left_once:
            best = np.maximum(best, _best_other(left, weight))
    return best, has_twin


def _best_other(record: Numbers, weight: Floats) -> Floats:
    """Return for each pair the best weight of the other pairs of the same record."""
    best, second = np.full((2, record.max() + 1), -np.inf)
    np.maximum.at(best, record, weight)
    is_best = weight == best[record]
    np.maximum.at(second, record[~is_best], weight[~is_best])
    is_alone = is_best & (np.bincount(record, is_best) == 1)[record]
    other: Floats = np.where(is_alone, second[record], best[record])
    return other
