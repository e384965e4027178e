"""Approval rounds: each owner decides for itself, on one frozen text."""

from typing import Any

from django.db.models import QuerySet

from accounts import clock, hooks
from accounts.acting import act
from accounts.acts import RuleBroken
from accounts.models import User
from agreements.digests import digest_of
from agreements.events import AgreementApproved
from agreements.items import WHOLE, items_of
from agreements.lifecycle import AGREEMENT, APPROVAL
from agreements.models import Agreement, Approval, ApprovalRound
from agreements.policy import (
    can_approve,
    can_hand_over,
    can_withdraw,
    colleagues_for,
    grant_approver,
    grant_colleague,
)
from agreements.queries import (
    facts_of,
    latest_round,
    outstanding_owners,
    owners_of,
    text_of,
)
from agreements.terms_text import part_of, terms_of
from partnerships.policy import people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice


def open_round(*, agreement: Agreement) -> ApprovalRound:
    """Return a new round on the text as it is; every owner's counsel is asked.

    An approval of an owner's part as it still stands carries over. Called by `submit`,
    inside its act.
    """
    facts, before = facts_of(agreement), latest_round(agreement)
    text = {"terms": terms_of(facts), "clauses": text_of(facts)}
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
            _ask(approval)
    _settle(round_, agreement)
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


def _ask(approval: Approval, *, again: str = "") -> None:
    """Let an owner's counsel decide, and tell them."""
    agreement, owner = approval.round.agreement, approval.owner
    grant_approver(approval)
    for counsel in people_with(Capability.APPROVE, owner):
        queue_notice(
            key=f"approve:{approval.pk}{again}",
            recipient=counsel,
            subject=f"{agreement.number} waits for your decision",
            body=(
                f"{agreement.drafted_by.name} sent {agreement.number} for "
                f"approval. You decide for {owner.name}."
            ),
            path=f"{agreement.get_absolute_url()}review/",
        )


def _settle(round_: ApprovalRound, agreement: Agreement) -> None:
    """Move the agreement on once no owner's decision is outstanding."""
    if outstanding_owners(round_).exists():
        return
    _close(round_)
    agreement.state = AGREEMENT.move(agreement.state, "approve_all")
    agreement.save()
    hooks.publish(AgreementApproved(agreement))


def approve(*, approval: Approval, actor: User) -> None:
    """Record one owner's approval; the last one moves the agreement on."""
    agreement = approval.round.agreement
    with act(
        "agreements.approve", actor=actor, chain=agreement.chain, subject=approval
    ) as this:
        row, agreement = _locked(approval)
        can_approve(actor, row).require()
        _decide(row, "approve", actor, reason="")
        row.part_digest = row.round.part_digests[str(row.owner_id)]
        row.save()
        this.detail |= {"owner": row.owner_id, "part": row.part_digest}
        _settle(row.round, agreement)


def send_back(
    *, approval: Approval, reason: str, item: str = WHOLE, actor: User
) -> None:
    """Send the text back to its drafter to change an item; the round is void."""
    if not reason.strip():
        raise RuleBroken("Say what should change, so that the drafter can change it.")
    if item != WHOLE and item not in items_of(approval.round.text):
        raise RuleBroken(
            "Choose an item of this text: a clause, field, person or date."
        )
    _return(approval, "ask_changes", actor, item=item, reason=reason)


def decline(*, approval: Approval, reason: str, actor: User) -> None:
    """Decline an agreement for one owner; everybody is told, and the round is void."""
    if not reason.strip():
        raise RuleBroken("Say why you decline: the other parties read it.")
    _return(approval, "decline", actor, reason=reason)


def _return(approval: Approval, move: str, actor: User, **fields: str) -> None:
    """Decide against a text, which becomes a draft again."""
    agreement = approval.round.agreement
    act_name = {"ask_changes": "send_back"}.get(move, move)
    with act(
        f"agreements.{act_name}", actor=actor, chain=agreement.chain, subject=approval
    ) as this:
        row, agreement = _locked(approval)
        can_approve(actor, row).require()
        _decide(row, move, actor, **fields)
        row.save()
        this.detail |= {"owner": row.owner_id}
        void_round(row.round)
        agreement.state = AGREEMENT.move(agreement.state, "send_back")
        agreement.save()
        _tell_returned(row, move, agreement)


