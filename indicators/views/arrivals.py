"""The door: sending files, looking at what is in them, loading what is allowed."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import jobs, sheets
from accounts.acts import RuleBroken
from accounts.models import Job
from accounts.uploads import expects_uploads, require_whole_upload
from accounts.web import SignedInRequest, guarded
from agreements.models import DataFlow
from agreements.rules.scope import in_words
from indicators.answer_form import AnswerForm
from indicators.arrival_pages import (
    COLUMNS,
    COUNTS,
    OVER,
    column_rows,
    count_rows,
    label_of,
    n_allowed,
    prescribed_rows,
    read_as,
    what_to_do,
)
from indicators.arrivals.contract import Answers
from indicators.feed_pages import DATE_COLUMNS, date_rows, how_it_stands
from indicators.forms import DeliveryForm, LoadForm
from indicators.models import Arrival
from indicators.policy import (
    can_cancel,
    can_deliver,
    deliverable_flows,
    visible_arrivals,
    visible_feeds,
)
from indicators.queries import feed_standings
from indicators.services import arrivals, examination
from indicators.services.deliveries import SameFiles, is_of_housing
from indicators.services.feeds import note_again
from indicators.uploads import takes_uploads
from indicators.views.steps import shown_steps

BY_SCRIPT = "application/json"


@expects_uploads(cap_bytes=settings.UPLOAD_CAP_BYTES)  # `_upload` checks the token
@require_http_methods(["GET", "POST"])
@guarded
def upload(request: SignedInRequest, key: int) -> HttpResponseBase:
    """Take the files of one flow to the door, where they are examined."""
    flow = get_object_or_404(deliverable_flows(request.user), pk=key)
    if request.method == "POST":
        can_deliver(request.user, flow).require()
    return _upload(request, flow)


@takes_uploads
def _upload(request: SignedInRequest, flow: DataFlow) -> HttpResponse:
    codes = list(flow.elements.values_list("code", flat=True))
    is_housing = is_of_housing(codes)
    status = 200
    form = DeliveryForm(is_housing=is_housing)
    if request.method == "POST":
        status = 422
        form = DeliveryForm(request.POST, request.FILES, is_housing=is_housing)
        try:
            require_whole_upload(request)
            if form.is_valid():
                return _brought(request, flow, form.cleaned_data["content"])
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
        "elements": [(label_of(code), code) for code in codes],
        "whose": in_words(flow.scope, flow.place_names),
        "decision": can_deliver(request.user, flow),
        "most_bytes": settings.UPLOAD_CAP_BYTES,
        "feed": feed,
        "feed_says": how_it_stands(feed) if feed else "",
        "date_columns": DATE_COLUMNS,
        "date_rows": date_rows(feed) if feed else [],
    }
    return render(request, "indicators/upload.html", context, status=status)


def _brought(
    request: SignedInRequest, flow: DataFlow, files: list[Any]
) -> HttpResponse:
    """Lead to where the files wait, or to the delivery that stands of them."""
    try:
        path = arrivals.bring(
            flow=flow, files=files, actor=request.user
        ).get_absolute_url()
    except arrivals.Waiting as waiting:
        path = waiting.arrival.get_absolute_url()
    except SameFiles as same:
        path = _told_of_same(request, same)
    if request.headers.get("Accept") == BY_SCRIPT:  # which would follow a redirect
        return JsonResponse({"next": path})
    return redirect(path)


def _told_of_same(request: SignedInRequest, same: SameFiles) -> str:
    """Note that the delivery that stands came again; return its receipt's path."""
    note_again(delivery=same.standing, actor=request.user)
    messages.info(request, same.message)
    return reverse("delivery", args=[same.standing.pk])


@require_GET
@guarded
def arrival(request: SignedInRequest, key: int) -> HttpResponse:
    """Show what is in files that wait: allowed, refused, missing, asked."""
    return _page(request, _row(request, key))


@require_POST
@guarded
def answer_arrival(request: SignedInRequest, key: int) -> HttpResponse:
    """Take what the sender says of its columns, and have the files read again."""
    row = _row(request, key)
    form = _answer_form(row, request.POST)
    if form is not None and not form.is_valid():
        return _page(request, row, answer_form=form)
    answers = form.answers() if form is not None else Answers()
    arrivals.answer(arrival=row, answers=answers, actor=request.user)
    return redirect(row)


@require_POST
@guarded
def forget_layout(request: SignedInRequest, key: int) -> HttpResponse:
    """Forget what was answered of these headings before."""
    row = _row(request, key)
    arrivals.forget(arrival=row, actor=request.user)
    messages.info(request, "What was remembered of these columns is forgotten.")
    return redirect(row)


