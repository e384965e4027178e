"""Who says whether two records of a delivery are one person, and links by it."""

from django.db.models import QuerySet

from accounts.acts import Decision, allow, too_late
from accounts.models import User
from agreements.permission import Deliver
from agreements.policy import visible_agreements
from agreements.queries import permitted
from indicators.lifecycle import DELIVERY
from indicators.models import Delivery, LinkageRun
from indicators.policy import can_link
from partnerships.policy import acts_for, may_for
from partnerships.roles import Capability


def visible_doubled(user: User) -> QuerySet[Delivery]:
    """Return the deliveries of a person's own organisation with pairs to decide.

    Nobody else has them: not the party that links, which reads other receipts.
    """
    return Delivery.objects.filter(
        agreement__in=visible_agreements(user),
        sender__in=acts_for(user, Capability.DELIVER),
        n_repeats__gt=0,
    ).select_related("agreement", "sender", "holding")


def can_decide_repeats(user: User, delivery: Delivery) -> Decision:
    """Return whether a person may see a delivery's pairs and decide on them.

    That is whoever may send such records now: what they say is a part of the list.
    """
    role = may_for(user, Capability.DELIVER, delivery.sender)
    if not role:
        return role
    if delivery.state != DELIVERY.initial or not delivery.holding.is_held:
        return too_late(
            "These records are not in use any more: newer ones came, they were "
            "withdrawn, or they are destroyed. Nothing of them is left to decide."
        )
    return permitted(
        delivery.agreement,
        Deliver(flow=delivery.flow, sender=str(delivery.sender_id), columns=()),
    )


def can_link_again(user: User, run: LinkageRun, delivery: Delivery) -> Decision:
    """Return whether a person may have a run's lists linked again by the answers."""
    may = can_decide_repeats(user, delivery)
    if not may:
        return may
    if run.state != "linked":
        return too_late(
            "A linkage is under way or has stopped, so there is nothing to link again "
            "yet. It takes the answers that there are when it begins."
        )
    linking = can_link(run.agreement)
    return allow(may.clause) if linking else linking
