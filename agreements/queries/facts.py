"""Reads rows into facts: what the rules, the text and the mandate are made of."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any

from django.db.models import Prefetch, QuerySet

from accounts import clock
from accounts.queries import identity_checked
from agreements.clauses import assemble, with_mandatory_clauses
from agreements.digests import digest_of
from agreements.lifecycle import AGREEMENT
from agreements.models import (
    AccessEntry,
    Agreement,
    ApprovalRound,
    DataFlow,
    Override,
    PaperOriginal,
    Party,
    ProofRecord,
    Standing,
)
from agreements.queries.in_force import amended_by, with_changes
from agreements.queries.library import versions_in_use
from agreements.queries.proofs import (
    authorities_in,
    consent_forms_in,
    determinations_in,
    notices_in,
    original_in,
    overrides_in,
    parents_in,
    reviews_by_approval,
    reviews_in,
    state_reviews_of,
)
from agreements.queries.routes import board_acts_of
from agreements.queries.schedule import access_in, analyses_in, flow_in, purposes_in
from agreements.rules import facts as f
from agreements.rules.vocabulary import (
    AgreementKind,
    Basis,
    Capacity,
    PartyType,
    Renewal,
    SharingModel,
)
from agreements.terms_text import part_of, terms_of
from partnerships.models import Organisation

DESTRUCTION_METHOD = "cryptographic erase (NIST SP 800-88 Rev. 2, Purge)"


def with_all_facts(agreements: QuerySet[Agreement]) -> QuerySet[Agreement]:
    """Return agreements with all that facts need, in a few queries for them all."""
    outside = Agreement.objects.filter(kind="RED", state="in_force").only("partnership")
    return agreements.select_related("partnership", "drafted_by").prefetch_related(
        Prefetch(
            "parties",
            Party.objects.select_related("organisation", "signatory__user"),
        ),
        Prefetch(
            "flows",
            DataFlow.objects.select_related("purpose", "sender").prefetch_related(
                "elements", "sender__sites"
            ),
        ),
        Prefetch(
            "access",
            AccessEntry.objects.select_related(
                "membership__user", "membership__organisation"
            ),
        ),
        Prefetch("proofs", ProofRecord.objects.select_related("flow")),
        Prefetch("overrides", Override.objects.select_related("counsel")),
        Prefetch("originals", PaperOriginal.objects.defer("content")),
        Prefetch(
            "standings",
            Standing.objects.select_related("parent").prefetch_related(
                "parent__rounds", with_changes("parent__", "agreement__rounds")
            ),
        ),
        with_changes(
            "",
            "agreement__proofs__flow",
            "agreement__overrides__counsel",
            "agreement__findings",
        ),
        Prefetch(
            "partnership__agreements",
            outside.prefetch_related("parties"),
            to_attr="redisclosures",
        ),
        "purposes",
        "findings",
        "wordings",
    )


def today_of(agreement: Agreement) -> date:
    """Return today's date in the strictest owner's time zone."""
    zones = Organisation.objects.filter(
        pk__in=agreement.parties.values("organisation")
    ).values_list("time_zone", flat=True)
    return clock.today(list(zones) or ["UTC"])


def facts_of(agreement: Agreement) -> f.AgreementFacts:
    """Return everything about an agreement that a rule or a clause may read."""
    row = with_all_facts(Agreement.objects.all()).get(pk=agreement.pk)
    newest = row.rounds.defer("text").first()
    checked = identity_checked(entry.membership.user_id for entry in row.access.all())
    facts = read_facts(row)
    facts = replace(
        facts,
        counsel_reviews=(
            *facts.counsel_reviews,
            *reviews_by_approval(newest, [each.digest for each in facts.wordings]),
        ),
        board_acts=board_acts_of(newest),
        state_reviews=state_reviews_of(row, row.ends_on),
        holds=tuple(
            f.Hold(owner=str(hold.owner_id), records="")
            for hold in row.holds.filter(closed_at=None)
        ),
        access=tuple(
            replace(entry, is_identity_checked=int(entry.person) in checked)
            for entry in facts.access
        ),
    )
    return replace(facts, parts=_parts(row, facts, newest))


def _parts(
    row: Agreement, facts: f.AgreementFacts, newest: ApprovalRound | None
) -> Mapping[str, str]:
    """Return the digest of the part of the text that each signing party has."""
    standing = None if row.state == AGREEMENT.initial else newest
    frozen = standing.part_digests if standing else {}  # of the owners' parts
    others = {each.key for each in facts.parties if each.signs} - frozen.keys()
    text: Mapping[str, Any] = {}
    if others and standing:
        text = standing.text
    elif others:
        text = {"terms": terms_of(facts), "clauses": text_of(facts)}
    read = {party: digest_of(part_of(text, party)) for party in sorted(others)}
    return MappingProxyType({**read, **frozen})


def read_facts(row: Agreement) -> f.AgreementFacts:
    """Return the facts of an agreement that `with_all_facts` loaded.

    What more queries are needed for stands in `facts_of` alone: the states' law, open
    holds, whose identity is checked, and whether counsel read the text as it stands.
    """
    zones = [party.organisation.time_zone for party in row.parties.all()]
    changed = amended_by(row)
    chosen = f.AgreementFacts(
        kind=AgreementKind(row.kind.lower()),
        model=SharingModel(row.model),
        today=clock.today(zones or ["UTC"]),
        parties=tuple(_party(party) for party in row.parties.all()),
        purposes=purposes_in(row),
        analyses=analyses_in(row),
        flows=tuple(flow_in(flow) for flow in row.flows.all()),
        access=tuple(access_in(entry) for entry in row.access.all()),
        term=f.Term(
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            implementation_on=row.implementation_on,
            review_on=row.review_on,
            renewal=Renewal(row.renewal) if row.renewal else None,
        ),
        destruction=f.Destruction(
            list_days=row.list_days,
            release_days=row.release_days,
            end_days=row.end_days,
            destroy_by=row.destroy_by,
            method=DESTRUCTION_METHOD,
            covers_copies=row.covers_copies,
        ),
        handling=f.Handling(contacts=row.contacts, breach_hours=row.breach_hours),
        min_cell=row.min_cell,
        clauses=frozenset(row.optional_clauses),
        wordings=tuple(
            f.Wording(
                clause=each.key,
                title=each.title,
                text=each.text,
                is_own=each.is_own,
                is_indemnity=each.is_indemnity,
            )
            for each in row.wordings.all()
        ),
        onward=_onward(row),
        subcontractors=tuple(f.Subcontractor(**each) for each in row.subcontractors),
        offer=(
            f.Offer(joiner_type=PartyType(row.offered_to), until_on=row.offered_until)
            if row.offered_to and row.offered_until
            else None
        ),
        original=original_in(row),
        parents=parents_in(row),
        redisclosure=_with_redisclosure(row),
        amended=_amended(changed) if changed else None,
        review_held=f.ReviewHeld(
            held_on=row.review_held_on,
            findings=row.review_findings,
            new_targets=row.new_targets,
        ),
        has_public_summary=bool(row.public_summary.strip()),
        signatories=MappingProxyType(
            {
                str(party.organisation_id): party.signatory.user.name
                for party in row.parties.all()
                if party.signatory and party.signatory.ended_on is None
            }
        ),
        authorities=authorities_in(row),
        counsel_reviews=reviews_in(row),
        notices=notices_in(row),
        determinations=determinations_in(row),
        consent_forms=consent_forms_in(row),
        overrides=overrides_in(row),
        is_in_force=row.state == "in_force",
        paused_by=frozenset(str(each) for each in row.paused_by),
    )
    return with_mandatory_clauses(chosen)


def _amended(row: Agreement) -> f.AgreementFacts:
    return read_facts(with_all_facts(Agreement.objects.all()).get(pk=row.pk))


def _onward(row: Agreement) -> tuple[f.OnwardParty, ...]:
    """Return who is outside; housing records need no basis of the education rules."""
    funded = {
        str(party.organisation_id)
        for party in row.parties.all()
        if party.organisation.is_ed_funded
    }

    def basis(said: Mapping[str, str]) -> Basis | None:
        if said["basis"]:
            return Basis(said["basis"])
        return None if said["owner"] in funded else Basis.NONE_NEEDED

    return tuple(f.OnwardParty(**{**each, "basis": basis(each)}) for each in row.onward)


def _with_redisclosure(row: Agreement) -> frozenset[str]:
    return frozenset(
        str(party.organisation_id)
        for other in row.partnership.redisclosures  # type: ignore[attr-defined]
        for party in other.parties.all()
    )


def _party(party: Party) -> f.Party:
    organisation = party.organisation
    return f.Party(
        key=str(organisation.pk),
        name=organisation.legal_name,
        type=PartyType(organisation.kind),
        state=organisation.state,
        capacities=tuple(Capacity(word) for word in party.capacities),
        is_public=organisation.is_public,
        is_ed_funded=organisation.is_ed_funded,
        is_edu_authority=organisation.is_edu_authority,
        needs_board_act=organisation.needs_board_act,
        logs_disclosures=organisation.logs_disclosures,
        signs=party.signs,
    )


def text_of(facts: f.AgreementFacts, document: str = "") -> list[dict[str, Any]]:
    """Return the assembled clauses as plain records, in order.

    document: a paper beside the agreement; the agreement itself if none is named.
    version: of the library's clause; 0 for an own clause, or while none is recorded.
    """
    versions = versions_in_use()
    return [
        {
            "key": clause.key,
            "title": clause.title,
            "text": clause.text,
            "mandatory": clause.is_mandatory,
            "source": clause.source,
            "gaps": list(clause.gaps),
            "mark": clause.mark,
            "version": versions.get(clause.key, 0),
        }
        for clause in assemble(facts, document)
    ]


def gaps_in(clauses: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return what is still to be completed in the records of clauses, by clause."""
    return [
        f"{clause['title']} ({clause['key']}): {', '.join(clause['gaps'])}."
        for clause in clauses
        if clause["gaps"]
    ]
