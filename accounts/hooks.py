"""Typed events and questions between floors: subscribe, publish, answer, ask.

A lower floor declares a frozen dataclass; an upper floor subscribes to it in its
`subscribers.py`. Subscribers run in order inside the publisher's transaction. After
start-up the registry is frozen.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

Event = TypeVar("Event")
_subscribers: dict[type, list[Callable[[Any], Any]]] = defaultdict(list)
_is_frozen = False


def subscribe(
    event: type[Event],
) -> Callable[[Callable[[Event], Any]], Callable[[Event], Any]]:
    """Return a decorator that makes a function hear (or answer) `event`."""

    def register(function: Callable[[Event], Any]) -> Callable[[Event], Any]:
        if _is_frozen:
            raise RuntimeError(f"{function.__name__} subscribed after start-up")
        _subscribers[event].append(function)
        return function

    return register


def publish(event: object) -> None:
    """Call every subscriber of the event's type, in order."""
    for function in _subscribers[type(event)]:
        function(event)


def ask(question: object) -> list[Any]:
    """Return all answers to a question, in order, as one flat list."""
    return [
        answer
        for function in _subscribers[type(question)]
        for answer in function(question)
    ]


def subscribers(event: type) -> tuple[Callable[[Any], Any], ...]:
    """Return the functions that hear an event type, in order."""
    return tuple(_subscribers[event])


def freeze() -> None:
    """Refuse further subscriptions."""
    global _is_frozen
    _is_frozen = True


def heard() -> frozenset[type]:
    """Return the event and question types that somebody hears."""
    return frozenset(event for event, functions in _subscribers.items() if functions)
