"""The only clock: now() is real time, today() follows the demo's offset."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings


def now() -> datetime:
    """Return the real time, in UTC: sessions and seals use no other."""
    return datetime.now(UTC)


def today(zones: Iterable[str] = ("UTC",)) -> date:
    """Return the date in the strictest of `zones`, where a day ends first.

    zones: IANA names, the time zones of the owners concerned. In the demo the
    date is moved by `manage.py advance_clock`.
    """
    of_dates = moment()
    return max(of_dates.astimezone(ZoneInfo(zone)).date() for zone in zones)


def moment() -> datetime:
    """Return the moment whose date is today: now, unless the demo moved its dates."""
    return now() + timedelta(days=offset_days())


def offset_days() -> int:
    """Return the days by which the demo's dates are ahead; 0 outside the demo."""
    if not settings.DEMO:
        return 0
    from accounts.models import ClockOffset

    row = ClockOffset.objects.first()
    return row.days if row else 0


def advance(*, days: int) -> int:
    """Return the demo's new offset in days, moved forward by `days`."""
    from accounts.models import ClockOffset

    row, _ = ClockOffset.objects.get_or_create(pk=1)
    row.days += days
    row.save()
    return row.days
