"""Invented families, and two files about them that disagree as real files do.

Everything follows from the seed. Names are drawn by how common they are from the table
that the linkage package ships, with a long tail of surnames that are in no table.
"""

import datetime as dt
import random
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any

import pyarrow as pa

from indicators.linkage import model, names

COLUMNS = (
    "id",
    "first_name",
    "middle_name",
    "last_name",
    "preferred_first_name",
    "preferred_last_name",
    "birth_date",
    "gender",
    "address",
    "zip",
)
NAMES_AND_DATES = COLUMNS[:7]
CONSONANTS, VOWELS = "bdfghklmnrstvwyz", "aeio"
BESIDE = {"a": "qsz", "e": "wrd", "i": "uok", "o": "ipl", "n": "bm", "s": "adw"}


@dataclass(frozen=True, slots=True)
class Person:
    """One child as the family would write it; `family` and `birth` tell siblings."""

    first: str
    middle: str
    surnames: tuple[str, ...]
    born: dt.date
    sex: str
    street: str
    zip: str
    family: int
    is_twin: bool = False


@dataclass(frozen=True, slots=True)
class Files:
    """What the two sides hold, and which rows are the same child."""

    housing: pa.Table
    students: pa.Table
    truth: frozenset[tuple[str, str]]
    twins: frozenset[str] = field(repr=False)

    @property
    def sides(self) -> tuple[pa.Table, pa.Table]:
        """The two files, as `link` takes them."""
        return self.housing, self.students

    def only(self, columns: Sequence[str]) -> "Files":
        """Return the files with these columns alone."""
        return replace(
            self,
            housing=self.housing.select(list(columns)),
            students=self.students.select(list(columns)),
        )


@dataclass(frozen=True, slots=True)
class Dirt:
    """How often a copy of a child differs, as a share of rows."""

    nickname: float = 0.2
    other_given_name: float = 0.012
    two_given_names: float = 0.02
    typing_error: float = 0.09
    compound_rewritten: float = 0.75
    surname_changed: float = 0.012
    suffix: float = 0.03
    accent: float = 0.07
    names_swapped: float = 0.008
    day_month_swapped: float = 0.09
    date_part_wrong: float = 0.05
    date_missing: float = 0.04
    middle_missing: float = 0.3
    middle_initial: float = 0.4
    moved: float = 0.25
    unit_missing: float = 0.2
    sex_missing: float = 0.05
    sex_wrong: float = 0.005

    def times(self, factor: float) -> "Dirt":
        """Return every rate multiplied by `factor`."""
        return Dirt(
            **{name: min(1, getattr(self, name) * factor) for name in self.__slots__}
        )


HARD = Dirt()
PLAIN = HARD.times(0.4)


def files(
    *,
    seed: int,
    n_housing: int,
    n_students: int,
    share_in_district: float = 0.75,
    dirt: Dirt = HARD,
) -> Files:
    """Return two files in which about `share_in_district` of the tenants are students.

    The housing side carries all of the dirt, the students' side a third of it.
    """
    rng = random.Random(seed)
    draw = _Names(rng)
    tenants: list[Person] = []
    students: list[Person] = []
    family = 0
    while len(tenants) < n_housing:
        children = _family(rng, draw, family)
        tenants += [child for child in children if not _absent(rng, child)]
        if rng.random() < share_in_district:
            students += [child for child in children if not _absent(rng, child)]
        family += 1
    while len(students) < n_students:
        students += _family(rng, draw, family)
        family += 1
    rng.shuffle(students)
    housing_ids = {child: f"H{n:06}" for n, child in enumerate(tenants)}
    student_ids = {child: f"S{n:06}" for n, child in enumerate(students)}
    both = housing_ids.keys() & student_ids.keys()
    return Files(
        housing=_table(rng, draw, housing_ids, dirt, is_housing=True),
        students=_table(rng, draw, student_ids, dirt.times(1 / 3), is_housing=False),
        truth=frozenset((housing_ids[child], student_ids[child]) for child in both),
        twins=frozenset(housing_ids[child] for child in tenants if child.is_twin),
    )


