"""Autosaves of a draft's sections: history at once, ledger at the next save point."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db.models import Model, Q

from accounts.acting import act
from accounts.acts import Conflict, RuleBroken
from accounts.models import User
from agreements import presets
from agreements.models import (
    AccessEntry,
    Agreement,
    DataFlow,
    FlowElement,
    Party,
    Purpose,
)
from agreements.policy import can_edit
from agreements.presets import PURPOSE
from agreements.rules.elements import ELEMENTS
from agreements.rules.vocabulary import Grain
from agreements.services.register import write_search_text
from partnerships.models import Membership, Organisation

SECTION_FIELDS: Mapping[str, tuple[str, ...]] = {
    "parties": ("sending_authority_source", "sending_authority"),
    "purpose": ("title", "public_summary", "measures", "breakdowns", "refresh"),
    "dates": (
        "starts_on",
        "ends_on",
        "implementation_on",
        "review_on",
        "renewal",
        "list_days",
        "release_days",
        "end_days",
        "destroy_by",
        "covers_copies",
    ),
    "protection": (
        "min_cell",
        "breach_hours",
        "contacts",
        "optional_clauses",
        "offered_to",
        "offered_until",
    ),
    "outside": ("onward", "subcontractors"),
    "review": ("review_held_on", "review_findings", "new_targets"),
}
PURPOSE_FIELDS = (
    "text",
    "scope",
    "benefit",
    "uses",
    "study_title",
    "study_kind",
    "program_name",
    "program_is_education",
    "program_supported_by",
    "program_run_by",
    "method",
    "necessity",
    "pii_use",
)
FLOW_FIELDS = (
    "purpose",
    "grain",
    "basis",
    "frequency",
    "method",
    "selection",
    "code_origin",
    "service",
    "attested",
    "scope_places",
    "scope_years",
    "scope_ages",
    "scope_grades",
)
PARTY_FIELDS = ("capacities", "signs")
ELEMENT_FIELDS = ("answers", "collected_under", "reason", "authority", "lineage")


def locked_draft(agreement: Agreement, actor: User) -> Agreement:
    """Return the draft, locked; refuse anybody who may not edit it now."""
    row = Agreement.objects.select_for_update().get(pk=agreement.pk)
    can_edit(actor, row).require()
    return row


@contextmanager
def autosaving(agreement: Agreement, actor: User) -> Iterator[Agreement]:
    """Yield the draft, locked, and keep what is done to it as an autosave."""
    with act(
        "agreements.autosave",
        actor=actor,
        chain=agreement.chain,
        subject=agreement,
        is_save_point=False,
    ):
        row = locked_draft(agreement, actor)
        if actor.pk not in row.drafters:
            row.drafters = [*row.drafters, actor.pk]
            row.save()
        yield row
        write_search_text(row)


def save_section(
    *, agreement: Agreement, section: str, values: Mapping[str, Any], actor: User
) -> None:
    """Save some fields of a section, whatever the rules have to say about them.

    Raises ValueError for a field that the section does not have.
    """
    if unknown := set(values) - set(SECTION_FIELDS[section]):
        raise ValueError(f"{section} has no {sorted(unknown)}")
    with autosaving(agreement, actor) as row:
        _write(row, values)


def _write(row: Model, values: Mapping[str, Any]) -> None:
    changed = {name for name in values if getattr(row, name) != values[name]}
    for name in changed:
        setattr(row, name, values[name])
    if changed:
        row.save()


def _known(values: Mapping[str, Any], fields: Iterable[str]) -> Mapping[str, Any]:
    if unknown := set(values) - set(fields):
        raise ValueError(f"there is no {sorted(unknown)}")
    return values


def add_purpose(*, agreement: Agreement, actor: User) -> Purpose:
    """Return a further purpose of a draft, which says nothing yet."""
    with autosaving(agreement, actor) as row:
        number = 1 + max(
            int(key.rpartition("-")[2] or 1) if "-" in key else 1
            for key in row.purposes.values_list("key", flat=True)
        )
        return Purpose.objects.create(agreement=row, key=f"{PURPOSE}-{number}")


def save_purpose(*, purpose: Purpose, values: Mapping[str, Any], actor: User) -> None:
    """Save what a purpose says, whatever the rules have to say about it."""
    with autosaving(purpose.agreement, actor):
        row = Purpose.objects.select_for_update().get(pk=purpose.pk)
        _write(row, _known(values, PURPOSE_FIELDS))


def remove_purpose(*, purpose: Purpose, actor: User) -> None:
    """Take a purpose out of a draft; no flow may serve it any more."""
    with autosaving(purpose.agreement, actor) as row:
        if purpose.flows.exists():
            raise Conflict("A flow serves this purpose. Give the flow another first.")
        if row.purposes.count() == 1:
            raise Conflict("An agreement has a purpose: change this one instead.")
        purpose.delete()


def add_flow(
    *,
    agreement: Agreement,
    key: str,
    sender: Organisation,
    receiver: Organisation,
    actor: User,
) -> DataFlow:
    """Return a new flow between parties of a draft: tables, until it says otherwise."""
    if not key.strip():
        raise RuleBroken("Give what is sent a name, such as “Attendance records”.")
    with autosaving(agreement, actor) as row:
        parties = set(row.parties.values_list("organisation", flat=True))
        if not {sender.pk, receiver.pk} <= parties:
            raise RuleBroken("Choose two parties of this agreement.")
        if row.flows.filter(key=key).exists():
            raise Conflict(f"“{key}” is in the schedule already.")
        return DataFlow.objects.create(
            agreement=row,
            key=key,
            purpose=row.purposes.earliest("pk"),
            sender=sender,
            receiver=receiver,
            grain=Grain.AGGREGATE,
        )


def save_flow(*, flow: DataFlow, values: Mapping[str, Any], actor: User) -> None:
    """Save how, why and on what ground something is sent, and whose rows it holds.

    scope_places: codes of the sender's buildings or schools; their names are kept with
    them, so that the text stays as it was signed.
    """
    with autosaving(flow.agreement, actor) as agreement:
        row = DataFlow.objects.select_for_update().get(pk=flow.pk)
        purpose = values.get("purpose", row.purpose)
        if purpose.agreement_id != agreement.pk:
            raise Conflict("The purpose belongs to another agreement.")
        said = dict(_known(values, FLOW_FIELDS))
        if "scope_places" in said:
            said["scope_places"] = _named_places(row, said["scope_places"])
        _write(row, said)


def _named_places(flow: DataFlow, codes: Iterable[str]) -> list[list[str]]:
    """Return places as [code, name]; those chosen before keep the name they had."""
    chosen = {*codes}
    sites = dict(flow.sender.sites.order_by("name").values_list("code", "name"))
    known = sites | dict(flow.scope_places)
    if chosen - known.keys():
        raise Conflict("Choose buildings or schools of the sender.")
    return [[code, name] for code, name in known.items() if code in chosen]


def remove_flow(*, flow: DataFlow, actor: User) -> None:
    """Take a flow and its elements out of a draft."""
    with autosaving(flow.agreement, actor):
        if flow.proofs.exists():
            raise Conflict("A record on file is about this flow. Change it instead.")
        for element in flow.elements.all():
            element.delete()
        flow.delete()


def set_signatory(*, party: Party, signatory: Membership | None, actor: User) -> None:
    """Name who signs for a party: somebody of that party."""
    if signatory and signatory.organisation_id != party.organisation_id:
        raise RuleBroken("The signatory belongs to another organisation.")
    with autosaving(party.agreement, actor):
        row = Party.objects.select_for_update().get(pk=party.pk)
        if row.signatory != signatory:
            row.signatory = signatory
            row.save()


def add_party(
    *, agreement: Agreement, organisation: Organisation, actor: User
) -> Party:
    """Return an organisation of the partnership, now in a draft."""
    with autosaving(agreement, actor) as row:
        places = row.partnership.participations
        if not places.filter(organisation=organisation).exists():
            raise RuleBroken(
                f"{organisation.name} is not in this partnership. Invite it first."
            )
        if row.parties.filter(organisation=organisation).exists():
            raise Conflict(f"{organisation.name} is in the agreement already.")
        return Party.objects.create(agreement=row, organisation=organisation)


def save_party(*, party: Party, values: Mapping[str, Any], actor: User) -> None:
    """Save what a party does in a draft, and whether the text binds it."""
    with autosaving(party.agreement, actor):
        said = dict(_known(values, PARTY_FIELDS))
        _write(Party.objects.select_for_update().get(pk=party.pk), said)


def remove_party(*, party: Party, actor: User) -> None:
    """Take an organisation out of a draft; it sends and receives nothing any more."""
    with autosaving(party.agreement, actor) as row:
        ends = Q(sender=party.organisation) | Q(receiver=party.organisation)
        if row.flows.filter(ends).exists():
            raise Conflict(
                f"{party.organisation.name} sends or receives something. Take that out "
                "of the schedule first."
            )
        for entry in row.access.filter(membership__organisation=party.organisation):
            entry.delete()
        if party.papers.exists():
            raise Conflict("A signature of this party on paper is on record. It stays.")
        for kept in (row.findings, row.proofs):
            if kept.filter(party=party.organisation).exists():
                raise Conflict(
                    "Records of this party are on file. Take them off first."
                )
        party.delete()


def list_element(*, flow: DataFlow, code: str, actor: User) -> FlowElement:
    """Return the element, newly listed in a flow's schedule."""
    if code not in ELEMENTS:
        raise RuleBroken("Choose an element from the catalogue.")
    element = ELEMENTS[code]
    if element.category.is_never_shared:
        raise RuleBroken(
            f"“{element.label}” may never be shared, whatever an agreement says "
            f"({element.category.in_words.lower()}). Leave it out."
        )
    with autosaving(flow.agreement, actor):
        if flow.elements.filter(code=code).exists():
            raise Conflict(f"{element.label} is listed already.")
        return FlowElement.objects.create(flow=flow, code=code)


