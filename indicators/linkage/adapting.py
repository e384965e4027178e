"""The shipped model made to fit how far the birth years of two files are spread.

It was made for children, of whom two in many hundred share a birth date by chance.
Among adults chance is rarer, and a shared birth date tells more. How often birth years
meet by chance is plain in the files; nothing about matches is learned here.
"""

from collections.abc import Mapping
from dataclasses import replace

from indicators.linkage.model import Model

# How often the birth years of two children meet by chance where the shipped model was
# made, and how far another file may be from that.
SHIPPED_MEETING = 0.077
RAREST, COMMONEST = 0.002, 0.5
# Of two dates: the same month and day by chance, and the same month or day in a year.
SAME_DAY, SAME_PART = 1 / 365.25, 1 / 12 + 1 / 30

# Where a file has years alone, m of: the same year, the next, another.
YEARS_ALONE = {"year alone": 0.94, "within a year": 0.03, "else": 0.03}


def adapted(known: Model, *, meeting: float | None, has_dates: bool) -> Model:
    """Return the model with the chances of birth dates as the files have them.

    meeting: how often two records of different people have one birth year; None where
    no year is known. has_dates: whether both files have more than years.
    """
    if meeting is None:
        return known
    often = min(max(meeting, RAREST), COMMONEST)
    birth = dict(known.comparisons["birth_date"])
    birth = _dated(birth, often) if has_dates else _yearly(birth, often)
    return replace(known, comparisons=dict(known.comparisons) | {"birth_date": birth})


def _dated(
    birth: Mapping[str, tuple[float, float]], often: float
) -> dict[str, tuple[float, float]]:
    ratio = often / SHIPPED_MEETING
    parts = _two_of_three(often) / _two_of_three(SHIPPED_MEETING)
    u = {
        level: share * (parts if level == "two of three parts" else ratio)
        for level, (_, share) in birth.items()
        if level != "else"
    }
    rest = max(0.01, 1 - sum(u.values()))
    return {level: (m, u.get(level, rest)) for level, (m, _) in birth.items()}


def _two_of_three(often: float) -> float:
    """Return how often two dates share two of year, month and day by chance."""
    return (1 - often) * SAME_DAY + often * SAME_PART


def _yearly(
    birth: Mapping[str, tuple[float, float]], often: float
) -> dict[str, tuple[float, float]]:
    near = min(2 * often, 0.4)
    u = {"year alone": often, "within a year": near, "else": 1 - often - near}
    return {
        level: (YEARS_ALONE.get(level, m), u.get(level, share))
        for level, (m, share) in birth.items()
    }
