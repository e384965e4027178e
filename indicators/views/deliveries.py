"""Data: what can be sent, what arrived, and the linking that follows."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import jobs
from accounts.acts import RuleBroken
from accounts.models import Job
from accounts.uploads import expects_uploads, require_whole_upload
from accounts.web import SignedInRequest, guarded, render_region
from agreements.models import DataFlow
from agreements.rules.elements import ELEMENTS
from indicators.feed_pages import (
    COLUMNS,
    DATE_COLUMNS,
    date_rows,
    feed_rows,
    how_it_stands,
)
from indicators.forms import DeliveryForm
from indicators.models import Delivery, LinkageRun
from indicators.policy import (
    address_flows,
    can_deliver,
    can_read,
    can_read_pairs,
    can_steer_run,
    can_withdraw_delivery,
    count_flows,
    deliverable_flows,
    drop_boxes,
    visible_deliveries,
    visible_feeds,
    visible_runs,
)
from indicators.queries import feed_standings
from indicators.research_policy import research_flows, visible_research
from indicators.services.counted import stated_by
from indicators.services.deliveries import SameFiles, receive
from indicators.services.feeds import note_again
from indicators.services.linkage import JOB, cancel_run, retry_run
from indicators.uploads import takes_uploads
from indicators.views.quality import linkage_said

STEPS = (
    "Open what was delivered",
    "Make names and dates comparable",
    "Find pairs worth comparing",
    "Compare the pairs",
    "Weigh the evidence",
    "Keep one student per child",
    "Add days enrolled and absent",
    "Seal the result in the vault",
)

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
        "deliveries": visible_deliveries(request.user).select_related(
            "agreement", "sender", "holding"
        ),
        "runs": visible_runs(request.user).select_related("agreement"),
        "has_research": research_flows(request.user).exists()
        or visible_research(request.user).exists(),
        "has_drop_box": drop_boxes(request.user).exists(),
        "feed_columns": COLUMNS,
        "feed_rows": feed_rows(feed_standings(visible_feeds(request.user))),
    }
    return render(request, "indicators/data.html", context)


@expects_uploads(cap_bytes=settings.UPLOAD_CAP_BYTES)  # `_upload` checks the token
@require_http_methods(["GET", "POST"])
@guarded
def upload(request: SignedInRequest, key: int) -> HttpResponseBase:
    """Take the files of one flow, whole or not at all."""
    flow = get_object_or_404(deliverable_flows(request.user), pk=key)
    if request.method == "POST":
        can_deliver(request.user, flow).require()
    return _upload(request, flow)


@takes_uploads
def _upload(request: SignedInRequest, flow: DataFlow) -> HttpResponse:
    codes = list(flow.elements.values_list("code", flat=True))
    is_housing = any(code.startswith("tenant.") for code in codes)
    status = 200
    form = DeliveryForm(is_housing=is_housing)
    if request.method == "POST":
        status = 422
        form = DeliveryForm(request.POST, request.FILES, is_housing=is_housing)
        try:
            require_whole_upload(request)
            if form.is_valid():
                delivery = receive(
                    flow=flow,
                    files=form.cleaned_data["content"],
                    attests_exclusions=form.cleaned_data.get(
                        "attests_exclusions", False
                    ),
                    actor=request.user,
                )
                return redirect("delivery", delivery.pk)
        except SameFiles as same:
            note_again(delivery=same.standing, actor=request.user)
            messages.info(request, same.message)
            return redirect("delivery", same.standing.pk)
        except RuleBroken as broken:
            form.errors.clear()  # a form that was cut off lacks its file, too
            form.add_error(None, broken.message)
            status = broken.status
    feed = next(
        iter(feed_standings(visible_feeds(request.user).filter(pk=flow.pk))), None
    )
    context = {
        "flow": flow,
        "form": form,
        "elements": [ELEMENTS[code] for code in codes if code in ELEMENTS],
        "decision": can_deliver(request.user, flow),
        "feed": feed,
        "feed_says": how_it_stands(feed) if feed else "",
        "date_columns": DATE_COLUMNS,
        "date_rows": date_rows(feed) if feed else [],
    }
    return render(request, "indicators/upload.html", context, status=status)


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
        "run": visible_runs(request.user).filter(agreement=row.agreement).first(),
        "latest": row.agreement.runs.first(),
        "may_withdraw": can_withdraw_delivery(request.user, row),
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
        "steps": _steps(job),
        "is_open": bool(job and job.is_open),
        "counts": list(row.counts.items()),
        "decision": can_steer_run(request.user, row),
        "linkage": linkage_said(row.quality),
        "may_read_pairs": can_read_pairs(request.user, row),
    }
    return render_region(
        request, "indicators/run.html", "indicators/_progress.html", context
    )


def _steps(job: Job | None) -> list[dict[str, str]]:
    """Return the steps as components/process_list.html reads them."""
    done = {step["name"]: step["count"] for step in job.steps} if job else {}
    is_over = job is not None and job.state in ("failed", "cancelled")
    shown = []
    is_current = job is not None and job.state == "running"
    for name in STEPS:
        state, status, text = "waiting", "Waiting", ""
        if name in done:
            state, status = "done", "Done"
            text = f"{done[name]:,}" if done[name] is not None else ""
        elif is_over:
            state, status = "stopped", "Not done"
        elif is_current:
            state, status, is_current = "current", "Running", False
        shown.append({"title": name, "state": state, "status": status, "text": text})
    return shown


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
