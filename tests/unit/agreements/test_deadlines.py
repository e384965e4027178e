from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.deadlines import (
    DESTRUCTION_REMINDERS,
    EXPIRY_REMINDERS,
    ReminderPlan,
    business_days_after,
    linked_rows_due,
    linking_list_due,
)

DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2060, 12, 31))
DUE = date(2027, 10, 30)


def rows_due(**changes) -> date:
    terms = {
        "last_release_on": None,
        "purpose_ends_on": date(2027, 8, 31),
        "release_days": 90,
        "end_days": 60,
        "destroy_by": date(2027, 12, 31),
    }
    return linked_rows_due(**{**terms, **changes})


@pytest.mark.parametrize(
    ("day", "n_days", "last"),
    [
        (date(2026, 11, 20), 1, date(2026, 11, 23)),  # a Friday
        (date(2026, 11, 22), 10, date(2026, 12, 4)),  # a Sunday
        (date(2026, 11, 23), 10, date(2026, 12, 7)),
    ],
)
def test_business_days_pass_over_weekends(day: date, n_days: int, last: date) -> None:
    assert business_days_after(day, n_days) == last


def test_a_linking_list_lives_its_days_after_the_link_is_accepted() -> None:
    due = linking_list_due(
        accepted_on=date(2027, 1, 31), list_days=30, destroy_by=date(2027, 12, 31)
    )
    assert due == date(2027, 3, 2)


def test_no_period_outlives_the_agreement_s_last_date() -> None:
    last = date(2027, 2, 1)
    due = linking_list_due(accepted_on=date(2027, 1, 31), list_days=30, destroy_by=last)
    assert due == last
    assert rows_due(destroy_by=last) == last


def test_linked_rows_go_after_the_last_release_or_the_purpose_whichever_is_first() -> (
    None
):
    assert rows_due() == DUE
    assert rows_due(last_release_on=date(2027, 2, 1)) == date(2027, 5, 2)
    assert rows_due(last_release_on=date(2027, 8, 30)) == DUE


def test_a_period_of_no_days_means_the_same_day() -> None:
    due = linking_list_due(accepted_on=DUE, list_days=0, destroy_by=DUE)
    assert due == DUE


@pytest.mark.parametrize(
    "late",
    [
        lambda: linking_list_due(accepted_on=DUE, list_days=-1, destroy_by=DUE),
        lambda: rows_due(end_days=-1),
        lambda: rows_due(last_release_on=DUE, release_days=-1),
    ],
)
def test_a_negative_period_is_refused(late) -> None:
    with pytest.raises(ValueError, match="negative"):
        late()


@given(DAYS, DAYS, DAYS, st.integers(0, 400), st.integers(0, 400))
def test_linked_rows_are_never_due_later_than_any_of_their_limits(
    released: date, ends: date, last: date, release_days: int, end_days: int
) -> None:
    due = linked_rows_due(
        last_release_on=released,
        purpose_ends_on=ends,
        release_days=release_days,
        end_days=end_days,
        destroy_by=last,
    )
    limits = {
        released + timedelta(days=release_days),
        ends + timedelta(days=end_days),
        last,
    }
    assert due == min(limits)


@pytest.mark.parametrize(
    ("days_before", "stage"),
    [(91, None), (90, 90), (61, 90), (60, 60), (8, 30), (7, 7), (2, 7), (1, 1), (0, 1)],
)
def test_destruction_is_announced_at_its_stages(
    days_before: int, stage: int | None
) -> None:
    today = DUE - timedelta(days=days_before)
    assert DESTRUCTION_REMINDERS.stage(due_on=DUE, today=today) == stage


def test_overdue_destruction_is_announced_every_day() -> None:
    stages = [
        DESTRUCTION_REMINDERS.stage(due_on=DUE, today=DUE + timedelta(days=late))
        for late in (1, 2, 40)
    ]
    assert stages == [-1, -2, -40]


def test_expiry_is_announced_from_120_days_before() -> None:
    assert EXPIRY_REMINDERS.stage(due_on=DUE, today=DUE - timedelta(days=120)) == 120


@given(
    st.sampled_from([DESTRUCTION_REMINDERS, EXPIRY_REMINDERS]),
    DAYS,
    st.integers(0, 200),
)
def test_stages_only_go_down_as_days_pass(
    plan: ReminderPlan, today: date, left: int
) -> None:
    due = today + timedelta(days=left)
    reached = [
        plan.stage(due_on=due, today=today + timedelta(days=days))
        for days in range(left + 5)
    ]
    said = [each for each in reached if each is not None]
    assert said == sorted(said, reverse=True)
    assert None not in reached[len(reached) - len(said) :]
