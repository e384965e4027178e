"""The dates that an agreement sets: destruction, reminders, expiry.

Periods are calendar days; whose midnight ends a date is `accounts.clock`'s matter. The
reminder plans are this product's policy; the duty to set a period for destruction is
34 CFR 99.31(a)(6)(iii)(C)(4) and 99.35(a)(3)(iv).
"""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class ReminderPlan:
    """Days before a due date on which to remind; below zero means after it."""

    stages: tuple[int, ...]
    is_daily_after: bool = False

    def stage(self, *, due_on: date, today: date) -> int | None:
        """The latest stage that has been reached today, or None before the first.

        Every day between two stages answers with the earlier one, so a reminder that
        is sent once per stage goes out late rather than never.
        """
        left = (due_on - today).days
        if left < 0 and self.is_daily_after:
            return left
        return min((each for each in self.stages if each >= left), default=None)


DESTRUCTION_REMINDERS = ReminderPlan((90, 60, 30, 7, 1), is_daily_after=True)
EXPIRY_REMINDERS = ReminderPlan((120, 90, 60, 30, 7))


def linking_list_due(*, accepted_on: date, list_days: int, destroy_by: date) -> date:
    """Last day on which a list sent for linking may exist.

    list_days: days after the link was accepted, 0 or more.
    destroy_by: the agreement's own last date, which nothing outlives.
    Raises ValueError if list_days is negative.
    Source: HUD and ED, Data-Sharing Road Map (2017); policy sets 30 days.
    """
    return min(_after(accepted_on, list_days), destroy_by)


def linked_rows_due(
    *,
    last_release_on: date | None,
    purpose_ends_on: date,
    release_days: int,
    end_days: int,
    destroy_by: date,
) -> date:
    """Last day on which linked rows may exist.

    Whichever comes first: release_days after the last release (None: no release yet),
    end_days after the purpose ends, or the agreement's own last date.
    Raises ValueError if a number of days is negative.
    Source: HUD and ED, Data-Sharing Road Map (2017); policy sets 90 and 60 days.
    """
    due = min(_after(purpose_ends_on, end_days), destroy_by)
    if last_release_on is None:
        return due
    return min(_after(last_release_on, release_days), due)


def business_days_after(day: date, n_days: int) -> date:
    """The last of so many business days, Mondays to Fridays, that follow a day.

    Holidays are each owner's own, and are counted as days.
    """
    for _ in range(n_days):
        day += timedelta(days=1)
        while day.weekday() > 4:
            day += timedelta(days=1)
    return day


def _after(day: date, days: int) -> date:
    if days < 0:
        raise ValueError("a period cannot be negative")
    return day + timedelta(days=days)
