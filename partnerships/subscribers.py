"""Answers the basement: mail on the minute, navigation, standing."""

from django.conf import settings
from django.urls import reverse

from accounts.events import MinutePassed, NavigationOf, StandingOf
from accounts.hooks import subscribe
from partnerships.policy import standing_of
from partnerships.roles import Role
from partnerships.services.notices import deliver_pending


@subscribe(MinutePassed)
def send_mail(event: MinutePassed) -> None:
    """Hand queued messages to the mail server."""
    deliver_pending()


@subscribe(NavigationOf)
def pages(question: NavigationOf) -> list[tuple[int, str, str]]:
    """Return this floor's pages."""
    found = [(6, "Partnerships", reverse("partnerships"))]
    if any(each.role == Role.ADMINISTRATOR for each in standing_of(question.user)):
        found.append((7, "People", reverse("people")))
    if settings.DEMO:
        found.append((8, "Outbox", reverse("outbox")))
    return found


@subscribe(StandingOf)
def roles(question: StandingOf) -> list[str]:
    """Return a person's roles in words."""
    return [
        f"{membership.role_label}, {membership.organisation.name}"
        for membership in standing_of(question.user)
    ]
