"""Telling people when somebody leaves on whom a text under way depends."""

from collections.abc import Iterator

from django.db.models import Q

from accounts.models import User
from agreements.models import Agreement, Approval
from agreements.policy import people_in
from agreements.queries.routes import current_step
from partnerships.models import Membership
from partnerships.policy import people_with
from partnerships.roles import Capability, Role
from partnerships.services.notices import queue_notice

UNDER_WAY = ("review", "approved", "signing")


def tell_of_leaver(membership: Membership) -> None:
    """Tell who can put it right what a role that ended leaves undone.

    Called inside the act of leaving. The messages name the agreement, and nobody.
    """
    named = Q(parties__signatory=membership) | Q(access__membership=membership)
    for agreement in Agreement.objects.filter(named, state__in=UNDER_WAY).distinct():
        _tell_of_name(agreement, membership)
    waiting = Approval.objects.filter(
        owner=membership.organisation_id, round__is_open=True, decided_at=None
    ).select_related("round__agreement", "owner")
    for approval in waiting:
        step = current_step(approval)
        if step and not people_in({step.role}, approval.owner).exists():
            _tell_of_gap(approval, Role(step.role))


def _directors(agreement: Agreement) -> Iterator[User]:
    """Yield who can take a text back to its draft."""
    for party in agreement.parties.select_related("organisation"):
        yield from people_with(Capability.DRAFT, party.organisation)


def _tell_of_name(agreement: Agreement, membership: Membership) -> None:
    for director in _directors(agreement):
        queue_notice(
            key=f"left:{agreement.pk}:{membership.pk}",
            recipient=director,
            subject=f"{agreement.number} names somebody who has left",
            body=f"Somebody who was to sign it, or to have access under it, has left "
            f"{membership.organisation.name}. It cannot take effect as it is. Reopen "
            "the draft, name somebody else, and send it again.",
            path=agreement.get_absolute_url(),
        )


def _tell_of_gap(approval: Approval, role: Role) -> None:
    agreement, owner = approval.round.agreement, approval.owner
    for person in (*_directors(agreement), *people_with(Capability.OPERATE, owner)):
        queue_notice(
            key=f"undecided:{approval.pk}:{role}",
            recipient=person,
            subject=f"{agreement.number} waits for a decision that nobody can take",
            body=f"{owner.name}'s route asks its {role.label.lower()}, and nobody has "
            "that role now. Its administrator gives the role to somebody. A director "
            "then reopens the draft and sends it again.",
            path=agreement.get_absolute_url(),
        )
