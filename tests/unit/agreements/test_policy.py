"""Every reason for which an agreement is closed to somebody, and who may after all."""

from pathlib import Path

import pytest

from accounts import clock
from accounts.acting import System
from accounts.models import User
from agreements import policy, signing_policy
from agreements.models import Agreement, Approval
from agreements.services import approvals, terms
from partnerships.models import Membership, Organisation
from partnerships.roles import Role
from partnerships.services.directory import end_membership
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


@pytest.fixture(scope="module")
def numbers(past: Path) -> dict[str, str]:
    running = make.agreement()
    joined = running.partnership
    states = ("draft", "review")
    others = {state: make.agreement(joined, until=state) for state in states}
    return {"in_force": running.number} | {s: each.number for s, each in others.items()}


@pytest.fixture
def draft(numbers: dict[str, str]) -> Agreement:
    return Agreement.objects.get(number=numbers["draft"])


@pytest.fixture
def review(numbers: dict[str, str]) -> Agreement:
    return Agreement.objects.get(number=numbers["review"])


@pytest.fixture
def in_force(numbers: dict[str, str]) -> Agreement:
    return Agreement.objects.get(number=numbers["in_force"])


@pytest.fixture
def stranger() -> User:
    return make.person("St Ranger", make.organisation(), Role.DIRECTOR)


def side(made: Agreement, kind: str) -> Organisation:
    return made.partnership.organisations.get(kind=kind)


def approval_of(made: Agreement, kind: str) -> Approval:
    return made.rounds.get().approvals.get(owner__kind=kind)


# Seeing


def test_agreement_is_seen_in_its_partnership_only(
    in_force: Agreement, stranger: User
) -> None:
    analyst = make.who(in_force, "district", Role.ANALYST)
    assert in_force in policy.visible_agreements(analyst)
    assert policy.visible_documents(analyst).count() == 2
    assert policy.visible_obligations(analyst).count() == 2
    for person in (stranger, make.superuser()):
        assert not policy.visible_agreements(person).exists()
        assert not policy.visible_documents(person).exists()
        assert not policy.visible_obligations(person).exists()


# Drafting


def test_only_a_director_starts_an_agreement(draft: Agreement) -> None:
    assert policy.can_start(make.who(draft, "pha", Role.DIRECTOR))
    refused = policy.can_start(make.who(draft, "pha", Role.COUNSEL))
    assert refused.reason == "Only a director may start an agreement."


def test_only_a_partys_director_edits_and_only_a_draft(
    draft: Agreement, review: Agreement, stranger: User
) -> None:
    director = draft.drafted_by
    assert policy.can_edit(director, draft)
    assert "no longer a draft" in policy.can_edit(director, review).reason
    refused = policy.can_edit(stranger, draft)
    assert refused.reason.startswith("Only a director of one of the parties")


def test_finding_is_that_partys_counsels_and_the_drafts(
    draft: Agreement, review: Agreement
) -> None:
    counsel, agency = make.who(draft, "pha", Role.COUNSEL), side(draft, "pha")
    assert policy.can_record_finding(counsel, draft, agency)
    other = policy.can_record_finding(counsel, draft, side(draft, "district"))
    assert "counsel may do this" in other.reason
    late = policy.can_record_finding(counsel, review, agency)
    assert "no draft any more" in late.reason


# Approving


def test_counsel_that_was_asked_approves(review: Agreement) -> None:
    approval = approval_of(review, "pha")
    assert policy.can_approve(make.who(review, "pha", Role.COUNSEL), approval)


def test_counsel_that_came_later_was_not_asked(review: Agreement) -> None:
    late = make.person("La Te", side(review, "pha"), Role.COUNSEL)
    refused = policy.can_approve(late, approval_of(review, "pha"))
    assert "not among those asked" in refused.reason


def test_decided_approval_is_closed(review: Agreement) -> None:
    counsel, approval = (
        make.who(review, "pha", Role.COUNSEL),
        approval_of(review, "pha"),
    )
    approvals.approve(approval=approval, actor=counsel)
    approval.refresh_from_db()
    assert "has decided already" in policy.can_approve(counsel, approval).reason


def test_counsel_that_leaves_loses_the_grant(review: Agreement) -> None:
    counsel, approval = (
        make.who(review, "pha", Role.COUNSEL),
        approval_of(review, "pha"),
    )
    make.leaves(counsel)
    assert not policy.can_approve(counsel, approval)
    make.membership(counsel, approval.owner, Role.COUNSEL)
    assert "not among those asked" in policy.can_approve(counsel, approval).reason


def test_counsel_with_another_such_role_keeps_the_grant(review: Agreement) -> None:
    counsel, approval = (
        make.who(review, "pha", Role.COUNSEL),
        approval_of(review, "pha"),
    )
    make.membership(counsel, side(review, "district"), Role.COUNSEL)
    end_membership(
        membership=Membership.objects.get(user=counsel, organisation__kind="district"),
        today=clock.today(),
        actor=make.SET_UP,
    )
    assert policy.can_approve(counsel, approval)


# Signing and reopening


def test_signature_needs_a_text_and_reopening_a_frozen_one(
    draft: Agreement, in_force: Agreement
) -> None:
    director = draft.drafted_by
    assert "not open for signature" in signing_policy.can_sign(director, draft).reason
    for made in (draft, in_force):
        refused = policy.can_reopen(director, made)
        assert refused.reason.startswith("Only a text that waits for decisions")


# Pausing and holding


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        ("pha", Role.DIRECTOR),
        ("pha", Role.COUNSEL),
        ("district", Role.COUNSEL),
        ("district", Role.SUPERINTENDENT),
    ],
)
def test_heads_and_counsel_pause_what_is_in_force(
    in_force: Agreement, draft: Agreement, kind: str, role: Role
) -> None:
    person = make.who(in_force, kind, role)
    assert policy.can_pause(person, in_force)
    refused = policy.can_pause(person, draft)
    assert refused.reason == "Only an agreement in force can be paused."


def test_steward_pauses_nothing(in_force: Agreement, stranger: User) -> None:
    for person in (make.who(in_force, "district", Role.STEWARD), stranger):
        assert policy.can_pause(person, in_force).reason.startswith("Only a party's")


def test_ended_agreement_is_paused_no_more(in_force: Agreement) -> None:
    counsel = make.who(in_force, "pha", Role.COUNSEL)
    terms.terminate(agreement=in_force, reason="It is over.", actor=counsel)
    in_force.refresh_from_db()
    assert not policy.can_pause(counsel, in_force)


def test_hold_is_placed_by_a_partys_counsel_for_its_own(in_force: Agreement) -> None:
    counsel = make.who(in_force, "pha", Role.COUNSEL)
    assert policy.can_hold(counsel, in_force, side(in_force, "pha"))
    other = policy.can_hold(counsel, in_force, side(in_force, "district"))
    assert "counsel may do this" in other.reason
    outsider = make.organisation(name="Outsider")
    assert "is no party to" in policy.can_hold(counsel, in_force, outsider).reason


# The system


def test_only_the_system_does_what_is_the_systems() -> None:
    assert policy.is_system(System("C17")).clause == "C17"
    assert policy.is_system(make.superuser()).reason.startswith("Only the system")
