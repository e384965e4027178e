"""The original of an agreement that was signed on paper, beside its draft."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_GET, require_http_methods

from accounts.acts import Conflict, Refused, RuleBroken
from accounts.uploads import (
    MemoryUploadHandler,
    expects_uploads,
    require_whole_upload,
)
from accounts.web import SignedInRequest, guarded
from agreements.forms.records import OriginalForm
from agreements.lifecycle import AGREEMENT
from agreements.models import Agreement
from agreements.policy import can_edit
from agreements.services.originals import CAP_BYTES, remove_original, save_original
from agreements.views.common import loaded_agreement


class OriginalUploadHandler(MemoryUploadHandler):
    """Keeps an original in memory alone, and says what to do with a larger one."""

    advice = "Scan it in black and white, or with fewer dots to the inch."


@expects_uploads(cap_bytes=CAP_BYTES)  # `_original` checks the token
@require_http_methods(["GET", "POST"])
@guarded
def original(request: SignedInRequest, number: str) -> HttpResponseBase:
    """Take the original of an agreement that is signed on paper already."""
    agreement = loaded_agreement(request, number)
    if request.method == "POST":
        can_edit(request.user, agreement).require()
        request.upload_handlers = [OriginalUploadHandler(request, cap_bytes=CAP_BYTES)]
    elif agreement.state != AGREEMENT.initial:
        return redirect(agreement)
    return _original(request, agreement)


@csrf_protect
def _original(request: SignedInRequest, agreement: Agreement) -> HttpResponse:
    there = agreement.originals.defer("content").select_related("uploaded_by").first()
    is_there, status = there is not None, 200
    if "remove" in request.POST:
        remove_original(agreement=agreement, actor=request.user)
        messages.success(request, "The original was taken off the draft.")
        return redirect("draft_original", agreement.number)
    initial = {"signed_on": agreement.signed_on_paper_on}
    form = OriginalForm(initial=initial, is_there=is_there)
    if request.method == "POST":
        form, status = OriginalForm(request.POST, request.FILES, is_there=is_there), 422
        try:
            require_whole_upload(request)
            if form.is_valid():
                file = form.cleaned_data["file"]
                save_original(
                    agreement=agreement,
                    signed_on=form.cleaned_data["signed_on"],
                    content=file.read() if file else None,
                    actor=request.user,
                )
                messages.success(request, "The original is with the draft.")
                return redirect("draft_original", agreement.number)
        except (Conflict, Refused):
            raise  # there is nothing to put right on this page
        except RuleBroken as broken:
            form.add_error(None, broken.message)
            status = broken.status
    context = {
        "agreement": agreement,
        "form": form,
        "there": there,
        "decision": can_edit(request.user, agreement),
    }
    return render(request, "agreements/original.html", context, status=status)


@require_GET
@guarded
def original_file(request: SignedInRequest, number: str) -> HttpResponse:
    """Send the original that lies with a draft."""
    agreement = loaded_agreement(request, number)
    row = agreement.originals.first()
    if row is None:
        raise Http404
    response = HttpResponse(bytes(row.content), content_type="application/pdf")
    response["Content-Disposition"] = (
        f'attachment; filename="{agreement.number}-original.pdf"'
    )
    return response
