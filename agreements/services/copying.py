"""Copy as new: a draft that begins with what another agreement says."""

from uuid import UUID

from django.db import transaction

from accounts import clock
from accounts.acting import act
from accounts.models import User
from agreements.models import (
    AccessEntry,
    Agreement,
    ClauseWording,
    DataFlow,
    FlowElement,
    Party,
)
from agreements.policy import can_copy
from agreements.services.drafting import next_number, sides_of, started_before
from agreements.services.register import write_search_text
from partnerships.models import Membership

COPIED = (
    "kind",
    "model",
    "title",
    "purpose",
    "scope",
    "benefit",
    "public_summary",
    "measures",
    "breakdowns",
    "min_cell",
    "list_days",
    "release_days",
    "end_days",
    "breach_hours",
    "contacts",
    "optional_clauses",
    "sending_authority_source",
    "sending_authority",
)
"""What a copy takes over; it has a number, drafters, a state and dates of its own."""


def copy_as_new(
    *, agreement: Agreement, actor: User, token: UUID | None = None
) -> Agreement:
    """Return a new draft in the same partnership that says what `agreement` says.

    It has no dates, findings or approvals, and lists only people who still hold their
    role. token: of the page on which it was asked for; asked for twice there, it is
    copied once. Raises RuleBroken unless every organisation is in the partnership.
    """
    can_copy(actor, agreement).require()
    partnership = agreement.partnership
    sides = sides_of(partnership)
    with transaction.atomic():
        if first := started_before(partnership, actor, token):
            return first
        today = clock.today(side.time_zone for side in sides.values())
        with act(
            "agreements.copy_as_new",
            actor=actor,
            chain=partnership.chain,
            detail={"copied": agreement.pk},
        ) as this:
            copy = Agreement.objects.create(
                partnership=partnership,
                number=next_number(today.year),
                start_token=token,
                drafted_by=actor,
                drafters=[actor.pk],
                **{name: getattr(agreement, name) for name in COPIED},
            )
            _copy_parties(agreement, copy)
            _copy_flows(agreement, copy)
            _copy_access(agreement, copy)
            _copy_wordings(agreement, copy)
            write_search_text(copy)
            this.subject = f"agreements.agreement:{copy.pk}"
    return copy


def _is_held(membership: Membership) -> bool:
    return membership.ended_on is None and membership.user.is_active


def _copy_parties(agreement: Agreement, copy: Agreement) -> None:
    for party in agreement.parties.select_related("signatory__user"):
        signatory = party.signatory
        Party.objects.create(
            agreement=copy,
            organisation_id=party.organisation_id,
            capacities=party.capacities,
            signatory=signatory if signatory and _is_held(signatory) else None,
        )


def _copy_flows(agreement: Agreement, copy: Agreement) -> None:
    for flow in agreement.flows.prefetch_related("elements"):
        copied = DataFlow.objects.create(
            agreement=copy,
            key=flow.key,
            sender_id=flow.sender_id,
            receiver_id=flow.receiver_id,
            grain=flow.grain,
            basis=flow.basis,
            frequency=flow.frequency,
            method=flow.method,
        )
        for element in flow.elements.all():
            FlowElement.objects.create(
                flow=copied,
                code=element.code,
                answers=element.answers,
                collected_under=element.collected_under,
            )


def _copy_access(agreement: Agreement, copy: Agreement) -> None:
    for entry in agreement.access.select_related("membership__user"):
        if _is_held(entry.membership):
            AccessEntry.objects.create(
                agreement=copy, membership=entry.membership, sees=entry.sees
            )


def _copy_wordings(agreement: Agreement, copy: Agreement) -> None:
    for wording in agreement.wordings.all():
        ClauseWording.objects.create(
            agreement=copy,
            key=wording.key,
            title=wording.title,
            text=wording.text,
            is_own=wording.is_own,
        )
