"""Signing, and taking a text back to its draft."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.acts import Conflict, RuleBroken
from accounts.web import SignedInRequest, guarded
from agreements.forms.agreements import SignForm
from agreements.forms.review import DeclineForm
from agreements.inheriting import inherited
from agreements.models import Agreement, Document, Party
from agreements.outline import sections_of
from agreements.queries import facts_of, original_of, text_standing
from agreements.services.signing import (
    decline_to_sign,
    frozen_of,
    intent_of,
    reopen,
    sign,
)
from agreements.signing_policy import can_decline_to_sign, can_sign, signing_party
from agreements.views.common import loaded_agreement
from agreements.views.words import key_terms


def _limit_guesses(request: SignedInRequest) -> None:
    """Refuse more passwords than the limit that sign-in itself has."""
    if not ratelimit.consume(request, action="reauthenticate", user=request.user):
        raise RuleBroken("Too many tries. Wait a few minutes, then sign.")


@require_http_methods(["GET", "POST"])
@guarded
def signing(request: SignedInRequest, number: str) -> HttpResponse:
    """Show the frozen text to its signatory and take the signature."""
    agreement = loaded_agreement(request, number)
    party = signing_party(request.user, agreement)
    if party is None:
        raise Http404  # a signing page is its signatory's own
    can_sign(request.user, agreement).require()
    document = frozen_of(agreement)
    form = _sign_form(agreement, document, request.POST or None)
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
                opened=form.cleaned_data["opened"].split(),
                actor=request.user,
            )
        except Conflict:
            raise  # there is nothing to sign on this page any more
        except RuleBroken as broken:
            form.add_error(None, broken.message)
        else:
            messages.success(request, f"You have signed {agreement.number}.")
            return redirect(agreement)
    status = 422 if form.errors else 200
    context = _signing_context(agreement, party) | {"document": document, "form": form}
    return render(request, "agreements/sign.html", context, status=status)


def _sign_form(
    agreement: Agreement, document: Document, posted: Any = None
) -> SignForm:
    return SignForm(
        posted,
        initial={"digest": document.sha256},
        is_on_paper=agreement.signed_on_paper_on is not None,
    )


def _signing_context(agreement: Agreement, party: Party) -> dict[str, Any]:
    facts, text = facts_of(agreement), text_standing(agreement)
    assert party.signatory is not None
    return {
        "agreement": agreement,
        "decline_form": DeclineForm(auto_id="decline_%s"),
        "authority": party.signatory.authority_in_words,
        "facts": key_terms(facts),
        "sections": sections_of(text),
        "inherited": inherited(facts, [each["key"] for each in text["clauses"]]),
        "intent": intent_of(agreement, party),
        "original": original_of(agreement),
    }


@require_POST
@guarded
def declining(request: SignedInRequest, number: str) -> HttpResponse:
    """Decline to sign, with the reason."""
    agreement = loaded_agreement(request, number)
    party = signing_party(request.user, agreement)
    if party is None:
        raise Http404  # a signing page is its signatory's own
    can_decline_to_sign(request.user, agreement).require()
    form = DeclineForm(request.POST, auto_id="decline_%s")
    if not form.is_valid():
        document = frozen_of(agreement)
        context = _signing_context(agreement, party) | {
            "document": document,
            "form": _sign_form(agreement, document),
            "decline_form": form,
        }
        return render(request, "agreements/sign.html", context, status=422)
    decline_to_sign(agreement=agreement, actor=request.user, **form.cleaned_data)
    messages.success(request, f"You declined to sign {number}. Every party is told.")
    return redirect(agreement)


@require_POST
@guarded
def reopening(request: SignedInRequest, number: str) -> HttpResponse:
    """Take an approved text back to its draft."""
    agreement = loaded_agreement(request, number)
    reopen(agreement=agreement, actor=request.user)
    messages.success(request, f"{agreement.number} is a draft again.")
    return redirect("draft", agreement.number)
