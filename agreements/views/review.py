"""Review: what an owner's counsel decides on, and the decision."""

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.acts import Conflict, Refused, RuleBroken
from accounts.web import SignedInRequest, guarded
from agreements.clause_values import listing
from agreements.forms.review import (
    AskForm,
    BoardForm,
    DeclineForm,
    HandOverForm,
    SameForm,
)
from agreements.items import Change, changes_between
from agreements.models import Agreement, Approval, ApprovalRound, Step
from agreements.models.routes import What
from agreements.pages import spoken
from agreements.policy import (
    can_approve,
    can_hand_over,
    can_withdraw,
    colleagues_for,
)
from agreements.queries import (
    facts_of,
    given_before,
    latest_round,
    original_of,
)
from agreements.queries.routes import current_step
from agreements.rules.engine import evaluate
from agreements.rules.vocabulary import Stage
from agreements.services import approvals as services
from agreements.terms_text import part_of
from agreements.views.common import chosen, loaded_agreement, shown
from agreements.views.reading import reading_of

UNDER_REVIEW = ("review", "approved", "signing")


@dataclass(slots=True)
class _Forms:
    """The ways to decide that ask for more than a button."""

    send_back: forms.Form
    decline: forms.Form
    hand_over: forms.Form
    record_board_item: forms.Form
    approve: forms.Form | None

    def chosen(self, request: SignedInRequest) -> tuple[str, forms.Form | None]:
        """Return which button was pressed, and its form if it has one."""
        for name in ("send_back", "decline", "hand_over", "record_board_item"):
            if name in request.POST:
                return name, getattr(self, name)
        if "withdraw" in request.POST:
            return "withdraw", None
        return "approve", self.approve


@require_http_methods(["GET", "POST"])
@guarded
def review(request: SignedInRequest, number: str) -> HttpResponse:
    """Show what an owner's counsel decides on, and take the decision."""
    agreement = loaded_agreement(request, number)
    round_ = latest_round(agreement) if agreement.state in UNDER_REVIEW else None
    if round_ is None:
        messages.info(request, f"{agreement.number} waits for no decision now.")
        return redirect(agreement)
    rows = round_.approvals.select_related("owner", "round__agreement", "assigned_to")
    approvals = list(rows.select_related("decided_by"))
    approval = _theirs(request, approvals)
    if request.method == "POST":
        approval = chosen(rows, request.POST.get("approval"))
    asked = _asked(request, approval, round_)
    if request.method == "POST" and (done := _act(request, approval, asked)):
        messages.success(request, done)
        return redirect(agreement)
    context = _context(request, agreement, round_, approval) | {
        "approvals": approvals,
        "others": listing(
            each.owner.name
            for each in approvals
            if each.decided_at is None and each != approval
        ),
        "forms": asked,
        "is_refused": request.method == "POST",
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "agreements/review.html", context, status=status)


def _theirs(request: SignedInRequest, approvals: list[Approval]) -> Approval:
    """Return the approval that the person may decide, else one of theirs."""
    waiting = [each for each in approvals if each.decided_at is None]
    own = [each for each in waiting if can_approve(request.user, each)]
    given = [each for each in approvals if can_withdraw(request.user, each)]
    return [*own, *given, *waiting, *approvals][0]


def _asked(
    request: SignedInRequest, approval: Approval, round_: ApprovalRound
) -> _Forms:
    """Return the forms of a decision; the one that was sent holds what was typed."""
    data = {name: request.POST if name in request.POST else None for name in BUTTONS}
    people = colleagues_for(request.user, approval)
    return _Forms(
        send_back=AskForm(data["send_back"], text=round_.text),
        decline=DeclineForm(data["decline"], auto_id="decline_%s"),
        hand_over=HandOverForm(data["hand_over"], people=people),
        record_board_item=BoardForm(data["record_board_item"], auto_id="board_%s"),
        approve=(
            SameForm(data["approve"]) if services.original_before(approval) else None
        ),
    )


BUTTONS = {
    "approve": "Your step for {owner} is on record; the next one is asked for.",
    "record_board_item": "The board's item is on record for {owner}.",
    "send_back": "Sent back to the drafter, with what should change.",
    "decline": "You declined for {owner}. Every party is told.",
    "hand_over": "Handed over. Your colleague is told.",
    "withdraw": "{owner}'s approval is taken back. You can decide anew.",
}


def _act(request: SignedInRequest, approval: Approval, asked: _Forms) -> str:
    """Do what was asked, and return what happened; "" if the form needs a change."""
    name, form = asked.chosen(request)
    if form is not None and not form.is_valid():
        return ""
    fields = form.cleaned_data if form is not None else {}
    try:
        getattr(services, name)(approval=approval, actor=request.user, **fields)
    except (Conflict, Refused):
        raise  # there is nothing to put right on this page
    except RuleBroken as broken:
        if form is None:
            raise
        form.add_error(None, broken.message)
        return ""
    approval.refresh_from_db()
    if approval.state == "approved":
        return f"{approval.owner.name} has approved."
    return BUTTONS[name].format(owner=approval.owner.name)


def _context(
    request: SignedInRequest,
    agreement: Agreement,
    round_: ApprovalRound,
    approval: Approval,
) -> dict[str, object]:
    facts, before = facts_of(agreement), given_before(approval)
    findings = evaluate(facts, Stage.DRAFT)
    changes = _changes(approval, before) if before else ()
    n_changed = len(changes)
    steps = approval.steps.select_related("decided_by", "decided_for")
    now = current_step(approval)
    read = reading_of(request.user, request.GET, round_, approval, facts, findings)
    return read | {
        "agreement": agreement,
        "approval": approval,
        "decision": can_approve(request.user, approval),
        "may_withdraw": can_withdraw(request.user, approval),
        "may_hand_over": can_hand_over(request.user, approval),
        "original": original_of(agreement),
        "findings": shown(agreement, findings),
        "digest": round_.text_digest,
        "part_digest": round_.part_digests.get(str(approval.owner_id), ""),
        "steps": [_shown_step(step, now) for step in steps],
        "is_board": bool(now and now.what == What.BOARD),
        "before": before,
        "changes": changes,
        "n_changed": "1 thing" if n_changed == 1 else f"{n_changed} things",
        "is_carried": approval.state == "carried",
    }


def _shown_step(step: Step, now: Step | None) -> dict[str, str]:
    """Return a step as components/process_list.html reads it."""
    shown = {"title": f"{step.title}: {step.get_what_display().lower()}"}
    if step.decided_by and step.decided_at:
        day = timezone.localtime(step.decided_at)
        by = f"Done by {step.decided_by.name}"
        if step.decided_for:
            by += f" for {step.decided_for.name}, by delegation"
        item = f". Item {step.board_item}" if step.board_item else ""
        return shown | {"state": "done", "status": f"{by}, {spoken(day.date())}{item}"}
    if step == now:
        return shown | {"state": "current", "status": "Waits for its decision"}
    return shown | {"state": "waiting", "status": "Comes later"}


def _changes(approval: Approval, before: Approval) -> tuple[Change, ...]:
    """Return what changed since: of the owner's part, or elsewhere if it stands."""
    old, new = before.round.text, approval.round.text
    if approval.state == "carried":
        return changes_between(old, new)
    owner = str(approval.owner_id)
    return changes_between(part_of(old, owner), part_of(new, owner))
