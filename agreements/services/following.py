"""What follows from an agreement in force: projects under it, and joining it."""

from collections.abc import Iterable, Sequence
from datetime import date
from textwrap import shorten
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts import clock
from accounts.acting import act
from accounts.acts import RuleBroken
from accounts.models import User
from agreements import presets
from agreements.models import (
    AccessEntry,
    Agreement,
    DataFlow,
    FlowElement,
    Party,
    Purpose,
    Standing,
)
from agreements.offer_policy import can_join
from agreements.policy import can_copy
from agreements.queries import IN_FORCE
from agreements.queries.in_force import offering_in
from agreements.rules.vocabulary import AgreementKind, Sight
from agreements.services.copying import COPIED, is_held, said_by
from agreements.services.drafting import (
    TITLE,
    accepted_organisations,
    next_number,
    started_before,
)
from agreements.services.register import write_search_text
from partnerships.models import Membership, Organisation, Partnership
from partnerships.policy import acts_for
from partnerships.roles import Capability

# What binds a project already, by the agreements above it.
_BOUND_ABOVE = ("optional_clauses", "offered_to", "public_summary", "title", "kind")
# What each side of a joinder states for itself.
_STATED_ANEW = (
    "offered_to",
    "sending_authority_source",
    "sending_authority",
    "title",
    "kind",
)
_ENDS = ("ends_on", "review_on", "destroy_by")


def start_project(
    *, parents: Sequence[Agreement], actor: User, token: UUID | None = None
) -> Agreement:
    """Return a new data use agreement under agreements in force of one partnership.

    It begins as wide as they are together, so that it only need be narrowed. Asked for
    twice on a page (`token`), it is started once.
    """
    if not parents:
        raise RuleBroken("Choose the agreement under which the project stands.")
    for parent in parents:
        can_copy(actor, parent).require()
        if parent.state not in IN_FORCE:
            raise RuleBroken(
                f"{parent.number} is not in force, so nothing can stand under it. Have "
                "it signed first."
            )
    first = parents[0]
    if any(each.partnership_id != first.partnership_id for each in parents):
        raise RuleBroken("Choose agreements of one partnership.")
    partnership = first.partnership
    with transaction.atomic():
        if draft := started_before(partnership, actor, token):
            return draft
        with act(
            "agreements.start_project",
            actor=actor,
            chain=partnership.chain,
            detail={"under": [each.pk for each in parents]},
        ) as this:
            today = clock.today(
                partnership.organisations.values_list("time_zone", flat=True)
            )
            numbers = " and ".join(each.number for each in parents)
            draft = _new(
                partnership,
                AgreementKind.DATA_USE,
                f"Project under {numbers}: {first.title}",
                parents,
                today,
                leaving=_BOUND_ABOVE,
                actor=actor,
                token=token,
            )
            for parent in parents:
                _add_parties(parent, draft)
                _add_flows(parent, draft)
                _add_access(parent, draft, parent.parties.values("organisation"))
            write_search_text(draft)
            this.subject = f"agreements.agreement:{draft.pk}"
    return draft


def _new(
    partnership: Partnership,
    kind: AgreementKind,
    title: str,
    parents: Sequence[Agreement],
    today: date,
    *,
    leaving: tuple[str, ...],
    actor: User,
    token: UUID | None,
) -> Agreement:
    """Return a draft as wide as its parents together, and no longer than any."""
    first = parents[0]
    said: dict[str, Any] = {
        name: getattr(first, name) for name in COPIED if name not in leaving
    }
    for name in ("measures", "breakdowns", "onward", "subcontractors"):
        said[name] = _union(getattr(each, name) for each in parents)
    for name in _ENDS:
        said[name] = min(
            (day for each in parents if (day := getattr(each, name))), default=None
        )
    said["min_cell"] = max(each.min_cell or 0 for each in parents)
    draft = Agreement.objects.create(
        partnership=partnership,
        number=next_number(today.year, kind),
        start_token=token,
        drafted_by=actor,
        drafters=[actor.pk],
        kind=kind.upper(),
        title=shorten(title, TITLE, placeholder=" …"),
        starts_on=today,
        implementation_on=today,
        **said,
    )
    for parent in parents:
        Standing.objects.create(agreement=draft, parent=parent)
    return draft


def _union(lists: Iterable[list[Any]]) -> list[Any]:
    found: list[Any] = []
    for each in lists:
        found += [one for one in each if one not in found]
    return found


def _add_parties(parent: Agreement, draft: Agreement) -> None:
    there = set(draft.parties.values_list("organisation", flat=True))
    for party in parent.parties.exclude(organisation__in=there).select_related(
        "signatory__user"
    ):
        said = said_by(party, "agreement")
        if party.signatory and not is_held(party.signatory):
            said["signatory_id"] = None
        Party.objects.create(agreement=draft, **said)


def _add_flows(parent: Agreement, draft: Agreement) -> None:
    for flow in parent.flows.select_related("purpose").prefetch_related("elements"):
        _add_flow(flow, draft)


def _add_purpose(purpose: Purpose, draft: Agreement) -> Purpose:
    """Return the purpose of a draft that says what one elsewhere says."""
    if there := draft.purposes.filter(text=purpose.text).first():
        return there
    said = said_by(purpose, "agreement", "key")
    number = draft.purposes.count() + 1
    key = presets.PURPOSE if number == 1 else f"{presets.PURPOSE}-{number}"
    return Purpose.objects.create(agreement=draft, key=key, **said)


