"""Feeds as pages show them: rows of tables, each state in words."""

from collections.abc import Iterable

from agreements.pages import spoken
from indicators.models import FeedDate
from indicators.queries import Standing

COLUMNS = ("Delivery", "How often", "Next due", "How it stands")
DATE_COLUMNS = ("Due", "What came", "Who was told")
STATES = {"due": "Awaited", "missed": "Missed", "late": "Came late", "arrived": "Came"}


def how_it_stands(standing: Standing) -> str:
    """Say whether the next delivery is there, awaited, or one was missed."""
    if standing.is_missed:
        return f"Missed: it was due on {spoken(standing.dates[0].due_on)}"
    if standing.next_due is None:
        return "Nothing more is due"
    return "Came for this date" if standing.is_in else "Awaited"


def feed_rows(standings: Iterable[Standing]) -> list[tuple[str, ...]]:
    """Return one row for each feed."""
    return [
        (
            f"{standing.flow.key} under {standing.flow.agreement.number}",
            f"{standing.flow.sender.name}, {standing.flow.frequency}",
            spoken(standing.next_due) if standing.next_due else "None",
            how_it_stands(standing),
        )
        for standing in standings
    ]


def date_rows(standing: Standing) -> list[tuple[str, ...]]:
    """Return one row for each of a feed's newest dates, and who was told."""
    return [
        (
            spoken(row.due_on),
            _what_came(row),
            ", ".join(standing.told[key] for key in row.told if key in standing.told)
            or "Nobody had to be told",
        )
        for row in standing.dates
    ]


def _what_came(row: FeedDate) -> str:
    if row.came_on is None:
        return STATES[row.state]
    same = ", the same files as before" if row.is_unchanged else ""
    return f"{STATES[row.state]} on {spoken(row.came_on)}{same}"
