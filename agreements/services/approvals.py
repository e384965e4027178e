"""Deciding: each owner for itself, step by step of its own route."""

from datetime import date
from typing import Any

from accounts import clock
from accounts.acting import act
from accounts.acts import Conflict, RuleBroken
from accounts.models import User
from agreements.items import WHOLE, items_of
from agreements.lifecycle import AGREEMENT, APPROVAL, STEP
from agreements.models import Agreement, Approval, Step
from agreements.models.routes import What
from agreements.policy import (
    can_approve,
    can_hand_over,
    can_withdraw,
    colleagues_for,
    giver_to,
    grant_colleague,
    holds,
)
from agreements.queries import (
    owners_of,
    today_of,
)
from agreements.queries.routes import current_step
from agreements.services.rounds import ask, settle, void_round
from partnerships.policy import people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice


def approve(*, approval: Approval, actor: User, says_same: bool = False) -> None:
    """Record one owner's approval; the last one moves the agreement on.

    says_same: of a text with an original on paper, that both say the same.
    """
    agreement = approval.round.agreement
    with act(
        "agreements.approve", actor=actor, chain=agreement.chain, subject=approval
    ) as this:
        row, agreement = _locked(approval)
        can_approve(actor, row).require()
        step = current_step(row)
        assert step is not None
        if step.what == What.BOARD:
            raise RuleBroken("Record the day, number and result of the board's item.")
        if original := original_before(row):
            if not says_same:
                raise RuleBroken(
                    "Compare the text with the original on paper. If both say the "
                    "same, say so and approve; if not, send the text back."
                )
            this.detail |= {"original": original}
        _finish(row, step, actor)
        this.detail |= {"owner": row.owner_id, "part": row.part_digest}
        settle(row.round, agreement)


def original_before(approval: Approval) -> str:
    """Return the digest of the original that this step compares; "" if it does not."""
    original = approval.round.text["terms"]["original"]
    step = current_step(approval)
    is_asked = original and step and step.what == What.APPROVES
    return str(original["digest"]) if is_asked else ""


def record_board_item(
    *, approval: Approval, acted_on: date, item: str, is_approval: bool, actor: User
) -> None:
    """Record what an owner's board did; if it did not approve, the owner declines."""
    agreement = approval.round.agreement
    if not is_approval:
        _return(
            approval,
            "decline",
            actor,
            reason=f"The board did not approve (item {item}).",
            board=(acted_on, item),
        )
        return
    with act(
        "agreements.record_board_item",
        actor=actor,
        chain=agreement.chain,
        subject=approval,
    ) as this:
        row, agreement = _locked(approval)
        can_approve(actor, row).require()
        step = _board_step(row, acted_on, item, today_of(agreement))
        step.board_approved = True
        _finish(row, step, actor)
        this.detail |= {"owner": row.owner_id, "part": row.part_digest}
        settle(row.round, agreement)


def _board_step(row: Approval, acted_on: date, item: str, today: date) -> Step:
    step = current_step(row)
    if step is None or step.what != What.BOARD:
        raise Conflict("No board's item is asked for now.")
    if acted_on > today:
        raise RuleBroken("The board's item lies in the future. Record it afterwards.")
    step.board_on, step.board_item = acted_on, item.strip()
    return step


def _finish(row: Approval, step: Step, actor: User) -> None:
    """Finish a step; after the last one the owner has approved."""
    _end_step(row, step, actor)
    row.assigned_to = None
    if current_step(row) is not None:
        row.save()
        ask(row, again=f":{clock.now().isoformat()}")
        return
    approving = row.steps.filter(what=What.APPROVES).last()
    approver = approving.decided_by if approving and approving.decided_by else actor
    _decide(row, "approve", approver, reason="")
    row.part_digest = row.round.part_digests[str(row.owner_id)]
    row.save()


def _end_step(row: Approval, step: Step, actor: User) -> None:
    step.state = STEP.move(step.state, "finish")
    step.decided_by, step.decided_at = actor, clock.now()
    if not holds(actor, row.owner, {step.role}):
        step.decided_for = giver_to(actor, row, {step.role})
    step.save()


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


def _return(
    approval: Approval,
    move: str,
    actor: User,
    *,
    board: tuple[date, str] | None = None,
    **fields: str,
) -> None:
    """Decide against a text, which becomes a draft again.

    board: the day and number of its item, where an owner's board decided so.
    """
    agreement = approval.round.agreement
    act_name = {"ask_changes": "send_back"}.get(move, move)
    with act(
        f"agreements.{act_name}", actor=actor, chain=agreement.chain, subject=approval
    ) as this:
        row, agreement = _locked(approval)
        can_approve(actor, row).require()
        if board is not None:
            step = _board_step(row, *board, today_of(agreement))
            step.board_approved = False
            _end_step(row, step, actor)
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
        for step in row.steps.filter(what__in=(What.APPROVES, What.BOARD)):
            step.state = STEP.move(step.state, "redo")
            step.decided_by = step.decided_for = step.decided_at = None
            step.board_on, step.board_item, step.board_approved = None, "", None
            step.save()
        this.detail |= {"owner": row.owner_id}
        if not row.round.is_open:
            row.round.is_open = True
            row.round.save()
            agreement.state = AGREEMENT.move(agreement.state, "withdraw")
            agreement.save()
        ask(row, again=f":{clock.now().isoformat()}")
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
