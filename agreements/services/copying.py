"""Copy as new: a draft that begins with what another agreement says."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Model

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
    Purpose,
)
from agreements.policy import can_copy
from agreements.rules.vocabulary import AgreementKind
from agreements.services.drafting import (
    accepted_organisations,
    next_number,
    started_before,
)
from agreements.services.register import write_search_text
from partnerships.models import Membership

COPIED = (
    "kind",
    "model",
    "title",
    "public_summary",
    "measures",
    "breakdowns",
    "refresh",
    "min_cell",
    "list_days",
    "release_days",
    "end_days",
    "breach_hours",
    "contacts",
    "optional_clauses",
    "renewal",
    "covers_copies",
    "onward",
    "subcontractors",
    "offered_to",
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
    organisations = accepted_organisations(partnership)
    with transaction.atomic():
        if first := started_before(partnership, actor, token):
            return first
        today = clock.today(each.time_zone for each in organisations)
        with act(
            "agreements.copy_as_new",
            actor=actor,
            chain=partnership.chain,
            detail={"copied": agreement.pk},
        ) as this:
            copy = Agreement.objects.create(
                partnership=partnership,
                number=next_number(today.year, AgreementKind(agreement.kind.lower())),
                start_token=token,
                drafted_by=actor,
                drafters=[actor.pk],
                **{name: getattr(agreement, name) for name in COPIED},
            )
            copy_parties(agreement, copy)
            copy_flows(agreement, copy)
            copy_access(agreement, copy)
            copy_wordings(agreement, copy)
            write_search_text(copy)
            this.subject = f"agreements.agreement:{copy.pk}"
    return copy


def is_held(membership: Membership) -> bool:
    """Return whether somebody still holds a role and may sign in."""
    return membership.ended_on is None and membership.user.is_active


def said_by(row: Model, *of: str) -> dict[str, Any]:
    """Return all that a row says but its key and what it belongs to."""
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.name not in ("id", *of)
    }


def copy_parties(agreement: Agreement, copy: Agreement) -> None:
    """Let the same parties be in a draft; whoever left signs for nobody."""
    for party in agreement.parties.select_related("signatory__user"):
        said = said_by(party, "agreement")
        if party.signatory and not is_held(party.signatory):
            said["signatory_id"] = None
        Party.objects.create(agreement=copy, **said)


def copy_flows(agreement: Agreement, copy: Agreement) -> None:
    """Let a draft say what is sent, and what for."""
    purposes = {
        purpose.pk: Purpose.objects.create(
            agreement=copy, **said_by(purpose, "agreement")
        )
        for purpose in agreement.purposes.all()
    }
    for flow in agreement.flows.prefetch_related("elements"):
        copied = DataFlow.objects.create(
            agreement=copy,
            purpose=purposes[flow.purpose_id],
            **said_by(flow, "agreement", "purpose"),
        )
        for element in flow.elements.all():
            FlowElement.objects.create(flow=copied, **said_by(element, "flow"))


def copy_access(
    agreement: Agreement, copy: Agreement, *, with_dates: bool = False
) -> None:
    """Let a draft list the people who still hold their role."""
    for entry in agreement.access.select_related("membership__user"):
        if is_held(entry.membership):
            dates = {"from_on": entry.from_on, "until_on": entry.until_on}
            AccessEntry.objects.create(
                agreement=copy,
                membership=entry.membership,
                sees=entry.sees,
                **(dates if with_dates else {}),
            )


def copy_wordings(agreement: Agreement, copy: Agreement) -> None:
    """Let a draft have the same clauses in the parties' own words."""
    for wording in agreement.wordings.all():
        ClauseWording.objects.create(
            agreement=copy,
            key=wording.key,
            title=wording.title,
            text=wording.text,
            is_own=wording.is_own,
            is_indemnity=wording.is_indemnity,
        )
