"""From weighed pairs to decided links: the prior, the bands, one link per child.

A table of pairs has one row per pair of a housing child and a student, best first:
`housing_id`, `student_id`;
`bits`: weight without the prior;
`rival_bits`: `bits` of the best other pair of either child, or minus infinity;
`own_bits`: the part that given names and sex bring, which is what twins do not share;
`is_first_sure`: first names are the same or one may stand for the other;
`has_twin_rival`: another pair of either child has the same birth date and shares a
part of the surname.

Rows are ordered by descending `bits`, then the ids, so that a choice between equals is
the same in every run.
"""

from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Floats = npt.NDArray[np.float64]

CLEAR_MARGIN = 3.0  # bits by which a link must beat its best rival
LEAST_PROBABILITY = 0.01  # below it a pair is not even the best of the rejected
FEWEST_MATCHES = 1e-6  # expected; keeps the prior finite when no pair is likely
MOST_ROUNDS = 500


class Band(StrEnum):
    """What becomes of a link: taken, looked at by a person, or not taken."""

    ACCEPT = "accept"
    REVIEW = "review"
    REJECT = "reject"


def decide(
    pairs: pa.Table, *, n_housing: int, n_students: int, accept: float, review: float
) -> pa.Table:
    """Return the pairs with `weight` (bits), `probability` and `band`.

    A probability of `accept` or more is not enough where a rival comes within
    `CLEAR_MARGIN`, where a twin is a rival and the first name is not sure, or where
    given names and sex speak against the match, as they would for a twin whose own
    record is missing: a person looks at those. Pairs less likely than
    `LEAST_PROBABILITY` are left out.
    """
    bits = pairs["bits"].to_numpy()
    weight = np.round(bits + prior(bits, n_housing=n_housing, n_students=n_students), 6)
    chance = probability(weight)
    is_clear = bits - pairs["rival_bits"].to_numpy() >= CLEAR_MARGIN
    is_own = pairs["own_bits"].to_numpy() >= 0
    is_told_apart = (
        pairs["is_first_sure"].to_numpy() | ~pairs["has_twin_rival"].to_numpy()
    )
    is_plain = is_clear & is_own & is_told_apart
    band = np.where((chance >= accept) & is_plain, Band.ACCEPT, Band.REVIEW)
    band = np.where(chance < review, Band.REJECT, band)
    return (
        pairs.append_column("weight", pa.array(weight))
        .append_column("probability", pa.array(chance))
        .append_column("band", pa.array(band, pa.string()))
        .filter(pa.array(chance >= LEAST_PROBABILITY))
    )


def one_to_one(pairs: pa.Table) -> pa.Table:
    """Return the links: each child in at most one, the best pairs taken first.

    Greedy by weight comes within rounding of the best assignment and costs a tenth.
    """
    housing, students = pairs["housing_id"].to_pylist(), pairs["student_id"].to_pylist()
    linked_housing: set[str] = set()
    linked_students: set[str] = set()
    rows = []
    for row, (child, student) in enumerate(zip(housing, students, strict=True)):
        if child not in linked_housing and student not in linked_students:
            linked_housing.add(child)
            linked_students.add(student)
            rows.append(row)
    return pairs.take(pa.array(rows, pa.int64()))


def prior(bits: Floats, *, n_housing: int, n_students: int) -> float:
    """Return the log2 odds that a random pair matches, by maximum likelihood.

    bits: the evidence of the pairs tried; all others count as certain non-matches.
    The evidence is held fixed (expectation-maximisation of the prior alone; Dempster,
    Laird and Rubin 1977). At most every child of the smaller file can match.
    """
    odds = highest = highest_prior(n_housing, n_students)
    for _ in range(MOST_ROUNDS):
        n_matches = max(float(probability(bits + odds).sum()), FEWEST_MATCHES)
        share = n_matches / max(1, n_housing * n_students)
        before, odds = odds, highest if share >= 0.5 else min(highest, log_odds(share))
        if abs(odds - before) < 1e-9:
            break
    return odds


def highest_prior(n_housing: int, n_students: int) -> float:
    """Return the log2 odds of a match if every child of the smaller file had one."""
    return log_odds(1 / max(2, n_housing, n_students))


def log_odds(share: float) -> float:
    """Return the log2 odds of a probability between 0 and 1."""
    return float(np.log2(share / (1 - share)))


def probability(weight: Floats) -> Floats:
    """Return the probability of a match at a weight in bits, prior included."""
    return np.asarray(1 / (1 + np.exp2(-weight)))
