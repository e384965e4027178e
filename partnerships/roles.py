"""Roles and what they may do. A role is held in one organisation."""

from enum import StrEnum


class Capability(StrEnum):
    """One thing that a role may do for its organisation."""

    DRAFT = "draft"
    APPROVE = "approve"
    SIGN = "sign"
    PAUSE = "pause"
    DELIVER = "deliver"
    LINK = "link"
    AUTHOR_RELEASE = "author_release"
    DECIDE_RELEASE = "decide_release"
    DETERMINE = "determine"
    HOLD = "hold"
    OPERATE = "operate"


class Role(StrEnum):
    """What somebody is in an organisation."""

    DIRECTOR = "director"
    COUNSEL = "counsel"
    SUPERINTENDENT = "superintendent"
    STEWARD = "steward"
    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        """The role in words."""
        return {
            Role.DIRECTOR: "Director",
            Role.COUNSEL: "Counsel",
            Role.SUPERINTENDENT: "Superintendent",
            Role.STEWARD: "Data steward",
            Role.ANALYST: "Analyst",
            Role.ADMINISTRATOR: "Administrator",
        }[self]


CAPABILITIES: dict[Role, frozenset[Capability]] = {
    Role.DIRECTOR: frozenset({Capability.DRAFT, Capability.SIGN, Capability.PAUSE}),
    Role.COUNSEL: frozenset(
        {
            Capability.APPROVE,
            Capability.PAUSE,
            Capability.HOLD,
            Capability.DETERMINE,
        }
    ),
    Role.SUPERINTENDENT: frozenset({Capability.SIGN, Capability.PAUSE}),
    Role.STEWARD: frozenset(
        {Capability.DELIVER, Capability.LINK, Capability.DECIDE_RELEASE}
    ),
    Role.ANALYST: frozenset({Capability.AUTHOR_RELEASE}),
    Role.ADMINISTRATOR: frozenset({Capability.OPERATE}),
}


def roles_with(capability: Capability) -> frozenset[Role]:
    """Return the roles that include a capability."""
    return frozenset(role for role, held in CAPABILITIES.items() if capability in held)
