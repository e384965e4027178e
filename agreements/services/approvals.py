"""Approval rounds: each owner decides for itself, on one frozen text."""

from typing import Any

from accounts import clock, hooks
from accounts.acting import act
from accounts.acts import RuleBroken
from accounts.models import User
from agreements.digests import digest_of
from agreements.events import AgreementApproved
from agreements.lifecycle import AGREEMENT, APPROVAL
from agreements.models import Agreement, Approval, ApprovalRound
from agreements.policy import can_approve, grant_approver
from agreements.queries import facts_of, outstanding_owners, owners_of, text_of
from agreements.terms_text import part_of, terms_of
from partnerships.policy import people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice


def open_round(*, agreement: Agreement) -> ApprovalRound:
    """Return a new round on the text as it is; every owner's counsel is asked.

    Called by `submit`, inside its act.
    """
    facts = facts_of(agreement)
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
        grant_approver(approval)
        for counsel in people_with(Capability.APPROVE, owner):
            queue_notice(
                key=f"approve:{approval.pk}",
                recipient=counsel,
                subject=f"{agreement.number} waits for your decision",
                body=(
                    f"{agreement.drafted_by.name} sent {agreement.number} for "
                    f"approval. You decide for {owner.name}."
                ),
                path=f"{agreement.get_absolute_url()}review/",
            )
    return round_


def approve(*, approval: Approval, actor: User) -> None:
    """Record one owner's approval; the last one moves the agreement on."""
    agreement = approval.round.agreement
    with act(
        "agreements.approve", actor=actor, chain=agreement.chain, subject=approval
    ) as this:
        row, agreement = _locked(approval, actor)
        _decide(row, "approve", actor, reason="")
        row.part_digest = row.round.part_digests[str(row.owner_id)]
        row.save()
        this.detail |= {"owner": row.owner_id, "part": row.part_digest}
        if not outstanding_owners(row.round).exists():
            _close(row.round)
            agreement.state = AGREEMENT.move(agreement.state, "approve_all")
            agreement.save()
            hooks.publish(AgreementApproved(agreement))


def send_back(*, approval: Approval, reason: str, actor: User) -> None:
    """Send the text back to its drafter with a reason; the round is void."""
    if not reason.strip():
        raise RuleBroken("Say what should change, so that the drafter can change it.")
    agreement = approval.round.agreement
    with act(
        "agreements.send_back", actor=actor, chain=agreement.chain, subject=approval
    ) as this:
        row, agreement = _locked(approval, actor)
        _decide(row, "ask_changes", actor, reason=reason)
        row.save()
        this.detail |= {"owner": row.owner_id}
        void_round(row.round)
        agreement.state = AGREEMENT.move(agreement.state, "send_back")
        agreement.save()
        queue_notice(
            key=f"sent-back:{row.pk}",
            recipient=agreement.drafted_by,
            subject=f"{agreement.number} was sent back to you",
            body=f"{row.owner.name} asks for changes. Sign in to read which.",
            path=agreement.get_absolute_url(),
        )


def void_round(round_: ApprovalRound) -> None:
    """Void what was asked or given on a text that is not to stand."""
    for other in round_.approvals.exclude(state="changes_asked"):
        other.state = APPROVAL.move(other.state, "void")
        other.save()
    _close(round_)


def _close(round_: ApprovalRound) -> None:
    round_.is_open = False
    round_.save()


def _locked(approval: Approval, actor: User) -> tuple[Approval, Agreement]:
    """Return approval and agreement, locked in that order by everyone."""
    agreement = Agreement.objects.select_for_update().get(
        pk=approval.round.agreement_id
    )
    row = (
        Approval.objects.select_for_update(of=("self",))
        .select_related("round", "owner")
        .get(pk=approval.pk)
    )
    can_approve(actor, row).require()
    return row, agreement


def _decide(row: Approval, move: str, actor: User, **fields: Any) -> None:
    row.state = APPROVAL.move(row.state, move)
    row.decided_by, row.decided_at = actor, clock.now()
    for name, value in fields.items():
        setattr(row, name, value)
