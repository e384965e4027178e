"""Quasi-identifiers and the hierarchies along which their values become coarser.

A level maps each raw value to a coarser one; each level is made from the one before it,
and at the last every value is the same, so that the column is left out.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

NOT_STATED = "Not stated"
ANY = ""
OTHER = "Other or not stated"
LEFT_OUT = "left out"
_GRADES = ("KG", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12")
_GRADE_BANDS = (("KG–2", 0, 2), ("3–5", 3, 5), ("6–8", 6, 8), ("9–12", 9, 12))
_AGE_BANDS = ((0, 5), (6, 9), (10, 13), (14, 17), (18, 29))
# The first month of a school year: what happened from then on belongs to it.
_FIRST_MONTH = 7


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """One quasi-identifier: its column, and what its values are at each level.

    levels: in words, the finest first, the last being that it is left out. maps: one
    mapping of raw values for each level. element: its code in the catalogue.
    Raises ValueError where a level is not made from the one before it.
    """

    column: str
    element: str
    label: str
    levels: tuple[str, ...]
    maps: tuple[Mapping[str, str], ...]

    def __post_init__(self) -> None:
        if len(self.levels) != len(self.maps) or not self.maps:
            raise ValueError(f"{self.column}: each level has words and values")
        for finer, coarser in pairwise(self.maps):
            above: dict[str, str] = {}
            for raw, value in finer.items():
                if above.setdefault(value, coarser[raw]) != coarser[raw]:
                    raise ValueError(f"{self.column}: “{value}” is cut by a level")
        if len(set(self.maps[-1].values())) > 1:
            raise ValueError(f"{self.column}: the last level leaves the column out")

    @property
    def top(self) -> int:
        """The level at which the column is left out."""
        return len(self.levels) - 1


Step = tuple[str, Callable[[str], str]]


def hierarchy(
    column: str,
    element: str,
    label: str,
    values: Iterable[str],
    steps: Sequence[Step],
) -> Hierarchy:
    """Return the hierarchy of a column over the raw values that occur.

    steps: each level in words, and how a raw value is put at it; a level that makes
    nothing coarser than the one before, or tells nothing any more, is passed over.
    """
    raw = sorted(set(values))
    levels: list[str] = []
    maps: list[Mapping[str, str]] = []
    for words, at in steps:
        mapped = {value: at(value) for value in raw}
        n_values = len(set(mapped.values()))
        if maps and (n_values == 1 or n_values == len(set(maps[-1].values()))):
            continue
        levels.append(words)
        maps.append(mapped)
    return Hierarchy(
        column,
        element,
        label,
        (*levels, LEFT_OUT),
        (*maps, dict.fromkeys(raw, ANY)),
    )


def age_on(born: date | None, day: date) -> str:
    """Return the age in whole years on a day, as text."""
    if born is None:
        return NOT_STATED
    had_birthday = (day.month, day.day) >= (born.month, born.day)
    return str(day.year - born.year - (not had_birthday))


def ages(element: str, values: Iterable[str]) -> Hierarchy:
    """Return ages in years, then in two-year bands, then in bands of school stages."""

    def pairs(value: str) -> str:
        if value == NOT_STATED:
            return value
        first = int(value) // 2 * 2
        return f"{first}–{first + 1}"

    def stages(value: str) -> str:
        if value == NOT_STATED:
            return value
        found = (f"{a}–{b}" for a, b in _AGE_BANDS if a <= int(value) <= b)
        return next(found, "30 or more")

    return hierarchy(
        "age",
        element,
        "Age",
        values,
        (
            ("age in years", str),
            ("two years together", pairs),
            ("bands of school stages", stages),
        ),
    )


def grades(element: str, values: Iterable[str]) -> Hierarchy:
    """Return grades, then bands of grades."""

    def band(value: str) -> str:
        if value not in _GRADES:
            return NOT_STATED
        at = _GRADES.index(value)
        return next(name for name, low, high in _GRADE_BANDS if low <= at <= high)

    def half(value: str) -> str:
        return {"KG–2": "KG–5", "3–5": "KG–5", NOT_STATED: NOT_STATED}.get(
            band(value), "6–12"
        )

    return hierarchy(
        "grade",
        element,
        "Grade",
        values,
        (
            ("grade", str),
            ("bands of grades", lambda v: v if v == NOT_STATED else band(v)),
            ("elementary or later", half),
        ),
    )


def buildings(
    element: str,
    values: Iterable[str],
    names: Mapping[str, str],
    development_of: Mapping[str, str],
) -> Hierarchy:
    """Return buildings by name, then their developments."""
    return hierarchy(
        "development",
        element,
        "Building or development",
        values,
        (
            ("building", _named(names)),
            ("development", lambda value: development_of.get(value, NOT_STATED)),
        ),
    )


def schools(
    element: str,
    values: Iterable[str],
    names: Mapping[str, str],
    level_of: Mapping[str, str],
) -> Hierarchy:
    """Return schools by name, then their levels."""
    return hierarchy(
        "school",
        element,
        "School",
        values,
        (
            ("school", _named(names)),
            ("school level", lambda value: level_of.get(value, NOT_STATED)),
        ),
    )


def _named(names: Mapping[str, str]) -> Callable[[str], str]:
    """Return how a code is named; two of one name are told apart by their codes."""
    n_of_name = Counter(names.values())

    def name(code: str) -> str:
        found = names.get(code, code)
        return found if n_of_name[found] < 2 else f"{found} ({code})"

    return name


def races(element: str, values: Sequence[str], *, least: int) -> Hierarchy:
    """Return races and ethnicities, groups of fewer than `least` children merged.

    Merged groups that are few even together take the smallest other group with them.
    """
    sizes = Counter(values)
    small = {value for value, n in sizes.items() if n < least or value == NOT_STATED}
    left = sorted((n, value) for value, n in sizes.items() if value not in small)
    while small and left and sum(sizes[each] for each in small) < least:
        small.add(left.pop(0)[1])
    return hierarchy(
        "race",
        element,
        "Race or ethnicity",
        values,
        (("small groups merged", lambda value: OTHER if value in small else value),),
    )


def as_stated(
    column: str, element: str, label: str, values: Iterable[str]
) -> Hierarchy:
    """Return a column that is either shown as it is or left out."""
    return hierarchy(column, element, label, values, (("as stated", str),))


def school_year_of(day: date | None) -> str:
    """Return the school year in which a day lies, such as "2021–22"."""
    if day is None:
        return NOT_STATED
    first = day.year if day.month >= _FIRST_MONTH else day.year - 1
    return f"{first}–{(first + 1) % 100:02d}"


def school_years(
    column: str, element: str, label: str, values: Iterable[str], *, now: str
) -> Hierarchy:
    """Return the school years of dates, then whether it was before the present one."""

    def era(value: str) -> str:
        if value == NOT_STATED:
            return value
        return now if value >= now else f"before {now}"

    return hierarchy(
        column,
        element,
        label,
        values,
        (("school year", str), ("this school year or before", era)),
    )


def counts(
    column: str,
    element: str,
    label: str,
    values: Iterable[str],
    *,
    widths: Sequence[int],
) -> Hierarchy:
    """Return whole numbers, then bands of `widths`, each a multiple of the last."""

    def banded(width: int) -> Callable[[str], str]:
        def band(value: str) -> str:
            if value == NOT_STATED:
                return value
            low = int(value) // width * width
            return f"{low}–{low + width - 1}"

        return band

    return hierarchy(
        column,
        element,
        label,
        values,
        (
            ("as counted", str),
            *((f"bands of {width}", banded(width)) for width in widths),
        ),
    )
