"""Every event and question is raised by somebody and heard by somebody."""

import ast
import dataclasses
import inspect
from functools import cache
from importlib import import_module

import pytest

from accounts import hooks
from tests.house.test_source import FLOORS, PROJECT, python_files

HOUSED = [floor for floor in FLOORS if (PROJECT / floor / "events.py").is_file()]


def declared() -> list[type]:
    """Return the dataclasses of every floor's events.py."""
    modules = [import_module(f"{floor}.events") for floor in HOUSED]
    return [
        value
        for module in modules
        for value in vars(module).values()
        if inspect.isclass(value) and value.__module__ == module.__name__
    ]


@cache
def built() -> frozenset[str]:
    """Return the names that our code calls anywhere, as in `publish(Name(…))`."""
    return frozenset(
        ast.unparse(node.func).rpartition(".")[2]
        for path in python_files(*FLOORS)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
    )


ANSWERS = {
    event.__name__
    for event in declared()
    if any(f"`{event.__name__}`" in (other.__doc__ or "") for other in declared())
}
HEARD = [event for event in declared() if event.__name__ not in ANSWERS]


@pytest.mark.parametrize("event", declared(), ids=lambda event: event.__name__)
def test_is_a_frozen_dataclass_that_says_what_it_means(event: type) -> None:
    assert dataclasses.is_dataclass(event)
    assert event.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__slots__" in vars(event)
    assert not (event.__doc__ or "").startswith(f"{event.__name__}(")


@pytest.mark.parametrize("event", HEARD, ids=lambda event: event.__name__)
def test_is_heard_by_somebody(event: type) -> None:
    assert event in hooks.heard()


@pytest.mark.parametrize("event", declared(), ids=lambda event: event.__name__)
def test_is_raised_or_answered_by_somebody(event: type) -> None:
    assert event.__name__ in built()


def test_nothing_is_heard_that_no_floor_declares() -> None:
    modules = {event.__module__ for event in hooks.heard()}
    assert modules <= {*(f"{floor}.events" for floor in HOUSED), "accounts.jobs"}
