"""An agency's own counts of children, and what of the tables would show by them."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.acts import RuleBroken
from accounts.uploads import expects_uploads, require_whole_upload
from accounts.web import SignedInRequest, as_key, guarded, render_region
from agreements.models import Agreement
from agreements.policy import visible_agreements
from indicators.forms import HeadcountForm, WhatIfForm
from indicators.headcount_pages import likely_of, trial_under
from indicators.headcount_policy import can_count, counted_for, headcounts_under
from indicators.headcounts.reading import BESIDE, BUILDING, as_table, template_of
from indicators.headcounts.telling import sets_of, titled
from indicators.models import Headcount, Release
from indicators.policy import can_read
from indicators.published.groups import shown_groups
from indicators.queries import document_of
from indicators.services.headcounts import (
    LIFE_DAYS,
    cancel_trial,
    current_headcount,
    destroy_headcount,
    headcounts_of,
    keep_headcount,
    strictest,
    try_headcount,
)
from indicators.uploads import takes_uploads
from indicators.views.steps import shown_steps
from indicators.views.typed import typed
from partnerships.models import Organisation, Site

PUBLISHED = ("Table", "Groups", "Shown")


@expects_uploads(cap_bytes=settings.UPLOAD_CAP_BYTES)  # `_headcount` checks the token
@require_http_methods(["GET", "POST"])
@guarded
def headcount(request: SignedInRequest, key: int) -> HttpResponseBase:
    """Show an agency its own counts; keep new ones, or destroy them."""
    organisation = get_object_or_404(counted_for(request.user), pk=key)
    return _headcount(request, organisation)


@takes_uploads
def _headcount(request: SignedInRequest, organisation: Organisation) -> HttpResponse:
    kept, text, problem, status = current_headcount(organisation), "", "", 200
    try:
        if request.method == "POST":
            require_whole_upload(request)
            if "destroy" in request.POST:
                destroy_headcount(organisation=organisation, actor=request.user)
                messages.success(request, "The counts are destroyed.")
                return redirect("headcount", organisation.pk)
            text = typed(request)
            keep_headcount(organisation=organisation, text=text, actor=request.user)
            messages.success(
                request, "The counts are kept. A worker finds out what would show."
            )
            return redirect("headcount", organisation.pk)
        text = _text_of(organisation, kept)
    except RuleBroken as broken:
        problem, status = broken.message, broken.status
    form = HeadcountForm({"text": text}) if problem else None
    form = form or HeadcountForm(initial={"text": text})
    if problem:
        form.add_error(None, problem)
    context = {
        "organisation": organisation,
        "kept": kept,
        "until": kept.kept_at + timedelta(days=LIFE_DAYS) if kept else None,
        "form": form,
        "agreements": visible_agreements(request.user)
        .filter(parties__organisation=organisation)
        .order_by("-pk"),
    }
    return render(request, "indicators/headcount.html", context, status=status)


def _text_of(organisation: Organisation, kept: Headcount | None) -> str:
    """Return the counts to change, or the agency's buildings to be counted."""
    if kept is not None:
        return as_table(headcounts_of(kept))
    buildings = organisation.sites.filter(kind=Site.Kind.BUILDING)
    return template_of(list(buildings.values_list("name", flat=True)))


@require_GET
@guarded
def what_if(request: SignedInRequest, number: str) -> HttpResponse:
    """Try breakdowns, and say only how many groups would show."""
    agreement = get_object_or_404(visible_agreements(request.user), number=number)
    kept = list(headcounts_under(agreement))
    offered = _offered(agreement, kept)
    form = WhatIfForm(
        request.GET if "by" in request.GET else None,
        offered=offered,
        first=[each for each in offered if each in agreement.breakdowns],
    )
    chosen = form.chosen
    likely = likely_of(request.user, agreement, chosen)
    context = {
        "agreement": agreement,
        "form": form,
        "likely": likely,
        "is_working": any(each.is_working for each in likely),
        "path": request.get_full_path(),
        "here": request.path,
        "mine": [_steered(request, agreement, each) for each in kept
                 if can_count(request.user, each.organisation)],
        "published": _published(request, agreement, chosen),
        "columns": PUBLISHED,
        "numbers": PUBLISHED[1:],
    }  # fmt: skip
    return render_region(
        request, "indicators/what_if.html", "indicators/_what_if.html", context
    )


def _offered(agreement: Agreement, kept: list[Headcount]) -> list[str]:
    """Return the breakdowns that can be tried: those counted, and those agreed."""
    counted = {name for each in kept for name in each.breakdowns}
    agreed = [n for n in agreement.breakdowns if n not in (BUILDING, *BESIDE)]
    both = counted | {*agreement.breakdowns}
    return [*(name for name in (BUILDING, *BESIDE) if name in both), *agreed]


def _steered(
    request: SignedInRequest, agreement: Agreement, row: Headcount
) -> dict[str, Any]:
    """Return where the work on counts is, for those who may begin and stop it."""
    trial, job = trial_under(row, agreement)
    is_open = bool(job and job.is_open)
    names = [titled(each) for each in sets_of(row.breakdowns)]
    return {
        "key": row.pk,
        "agency": row.organisation.name,
        "threshold": strictest(agreement),
        "is_open": is_open,
        "is_found": bool(trial and trial.found),
        "message": "" if job is None or is_open else job.message,
        "steps": shown_steps(names, job) if is_open else [],
    }


def _published(
    request: SignedInRequest, agreement: Agreement, chosen: list[str]
) -> dict[str, Any] | None:
    """Return how many groups the newest release shows of tables by these breakdowns."""
    release = (
        Release.objects.filter(agreement=agreement, state="published")
        .order_by("-published_at")
        .first()
    )
    if release is None or not can_read(request.user, agreement):
        return None
    rows = [
        (titled(table), f"{n_groups:,}", f"{n_shown:,}")
        for table, n_groups, n_shown in shown_groups(document_of(release))
        if {*table} <= {*chosen}
    ]
    return {"release": release, "rows": rows}


@require_POST
@guarded
def try_counts(request: SignedInRequest, number: str) -> HttpResponse:
    """Have a worker find out what would show, or stop it."""
    agreement = get_object_or_404(visible_agreements(request.user), number=number)
    key = as_key(request.POST.get("headcount"))
    row = get_object_or_404(headcounts_under(agreement), pk=key)
    trial, _ = trial_under(row, agreement)
    if "cancel" in request.POST and trial is not None:
        cancel_trial(trial=trial, actor=request.user)
        messages.info(request, "The worker stops at its next step.")
    else:
        try_headcount(headcount=row, agreement=agreement, actor=request.user)
    return redirect("what_if", agreement.number)
