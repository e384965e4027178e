"""Data: what can be sent, what arrived, and the linking that follows."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts import jobs
from accounts.web import SignedInRequest, guarded, render_region
from agreements.rules.elements import ELEMENTS
from indicators.feed_pages import COLUMNS, feed_rows
from indicators.headcount_policy import counted_for
from indicators.models import Delivery, LinkageRun
from indicators.models.arrivals import OPEN
from indicators.policy import (
    address_flows,
    can_read,
    can_read_pairs,
    can_steer_run,
    can_withdraw_delivery,
    count_flows,
    deliverable_flows,
    drop_boxes,
    visible_arrivals,
    visible_deliveries,
    visible_feeds,
    visible_runs,
)
from indicators.queries import destruction_due, feed_standings
from indicators.repeat_policy import can_decide_repeats, visible_doubled
from indicators.research_policy import research_flows, visible_research
from indicators.services.counted import stated_by
from indicators.services.linkage import JOB, cancel_run, retry_run
from indicators.views.quality import linkage_said
from indicators.views.steps import shown_steps

# The steps of a linkage, and what each of them counts.
STEPS = {
    "Open what was delivered": "records",
    "Make names and dates comparable": "records",
    "Find pairs worth comparing": "pairs",
    "Compare the pairs": "pairs",
    "Weigh the evidence": "pairs",
    "Keep one student per child": "pairs",
    "Keep what is counted, without names": "children",
    "Seal the result in the vault": "children",
}

# Of flows without children's rows: the route, its button, and for whom it is.
ADDRESSES = ("send_buildings", "Send addresses", "Public buildings, no names.")
COUNTS = ("send_counts", "Send counts", "For districts that link in their own house.")


@require_GET
@guarded
def data(request: SignedInRequest) -> HttpResponse:
    """List what this person can send, what arrived, and what was linked."""
    context = {
        "flows": deliverable_flows(request.user),
        "without_rows": [
            *((f, *ADDRESSES) for f in address_flows(request.user)),
            *((f, *COUNTS) for f in count_flows(request.user)),
        ],
        "waiting": visible_arrivals(request.user)
        .filter(state__in=OPEN)
        .select_related("agreement", "sender"),
        "deliveries": visible_deliveries(request.user).select_related(
            "agreement", "sender", "holding"
        ),
        "runs": visible_runs(request.user).select_related("agreement"),
        "has_research": research_flows(request.user).exists()
        or visible_research(request.user).exists(),
        "counted_for": counted_for(request.user),
        "has_drop_box": drop_boxes(request.user).exists(),
        "feed_columns": COLUMNS,
        "feed_rows": feed_rows(feed_standings(visible_feeds(request.user))),
    }
    return render(request, "indicators/data.html", context)


@require_GET
@guarded
def delivery(request: SignedInRequest, key: int) -> HttpResponse:
    """Show the receipt of one delivery."""
    row: Delivery = get_object_or_404(
        visible_deliveries(request.user).select_related(
            "agreement", "sender", "holding", "delivered_by", "withdrawn_by"
        ),
        pk=key,
    )
    context = {
        "delivery": row,
        "read": [ELEMENTS[code].label for code in row.receipt["read"]],
        "destroyed_by": destruction_due(row.holding),
        "run": visible_runs(request.user).filter(agreement=row.agreement).first(),
        "latest": row.agreement.runs.first(),
        "may_withdraw": can_withdraw_delivery(request.user, row),
        "may_decide_repeats": visible_doubled(request.user).filter(pk=row.pk).exists()
        and can_decide_repeats(request.user, row),
        "linkage": linkage_said(stated_by(row)) if "how" in row.receipt else "",
    }
    return render(request, "indicators/delivery.html", context)


@require_GET
@guarded
def run(request: SignedInRequest, key: int) -> HttpResponse:
    """Show the steps and totals of one linkage."""
    row: LinkageRun = get_object_or_404(
        visible_runs(request.user).select_related("agreement", "review"), pk=key
    )
    can_read(request.user, row.agreement).require()
    job = jobs.latest(JOB, row)
    context = {
        "run": row,
        "job": job,
        "steps": shown_steps(STEPS, job, counted=STEPS),
        "is_open": bool(job and job.is_open),
        "counts": list(row.counts.items()),
        "decision": can_steer_run(request.user, row),
        "linkage": linkage_said(row.quality),
        "may_read_pairs": can_read_pairs(request.user, row),
    }
    return render_region(
        request, "indicators/run.html", "indicators/_progress.html", context
    )


@require_POST
@guarded
def steer(request: SignedInRequest, key: int) -> HttpResponse:
    """Cancel a linkage, or start it again."""
    row = get_object_or_404(visible_runs(request.user), pk=key)
    if "cancel" in request.POST:
        cancel_run(run=row, actor=request.user)
        messages.info(request, "The linkage stops at its next step.")
    else:
        retry_run(run=row, actor=request.user)
        messages.info(request, "The linkage starts again.")
    return redirect("run", row.pk)
