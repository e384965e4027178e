"""Reads rows into facts: what the rules, the text and the mandate are made of."""

from datetime import date
from types import MappingProxyType
from typing import Any

from django.db.models import Prefetch, QuerySet

from accounts import clock
from agreements import presets
from agreements.clauses import assemble, with_mandatory_clauses
from agreements.digests import digest_of
from agreements.models import AccessEntry, Agreement, ClauseWording, DataFlow, Party
from agreements.rules import facts as f
from agreements.rules.vocabulary import (
    AgreementKind,
    Basis,
    Capacity,
    Covers,
    Frequency,
    Grain,
    HousingGround,
    PartyType,
    SharingModel,
    Sight,
    Transfer,
)
from partnerships.models import Organisation

DESTRUCTION_METHOD = "cryptographic erase (NIST SP 800-88 Rev. 2, Purge)"


def with_all_facts(agreements: QuerySet[Agreement]) -> QuerySet[Agreement]:
    """Return agreements with all that facts need, in a few queries for them all."""
    return agreements.select_related("partnership", "drafted_by").prefetch_related(
        Prefetch(
            "parties",
            Party.objects.select_related("organisation", "signatory__user"),
        ),
        Prefetch("flows", DataFlow.objects.prefetch_related("elements")),
        Prefetch(
            "access",
            AccessEntry.objects.select_related(
                "membership__user", "membership__organisation"
            ),
        ),
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
    return read_facts(with_all_facts(Agreement.objects.all()).get(pk=agreement.pk))


def read_facts(row: Agreement) -> f.AgreementFacts:
    """Return the facts of an agreement that `with_all_facts` loaded."""
    zones = [party.organisation.time_zone for party in row.parties.all()]
    chosen = f.AgreementFacts(
        kind=AgreementKind(row.kind.lower()),
        model=SharingModel(row.model),
        today=clock.today(zones or ["UTC"]),
        parties=tuple(_party(party) for party in row.parties.all()),
        purposes=_purposes(row),
        analyses=_analyses(row),
        flows=tuple(_flow(flow) for flow in row.flows.all()),
        access=tuple(_access(entry) for entry in row.access.all()),
        term=f.Term(
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            implementation_on=row.implementation_on,
            review_on=row.review_on,
        ),
        destruction=f.Destruction(
            list_days=row.list_days,
            release_days=row.release_days,
            end_days=row.end_days,
            destroy_by=row.destroy_by,
            method=DESTRUCTION_METHOD,
        ),
        handling=f.Handling(contacts=row.contacts, breach_hours=row.breach_hours),
        min_cell=row.min_cell,
        clauses=frozenset(row.optional_clauses),
        wordings=tuple(_wording(each) for each in row.wordings.all()),
        has_public_summary=bool(row.public_summary.strip()),
        signatories=MappingProxyType(
            {
                str(party.organisation_id): party.signatory.user.name
                for party in row.parties.all()
                if party.signatory and party.signatory.ended_on is None
            }
        ),
        authorities=_authorities(row),
        counsel_reviews=_reviews(row),
        is_in_force=row.state == "in_force",
    )
    return with_mandatory_clauses(chosen)


def _wording(row: ClauseWording) -> f.Wording:
    return f.Wording(clause=row.key, title=row.title, text=row.text, is_own=row.is_own)


def _party(party: Party) -> f.Party:
    organisation = party.organisation
    return f.Party(
        key=str(organisation.pk),
        name=organisation.legal_name,
        type=PartyType(organisation.kind),
        state=organisation.state,
        capacities=tuple(Capacity(word) for word in party.capacities),
        is_ed_funded=organisation.is_ed_funded,
    )


def _purposes(row: Agreement) -> tuple[f.Purpose, ...]:
    if not row.purpose.strip():
        return ()
    return (
        f.Purpose(
            key="purpose", text=row.purpose, scope=row.scope, benefit=row.benefit
        ),
    )


def _analyses(row: Agreement) -> tuple[f.Analysis, ...]:
    """Linking itself, then each measure that a listed table carries."""
    measures = (
        f.Analysis(
            key=measure,
            label=presets.ANALYSES[measure],
            breakdowns=tuple(row.breakdowns),
        )
        for measure in row.measures
    )
    linking = f.Analysis(
        key=presets.LINKING, label=presets.ANALYSES[presets.LINKING], breakdowns=()
    )
    return (linking, *measures)


def _flow(flow: DataFlow) -> f.Flow:
    return f.Flow(
        key=flow.key,
        sender=str(flow.sender_id),
        receiver=str(flow.receiver_id),
        grain=Grain(flow.grain),
        fields=tuple(
            f.Field(
                code=element.code,
                answers=tuple(element.answers),
                collected_under=element.collected_under,
            )
            for element in flow.elements.all()
        ),
        purpose="purpose",
        basis=Basis(flow.basis) if flow.basis else None,
        frequency=Frequency(flow.frequency) if flow.frequency else None,
        method=Transfer(flow.method) if flow.method else None,
    )


def _access(entry: AccessEntry) -> f.AccessEntry:
    membership = entry.membership
    is_present = membership.ended_on is None and membership.user.is_active
    return f.AccessEntry(
        person=str(membership.user_id),
        name=membership.user.name if is_present else "",
        party=str(membership.organisation_id),
        role=membership.role_label,
        sees=tuple(Sight(word) for word in entry.sees),
        from_on=entry.from_on,
        until_on=entry.until_on,
    )


def _authorities(row: Agreement) -> tuple[f.Authority, ...]:
    found = [
        f.Authority(
            party=str(party.organisation_id),
            covers=Covers.SIGNING,
            source=party.signatory.authority_source,
            document=party.signatory.authority_reference,
        )
        for party in row.parties.all()
        if party.signatory
    ]
    if row.sending_authority_source and row.sending_authority:
        found += [
            f.Authority(
                party=str(party.organisation_id),
                covers=Covers.SENDING,
                source=row.sending_authority_source,
                document=row.sending_authority,
            )
            for party in row.parties.all()
            if party.organisation.kind == Organisation.Kind.PHA
        ]
    return tuple(found)


def schedule_digest(agreement: Agreement, party: int) -> str:
    """Return the digest of what a party sends others: a finding holds only for that.

    agreement: as `with_all_facts` loaded it, or not; party: an organisation's key.
    """
    listed = [
        [flow.key, flow.receiver_id, sorted(e.code for e in flow.elements.all())]
        for flow in agreement.flows.all()
        if flow.sender_id == party and flow.receiver_id != party
    ]
    return digest_of({"flows": sorted(listed), "purpose": agreement.purpose})


def _reviews(row: Agreement) -> tuple[f.CounselReview, ...]:
    current: dict[int, f.CounselReview] = {}
    for finding in row.findings.all():
        if finding.party_id in current:
            continue
        if finding.schedule_digest == schedule_digest(row, finding.party_id):
            current[finding.party_id] = f.CounselReview(
                party=str(finding.party_id),
                reviewed_on=finding.recorded_at.date(),
                finding=HousingGround(finding.ground),
            )
    return tuple(current.values())


def text_of(facts: f.AgreementFacts) -> list[dict[str, Any]]:
    """Return the assembled clauses as plain records, in order."""
    return [
        {
            "key": clause.key,
            "title": clause.title,
            "text": clause.text,
            "mandatory": clause.is_mandatory,
            "source": clause.source,
            "gaps": list(clause.gaps),
        }
        for clause in assemble(facts)
    ]
