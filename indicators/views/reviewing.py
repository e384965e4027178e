"""Clerical review: how far it is, and one pair at a time."""

import logging

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import jobs
from accounts.acts import RuleBroken
from accounts.web import SignedInRequest, guarded
from indicators.forms import ReadingForm
from indicators.models import LinkageRun, Reading
from indicators.policy import can_read_pairs, visible_readings, visible_runs
from indicators.services.pairs import progress, shown_pair
from indicators.services.reviewing import (
    JOB,
    answer_pair,
    has_unused,
    take_pair,
    undo_reading,
    use_readings,
)
from indicators.views.quality import (
    agreement_said,
    bands_table,
    groups_tables,
    quality_said,
)

# Who saw which pair when, each time: a code and a key, never a name.
log = logging.getLogger("indicators.sight")


def run_to_read(request: SignedInRequest, key: int) -> LinkageRun:
    """Return a run whose pairs a person may read; 404 and 403 otherwise."""
    row: LinkageRun = get_object_or_404(
        visible_runs(request.user).select_related("agreement", "review", "crosswalk"),
        pk=key,
    )
    can_read_pairs(request.user, row).require()
    return row


@never_cache
@require_GET
@guarded
def pairs(request: SignedInRequest, key: int) -> HttpResponse:
    """Show how far the review is, and what it says of the linkage."""
    run = run_to_read(request, key)
    now = progress(run, request.user)
    job = jobs.latest(JOB, run)
    context = {
        "run": run,
        "progress": now,
        "bands": bands_table(now),
        "agreement": agreement_said(now.agreement),
        "quality": quality_said(now),
        "groups": groups_tables(now),
        "has_answered": visible_readings(request.user)
        .filter(run=run)
        .exclude(answer="")
        .exists(),
        "has_unused": has_unused(run),
        "is_used_now": bool(job and job.is_open),
    }
    return render(request, "indicators/pairs.html", context)


@never_cache
@require_POST
@guarded
def next_pair(request: SignedInRequest, key: int) -> HttpResponse:
    """Take the next pair, or the last one again."""
    run = run_to_read(request, key)
    if "undo" in request.POST:
        return redirect(undo_reading(run=run, actor=request.user))
    return _onwards(request, run)


def _onwards(request: SignedInRequest, run: LinkageRun) -> HttpResponse:
    """Lead to the next pair, or back to the overview when there is none."""
    reading = take_pair(run=run, actor=request.user)
    if reading is not None:
        return redirect(reading)
    messages.success(request, "No pair is left for you to read.")
    return redirect("pairs", run.pk)


@never_cache
@require_http_methods(["GET", "POST"])
@guarded
def pair(request: SignedInRequest, key: int) -> HttpResponse:
    """Show two records side by side, and take what their reader says."""
    reading: Reading = get_object_or_404(
        visible_readings(request.user).select_related(
            "run__agreement", "run__review", "run__crosswalk"
        ),
        pk=key,
    )
    can_read_pairs(request.user, reading.run).require()
    form = ReadingForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        try:
            if form.is_valid():
                answer_pair(reading=reading, actor=request.user, **form.cleaned_data)
                return _onwards(request, reading.run)
        except RuleBroken as broken:
            if broken.status != status:
                raise
            form.add_error("reason", broken.message)
    elif reading.answer:
        return redirect("pairs", reading.run_id)
    log.info(
        "user %s sees pair %s of run %s", request.user.pk, reading.code, reading.run_id
    )
    own = visible_readings(request.user).filter(run=reading.run)
    context = {
        "reading": reading,
        "run": reading.run,
        "lines": shown_pair(reading),
        "form": form,
        "n_own": own.exclude(answer="").count(),
    }
    return render(request, "indicators/pair.html", context, status=status)


@never_cache
@require_POST
@guarded
def use_pairs(request: SignedInRequest, key: int) -> HttpResponse:
    """Link again by what was said."""
    run = run_to_read(request, key)
    use_readings(run=run, actor=request.user)
    messages.success(
        request, "A worker now links by these answers. The totals change when it ends."
    )
    return redirect("pairs", run.pk)
