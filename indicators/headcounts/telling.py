"""What of an agency's tables would show, in words: exactly to it, roughly to others.

Source: disclosure.md, rule 20. Others read shares to the nearest ten percent, and none
of a table so small that such a share would be the number itself.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

# Of fewer groups, some share to the nearest ten percent is of one number alone.
FEWEST_FOR_OTHERS = 21
_MANY = {
    "building": "buildings",
    "program": "programs",
    "grade": "grades",
    "age": "ages",
    "sex": "sexes",
    "race": "races",
}
_AND = "+"


@dataclass(frozen=True, slots=True)
class Shown:
    """One table: how many values each breakdown has, and how many groups would show."""

    table: tuple[str, ...]
    n_values: tuple[int, ...]
    n_groups: int
    n_shown: int


# What would show by each set of breakdowns; None where no form of the tables was safe.
Found = Mapping[tuple[str, ...], Sequence[Shown] | None]


def sets_of(breakdowns: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return all sets of these breakdowns, the small ones first."""
    return tuple(
        each
        for size in range(1, len(breakdowns) + 1)
        for each in combinations(breakdowns, size)
    )


def titled(table: Sequence[str]) -> str:
    """Return a table, or a set of breakdowns, as pages name it."""
    return f"By {' and '.join(table)}" if table else "All together"


def ordered(breakdowns: Collection[str], known: Sequence[str]) -> tuple[str, ...]:
    """Return those of the known breakdowns that are asked for, in their order."""
    return tuple(each for each in known if each in breakdowns)


def summed(found: Sequence[Shown]) -> tuple[int, int]:
    """Return how many groups of all tables would show, and how many there are."""
    return sum(each.n_shown for each in found), sum(each.n_groups for each in found)


def rows_for_agency(found: Sequence[Shown]) -> list[tuple[str, str, str]]:
    """Return each table with its size, its groups, and those that would show."""
    return [
        (
            " × ".join(
                f"{n} {_MANY[name] if n > 1 else name}"
                for name, n in zip(each.table, each.n_values, strict=True)
            ),
            f"{each.n_groups:,}",
            f"{each.n_shown:,}",
        )
        for each in found
    ]


def rows_for_others(found: Sequence[Shown]) -> list[tuple[str, str]]:
    """Return each table with about which share of its groups would show."""
    return [(titled(each.table), share(each.n_shown, each.n_groups)) for each in found]


def share(n_shown: int, n_groups: int) -> str:
    """Return about which share would show, to the nearest ten percent."""
    if n_groups < FEWEST_FOR_OTHERS:
        return "Too few groups to say"
    return f"About {(20 * n_shown + n_groups) // (2 * n_groups) * 10} percent"


def to_record(found: Found) -> dict[str, Any]:
    """Return what was found as JSON values."""
    return {
        _AND.join(key): None
        if tables is None
        else [[list(t.table), list(t.n_values), t.n_groups, t.n_shown] for t in tables]
        for key, tables in found.items()
    }


def from_record(record: Mapping[str, Any]) -> Found:
    """Return what `to_record` wrote."""
    return {
        tuple(key.split(_AND)): None
        if tables is None
        else tuple(
            Shown(tuple(table), tuple(values), n_groups, n_shown)
            for table, values, n_groups, n_shown in tables
        )
        for key, tables in record.items()
    }
