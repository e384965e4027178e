"""Reads rows into facts: what the rules, the text and the mandate are made of."""

from collections.abc import Iterable
from datetime import date
from types import MappingProxyType
from typing import Any

from django.db.models import Prefetch, QuerySet

from accounts import clock
from accounts.acts import Decision, deny
from agreements import presets
from agreements.clauses import assemble, with_mandatory_clauses
from agreements.digests import digest_of
from agreements.mandate import LiveState, Mandate, Request, from_record, permits
from agreements.models import (
    AccessEntry,
    Agreement,
    Approval,
    ApprovalRound,
    DataFlow,
    Obligation,
    Party,
)
from agreements.models import Mandate as MandateRow
from agreements.rules import facts as f
from agreements.rules.vocabulary import (
    AgreementKind,
    Basis,
    Capacity,
    Covers,
    Grain,
    HousingGround,
    PartyType,
    SharingModel,
    Sight,
)
from partnerships.models import Membership, Organisation

DESTRUCTION_METHOD = "cryptographic erase (NIST SP 800-88 Rev. 2, Purge)"
IN_FORCE = ("in_force", "paused")


def loaded(agreement: Agreement) -> Agreement:
    """Return the agreement with all that facts need, in a few queries."""
    return (
        Agreement.objects.select_related("partnership", "drafted_by")
        .prefetch_related(
            Prefetch(
                "parties",
                Party.objects.select_related("organisation", "signatory__user"),
            ),
            Prefetch(
                "flows",
                DataFlow.objects.select_related("sender", "receiver").prefetch_related(
                    "elements"
                ),
            ),
            Prefetch(
                "access",
                AccessEntry.objects.select_related(
                    "membership__user", "membership__organisation"
                ),
            ),
            "findings",
        )
        .get(pk=agreement.pk)
    )


def zones_of(agreement: Agreement) -> list[str]:
    """Return the owners' time zones: a date ends in the strictest of them."""
    zones = Organisation.objects.filter(
        pk__in=agreement.parties.values("organisation")
    ).values_list("time_zone", flat=True)
    return list(zones)


def today_of(agreement: Agreement) -> date:
    """Return today's date in the strictest owner's time zone."""
    return clock.today(zones_of(agreement) or ["UTC"])


def facts_of(agreement: Agreement) -> f.AgreementFacts:
    """Return everything about an agreement that a rule or a clause may read."""
    row = loaded(agreement)
    chosen = f.AgreementFacts(
        kind=AgreementKind(row.kind.lower()),
        model=SharingModel(row.model),
        today=today_of(row),
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
        frequency=flow.frequency,
        method=flow.method,
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


def schedule_digest(agreement: Agreement, party: Organisation) -> str:
    """Return the digest of what a party sends others: a finding holds only for that."""
    listed = [
        [flow.key, flow.receiver_id, sorted(e.code for e in flow.elements.all())]
        for flow in agreement.flows.prefetch_related("elements")
        if flow.sender_id == party.pk and flow.receiver_id != party.pk
    ]
    return digest_of({"flows": sorted(listed), "purpose": agreement.purpose})


def _reviews(row: Agreement) -> tuple[f.CounselReview, ...]:
    current: dict[int, f.CounselReview] = {}
    for finding in row.findings.all():
        if finding.party_id in current:
            continue
        if finding.schedule_digest == schedule_digest(row, finding.party):
            current[finding.party_id] = f.CounselReview(
                party=str(finding.party_id),
                reviewed_on=finding.recorded_at.date(),
                finding=HousingGround(finding.ground),
            )
    return tuple(current.values())


def owners_of(agreement: Agreement) -> QuerySet[Organisation]:
    """Return the owners: whoever sends something, no more and no fewer."""
    return Organisation.objects.filter(
        pk__in=agreement.flows.values("sender")
    ).order_by("pk")


def open_round(agreement: Agreement) -> ApprovalRound | None:
    """Return the round that waits for decisions, if any."""
    return agreement.rounds.filter(is_open=True).first()


def latest_round(agreement: Agreement) -> ApprovalRound | None:
    """Return the newest round, open or not."""
    return agreement.rounds.first()


def outstanding_owners(round_: ApprovalRound) -> QuerySet[Approval]:
    """Return the approvals that a round still waits for."""
    return round_.approvals.filter(decided_at=None).select_related("owner")


def due_obligations(today: date) -> QuerySet[Obligation]:
    """Return the undischarged obligations whose date has come."""
    return Obligation.objects.filter(
        discharged_at=None, due_on__lte=today
    ).select_related("agreement")


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


def proof_of(agreement: Agreement) -> f.Proof | None:
    """Return what was approved and signed: None before the text was frozen."""
    round_ = latest_round(agreement)
    frozen = agreement.documents.filter(kind="frozen").defer("content").first()
    if round_ is None or frozen is None:
        return None
    return f.Proof(
        text_digest=frozen.sha256,
        part_digests=MappingProxyType(dict(round_.part_digests)),
        approvals=tuple(
            f.Approval(owner=str(approval.owner_id), part_digest=approval.part_digest)
            for approval in round_.approvals.filter(state="approved")
        ),
        signatures=tuple(
            f.Signature(
                party=str(signature.signatory.organisation_id), digest=signature.digest
            )
            for signature in agreement.signatures.filter(
                document=frozen
            ).select_related("signatory")
        ),
    )


def mandate_of(agreement: Agreement) -> Mandate | None:
    """Return the executed terms, if there are any that can be read."""
    row = MandateRow.objects.filter(agreement=agreement).first()
    return from_record(row.record) if row else None


def live_state(agreement: Agreement, *, holdings: Iterable[str] = ()) -> LiveState:
    """Return what holds today, whatever was signed.

    holdings: references of what is held under the agreement; an open hold covers
    them all.
    """
    row = MandateRow.objects.filter(agreement=agreement).first()
    is_intact = (
        row is not None
        and digest_of(row.record) == row.record_digest
        and agreement.documents.filter(
            kind="frozen", sha256=row.record["text_digest"]
        ).exists()
    )
    people = [access["person"] for access in row.record["access"]] if row else []
    present = set(
        Membership.objects.filter(
            user_id__in=people,
            user__is_active=True,
            ended_on=None,
            organisation__in=agreement.parties.values("organisation"),
        ).values_list("user_id", flat=True)
    )
    today = today_of(agreement)
    is_held = agreement.holds.filter(closed_at=None).exists()
    return LiveState(
        today=today,
        record_is_intact=is_intact,
        paused_by=(str(agreement.paused_by_id),) if agreement.paused_by_id else (),
        ended_on=today if agreement.state == "ended" else None,
        departed=frozenset(person for person in people if int(person) not in present),
        holds=frozenset(holdings) if is_held else frozenset(),
    )


def permitted(
    agreement: Agreement, request: Request, *, holdings: Iterable[str] = ()
) -> Decision:
    """Return whether the executed terms and the live state allow a request."""
    mandate = mandate_of(agreement)
    if mandate is None:
        return deny(f"{agreement.number} is not in force, so nothing may be shared.")
    return permits(mandate, live_state(agreement, holdings=holdings), request)
