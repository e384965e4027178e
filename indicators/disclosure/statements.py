"""Sentences and bars about a published table, from its published text alone.

A group whose rate is a band can be ranked only against bands that do not overlap it.
Where the text leaves it open, the sentence says that it cannot be told.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from indicators.disclosure.table import Band, ProtectedCell, ProtectedTable

# More groups than this are counted instead of named.
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart, from `low` to `high` percent; no bar where both are None."""

    label: str
    text: str
    low: float | None
    high: float | None


def heading(table: ProtectedTable, *, rate: str) -> str:
    """Return the finding that heads the table: which groups stand out, if any.

    A group stands out when its whole band lies above that of all children together;
    where none does, when it lies below.
    """
    label = next(one.label for one in table.rates if one.code == rate)
    shown = _shown(table, rate)
    whole = table.total.rates[rate]
    if not shown:
        return f"{label} cannot be told for any {table.dimension}"
    if not isinstance(whole, Band):
        return f"{label} was {_range(shown)} across {_counted(shown, table)}"
    higher = [name for name, band in shown if band.low > whole.high]
    lower = [name for name, band in shown if band.high < whole.low]
    for names, word in ((higher, "higher"), (lower, "lower")):
        if names:
            return (
                f"{label} was {word} than for all children together at "
                f"{_named(names, shown, table)}"
            )
    return f"{label} was {_range(shown)} across {_counted(shown, table)}"


def _named(
    names: Sequence[str], shown: Sequence[tuple[str, Band]], table: ProtectedTable
) -> str:
    if len(names) > _MOST_NAMED:
        return f"{len(names)} of {_counted(shown, table)}"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _counted(shown: Sequence[tuple[str, Band]], table: ProtectedTable) -> str:
    plural = "" if len(shown) == 1 else "s"
    return f"{len(shown)} {table.dimension}{plural} shown"


def _range(shown: Sequence[tuple[str, Band]]) -> str:
    low = min(band.low for _, band in shown)
    return in_words(Band(low, max(band.high for _, band in shown)))


def comparison(table: ProtectedTable, *, rate: str) -> str:
    """Return how many groups were higher and lower than all children together."""
    whole = table.total.rates[rate]
    shown = _shown(table, rate)
    if not isinstance(whole, Band) or not shown:
        return "Comparison with all children together cannot be told"
    n_higher = sum(band.low > whole.high for _, band in shown)
    n_lower = sum(band.high < whole.low for _, band in shown)
    return (
        f"Compared with all children together ({in_words(whole)}): higher at "
        f"{n_higher} of {len(shown)} {table.dimension}s shown, lower at {n_lower}, "
        f"cannot be told at {len(shown) - n_higher - n_lower}"
    )


def bars(table: ProtectedTable, *, rate: str) -> tuple[Bar, ...]:
    """Return a bar per group, the highest band first, then by name; no bars last."""
    return tuple(
        sorted(
            (bar(group, rate=rate) for group in table.groups),
            key=lambda one: (
                one.low is None,
                -(one.low or 0),
                -(one.high or 0),
                one.label.casefold(),
            ),
        )
    )


def bar(cell: ProtectedCell, *, rate: str) -> Bar:
    """Return the bar of one group: from where its band begins to where it ends.

    A band of whole percents begins and ends half a percent outside them.
    """
    text = cell.rates[rate]
    if not isinstance(text, Band):
        return Bar(cell.label, str(text), None, None)
    low, high = max(0, text.low - 0.5), min(100, text.high + 0.5)
    return Bar(cell.label, str(text), low, high)


def in_words(band: Band) -> str:
    """Return the band as a phrase: "40 to 49 percent", "49 percent or less"."""
    if band.low == 0:
        return f"{band.high} percent or less"
    if band.high == 100:
        return f"{band.low} percent or more"
    if band.low == band.high:
        return f"{band.low} percent"
    return f"{band.low} to {band.high} percent"


def _shown(table: ProtectedTable, rate: str) -> list[tuple[str, Band]]:
    """Return the labels and bands of the groups whose rate is shown, by label."""
    groups = sorted(table.groups, key=lambda group: group.label.casefold())
    return [
        (group.label, band)
        for group in groups
        if isinstance(band := group.rates[rate], Band)
    ]
