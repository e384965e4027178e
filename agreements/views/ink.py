"""Signing on paper, checking the scan, and taking a party's copy."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from accounts.acts import Conflict, Refused, RuleBroken
from accounts.uploads import (
    MemoryUploadHandler,
    expects_uploads,
    require_whole_upload,
)
from accounts.web import SignedInRequest, guarded
from agreements.forms.review import CheckPaperForm, PaperForm, RefusePaperForm
from agreements.models import Document, PaperSignature, Party
from agreements.policy import visible_documents
from agreements.queries import code_of
from agreements.services.copies import take_copy
from agreements.services.paper import confirm_paper, record_paper, refuse_paper
from agreements.services.signing import frozen_of
from agreements.signing_policy import can_record_paper, checkable_papers, paper_party
from agreements.views.common import loaded_agreement

CAP_BYTES = 20 * 1024**2


@expects_uploads(cap_bytes=CAP_BYTES)
@require_http_methods(["GET", "POST"])
@guarded
def sign_on_paper(request: SignedInRequest, number: str) -> HttpResponseBase:
    """Print the text for a signature in ink, and take the scan."""
    agreement = loaded_agreement(request, number)
    party = paper_party(request.user, agreement)
    if party is None:
        raise Http404  # each party signs on a page of its own
    if request.method == "POST":
        can_record_paper(request.user, agreement, party).require()
    # The handler comes before anything reads the form, and so before its token.
    request.upload_handlers = [MemoryUploadHandler(request, cap_bytes=CAP_BYTES)]
    return _paper(request, party)


@csrf_protect
def _paper(request: SignedInRequest, party: Party) -> HttpResponse:
    agreement, status = party.agreement, 200
    name = party.signatory.user.name if party.signatory else ""
    form = PaperForm(initial={"signer_name": name})
    if request.method == "POST":
        form, status = PaperForm(request.POST, request.FILES), 422
        try:
            require_whole_upload(request)
            if form.is_valid():
                fields = form.cleaned_data | {"scan": form.cleaned_data["scan"].read()}
                record_paper(party=party, actor=request.user, **fields)
                messages.success(
                    request, "The scan is on record. Another party checks it now."
                )
                return redirect(agreement)
        except (Conflict, Refused):
            raise  # there is nothing to put right on this page
        except RuleBroken as broken:
            form.add_error(None, broken.message)
            status = broken.status
    context = {
        "agreement": agreement,
        "party": party,
        "form": form,
        "document": frozen_of(agreement),
        "code": code_of(agreement),
        "decision": can_record_paper(request.user, agreement, party),
        "papers": party.papers.order_by("-pk"),
    }
    return render(request, "agreements/sign_on_paper.html", context, status=status)


@require_http_methods(["GET", "POST"])
@guarded
def check_paper(request: SignedInRequest, number: str, key: int) -> HttpResponse:
    """Compare a scan with the text that was printed; confirm or refuse it."""
    agreement = loaded_agreement(request, number)
    row: PaperSignature = get_object_or_404(
        checkable_papers(request.user).select_related("scan", "party__signatory__user"),
        pk=key,
        agreement=agreement,
    )
    refuses = "refuse" in request.POST
    check = CheckPaperForm(None if refuses else request.POST or None)
    refusal = RefusePaperForm(request.POST if refuses else None)
    form = refusal if refuses else check
    if request.method == "POST" and form.is_valid():
        act = refuse_paper if refuses else confirm_paper
        try:
            act(paper=row, actor=request.user, **form.cleaned_data)
        except (Conflict, Refused):
            raise  # there is nothing to put right on this page
        except RuleBroken as broken:
            form.add_error(None, broken.message)
        else:
            done = "refused: it is signed again" if refuses else "confirmed"
            messages.success(request, f"The scan is {done}.")
            return redirect(agreement)
    context = {
        "agreement": agreement,
        "paper": row,
        "check": check,
        "refusal": refusal,
        "document": row.document_id,
    }
    status = 422 if form.errors else 200
    return render(request, "agreements/check_paper.html", context, status=status)


@require_POST
@guarded
def take(request: SignedInRequest, key: int) -> HttpResponse:
    """Record that a party has its copy, and lead to the file."""
    row: Document = get_object_or_404(
        visible_documents(request.user).select_related("agreement").defer("content"),
        pk=key,
    )
    take_copy(document=row, actor=request.user)
    return redirect("document", row.pk)
