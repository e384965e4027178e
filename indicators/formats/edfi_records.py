"""How the values of Ed-Fi records are read: texts, descriptors, shares, counts."""

import re
from collections.abc import Sequence
from typing import NamedTuple


class At(NamedTuple):
    """Where a record stands: in which file, and on which line or as which of its kind.

    file: as messages call it; empty where there is one alone. line: 0 in JSON.
    """

    file: str
    line: int
    number: int

    @property
    def within(self) -> str:
        """The same, to follow “first”."""
        return f"{'on' if self.line else 'in'} {self}"

    def __str__(self) -> str:
        where = f"line {self.line}" if self.line else f"record {self.number}"
        return f"{where} of {self.file}" if self.file else where


def text(value: str) -> str | None:
    """Return the text with single blanks, or None if there is none."""
    return " ".join(value.split()) or None


def placed(texts: Sequence[str], numbers: Sequence[int]) -> list[str]:
    """Return texts at the places of the objects that tell them.

    numbers: that of each text's object, from 1 on. What an object lacks, or tells in
    different ways, is blank.
    """
    told: dict[int, str] = {}
    for number, each in zip(numbers, texts, strict=False):
        told[number] = each if told.get(number, each) == each else ""
    return [told.get(number, "") for number in range(1, max(told) + 1)]


def descriptor(value: str) -> str | None:
    """Return the part of a descriptor after its namespace."""
    return text(value.rpartition("#")[2])


def share_of_day(value: str) -> float | None:
    """Return a duration in days from 0 to 1, or None if it is not one."""
    is_decimal = re.fullmatch(r"\d?\.?\d{1,9}", value.strip(), re.ASCII)
    share = float(value) if is_decimal else None
    return share if share is not None and share <= 1 else None


def days(value: str) -> int | None:
    """Return a number of days in a year, or None if it is not one."""
    is_count = re.fullmatch(r"\d{1,3}", value.strip(), re.ASCII)
    count = int(value) if is_count else None
    return count if count is not None and count <= 366 else None
