"""The way that a text will take: who decides for each owner, in which order."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median

from agreements.models import Agreement, Approval, RouteStep
from agreements.models.routes import What
from agreements.queries.routes import PLAIN, Stage
from agreements.queries.standing import owners_of
from partnerships.models import Membership, Organisation
from partnerships.roles import Role

FEWEST = 3  # decisions from which one can say what is usual
NEWEST = 50


@dataclass(frozen=True, slots=True)
class Way:
    """How one owner will come to its approval.

    asked: the names of those who act first and get an e-mail. usual_days: the median of
    its newest decisions, from the day the text came; None where there are too few.
    """

    owner: Organisation
    stages: tuple[Stage, ...]
    asked: tuple[str, ...]
    usual_days: int | None


def ways_of(agreement: Agreement) -> tuple[Way, ...]:
    """Return the way of each owner; the number of queries is always the same."""
    owners = list(owners_of(agreement))
    stages = _stages(owners)
    people = _people(owners)
    days = _days(owners)
    return tuple(
        Way(
            owner=owner,
            stages=stages[owner.pk],
            asked=tuple(people.get((owner.pk, stages[owner.pk][0].role), ())),
            usual_days=days.get(owner.pk),
        )
        for owner in owners
    )


def _stages(owners: Sequence[Organisation]) -> dict[int, tuple[Stage, ...]]:
    rows = RouteStep.objects.filter(organisation__in=owners).exclude(what=What.SIGNS)
    own = {
        key: tuple(Stage(What(row.what), Role(row.role), row.title) for row in steps)
        for key, steps in groupby(
            rows.order_by("organisation", "order", "pk"), lambda r: r.organisation_id
        )
    }
    return {owner.pk: own.get(owner.pk, PLAIN) for owner in owners}


def _people(owners: Sequence[Organisation]) -> dict[tuple[int, str], list[str]]:
    present = Membership.objects.filter(
        organisation__in=owners, ended_on=None, user__is_active=True
    )
    found: dict[tuple[int, str], list[str]] = {}
    for each in present.select_related("user").order_by("pk"):
        found.setdefault((each.organisation_id, each.role), []).append(each.user.name)
    return found


def _days(owners: Sequence[Organisation]) -> dict[int, int]:
    given = Approval.objects.filter(owner__in=owners, decided_at__isnull=False)
    taken: dict[int, list[int]] = {}
    newest = (
        given.exclude(state="carried")
        .select_related("round")
        .defer("round__text")
        .order_by("-decided_at")
    )
    for each in newest[:NEWEST]:
        if each.decided_at:
            days = (each.decided_at - each.round.opened_at).days
            taken.setdefault(each.owner_id, []).append(days)
    return {
        owner: round(median(days))
        for owner, days in taken.items()
        if len(days) >= FEWEST
    }
