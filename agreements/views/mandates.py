"""The executed terms as a file, and the published schema of such files."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.acts import Conflict
from accounts.web import SignedInRequest, guarded, open_to_public
from agreements.digests import canonical, sha256_of
from agreements.mandate_schema import schema
from agreements.policy import visible_agreements
from agreements.queries import mandate_row


@require_GET
@guarded
def record(request: SignedInRequest, number: str) -> HttpResponse:
    """Send the executed terms in the form whose SHA-256 the ledger carries."""
    agreement = get_object_or_404(visible_agreements(request.user), number=number)
    row = mandate_row(agreement)
    if row is None:
        raise Http404
    content = canonical(row.record)
    if sha256_of(content) != row.record_digest:
        raise Conflict(
            "The record of the signed terms no longer matches its digest, so it is not "
            "sent. Tell an administrator and the owners."
        )
    response = HttpResponse(content, content_type="application/json")
    response["Content-Disposition"] = (
        f'attachment; filename="{agreement.number}-mandate.json"'
    )
    return response


@require_GET
@open_to_public
def published_schema(request: HttpRequest) -> JsonResponse:
    """Send the JSON Schema of the files that `record` sends."""
    address = f"{settings.PUBLIC_URL}{reverse('mandate_schema')}"
    response = JsonResponse(
        schema(address),
        content_type="application/schema+json",
        json_dumps_params={"indent": 2},
    )
    response["Access-Control-Allow-Origin"] = "*"
    return response
