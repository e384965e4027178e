"""Counts that a district made in its own house: sent, and made a release of."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.acts import RuleBroken
from accounts.uploads import expects_uploads, require_whole_upload
from accounts.web import SignedInRequest, guarded
from agreements.models import DataFlow
from agreements.queries import mandate_of
from indicators.aggregates.record import INDICATORS
from indicators.forms import CountsForm, ReleaseForm
from indicators.measures.asked import catalogued
from indicators.policy import can_author, can_deliver, count_flows, visible_counts
from indicators.services.aggregates import receive_counts
from indicators.services.counted import building_list
from indicators.services.deliveries import SameFiles
from indicators.services.releases import author_of_counts, threshold_of
from indicators.uploads import takes_uploads


@expects_uploads(cap_bytes=settings.UPLOAD_CAP_BYTES)  # `_send` checks the token
@require_http_methods(["GET", "POST"])
@guarded
def send(request: SignedInRequest, key: int) -> HttpResponseBase:
    """Take a district's counts under one flow, whole or not at all."""
    flow = get_object_or_404(count_flows(request.user), pk=key)
    if request.method == "POST":
        can_deliver(request.user, flow).require()
    return _send(request, flow)


@takes_uploads
def _send(request: SignedInRequest, flow: DataFlow) -> HttpResponse:
    status = 200
    form = CountsForm()
    if request.method == "POST":
        status = 422
        form = CountsForm(request.POST, request.FILES)
        try:
            require_whole_upload(request)
            if form.is_valid():
                said = dict(form.cleaned_data)
                delivery = receive_counts(
                    flow=flow, file=said.pop("content"), **said, actor=request.user
                )
                return redirect("delivery", delivery.pk)
        except SameFiles as same:
            messages.info(request, same.message)
            return redirect("delivery", same.standing.pk)
        except RuleBroken as broken:
            form.errors.clear()  # a form that was cut off lacks its file, too
            form.add_error(None, broken.message)
            status = broken.status
    mandate = mandate_of(flow.agreement)
    context = {
        "flow": flow,
        "form": form,
        "decision": can_deliver(request.user, flow),
        "threshold": threshold_of(flow.agreement),
        "listed": [
            (catalogued(each.measure).label, each.measure, each.breakdowns)
            for each in (mandate.analyses if mandate else ())
            if each.measure in ("enrolled", *INDICATORS)
        ],
        "breakdowns": sorted(
            {
                by
                for each in (mandate.analyses if mandate else ())
                for by in each.breakdowns
            }
        ),
        "building_list": building_list(flow.agreement),
    }
    return render(request, "indicators/counts.html", context, status=status)


@require_http_methods(["GET", "POST"])
@guarded
def release(request: SignedInRequest, key: int) -> HttpResponse:
    """Author a release of counts that a district made."""
    delivery = get_object_or_404(
        visible_counts(request.user).select_related("agreement", "sender"), pk=key
    )
    can_author(request.user, delivery.agreement).require()
    form = ReleaseForm(request.POST or None)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            made = author_of_counts(
                delivery=delivery, **form.cleaned_data, actor=request.user
            )
        except RuleBroken as broken:
            form.add_error(None, broken.message)
            status = broken.status
        else:
            return redirect(made)
    context = {
        "agreement": delivery.agreement,
        "year_said": f"School year {delivery.receipt['year']}, as the file says.",
        "work_said": f"A worker protects the counts of {delivery.sender.name}, unless "
        "they came protected, and attacks the result as an outsider would, together "
        "with everything published before. You see only what may be shown.",
        "form": form,
    }
    return render(request, "indicators/new_release.html", context, status=status)