def _add_flow(flow: DataFlow, draft: Agreement, **ends: Organisation) -> None:
    """Let a draft list a flow as it is listed elsewhere, under a name of its own."""
    purpose = _add_purpose(flow.purpose, draft)
    key = flow.key
    if draft.flows.filter(key=key).exists():
        key = f"{key[:25]} ({flow.sender.name[:10]})"
    said = said_by(flow, "agreement", "purpose", "key", *ends)
    if "sender" in ends:
        said["scope_places"] = []  # the buildings or schools of somebody else
    listed = DataFlow.objects.create(
        agreement=draft, purpose=purpose, key=key, **said, **ends
    )
    for element in flow.elements.all():
        FlowElement.objects.create(flow=listed, **said_by(element, "flow"))


def _add_access(parent: Agreement, draft: Agreement, of: Any) -> None:
    """List the people of organisations who are on a parent's list and still there."""
    there = set(draft.access.values_list("membership", flat=True))
    entries = parent.access.filter(membership__organisation__in=of)
    for entry in entries.exclude(membership__in=there).select_related(
        "membership__user"
    ):
        if is_held(entry.membership):
            AccessEntry.objects.create(
                agreement=draft,
                membership=entry.membership,
                sees=entry.sees,
                from_on=draft.starts_on,
                until_on=draft.ends_on,
            )


def start_joinder(
    *,
    offer: Agreement,
    partnership: Partnership,
    actor: User,
    token: UUID | None = None,
) -> Agreement:
    """Return a new joinder: somebody accepts the terms that an agreement offers.

    partnership: of whoever joins and of whoever offers, and of nobody else whose
    records are in it. It lists what others of the joiner's kind send and get.
    """
    can_join(actor, offer).require()
    organisations = {each.pk: each for each in accepted_organisations(partnership)}
    offering = [
        each for each in offering_in(offer) if each.organisation_id in organisations
    ]
    own = set(acts_for(actor, Capability.DRAFT).values_list("pk", flat=True))
    joiners = [
        each
        for each in organisations.values()
        if each.kind == offer.offered_to
        and each.pk in own
        and not offer.parties.filter(organisation=each).exists()
    ]
    if not offering or len(joiners) != 1:
        raise RuleBroken(
            "Choose a partnership of your organisation with whoever offers these "
            "terms. Form one first if there is none."
        )
    joiner = joiners[0]
    with transaction.atomic():
        if draft := started_before(partnership, actor, token):
            return draft
        with act(
            "agreements.start_joinder",
            actor=actor,
            chain=partnership.chain,
            detail={"joined": offer.pk},
        ) as this:
            draft = _new(
                partnership,
                AgreementKind.JOINDER,
                f"Joining {offer.number}: {offer.title}",
                [offer],
                clock.today(each.time_zone for each in organisations.values()),
                leaving=_STATED_ANEW,
                actor=actor,
                token=token,
            )
            _add_joining_parties(offer, draft, joiner, offering)
            receiving = {each.organisation_id for each in offering}
            _add_joining_flows(offer, draft, joiner, receiving)
            _add_access(offer, draft, list(receiving))
            _list_people(draft, joiner)
            write_search_text(draft)
            this.subject = f"agreements.agreement:{draft.pk}"
    return draft


def _add_joining_parties(
    offer: Agreement, draft: Agreement, joiner: Organisation, offering: list[Party]
) -> None:
    alike = offer.parties.filter(organisation__kind=joiner.kind).first()
    signatory = (
        Membership.objects.filter(organisation=joiner, ended_on=None)
        .exclude(authority_source="")
        .order_by("pk")
        .first()
    )
    Party.objects.create(
        agreement=draft,
        organisation=joiner,
        capacities=alike.capacities if alike else ["owner"],
        signatory=signatory,
    )
    for party in offering:
        Party.objects.create(agreement=draft, **said_by(party, "agreement"))


def _add_joining_flows(
    offer: Agreement, draft: Agreement, joiner: Organisation, receiving: set[int]
) -> None:
    """List what whoever offers gets from, sends to, and keeps for such a joiner.

    What the offered terms are for stands in the draft at least, as in every text.
    """
    listed: set[str] = set()
    flows = offer.flows.select_related("purpose", "sender", "receiver")
    for flow in flows.prefetch_related("elements"):
        ends = {
            name: joiner
            for name, end in (("sender", flow.sender), ("receiver", flow.receiver))
            if end.pk not in receiving and end.kind == joiner.kind
        }
        left = {flow.sender_id, flow.receiver_id} & receiving
        is_whole = len(ends) + len(left) == 2 or flow.sender_id == flow.receiver_id
        if is_whole and left and flow.key not in listed and (ends or len(left) == 1):
            listed.add(flow.key)
            _add_flow(flow, draft, **ends)
    if not listed:  # nobody of the joiner's kind is in it: the joiner lists what it is
        for purpose in offer.purposes.all():
            _add_purpose(purpose, draft)


def _list_people(draft: Agreement, joiner: Organisation) -> None:
    for membership in Membership.objects.filter(
        organisation=joiner, role__in=presets.ON_THE_LIST, ended_on=None
    ):
        AccessEntry.objects.create(
            agreement=draft,
            membership=membership,
            sees=[Sight.TABLES.value],
            from_on=draft.starts_on,
            until_on=draft.ends_on,
        )
