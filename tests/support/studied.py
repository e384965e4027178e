"""Invented children for research files, and files made of them; nothing is real."""

import random
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from indicators.deidentify.children import Child, Linked
from indicators.deidentify.making import Made, Study, make_file
from indicators.deidentify.plan import Asked, tested
from indicators.deidentify.trails import Before

ELEMENTS = frozenset(
    {
        "record.code",
        "student.age_band",
        "tenant.development",
        "enrolment.school",
        "student.sex",
        "student.race",
        "attendance.days_absent",
        "attendance.chronic_absence",
    }
)
SCHOOLS = {f"S{n}": f"School {n}" for n in range(6)}
LEVELS = {f"S{n}": ("Elementary", "Middle", "High")[n % 3] for n in range(6)}
LAST_DAY = date(2022, 6, 10)


def children(n: int, *, seed: int = 0, n_places: int = 6) -> list[Child]:
    """Return so many children, a few to a home, most of them in a few places."""
    chance = random.Random(seed)
    found = []
    for number in range(n):
        home = chance.randrange(max(1, n * 2 // 3))
        place = min(int(chance.paretovariate(0.9)) - 1, n_places - 1)
        found.append(
            Child(
                key=f"{100000 + number}",
                home=f"H{home}",
                born=date(2022 - chance.randint(5, 18), chance.randint(1, 12), 1),
                place=f"D{place}",
                moved_in=None,
                entered=None,
                school=f"S{chance.randrange(6)}",
                days_enrolled=170,
                days_absent=chance.choice((0, 2, 3, 5, 8, 12, 18, 25, 40)),
                said={
                    "sex": chance.choice(("Female", "Male")),
                    "race": chance.choices("ABCD", (60, 30, 8, 2))[0],
                },
            )
        )
    return found


def linked(of: Sequence[Child], *, year: str = "2021–22") -> Linked:
    """Return children as a linkage leaves them, with the lists they stand on."""
    roll = [
        {"id": c.key, "birth_date": c.born, "school": c.school, **c.said} for c in of
    ]
    return Linked(
        year=year,
        last_day=LAST_DAY,
        children=tuple(sorted(of, key=lambda child: child.key)),
        listed=tuple({"development": c.place, "birth_date": c.born} for c in of),
        enrolled=tuple(roll),
        level_of=LEVELS,
        development_of={},
        homes_by="household number",
    )


def asked(**changes: Any) -> Asked:
    """Return what a university asks for."""
    return replace(Asked(elements=ELEMENTS, schools=SCHOOLS), **changes)


def made(
    of: Linked, question: Asked, study: Study | None = None, *, name: str = "1"
) -> Made:
    """Return a research file of these children."""
    return make_file(
        of,
        question,
        study or Study(),
        secret=b"a secret of the vault",
        draw=lambda: secrets.token_hex(6),
        name=name,
        about={"title": "A study"},
        on_step=lambda step, count: None,
    )


def after(*files: Made) -> Study:
    """Return what a study's earlier files left."""
    return Study(
        codes={row["child"]: row["code"] for file in files for row in file.record},
        earlier=[before(file) for file in files],
    )


def before(file: Made) -> Before:
    """Return a file as the next one is tested against it."""
    told = [
        name
        for name in ("days_absent", "attendance_percent", "chronic_absence")
        if name in file.record[0]
    ]
    rows = file.record
    return Before(
        cells={row["child"]: int(row["cell"]) for row in rows},
        homes={row["child"]: row["home"] for row in rows},
        outcomes={
            name: dict(
                zip(
                    [row["child"] for row in rows],
                    tested(name, [row[name] for row in rows]),
                    strict=True,
                )
            )
            for name in told
        },
    )
