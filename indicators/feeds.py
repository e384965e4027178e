"""Recurring deliveries: when each is due, which one an arrival is, which was missed.

A feed is a flow of an agreement that moves more than once. Days are the sender's: those
of its time zone, and a due date that falls on a weekend is the Monday after it. That a
late delivery counts for the date that was missed, and for how long, is this product's
policy.
"""

import calendar
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from agreements.rules.vocabulary import Frequency

# Days from the start to the first due date; as long does a late delivery count.
GRACE_DAYS = {
    Frequency.DAILY: 0,
    Frequency.WEEKLY: 2,
    Frequency.MONTHLY: 7,
    Frequency.TERMLY: 14,
    Frequency.QUARTERLY: 14,
    Frequency.YEARLY: 30,
}
# For so long after it could still come late, a missed delivery is told of.
TELLING_DAYS = 3

_MONTHS = {
    Frequency.MONTHLY: 1,
    Frequency.QUARTERLY: 3,
    Frequency.TERMLY: 4,
    Frequency.YEARLY: 12,
}
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Feed:
    """How often a flow moves, from the day on which it may until the last day.

    Raises ValueError if the flow moves only once.
    """

    frequency: Frequency
    starts_on: date
    ends_on: date

    def __post_init__(self) -> None:
        if self.frequency not in GRACE_DAYS:
            raise ValueError("What moves once is no feed.")

    @property
    def grace(self) -> timedelta:
        """How long after a due date a delivery still counts for it."""
        return timedelta(days=GRACE_DAYS[self.frequency])

    def due_dates(self) -> Iterator[date]:
        """Yield every due date, rising, none twice and none after the last day."""
        first, number, before = self.starts_on + self.grace, 0, None
        while (due_on := _monday_after_weekend(self._later(first, number))) <= (
            self.ends_on
        ):
            if due_on != before:
                yield due_on
            before, number = due_on, number + 1

    def next_due(self, today: date) -> date | None:
        """The first due date that has not passed; None after the last one."""
        return next((each for each in self.due_dates() if each >= today), None)

    def due_before(self, today: date) -> list[date]:
        """Every due date that has passed, the oldest first."""
        return [each for each in self.due_dates() if each < today]

    def counts_for(self, came_on: date, *, missed: Collection[date]) -> date | None:
        """The due date that an arrival satisfies; None where none is left.

        missed: due dates that were recorded as missed. What comes late counts for the
        last of these while its grace runs, and else for the next date.
        """
        passed = self.due_before(came_on)
        if passed and passed[-1] in missed and came_on <= passed[-1] + self.grace:
            return passed[-1]
        return self.next_due(came_on)

    def to_tell(self, today: date) -> date | None:
        """The due date to tell of today if nothing came for it; None if there is none.

        Only the last one, and only for a while: who could not send during a pause is
        not told afterwards of all that was due.
        """
        if today > self.ends_on:
            return None
        passed = self.due_before(today)
        if not passed:
            return None
        longest = self.grace + timedelta(days=TELLING_DAYS)
        return passed[-1] if today <= passed[-1] + longest else None

    def _later(self, day: date, number: int) -> date:
        if self.frequency is Frequency.DAILY:
            return day + timedelta(days=number)
        if self.frequency is Frequency.WEEKLY:
            return day + timedelta(weeks=number)
        return _months_after(day, number * _MONTHS[self.frequency])


def is_recurring(frequency: str) -> bool:
    """Whether a flow of this frequency has due dates; "" says that none was chosen."""
    return frequency in {each.value for each in GRACE_DAYS}


def _months_after(day: date, n_months: int) -> date:
    """The same day of a later month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + n_months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def _monday_after_weekend(day: date) -> date:
    return day + timedelta(
        days=max(0, 7 - day.weekday()) * (day.weekday() >= _SATURDAY)
    )
