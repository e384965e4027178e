"""What the vault tells of how a run weighed its pairs, for a page; kept nowhere."""

from dataclasses import dataclass
from math import log2
from typing import Any

from accounts.models import User
from indicators.linkage import review
from indicators.linkage.curves import (
    PRIOR,
    SIDES,
    Judged,
    Point,
    curve,
    share_below,
)
from indicators.models import LinkageRun, Reading
from indicators.services.linked import opened, readings_of
from indicators.services.reviewing import NO_PAIRS

KIN = "kin"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """How a run weighed its pairs.

    levels: the model's, `comparison`, `level`, `m`, `u`. weighed: pairs compared, by
    `band` and `low`, the lower end of their weight. below: by list, the share of
    records that cannot reach each weight. curve: None as long as this person could
    still read a pair.
    """

    levels: list[Row]
    weighed: list[Row]
    below: dict[str, list[tuple[int, float]]]
    curve: list[Point] | None


@dataclass(frozen=True, slots=True)
class Step:
    """What one comparison brought to a pair, in bits, from where to where."""

    comparison: str
    level: str
    start: float
    end: float


def diagnosis(run: LinkageRun, person: User) -> Diagnosis:
    """Return how a run weighed its pairs."""
    held = opened(run.review, otherwise=NO_PAIRS)
    pairs = opened(run.crosswalk, otherwise=NO_PAIRS)["pairs"]
    queue, given = held["queue"], readings_of(run)
    answered = [each for each in given if each.answer]
    is_left = (
        review.next_reading(review.entries(queue), answered, str(person.pk)) is not None
    )
    said = {} if is_left else review.concluded_pairs(queue, given)
    chances = pairs["probability"].to_pylist()
    judged = [
        Judged(stratum, chance, said.get(pair))
        for pair, stratum, chance in zip(
            review.pairs_of(pairs), review.strata_of(pairs), chances, strict=True
        )
    ]
    return Diagnosis(
        levels=[
            row for row in held["levels"].to_pylist() if row["comparison"] != PRIOR
        ],
        weighed=held["weighed"].to_pylist(),
        below={side: share_below(held["linkable"], side=side) for side in SIDES},
        curve=None if is_left else curve(judged),
    )


def waterfall(reading: Reading) -> list[Step]:
    """Return how the weight of a pair came about, the prior first.

    The last step is what the chance takes off that they are twins or of one home.
    Empty for a pair that only an earlier run found.
    """
    held = opened(reading.run.review, otherwise=NO_PAIRS)
    queue = next(
        row for row in held["queue"].to_pylist() if row["code"] == reading.code
    )
    pair = queue["housing_id"], queue["student_id"]
    brought = [
        row
        for row in held["evidence"].to_pylist()
        if (row["left_id"], row["right_id"]) == pair
    ]
    if not brought:
        return []
    pairs = opened(reading.run.crosswalk, otherwise=NO_PAIRS)["pairs"].to_pylist()
    weight = next(
        row["weight"] for row in pairs if (row["housing_id"], row["student_id"]) == pair
    )
    levels = held["levels"].to_pylist()
    prior = next(row for row in levels if row["comparison"] == PRIOR)
    steps = [Step(PRIOR, "", 0.0, log2(prior["m"] / prior["u"]))]
    for row in brought:
        start = steps[-1].end
        steps.append(Step(row["comparison"], row["level"], start, start + row["bits"]))
    steps.append(Step(KIN, "", steps[-1].end, weight))
    return steps
