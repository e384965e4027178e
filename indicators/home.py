"""Answers lower floors: needs, navigation, what comes next under an agreement."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from accounts.events import NavigationOf, Need, NeedsOf
from accounts.hooks import subscribe
from accounts.models import User
from agreements.events import (
    ComingDate,
    ComingDatesOf,
    Likely,
    LikelyOf,
    ReleasesOf,
    Shelf,
    ShelvesOf,
    WaysOn,
)
from agreements.models import Agreement
from agreements.pages import spoken
from indicators.feed_pages import COLUMNS, feed_rows
from indicators.goal_policy import open_target_decisions
from indicators.headcount_pages import likely_of
from indicators.models import Delivery, Holding, Release, ReleaseDecision
from indicators.policy import (
    address_flows,
    can_author,
    can_decide,
    can_read,
    can_read_pairs,
    count_flows,
    deliverable_flows,
    published_releases,
    visible_arrivals,
    visible_deliveries,
    visible_feeds,
    visible_holdings,
    visible_releases,
    visible_runs,
)
from indicators.queries import Standing, feed_of, feed_standings
from indicators.repeat_policy import can_decide_repeats, visible_doubled
from indicators.research_pages import research_needs


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
    return [
        *_waiting(user),
        *_loads(user),
        *_without_rows(user),
        *_doubled(user),
        *_pairs(user),
        *_proposals(user),
        *_decisions(user),
        *_targets(user),
        *research_needs(user),
    ]


def _waiting(user: User) -> Iterator[Need]:
    """Yield the files at the door that were examined and wait for a decision."""
    rows = visible_arrivals(user).filter(state="examined")
    for row in rows.select_related("agreement", "sender"):
        yield Need(
            verb="Look at files",
            subject=f"for {row.agreement.number}: {row.flow.lower()}",
            reason=f"You are data steward of {row.sender.name}. They are erased on "
            f"{_spoken(row.expires_at)} unless somebody loads them.",
            url=row.get_absolute_url(),
        )


def _loads(user: User) -> Iterator[Need]:
    """Return what was never sent or was withdrawn, is due again soon or was missed."""
    flows = deliverable_flows(user).filter(agreement__state="in_force")
    standings = {
        each.flow.pk: each
        for each in feed_standings(visible_feeds(user).filter(pk__in=flows))
    }
    came = set(
        Delivery.objects.filter(
            agreement__in=flows.values("agreement"), state__in=("accepted", "destroyed")
        ).values_list("agreement", "flow")
    )
    for flow in flows:
        standing = standings.get(flow.pk)
        is_first = (flow.agreement_id, flow.key) not in came
        if is_first or (standing is not None and _is_pressing(standing)):
            yield Need(
                verb="Load data",
                subject=f"for {flow.agreement.number}: {flow.key.lower()}",
                reason=f"You are data steward of {flow.sender.name}.",
                url=reverse("upload", args=[flow.pk]),
                due_on=_due(standing) if standing else None,
            )


def _without_rows(user: User) -> Iterator[Need]:
    """Yield the first list of buildings, and the first counts at them, to be sent."""
    lists, counts = address_flows(user), count_flows(user)
    came = set(
        Delivery.objects.filter(
            Q(agreement__in=lists.values("agreement"))
            | Q(agreement__in=counts.values("agreement"))
        ).values_list("agreement", "flow")
    )
    listed = Delivery.objects.filter(
        state="accepted", holding__kind=Holding.Kind.BUILDINGS
    ).values("agreement")
    for route, verb, flows in (
        ("send_buildings", "Send addresses", lists),
        ("send_counts", "Send counts", counts.filter(agreement__in=listed)),
    ):
        for flow in flows.filter(agreement__state="in_force"):
            if (flow.agreement_id, flow.key) not in came:
                yield Need(
                    verb=verb,
                    subject=f"for {flow.agreement.number}: {flow.key.lower()}",
                    reason=f"You are data steward of {flow.sender.name}.",
                    url=reverse(route, args=[flow.pk]),
                )


def _doubled(user: User) -> Iterator[Need]:
    """Yield the lists in which somebody may stand twice and nobody has looked yet."""
    rows = visible_doubled(user).filter(state="accepted")
    for row in rows.annotate(n_decided=Count("repeats", filter=~Q(repeats__answer=""))):
        if row.n_decided < row.n_repeats and can_decide_repeats(user, row):
            yield Need(
                verb="Say who is listed twice",
                subject=f"for {row.agreement.number}: {row.flow.lower()}",
                reason=f"You are data steward of {row.sender.name}. Until somebody "
                "says so, both records stand.",
                url=reverse("repeats", args=[row.pk]),
            )


def _is_pressing(standing: Standing) -> bool:
    """Return whether a delivery was missed, or is due within days and not there."""
    if standing.is_missed:
        return True
    if standing.next_due is None or standing.is_in:
        return False
    left = standing.next_due - standing.today
    return left <= max(feed_of(standing.flow).grace, timedelta(days=1))


def _due(standing: Standing) -> date | None:
    return standing.dates[0].due_on if standing.is_missed else standing.next_due


@subscribe(ComingDatesOf)
def coming_dates(question: ComingDatesOf) -> list[ComingDate]:
    """Return the deliveries that are awaited, or were missed."""
    return [
        ComingDate(
            due_on=due_on,
            what=f"Delivery of “{standing.flow.key}”, {standing.flow.frequency}",
            agreement=standing.flow.agreement,
            who=standing.flow.sender.name,
            state="Missed" if standing.is_missed else "Awaited",
        )
        for standing in feed_standings(visible_feeds(question.user))
        if (due_on := _due(standing)) and not standing.is_in
    ]


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


def _targets(user: User) -> Iterator[Need]:
    for decision in open_target_decisions(user).select_related("target", "party"):
        yield Need(
            verb="Decide",
            subject=f"on the target “{decision.target}”",
            reason=f"You sign for {decision.party.name}.",
            url=decision.target.get_absolute_url(),
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


@subscribe(LikelyOf)
def likely(question: LikelyOf) -> list[Likely]:
    """Return what would show of a draft's tables as it stands."""
    agreement = question.agreement
    return likely_of(question.user, agreement, agreement.breakdowns)


