"""Fills the pages of printed documents from an agreement's facts and rows."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings

from accounts import ledger
from agreements import papers as pages
from agreements.models import Agreement, Document, Obligation
from agreements.queries import latest_round
from agreements.rules.elements import ELEMENTS
from agreements.rules.facts import AgreementFacts, Flow, Party
from agreements.rules.rule import Finding
from agreements.rules.vocabulary import Covers
from agreements.schedules import GRAINS, SIGHTS
from partnerships.models import Organisation

SEVERITIES = {
    "error": "Must",
    "overridable": "Must, unless counsel overrides",
    "warning": "Should",
    "advice": "Advice",
}


def seal_name() -> str:
    """Return the name under which this instance seals."""
    return settings.AGENCY_NAME or "Homeroom"


def agreement_pages(
    agreement: Agreement,
    facts: AgreementFacts,
    clauses: Sequence[dict[str, Any]],
    findings: Sequence[Finding],
    *,
    frozen_on: date,
) -> pages.AgreementPages:
    """Return the agreement as it is frozen for signature."""
    return pages.AgreementPages(
        number=agreement.number,
        title=agreement.title,
        kind="Memorandum of understanding",
        version=agreement.rounds.count(),
        frozen_on=frozen_on,
        purpose="; ".join(each.text for each in facts.purposes),
        key_terms=_key_terms(facts),
        parties=tuple(_party(party) for party in facts.parties),
        clauses=tuple(
            pages.ClauseText(key=c["key"], title=c["title"], text=c["text"])
            for c in clauses
        ),
        flows=tuple(_flow(flow, facts) for flow in facts.flows),
        people=tuple(
            pages.PersonLine(
                name=entry.name,
                title=entry.role,
                party=facts.name_of(entry.party),
                sees=", ".join(SIGHTS[sight] for sight in entry.sees),
                from_on=entry.from_on or facts.term.starts_on or frozen_on,
                until_on=entry.until_on or facts.term.ends_on or frozen_on,
            )
            for entry in facts.access
        ),
        dates=_dates(facts),
        findings=tuple(
            pages.FindingLine(
                rule=finding.rule,
                severity=SEVERITIES[finding.severity],
                message=finding.message,
                answer="Seen by every owner's counsel",
            )
            for finding in findings
        ),
        signatories=tuple(
            pages.SignatoryLine(
                name=party.signatory.user.name,
                title=party.signatory.user.title or party.signatory.role_label,
                party=party.organisation.legal_name,
                authority=party.signatory.authority_reference,
            )
            for party in agreement.parties.select_related(
                "signatory__user", "organisation"
            )
            if party.signatory
        ),
        demo=settings.DEMO,
    )


def _key_terms(facts: AgreementFacts) -> tuple[pages.Term, ...]:
    term, destruction = facts.term, facts.destruction
    return (
        pages.Term(
            "Measures", ", ".join(a.label for a in facts.analyses if a.breakdowns)
        ),
        pages.Term("Term", f"{spoken(term.starts_on)} to {spoken(term.ends_on)}"),
        pages.Term("Smallest group shown", f"{facts.min_cell} children"),
        pages.Term(
            "Linking list", f"destroyed {destruction.list_days} days after the link"
        ),
        pages.Term("All destroyed by", spoken(destruction.destroy_by)),
    )


def spoken(day: date | None) -> str:
    """Return a date in words."""
    return f"{day:%B} {day.day}, {day.year}" if day else "not set"


def _party(party: Party) -> pages.PartyLine:
    kind = Organisation.Kind(party.type).label if party.type else ""
    return pages.PartyLine(
        name=party.name,
        kind=kind,
        state=party.state,
        capacity=", ".join(party.capacities),
    )


def _flow(flow: Flow, facts: AgreementFacts) -> pages.FlowTable:
    labels = {analysis.key: analysis.label for analysis in facts.analyses}
    is_kept = flow.grain.is_identifiable
    return pages.FlowTable(
        sender=facts.name_of(flow.sender),
        receiver=facts.name_of(flow.receiver) if flow.is_disclosure else "",
        grain=GRAINS.get(flow.grain, flow.grain),
        basis=(
            "no disclosure: the records stay with their owner"
            if not flow.is_disclosure
            else "no student is identified"
            if not is_kept
            else "the agency's own authority (24 CFR 960.259(b)(2))"
        ),
        frequency=flow.frequency or "",
        method=flow.method or "",
        destroyed="see clause C17" if is_kept else "published, so not destroyed",
        fields=tuple(
            pages.FieldLine(
                label=field.label,
                element=field.code,
                category=ELEMENTS[field.code].category,
                question=", ".join(labels.get(key, key) for key in field.answers),
            )
            for field in flow.fields
        ),
    )


def _dates(facts: AgreementFacts) -> tuple[pages.DateLine, ...]:
    term = facts.term
    named = (
        ("The term begins", term.starts_on, ""),
        ("Sharing goes live", term.implementation_on, ""),
        ("Review", term.review_on, "renewal is in writing, never automatic"),
        ("The term ends", term.ends_on, "the last day counts"),
        ("Everything is destroyed", facts.destruction.destroy_by, "at the latest"),
    )
    return tuple(pages.DateLine(label, on, note) for label, on, note in named if on)


def evidence_pages(
    agreement: Agreement,
    facts: AgreementFacts,
    frozen: Document,
    *,
    executed_at: datetime,
    effective_on: date,
    mandate_digest: str,
    authority: str,
) -> pages.EvidencePages:
    """Return how an agreement was approved and signed, with the ledger's head."""
    round_ = latest_round(agreement)
    assert round_ is not None
    assert agreement.ends_on is not None
    authorities = {
        a.party: a.document for a in facts.authorities if a.covers is Covers.SIGNING
    }
    return pages.EvidencePages(
        number=agreement.number,
        title=agreement.title,
        kind="Memorandum of understanding",
        version=round_.number,
        executed_at=executed_at,
        effective_on=effective_on,
        ends_on=agreement.ends_on,
        frozen_name=f"{agreement.number}-signed-text.pdf",
        frozen_digest=frozen.sha256,
        parties=tuple(_party(party) for party in facts.parties),
        approvals=tuple(
            pages.ApprovalLine(
                party=approval.owner.legal_name,
                name=approval.decided_by.name,
                title=approval.decided_by.title,
                approved_at=approval.decided_at,
                whole_digest=round_.text_digest,
                part_digest=approval.part_digest,
            )
            for approval in round_.approvals.filter(state="approved").select_related(
                "owner", "decided_by"
            )
            if approval.decided_by and approval.decided_at
        ),
        signatures=tuple(
            pages.SignatureLine(
                name=signature.typed_name,
                title=signature.signatory.user.title,
                party=signature.signatory.organisation.legal_name,
                authority=authorities[str(signature.signatory.organisation_id)],
                method=signature.method,
                signed_at=signature.signed_at,
                digest=signature.digest,
                intent=signature.intent,
            )
            for signature in agreement.signatures.filter(
                document=frozen
            ).select_related("signatory__user", "signatory__organisation")
        ),
        mandate_digest=mandate_digest,
        sealed_by=seal_name(),
        seal_authority=authority,
        ledger=ledger_head(agreement.chain),
        demo=settings.DEMO,
    )


