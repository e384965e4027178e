"""Tables of children: as counted, and as they may be published.

One-way tables of a release are linked: each partitions the same children, so each
total is the sum of its groups, and a key that two tables or two releases share names
the same children.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from accounts.acts import RuleBroken


class CannotPublish(RuleBroken):
    """No form of these tables is safe to publish; the message says what to change."""


class Unit(StrEnum):
    """What a rate counts: children among children, or days among days."""

    CHILDREN = "children"
    DAYS = "days"


class Mark(StrEnum):
    """A word printed where a number cannot be; one word for whatever rule hid it."""

    SUPPRESSED = "Suppressed"
    NO_DATA = "No data"
    NOT_YET = "Not yet known"


@dataclass(frozen=True, slots=True)
class Rate:
    """One rate that a table reports for every group."""

    code: str
    label: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class Count:
    """The numerator and denominator of one rate in one group; never published."""

    rate: str
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Group:
    """`n` children who share a value, and what was counted about them.

    known: the most children that a reader knows can be here, because the housing agency
    has its roster; None where nobody knows. Never published.
    Raises ValueError if `n` is more than `known`.
    """

    key: str
    label: str
    n: int
    counts: tuple[Count, ...] = ()
    known: int | None = None

    def __post_init__(self) -> None:
        if self.known is not None and self.n > self.known:
            raise ValueError(f"{self.key}: more children than can be there")


@dataclass(frozen=True, slots=True)
class Table:
    """Groups that partition the children of `total`; unsuppressed, for the vault.

    Raises ValueError if a count of the total is not the sum over its groups.
    """

    code: str
    title: str
    dimension: str
    school_year: str
    rates: tuple[Rate, ...]
    groups: tuple[Group, ...]
    total: Group

    def __post_init__(self) -> None:
        if sum(group.n for group in self.groups) != self.total.n:
            raise ValueError(f"{self.code}: the groups do not add up to the total")
        for position, rate in enumerate(self.rates):
            cells = [*self.groups, self.total]
            if any(cell.counts[position].rate != rate.code for cell in cells):
                raise ValueError(f"{self.code}: {rate.code} is not counted everywhere")
            *parts, whole = (cell.counts[position] for cell in cells)
            if (
                sum(part.numerator for part in parts) != whole.numerator
                or sum(part.denominator for part in parts) != whole.denominator
            ):
                raise ValueError(f"{self.code}: {rate.code} does not add up")


@dataclass(frozen=True, slots=True)
class Relation:
    """The children of the cell `parent` are those of the cells `parts`, each once."""

    parent: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """A range of whole percents, both ends included, each rounded half up."""

    low: int
    high: int

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high <= 100:
            raise ValueError("a band lies between 0 and 100 percent")

    def __str__(self) -> str:
        if self.low == 0:
            return f"≤{self.high}"
        if self.high == 100:
            return f"≥{self.low}"
        return str(self.low) if self.low == self.high else f"{self.low}–{self.high}"

    @classmethod
    def parse(cls, text: str) -> "Band":
        """Return the band that `str` writes as `text`; ValueError if there is none."""
        if match := re.fullmatch(r"(\d+)–(\d+)", text):
            return cls(int(match[1]), int(match[2]))
        if match := re.fullmatch(r"([≤≥]?)(\d+)", text):
            edge = int(match[2])
            return cls(0 if match[1] == "≤" else edge, 100 if match[1] == "≥" else edge)
        raise ValueError("not a band of percents")


@dataclass(frozen=True, slots=True)
class ProtectedCell:
    """What the public reads about one group; `rates` maps a rate's code to its text."""

    key: str
    label: str
    n: int | Mark
    rates: Mapping[str, Band | Mark]


@dataclass(frozen=True, slots=True)
class ProtectedTable:
    """A table as published: it holds no hidden number, nor why a number is hidden."""

    code: str
    title: str
    dimension: str
    school_year: str
    rates: tuple[Rate, ...]
    groups: tuple[ProtectedCell, ...]
    total: ProtectedCell


def cells_of(tables: Sequence[Table]) -> dict[str, Group]:
    """Return every group and total of the release by key, in order of key.

    Raises ValueError if two tables count the same cell differently.
    """
    cells: dict[str, Group] = {}
    for table in tables:
        for cell in (table.total, *table.groups):
            if cells.setdefault(cell.key, cell) != cell:
                raise ValueError(f"{cell.key} is counted in two ways")
    return dict(sorted(cells.items()))


def relations_of(tables: Sequence[Table]) -> tuple[Relation, ...]:
    """Return one relation per table: its total is the sum of its groups."""
    return tuple(
        Relation(table.total.key, tuple(group.key for group in table.groups))
        for table in tables
    )


def to_record(tables: Sequence[ProtectedTable]) -> dict[str, Any]:
    """Return the published tables as JSON values, text exactly as printed."""

    def cell(shown: ProtectedCell) -> dict[str, Any]:
        return {
            "key": shown.key,
            "label": shown.label,
            "n": shown.n if isinstance(shown.n, int) else str(shown.n),
            "rates": {code: str(text) for code, text in shown.rates.items()},
        }

    return {
        "tables": [
            {
                "code": table.code,
                "title": table.title,
                "dimension": table.dimension,
                "school_year": table.school_year,
                "rates": [
                    {"code": rate.code, "label": rate.label, "unit": str(rate.unit)}
                    for rate in table.rates
                ],
                "groups": [cell(group) for group in table.groups],
                "total": cell(table.total),
            }
            for table in tables
        ]
    }


def from_record(record: Mapping[str, Any]) -> tuple[ProtectedTable, ...]:
    """Return the published tables that `to_record` wrote.

    Raises ValueError or KeyError if the record is not one of ours.
    """

    def text(value: str) -> Band | Mark:
        return Mark(value) if value in set(Mark) else Band.parse(value)

    def cell(shown: Mapping[str, Any]) -> ProtectedCell:
        n = shown["n"]
        return ProtectedCell(
            key=shown["key"],
            label=shown["label"],
            n=n if isinstance(n, int) else Mark(n),
            rates={code: text(value) for code, value in shown["rates"].items()},
        )

    return tuple(
        ProtectedTable(
            code=table["code"],
            title=table["title"],
            dimension=table["dimension"],
            school_year=table["school_year"],
            rates=tuple(
                Rate(rate["code"], rate["label"], Unit(rate["unit"]))
                for rate in table["rates"]
            ),
            groups=tuple(cell(group) for group in table["groups"]),
            total=cell(table["total"]),
        )
        for table in record["tables"]
    )


def canonical(record: Mapping[str, Any]) -> bytes:
    """Return the record as the one sequence of bytes that is stored and hashed."""
    return json.dumps(
        record, ensure_ascii=False, separators=(",", ":"), sort_keys=True
    ).encode()
