"""Files as they arrive at the door: read under the elements of an agreement."""

import io
from collections.abc import Mapping
from datetime import date
from typing import Any

from indicators.arrivals.contract import STUDENT, TENANT, Answers, Arrival, Standing
from indicators.arrivals.reading import read_arrival

TODAY = date(2022, 6, 1)
TENANTS = frozenset(
    f"tenant.{name}"
    for name in (
        *("member_id", "first_name", "middle_name", "last_name", "birth_date"),
        *("development", "move_in_date"),
    )
)
ROSTER = frozenset(
    {
        *("student.id", "student.first_name", "student.middle_name"),
        *("student.last_name", "student.preferred_first_name", "student.birth_date"),
        *("enrolment.school", "enrolment.entry_date", "enrolment.exit_date"),
    }
)
EVENTS = frozenset(
    {
        *("attendance.date", "attendance.category", "attendance.duration"),
        *("attendance.school", "calendar.date", "calendar.school"),
        "calendar.session",
    }
)
DAYS = frozenset({"calendar.days_in_session", "attendance.days_absent"})


class Named(io.BytesIO):
    """A file with the name under which it was sent."""

    def __init__(self, name: str, content: bytes) -> None:
        super().__init__(content)
        self.name = name


def arrive(
    files: Mapping[str, str | bytes],
    listed: frozenset[str] = ROSTER,
    *,
    answers: Answers | None = None,
    **options: Any,
) -> Arrival:
    """Return what these files are at the door."""
    sent = [
        Named(name, content.encode() if isinstance(content, str) else content)
        for name, content in files.items()
    ]
    is_housing = any(code.startswith("tenant.") for code in listed)
    return read_arrival(
        sent,
        listed=listed,
        side=TENANT if is_housing else STUDENT,
        answers=answers or Answers(),
        today=TODAY,
        **options,
    )


def rows(arrival: Arrival, frame: str) -> list[dict[str, Any]]:
    """Return the rows of one frame, without what is empty."""
    found = arrival.frames[frame].to_pylist()
    return [{k: v for k, v in row.items() if v is not None} for row in found]


def standings(arrival: Arrival) -> dict[str, Standing]:
    """Return what becomes of each column, by its heading."""
    return {column.heading: column.standing for column in arrival.columns}


def said(arrival: Arrival) -> str:
    """Return every message."""
    items = [*arrival.errors, *arrival.notices]
    words = [item.message for item in items] + [q.words for q in arrival.questions]
    return "\n".join(words + [each.reason for each in arrival.rejected])
