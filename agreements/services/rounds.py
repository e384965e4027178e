"""Rounds: one frozen text, put before every owner, and what carries over to it."""

from django.db.models import QuerySet

from accounts import clock, hooks
from accounts.acts import RuleBroken
from accounts.models import User
from agreements.digests import digest_of
from agreements.events import AgreementApproved
from agreements.lifecycle import AGREEMENT, APPROVAL, STEP
from agreements.models import Agreement, Approval, ApprovalRound, Step
from agreements.policy import grant_approver, people_in
from agreements.queries import (
    latest_round,
    outstanding_owners,
    owners_of,
    text_now,
)
from agreements.queries.routes import current_step, delegations_now, route_of
from agreements.rules.facts import AgreementFacts
from agreements.terms_text import part_of
from partnerships.policy import people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice


def open_round(*, agreement: Agreement, facts: AgreementFacts) -> ApprovalRound:
    """Return a new round on the text of these facts; every owner's counsel is asked.

    An approval of an owner's part as it still stands carries over. Called by `submit`,
    inside its act.
    """
    text, before = text_now(facts), latest_round(agreement)
    owners = list(owners_of(agreement))
    round_ = ApprovalRound.objects.create(
        agreement=agreement,
        number=agreement.rounds.count() + 1,
        text=text,
        text_digest=digest_of(text),
        part_digests={
            str(owner.pk): digest_of(part_of(text, str(owner.pk))) for owner in owners
        },
        opened_at=clock.now(),
    )
    for owner in owners:
        approval = Approval.objects.create(round=round_, owner=owner)
        if standing := _standing(approval, before):
            _carry(approval, standing)
        else:
            ask(approval)
    settle(round_, agreement)
    return round_


def _standing(approval: Approval, before: ApprovalRound | None) -> Approval | None:
    """Return the owner's approval of the text before, if its part is still the same.

    What the owner withdrew, and what somebody gave who drafted since, is none.
    """
    if before is None:
        return None
    part = approval.round.part_digests[str(approval.owner_id)]
    given: QuerySet[Approval] = before.approvals.filter(
        owner=approval.owner_id, state="void", part_digest=part
    )
    drafters = approval.round.agreement.drafters
    return given.exclude(decided_by=None).exclude(decided_by__in=drafters).first()


def _carry(approval: Approval, standing: Approval) -> None:
    """Let an approval stand for the next text, and tell the owner so."""
    approval.state = APPROVAL.move(approval.state, "carry")
    approval.decided_by, approval.decided_at = standing.decided_by, standing.decided_at
    approval.part_digest = standing.part_digest
    approval.save()
    agreement, owner = approval.round.agreement, approval.owner
    for counsel in people_with(Capability.APPROVE, owner):
        queue_notice(
            key=f"carried:{approval.pk}",
            recipient=counsel,
            subject=f"{agreement.number} changed, and your approval carries over",
            body=(
                f"The part of {owner.name} is the same, so you need not decide again. "
                "Sign in to see the change. Until the first signature you may reopen "
                "your approval."
            ),
            path=f"{agreement.get_absolute_url()}review/",
        )


def _make_steps(approval: Approval) -> None:
    """Make the steps of an owner's own route, for which it must have the people."""
    owner = approval.owner
    for order, stage in enumerate(route_of(owner), start=1):
        if not people_in({stage.role}, owner).exists():
            raise RuleBroken(
                f"{owner.name}'s route needs a {stage.role.label.lower()} "
                f"({stage.title}), and nobody has that role. Its administrator gives "
                "the role or changes the route."
            )
        Step.objects.create(
            approval=approval,
            order=order,
            what=stage.what,
            role=stage.role,
            title=stage.title,
        )


def ask(approval: Approval, *, again: str = "") -> None:
    """Let the people of an owner's route decide, and tell whose turn it is."""
    agreement, owner = approval.round.agreement, approval.owner
    if not approval.steps.exists():
        _make_steps(approval)
    step = current_step(approval)
    assert step is not None
    grant_approver(approval)
    givers = people_in({step.role}, owner)
    takers = delegations_now(owner).filter(giver__in=givers).values("taker")
    for person in givers | User.objects.filter(pk__in=takers, is_active=True):
        queue_notice(
            key=f"approve:{approval.pk}:{step.order}{again}",
            recipient=person,
            subject=f"{agreement.number} waits for your decision",
            body=(
                f"{agreement.drafted_by.name} sent {agreement.number} for "
                f"approval. You decide for {owner.name}."
            ),
            path=f"{agreement.get_absolute_url()}review/",
        )


def settle(round_: ApprovalRound, agreement: Agreement) -> None:
    """Move the agreement on once no owner's decision is outstanding."""
    if outstanding_owners(round_).exists():
        return
    _close(round_)
    agreement.state = AGREEMENT.move(agreement.state, "approve_all")
    agreement.save()
    hooks.publish(AgreementApproved(agreement))


def void_round(round_: ApprovalRound) -> None:
    """Void what was asked or given on a text that is not to stand."""
    for other in round_.approvals.exclude(state__in=APPROVAL.finals):
        other.state = APPROVAL.move(other.state, "void")
        other.save()
    for step in Step.objects.filter(approval__round=round_).exclude(state="void"):
        step.state = STEP.move(step.state, "void")
        step.save()
    _close(round_)


def _close(round_: ApprovalRound) -> None:
    round_.is_open = False
    round_.save()
