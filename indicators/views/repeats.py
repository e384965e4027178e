"""Who is listed twice: one pair at a time on one page, and linking by the answers."""

import logging

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.acts import RuleBroken
from accounts.web import SignedInRequest, guarded
from indicators.forms import RepeatForm
from indicators.models import Delivery
from indicators.repeat_policy import (
    can_decide_repeats,
    can_link_again,
    visible_doubled,
)
from indicators.services.repeats import (
    decide_repeat,
    link_again,
    progress,
    run_to_follow,
    shown_repeat,
    take_back,
    take_repeat,
)

# Who saw which pair when, each time: a code and a key, never a name.
log = logging.getLogger("indicators.sight")


def _doubled(request: SignedInRequest, key: int) -> Delivery:
    """Return a delivery whose pairs a person may decide; 404 and 403 otherwise."""
    row: Delivery = get_object_or_404(visible_doubled(request.user), pk=key)
    can_decide_repeats(request.user, row).require()
    return row


@never_cache
@require_http_methods(["GET", "POST"])
@guarded
def repeats(request: SignedInRequest, key: int) -> HttpResponse:
    """Show the pair that somebody decides, and take what they say of it."""
    row = _doubled(request, key)
    form = RepeatForm(request.POST if "code" in request.POST else None)
    if request.method == "POST" and _is_taken(request, row, form):
        return redirect("repeats", row.pk)
    now = progress(row, request.user)
    if now.own is not None:
        log.info(
            "user %s sees pair %s of delivery %s", request.user.pk, now.own.code, row.pk
        )
    run = run_to_follow(row)
    context = {
        "delivery": row,
        "form": form,
        "progress": now,
        "lines": shown_repeat(now.own) if now.own else [],
        "has_own_answer": any(e.reader_id == request.user.pk for e in now.answered),
        "link_again": can_link_again(request.user, run, row) if run else None,
    }
    status = 422 if form.errors else 200
    return render(request, "indicators/repeats.html", context, status=status)


def _is_taken(request: SignedInRequest, row: Delivery, form: RepeatForm) -> bool:
    """Do what was posted, and go on to the next pair; False where it cannot be done."""
    if "undo" in request.POST:
        take_back(delivery=row, code=request.POST["undo"], actor=request.user)
        return True
    if form.is_bound:
        if not form.is_valid():
            return False
        try:
            decide_repeat(delivery=row, actor=request.user, **form.cleaned_data)
        except RuleBroken as broken:
            if broken.status != RuleBroken.status:
                raise
            form.add_error(None, broken.message)
            return False
    if take_repeat(delivery=row, actor=request.user) is None:
        messages.success(request, "No pair is left for you to decide.")
    return True


@never_cache
@require_POST
@guarded
def link_by_answers(request: SignedInRequest, key: int) -> HttpResponse:
    """Link both lists again by what was said."""
    row = _doubled(request, key)
    link_again(delivery=row, actor=request.user)
    messages.success(request, "Both lists are linked again, by these answers.")
    return redirect("repeats", row.pk)
