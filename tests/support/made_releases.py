"""Releases of invented children, as the commands read them from files.

Buildings lie in areas, schools draw from several buildings, and a few buildings are
large and most small, as in real partnerships.
"""

import itertools
import random
from collections.abc import Sequence
from typing import Any

DIMS = ("building", "school", "grade", "band", "sex", "race", "population")
# With another grouping of the grades, which overlaps the bands.
SPANNED = (*DIMS, "span")
BANDS = {"K-5": range(6), "6-8": range(6, 9), "9-12": range(9, 13)}
RACES = ("Asian", "Black", "Latino", "White", "Two or more", "Native")
# Four linked tables over the same children, each with all its totals.
FOUR = (
    ("building", "band", "sex"),
    ("building", "school"),
    ("school", "grade", "sex"),
    ("building", "race"),
)
Child = dict[str, Any]
Release = dict[str, Any]


def children(
    n: int, *, buildings: int, schools: int, seed: int, grades: int = 13
) -> list[Child]:
    """Return invented children; a quarter of them are often absent."""
    chance = random.Random(seed)
    sizes = [chance.paretovariate(1.1) for _ in range(buildings)]
    near = [chance.sample(range(schools), min(schools, 4)) for _ in sizes]
    rows = []
    for _ in range(n):
        building = chance.choices(range(buildings), sizes)[0]
        grade = chance.randrange(grades)
        schools_near = near[building]
        usual = min(len(schools_near) - 1, grade // 6)
        school = schools_near[usual if chance.random() < 0.8 else -1]
        rows.append(
            {
                "building": f"Building {building}",
                "school": f"School {school}",
                "grade": f"Grade {grade}",
                "band": next(b for b, of in BANDS.items() if grade in of),
                "sex": chance.choice(("F", "M")),
                "race": chance.choices(RACES, (40, 25, 15, 10, 6, 4))[0],
                "population": chance.choices(("assisted", "peers"), (30, 70))[0],
                "span": "Grades 4 to 7" if 4 <= grade <= 7 else "Other grades",
                "absent": chance.random() < 0.1 + 0.3 * chance.random(),
            }
        )
    return rows


def scattered(n: int, *, buildings: int, schools: int, seed: int) -> list[Child]:
    """Return invented children of buildings that each send them to sixteen schools.

    They follow what disclosure.md tells of its measured tables: about 458 groups by
    building, band and sex in 30 buildings, and 1,900 with schools in 60; one child in
    ten is often absent, which is a dimension here.
    """
    chance = random.Random(seed)
    sizes = [chance.paretovariate(1.5) for _ in range(buildings)]
    near = [chance.sample(range(schools), min(schools, 16)) for _ in sizes]
    rows = []
    for _ in range(n):
        building = chance.choices(range(buildings), sizes)[0]
        grade = chance.randrange(13)
        steps = [0.85**step for step in range(len(near[building]))]
        rows.append(
            {
                "building": f"Building {building}",
                "school": f"School {chance.choices(near[building], steps)[0]}",
                "grade": f"Grade {grade}",
                "band": f"Band {min(3, grade // 3)}",
                "sex": chance.choice(("F", "M")),
                "race": chance.choices(RACES, (40, 25, 15, 10, 6, 4))[0],
                "population": "assisted",
                "attendance": "absent" if chance.random() < 0.1 else "present",
                "absent": chance.random() < 0.25,
            }
        )
    return rows


def release(
    years: dict[str, list[Child]],
    *,
    tables: Sequence[Sequence[str]] = FOUR,
    threshold: int = 10,
    hierarchies: dict[str, dict[str, str]] | None = None,
    known: Sequence[Release] = (),
    name: str = "r1",
    all_zeros: bool = False,
    indicators: Sequence[str] = ("absent",),
    dims: Sequence[str] = DIMS,
    nonadditive: Sequence[str] = (),
) -> Release:
    """Return the counted release of the tables, one after the other for each year.

    nonadditive: dimensions of which a row may hold several values, as a tuple.
    all_zeros: with the cells of 0 children that the other values of a table could form.
    """
    trees = hierarchies or {}
    cells = []
    for year, rows in years.items():
        for table in tables:
            found: dict[tuple[str | None, ...], list[int]] = {}
            for row in rows:
                ways = [_all_upward(row[dim], trees.get(dim, {})) for dim in table]
                for vector in itertools.product(*ways):
                    count = found.setdefault(vector, [0, 0])
                    count[0] += 1
                    count[1] += row["absent"]
            if all_zeros:
                values = [
                    sorted({v[i] for v in found} - {None}) for i in range(len(table))
                ]
                for vector in itertools.product(*([*v, None] for v in values)):
                    found.setdefault(vector, [0, 0])
            for vector in sorted(
                found, key=lambda v: [(x is not None, x or "") for x in v]
            ):
                n, x = found[vector]
                cells.append(
                    {
                        "table": " × ".join(table),
                        "period": year,
                        **dict.fromkeys(dims),
                        **dict(zip(table, vector, strict=True)),
                        "n": n,
                        "x": dict.fromkeys(indicators, x),
                    }
                )
    return {
        "format": 2,
        "release": name,
        "dims": list(dims),
        "keys": ["period"],
        "indicators": list(indicators),
        "threshold": threshold,
        "missing": "zero",
        "nonadditive": list(nonadditive),
        "hierarchies": trees,
        "zero_public": True,
        "cells": cells,
        "known": list(known),
    }


def with_severe(release: Release, rows: Sequence[Child]) -> Release:
    """Return the release with an indicator of some of those who are often absent."""
    cells = []
    for cell in release["cells"]:
        told = {dim: cell[dim] for dim in release["dims"] if cell[dim] is not None}
        n = sum(
            row["absent"] and at % 5 > 0 and all(row[d] == v for d, v in told.items())
            for at, row in enumerate(rows)
        )
        cells.append(cell | {"x": cell["x"] | {"severe": n}})
    return release | {
        "indicators": [*release["indicators"], "severe"],
        "within": {"severe": ["absent"]},
        "cells": cells,
    }


def with_days(
    release: Release, rows: Sequence[Child], *, seed: int, lengths: Sequence[int]
) -> Release:
    """Return the release with an attendance rate, in days, of one year's children.

    lengths: of how many days children are enrolled, some of them each.
    """
    chance = random.Random(seed)
    days: list[tuple[Child, int, int]] = []
    for row in rows:
        of = chance.choice(lengths)
        missed = round(of * chance.choice((0, 0.02, 0.05, 0.08, 0.15, 0.4)))
        days.append((row, of - missed, of))
    cells = []
    for cell in release["cells"]:
        told = {dim: cell[dim] for dim in release["dims"] if cell[dim] is not None}
        inside = [
            each for each in days if all(each[0][d] == v for d, v in told.items())
        ]
        x, of = sum(each[1] for each in inside), sum(each[2] for each in inside)
        numerators = cell["x"] | {"attendance_rate": x}
        cells.append(cell | {"x": numerators, "of": {"attendance_rate": of}})
    return release | {
        "indicators": [*release["indicators"], "attendance_rate"],
        "units": {"attendance_rate": "days"},
        "cells": cells,
    }


def figure(
    rows: Sequence[Child],
    *,
    year: str,
    off: int = 0,
    dims: Sequence[str] = DIMS,
    **at: str,
) -> Release:
    """Return the public figure of all children who are `at` these values."""
    inside = [row for row in rows if all(row[dim] == v for dim, v in at.items())]
    return {
        "period": year,
        **dict.fromkeys(dims),
        **at,
        "n": len(inside),
        "kind": "approx" if off else "exact",
        "plus_minus": off,
    }


def partnership(
    *,
    buildings: int,
    schools: int,
    n: int,
    seed: int,
    grades: int = 13,
    tables: Sequence[Sequence[str]] = FOUR,
    threshold: int = 10,
) -> tuple[Release, Release]:
    """Return a release of three years, and one that follows it.

    Both hold the linked tables with an outcome, and assisted children and their peers
    in each building, whose sum is public. The second has a table more, of grades that
    overlap the bands, and revises 2022 as is permitted: so many children more as the
    threshold asks, alike in all.
    """
    years = {
        year: children(
            n, buildings=buildings, schools=schools, seed=seed + i, grades=grades
        )
        for i, year in enumerate(("2021", "2022", "2023"))
    }
    revised = years | {"2022": [*years["2022"], *[years["2022"][0]] * threshold]}
    found = []
    spans = (("building", "span"),)
    for name, of, more in (("r1", years, ()), ("r2", revised, spans)):
        known = [
            figure(rows, year=year, dims=SPANNED, building=building)
            for year, rows in of.items()
            for building in sorted({row["building"] for row in rows})
        ]
        found.append(
            release(
                of,
                tables=(*tables, ("building", "population"), *more),
                threshold=threshold,
                known=known,
                name=name,
                dims=SPANNED,
            )
        )
    return found[0], found[1]


def _all_upward(
    value: str | tuple[str, ...], parents: dict[str, str]
) -> list[str | None]:
    values = value if isinstance(value, tuple) else (value,)
    return [*dict.fromkeys(v for one in values for v in _upward(one, parents))]


def _upward(value: str, parents: dict[str, str]) -> list[str | None]:
    chain: list[str | None] = [value]
    while chain[-1] in parents:
        chain.append(parents[chain[-1]])
    return [*chain, None]


def _order(vector: Sequence[str | None]) -> list[tuple[bool, str]]:
    return [(value is not None, value or "") for value in vector]
