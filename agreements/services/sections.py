"""Autosaves of a draft's sections: history at once, ledger at the next save point."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from accounts.acting import act
from accounts.acts import Conflict, RuleBroken
from accounts.models import User
from agreements.models import AccessEntry, Agreement, DataFlow, FlowElement, Party
from agreements.policy import can_edit
from agreements.rules.elements import ELEMENTS
from agreements.services.register import write_search_text
from partnerships.models import Membership

SECTION_FIELDS: Mapping[str, tuple[str, ...]] = {
    "parties": ("sending_authority_source", "sending_authority"),
    "purpose": (
        "title",
        "purpose",
        "scope",
        "benefit",
        "public_summary",
        "measures",
        "breakdowns",
    ),
    "dates": (
        "starts_on",
        "ends_on",
        "implementation_on",
        "review_on",
        "list_days",
        "release_days",
        "end_days",
        "destroy_by",
    ),
    "protection": ("min_cell", "breach_hours", "contacts", "optional_clauses"),
}


def locked_draft(agreement: Agreement, actor: User) -> Agreement:
    """Return the draft, locked; refuse anybody who may not edit it now."""
    row = Agreement.objects.select_for_update().get(pk=agreement.pk)
    can_edit(actor, row).require()
    return row


@contextmanager
def autosaving(agreement: Agreement, actor: User) -> Iterator[Agreement]:
    """Hold a draft, locked, while one of its parts is saved."""
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
        changed = {name for name in values if getattr(row, name) != values[name]}
        for name in changed:
            setattr(row, name, values[name])
        if changed:
            row.save()


def set_signatory(*, party: Party, signatory: Membership | None, actor: User) -> None:
    """Name who signs for a party: somebody of that party."""
    if signatory and signatory.organisation_id != party.organisation_id:
        raise RuleBroken("The signatory belongs to another organisation.")
    with autosaving(party.agreement, actor):
        row = Party.objects.select_for_update().get(pk=party.pk)
        if row.signatory != signatory:
            row.signatory = signatory
            row.save()


def list_element(*, flow: DataFlow, code: str, actor: User) -> FlowElement:
    """Return the element, newly listed in a flow's schedule."""
    if code not in ELEMENTS:
        raise RuleBroken("Choose an element from the catalogue.")
    with autosaving(flow.agreement, actor):
        if flow.elements.filter(code=code).exists():
            raise Conflict(f"{ELEMENTS[code].label} is listed already.")
        return FlowElement.objects.create(flow=flow, code=code)


def set_answers(
    *,
    element: FlowElement,
    answers: Iterable[str],
    collected_under: str,
    actor: User,
) -> None:
    """Say which analyses an element answers and how its sender came to have it."""
    with autosaving(element.flow.agreement, actor):
        row = FlowElement.objects.select_for_update().get(pk=element.pk)
        before = (sorted(row.answers), row.collected_under)
        if before != (sorted(answers), collected_under):
            row.answers, row.collected_under = sorted(answers), collected_under
            row.save()


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
