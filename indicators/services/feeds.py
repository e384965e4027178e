"""Feeds: what came for a due date, and who is told that nothing did."""

from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from accounts import jobs
from accounts.acting import System, act
from accounts.models import User
from agreements.models import Agreement, DataFlow
from agreements.permission import Deliver
from agreements.queries import permitted
from indicators.lifecycle import FEED
from indicators.models import Delivery, FeedDate
from indicators.policy import can_deliver
from indicators.queries import feed_of, recurring, sender_today
from partnerships.policy import people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice

CLAUSE = "C49"


def note_arrival(*, delivery: Delivery, is_unchanged: bool = False) -> FeedDate | None:
    """Return the due date that a delivery satisfies; None if there is none left.

    Called inside the act that accepts the delivery, or finds it to be the same again.
    """
    flow = _feeds().filter(agreement=delivery.agreement, key=delivery.flow).first()
    if flow is None:
        return None
    came_on = sender_today(flow)
    dates = FeedDate.objects.select_for_update().filter(
        agreement=flow.agreement, flow=flow.key
    )
    missed = {row.due_on for row in dates.filter(state="missed")}
    due_on = feed_of(flow).counts_for(came_on, missed=missed)
    if due_on is None:
        return None
    row = dates.filter(due_on=due_on).first() or _date_of(flow, due_on=due_on)
    if not FEED.allows(row.state, "arrive"):
        return row  # something came for it already
    row.state = FEED.move(row.state, "arrive")
    row.came_on, row.delivery, row.is_unchanged = came_on, delivery, is_unchanged
    row.save()
    return row


def take_back(*, delivery: Delivery) -> None:
    """Let the due dates for which a delivery came be awaited again.

    Called inside the act that withdraws it.
    """
    for row in FeedDate.objects.select_for_update().filter(delivery=delivery):
        row.state = FEED.move(row.state, "take_back")
        row.came_on, row.delivery, row.is_unchanged = None, None, False
        row.save()


def note_again(*, delivery: Delivery, actor: User) -> None:
    """Record that the delivery which stands came again, unchanged, for its due date.

    Nothing is written where something came for that date already.
    """
    flow = _feeds().filter(agreement=delivery.agreement, key=delivery.flow).first()
    if flow is None or not _is_awaited(flow):
        return
    can_deliver(actor, flow).require()
    with act(
        "indicators.receive_again",
        actor=actor,
        chain=delivery.agreement.chain,
        subject=delivery,
        detail={"flow": delivery.flow},
    ):
        Agreement.objects.select_for_update().get(pk=delivery.agreement_id)
        note_arrival(delivery=delivery, is_unchanged=True)


def record_misses() -> None:
    """Record each due date for which nothing came, and tell people of it once."""
    jobs.for_each(_feeds().filter(agreement__state="in_force"), _record_miss)


def _record_miss(flow: DataFlow) -> None:
    due_on = feed_of(flow).to_tell(sender_today(flow))
    if due_on is None or _is_settled(flow, due_on):
        return
    agreement = flow.agreement
    request = Deliver(flow=flow.key, sender=str(flow.sender_id), columns=())
    if not permitted(agreement, request):
        return
    with transaction.atomic():
        locked = Agreement.objects.select_for_update().get(pk=agreement.pk)
        if locked.state != "in_force" or _is_settled(flow, due_on):
            return  # it ended, or something came, a moment ago
        row = _dates(flow).filter(due_on=due_on).first() or _date_of(
            flow, due_on=due_on
        )
        with act(
            "indicators.miss_delivery",
            actor=System(CLAUSE),
            chain=agreement.chain,
            subject=row,
            detail={"flow": flow.key, "due_on": due_on.isoformat()},
        ):
            row.state = FEED.move(row.state, "miss")
            row.told = _tell(flow, row)
            row.save()


def _tell(flow: DataFlow, row: FeedDate) -> list[int]:
    """Tell the stewards of sender and receiver, and return their keys."""
    number, day = flow.agreement.number, f"{row.due_on:%B} {row.due_on.day}"
    grace = feed_of(flow).grace.days
    stewards = people_with(Capability.DELIVER, flow.sender) | people_with(
        Capability.DELIVER, flow.receiver
    )
    people = list(stewards.distinct().order_by("pk"))
    for person in people:
        queue_notice(
            key=f"feed:{flow.pk}:{row.due_on}",
            recipient=person,
            subject=f"{number}: a delivery due on {day} has not come",
            body=(
                f"{flow.sender.name} sends “{flow.key}” {flow.frequency}, and nothing "
                f"came by {day}, {row.due_on.year}. "
                + (
                    f"What comes within {grace} days still counts for that date."
                    if grace
                    else "The next one is due on the next working day."
                )
            ),
            path="/data/",
        )
    return [person.pk for person in people]


def _feeds() -> QuerySet[DataFlow]:
    flows = DataFlow.objects.select_related("agreement", "sender", "receiver")
    return recurring(flows)


def _dates(flow: DataFlow) -> QuerySet[FeedDate]:
    return FeedDate.objects.filter(agreement=flow.agreement, flow=flow.key)


def _is_settled(flow: DataFlow, due_on: date) -> bool:
    """Return whether something came for a date, or it was told of as missed."""
    return _dates(flow).filter(due_on=due_on).exclude(state=FEED.initial).exists()


def _date_of(flow: DataFlow, *, due_on: date) -> FeedDate:
    return FeedDate(
        agreement=flow.agreement, flow=flow.key, sender=flow.sender, due_on=due_on
    )


def _is_awaited(flow: DataFlow) -> bool:
    missed = _dates(flow).filter(state="missed").values_list("due_on", flat=True)
    due_on = feed_of(flow).counts_for(sender_today(flow), missed=set(missed))
    if due_on is None:
        return False
    return not _dates(flow).filter(due_on=due_on, came_on__isnull=False).exists()
