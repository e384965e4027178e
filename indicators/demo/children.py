"""Invented children, with names as common as they are in public lists."""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

NAMES = Path(__file__).parent / "data" / "names"
YEARS_OF_BIRTH = range(2005, 2017)

Weighted = tuple[Sequence[str], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Child:
    """One invented child as an office has typed it; born is None where missing."""

    first: str
    middle: str
    last: str
    born: date | None


class Inventor:
    """Invents children whose names are as common as in their year of birth."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._first_names = _first_names()
        self._surnames = surnames()

    def surname(self) -> str:
        """Return a surname, by how many people bear it."""
        return self._rng.choices(*self._surnames)[0]

    def child(self, last: str) -> Child:
        """Return a child of school age with that surname."""
        year = self._rng.choice(YEARS_OF_BIRTH)
        born = date(year, 1, 1) + timedelta(days=self._rng.randrange(365))
        return self._named(last, born)

    def twin(self, child: Child) -> Child:
        """Return a child with the same surname and birth date, and another name."""
        assert child.born is not None
        twin = self._named(child.last, child.born)
        return twin if twin.first != child.first else self.twin(child)

    def _named(self, last: str, born: date) -> Child:
        first, middle = self._rng.choices(*self._first_names[born.year], k=2)
        return Child(first, self._rng.choice(("", middle)), last, born)


def surnames() -> Weighted:
    """Return surnames, and how many people bore each in the census of 2010."""
    rows = _rows("surnames.csv")
    return [row["name"].title() for row in rows], [float(row["count"]) for row in rows]


def _first_names() -> Mapping[int, Weighted]:
    """Return, by year of birth, first names and weights that fall with their rank."""
    names: dict[int, tuple[list[str], list[float]]] = defaultdict(lambda: ([], []))
    for row in _rows("first-names.csv"):
        of_year, weights = names[int(row["birth_year"])]
        of_year.append(row["name"])
        weights.append(1 / int(row["rank"]))
    return names


def _rows(name: str) -> Sequence[Mapping[str, str]]:
    with (NAMES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
