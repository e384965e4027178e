"""Due dates fall in the term, on weekdays; what comes counts for one of them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.rules.vocabulary import Frequency
from indicators.feeds import GRACE_DAYS, TELLING_DAYS, Feed, is_recurring

START, END = date(2026, 1, 5), date(2027, 1, 4)  # Mondays
DAY = timedelta(days=1)

feeds = st.builds(
    lambda frequency, start, length: Feed(
        frequency=frequency, starts_on=start, ends_on=start + length * DAY
    ),
    st.sampled_from(sorted(GRACE_DAYS)),
    st.dates(date(2024, 1, 1), date(2030, 1, 1)),
    st.integers(0, 800),
)


def feed(frequency: Frequency, start: date = START, end: date = END) -> Feed:
    return Feed(frequency=frequency, starts_on=start, ends_on=end)


@pytest.mark.parametrize(
    ("frequency", "first", "n_dates"),
    [
        (Frequency.DAILY, [date(2026, 1, 5), date(2026, 1, 6)], 261),
        (Frequency.WEEKLY, [date(2026, 1, 7), date(2026, 1, 14)], 52),
        (Frequency.MONTHLY, [date(2026, 1, 12), date(2026, 2, 12)], 12),
        (Frequency.QUARTERLY, [date(2026, 1, 19), date(2026, 4, 20)], 4),
        (Frequency.TERMLY, [date(2026, 1, 19), date(2026, 5, 19)], 3),
        (Frequency.YEARLY, [date(2026, 2, 4)], 1),
    ],
)
def test_a_year_has_the_dates_of_its_frequency(
    frequency: Frequency, first: list[date], n_dates: int
) -> None:
    dates = list(feed(frequency).due_dates())
    assert dates[: len(first)] == first
    assert len(dates) == n_dates


def test_the_last_day_of_a_short_month_stands_for_the_31st() -> None:
    monthly = feed(Frequency.MONTHLY, date(2025, 12, 24), date(2026, 4, 30))
    assert list(monthly.due_dates()) == [
        date(2025, 12, 31),
        date(2026, 2, 2),  # January 31 is a Saturday
        date(2026, 3, 2),  # February 28 is one, too
        date(2026, 3, 31),
        date(2026, 4, 30),
    ]


@given(feeds)
def test_due_dates_rise_are_weekdays_and_lie_in_the_term(feed: Feed) -> None:
    dates = list(feed.due_dates())
    assert dates == sorted(set(dates))
    assert all(each.weekday() < 5 for each in dates)
    assert all(feed.starts_on <= each <= feed.ends_on for each in dates)


@given(feeds, st.integers(-10, 900))
def test_every_arrival_counts_for_the_next_date_or_the_missed_one(
    feed: Feed, after: int
) -> None:
    came_on = feed.starts_on + after * DAY
    passed, coming = feed.due_before(came_on), feed.next_due(came_on)
    assert feed.counts_for(came_on, missed=()) == coming
    late = feed.counts_for(came_on, missed=passed)
    if passed and came_on - passed[-1] <= feed.grace:
        assert late == passed[-1]
    else:
        assert late == coming


@given(feeds, st.integers(-10, 900))
def test_nobody_is_told_after_the_end_early_or_of_anything_but_the_last_date(
    feed: Feed, after: int
) -> None:
    today = feed.starts_on + after * DAY
    told = feed.to_tell(today)
    if today > feed.ends_on:
        assert told is None
    elif told is not None:
        assert told < today
        assert told == feed.due_before(today)[-1]
        assert today - told <= feed.grace + TELLING_DAYS * DAY
    else:
        passed = feed.due_before(today)
        assert not passed or today - passed[-1] > feed.grace + TELLING_DAYS * DAY


def test_a_miss_of_the_last_day_is_not_told_after_it() -> None:
    daily = feed(Frequency.DAILY, end=date(2026, 1, 6))
    assert daily.to_tell(date(2026, 1, 6)) == date(2026, 1, 5)
    assert daily.to_tell(date(2026, 1, 7)) is None


def test_what_moves_once_is_no_feed() -> None:
    with pytest.raises(ValueError, match="no feed"):
        feed(Frequency.ONCE)
    assert not is_recurring(Frequency.ONCE)
    assert not is_recurring("")
    assert is_recurring("once a week")
