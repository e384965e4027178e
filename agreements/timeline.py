"""The dates of an agreement on one line, and when its lists of names are gone (pure).

Before there are duties to destroy, the line says what the terms promise; after that it
says when each duty is due, or was done.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from agreements.deadlines import linked_rows_due
from agreements.rules.objects import Destruction, Term


class Word(StrEnum):
    """Where a day on the line stands, seen from today."""

    PAST = "Past"
    TODAY = "Today"
    NEXT = "Next"
    LATER = "Later"
    OVERDUE = "Overdue"
    HELD = "Held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A duty to destroy: of which records, by when, and when it was done.

    is_list: whether the records are the lists of names.
    """

    what: str
    is_list: bool
    due_on: date
    destroyed_on: date | None = None
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """A day on the line, and all that happens on it."""

    on: date
    word: Word
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """The days in order, what has no day yet, and the sentence about lists of names.

    sentence: "" where nobody sends a list, or where nothing says when it is gone.
    """

    today: date
    moments: tuple[Moment, ...]
    missing: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class _Event:
    on: date
    label: str
    is_open: bool = False
    is_held: bool = False


def line_of(
    *,
    term: Term,
    destruction: Destruction,
    today: date,
    duties: Sequence[Duty] = (),
    has_lists: bool = True,
) -> Line:
    """Return the line of these terms, as `today` sees it.

    duties: those of an agreement that was executed. has_lists: whether lists of people
    are sent at all.
    """
    terms = {
        "The term begins": term.starts_on,
        "Sharing goes live": term.implementation_on,
        "Review": term.review_on,
        "The term ends": term.ends_on,
    }
    events = [_Event(on, label) for label, on in terms.items() if on]
    events += _of_duties(duties) if duties else _promised(term, destruction, has_lists)
    missing = [label for label, on in terms.items() if on is None]
    if destruction.destroy_by is None:
        missing.append("Everything is destroyed")
    return Line(
        today=today,
        moments=_moments(events, today),
        missing=tuple(missing),
        sentence=_sentence(destruction, duties) if has_lists else "",
    )


def _promised(term: Term, destruction: Destruction, has_lists: bool) -> list[_Event]:
    """Return the destructions that the terms promise, each on its last day."""
    last, events = destruction.destroy_by, []
    if last is None:
        return []
    if has_lists and term.ends_on:
        rows_due = linked_rows_due(
            last_release_on=None,
            purpose_ends_on=term.ends_on,
            release_days=destruction.release_days or 0,
            end_days=destruction.end_days or 0,
            destroy_by=last,
        )
        events.append(_Event(rows_due, "Linked rows: destroyed at the latest"))
    events.append(_Event(last, "Everything: destroyed at the latest"))
    return events


def _of_duties(duties: Iterable[Duty]) -> list[_Event]:
    """Return what the duties say: destroyed, or to be destroyed."""
    return [
        _Event(duty.destroyed_on, f"{duty.what}: destroyed")
        if duty.destroyed_on
        else _Event(
            duty.due_on,
            f"{duty.what}: destroyed at the latest",
            is_open=True,
            is_held=duty.is_held,
        )
        for duty in duties
    ]


def _moments(events: Sequence[_Event], today: date) -> tuple[Moment, ...]:
    days = sorted({each.on for each in events})
    ahead = [day for day in days if day > today]
    return tuple(
        Moment(
            on=day,
            word=_word(day, [e for e in events if e.on == day], ahead, today),
            events=tuple(each.label for each in events if each.on == day),
        )
        for day in days
    )


def _word(
    day: date, events: Sequence[_Event], ahead: Sequence[date], today: date
) -> Word:
    if any(each.is_held for each in events):
        return Word.HELD
    if day < today:
        is_late = any(each.is_open for each in events)
        return Word.OVERDUE if is_late else Word.PAST
    if day == today:
        return Word.TODAY
    return Word.NEXT if day == ahead[0] else Word.LATER


def _sentence(destruction: Destruction, duties: Sequence[Duty]) -> str:
    """Say when the lists of names are gone."""
    lists = [each for each in duties if each.is_list]
    waiting = [each for each in lists if each.destroyed_on is None]
    if any(each.is_held for each in waiting):
        return "A hold keeps the list of names until the owner who placed it closes it."
    if waiting:
        last = max(each.due_on for each in waiting)
        return f"The list of names is gone by {_spoken(last)} at the latest."
    if lists:
        last = max(each.destroyed_on for each in lists if each.destroyed_on)
        return f"The list of names was destroyed on {_spoken(last)}."
    if destruction.destroy_by is None:
        return ""
    after = ""
    if destruction.list_days is not None:
        days = "day" if destruction.list_days == 1 else "days"
        after = f"{destruction.list_days} {days} after it is linked, and "
    return (
        f"The list of names is gone {after}by {_spoken(destruction.destroy_by)} "
        "at the latest."
    )


def _spoken(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"
