"""Invented adults of shared homes, with names of no country and errors of other kinds.

Made to differ from `people`: long tails of made-up names, birth years over seven
decades, initials for first names, letters misread by machines, several records of a
person.
"""

import datetime as dt
import random
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

COLUMNS = ("id", "first_name", "last_name", "birth_date", "address", "zip", "phone")
MISREAD = (("o", "0"), ("l", "1"), ("m", "rn"), ("s", "5"), ("e", "c"), ("i", "y"))
STARTS = ("Bar", "Cho", "Dve", "Gul", "Hou", "Jin", "Kve", "Mba", "Ngu", "Ost")
MIDDLES = ("a", "ele", "io", "o", "ushi", "y")
ENDS = ("ba", "dez", "kov", "lin", "m", "nen", "ra", "sson", "t", "wu")
Row = dict[str, Any]


def homes(rng: random.Random, n_people: int) -> list[Row]:
    """Return adults, about half of whom live with others of the same surname."""
    people: list[Row] = []
    while len(people) < n_people:
        last = _name(rng)
        address = f"{rng.randint(1, 300)} {_name(rng)} Road"
        phone = f"{rng.randint(2000000, 9999999)}"
        code = f"{rng.randint(20000, 20200)}"
        for _ in range(rng.choices((1, 2, 3, 4), (5, 3, 2, 1))[0]):
            born = dt.date(1935, 1, 1) + dt.timedelta(days=rng.randrange(70 * 365))
            people.append(
                {
                    "first_name": _name(rng),
                    "last_name": last,
                    "birth_date": born,
                    "address": address,
                    "zip": code,
                    "phone": phone,
                }
            )
    return people[:n_people]


def copied(rng: random.Random, person: Row) -> Row:
    """Return a record of a person as another office may have written it."""
    row = dict(person)
    if rng.random() < 0.1:
        row["first_name"] = row["first_name"][:1]
    elif rng.random() < 0.1:
        row["first_name"] = _misread(rng, row["first_name"])
    if rng.random() < 0.1:
        row["last_name"] = _misread(rng, row["last_name"])
    if rng.random() < 0.05:
        row["birth_date"] = None
    elif rng.random() < 0.08:
        row["birth_date"] = row["birth_date"].replace(day=1, month=1)
    if rng.random() < 0.2:
        row["address"] = f"{rng.randint(1, 300)} {_name(rng)} Road"
        row["zip"] = f"{rng.randint(20000, 20200)}"
    if rng.random() < 0.2:
        row["phone"] = f"{rng.randint(2000000, 9999999)}"
    return row


def table(rows: Sequence[Row], *, prefix: str) -> pa.Table:
    """Return rows as a file whose ids are the prefix and the row's number."""
    schema = pa.schema(
        (name, pa.date32() if name == "birth_date" else pa.string()) for name in COLUMNS
    )
    named = [row | {"id": f"{prefix}{at}"} for at, row in enumerate(rows)]
    return pa.Table.from_pylist(named, schema=schema)


def _name(rng: random.Random) -> str:
    return rng.choice(STARTS) + rng.choice(MIDDLES) + rng.choice(ENDS)


def _misread(rng: random.Random, name: str) -> str:
    found = [(old, new) for old, new in MISREAD if old in name[1:]]
    if not found:
        return name + name[-1]
    old, new = rng.choice(found)
    return name[0] + name[1:].replace(old, new, 1)