@subscribe(ShelvesOf)
def shelves(question: ShelvesOf) -> list[Shelf]:
    """Return what is awaited, held and released under an agreement."""
    return [
        *_awaited(question.user, question.agreement),
        _held(question.user, question.agreement),
        _released(question.user, question.agreement),
    ]


def _awaited(user: User, agreement: Agreement) -> Iterator[Shelf]:
    feeds = visible_feeds(user).filter(agreement=agreement)
    if rows := feed_rows(feed_standings(feeds)):
        yield Shelf("Recurring deliveries", COLUMNS, tuple(rows), empty="")


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


@subscribe(ReleasesOf)
def releases(question: ReleasesOf) -> list[Shelf]:
    """Return what was released under several agreements, each with its own."""
    found = visible_releases(question.user).filter(agreement__in=question.agreements)
    return [
        Shelf(
            heading="Releases",
            columns=("Release", "Under", "School year", "Status", "Published"),
            rows=tuple(
                (line[0], each.agreement.number, *line[1:])
                for each in found.select_related("agreement")
                for line in [_line_of(each)]
            ),
            empty="Nothing has been released yet.",
        )
    ]


def _released(user: User, agreement: Agreement) -> Shelf:
    return Shelf(
        heading="Releases",
        columns=("Release", "School year", "Status", "Published"),
        rows=tuple(
            _line_of(each)
            for each in visible_releases(user).filter(agreement=agreement)
        ),
        empty="Nothing has been released yet.",
    )


def _line_of(release: Release) -> tuple[object, ...]:
    status, note = release.state.capitalize(), release.source_note
    return (
        format_html(
            '<a class="usa-link" href="{}">{}</a>',
            release.get_absolute_url(),
            release.title,
        ),
        release.period or "Not known yet",
        f"{status}. {note}" if note else status,
        _spoken(release.published_at) if release.published_at else "Not yet",
    )


def _spoken(moment: datetime) -> str:
    return spoken(timezone.localtime(moment).date())