def exact_pairs(files: Files) -> set[tuple[str, str]]:
    """Return the pairs that agree in first name, last name and birth date as typed.

    Case and outer blanks are ignored, as a spreadsheet's look-up would.
    """
    keys: dict[tuple[str, str, dt.date], list[str]] = {}
    for row in files.students.to_pylist():
        keys.setdefault(_key(row), []).append(row["id"])
    return {
        (row["id"], student)
        for row in files.housing.to_pylist()
        if row["birth_date"]
        for student in keys.get(_key(row), ())
    }


def scores(found: set[tuple[str, str]], files: Files) -> tuple[float, float, float]:
    """Return precision, recall and F1 of the found pairs."""
    n_right = len(found & files.truth)
    precision = n_right / len(found) if found else 1.0
    recall = n_right / len(files.truth)
    return precision, recall, 2 * n_right / (len(found) + len(files.truth))


def _key(row: dict[str, Any]) -> tuple[str, str, dt.date]:
    first, last = row["first_name"], row["last_name"]
    return first.strip().casefold(), last.strip().casefold(), row["birth_date"]


class _Names:
    """Draws first names and surnames as often as people bear them."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.drawn: dict[str, tuple[list[str], list[float]]] = {}
        rows = model.population().to_pylist()
        for column in ("first", "last"):
            listed = [row for row in rows if row["field"] == column]
            totals = list(accumulate(row["share"] for row in listed))
            self.drawn[column] = ([row["name"] for row in listed], totals)
        self.nicknames: dict[str, list[str]] = {}
        for nickname, formal in sorted(names.nicknames().items()):
            for name in sorted(formal):
                self.nicknames.setdefault(name, []).append(nickname)

    def first(self) -> str:
        return self._one_of("first").title()

    def last(self) -> str:
        if self.rng.random() > self.drawn["last"][1][-1]:
            n_syllables = self.rng.choice((2, 3, 3, 4))
            return "".join(self._syllable() for _ in range(n_syllables)).title()
        return self._one_of("last").title()

    def nickname(self, first: str) -> str:
        return self.rng.choice(self.nicknames.get(first.lower(), [first])).title()

    def _syllable(self) -> str:
        return self.rng.choice(CONSONANTS) + self.rng.choice(VOWELS)

    def _one_of(self, column: str) -> str:
        listed, totals = self.drawn[column]
        return listed[bisect(totals, self.rng.random() * totals[-1])]


def _family(rng: random.Random, draw: _Names, family: int) -> list[Person]:
    """Return one to four siblings, about three in a hundred of them twins."""
    surnames = (draw.last(), draw.last()) if rng.random() < 0.22 else (draw.last(),)
    street = f"{rng.randint(1, 9999)} {draw.last()} {rng.choice(('Street', 'Ave'))}"
    if rng.random() < 0.6:
        street += f" Apt {rng.randint(1, 40)}"
    born = dt.date(2003, 9, 1) + dt.timedelta(days=rng.randint(0, 3600))
    children: list[Person] = []
    for _ in range(rng.choices((1, 2, 3, 4), (40, 35, 17, 8))[0]):
        n_births = 2 if rng.random() < 0.017 else 1
        for _ in range(n_births):
            first = draw.first()
            while first in {child.first for child in children}:
                first = draw.first()
            children.append(
                Person(
                    first=first,
                    middle=draw.first() if rng.random() < 0.9 else "",
                    surnames=surnames,
                    born=born,
                    sex=rng.choice("FM"),
                    street=street,
                    zip=f"{98100 + family % 60}",
                    family=family,
                    is_twin=n_births == 2,
                )
            )
        born += dt.timedelta(days=rng.randint(330, 1500))
    return children


def _absent(rng: random.Random, child: Person) -> bool:
    """Return whether a child is missing from a file that has the rest of the family."""
    return rng.random() < (0.15 if child.is_twin else 0.04)


def _table(
    rng: random.Random,
    draw: _Names,
    ids: dict[Person, str],
    dirt: Dirt,
    *,
    is_housing: bool,
) -> pa.Table:
    rows = []
    for child, row_id in ids.items():
        row = _retyped(rng, draw, child, dirt)
        if is_housing:
            row |= {"first_name": row["first_name"].upper()}
            row |= {"last_name": row["last_name"].upper()}
        elif rng.random() < 0.06:
            row |= {"preferred_first_name": draw.nickname(child.first)}
        rows.append(row | {"id": row_id})
    schema = pa.schema(
        (name, pa.date32() if name == "birth_date" else pa.string()) for name in COLUMNS
    )
    return pa.Table.from_pylist(rows, schema=schema)


def _retyped(
    rng: random.Random, draw: _Names, child: Person, dirt: Dirt
) -> dict[str, Any]:
    """Return one row about the child as a clerk may have written it."""

    def happens(rate: float) -> bool:
        return rng.random() < rate

    first, middle = child.first, child.middle
    if happens(dirt.nickname):
        first = draw.nickname(first)
    if middle and happens(dirt.other_given_name):
        first, middle = middle, first
    if middle and happens(dirt.two_given_names):
        first, middle = f"{first} {middle}", ""
    if happens(dirt.typing_error):
        first = _mistyped(rng, first)
    last = _surname(rng, draw, child, dirt)
    if happens(dirt.names_swapped):
        first, last = last, first
    if happens(dirt.middle_missing):
        middle = ""
    elif happens(dirt.middle_initial):
        middle = middle[:1]
    street, zip_code = child.street, child.zip
    if happens(dirt.moved):
        street = f"{rng.randint(1, 9999)} {draw.last()} St"
        zip_code = rng.choice((zip_code, f"{rng.randint(98100, 98159)}"))
    if happens(dirt.unit_missing):
        street = street.split(" Apt ")[0]
    if happens(dirt.typing_error):
        street = _mistyped(rng, street)
    sex = rng.choice("FM") if happens(dirt.sex_wrong) else child.sex
    return {
        "first_name": first,
        "middle_name": middle or None,
        "last_name": last,
        "birth_date": _date(rng, child.born, dirt),
        "gender": None if happens(dirt.sex_missing) else sex,
        "address": street,
        "zip": zip_code,
    }


def _surname(rng: random.Random, draw: _Names, child: Person, dirt: Dirt) -> str:
    if rng.random() < dirt.surname_changed:
        return draw.last()
    last = "-".join(child.surnames)
    if len(child.surnames) == 2 and rng.random() < dirt.compound_rewritten:
        one, two = child.surnames
        last = rng.choice((f"{one} {two}", one, two, f"{one}{two.lower()}"))
    if rng.random() < dirt.typing_error:
        last = _mistyped(rng, last)
    if rng.random() < dirt.accent:
        last = last.translate(str.maketrans("aeiou", "áéíóú"))
    if rng.random() < dirt.suffix:
        last += rng.choice((" Jr.", ", III", " II"))
    return last


def _mistyped(rng: random.Random, text: str) -> str:
    """Return the text with one letter dropped, doubled, exchanged or hit beside."""
    at = rng.randrange(1, len(text)) if len(text) > 1 else 0
    before, letter, after = text[:at], text[at : at + 1], text[at + 1 :]
    if len(text) < 3:
        return text + letter
    return rng.choice(
        (
            before + after,
            before + letter + letter + after,
            before[:-1] + letter + before[-1:] + after,
            before + rng.choice(BESIDE.get(letter, "aeiou")) + after,
        )
    )


def _date(rng: random.Random, born: dt.date, dirt: Dirt) -> dt.date | None:
    if rng.random() < dirt.date_missing:
        return None
    if born.day <= 12 and rng.random() < dirt.day_month_swapped:
        return born.replace(month=born.day, day=born.month)
    if rng.random() < dirt.date_part_wrong:
        return rng.choice(
            (
                born.replace(day=rng.randint(1, 28)),
                born.replace(month=rng.randint(1, 12), day=min(born.day, 28)),
                born.replace(year=born.year + 1, day=min(born.day, 28)),
            )
        )
    return born