def list_needed(*, flow: DataFlow, actor: User) -> None:
    """List in a flow what the chosen measures are counted from.

    A field that is listed already answers these measures as well from now on.
    """
    with autosaving(flow.agreement, actor) as row:
        for code, measures in presets.needed_by(row.measures).items():
            element, _ = flow.elements.get_or_create(code=code)
            element.answers = sorted({*element.answers, *measures})
            element.save()


def save_element(
    *, element: FlowElement, values: Mapping[str, Any], actor: User
) -> None:
    """Save what an element answers, and how its sender came to have it."""
    with autosaving(element.flow.agreement, actor):
        row = FlowElement.objects.select_for_update().get(pk=element.pk)
        said = dict(_known(values, ELEMENT_FIELDS))
        if "answers" in said:
            said["answers"] = sorted(said["answers"])
        _write(row, said)


def unlist_elements(
    *, agreement: Agreement, elements: Iterable[FlowElement], actor: User
) -> None:
    """Remove elements from a draft's schedule."""
    with autosaving(agreement, actor) as row:
        for element in elements:
            if element.flow.agreement_id != row.pk:
                raise Conflict("The element belongs to another agreement.")
            element.delete()


def set_access(
    *,
    agreement: Agreement,
    membership: Membership,
    sees: Iterable[str],
    from_on: date | None,
    until_on: date | None,
    actor: User,
) -> AccessEntry:
    """Return a person's line of the access list, new or changed."""
    with autosaving(agreement, actor) as row:
        entry = AccessEntry.objects.filter(
            agreement=row, membership=membership
        ).first() or AccessEntry(agreement=row, membership=membership)
        entry.sees, entry.from_on, entry.until_on = sorted(sees), from_on, until_on
        entry.save()
        return entry


def remove_access(*, entry: AccessEntry, actor: User) -> None:
    """Take a person off the access list of a draft."""
    with autosaving(entry.agreement, actor):
        entry.delete()
