"""Decisions, refusals and state machines: what every floor's acts are made of."""

from collections.abc import Mapping
from dataclasses import dataclass


class RuleBroken(Exception):
    """Something a person can put right; its message is shown to that person."""

    status = 422

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Refused(RuleBroken):
    """This person may not do this to this object now (HTTP 403)."""

    status = 403


class Conflict(RuleBroken):
    """The object has moved on since the page was shown (HTTP 409)."""

    status = 409


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer to "may they?", with the reason and the clause it rests on."""

    allowed: bool
    reason: str = ""
    clause: str = ""
    is_late: bool = False

    def __bool__(self) -> bool:
        return self.allowed

    def require(self) -> None:
        """Raise Refused, or Conflict if it is too late, unless the answer is yes."""
        if not self.allowed:
            raise (Conflict if self.is_late else Refused)(self.reason)


def allow(clause: str = "") -> Decision:
    """Return a yes that rests on `clause`."""
    return Decision(allowed=True, clause=clause)


def deny(reason: str, clause: str = "") -> Decision:
    """Return a no with its reason in plain words."""
    return Decision(allowed=False, reason=reason, clause=clause)


def too_late(reason: str) -> Decision:
    """Return a no since the object has moved on: perhaps somebody else was first."""
    return Decision(allowed=False, reason=reason, is_late=True)


@dataclass(frozen=True, slots=True)
class Machine:
    """A state machine as a table: (state, move) leads to a state."""

    name: str
    initial: str
    moves: Mapping[tuple[str, str], str]

    def move(self, state: str, move: str) -> str:
        """Return the state that `move` leads to from `state`.

        Raises Conflict when the table has no such move.
        """
        try:
            return self.moves[state, move]
        except KeyError:
            raise Conflict(
                f"The {self.name} is now “{state}”, so it cannot “{move}”. "
                "Reload the page to see where it stands."
            ) from None

    def allows(self, state: str, move: str) -> bool:
        """Return whether the table has `move` from `state`."""
        return (state, move) in self.moves

    @property
    def states(self) -> frozenset[str]:
        """Every state that the table names."""
        starts = {state for state, _ in self.moves}
        return frozenset(starts | set(self.moves.values()) | {self.initial})

    @property
    def finals(self) -> frozenset[str]:
        """The states that no move leaves."""
        return self.states - {state for state, _ in self.moves}
