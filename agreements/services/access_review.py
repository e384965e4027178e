"""The review of access: every quarter each party goes through its own people."""

from accounts import clock, jobs
from accounts.acting import act
from accounts.models import User
from agreements.models import Agreement
from agreements.policy import can_review_access
from agreements.queries import today_of
from agreements.queries.upkeep import access_now, lapsed, with_lapsed_access
from agreements.rules.people import sees_records
from partnerships.models import Organisation
from partnerships.policy import people_with
from partnerships.roles import Capability
from partnerships.services.notices import queue_notice


def review_access(
    *, agreement: Agreement, organisation: Organisation, actor: User
) -> int:
    """Return how many people of a party keep access, now that its head looked at it.

    Whoever needs none any more is taken out by an amendment, or leaves the post.
    """
    with act(
        "agreements.review_access",
        actor=actor,
        chain=agreement.chain,
        subject=agreement,
    ) as this:
        can_review_access(actor, agreement, organisation).require()
        entries = access_now(agreement).filter(membership__organisation=organisation)
        rows = list(entries.select_for_update(of=("self",)))
        for entry in rows:
            entry.reviewed_on = today_of(agreement)
            entry.save()
        this.detail |= {"entries": [entry.pk for entry in rows]}
    return len(rows)


def remind_access() -> None:
    """Remind each party every week of what has lapsed of its people with access."""
    jobs.for_each(with_lapsed_access(clock.today()), _remind)


def _remind(agreement: Agreement) -> None:
    today = today_of(agreement)
    entries = access_now(agreement).filter(lapsed(today))
    behind = {
        entry.membership.organisation
        for entry in entries.select_related("membership__organisation")
        if sees_records(entry.sees)
    }
    year, week, _ = today.isocalendar()
    for organisation in behind:
        for person in people_with(Capability.SIGN, organisation):
            queue_notice(
                key=f"access:{agreement.pk}:{organisation.pk}:{year}-{week}",
                recipient=person,
                subject=f"{agreement.number}: access that has lapsed",
                body=f"Training, a pledge or the review of access of somebody at "
                f"{organisation.name} is older than it may be. The agreement's page "
                "says whose. Renew it, or take the person off the access list.",
                path=agreement.get_absolute_url(),
            )
