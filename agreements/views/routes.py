"""An organisation's route to approval, and delegations."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.acts import Conflict, Refused, RuleBroken
from accounts.web import SignedInRequest, guarded
from agreements.forms.review import DelegationForm, StepForm
from agreements.models import Delegation, RouteStep
from agreements.queries.routes import PLAIN, USUAL
from agreements.route_policy import (
    colleagues_of,
    delegating_for,
    routed_organisations,
    visible_delegations,
)
from agreements.services import routes as services
from agreements.views.common import chosen


@require_http_methods(["GET", "POST"])
@guarded
def route(request: SignedInRequest, key: int) -> HttpResponse:
    """Show an organisation's route; adopt the usual one, add, raise, remove steps."""
    organisation = get_object_or_404(routed_organisations(request.user), pk=key)
    rows = RouteStep.objects.filter(organisation=organisation)
    is_adding = request.method == "POST" and not {"adopt", "raise", "remove"} & set(
        request.POST
    )
    form = StepForm(request.POST if is_adding else None)
    if request.method == "POST":
        actor = request.user
        try:
            if "adopt" in request.POST:
                services.adopt_usual(organisation=organisation, actor=actor)
            elif "raise" in request.POST:
                row = chosen(rows, request.POST["raise"])
                services.raise_step(step=row, actor=actor)
            elif "remove" in request.POST:
                row = chosen(rows, request.POST["remove"])
                services.remove_step(step=row, actor=actor)
            elif form.is_valid():
                services.add_step(
                    organisation=organisation, actor=actor, **form.cleaned_data
                )
        except (Conflict, Refused):
            raise  # there is nothing to put right on this page
        except RuleBroken as broken:
            form = StepForm(request.POST)
            form.is_valid()
            form.errors.clear()
            form.add_error(None, broken.message)
        if not form.errors:
            messages.success(request, "Saved. The route holds from the next text on.")
            return redirect("route", organisation.pk)
    context = {
        "organisation": organisation,
        "rows": rows,
        "plain": PLAIN,
        "usual": USUAL[organisation.kind],
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "agreements/route.html", context, status=status)


@require_http_methods(["GET", "POST"])
@guarded
def delegations(request: SignedInRequest) -> HttpResponse:
    """Show what a person delegated and was delegated; delegate for some days."""
    form = DelegationForm(
        request.POST or None,
        organisations=delegating_for(request.user),
        people=colleagues_of(request.user),
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.delegate(actor=request.user, **form.cleaned_data)
        except (Conflict, Refused):
            raise  # there is nothing to put right on this page
        except RuleBroken as broken:
            form.add_error(None, broken.message)
        else:
            messages.success(request, "Your colleague decides for you on those days.")
            return redirect("delegations")
    context = {
        "delegations": visible_delegations(request.user).select_related(
            "giver", "taker", "organisation"
        ),
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "agreements/delegations.html", context, status=status)


@require_POST
@guarded
def revoke_delegation(request: SignedInRequest, key: int) -> HttpResponse:
    """End a delegation that the person gave."""
    row: Delegation = get_object_or_404(
        visible_delegations(request.user).filter(giver=request.user), pk=key
    )
    services.revoke(delegation=row, actor=request.user)
    messages.success(request, "The delegation has ended.")
    return redirect("delegations")
