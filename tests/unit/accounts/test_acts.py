"""Decisions, refusals and state machines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.acts import (
    Conflict,
    Machine,
    Refused,
    RuleBroken,
    allow,
    deny,
    too_late,
)

DOOR = Machine(
    name="door",
    initial="shut",
    moves={("shut", "open"): "open", ("open", "shut"): "shut", ("shut", "lock"): "bar"},
)


def test_yes_is_truthy_and_names_its_clause() -> None:
    decision = allow("C12")
    assert decision
    assert decision.clause == "C12"
    decision.require()


def test_no_is_falsy_and_raises_its_reason() -> None:
    decision = deny("Only counsel may do this.")
    assert not decision
    with pytest.raises(Refused, match=r"Only counsel may do this\."):
        decision.require()


def test_no_that_comes_too_late_is_a_conflict() -> None:
    decision = too_late("Riverbend has decided already.")
    assert not decision
    with pytest.raises(Conflict, match=r"has decided already\."):
        decision.require()


@pytest.mark.parametrize("kind", [Refused, Conflict])
def test_refusals_are_rules_that_a_person_can_put_right(kind: type) -> None:
    assert issubclass(kind, RuleBroken)
    assert kind("Try again.").message == "Try again."


def test_table_leads_from_state_to_state() -> None:
    assert DOOR.move("shut", "open") == "open"


def test_unknown_move_is_a_conflict_that_names_state_and_move() -> None:
    with pytest.raises(Conflict, match=r"“bar”.*“open”"):
        DOOR.move("bar", "open")


def test_states_no_move_leaves_are_final() -> None:
    assert DOOR.states == {"shut", "open", "bar"}
    assert DOOR.finals == {"bar"}


WORDS = st.sampled_from("abcd")


@given(
    moves=st.dictionaries(st.tuples(WORDS, WORDS), WORDS),
    state=WORDS,
    move=WORDS,
)
def test_a_machine_moves_exactly_where_it_allows(
    moves: dict[tuple[str, str], str], state: str, move: str
) -> None:
    machine = Machine(name="any", initial="a", moves=moves)
    if machine.allows(state, move):
        assert machine.move(state, move) in machine.states
        assert state not in machine.finals
    else:
        with pytest.raises(Conflict):
            machine.move(state, move)
