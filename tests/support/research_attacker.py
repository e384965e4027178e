"""Somebody who wants to find children in research files, with all that they may hold.

The attacker reads files and codebooks as bytes and knows the children: who they are,
where they live, who lives together. Nothing of `indicators.deidentify` is used here.
"""

import csv
import hashlib
import io
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

OUTCOMES = ("chronic_absence", "days_absent", "attendance_percent")
STAR = "Suppressed"
# Standard deviations of a rank correlation beyond which it is no chance (1 in 10**9).
_SURELY_RELATED = 6.0

Row = dict[str, str]
Key = tuple[str, ...]


@dataclass(frozen=True)
class Extract:
    """One file as it was sent; who is behind a code, to judge the attacker by."""

    content: bytes
    child_of: Mapping[str, str]

    @property
    def rows(self) -> list[Row]:
        return list(csv.DictReader(io.StringIO(self.content.decode(), newline="")))


@dataclass(frozen=True)
class Knowledge:
    """What is known of the children, by key, and what else readers hold.

    homes: their household. published: by column and value, how many there are.
    listed: (place, age) of everybody on the housing list, where the recipient has it.
    facts: of each child, all that a code could be made from.
    """

    homes: Mapping[str, str]
    here: frozenset[str]
    published: Mapping[tuple[str, str], int] = field(default_factory=dict)
    listed: Sequence[tuple[str, int]] = ()
    facts: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Attacker:
    """Tries everything against the last of a study's files, and says what worked."""

    def __init__(
        self,
        files: Sequence[Extract],
        knows: Knowledge,
        *,
        k: int = 10,
        homes: int = 5,
        week: int = 5,
    ) -> None:
        self.week = week
        self.files, self.knows, self.k, self.homes = files, knows, k, homes
        self.last = files[-1]
        self.rows = self.last.rows
        self.quasi = [
            name
            for name in self.rows[0]
            if name not in (*OUTCOMES, "record_code", "school_year")
        ]

    def finds(self) -> set[str]:
        """Return the kinds of things that were found out."""
        found = {
            *self._small_classes(),
            *self._trails(),
            *self._remainders(),
            *self._everybody_found(),
            *self._codes(),
        }
        if self._is_in_order():
            found.add("order")
        return found

    def _small_classes(self) -> Iterator[str]:
        classes: dict[Key, list[Row]] = defaultdict(list)
        for row in self.rows:
            classes[tuple(row[name] for name in self.quasi)].append(row)
        for members in classes.values():
            yield from self._judged(members, [self.last], "")

    def _judged(
        self, members: Sequence[Row], files: Sequence[Extract], where: str
    ) -> Iterator[str]:
        """Yield what is wrong with children whom nothing tells apart."""
        whose = [self._child(row["record_code"], files) for row in members]
        if len(members) < self.k:
            yield f"{where}class"
        if len({self.knows.homes[child] for child in whose}) < self.homes:
            yield f"{where}households"
        for outcome in OUTCOMES:
            if outcome in members[0]:
                yield from self._outcome(members, whose, outcome, where)

    def _outcome(
        self, members: Sequence[Row], whose: Sequence[str], outcome: str, where: str
    ) -> Iterator[str]:
        """Yield where all but the children of one home have the same outcome."""
        values = [_coarse(outcome, row[outcome], self.week) for row in members]
        for home in {"", *(self.knows.homes[child] for child in whose)}:
            others = {
                value
                for value, child in zip(values, whose, strict=True)
                if self.knows.homes[child] != home
            }
            if len(others) == 1:
                yield f"{where}outcome"
                return

    def _child(self, code: str, files: Sequence[Extract]) -> str:
        return next(each.child_of[code] for each in files if code in each.child_of)

    def _trails(self) -> Iterator[str]:
        """Follow each child through all files; to be missing is a trail as well."""
        if len(self.files) < 2:
            return
        told: dict[str, Row] = {}
        trail: dict[str, list[Key]] = {}
        for number, each in enumerate(self.files):
            for row in each.rows:
                child = each.child_of[row["record_code"]]
                steps = trail.setdefault(child, [()] * len(self.files))
                steps[number] = tuple(
                    v for n, v in row.items() if n not in (*OUTCOMES, "record_code")
                )
                told.setdefault(child, {"record_code": row["record_code"]})
                told[child] |= {f"{n}{number}": row[n] for n in OUTCOMES if n in row}
        groups: dict[tuple[Key, ...], list[str]] = defaultdict(list)
        for child, steps in trail.items():
            groups[tuple(steps)].append(child)
        for members in groups.values():
            rows = [told[child] for child in members]
            yield from self._judged(rows, self.files, "trail ")
            for number, outcome in product(range(len(self.files)), OUTCOMES):
                name = f"{outcome}{number}"
                if all(name in row for row in rows):
                    yield from self._outcome(rows, members, name, "trail ")

    def _remainders(self) -> Iterator[str]:
        """Take the rows of a file from what was published."""
        n_missing = len(self.knows.here) - len(self.rows)
        if 0 < n_missing < self.k:
            yield "remainder"
        for (column, value), n in self.knows.published.items():
            if column in self.quasi and not any(r[column] == STAR for r in self.rows):
                n_rows = sum(row[column] == value for row in self.rows)
                if n_rows and 0 < n - n_rows < self.k:
                    yield "remainder"

    def _everybody_found(self) -> Iterator[str]:
        """Compare with a list: where all on it are in the file, each is a student."""
        names = [name for name in ("development", "age") if name in self.quasi]
        if not self.knows.listed or not names:
            return
        shown = {name: {row[name] for row in self.rows} - {STAR} for name in names}
        for values in product(*(shown[name] for name in names)):
            alike = dict(zip(names, values, strict=True))
            n_listed = sum(
                all(_fits(alike[n], said[n]) for n in names)
                for said in (
                    {"development": place, "age": str(age)}
                    for place, age in self.knows.listed
                )
            )
            n_rows = sum(all(row[n] == alike[n] for n in names) for row in self.rows)
            if n_rows and n_rows >= n_listed:
                yield "everybody"

    def _codes(self) -> Iterator[str]:
        """Try to make the codes from what is known of the children."""
        if "record_code" not in self.rows[0]:
            return
        codes = [row["record_code"].casefold() for row in self.rows]
        if len(set(codes)) < len(codes):
            yield "code"
        known: dict[str, set[str]] = {code: set() for code in codes}
        for row in self.rows:
            code = row["record_code"]
            child = self.last.child_of[code]
            facts = [child, *self.knows.facts.get(child, ())]
            for fact in facts:
                known[code.casefold()] |= {fact.casefold()}
                for kind in ("md5", "sha1", "sha256", "blake2b"):
                    digest = hashlib.new(kind, fact.encode(), usedforsecurity=False)
                    known[code.casefold()].add(digest.hexdigest()[: len(code)])
        if any(code in made for code, made in known.items()):
            yield "code"
        ranked = sorted(self.last.child_of.items(), key=lambda each: each[1])
        if _related([code for code, _ in ranked]):
            yield "code"

    def _is_in_order(self) -> bool:
        """Say whether the order of rows goes with the order of children or of homes."""
        whose = [self.last.child_of[row["record_code"]] for row in self.rows]
        return _related(whose) or _related([self.knows.homes[each] for each in whose])


def _related(in_order: Sequence[str]) -> bool:
    """Return whether values rise or fall with their places (Spearman)."""
    n = len(in_order)
    if n < 60:
        return False
    rank: dict[int, int] = {}
    for place, at in enumerate(sorted(range(n), key=lambda each: in_order[each])):
        rank[at] = place
    apart = sum((at - rank[at]) ** 2 for at in range(n))
    correlation = 1 - 6 * apart / (n * (n * n - 1))
    return abs(correlation) * math.sqrt(n - 1) > _SURELY_RELATED


def _coarse(outcome: str, value: str, week: int) -> str:
    """Return an outcome as somebody would use it: days absent in weeks."""
    return str(int(value) // week) if outcome.startswith("days_absent") else value


def _fits(shown: str, said: str) -> bool:
    """Return whether a printed value can stand for what is known."""
    if "–" in shown and said.isdigit():
        low, _, high = shown.partition("–")
        return int(low) <= int(said) <= int(high)
    return shown == said


def counted(rows: Sequence[Mapping[str, Any]], column: str) -> Counter[str]:
    """Return how many rows have each value of a column."""
    return Counter(str(row[column]) for row in rows)
