import pytest

from accounts.acts import Conflict, Machine
from agreements.lifecycle import AGREEMENT, APPROVAL, OBLIGATION, PAPER, PROPOSAL, STEP

FINALS = {
    "agreement": {"ended"},
    "approval": {"changes_asked", "declined", "void"},
    "signature round": {"complete", "void"},
    "obligation": {"discharged"},
    "step": {"void"},
    "proposal": {"accepted", "set_aside"},
    "paper signature": {"confirmed", "refused", "void"},
}
MACHINES = [AGREEMENT, APPROVAL, OBLIGATION, PAPER, PROPOSAL, STEP]


def walk(machine: Machine, *moves: str) -> str:
    state = machine.initial
    for move in moves:
        state = machine.move(state, move)
    return state


def reachable(machine: Machine, start: str) -> set[str]:
    found, rest = {start}, [start]
    while rest:
        state = rest.pop()
        for (source, _), target in machine.moves.items():
            if source == state and target not in found:
                found.add(target)
                rest.append(target)
    return found


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_state_is_final_or_has_a_way_to_a_final_one(machine: Machine) -> None:
    assert machine.finals == FINALS[machine.name]
    for state in machine.states:
        assert reachable(machine, state) & machine.finals


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_state_can_be_reached(machine: Machine) -> None:
    assert reachable(machine, machine.initial) == machine.states


def test_an_agreement_goes_from_draft_to_its_end() -> None:
    moves = ("submit", "approve_all", "freeze", "execute", "pause", "resume", "expire")
    assert walk(AGREEMENT, *moves) == "ended"


@pytest.mark.parametrize(
    "moves",
    [
        ("submit", "send_back"),
        ("submit", "take_back"),
        ("submit", "approve_all", "reopen"),
        ("submit", "approve_all", "freeze", "reopen"),
    ],
)
def test_text_can_change_only_by_going_back_to_draft(moves: tuple[str, ...]) -> None:
    assert walk(AGREEMENT, *moves) == "draft"


@pytest.mark.parametrize("move", ["freeze", "execute", "approve_all"])
def test_a_draft_cannot_skip_its_approvals(move: str) -> None:
    with pytest.raises(Conflict):
        AGREEMENT.move("draft", move)


def test_an_executed_agreement_cannot_be_reopened() -> None:
    for state in ("in_force", "paused", "ended"):
        assert not AGREEMENT.allows(state, "reopen")


def test_a_paused_agreement_still_ends() -> None:
    assert AGREEMENT.move("paused", "expire") == "ended"
    assert AGREEMENT.move("paused", "terminate") == "ended"


def test_a_given_approval_is_voided_and_never_undone() -> None:
    assert walk(APPROVAL, "approve", "void") == "void"
    assert not APPROVAL.allows("approved", "ask_changes")


def test_a_held_obligation_cannot_be_discharged_before_the_hold_is_lifted() -> None:
    assert not OBLIGATION.allows("held", "discharge")
    moves = ("fall_due", "hold", "lift_hold", "fall_due", "begin", "discharge")
    assert walk(OBLIGATION, *moves) == "discharged"
