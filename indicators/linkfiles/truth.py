"""Which pairs are right, where somebody knows, and how well a run found them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from accounts.acts import RuleBroken
from indicators.formats.headings import comparable
from indicators.formats.problems import enumerated
from indicators.formats.report import shown
from indicators.linkfiles.layout import field_of
from indicators.linkfiles.tables import Table, as_text, read_table

Pair = tuple[str, str]
THRESHOLDS = (0.5, 0.9, 0.95)
NAME = "The truth file"
# Headings under which such files say whether a pair is of one person, and the words.
LABELS = frozenset(
    {"ismatch", "match", "matched", "truematch", "label", "islink", "link", "target"}
    | {"isduplicate", "duplicate", "same", "sameperson", "issame", "truth", "gold"}
    | {"clericalmatchscore", "clericalmatch", "groundtruth", "class", "y"}
)
_YES = frozenset({"1", "1.0", "true", "t", "yes", "y", "match", "link", "same"})
_FOUND_BY = frozenset({"source", "sourcedataset", "dataset"})
_SIDE = re.compile(r"^(?:left|right|[lrab12])[ _.-]|[ _.-](?:left|right|[lrab12])$")
_NO = frozenset(
    {"0", "0.0", "false", "f", "no", "n", "non-match", "nonmatch", "different"}
)


@dataclass(frozen=True, slots=True)
class Truth:
    """The pairs that are right. n_unknown: pairs that name an id in neither file."""

    pairs: frozenset[Pair] = field(repr=False)
    n_unknown: int


def read_truth(path: Path, *, left: pa.Table, right: pa.Table | None) -> Truth:
    """Return the truth in a file with the columns left_id and right_id.

    Where a column labels the pairs, those that it says are none are left out; where
    none does, none may be there that could but says another word than yes. Within one
    file (right is None) a pair is the same either way round, and who is the same as
    a third is the same. Raises RuleBroken in one sentence for what is no truth.
    """
    table = read_table(path, name=NAME)
    headings = [heading.casefold() for heading in table.headings]
    if not {"left_id", "right_id"} <= set(headings):
        raise RuleBroken(f"{NAME} needs the columns left_id and right_id.")
    sides = (
        as_text(table.columns[headings.index(heading)]).to_pylist()
        for heading in ("left_id", "right_id")
    )
    rows = zip(*sides, _are_right(table), strict=True)
    named = {
        (one, other)
        for one, other, is_right in rows
        if is_right and None not in (one, other)
    }
    lefts = set(left["id"].to_pylist())
    rights = lefts if right is None else set(right["id"].to_pylist())
    known = {pair for pair in named if pair[0] in lefts and pair[1] in rights}
    if named and not known:
        raise RuleBroken(
            f"{NAME} names no pair of ids that the files have; left_id and right_id "
            "may be the wrong way round, or ids may lack zeros that the files have."
        )
    pairs = _closed(known) if right is None else known
    return Truth(frozenset(pairs), len(named) - len(known))


def _are_right(table: Table) -> list[bool]:
    """Return which rows are of one person, by the column that labels them, if any."""
    labels: dict[str, list[bool]] = {}
    others: dict[str, set[str]] = {}
    for place, heading in enumerate(table.headings):
        if heading.casefold() in ("left_id", "right_id") or _is_of_people(heading):
            continue
        words = [
            (word or "").casefold()
            for word in as_text(table.columns[place]).to_pylist()
        ]
        found = set(words)
        if comparable(heading) not in LABELS:
            if not (found <= _YES or found <= {""}):
                others[heading] = found
        elif found <= _YES | _NO:
            labels[heading] = [word in _YES for word in words]
        else:
            raise RuleBroken(
                f"{NAME} has a column “{shown(heading)}” that may say which pairs "
                "match, and something else than 1 or 0 in it. Write 1 or 0 in it, or "
                "leave out the column and the pairs that do not match."
            )
    for heading, found in others.items():
        if not labels or found <= _YES | _NO | {""}:
            raise RuleBroken(
                f"{NAME} has a column “{shown(heading)}” that may say which pairs "
                "match. If it does, call it is_match and write 1 or 0 in it; if not, "
                "leave only left_id and right_id."
            )
    if len(labels) > 1:
        raise RuleBroken(
            f"{NAME} has more than one column that says which pairs match: "
            f"{enumerated(f'“{shown(each)}”' for each in labels)}. Leave one."
        )
    return next(iter(labels.values()), [True] * len(table.columns))


def _is_of_people(heading: str) -> bool:
    """Return whether a column tells who a pair is, of either side, or who found it."""
    bare = comparable(_SIDE.sub("", heading.casefold()))
    return bare in _FOUND_BY or bool(field_of(bare))


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
