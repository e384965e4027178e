"""Shows times in the time zone of the reader's organisation."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from partnerships.policy import standing_of


class ReaderTimeZoneMiddleware:
    """Activates the zone of a person's first organisation for the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        held = standing_of(request.user) if request.user.is_authenticated else []
        zone = held[0].organisation.time_zone if held else "UTC"
        with timezone.override(zone):
            return self.get_response(request)
