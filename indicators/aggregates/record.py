"""Counts as a release in a file, and protected files as the tables that are published.

One school year, one dimension at a time: a cell is the total or one group. The file is
the one that docs/protect.md describes; `link`, `made_by` and others stand beside it.
"""

import re
from collections.abc import Mapping

from indicators.disclosure.release_file import Frame, Vector
from indicators.disclosure.table import Mark

PERIOD = "period"
DIMENSIONS = ("building", "school")
ENROLLED = "enrolled"
# Of children among children: what a district counts itself besides their number.
INDICATORS = ("chronic_absence",)
FRAME = Frame(
    names=(PERIOD, *DIMENSIONS),
    n_keys=1,
    nonadditive=frozenset(),
    hierarchies={},
    is_complete=True,
)
_YEAR = re.compile(r"(\d{4})\s*(?:[-–/]\s*(\d{2}|\d{4}))?")
# What of a group, or of one of its rates, is no number, by dimension, value, measure.
Blanks = Mapping[tuple[str, str, str], Mark]


def year_of(text: str) -> str | None:
    """Return a school year as we write it, "2025–26"; None where it is none.

    A year alone is the one in which it ends.
    """
    found = _YEAR.fullmatch(text.strip())
    if not found:
        return None
    first = int(found[1]) - (0 if found[2] else 1)
    if found[2] and int(found[2]) % 100 != (first + 1) % 100:
        return None
    return f"{first}–{(first + 1) % 100:02d}"


def vector(year: str, dimension: str = "", value: str | None = None) -> Vector:
    """Return the name of a group of a school year, or of all children."""
    return (year, *(value if each == dimension else None for each in DIMENSIONS))


def dimension_of(names: Vector) -> tuple[str, str | None]:
    """Return which dimension a group is of, and its value; "" and None for the total.

    Raises ValueError where it is of more than one.
    """
    told = [(d, v) for d, v in zip(DIMENSIONS, names[1:], strict=True) if v is not None]
    if len(told) > 1:
        raise ValueError("a group of more than one dimension")
    return told[0] if told else ("", None)
