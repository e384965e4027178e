"""What is printed of a number of children or a rate, and tables of such text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


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
