"""Typed events and questions."""

from collections import defaultdict
from dataclasses import dataclass

import pytest

from accounts import hooks


@dataclass(frozen=True, slots=True)
class Rang:
    """A bell rang."""

    times: int


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "_subscribers", defaultdict(list))
    monkeypatch.setattr(hooks, "_is_frozen", False)


def test_registry_is_frozen_once_django_has_started() -> None:
    with pytest.raises(RuntimeError, match="after start-up"):
        hooks.subscribe(Rang)(print)


@pytest.mark.usefixtures("registry")
def test_subscribers_hear_in_order() -> None:
    heard: list[str] = []
    hooks.subscribe(Rang)(lambda event: heard.append(f"first {event.times}"))
    hooks.subscribe(Rang)(lambda event: heard.append(f"second {event.times}"))
    hooks.publish(Rang(2))
    assert heard == ["first 2", "second 2"]
    assert hooks.heard() == {Rang}
    assert len(hooks.subscribers(Rang)) == 2


@pytest.mark.usefixtures("registry")
def test_subscriber_that_fails_stops_the_publisher() -> None:
    def fail(event: Rang) -> None:
        raise ValueError

    hooks.subscribe(Rang)(fail)
    with pytest.raises(ValueError):
        hooks.publish(Rang(1))


@pytest.mark.usefixtures("registry")
def test_answers_come_as_one_list_in_order() -> None:
    hooks.subscribe(Rang)(lambda question: ["a"] * question.times)
    hooks.subscribe(Rang)(lambda question: ["b"])
    assert hooks.ask(Rang(2)) == ["a", "a", "b"]


@pytest.mark.usefixtures("registry")
def test_what_nobody_hears_is_harmless() -> None:
    hooks.publish(Rang(1))
    assert hooks.ask(Rang(1)) == []
    assert hooks.heard() == frozenset()