def _tell_returned(row: Approval, move: str, agreement: Agreement) -> None:
    """Tell the drafter what came back; of a refusal, the other parties too."""
    if move == "ask_changes":
        queue_notice(
            key=f"sent-back:{row.pk}",
            recipient=agreement.drafted_by,
            subject=f"{agreement.number} was sent back to you",
            body=f"{row.owner.name} asks for changes. Sign in to read which.",
            path=agreement.get_absolute_url(),
        )
        return
    for owner in owners_of(agreement):
        for capability in (Capability.DRAFT, Capability.APPROVE, Capability.SIGN):
            for person in people_with(capability, owner):
                queue_notice(
                    key=f"declined:{row.pk}",
                    recipient=person,
                    subject=f"{row.owner.name} declined {agreement.number}",
                    body="It is a draft again. Sign in to read why.",
                    path=agreement.get_absolute_url(),
                )


def withdraw(*, approval: Approval, actor: User) -> None:
    """Take back an owner's approval before the first signature; it decides anew."""
    agreement = approval.round.agreement
    with act(
        "agreements.withdraw_approval",
        actor=actor,
        chain=agreement.chain,
        subject=approval,
    ) as this:
        row, agreement = _locked(approval)
        can_withdraw(actor, row).require()
        row.state = APPROVAL.move(row.state, "withdraw")
        row.decided_by = row.decided_at = row.assigned_to = None
        row.part_digest = ""
        row.save()
        this.detail |= {"owner": row.owner_id}
        if not row.round.is_open:
            row.round.is_open = True
            row.round.save()
            agreement.state = AGREEMENT.move(agreement.state, "withdraw")
            agreement.save()
        _ask(row, again=f":{clock.now().isoformat()}")
        queue_notice(
            key=f"withdrawn:{row.pk}:{clock.now().isoformat()}",
            recipient=agreement.drafted_by,
            subject=f"{row.owner.name} took back its approval of {agreement.number}",
            body="Nothing can be signed until it approves again.",
            path=agreement.get_absolute_url(),
        )


def hand_over(*, approval: Approval, to: User, actor: User) -> None:
    """Hand an owner's decision to one of its other counsel, who is told."""
    agreement = approval.round.agreement
    with act(
        "agreements.hand_over", actor=actor, chain=agreement.chain, subject=approval
    ) as this:
        row, agreement = _locked(approval)
        can_hand_over(actor, row).require()
        if not colleagues_for(actor, row).filter(pk=to.pk).exists():
            raise RuleBroken(
                f"Choose one of {row.owner.name}'s other counsel, who neither drafted "
                "this text nor decided for another owner."
            )
        row.assigned_to = to
        row.save()
        grant_colleague(to, row)
        this.detail |= {"owner": row.owner_id, "to": to.pk}
        queue_notice(
            key=f"handed:{row.pk}:{clock.now().isoformat()}",
            recipient=to,
            subject=f"{agreement.number} was handed to you for decision",
            body=f"{actor.name} asks you to decide for {row.owner.name}.",
            path=f"{agreement.get_absolute_url()}review/",
        )


def void_round(round_: ApprovalRound) -> None:
    """Void what was asked or given on a text that is not to stand."""
    for other in round_.approvals.exclude(state__in=APPROVAL.finals):
        other.state = APPROVAL.move(other.state, "void")
        other.save()
    _close(round_)


def _close(round_: ApprovalRound) -> None:
    round_.is_open = False
    round_.save()


def _locked(approval: Approval) -> tuple[Approval, Agreement]:
    """Return approval and agreement, locked in that order by everyone."""
    agreement = Agreement.objects.select_for_update().get(
        pk=approval.round.agreement_id
    )
    row = (
        Approval.objects.select_for_update(of=("self",))
        .select_related("round__agreement", "owner", "assigned_to")
        .get(pk=approval.pk)
    )
    return row, agreement


def _decide(row: Approval, move: str, actor: User, **fields: Any) -> None:
    row.state = APPROVAL.move(row.state, move)
    row.decided_by, row.decided_at = actor, clock.now()
    for name, value in fields.items():
        setattr(row, name, value)
