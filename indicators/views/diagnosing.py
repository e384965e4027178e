"""How a run weighed its pairs, and the models that people's answers taught."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.acts import Conflict, RuleBroken
from accounts.web import SignedInRequest, guarded
from indicators.forms import ModelForm
from indicators.models import LearnedModel, LinkageRun, Reading
from indicators.policy import can_read_pairs, visible_models, visible_readings
from indicators.queries import accepted_model
from indicators.services.diagnosis import diagnosis, waterfall
from indicators.services.learning import (
    ask_model,
    decide_model,
    void_model,
    what_is_missing,
)
from indicators.services.reviewing import see_score
from indicators.views.charts import charts, waterfall_chart
from indicators.views.learned import effect_table, levels_table
from indicators.views.reviewing import log, run_to_read

LAST_READ = 20


@never_cache
@require_GET
@guarded
def diagnostics(request: SignedInRequest, key: int) -> HttpResponse:
    """Show how a run weighed its pairs, in charts and the same figures in tables."""
    run = run_to_read(request, key)
    found = diagnosis(run, request.user)
    own = visible_readings(request.user).filter(run=run).exclude(answer="")
    context = {
        "run": run,
        "charts": charts(found),
        "is_judged": found.curve is not None,
        "readings": own.order_by("-answered_at", "-pk")[:LAST_READ],
    }
    return render(request, "indicators/diagnostics.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@guarded
def score(request: SignedInRequest, key: int) -> HttpResponse:
    """Show how the linkage weighed a pair, to who has answered it and asks to know."""
    reading: Reading = get_object_or_404(
        visible_readings(request.user).select_related(
            "run__agreement", "run__review", "run__crosswalk"
        ),
        pk=key,
    )
    can_read_pairs(request.user, reading.run).require()
    if request.method == "POST":
        see_score(reading=reading, actor=request.user)
        return redirect("score", reading.pk)
    chart = None
    if reading.score_seen_at is not None:
        log.info(
            "user %s sees the score of pair %s of run %s",
            *(request.user.pk, reading.code, reading.run_id),
        )
        steps = waterfall(reading)
        chart = waterfall_chart(steps) if steps else None
    context = {"reading": reading, "run": reading.run, "chart": chart}
    return render(request, "indicators/score.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@guarded
def learned(request: SignedInRequest, key: int) -> HttpResponse:
    """Show what can be learned from a run's answers, and take what is decided."""
    run = run_to_read(request, key)
    form = ModelForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        try:
            if form.is_valid():
                messages.success(request, _done(request, run, form))
                return redirect("learned", run.pk)
        except RuleBroken as broken:
            if broken.status != status:
                raise
            form.add_error("reason", broken.message)
    models = visible_models(request.user).filter(agreement=run.agreement)
    newest = models.filter(run=run).first()
    in_use = accepted_model(run.agreement)
    context = {
        "run": run,
        "form": form,
        "in_use": in_use,
        "newest": newest,
        "missing": "" if newest and newest.is_open else what_is_missing(run),
        "effect": effect_table(newest) if newest and newest.basis else None,
        "levels": levels_table(newest) if newest and newest.basis else None,
        "models": models.select_related("asked_by", "decided_by"),
    }
    return render(request, "indicators/learned.html", context, status=status)


def _done(request: SignedInRequest, run: LinkageRun, form: ModelForm) -> str:
    """Do what the button says, and return what was done."""
    reason, person = form.cleaned_data["reason"], request.user
    if "learn" in request.POST:
        ask_model(run=run, actor=person)
        return "A worker learns from the answers. This page tells when it is done."
    row = _decided(request, run)
    if "void" in request.POST:
        void_model(learned=row, reason=reason, actor=person)
        return "The next linkage goes by the shipped model."
    is_accepted = "accept" in request.POST
    decide_model(learned=row, is_accepted=is_accepted, reason=reason, actor=person)
    if is_accepted:
        return "The next linkage goes by this model."
    return "The model is declined. Nothing changes."


def _decided(request: SignedInRequest, run: LinkageRun) -> LearnedModel:
    """Return the model that a button is about: the one that was on the page."""
    models = visible_models(request.user).filter(agreement=run.agreement)
    state = "accepted" if "void" in request.POST else "proposed"
    row = models.filter(state=state).first()
    if row is None or str(row.pk) != request.POST.get("model"):
        raise Conflict("Another model stands here now. Reload the page and read it.")
    return row
