"""Deciding and signing."""

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.acts import Conflict, RuleBroken
from accounts.web import SignedInRequest, guarded
from agreements.forms import SendBackForm, SignForm
from agreements.models import Approval
from agreements.pages import spoken
from agreements.policy import can_approve, can_sign, signing_party
from agreements.queries import facts_of, open_round, standing_text
from agreements.rules.engine import evaluate
from agreements.rules.facts import AgreementFacts
from agreements.rules.vocabulary import Stage
from agreements.services.approvals import approve, send_back
from agreements.services.signing import INTENT, frozen_of, reopen, sign
from agreements.views.common import chosen, loaded_agreement, shown


@require_http_methods(["GET", "POST"])
@guarded
def review(request: SignedInRequest, number: str) -> HttpResponse:
    """Show what an owner's counsel decides on, and take the decision."""
    agreement = loaded_agreement(request, number)
    round_ = open_round(agreement)
    if round_ is None:
        messages.info(request, f"{agreement.number} waits for no decision now.")
        return redirect(agreement)
    approvals = list(round_.approvals.select_related("owner", "round__agreement"))
    mine = _theirs(request, approvals)
    form = SendBackForm(request.POST if "send_back" in request.POST else None)
    if request.method == "POST":
        approval = chosen(round_.approvals.all(), request.POST.get("approval"))
        if "approve" in request.POST:
            approve(approval=approval, actor=request.user)
            messages.success(request, f"{approval.owner.name} has approved.")
            return redirect(agreement)
        if form.is_valid():
            send_back(
                approval=approval,
                reason=form.cleaned_data["reason"],
                actor=request.user,
            )
            messages.success(request, "Sent back to the drafter, with your reason.")
            return redirect(agreement)
    facts = facts_of(agreement)
    context = {
        "agreement": agreement,
        "approval": mine,
        "approvals": approvals,
        "decision": can_approve(request.user, mine),
        "form": form,
        "facts": key_terms(facts),
        "clauses": standing_text(agreement),
        "flows": facts.flows,
        "findings": shown(agreement, evaluate(facts, Stage.DRAFT)),
        "digest": round_.text_digest,
        "name_of": {party.key: party.name for party in facts.parties},
    }
    status = 422 if form.errors else 200
    return render(request, "agreements/review.html", context, status=status)


def _theirs(request: SignedInRequest, approvals: list[Approval]) -> Approval:
    """Return the approval that the person may decide, else one that waits."""
    waiting = [each for each in approvals if each.decided_at is None]
    own = [each for each in waiting if can_approve(request.user, each)]
    return [*own, *waiting, *approvals][0]


def key_terms(facts: AgreementFacts) -> list[tuple[str, str]]:
    """Return the facts that answer a decider's first questions."""
    sent = [flow for flow in facts.flows if flow.is_disclosure]
    seeing = [e.name for e in facts.access if "identifiers" in e.sees]
    return [
        ("What", "; ".join(each.text for each in facts.purposes)),
        (
            "Whose data",
            "; ".join(
                f"{facts.name_of(flow.sender)} sends {len(flow.fields)} "
                f"{'tables' if flow.grain == 'aggregate' else 'fields'} to "
                f"{facts.name_of(flow.receiver)}"
                for flow in sent
            ),
        ),
        ("Who sees names", ", ".join(seeing) or "Nobody"),
        (
            "Legal footing",
            "No student is identified outside the district, so no FERPA exception is "
            "needed; the agency's side rests on 24 CFR 960.259(b)(2).",
        ),
        ("Ends", f"Destroyed by {spoken(facts.destruction.destroy_by)}"),
    ]


def _limit_guesses(request: SignedInRequest) -> None:
    """Refuse more passwords than the limit that sign-in itself has."""
    if not ratelimit.consume(request, action="reauthenticate", user=request.user):
        raise RuleBroken("Too many tries. Wait a few minutes, then sign.")


@require_http_methods(["GET", "POST"])
@guarded
def signing(request: SignedInRequest, number: str) -> HttpResponse:
    """Show the frozen text to its signatory and take the signature."""
    agreement = loaded_agreement(request, number)
    can_sign(request.user, agreement).require()
    document = frozen_of(agreement)
    form = SignForm(request.POST or None, initial={"digest": document.sha256})
    if request.method == "POST" and form.is_valid():
        try:
            _limit_guesses(request)
            sign(
                agreement=agreement,
                digest=form.cleaned_data["digest"],
                typed_name=form.cleaned_data["typed_name"],
                password=form.cleaned_data["password"],
                address=get_adapter().get_client_ip(request),
                browser=request.headers.get("User-Agent", ""),
                actor=request.user,
            )
        except Conflict:
            raise  # there is nothing to sign on this page any more
        except RuleBroken as broken:
            form.add_error(None, broken.message)
        else:
            messages.success(request, f"You have signed {agreement.number}.")
            return redirect(agreement)
    party = signing_party(request.user, agreement)
    assert party is not None
    facts = facts_of(agreement)
    context = {
        "agreement": agreement,
        "document": document,
        "form": form,
        "facts": key_terms(facts),
        "clauses": standing_text(agreement),
        "intent": INTENT.format(
            number=agreement.number, party=party.organisation.legal_name
        ),
    }
    status = 422 if form.errors else 200
    return render(request, "agreements/sign.html", context, status=status)


@require_POST
@guarded
def reopening(request: SignedInRequest, number: str) -> HttpResponse:
    """Take an approved text back to its draft."""
    agreement = loaded_agreement(request, number)
    reopen(agreement=agreement, actor=request.user)
    messages.success(request, f"{agreement.number} is a draft again.")
    return redirect("draft", agreement.number)
