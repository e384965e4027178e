"""Clerical review: which pairs a person reads, who reads next, what was concluded.

A queue has one row per pair to read, in an order that says nothing about the pair:
`code`, random; `housing_id`, `student_id`; `stratum`, of `Stratum`; `is_read_twice`;
`carried`, the answer of an earlier run on the same two records, or empty.
"""

import random
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pyarrow as pa

from indicators.linkage.decisions import Band

# So many of each band that nobody has to read are read all the same, by chance: no
# error among 100 says that fewer than 4 percent of the band are wrong.
SAMPLE = 100
SHARE_READ_TWICE = 0.2
FEWEST_READ_TWICE = 10
# Fewer pairs read twice than this say nothing about how far readers agree.
FEWEST_FOR_AGREEMENT = 10
SURE, LIKELY = 0.99, 0.95

Pair = tuple[str, str]
QUEUE = pa.schema(
    {
        "code": pa.string(),
        "housing_id": pa.string(),
        "student_id": pa.string(),
        "stratum": pa.string(),
        "is_read_twice": pa.bool_(),
        "carried": pa.string(),
    }
)


class Stratum(StrEnum):
    """Where a pair stands by its probability, before anybody has read it."""

    SURE = "sure"
    LIKELY = "likely"
    TIE = "tie"
    UNSURE = "unsure"
    REJECTED = "rejected"


class Answer(StrEnum):
    """What a reader says of a pair, or all its readers together."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


LINKED = frozenset({Stratum.SURE, Stratum.LIKELY})
WAITING = frozenset({Stratum.TIE, Stratum.UNSURE})
BAND_AFTER = {Answer.SAME: Band.ACCEPT, Answer.DIFFERENT: Band.REJECT}


@dataclass(frozen=True, slots=True)
class Entry:
    """One pair of the queue, by its code."""

    code: str
    is_read_twice: bool


@dataclass(frozen=True, slots=True)
class Given:
    """One reading: of which pair, the first or the second, whose; answer if given."""

    code: str
    ordinal: int
    reader: str
    answer: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two readers agree.

    n_pairs: read by two. raw: the share with equal answers. kappa: Cohen 1960, what is
    beyond chance. None where too few pairs, or only one answer, can tell.
    """

    n_pairs: int
    raw: float | None
    kappa: float | None


def stratum_of(band: str, probability: float) -> Stratum:
    """Return where a pair stands. A likely one that waits has a rival close by."""
    if band == Band.ACCEPT:
        return Stratum.SURE if probability >= SURE else Stratum.LIKELY
    if band == Band.REVIEW:
        return Stratum.TIE if probability >= LIKELY else Stratum.UNSURE
    return Stratum.REJECTED


def strata(pairs: pa.Table) -> list[Stratum]:
    """Return the stratum of each pair; columns `band` and `probability`."""
    columns = (pairs[name].to_pylist() for name in ("band", "probability"))
    return [stratum_of(*each) for each in zip(*columns, strict=True)]


def strata_of(placed: pa.Table) -> list[Stratum]:
    """Return the stratum that each pair has kept."""
    return [Stratum(each) for each in placed["stratum"].to_pylist()]


def placed(pairs: pa.Table) -> pa.Table:
    """Return the pairs with their `stratum`, which stays whatever people say later."""
    return pairs.append_column("stratum", pa.array(strata(pairs), pa.string()))


def contested(pairs: pa.Table, known: Mapping[Pair, Answer]) -> pa.Table:
    """Return the pairs, beside what people said earlier of the same two records.

    known: concluded answers on records that have not changed since. A pair of a child
    whom people confirmed as somebody else waits for a person: one of both is wrong. A
    confirmed pair that was not found again, and whose children nobody else has, is
    added as one that was rejected.
    """
    proposed = set(pairs_of(pairs))
    lost = {
        pair
        for pair, answer in known.items()
        if answer == Answer.SAME and pair not in proposed
    }
    housing, students = {one for one, _ in lost}, {one for _, one in lost}
    rows = pairs.to_pylist()
    taken: set[str] = set()
    enrolled: set[str] = set()
    for row in rows:
        taken.add(row["housing_id"])
        enrolled.add(row["student_id"])
        is_claimed = row["housing_id"] in housing or row["student_id"] in students
        if is_claimed and row["band"] == Band.ACCEPT:
            row["band"] = Band.REVIEW.value
    for child, student in sorted(lost):
        if child not in taken and student not in enrolled:
            taken.add(child)
            enrolled.add(student)
            rows.append(
                {
                    "housing_id": child,
                    "student_id": student,
                    "weight": 0.0,
                    "probability": 0.0,
                    "band": Band.REJECT.value,
                }
            )
    return pa.Table.from_pylist(rows, schema=pairs.schema)


