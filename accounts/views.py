"""Health and error pages; sign-in itself is allauth's."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts import health
from accounts.web import error_page, open_to_public


@open_to_public
def healthz(request: HttpRequest) -> JsonResponse:
    """Return 200 only when web, database, worker and beat are all well."""
    report = health.report()
    is_well = all(state == "well" for state in report.values())
    return JsonResponse(report, status=200 if is_well else 503)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the page for a request we could not read."""
    return error_page(
        request,
        status=400,
        title="We could not read that request",
        reason="The browser sent something this page does not understand.",
        todo="Go back, reload the page and try again.",
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the page for what this person may not do."""
    return error_page(
        request,
        status=403,
        title="You may not do this",
        reason="Your role does not include it, or the form had expired.",
        todo="Go back and reload the page, or ask your organisation's administrator.",
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the page for what is not there for this person."""
    return error_page(
        request,
        status=404,
        title="There is nothing here for you",
        reason="The address is mistyped, or belongs to a partnership you are not in.",
        todo="Start from the home page: it lists all that you can open.",
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the page for a fault of ours."""
    return error_page(
        request,
        status=500,
        title="Something went wrong on our side",
        reason="The fault was recorded without any of your data. Nothing was changed.",
        todo="Try again in a minute. If it happens again, tell your operator the time.",
    )
