"""How much a request may send, refused before any of it is read.

A form is small. Only an address that takes files is sent more, and, but for the page
that checks documents, only by a person who has signed in: anybody else could keep a
thread reading for as long as they like.
"""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from accounts.web import error_page

# Django keeps at most DATA_UPLOAD_MAX_MEMORY_SIZE of a form; the rest is its frame.
MOST_FORM_BYTES = 3 * 1024 * 1024
GRACE_SECONDS = 60.0
SLOWEST_BYTES_PER_SECOND = 64_000  # a file, over a line of half a megabit a second


class BodyMiddleware:
    """Refuses a body that is too large or of no known length, with a page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "Transfer-Encoding" in request.headers:
            return _refuse(
                request,
                status=HTTPStatus.LENGTH_REQUIRED,
                title="The request does not say how long it is",
                reason="It was sent in chunks, which is not taken here.",
                todo="Send it with a Content-Length, as every browser does.",
            )
        n_bytes = int(request.META.get("CONTENT_LENGTH") or 0)
        most = _most_of_files(request) if n_bytes else 0
        if most:
            seconds = GRACE_SECONDS + most / SLOWEST_BYTES_PER_SECOND
            _tell_connection(request, body_seconds=seconds)
        elif n_bytes > MOST_FORM_BYTES:
            return _refuse(
                request,
                status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                title="That is more than is taken here",
                reason="Only a signed-in person may send files, where files are loaded."
                " Nothing was stored.",
                todo="If you were loading files, sign in again and start from the data "
                "page.",
            )
        return self.get_response(request)


def _most_of_files(request: HttpRequest) -> int:
    """Return how many bytes of files this person may send here; 0 for none."""
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return 0
    most: int = getattr(view, "most_body_bytes", 0)
    takes_of_anybody: bool = getattr(view, "takes_of_anybody", False)
    return most if takes_of_anybody or request.user.is_authenticated else 0


def _refuse(
    request: HttpRequest, *, status: HTTPStatus, title: str, reason: str, todo: str
) -> HttpResponse:
    """Return the page of a refusal, after which the connection ends."""
    _tell_connection(request, is_refused=True)
    return error_page(request, status=status, title=title, reason=reason, todo=todo)


def _tell_connection(request: HttpRequest, **told: float) -> None:
    """Set what a config.patience.PatientSocket goes by, where the server has one."""
    connection = request.META.get("gunicorn.socket")
    for name, value in told.items():
        if connection is not None and hasattr(connection, name):
            setattr(connection, name, value)
