"""What a report declares once, for all of its measures.

Source: `law.md` 8, "Declare once per report".
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from accounts.acts import RuleBroken


class Residency(StrEnum):
    """Who counts as living in assisted housing in a year."""

    CENSUS_DATE = "on the census date"
    ANY_DAY = "on any day of the year"
    DAYS = "on at least so many days of the year"


class Mobility(StrEnum):
    """To which school a child of several schools belongs."""

    LAST_SCHOOL = "the last school of the year"
    ANY_SCHOOL = "every school of the year"


class Comparison(StrEnum):
    """With whom residents are compared."""

    NOBODY = "nobody"
    ALL_OTHERS = "all other students of the district"
    SAME_SCHOOLS = "other students of the same schools"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The declarations for one school year, named by the calendar year it ends in.

    first_on, last_on: the first and last instructional day. as_of: the day on which
    the records were drawn; what happens later is not yet known.
    programs: those whose residents count; none listed means every program.
    next_census_on: of the year after; None where it is not fixed.
    pending: frames that will come but have not; what needs them is not yet known.
    age_from: the first age of each band; none listed means single years.
    school_ages: the first and last age of residents who count in the link rate.
    """

    year: int
    first_on: date
    last_on: date
    census_on: date
    as_of: date
    residency: Residency = Residency.CENSUS_DATE
    residency_days: int = 90
    programs: tuple[str, ...] = ()
    comparison: Comparison = Comparison.NOBODY
    mobility: Mobility = Mobility.LAST_SCHOOL
    next_census_on: date | None = None
    pending: frozenset[str] = frozenset()
    age_from: tuple[int, ...] = (5, 11, 14, 18)
    school_ages: tuple[int, int] = (5, 17)

    def __post_init__(self) -> None:
        if not self.first_on <= self.census_on <= self.last_on:
            raise RuleBroken(
                "The census date is not between the first and the last day of the "
                "school year. Correct the dates of the report."
            )
        if self.last_on.year != self.year or (self.last_on - self.first_on).days > 366:
            raise RuleBroken(
                f"The days given are not those of the school year that ends in "
                f"{self.year}. Correct the dates of the report."
            )
        if not 1 <= self.residency_days <= 366:
            raise RuleBroken("The days of residency must be from 1 to 366.")
        if self.next_census_on is not None and self.next_census_on <= self.last_on:
            raise RuleBroken(
                "The next census date is not after the school year. Correct it."
            )
        if list(self.age_from) != sorted(set(self.age_from)):
            raise RuleBroken("The first ages of the bands must rise. Correct them.")

    @property
    def period(self) -> str:
        """The school year as people write it: "2021–22"."""
        if self.first_on.year == self.year:
            return str(self.year)
        return f"{self.first_on.year}–{self.year % 100:02d}"

    @property
    def nonadditive(self) -> frozenset[str]:
        """The dimensions in which these rules give a child several values."""
        places = {"building", "program"} if self.residency is Residency.ANY_DAY else ()
        schools = {"school"} if self.mobility is Mobility.ANY_SCHOOL else ()
        return frozenset({*places, *schools})

    def sentences(self) -> tuple[str, ...]:
        """Return what was declared, one sentence each, for the page of the report."""
        rule = str(self.residency)
        if self.residency is Residency.DAYS:
            rule = f"on at least {self.residency_days} days of the year"
        if self.residency is Residency.CENSUS_DATE:
            rule = f"on the census date, {_said(self.census_on)}"
        after = self.next_census_on
        return (
            f"School year {self.period}, from records of {_said(self.as_of)}.",
            f"Residents are students who lived in assisted housing {rule}.",
            f"Programs: {', '.join(self.programs) or 'all'}.",
            f"A student of several schools counts at {self.mobility}.",
            f"Residents are compared with {self.comparison}.",
            *([f"The census of the next year is on {_said(after)}."] if after else []),
        )


def _said(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"
