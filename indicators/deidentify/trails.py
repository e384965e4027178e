"""What a recipient holds already: earlier files, and each child's trail in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from indicators.deidentify.population import NOT_THERE, Flags, Ints, Outcome, coded


@dataclass(frozen=True, slots=True)
class Before:
    """One earlier file as the district's record keeps it, by child.

    cells: the class that each child of it was in; homes: the household; outcomes: for
    each that it told, the value of each child.
    """

    cells: Mapping[str, int] = field(repr=False)
    homes: Mapping[str, str] = field(repr=False)
    outcomes: Mapping[str, Mapping[str, str]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Trails:
    """Children here and before, in one order: those here first.

    history: a number for each trail through the earlier files, 0 for who is in none.
    """

    children: tuple[str, ...] = field(repr=False)
    homes: Ints
    history: Ints
    is_here: Flags
    outcomes: tuple[Outcome, ...]


def trails(homes: Mapping[str, str], earlier: Sequence[Before]) -> Trails:
    """Return the trails of the children here, and of all whom an earlier file held.

    homes: the household of each child here. Files count as linkable whether they carry
    codes or not: values may link them as well.
    """
    gone = sorted({child for each in earlier for child in each.cells} - homes.keys())
    children = (*sorted(homes), *gone)
    last_home = dict(homes)
    for each in reversed(earlier):
        for child, home in each.homes.items():
            last_home.setdefault(child, home)
    never = (None,) * len(earlier)
    trail_of = [tuple(each.cells.get(child) for each in earlier) for child in children]
    places = {trail: n for n, trail in enumerate(dict.fromkeys([never, *trail_of]))}
    return Trails(
        children=children,
        homes=coded([last_home[child] for child in children]),
        history=np.array([places[trail] for trail in trail_of], np.int64),
        is_here=np.array([child in homes for child in children], bool),
        outcomes=tuple(
            Outcome(f"{name}, file {number}", _told(children, values), is_earlier=True)
            for number, each in enumerate(earlier, start=1)
            for name, values in sorted(each.outcomes.items())
        ),
    )


def _told(children: Sequence[str], values: Mapping[str, str]) -> Ints:
    codes = coded([values.get(child, "") for child in children])
    is_told = np.array([child in values for child in children], bool)
    return np.where(is_told, codes, NOT_THERE)
