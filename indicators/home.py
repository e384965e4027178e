"""Answers lower floors: needs, navigation, what comes next under an agreement."""

from collections.abc import Iterator

from django.urls import reverse

from accounts.events import NavigationOf, Need, NeedsOf
from accounts.hooks import subscribe
from accounts.models import User
from agreements.events import WaysOn
from indicators.models import ReleaseDecision
from indicators.policy import (
    can_author,
    can_decide,
    can_read,
    deliverable_flows,
    published_releases,
    visible_deliveries,
    visible_releases,
    visible_runs,
)


@subscribe(NavigationOf)
def pages(question: NavigationOf) -> list[tuple[int, str, str]]:
    """Return this floor's pages."""
    return [
        (2, "Data", reverse("data")),
        (3, "Releases", reverse("releases")),
        (4, "Dashboards", reverse("dashboards")),
    ]


@subscribe(NeedsOf)
def needs(question: NeedsOf) -> list[Need]:
    """Return what this floor needs of a person."""
    user = question.user
    return [*_loads(user), *_proposals(user), *_decisions(user)]


def _loads(user: User) -> Iterator[Need]:
    for flow in deliverable_flows(user).filter(agreement__state="in_force"):
        if not flow.agreement.deliveries.filter(flow=flow.key).exists():
            yield Need(
                verb="Load data",
                subject=f"for {flow.agreement.number}: {flow.key.lower()}",
                reason=f"You are data steward of {flow.sender.name}.",
                url=reverse("upload", args=[flow.pk]),
            )


def _proposals(user: User) -> Iterator[Need]:
    for run in visible_runs(user).filter(state="linked", releases=None):
        if can_author(user, run.agreement):
            yield Need(
                verb="Make a release",
                subject=f"under {run.agreement.number}",
                reason="Both lists are linked, and nothing was released from it yet.",
                url=reverse("new_release", args=[run.pk]),
            )
    for release in visible_releases(user).filter(author=user, state="draft"):
        yield Need(
            verb="Propose",
            subject=f"“{release.title}”",
            reason="Its tables are protected and audited.",
            url=release.get_absolute_url(),
        )


def _decisions(user: User) -> Iterator[Need]:
    for decision in ReleaseDecision.objects.filter(
        decided_at=None, release__in=visible_releases(user)
    ).select_related("release", "owner"):
        if can_decide(user, decision):
            yield Need(
                verb="Decide",
                subject=f"on “{decision.release.title}”",
                reason=f"You are data steward of {decision.owner.name}.",
                url=decision.release.get_absolute_url(),
            )


@subscribe(WaysOn)
def ways_on(question: WaysOn) -> list[tuple[str, str]]:
    """Return the next steps under an agreement in force."""
    user, agreement = question.user, question.agreement
    found = []
    if visible_deliveries(user).filter(agreement=agreement).exists() or (
        deliverable_flows(user).filter(agreement=agreement).exists()
    ):
        found.append(("Data under this agreement", reverse("data")))
    newest = published_releases(user).filter(agreement=agreement).first()
    if newest is not None and can_read(user, agreement):
        found.append(("Open the dashboard", reverse("dashboard", args=[newest.pk])))
    return found
