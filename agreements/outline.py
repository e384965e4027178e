"""A text as a document: its sections in order, as Word files hold them (pure).

What is written and what is read back go by the same outline, so that a change is found
in the section where it stands.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agreements.compare import plain
from agreements.schedules import Schedule, schedules_of

PARAGRAPH = "\n\n"
COMPARISON = "Homeroom comparison"
"""The author of the tracked changes that show a comparison: nobody proposes them."""


@dataclass(frozen=True, slots=True)
class Source:
    """Which text a file holds. version and digest: 0 and "" for an unsaved one."""

    number: str
    title: str
    label: str
    version: int
    digest: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it. anchor: the bookmark on its heading."""

    anchor: str
    heading: str
    text: str
    clause: str = ""
    schedule: Schedule | None = None

    @property
    def place(self) -> str:
        """Where in the document this is, in words."""
        return self.heading or "Front page"


NOTES = Section("changed_terms", "What changed in the terms", "")
"""What a comparison says of the terms, below the text: no part of it."""


def outline(source: Source, text: Mapping[str, Any]) -> tuple[Section, ...]:
    """Return the sections of a text, `{"terms": …, "clauses": …}`, in order."""
    parties = " and ".join(each["name"] for each in text["terms"]["parties"])
    front = (f"{source.number}, {source.label}", f"between {parties}")
    return (
        Section("front", plain(source.title), plain(PARAGRAPH.join(front))),
        Section("clauses", "Clauses", ""),
        *sections_of(text),
    )


def sections_of(text: Mapping[str, Any]) -> tuple[Section, ...]:
    """Return what is read of a text: its clauses, and then its schedules."""
    return (
        *(
            Section(
                anchor_of(clause["key"]),
                heading_of(clause["key"], clause["title"]),
                plain(clause["text"]),
                clause=clause["key"],
            )
            for clause in text["clauses"]
        ),
        *(
            Section(
                f"schedule_{position}",
                plain(schedule.heading),
                PARAGRAPH.join(plain(cell) for cell in _cells(schedule)),
                schedule=schedule,
            )
            for position, schedule in enumerate(schedules_of(text["terms"]))
        ),
    )


def anchor_of(key: str) -> str:
    """Return the bookmark on the heading of a clause: letters, digits, underscores."""
    return f"clause_{re.sub('[^A-Za-z0-9]', '_', key)}"[:40]


def heading_of(key: str, title: str) -> str:
    """Return the heading of a clause."""
    return plain(f"{key} {title}")


def _cells(schedule: Schedule) -> tuple[str, ...]:
    cells = (*schedule.columns, *(c for row in schedule.rows for c in row.cells))
    return tuple(cell for cell in cells if cell)
