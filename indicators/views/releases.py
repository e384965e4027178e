"""Releases: author, propose, decide, withdraw."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import jobs
from accounts.acts import Conflict, Decision, RuleBroken
from accounts.web import SignedInRequest, guarded, render_region
from indicators.asking_form import AskingForm
from indicators.forms import VoteForm, WithdrawalForm
from indicators.models import Release, ReleaseDecision
from indicators.policy import (
    can_author,
    can_decide,
    can_discard,
    can_propose,
    can_read,
    can_stop_making,
    can_withdraw,
    readable,
    visible_counts,
    visible_releases,
    visible_runs,
)
from indicators.queries import blind_until, permitted_under
from indicators.services.protecting import STEPS
from indicators.services.releases import (
    JOB,
    author_release,
    cancel_release,
    decide,
    discard,
    propose,
    stop_round,
    withdraw,
)
from indicators.views.quality import linkage_said
from indicators.views.reviewed import reviewed
from indicators.views.steps import shown_steps


@require_GET
@guarded
def releases(request: SignedInRequest) -> HttpResponse:
    """List releases, and the linkages from which one can be made."""
    runs = visible_runs(request.user).filter(state="linked").select_related("agreement")
    counts = visible_counts(request.user).select_related("agreement", "sender")
    context = {
        "counts": [each for each in counts if can_author(request.user, each.agreement)],
        "releases": readable(
            request.user, visible_releases(request.user)
        ).select_related("agreement", "author"),
        "runs": [run for run in runs if can_author(request.user, run.agreement)],
    }
    return render(request, "indicators/releases.html", context)


@require_http_methods(["GET", "POST"])
@guarded
def new_release(request: SignedInRequest, key: int) -> HttpResponse:
    """Author a release from one linkage."""
    run = get_object_or_404(
        visible_runs(request.user).select_related("agreement"), pk=key
    )
    can_author(request.user, run.agreement).require()
    permitted = permitted_under(run.agreement)
    if not permitted or run.first_on is None or run.last_on is None:
        raise Conflict(
            "The agreement lists no measure that can be counted, or this linkage is "
            "not finished. There is nothing to make a release of."
        )
    form = AskingForm(request.POST or None, run=run, permitted=permitted)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            release = author_release(
                run=run,
                title=said["title"],
                context=said["context"],
                asked=said["asked"],
                actor=request.user,
            )
        except RuleBroken as broken:
            form.add_error(None, broken.message)
            status = broken.status
        else:
            return redirect(release)
    context = {
        "agreement": run.agreement,
        "year_said": f"School year {run.school_year}: {run.first_on:%B} "
        f"{run.first_on.day}, {run.first_on.year}, to {run.last_on:%B} "
        f"{run.last_on.day}, {run.last_on.year}.",
        "work_said": "A worker counts the tables, protects small groups, and then "
        "attacks the result as an outsider would. You see only what may be shown.",
        "form": form,
    }
    return render(request, "indicators/new_release.html", context, status=status)


def _context(request: SignedInRequest, row: Release) -> dict[str, Any]:
    decisions = list(
        row.decisions.select_related("owner", "decided_by", "release__author")
    )
    mine = next((d for d in decisions if can_decide(request.user, d)), None)
    job = jobs.latest(JOB, row)
    hidden_until = blind_until(row) if decisions else None
    return {
        "release": row,
        **reviewed(row),
        "earlier": _earlier(request, row),
        "linkage": linkage_said(row.linkage),
        "is_open": bool(job and job.is_open),
        "job": job,
        "steps": shown_steps(STEPS, job) if row.state == "computing" else [],
        "may_stop": can_stop_making(request.user, row),
        "votes": [
            {
                "owner": each.owner.name,
                "cast": each if each.decided_at else None,
                "is_shown": hidden_until is None
                or each.decided_by_id == request.user.pk,
            }
            for each in decisions
        ],
        "hidden_until": hidden_until,
        "mine": mine,
        "may_decide": can_decide(request.user, mine) if mine else Decision(False),
        "may_propose": can_propose(request.user, row),
        "may_discard": can_discard(request.user, row),
        "may_withdraw": can_withdraw(request.user, row),
        "withdrawal_form": WithdrawalForm(),
        "form": VoteForm(),
    }


def _earlier(request: SignedInRequest, row: Release) -> QuerySet[Release]:
    """Return the releases before this one that its readers have, or may have, read."""
    before = visible_releases(request.user).filter(
        agreement__partnership=row.agreement.partnership_id,
        proposed_at__isnull=False,
        pk__lt=row.pk,
    )
    return readable(request.user, before).select_related("agreement")


@require_GET
@guarded
def release(request: SignedInRequest, key: int) -> HttpResponse:
    """Show one release: its tables as they would be published, and its audit."""
    row: Release = get_object_or_404(
        visible_releases(request.user).select_related("agreement", "author"), pk=key
    )
    can_read(request.user, row.agreement).require()
    return render_region(
        request,
        "indicators/release.html",
        "indicators/_release.html",
        _context(request, row),
    )


@require_POST
@guarded
def propose_release(request: SignedInRequest, key: int) -> HttpResponse:
    """Put a release before the owners."""
    row = get_object_or_404(visible_releases(request.user), pk=key)
    propose(release=row, actor=request.user)
    messages.success(request, "Every owner's data steward was asked to decide.")
    return redirect(row)


@require_POST
@guarded
def stop_release(request: SignedInRequest, key: int) -> HttpResponse:
    """Stop the worker that makes a release's tables."""
    row = get_object_or_404(visible_releases(request.user), pk=key)
    cancel_release(release=row, actor=request.user)
    messages.success(request, "The worker stops at its next step.")
    return redirect(row)


@require_POST
@guarded
def discard_release(request: SignedInRequest, key: int) -> HttpResponse:
    """Take back a release that is not published."""
    row = get_object_or_404(visible_releases(request.user), pk=key)
    discard(release=row, actor=request.user)
    messages.success(request, "The release is discarded.")
    return redirect("releases")


@require_POST
@guarded
def decide_release(request: SignedInRequest, key: int) -> HttpResponse:
    """Take one owner's vote, or its stop."""
    decision = get_object_or_404(
        ReleaseDecision.objects.filter(
            release__in=visible_releases(request.user)
        ).select_related("release__agreement", "owner"),
        pk=key,
    )
    can_decide(request.user, decision).require()
    reason = request.POST.get("reason", "")
    try:
        if "stop" in request.POST:
            stop_round(decision=decision, reason=reason, actor=request.user)
        else:
            decide(
                decision=decision,
                approve="approve" in request.POST,
                reason=reason,
                actor=request.user,
            )
    except Conflict:
        raise  # there is nothing to decide on this page any more
    except RuleBroken as broken:
        context = _context(request, decision.release)
        form = VoteForm(request.POST)
        form.is_valid()
        form.add_error(None, broken.message)
        return render(
            request,
            "indicators/release.html",
            context | {"form": form},
            status=422,
        )
    messages.success(request, f"{decision.owner.name} has decided.")
    return redirect(decision.release)


@require_POST
@guarded
def withdraw_release(request: SignedInRequest, key: int) -> HttpResponse:
    """Withdraw a published release with a reason."""
    row = get_object_or_404(visible_releases(request.user), pk=key)
    withdraw(release=row, reason=request.POST.get("reason", ""), actor=request.user)
    messages.success(request, "The release is withdrawn, and its page says so.")
    return redirect(row)
