"""The only clock: real time, and the demo's dates."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts import clock

LATE = dt.datetime(2026, 6, 30, 23, 30, tzinfo=dt.UTC)


@pytest.fixture
def at_half_past_eleven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: LATE)


def test_now_is_real_time_in_utc() -> None:
    before = dt.datetime.now(dt.UTC)
    assert before <= clock.now() <= dt.datetime.now(dt.UTC)
    assert clock.now().utcoffset() == dt.timedelta()


@pytest.mark.usefixtures("at_half_past_eleven")
@pytest.mark.parametrize(
    ("zones", "expected"),
    [
        (["America/Los_Angeles"], dt.date(2026, 6, 30)),
        (["UTC"], dt.date(2026, 6, 30)),
        (["America/Los_Angeles", "Pacific/Auckland"], dt.date(2026, 7, 1)),
    ],
)
def test_today_is_the_date_where_the_day_ends_first(
    zones: list[str], expected: dt.date
) -> None:
    assert clock.today(zones) == expected


@pytest.mark.django_db
def test_demo_dates_are_ahead_while_time_stays_real(settings: Settings) -> None:
    settings.DEMO = True
    before = clock.today()
    assert clock.advance(days=40) == 40
    assert clock.advance(days=2) == 42
    assert clock.today() == before + dt.timedelta(days=42)
    assert clock.now().date() == before


@pytest.mark.django_db
def test_outside_the_demo_an_offset_is_ignored() -> None:
    clock.advance(days=40)
    assert clock.offset_days() == 0
    assert clock.today() == clock.now().date()


@pytest.mark.django_db
def test_command_moves_the_demo(settings: Settings) -> None:
    settings.DEMO = True
    said = StringIO()
    call_command("advance_clock", days=7, stdout=said)
    assert clock.offset_days() == 7
    assert said.getvalue().startswith("Dates are now 7 days ahead")


@pytest.mark.django_db
def test_command_refuses_outside_the_demo() -> None:
    with pytest.raises(CommandError, match="Only the demo"):
        call_command("advance_clock", days=7)
    assert not clock.advance(days=0)


@pytest.mark.django_db
@pytest.mark.parametrize("days", [0, -3])
def test_command_never_moves_back(settings: Settings, days: int) -> None:
    settings.DEMO = True
    with pytest.raises(CommandError, match="does not run back"):
        call_command("advance_clock", days=days)
    assert clock.offset_days() == 0
