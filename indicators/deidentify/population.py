"""The children of an extract as columns of whole numbers, and what is asked of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from indicators.deidentify.hierarchies import Hierarchy

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MIN_K = 10
MIN_HOUSEHOLDS = 5
# How many households must hold a value for it to hide in; their own they know.
MIN_HOLDERS = 2
NOT_THERE = -1


@dataclass(frozen=True, slots=True)
class Demands:
    """What every equivalence class must meet.

    k: children. households: they live in. holders: households with each of at least
    two values of every outcome, so that nobody can tell it of all, nor of all but one
    home. most_touched: the share of rows that local suppression may change or leave
    out, unless everything is left out.
    """

    k: int = MIN_K
    households: int = MIN_HOUSEHOLDS
    holders: int = MIN_HOLDERS
    most_touched: float = 0.3

    def __post_init__(self) -> None:
        if self.k < 2 or self.households < 1 or self.holders < 1:
            raise ValueError("a class has at least two children and one household")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is learned of each child: a code of its value; NOT_THERE where none is.

    Values are banded where they are many: what is asked is whether a class tells one.
    is_earlier: whether an earlier file told it, and not this one.
    """

    name: str
    values: Ints
    is_earlier: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """How many children of this population readers know, by value at a level.

    column: the quasi-identifier's place; level: at which `counts` counts its values.
    """

    column: int
    level: int
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class KnownList:
    """A list of people that the recipient holds, with what it says of each of them.

    columns: places of the quasi-identifiers on it; rows: their raw values. is_held:
    whether the recipient has it in truth; else it is only simulated.
    """

    name: str
    columns: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class Population:
    """Everybody of this extract, and whoever was in an earlier one and is not here.

    households: a code for each home. columns: one hierarchy for each quasi-identifier;
    raw: for each, its raw value of every child, "" of who is not here. history: what
    the recipient knows each child by from earlier extracts, 0 where none held it.
    is_here: whether the child belongs to this extract.
    Raises ValueError where the columns are not equally long.
    """

    households: Ints
    columns: tuple[Hierarchy, ...]
    raw: tuple[Sequence[str], ...] = field(repr=False)
    outcomes: tuple[Outcome, ...]
    history: Ints
    is_here: Flags
    published: tuple[Published, ...] = ()
    lists: tuple[KnownList, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        lengths = {len(self.households), len(self.history), len(self.is_here)}
        lengths |= {len(values) for values in self.raw}
        lengths |= {len(outcome.values) for outcome in self.outcomes}
        if len(lengths) > 1 or len(self.raw) != len(self.columns):
            raise ValueError("every column has one value for each child")

    @property
    def size(self) -> int:
        """How many children there are, here or not."""
        return len(self.households)


def coded(values: Sequence[Any]) -> Ints:
    """Return a whole number for each value, equal where the values are."""
    places: dict[Any, int] = {}
    return np.fromiter(
        (places.setdefault(value, len(places)) for value in values),
        np.int64,
        count=len(values),
    )


def at_levels(hierarchy: Hierarchy, raw: Sequence[str], is_here: Flags) -> list[Ints]:
    """Return a column's codes at each level, NOT_THERE for who is not here."""
    codes = coded(raw)
    firsts: dict[int, str] = {}
    for code, value in zip(codes.tolist(), raw, strict=True):
        firsts.setdefault(code, value)
    found = []
    for mapped in hierarchy.maps:
        names = sorted(set(mapped.values()))
        place = {name: at for at, name in enumerate(names)}
        of_code = np.array(
            [
                place[mapped[raw]] if raw in mapped else NOT_THERE
                for raw in firsts.values()
            ],
            np.int64,
        )
        column = of_code[codes] if len(codes) else codes
        found.append(np.where(is_here, column, NOT_THERE))
    return found
