"""Targets and interventions: list, propose, decide, end, state."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.acts import Conflict, Refused, RuleBroken
from accounts.web import SignedInRequest, guarded
from indicators.goal_forms import (
    EndTargetForm,
    InterventionForm,
    TargetDecisionForm,
    TargetForm,
)
from indicators.goal_policy import (
    can_decide_target,
    can_propose_target,
    can_withdraw_target,
    readable_interventions,
    readable_targets,
    visible_interventions,
    visible_target_decisions,
    visible_targets,
    with_own,
)
from indicators.models import Target
from indicators.policy import can_read
from indicators.published.choice import BREAKDOWN, MEASURE, YEAR
from indicators.published.goals import years_after
from indicators.published.page import Page
from indicators.published.wording import many_of, name_of_residents
from indicators.services import goals as services
from indicators.views.dashboards import found_of
from indicators.views.showing import Shown

_N_YEARS = 10


@require_GET
@guarded
def goals(request: SignedInRequest) -> HttpResponse:
    """List what partners aim at, and what they have done for it."""
    done = readable_interventions(request.user).select_related(
        "agreement", "stated_for"
    )
    context = {
        "targets": readable_targets(request.user).select_related("agreement"),
        "done": with_own(request.user, done),
    }
    return render(request, "indicators/goals.html", context)


def _started(request: SignedInRequest, key: int) -> tuple[Shown, Page]:
    """Return the dashboard from which a person starts, if it may.

    What starts there is of whole groups, so what narrowed the dashboard is left out.
    """
    given = request.GET.dict()
    asked = {k: given[k] for k in (YEAR, MEASURE, BREAKDOWN) if k in given}
    found = found_of(request, key, asked)
    if found.page is None:
        raise Http404
    can_propose_target(request.user, found.release.agreement).require()
    return found, found.page


@require_http_methods(["GET", "POST"])
@guarded
def new_target(request: SignedInRequest, key: int) -> HttpResponse:
    """Propose a target for what a dashboard shows."""
    found, page = _started(request, key)
    by, years = page.choice.breakdown, years_after(page.choice.period, _N_YEARS)
    form = TargetForm(
        request.POST or None,
        groups=[
            ("", name_of_residents(found.document)),
            *((row.value, row.label) for row in page.rows if row.band is not None),
        ],
        years=years,
        initial={"short_year": years[0], "long_year": years[2]},
    )
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        aim = services.Aim(
            measure=page.choice.measure.id,
            period=page.choice.period,
            dim=by.dim if by and typed["value"] else "",
            value=typed["value"],
            steps=(
                (typed["short_year"], typed["short_percent"]),
                (typed["long_year"], typed["long_percent"]),
            ),
        )
        try:
            target = services.propose_target(
                release=found.release,
                aim=aim,
                reason=typed["reason"],
                actor=request.user,
            )
        except RuleBroken as broken:
            form.add_error(None, broken.message)
            status = broken.status
        else:
            messages.success(request, "Every other party was asked to decide.")
            return redirect(target)
    context = {"shown": found, "page": page, "form": form}
    return render(request, "indicators/new_target.html", context, status=status)


def _target_context(request: SignedInRequest, row: Target) -> dict[str, Any]:
    decisions = list(row.decisions.select_related("party", "decided_by"))
    for each in decisions:
        each.target = row
    return {
        "target": row,
        "decisions": decisions,
        "mine": next(
            (d for d in decisions if can_decide_target(request.user, d)), None
        ),
        "may_withdraw": can_withdraw_target(request.user, row),
        "form": TargetDecisionForm(),
        "end_form": EndTargetForm(),
    }


@require_GET
@guarded
def target(request: SignedInRequest, key: int) -> HttpResponse:
    """Show one target: its steps, and what each party decided."""
    row: Target = get_object_or_404(
        visible_targets(request.user).select_related(
            "agreement", "release", "proposed_for", "proposed_by"
        ),
        pk=key,
    )
    can_read(request.user, row.agreement).require()
    return render(request, "indicators/target.html", _target_context(request, row))


@require_POST
@guarded
def decide_target(request: SignedInRequest, key: int) -> HttpResponse:
    """Take one party's decision on a target."""
    decision = get_object_or_404(
        visible_target_decisions(request.user).select_related(
            "target__agreement", "target__proposed_for", "party"
        ),
        pk=key,
    )
    can_read(request.user, decision.target.agreement).require()
    can_decide_target(request.user, decision).require()
    answers = request.POST.keys() & {"agree", "decline"}
    try:
        if len(answers) != 1:
            raise RuleBroken("Say whether you agree or decline.")
        services.decide_target(
            decision=decision,
            agree=answers == {"agree"},
            reason=request.POST.get("reason", ""),
            actor=request.user,
        )
    except (Conflict, Refused):
        raise  # there is nothing that this person could put right here
    except RuleBroken as broken:
        form = TargetDecisionForm(request.POST)
        form.is_valid()
        form.add_error(None, broken.message)
        context = _target_context(request, decision.target) | {"form": form}
        return render(request, "indicators/target.html", context, status=422)
    messages.success(request, f"{decision.party.name} has decided.")
    return redirect(decision.target)


@require_POST
@guarded
def withdraw_target(request: SignedInRequest, key: int) -> HttpResponse:
    """End a target with a reason."""
    row = get_object_or_404(
        visible_targets(request.user).select_related("agreement"), pk=key
    )
    can_read(request.user, row.agreement).require()
    can_withdraw_target(request.user, row).require()
    form = EndTargetForm(request.POST)
    if not form.is_valid():
        context = _target_context(request, row) | {"end_form": form}
        return render(request, "indicators/target.html", context, status=422)
    reason = form.cleaned_data["reason"]
    services.withdraw_target(target=row, reason=reason, actor=request.user)
    messages.success(request, "The target has ended, and no chart shows it.")
    return redirect(row)


@require_http_methods(["GET", "POST"])
@guarded
def new_intervention(request: SignedInRequest, key: int) -> HttpResponse:
    """State what was done at places that a dashboard shows."""
    found, page = _started(request, key)
    by = page.choice.breakdown
    form = InterventionForm(
        request.POST or None,
        places=sorted(
            ((row.value, row.label) for row in page.rows),
            key=lambda place: place[1].casefold(),
        ),
    )
    if by is not None:
        form.fields["places"].label = f"Which {many_of(by.name)}"
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            services.state_intervention(
                release=found.release,
                dim=by.dim if by else "",
                **form.cleaned_data,
                actor=request.user,
            )
        except RuleBroken as broken:
            form.add_error(None, broken.message)
            status = broken.status
        else:
            messages.success(request, "Charts over years now show what was done.")
            return redirect("goals")
    context = {"shown": found, "page": page, "form": form}
    return render(request, "indicators/new_intervention.html", context, status=status)


@require_POST
@guarded
def withdraw_intervention(request: SignedInRequest, key: int) -> HttpResponse:
    """Take back what was stated."""
    row = get_object_or_404(visible_interventions(request.user), pk=key)
    services.withdraw_intervention(intervention=row, actor=request.user)
    messages.success(request, "It is withdrawn, and no chart shows it.")
    return redirect("goals")
