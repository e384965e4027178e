import pytest

from accounts.acts import Conflict, Machine
from indicators.lifecycle import (
    ARRIVAL,
    DELIVERY,
    DROP_BOX_KEY,
    FEED,
    HOLDING,
    INTERVENTION,
    LINKAGE,
    RELEASE,
    ROTATION,
    TARGET,
)

MACHINES = [
    *(ARRIVAL, DELIVERY, DROP_BOX_KEY, FEED, HOLDING),
    *(INTERVENTION, LINKAGE, RELEASE, ROTATION, TARGET),
]
FINALS = {
    "arrival": {"kept", "cancelled", "replaced", "expired", "failed"},
    "delivery": {"withdrawn"},
    "key of a drop box": {"withdrawn"},
    "due date of a feed": set(),
    "holding": {"destroyed"},
    "intervention": {"withdrawn"},
    "linkage": {"withdrawn"},
    "target": {"declined", "withdrawn", "superseded"},
    "rotation of keys": {"finished"},
    "release": {
        "refused",
        "discarded",
        "declined",
        "withdrawn",
        "stopped",
        "superseded",
    },
}
# What came for a date can always turn out to be wrong.
RESTS_IN = {"due date of a feed": {"arrived", "late"}}


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
        rests_in = machine.finals | RESTS_IN.get(machine.name, set())
        assert reachable(machine, state) & rests_in


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_state_can_be_reached(machine: Machine) -> None:
    assert reachable(machine, machine.initial) == machine.states


@pytest.mark.parametrize("state", ["computing", "draft", "refused", "declined"])
def test_nothing_is_published_that_was_not_proposed(state: str) -> None:
    with pytest.raises(Conflict):
        RELEASE.move(state, "publish")


@pytest.mark.parametrize("state", sorted(RELEASE.states - {"published"}))
def test_only_what_is_published_is_withdrawn(state: str) -> None:
    assert not RELEASE.allows(state, "withdraw")


def test_a_destroyed_holding_never_comes_back() -> None:
    assert not [move for (state, move) in HOLDING.moves if state == "destroyed"]


def test_a_failed_linkage_can_be_tried_again() -> None:
    state = LINKAGE.move("waiting", "fail")
    assert LINKAGE.move(state, "retry") == LINKAGE.initial
