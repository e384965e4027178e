"""Names and birth dates as another office types them, with the errors of real lists.

More than half of the rows carry an error, more than a careful office makes, so that
matching on equal names and birth dates is seen to miss children.
"""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

from indicators.demo.children import NAMES, Child, surnames

ALPHABET = "abcdefghijklmnopqrstuvwxyz"

# Shares of children with none, one and two of first name, last name and birth date
# wrongly typed.
WRONG_FIELDS = (0.44, 0.45, 0.11)


class Typist:
    """Types children anew, with the errors that a seed decides."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._nicknames = _nicknames()
        self._surnames = surnames()[0]

    def retype(self, child: Child) -> Child:
        """Return the child with no, one or two wrong fields."""
        n_wrong = self._rng.choices((0, 1, 2), WRONG_FIELDS)[0]
        wrong = self._rng.sample((self._first, self._last, self._born), n_wrong)
        for change in wrong:
            child = change(child)
        return replace(child, middle=child.middle[:1])

    def in_capitals(self, child: Child) -> Child:
        """Return the child as most housing software prints names: in capitals."""
        if self._rng.random() < 0.15:
            return child
        return replace(
            child,
            first=child.first.upper(),
            middle=child.middle.upper(),
            last=child.last.upper() + " " * self._rng.choice((0, 0, 0, 1, 3)),
        )

    def _first(self, child: Child) -> Child:
        nicknames = self._nicknames.get(child.first.lower())
        if nicknames and self._rng.random() < 0.7:
            return replace(child, first=self._rng.choice(nicknames).title())
        return replace(child, first=self._typo(child.first))

    def _last(self, child: Child) -> Child:
        kind = self._rng.random()
        if kind < 0.25:
            other = self._rng.choice(self._surnames)
            mark = self._rng.choice("- ")
            return replace(child, last=f"{child.last}{mark}{other}")
        if kind < 0.35:
            return replace(child, last=f"{child.last} {self._rng.choice(('Jr', 'II'))}")
        if kind < 0.5 and " " in child.last:
            return replace(child, last=child.last.replace(" ", ""))
        return replace(child, last=self._typo(child.last))

    def _born(self, child: Child) -> Child:
        if child.born is None:
            return child
        kind = self._rng.random()
        if kind < 0.2:
            return replace(child, born=None)
        if kind < 0.6 and child.born.day <= 12 and child.born.day != child.born.month:
            swapped = child.born.replace(day=child.born.month, month=child.born.day)
            return replace(child, born=swapped)
        if kind < 0.8:
            year = child.born.year + self._rng.choice((-1, 1))
            day = min(child.born.day, 28)
            return replace(child, born=child.born.replace(year=year, day=day))
        days = self._rng.choice((-10, -2, -1, 1, 2, 10))
        return replace(child, born=child.born + timedelta(days=days))

    def _typo(self, word: str) -> str:
        place = self._rng.randrange(1, len(word))
        before, letter, after = word[:place], word[place], word[place + 1 :]
        other = self._rng.choice(ALPHABET)
        return self._rng.choice(
            (
                before + after,
                before + other + after,
                before + letter + letter + after,
                before[:-1] + letter + before[-1] + after,
            )
        )


def _nicknames() -> Mapping[str, Sequence[str]]:
    nicknames: dict[str, list[str]] = defaultdict(list)
    with (NAMES / "nicknames.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            nicknames[row["name"]].append(row["nickname"])
    return nicknames
