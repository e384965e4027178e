"""An agency's list of buildings: checked line by line, sent, and downloaded."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts import sheets
from accounts.acts import RuleBroken
from accounts.uploads import expects_uploads, require_whole_upload
from accounts.web import SignedInRequest, guarded
from agreements.models import DataFlow
from indicators.addressfiles.buildings import as_csv
from indicators.forms import BuildingListForm
from indicators.models import Holding
from indicators.policy import address_flows, can_deliver, visible_deliveries
from indicators.services.buildings import (
    CheckedList,
    check_list,
    own_buildings,
    send_list,
)
from indicators.services.deliveries import SameFiles
from indicators.services.linked import content_of
from indicators.uploads import takes_uploads
from indicators.views.typed import typed

COLUMNS = ("Line", "As typed", "Standard form", "What was changed", "Sent or left out")


@expects_uploads(cap_bytes=settings.UPLOAD_CAP_BYTES)  # `_send` checks the token
@require_http_methods(["GET", "POST"])
@guarded
def send(request: SignedInRequest, key: int) -> HttpResponseBase:
    """Check a list of buildings line by line, and send those that pass."""
    flow = get_object_or_404(address_flows(request.user), pk=key)
    if request.method == "POST":
        can_deliver(request.user, flow).require()
    return _send(request, flow)


@takes_uploads
def _send(request: SignedInRequest, flow: DataFlow) -> HttpResponse:
    text, problem, status = "", "", 200
    checked: CheckedList | None = None
    if request.method == "POST":
        try:
            require_whole_upload(request)
            text = typed(request)
            checked = check_list(flow=flow, text=text, actor=request.user)
            if "send" in request.POST:
                delivery = send_list(flow=flow, text=text, actor=request.user)
                return redirect("delivery", delivery.pk)
        except SameFiles as same:
            messages.info(request, same.message)
            return redirect("delivery", same.standing.pk)
        except RuleBroken as broken:
            problem, status = broken.message, broken.status
    else:
        text = as_csv(own_buildings(flow.sender)).decode("utf-8-sig")
    form = BuildingListForm({"text": text}) if problem else None
    form = form or BuildingListForm(initial={"text": text})
    if problem:
        form.add_error(None, problem)
    context = {
        "flow": flow,
        "form": form,
        "columns": COLUMNS,
        "rows": _rows(checked) if checked else [],
        "n_kept": len(checked.kept) if checked else 0,
        "left": checked.left if checked else (),
        "decision": can_deliver(request.user, flow),
    }
    return render(request, "indicators/buildings.html", context, status=status)


def _rows(checked: CheckedList) -> list[tuple[str, ...]]:
    return [
        (
            str(each.line.number),
            each.line.typed,
            each.line.building.address or "None",
            _sentence("; ".join(each.line.changes)) or "Nothing",
            f"Left out. {each.refusal}" if each.refusal else "Can be sent",
        )
        for each in checked.lines
    ]


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


@require_GET
@guarded
def building_file(request: SignedInRequest, key: int) -> HttpResponse:
    """Send a delivered list of buildings as the file whose digest its receipt has."""
    delivery = get_object_or_404(
        visible_deliveries(request.user).select_related("agreement", "holding"), pk=key
    )
    if delivery.holding.kind != Holding.Kind.BUILDINGS:
        raise Http404
    content = content_of(delivery.holding)
    response = HttpResponse(content, content_type=sheets.CONTENT_TYPE)
    name = f"{delivery.agreement.number}-buildings-{delivery.pk}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
