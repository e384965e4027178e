"""Dates and destruction; pause, resume, end early; holds; the review of access."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts import clock, hooks
from accounts.web import SignedInRequest, guarded
from agreements.events import ComingDatesOf
from agreements.forms.agreements import ReasonForm
from agreements.models import Hold
from agreements.policy import visible_agreements, visible_obligations
from agreements.services import access_review, obligations, terms
from agreements.views.common import chosen, loaded_agreement
from partnerships.policy import visible_organisations


@require_GET
@guarded
def dates(request: SignedInRequest) -> HttpResponse:
    """List duties to destroy by date, with their certificates, and what is awaited."""
    coming = hooks.ask(ComingDatesOf(request.user))
    context = {
        "obligations": visible_obligations(request.user).select_related("agreement"),
        "coming": sorted(coming, key=lambda each: (each.due_on, each.what)),
        "today": clock.today(),
    }
    return render(request, "agreements/obligations.html", context)


@require_POST
@guarded
def change_course(request: SignedInRequest, number: str, move: str) -> HttpResponse:
    """Pause, resume or end an agreement early."""
    agreement = loaded_agreement(request, number)
    if move == "pause":
        terms.pause(agreement=agreement, actor=request.user)
    elif move == "resume":
        terms.resume(agreement=agreement, actor=request.user)
    else:
        terms.terminate(
            agreement=agreement,
            reason=request.POST.get("reason", ""),
            actor=request.user,
        )
    words = {"pause": "paused", "resume": "no longer paused by you", "end": "ended"}[
        move
    ]
    messages.success(request, f"{agreement.number} is {words}.")
    return redirect(agreement)


@require_POST
@guarded
def review_access(request: SignedInRequest, number: str) -> HttpResponse:
    """Confirm that a party's people on the access list still need access."""
    agreement = loaded_agreement(request, number)
    own = chosen(visible_organisations(request.user), request.POST.get("organisation"))
    n_people = access_review.review_access(
        agreement=agreement, organisation=own, actor=request.user
    )
    people = "1 person" if n_people == 1 else f"{n_people} people"
    messages.success(request, f"Reviewed: {people} of {own.name} keep access.")
    return redirect(agreement)


@require_POST
@guarded
def place_hold(request: SignedInRequest, number: str) -> HttpResponse:
    """Place a hold for an owner."""
    agreement = loaded_agreement(request, number)
    owner = chosen(visible_organisations(request.user), request.POST.get("owner"))
    form = ReasonForm(request.POST)
    if form.is_valid():
        obligations.place_hold(
            agreement=agreement,
            owner=owner,
            reason=form.cleaned_data["reason"],
            actor=request.user,
        )
        messages.success(request, "Nothing is destroyed while the hold is open.")
    else:
        messages.error(request, "Say what the hold rests on, without naming anybody.")
    return redirect(agreement)


@require_POST
@guarded
def close_hold(request: SignedInRequest, key: int) -> HttpResponse:
    """Close a hold."""
    hold = get_object_or_404(
        Hold.objects.filter(agreement__in=visible_agreements(request.user)), pk=key
    )
    obligations.close_hold(hold=hold, actor=request.user)
    messages.success(request, "The hold is closed.")
    return redirect(hold.agreement)