@require_POST
@guarded
def load_arrival(request: SignedInRequest, key: int) -> HttpResponse:
    """Keep the allowed columns, and nothing else."""
    row = _row(request, key)
    if row.delivery_id is not None:
        return redirect("delivery", row.delivery_id)
    form = _load_form(row, request.POST)
    try:
        form.full_clean()
        made = arrivals.load(
            arrival=row,
            attests_exclusions=form.cleaned_data.get("attests_exclusions", False),
            actor=request.user,
        )
    except SameFiles as same:
        arrivals.cancel(arrival=row, actor=request.user)
        return redirect(_told_of_same(request, same))
    except RuleBroken as broken:
        if broken.status != RuleBroken.status:
            raise
        form.add_error(None, broken.message)
        return _page(request, row, load_form=form)
    return redirect("delivery", made.pk)


@require_POST
@guarded
def cancel_arrival(request: SignedInRequest, key: int) -> HttpResponse:
    """Keep nothing: erase the files and what was found in them."""
    row = _row(request, key)
    if row.is_open:
        arrivals.cancel(arrival=row, actor=request.user)
        messages.info(request, "Nothing was kept. The files are erased.")
    return redirect(row)


@require_GET
@guarded
def rejected_rows(request: SignedInRequest, key: int) -> HttpResponse:
    """Send which rows were set aside, and why, as a CSV file without their values."""
    row = _row(request, key)
    found = examination.found_at(row) if row.is_open else None
    if found is None or not found.n_rejected:
        raise Http404
    lines = [["File", "Line", "Why it was set aside"]]
    lines += [[file, str(line or ""), why] for file, line, why in found.rejected]
    if found.n_rejected > len(found.rejected):
        n = f"{found.n_rejected - len(found.rejected):,}"
        lines.append(["", "", f"{n} more rows were set aside and are not listed."])
    response = HttpResponse(sheets.as_file(lines), content_type=sheets.CONTENT_TYPE)
    name = f"{row.agreement.number}-rows-set-aside-{row.pk}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _row(request: SignedInRequest, key: int) -> Arrival:
    rows = visible_arrivals(request.user).select_related(
        "agreement", "sender", "brought_by", "delivery"
    )
    row: Arrival = get_object_or_404(rows, pk=key)
    return row


def _codes(row: Arrival) -> frozenset[str]:
    flow = examination.flow_of(row)
    return frozenset(flow.elements.values_list("code", flat=True))


def _answer_form(
    row: Arrival, data: Mapping[str, Any] | None = None
) -> AnswerForm | None:
    found = examination.found_at(row) if row.state == "examined" else None
    if found is None:
        return None
    answers, _ = examination.answers_at(row)
    return AnswerForm(
        data, found=found, answers=answers or Answers(), listed=_codes(row)
    )


def _load_form(row: Arrival, data: Mapping[str, Any] | None = None) -> LoadForm:
    return LoadForm(
        data,
        is_housing=is_of_housing(_codes(row)),
        is_attested=row.has_exclusion_attested,
    )


def _page(
    request: SignedInRequest,
    row: Arrival,
    *,
    answer_form: AnswerForm | None = None,
    load_form: LoadForm | None = None,
) -> HttpResponse:
    """Return an arrival's page, or the region that is asked for again and again."""
    given: forms.Form | None = answer_form or load_form
    flow, job = examination.flow_of(row), jobs.latest(examination.JOB, row)
    context = {
        "arrival": row,
        "flow": flow,
        "is_read": row.state == "waiting",
        "over": "" if row.is_open else OVER[row.state],
        "message": job.message if job and row.state == "failed" else "",
        "steps": shown_steps(examination.STEPS, job),
        "is_queued": bool(job and job.state == Job.State.WAITING),
        "may_cancel": can_cancel(request.user, row),
        "form": given,
        **_examined(request, row, flow, answer_form, load_form),
    }
    is_region = request.headers.get("HX-Request") == "true"
    name = "_arrival" if is_region else "arrival"
    response = render(
        request,
        f"indicators/{name}.html",
        context,
        status=422 if given is not None else 200,
    )
    patch_vary_headers(response, ["HX-Request"])
    return response


def _examined(
    request: SignedInRequest,
    row: Arrival,
    flow: DataFlow,
    answer_form: AnswerForm | None,
    load_form: LoadForm | None,
) -> dict[str, Any]:
    """Return what the page says of files that were examined; nothing before."""
    if row.state != "examined":
        return {}
    found = examination.found_at(row)
    if found is None:
        return {"is_lost": True}
    answers, _ = examination.answers_at(row)
    n_columns = n_allowed(found)
    return {
        "found": found,
        "read_as": read_as(found),
        "columns": COLUMNS,
        "column_rows": column_rows(found, answers or Answers()),
        "prescribed_rows": prescribed_rows(found),
        "count_columns": COUNTS,
        "count_rows": count_rows(found),
        "to_do": what_to_do(found),
        "answer_form": answer_form or _answer_form(row),
        "load_form": load_form or _load_form(row),
        "decision": can_deliver(request.user, flow),
        "load_label": f"Load {n_columns} allowed column{'s' * (n_columns != 1)}",
    }
