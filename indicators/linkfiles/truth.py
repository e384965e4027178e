"""Which pairs are right, where somebody knows, and how well a run found them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from accounts.acts import RuleBroken
from indicators.linkfiles.tables import as_text, read_table

Pair = tuple[str, str]
THRESHOLDS = (0.5, 0.9, 0.95)
NAME = "The truth file"


@dataclass(frozen=True, slots=True)
class Truth:
    """The pairs that are right. n_unknown: pairs that name an id in neither file."""

    pairs: frozenset[Pair] = field(repr=False)
    n_unknown: int


def read_truth(path: Path, *, left: pa.Table, right: pa.Table | None) -> Truth:
    """Return the truth in a file with the columns left_id and right_id.

    Within one file (right is None) a pair is the same either way round, and who is the
    same as a third is the same. Raises RuleBroken in one sentence for what is no truth.
    """
    table = read_table(path, name=NAME)
    headings = [heading.casefold() for heading in table.headings]
    if not {"left_id", "right_id"} <= set(headings):
        raise RuleBroken(f"{NAME} needs the columns left_id and right_id.")
    sides = (
        as_text(table.columns[headings.index(heading)]).to_pylist()
        for heading in ("left_id", "right_id")
    )
    named = {pair for pair in zip(*sides, strict=True) if None not in pair}
    lefts = set(left["id"].to_pylist())
    rights = lefts if right is None else set(right["id"].to_pylist())
    known = {pair for pair in named if pair[0] in lefts and pair[1] in rights}
    if named and not known:
        raise RuleBroken(
            f"{NAME} names no pair of ids that the files have; left_id and right_id "
            "may be the wrong way round."
        )
    pairs = _closed(known) if right is None else known
    return Truth(frozenset(pairs), len(named) - len(known))


def quality(pairs: pa.Table, truth: Truth) -> dict[str, dict[str, float]]:
    """Return precision, recall and F1 at each threshold, and of the pairs linked.

    pairs: after cardinality, with `left_id`, `right_id`, `match_probability` and
    `decision`. Precision of no pairs is 1, as is recall of none.
    """
    rows = list(zip(*(column.to_pylist() for column in pairs.columns), strict=True))
    named = [dict(zip(pairs.column_names, row, strict=True)) for row in rows]
    found = {
        str(least): {_either(row) for row in named if row["match_probability"] >= least}
        for least in THRESHOLDS
    }
    found["link"] = {_either(row) for row in named if row["decision"] == "link"}
    return {name: _scores(pairs, truth.pairs) for name, pairs in found.items()}


def _either(row: dict[str, str]) -> Pair:
    return row["left_id"], row["right_id"]


def _scores(found: set[Pair], truth: frozenset[Pair]) -> dict[str, float]:
    n_right = len(found & truth)
    n_all = len(found) + len(truth)
    return {
        "precision": n_right / len(found) if found else 1.0,
        "recall": n_right / len(truth) if truth else 1.0,
        "f1": 2 * n_right / n_all if n_all else 1.0,
    }


def _closed(pairs: Iterable[Pair]) -> set[Pair]:
    """Return every pair of the groups that the pairs make, the lesser id first."""
    head: dict[str, str] = {}

    def top(one: str) -> str:
        while head.setdefault(one, one) != one:
            head[one] = head[head[one]]
            one = head[one]
        return one

    for one, other in pairs:
        head[top(one)] = top(other)
    groups: dict[str, list[str]] = {}
    for one in sorted(head):
        groups.setdefault(top(one), []).append(one)
    return {
        (one, other)
        for group in groups.values()
        for at, one in enumerate(group)
        for other in group[at + 1 :]
    }
