"""Answers lower floors: needs, navigation, what comes next under an agreement."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from accounts.events import NavigationOf, Need, NeedsOf
from accounts.hooks import subscribe
from accounts.models import User
from agreements.events import Shelf, ShelvesOf, WaysOn
from agreements.models import Agreement
from agreements.pages import spoken
from indicators.models import Holding, ReleaseDecision
from indicators.policy import (
    can_author,
    can_decide,
    can_read,
    can_read_pairs,
    deliverable_flows,
    published_releases,
    visible_deliveries,
    visible_holdings,
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
    return [*_loads(user), *_pairs(user), *_proposals(user), *_decisions(user)]


def _loads(user: User) -> Iterator[Need]:
    for flow in deliverable_flows(user).filter(agreement__state="in_force"):
        if not flow.agreement.deliveries.filter(flow=flow.key).exists():
            yield Need(
                verb="Load data",
                subject=f"for {flow.agreement.number}: {flow.key.lower()}",
                reason=f"You are data steward of {flow.sender.name}.",
                url=reverse("upload", args=[flow.pk]),
            )


def _pairs(user: User) -> Iterator[Need]:
    """Yield the runs in which pairs wait that this person may read."""
    answered = ~Q(readings__answer="")
    runs = visible_runs(user).filter(state="linked").select_related("agreement")
    for run in runs.select_related("review").annotate(
        n_done=Count("readings", filter=answered),
        n_own=Count("readings", filter=answered & Q(readings__reader=user)),
    ):
        is_left = run.n_done < run.n_readings and run.n_own < run.n_to_read
        if is_left and run.counts["to review"] and can_read_pairs(user, run):
            yield Need(
                verb="Read pairs",
                subject=f"of the linkage under {run.agreement.number}",
                reason="What waits is not linked until somebody says who is who.",
                url=reverse("pairs", args=[run.pk]),
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


@subscribe(ShelvesOf)
def shelves(question: ShelvesOf) -> list[Shelf]:
    """Return what is held and what was released under an agreement."""
    return [
        _held(question.user, question.agreement),
        _released(question.user, question.agreement),
    ]


def _held(user: User, agreement: Agreement) -> Shelf:
    """Return the data sets, without their size: a total can point at one child."""
    holdings = visible_holdings(user).filter(agreement=agreement)
    return Shelf(
        heading="Data sets held",
        columns=("Data set", "Whose", "Held since", "Now"),
        rows=tuple(
            (
                each.get_kind_display(),
                each.owner.name,
                _spoken(each.created_at),
                _now(each),
            )
            for each in holdings.select_related("owner").order_by("-pk")
        ),
        empty="Nothing is held. No file has been loaded under it yet.",
    )


def _now(holding: Holding) -> str:
    """Say whether a data set can still be read, and from when no copy can."""
    if holding.destroyed_at is None:
        return "Held, encrypted"
    words = f"Destroyed {_spoken(holding.destroyed_at)}"
    if holding.unrecoverable_from is None:
        return words
    return f"{words}, unrecoverable from {_spoken(holding.unrecoverable_from)}"


def _released(user: User, agreement: Agreement) -> Shelf:
    return Shelf(
        heading="Releases",
        columns=("Release", "School year", "Status", "Published"),
        rows=tuple(
            (
                format_html(
                    '<a class="usa-link" href="{}">{}</a>',
                    each.get_absolute_url(),
                    each.title,
                ),
                each.period or "Not known yet",
                each.state.capitalize(),
                _spoken(each.published_at) if each.published_at else "Not yet",
            )
            for each in visible_releases(user).filter(agreement=agreement)
        ),
        empty="Nothing has been released yet.",
    )


def _spoken(moment: datetime) -> str:
    return spoken(timezone.localtime(moment).date())
