"""Shows times in the time zone of the reader's organisation."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from partnerships.policy import memberships_of


class ReaderTimeZoneMiddleware:
    """Activates the zone of a person's first organisation for the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        membership = (
            memberships_of(request.user).first()
            if request.user.is_authenticated
            else None
        )
        zone = membership.organisation.time_zone if membership else "UTC"
        with timezone.override(zone):
            return self.get_response(request)
