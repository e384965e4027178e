"""From linked children to a file, its codebook, and what is kept of it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from indicators.deidentify import extract, risk
from indicators.deidentify.children import Linked
from indicators.deidentify.codes import with_codes
from indicators.deidentify.extract import FileColumn, Written
from indicators.deidentify.known import KnownCells, known_cells
from indicators.deidentify.plan import (
    RECORD_CODE,
    SCHOOL_YEAR,
    Asked,
    Quasi,
    outcome_columns,
    population_of,
)
from indicators.deidentify.population import Population
from indicators.deidentify.recoding import Recoding
from indicators.deidentify.search import least_lossy
from indicators.deidentify.trails import Before, trails

# What the record says of each child, beside its outcomes.
RECORD = ("child", "home", "code", "cell")
_CODE_MEANS = (
    "One child has one code in all files of this study. It may be used for nothing "
    "else."
)


@dataclass(frozen=True, slots=True)
class Study:
    """What a study's earlier files left: codes by child, and each file's own record."""

    codes: Mapping[str, str] = field(default_factory=dict, repr=False)
    earlier: Sequence[Before] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Made:
    """A file that may be put before the district, and what the district keeps of it.

    record: one row for each child in the file: key, home, code, cell, and the outcomes
    that were told. report: what those who sign read; it names nobody.
    """

    file: Written = field(repr=False)
    record: tuple[Mapping[str, str], ...] = field(repr=False)
    known: KnownCells
    report: Mapping[str, Any]


def make_file(
    linked: Linked,
    asked: Asked,
    study: Study,
    *,
    secret: bytes,
    draw: Callable[[], str],
    name: str,
    about: Mapping[str, Any],
    on_step: Callable[[str, int], None],
) -> Made:
    """Return the file that loses least and hides every child among enough others.

    secret: orders the rows. draw: gives codes, knowing nothing of the children. name:
    the file's own. Raises RuleBroken where no file can be sent.
    """
    on_step("Compare with earlier files", len(study.earlier))
    homes = {child.key: child.home for child in linked.children}
    found = trails(homes, study.earlier)
    population, columns = population_of(linked, asked, found)
    on_step("Look for the form that loses least", len(linked.children))
    recoding = least_lossy(population, asked.demands)
    on_step("Attack the result", int(recoding.kept.sum()))
    kept = np.flatnonzero(recoding.kept).tolist()
    children = [found.children[row] for row in kept]
    codes = (
        with_codes(children, study.codes, draw=draw)
        if RECORD_CODE in asked.elements
        else {}
    )
    by_key = {child.key: child for child in linked.children}
    outcomes = outcome_columns(asked)
    values = {
        column: [value(by_key[key]) for key in children]
        for _, column, _, _, value in outcomes
    }
    on_step("Write the file and its codebook", len(kept))
    file = extract.write(
        [
            *_first(asked, linked, codes, children),
            *_quasi(population, recoding, columns, linked),
            *(
                FileColumn(column, element, label, meant, "", False, values[column])
                for element, column, label, meant, _ in outcomes
            ),
        ],
        secret=secret,
        name=name,
        about=about,
    )
    record = tuple(
        {
            "child": key,
            "home": by_key[key].home,
            "code": codes.get(key, ""),
            "cell": str(recoding.cells[row]),
            **{column: told[at] for column, told in values.items()},
        }
        for at, (key, row) in enumerate(zip(children, kept, strict=True))
    )
    known = known_cells(population, recoding, step=asked.demands.k)
    return Made(file, record, known, _report(linked, asked, population, recoding))


def _first(
    asked: Asked, linked: Linked, codes: Mapping[str, str], children: Sequence[str]
) -> list[FileColumn]:
    first = []
    if RECORD_CODE in asked.elements:
        given = [codes[key] for key in children]
        first.append(
            FileColumn(
                extract.CODE_COLUMN,
                RECORD_CODE,
                "Record code",
                _CODE_MEANS,
                "",
                False,
                given,
            )
        )
    if SCHOOL_YEAR in asked.elements:
        years = [linked.year] * len(children)
        first.append(
            FileColumn(
                "school_year",
                SCHOOL_YEAR,
                "School year",
                "The school year that the row is about.",
                "",
                False,
                years,
            )
        )
    return first


def _quasi(
    population: Population,
    recoding: Recoding,
    columns: Sequence[Quasi],
    linked: Linked,
) -> list[FileColumn]:
    values = risk.printed(population, recoding)
    meant = {
        "age": f"Age on {linked.last_day:%B} {linked.last_day.day}, "
        f"{linked.last_day.year}.",
        "development": "Where the child lives, as the housing agency lists it.",
        "school": "The school in which the child was enrolled longest. Its level "
        "follows from the ages of its students.",
    }
    return [
        FileColumn(
            each.hierarchy.column,
            each.hierarchy.element,
            each.hierarchy.label,
            meant.get(each.hierarchy.column, f"{each.hierarchy.label}."),
            each.hierarchy.levels[recoding.levels[at]],
            True,
            values[at],
        )
        for at, each in enumerate(columns)
        if recoding.levels[at] < each.hierarchy.top
    ]


def _report(
    linked: Linked, asked: Asked, population: Population, recoding: Recoding
) -> dict[str, Any]:
    found = risk.risk_of(population, recoding)
    return {
        "year": linked.year,
        "k": asked.demands.k,
        "households": asked.demands.households,
        "homes_by": linked.homes_by,
        "loss": recoding.loss,
        "columns": [
            {
                "label": column.label,
                "column": column.column,
                "level": column.levels[level],
                "step": level,
                "of": column.top,
                "is_out": level == column.top,
            }
            for column, level in zip(population.columns, recoding.levels, strict=True)
        ],
        "outcomes": [label for _, _, label, _, _ in outcome_columns(asked)],
        "told": _told(population, recoding),
        **asdict(found),
        "attacks": [asdict(attack) for attack in found.attacks],
    }


def _told(population: Population, recoding: Recoding) -> dict[str, dict[str, int]]:
    """Return the exact numbers of children that a file tells, by column and raw value.

    Where rows or values are left out, a reader cannot tell what the true numbers are.
    """
    if (population.is_here & ~recoding.kept).any():
        return {}
    here = np.flatnonzero(population.is_here).tolist()
    return {
        column.column: dict(Counter(raw[row] for row in here))
        for at, (column, raw) in enumerate(
            zip(population.columns, population.raw, strict=True)
        )
        if recoding.levels[at] == 0 and not recoding.starred[:, at].any()
    }