def ledger_head(chain: str) -> pages.LedgerHead:
    """Return the head of a chain as documents print it."""
    number, digest = ledger.head(chain)
    return pages.LedgerHead(chain=chain, number=number, digest=digest)


def certificate_pages(
    obligation: Obligation,
    facts: AgreementFacts,
    *,
    issued_at: datetime,
    authority: str,
) -> pages.CertificatePages:
    """Return what was destroyed under an obligation, and from when for good."""
    agreement = obligation.agreement
    executed = agreement.documents.filter(kind=Document.Kind.EXECUTED).first()
    destroyed = tuple(
        pages.DestroyedLine(
            kind=line["what"],
            owner=line["owner"],
            n_rows=line["rows"],
            media="Encrypted vault of this instance",
            destroyed_at=datetime.fromisoformat(line["destroyed_at"]),
            unrecoverable_at=datetime.fromisoformat(line["unrecoverable_from"]),
        )
        for line in obligation.evidence
    )
    return pages.CertificatePages(
        number=f"{agreement.number}-C{obligation.pk}",
        agreement_number=agreement.number,
        agreement_title=agreement.title,
        agreement_digest=executed.sha256 if executed else "",
        clause=obligation.clause,
        issued_at=issued_at,
        owners=tuple(
            _party(party) for party in facts.parties if party.key in facts.owners
        ),
        destroyed=destroyed,
        attested=(),
        performer="Homeroom, unattended, on the date that the agreement sets",
        sealed_by=seal_name(),
        seal_authority=authority,
        ledger=ledger_head(agreement.chain),
        exceptions="" if destroyed else "Nothing was held under this duty.",
        demo=settings.DEMO,
    )