def queue(pairs: pa.Table, known: Mapping[Pair, Answer], *, seed: str) -> pa.Table:
    """Return what is to be read: all that waits, and a sample of every other stratum.

    pairs: as `placed` returns them.
    seed: fixes the sample, its order and who is read twice; the codes are random.
    """
    chance = random.Random(seed)  # noqa: S311 - a sample that can be drawn again
    by_stratum: dict[Stratum, list[Pair]] = {each: [] for each in Stratum}
    placed_in = pairs["stratum"].to_pylist()
    for pair, stratum in zip(pairs_of(pairs), placed_in, strict=True):
        by_stratum[Stratum(stratum)].append(pair)
    rows: list[dict[str, Any]] = []
    for stratum, members in by_stratum.items():
        n_read = len(members)
        if stratum not in WAITING:
            n_read = min(n_read, SAMPLE)
        read = chance.sample(sorted(members), n_read)
        n_twice = max(round(SHARE_READ_TWICE * n_read), FEWEST_READ_TWICE)
        rows += [
            {
                "code": secrets.token_hex(8),
                "housing_id": pair[0],
                "student_id": pair[1],
                "stratum": stratum.value,
                "is_read_twice": position < n_twice and pair not in known,
                "carried": known[pair].value if pair in known else "",
            }
            for position, pair in enumerate(read)
        ]
    chance.shuffle(rows)
    return pa.Table.from_pylist(rows, schema=QUEUE)


def entries(queue: pa.Table) -> list[Entry]:
    """Return the pairs that a person still has to read, in order."""
    return [
        Entry(row["code"], row["is_read_twice"])
        for row in queue.select(["code", "is_read_twice", "carried"]).to_pylist()
        if not row["carried"]
    ]


def n_readings(queue: pa.Table) -> int:
    """Return how many readings a queue asks for, the second ones included."""
    return sum(1 + entry.is_read_twice for entry in entries(queue))


def next_reading(
    entries: Sequence[Entry], given: Collection[Given], reader: str
) -> tuple[str, int] | None:
    """Return the code that a person reads next, and whether it is read first or second.

    given: readings that are answered or under way. Nobody reads a pair twice. None
    where nothing is left for this person.
    """
    taken: dict[str, dict[int, str]] = {}
    for each in given:
        taken.setdefault(each.code, {})[each.ordinal] = each.reader
    for entry in entries:
        readers = taken.get(entry.code, {})
        if reader in readers.values():
            continue
        for ordinal in (1, 2) if entry.is_read_twice else (1,):
            if ordinal not in readers:
                return entry.code, ordinal
    return None


def conclusions(queue: pa.Table, given: Collection[Given]) -> dict[str, Answer]:
    """Return what is concluded, by code, of all pairs that somebody has read.

    One reading counts until there is a second. Readers who differ conclude nothing:
    their pair is as unsure as one of which a reader could not tell.
    """
    answers: dict[str, list[str]] = {}
    for each in given:
        if each.answer:
            answers.setdefault(each.code, []).append(each.answer)
    found = {}
    for row in queue.select(["code", "carried"]).to_pylist():
        said = answers.get(row["code"], [row["carried"]] if row["carried"] else [])
        if said:
            is_agreed = len(set(said)) == 1
            found[row["code"]] = Answer(said[0]) if is_agreed else Answer.UNSURE
    return found


def concluded_pairs(queue: pa.Table, given: Collection[Given]) -> dict[Pair, Answer]:
    """Return what is concluded, by pair."""
    found = conclusions(queue, given)
    codes = queue["code"].to_pylist()
    return {
        pair: found[code]
        for code, pair in zip(codes, pairs_of(queue), strict=True)
        if code in found
    }


def settled(pairs: pa.Table, answers: Mapping[Pair, Answer | None]) -> pa.Table:
    """Return the pairs with the band that people gave them.

    answers: None of a pair of which nothing is concluded, or no longer. Such a pair,
    and one of which nobody could tell, has the engine's band. A pair that is not among
    them keeps the band that it has.
    """

    def band(pair: Pair, stratum: str, now: str) -> str:
        if pair not in answers:
            return now
        answer = answers[pair]
        decided = BAND_AFTER.get(answer) if answer else None
        return (decided or engines_band(stratum)).value

    columns = (pairs[name].to_pylist() for name in ("stratum", "band"))
    bands = [band(*each) for each in zip(pairs_of(pairs), *columns, strict=True)]
    position = pairs.column_names.index("band")
    return pairs.set_column(position, "band", pa.array(bands, pa.string()))


def engines_band(stratum: str) -> Band:
    """Return the band of a pair of which nobody has said anything."""
    if stratum in LINKED:
        return Band.ACCEPT
    return Band.REVIEW if stratum in WAITING else Band.REJECT


def agreement(given: Collection[Given]) -> Agreement:
    """Return how far the two readers of the pairs read twice agree."""
    said: dict[str, dict[int, str]] = {}
    for each in given:
        if each.answer:
            said.setdefault(each.code, {})[each.ordinal] = each.answer
    both = [(two[1], two[2]) for two in said.values() if len(two) == 2]
    n = len(both)
    if n < FEWEST_FOR_AGREEMENT:
        return Agreement(n, None, None)
    n_equal = sum(one == two for one, two in both)
    by_chance = sum(
        sum(one == answer for one, _ in both) * sum(two == answer for _, two in both)
        for answer in Answer
    )
    if by_chance == n * n:
        return Agreement(n, n_equal / n, None)
    return Agreement(n, n_equal / n, (n * n_equal - by_chance) / (n * n - by_chance))


def pairs_of(table: pa.Table) -> list[Pair]:
    """Return the two ids of each row."""
    columns = (table[name].to_pylist() for name in ("housing_id", "student_id"))
    return list(zip(*columns, strict=True))
