"""What the drop box sends: loaded when it is clean, else at the door for a person."""

from collections.abc import Sequence
from typing import BinaryIO

from django.conf import settings

from accounts.acts import Conflict, Refused, RuleBroken
from accounts.models import User
from agreements.models import DataFlow
from indicators.models import Arrival, Delivery
from indicators.services.arrivals import Waiting, bring, overtake
from indicators.services.deliveries import receive
from partnerships.policy import people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice


def deliver_or_bring(
    *,
    flow: DataFlow,
    files: Sequence[BinaryIO],
    attests_exclusions: bool,
    actor: User,
) -> Delivery:
    """Return the delivery that a program's files make.

    Raises Waiting where somebody must decide something first: the files wait then, and
    the sender's stewards are told.
    """
    try:
        made = receive(
            flow=flow, files=files, attests_exclusions=attests_exclusions, actor=actor
        )
    except (Refused, Conflict):
        raise
    except RuleBroken:
        if not files:
            raise
        row = bring(
            flow=flow,
            files=files,
            actor=actor,
            way=Arrival.Way.DROP_BOX,
            attests_exclusions=attests_exclusions,
        )
        _tell(row)
        raise Waiting(row, words_of(row)) from None
    overtake(flow=flow, actor=actor)
    return made


def words_of(arrival: Arrival) -> str:
    """Return what a program is told of files that wait for a person."""
    link = settings.PUBLIC_URL + arrival.get_absolute_url()
    return (
        "Nothing was loaded yet: somebody must look at the files first, before "
        f"{arrival.expires_at:%Y-%m-%d %H:%M} UTC, when they are erased. {link}"
    )


def _tell(arrival: Arrival) -> None:
    for person in people_with(Capability.DELIVER, arrival.sender):
        queue_notice(
            key=f"arrival:{arrival.pk}",
            recipient=person,
            subject=f"{arrival.agreement.number}: files in the drop box wait for you",
            body=(
                f"Files came for “{arrival.flow}” that cannot be loaded as they are. "
                "Their page shows why. Nothing is kept unless somebody loads them "
                "there within a day. What is said there of headings is used for the "
                "next files with the same ones."
            ),
            path=arrival.get_absolute_url(),
        )
