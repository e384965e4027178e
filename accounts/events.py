"""What the basement announces and asks of the floors above."""

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class MinutePassed:
    """A minute has passed: do whatever dates and queues ask for, idempotently."""


@dataclass(frozen=True, slots=True)
class Need:
    """One line of "What needs you today"."""

    verb: str
    subject: str
    reason: str
    url: str
    due_on: date | None = None
    is_waiting_on_others: bool = False


@dataclass(frozen=True, slots=True)
class NeedsOf:
    """Question: what needs this person today? Answers are `Need`s."""

    user: Any


@dataclass(frozen=True, slots=True)
class NavigationOf:
    """Question: which pages lie open to this person?

    Answers are (place, label, url); the lower place stands further left.
    """

    user: Any


@dataclass(frozen=True, slots=True)
class StandingOf:
    """Question: for whom does this person act? Answers are short texts."""

    user: Any


@dataclass(frozen=True, slots=True)
class PublicPages:
    """Question: which pages may anybody open? Answers are (label, url)."""
