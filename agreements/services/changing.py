"""Amend, renew, end by agreement: drafts that change an agreement in force.

Such a draft begins with all that is in force and is drafted, approved and signed like
any other. Its text holds what reads differently. Once executed its terms run in place
of those before, and the agreement's own rows say what is now in force.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from textwrap import shorten
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Model

from accounts import clock
from accounts.acting import act
from accounts.acts import RuleBroken
from accounts.models import User
from agreements.models import (
    AccessEntry,
    Agreement,
    ClauseWording,
    DataFlow,
    FlowElement,
    Party,
    Purpose,
    Standing,
)
from agreements.policy import can_copy
from agreements.queries import IN_FORCE, edition_digest, is_change
from agreements.rules.vocabulary import AgreementKind
from agreements.services.copying import (
    COPIED,
    copy_access,
    copy_flows,
    copy_parties,
    copy_wordings,
)
from agreements.services.drafting import TITLE, next_number, started_before
from agreements.services.obligations import move_to_terms
from agreements.services.register import write_search_text
from agreements.services.standing import require_current

DATES = ("starts_on", "ends_on", "implementation_on", "review_on", "destroy_by")
LIVE = ("offered_until", *DATES)
# What a change states of its own, and does not hand on.
_ITS_OWN = ("kind", "title")
_WHAT = {
    AgreementKind.AMENDMENT: "Amendment",
    AgreementKind.RENEWAL: "Renewal",
    AgreementKind.TERMINATION: "End",
}


def start_change(
    *,
    agreement: Agreement,
    kind: AgreementKind,
    actor: User,
    token: UUID | None = None,
) -> Agreement:
    """Return a new draft that changes an agreement in force, and says what it says.

    token: of the page on which it was asked for. Raises ValueError for a kind that
    changes nothing, and RuleBroken while the agreement is not in force.
    """
    if not kind.changes_another:
        raise ValueError(f"{kind} changes no agreement")
    can_copy(actor, agreement).require()
    if agreement.state not in IN_FORCE:
        raise RuleBroken(
            f"{agreement.number} is not in force: there is nothing to "
            "change. Copy it as new instead."
        )
    if is_change(agreement):
        raise RuleBroken(
            f"{agreement.number} changed another agreement. Change that one instead."
        )
    partnership = agreement.partnership
    with transaction.atomic():
        if first := started_before(partnership, actor, token):
            return first
        today = clock.today(
            [each.time_zone for each in partnership.organisations.all()]
        )
        with act(
            "agreements.start_change",
            actor=actor,
            chain=partnership.chain,
            detail={"changed": agreement.pk},
        ) as this:
            draft = Agreement.objects.create(
                partnership=partnership,
                number=next_number(today.year, kind),
                start_token=token,
                drafted_by=actor,
                drafters=[actor.pk],
                kind=kind.upper(),
                title=shorten(
                    f"{_WHAT[kind]} of {agreement.number}: {agreement.title}",
                    TITLE,
                    placeholder=" …",
                ),
                **{
                    name: getattr(agreement, name)
                    for name in (*COPIED, *LIVE)
                    if name not in _ITS_OWN
                }
                | _dates_of(agreement, kind, today),
            )
            Standing.objects.create(
                agreement=draft,
                parent=agreement,
                terms_digest=edition_digest(agreement),
            )
            copy_parties(agreement, draft)
            copy_flows(agreement, draft)
            copy_access(agreement, draft, with_dates=kind is not AgreementKind.RENEWAL)
            copy_wordings(agreement, draft)
            write_search_text(draft)
            this.subject = f"agreements.agreement:{draft.pk}"
    return draft


def _dates_of(
    agreement: Agreement, kind: AgreementKind, today: date
) -> dict[str, date | None]:
    """Return the dates that a change proposes instead of those in force."""
    ends_on = agreement.ends_on
    if ends_on is None:
        return {}
    if kind is AgreementKind.TERMINATION:
        last = min(today, ends_on)
        after = timedelta(days=agreement.end_days or 0)
        by = min(filter(None, (last + after, agreement.destroy_by)))
        return {"ends_on": last, "destroy_by": by, "review_on": last}
    if kind is AgreementKind.RENEWAL:
        longer = (ends_on - (agreement.starts_on or today)) + timedelta(days=1)
        return {
            name: day + longer
            for name in ("ends_on", "review_on", "destroy_by")
            if (day := getattr(agreement, name))
        }
    return {}


def take_effect(change: Agreement) -> None:
    """Let an agreement say what an executed change of it says. Called inside an act."""
    row = require_current(change)
    before = Agreement.objects.get(pk=row.pk)
    for name in (*COPIED, *LIVE):
        if name not in _ITS_OWN:
            setattr(row, name, getattr(change, name))
    row.save()
    _take_parties(change, row)
    _take_flows(change, row)
    of = {"agreement": row}
    _take(AccessEntry, change.access.all(), row.access.all(), "membership_id", of)
    _take(ClauseWording, change.wordings.all(), row.wordings.all(), "key", of)
    move_to_terms(agreement=row, before=before)
    write_search_text(row)


def _take(
    model: type[Model],
    said: Iterable[Any],
    there: Iterable[Any],
    by: str,
    of: Mapping[str, Model],
    also: Callable[[Any], Mapping[str, Any]] = lambda each: {},
) -> dict[Any, Any]:
    """Make rows say what those of the change say, and return them by a field.

    by: the field that tells which row is which. of: what they belong to. Whatever is
    said no longer is deleted; its history stays.
    """
    old = {getattr(each, by): each for each in there}
    kept = {}
    for each in said:
        key = getattr(each, by)
        values = {
            field.attname: getattr(each, field.attname)
            for field in model._meta.concrete_fields
            if field.name not in ("id", "purpose", *of)
        } | dict(also(each))
        row = old.pop(key, None) or model(**of)
        if row.pk is None or any(getattr(row, k) != v for k, v in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            row.save()
        kept[key] = row
    for gone in old.values():
        gone.delete()
    return kept


def _take_parties(change: Agreement, row: Agreement) -> None:
    there = list(row.parties.all())
    staying = set(change.parties.values_list("organisation", flat=True))
    for party in there:
        if party.organisation_id not in staying and party.papers.exists():
            party.capacities, party.signs = [], False  # its ink stays on record
            party.save()
            staying.add(party.organisation_id)
            there.remove(party)
    _take(Party, change.parties.all(), there, "organisation_id", {"agreement": row})


def _take_flows(change: Agreement, row: Agreement) -> None:
    for gone in row.flows.exclude(key__in=change.flows.values("key")):
        for about in (*gone.proofs.all(), *gone.elements.all()):
            about.delete()
        gone.delete()
    of = {"agreement": row}
    old = row.purposes.all()
    staying = old.filter(key__in=change.purposes.values("key"))
    purposes = _take(Purpose, change.purposes.all(), staying, "key", of)
    flows = _take(
        DataFlow,
        change.flows.select_related("purpose"),
        row.flows.all(),
        "key",
        of,
        also=lambda each: {"purpose_id": purposes[each.purpose.key].pk},
    )
    for purpose in old.exclude(key__in=purposes):
        purpose.delete()
    for said in change.flows.prefetch_related("elements"):
        flow = flows[said.key]
        _take(
            FlowElement,
            said.elements.all(),
            flow.elements.all(),
            "code",
            {"flow": flow},
        )
