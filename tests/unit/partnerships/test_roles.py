"""Roles and what they may do."""

import pytest

from partnerships.roles import CAPABILITIES, Capability, Role, roles_with


@pytest.mark.parametrize("role", Role)
def test_every_role_has_words_and_capabilities(role: Role) -> None:
    assert role.label[0].isupper()
    assert CAPABILITIES[role]


@pytest.mark.parametrize("capability", Capability)
def test_every_capability_belongs_to_some_role(capability: Capability) -> None:
    assert roles_with(capability)


@pytest.mark.parametrize("role", Role)
def test_nobody_both_drafts_and_approves(role: Role) -> None:
    assert not {Capability.DRAFT, Capability.APPROVE} <= CAPABILITIES[role]


@pytest.mark.parametrize("role", Role)
def test_nobody_both_authors_and_decides_a_release(role: Role) -> None:
    both = {Capability.AUTHOR_RELEASE, Capability.DECIDE_RELEASE}
    assert not both <= CAPABILITIES[role]


def test_an_administrator_operates_and_approves_nothing() -> None:
    assert CAPABILITIES[Role.ADMINISTRATOR] == {Capability.OPERATE}
