"""The public page that says whether a PDF is one that this Homeroom sealed."""

from datetime import timedelta

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.acts import RuleBroken
from accounts.limits import take_turn
from accounts.uploads import (
    MemoryUploadHandler,
    expects_uploads,
    require_whole_upload,
)
from accounts.web import open_to_public
from agreements.checking import CAP_BYTES, check
from agreements.digests import sha256_of
from agreements.forms.agreements import CheckForm
from agreements.queries import kinds_on_record
from agreements.views.verdicts import Answer, answer

MOST = 20
WITHIN = timedelta(minutes=10)


# It changes nothing and knows nobody, so no form token is checked and no cookie set.
@expects_uploads(cap_bytes=CAP_BYTES, of_anybody=True)
@never_cache
@require_http_methods(["GET", "POST"])
@open_to_public
def verify(request: HttpRequest) -> HttpResponse:
    """Say what an uploaded PDF is; the file is never stored, and not kept."""
    if request.method != "POST":
        return _page(request, CheckForm())
    request.upload_handlers = [MemoryUploadHandler(request, cap_bytes=CAP_BYTES)]
    form = CheckForm(request.POST, request.FILES)
    try:
        require_whole_upload(request)
        take_turn(request, of="verify", most=MOST, within=WITHIN)
        if form.is_valid():
            return _page(request, CheckForm(), _answer(form.cleaned_data["file"]))
    except RuleBroken as broken:
        form.errors.clear()
        form.add_error(None, broken.message)
        return _page(request, form, status=broken.status)
    return _page(request, form, status=422)


def _page(
    request: HttpRequest,
    form: CheckForm,
    said: Answer | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "answer": said, "cap_mb": CAP_BYTES // 1024**2}
    return render(request, "agreements/verify.html", context, status=status)


def _answer(file: InMemoryUploadedFile) -> Answer:
    content = file.read()
    examined, digest = check(content), sha256_of(content)
    digests = (digest, *examined.attached)
    return answer(examined, digest=digest, on_record=kinds_on_record(digests))
