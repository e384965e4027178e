"""Whose rows a flow carries: places, school years, ages and grades (pure).

A school year runs from July 1 to June 30.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

GRADES = ("PK", "TK", "KG", *(f"{grade:02}" for grade in range(1, 13)))
FIRST_MONTH, AGE_MONTH = 7, 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose rows are sent; what is empty limits nothing.

    places: codes of the sender's buildings or schools. years: the first and the last
    school year, by the years in which they begin. ages: the youngest and the oldest, in
    whole years on September 1 of the school year in which a file arrives.
    """

    places: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    ages: tuple[int, ...] = ()
    grades: tuple[str, ...] = ()

    @property
    def is_limited(self) -> bool:
        """Whether not everybody's rows are sent."""
        return self != ALL

    @property
    def is_by_enrolment(self) -> bool:
        """Whether an enrolment says who of the students is in it."""
        return bool(self.places or self.years or self.grades)

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day of the school years; only where they are limited.

        Raises ValueError where every school year is in it.
        """
        first, last = self.years
        return date(first, FIRST_MONTH, 1), date(last + 1, FIRST_MONTH - 1, 30)

    def born(self, today: date) -> tuple[date, date]:
        """The day after which, and the last day on which, those of the ages were born.

        today: the day on which a file arrives. Raises ValueError where every age is in
        it.
        """
        youngest, oldest = self.ages
        year = year_of(today)
        return (
            date(year - oldest - 1, AGE_MONTH, 1),
            date(year - youngest, AGE_MONTH, 1),
        )

    def covers(self, other: "Scope") -> bool:
        """Whether nobody is in another scope who is not in this one."""
        return all(
            not mine or (bool(theirs) and mine[0] <= theirs[0] and theirs[1] <= mine[1])
            for mine, theirs in ((self.years, other.years), (self.ages, other.ages))
        ) and all(
            not mine or (bool(theirs) and {*theirs} <= {*mine})
            for mine, theirs in (
                (self.places, other.places),
                (self.grades, other.grades),
            )
        )


ALL = Scope()


def year_of(day: date) -> int:
    """Return the year in which a day's school year begins."""
    return day.year if day.month >= FIRST_MONTH else day.year - 1


def in_words(scope: Scope, names: Sequence[str] = ()) -> str:
    """Return whose rows are sent, to follow “only rows”; nothing for everybody's.

    names: of the places, where they are known; else their codes are told.
    """
    return ", ".join(_told(scope, names or scope.places))


def _told(scope: Scope, names: Sequence[str]) -> Iterator[str]:
    if scope.places:
        yield f"of {_listed(names)}"
    if scope.years:
        first, last = scope.days
        years = dict.fromkeys(f"{y}-{(y + 1) % 100:02}" for y in scope.years)
        which = f"school year{'s' * (len(years) > 1)} {' to '.join(years)}"
        yield f"of the {which} ({_day(first)} to {_day(last)})"
    if scope.ages:
        youngest, oldest = scope.ages
        ages = f"{youngest}" if youngest == oldest else f"{youngest} to {oldest}"
        yield (
            f"of children aged {ages} on September 1 of the school year in which a "
            "file arrives"
        )
    if scope.grades:
        several = "s" * (len(scope.grades) > 1)
        yield f"of the grade{several} {_listed(scope.grades)}"


def _listed(words: Sequence[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _day(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"
