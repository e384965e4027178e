"""What this floor reads: feeds, destruction dates, releases and votes on them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.timezone import localdate

from accounts import clock
from accounts.models import User
from agreements.deadlines import business_days_after
from agreements.models import Agreement, DataFlow, Obligation
from agreements.queries import facts_of, mandate_of, today_of
from agreements.queries.in_force import CHANGES
from agreements.rules.vocabulary import Frequency, Grain, SharingModel
from indicators.feeds import GRACE_DAYS, Feed
from indicators.measures.asked import Permitted, listed_in, permitted_by
from indicators.measures.keeping import Listed
from indicators.models import (
    FeedDate,
    Holding,
    Intervention,
    LearnedModel,
    Release,
    Target,
)
from indicators.published import goals
from indicators.published.document import Document, from_record

FeedKey = tuple[int, str]
SETTLED = ("published", "withdrawn", "declined", "stopped")


@dataclass(frozen=True, slots=True)
class Standing:
    """One feed as it stands today: its newest dates first, and whom a miss was told."""

    flow: DataFlow
    today: date
    next_due: date | None
    is_in: bool
    dates: tuple[FeedDate, ...]
    told: dict[int, str]

    @property
    def is_missed(self) -> bool:
        """Whether the last date has passed and nothing has come for it yet."""
        return bool(self.dates) and self.dates[0].state == "missed"


def destruction_due(holding: Holding) -> date | None:
    """Return the day by which what was delivered is destroyed; None once it is."""
    if not holding.is_held:
        return None
    duties = Obligation.objects.filter(
        agreement=holding.agreement_id,
        kind=Obligation.Kind.LINKING_LIST,
        discharged_at=None,
    )
    return duties.values_list("due_on", flat=True).first()


def accepted_model(agreement: Agreement) -> LearnedModel | None:
    """Return the learned model by which an agreement's lists are linked, if any."""
    return LearnedModel.objects.filter(agreement=agreement, state="accepted").first()


def permitted_under(agreement: Agreement) -> Permitted:
    """Return what releases under an agreement may count, and by what (R-076)."""
    mandate = mandate_of(agreement)
    analyses = mandate.analyses if mandate else ()
    return permitted_by((each.measure, each.breakdowns) for each in analyses)


def listed_for(agreement: Agreement) -> Listed:
    """Return what linking keeps frames for."""
    return listed_in(permitted_under(agreement))


def document_of(release: Release) -> Document:
    """Return what a release publishes; its tables must have been made."""
    return from_record(release.document)


def recurring(flows: QuerySet[DataFlow]) -> QuerySet[DataFlow]:
    """Return the flows that are feeds: records that move again and again.

    An amendment's flows are those of the agreement that it changes. Where addresses
    alone are shared, records do not come here.
    """
    moving = flows.filter(
        grain=Grain.RECORD,
        frequency__in=[each.value for each in GRACE_DAYS],
        agreement__ends_on__isnull=False,
        agreement__executed_at__isnull=False,
    )
    return moving.exclude(agreement__kind__in=CHANGES).exclude(
        agreement__model=SharingModel.ADDRESS_ONLY
    )


def feed_of(flow: DataFlow) -> Feed:
    """Return the feed of a flow that moves again and again, in its sender's days."""
    agreement = flow.agreement
    executed_at, ends_on = agreement.executed_at, agreement.ends_on
    assert executed_at is not None and ends_on is not None
    in_force_on = executed_at.astimezone(ZoneInfo(flow.sender.time_zone)).date()
    agreed = (agreement.starts_on, agreement.implementation_on, in_force_on)
    return Feed(
        frequency=Frequency(flow.frequency),
        starts_on=max(each for each in agreed if each is not None),
        ends_on=ends_on,
    )


def sender_today(flow: DataFlow) -> date:
    """Return today's date where the sender of a flow is."""
    return clock.today([flow.sender.time_zone])


def feed_standings(flows: Iterable[DataFlow], *, most_dates: int = 7) -> list[Standing]:
    """Return where feeds stand today, in as many queries for one as for a hundred."""
    feeds = list(flows)
    found: dict[FeedKey, list[FeedDate]] = defaultdict(list)
    for row in FeedDate.objects.filter(
        agreement__in=[flow.agreement_id for flow in feeds]
    ):
        if len(dates := found[row.agreement_id, row.flow]) < most_dates:
            dates.append(row)
    people = {key for dates in found.values() for row in dates for key in row.told}
    told = dict(User.objects.filter(pk__in=people).values_list("pk", "name"))
    moment = clock.moment()
    standings = []
    for flow in feeds:
        newest = tuple(found[flow.agreement_id, flow.key])
        today = moment.astimezone(ZoneInfo(flow.sender.time_zone)).date()
        next_due = feed_of(flow).next_due(today)
        is_in = any(row.due_on == next_due and row.came_on for row in newest)
        standings.append(Standing(flow, today, next_due, is_in, newest, told))
    return standings


def targets_of(agreement: Agreement) -> tuple[goals.Target, ...]:
    """Return the targets that every party of an agreement has agreed."""
    return tuple(
        goals.Target(
            key=row.pk,
            measure=row.measure,
            dim=row.dim,
            value=row.value,
            baseline=row.baseline_period,
            steps=(
                (row.short_year, row.short_percent),
                (row.long_year, row.long_percent),
            ),
            is_lower_better=row.is_lower_better,
        )
        for row in Target.objects.filter(agreement=agreement, state="agreed").order_by(
            "group_label", "pk"
        )
    )


def interventions_of(agreement: Agreement) -> tuple[goals.Intervention, ...]:
    """Return what the parties of an agreement have stated was done, in its order."""
    return tuple(
        goals.Intervention(
            key=row.pk,
            what=row.what,
            provider=row.provider,
            dim=row.dim,
            places=tuple(row.places),
            first_on=row.first_on,
            last_on=row.last_on,
        )
        for row in Intervention.objects.filter(agreement=agreement, state="stated")
    )


def blind_until(release: Release) -> date | None:
    """Return the last day on which votes are hidden, or None where all may see them.

    A round that its author or a newer file ended before all had voted tells no more
    than an open one.
    """
    if release.proposed_at is None or release.state in SETTLED:
        return None
    agreement = release.agreement
    n_days = facts_of(agreement).handling.release_review_days
    last = business_days_after(localdate(release.proposed_at), n_days)
    return last if today_of(agreement) <= last else None
