"""Guards, regions and the frame that every page shares."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers

from accounts import demo, hooks
from accounts.acts import Conflict, Refused, RuleBroken
from accounts.events import NavigationOf, PublicPages, StandingOf
from accounts.models import User

View = Callable[..., HttpResponseBase]


class SignedInRequest(HttpRequest):
    """The request of a guarded view: somebody is signed in."""

    user: User


MOST_DIGITS = 18  # of a key that a database holds


def as_key(said: str | None) -> int | None:
    """Return the key of a row that a form sent; None for whatever can be none."""
    if said and said.isascii() and said.isdecimal() and len(said) <= MOST_DIGITS:
        return int(said)
    return None


_SECOND_FACTOR_PATHS = ("/accounts/2fa/", "/accounts/logout/", "/accounts/reauth")


def guarded(view: View) -> View:
    """Return the view, marked: signed-in people only, scoped by `visible_*`."""
    view.guard = "guarded"  # type: ignore[attr-defined]
    return view


def open_to_public(view: View) -> View:
    """Return the view, marked: anybody may see it."""
    view = login_not_required(view)
    view.guard = "public"  # type: ignore[attr-defined]
    return view


def render_region(
    request: HttpRequest, page: str, region: str, context: dict[str, Any]
) -> HttpResponse:
    """Return the region alone to htmx, else the page that includes it."""
    is_region = request.headers.get("HX-Request") == "true"
    response = render(request, region if is_region else page, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return what base.html needs on every page."""
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    pages = [(0, "Home", "/"), *hooks.ask(NavigationOf(user))] if signed_in else []
    shown = {} if signed_in or not settings.DEMO else _demo_accounts()
    return shown | {
        "demo": settings.DEMO,
        "organisation_name": settings.AGENCY_NAME,
        "help_email": settings.HELP_EMAIL,
        "public_pages": hooks.ask(PublicPages()),
        "standing": hooks.ask(StandingOf(user)) if signed_in else [],
        "nav": [
            (label, url, _is_current(request.path, url))
            for _, label, url in sorted(pages)
        ],
    }


def _demo_accounts() -> dict[str, Any]:
    return {
        "demo_accounts": [
            {"email": actor.email, "does": f"{actor.name} {actor.does}"}
            for actor in demo.CAST
        ],
        "demo_password": demo.PASSWORD,
    }


def _is_current(path: str, url: str) -> bool:
    return path == url if url == "/" else path.startswith(url)


def error_page(
    request: HttpRequest, *, status: int, title: str, reason: str, todo: str
) -> HttpResponse:
    """Return an error page that says what is wrong, why and what to do."""
    context = {"status": status, "title": title, "reason": reason, "todo": todo}
    return render(request, "error.html", context, status=status)


def _holds_nul(request: HttpRequest) -> bool:
    """Return whether a form holds NUL, which PostgreSQL cannot store."""
    if request.content_type != "application/x-www-form-urlencoded":
        return False
    return any("\0" in text for _, texts in request.POST.lists() for text in texts)


class RefusalMiddleware:
    """Turns what cannot be read, and a RuleBroken that no form caught, into pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # Django takes a body that broke off for one without its token.
        if getattr(request.META.get("gunicorn.socket"), "has_stalled", False):
            return error_page(
                request,
                status=HTTPStatus.REQUEST_TIMEOUT,
                title="The sending stopped before all had arrived",
                reason="For too long nothing came, or too little. Nothing was stored.",
                todo="Check your connection, go back and send it again.",
            )
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            page = error_page(
                request,
                status=response.status_code,
                title="This address only takes what a button sends",
                reason="It was opened as a page, perhaps after signing in again.",
                todo="Start from the home page: it lists all that waits for you.",
            )
            page["Allow"] = response["Allow"]
            return page
        return response

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        """Return the page for a form with NUL, once Django has read all of it."""
        if not _holds_nul(request):
            return None
        return error_page(
            request,
            status=HTTPStatus.BAD_REQUEST,
            title="What was sent holds a character that no text has",
            reason="It is the NUL character, which cannot be stored.",
            todo="Go back, type the text anew and send it again.",
        )

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        """Return the page for a broken rule; leave every other exception alone."""
        if not isinstance(exception, RuleBroken):
            return None
        title = "That cannot be done as asked"
        if isinstance(exception, Refused):
            title = "You may not do this"
        elif isinstance(exception, Conflict):
            title = "This has changed meanwhile"
        return error_page(
            request,
            status=exception.status,
            title=title,
            reason=exception.message,
            todo="Go back, or start again from the home page. Nothing was changed.",
        )


class SecondFactorMiddleware:
    """Leads a person without a second factor to its set-up before anything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SECOND_FACTOR_REQUIRED and request.user.is_authenticated:
            from allauth.mfa.utils import is_mfa_enabled

            exempt = request.path.startswith(_SECOND_FACTOR_PATHS)
            if not exempt and not is_mfa_enabled(request.user):
                return redirect("mfa_activate_totp")
        return self.get_response(request)
