"""Fills the pages of printed documents from an agreement's facts and rows."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings

from accounts import ledger
from agreements import papers as pages
from agreements.checklists import checklist, fields_by_role
from agreements.clause_library import DOCUMENTS
from agreements.clause_values import CITATIONS
from agreements.lifecycle import GIVEN
from agreements.models import Agreement, Approval, Document, Obligation
from agreements.models.routes import What
from agreements.queries import code_of, latest_round
from agreements.rules.elements import ELEMENTS
from agreements.rules.facts import AgreementFacts, Flow, Party
from agreements.rules.rule import Finding
from agreements.rules.scope import in_words
from agreements.schedules import GRAINS, SIGHTS, states_of
from agreements.terms_text import terms_of
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
        kind=DOCUMENTS[facts.kind].name,
        version=agreement.rounds.count(),
        frozen_on=frozen_on,
        purpose="; ".join(each.text for each in facts.purposes),
        key_terms=key_terms_of(facts),
        parties=tuple(party_line(party) for party in facts.parties),
        clauses=clause_lines(clauses),
        flows=tuple(flow_table(flow, facts) for flow in facts.flows),
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
        findings=finding_lines(findings),
        signatories=tuple(
            pages.SignatoryLine(
                name=party.signatory.user.name,
                title=party.signatory.user.title or party.signatory.role_label,
                party=party.organisation.legal_name,
                authority=party.signatory.authority_in_words,
            )
            for party in agreement.parties.select_related(
                "signatory__user", "organisation"
            )
            if party.signatory
        ),
        states=tuple(
            pages.StateLine(*row.cells) for row in states_of(terms_of(facts)).rows
        ),
        fields_by_role=fields_by_role(facts),
        checklist=checklist(facts),
        demo=settings.DEMO,
        code=code_of(agreement),
        on_paper_on=facts.original.signed_on if facts.original else None,
    )


def clause_lines(clauses: Sequence[dict[str, Any]]) -> tuple[pages.ClauseText, ...]:
    """Return clauses as documents print them."""
    return tuple(
        pages.ClauseText(
            key=each["key"],
            title=each["title"],
            text=each["text"],
            mark=each["mark"],
            version=each["version"],
        )
        for each in clauses
    )


def finding_lines(findings: Sequence[Finding]) -> tuple[pages.FindingLine, ...]:
    """Return findings as documents print them."""
    return tuple(
        pages.FindingLine(
            rule=finding.rule,
            severity=SEVERITIES[finding.severity],
            message=finding.message,
            answer="Seen by every owner's counsel",
        )
        for finding in findings
    )


def key_terms_of(facts: AgreementFacts) -> tuple[pages.Term, ...]:
    """Return what everybody asks first about an agreement."""
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
        *_original_terms(facts),
    )


def _original_terms(facts: AgreementFacts) -> tuple[pages.Term, ...]:
    if facts.original is None:
        return ()
    return (
        pages.Term("Signed on paper on", spoken(facts.original.signed_on)),
        pages.Term("SHA-256 of the original", facts.original.digest),
    )


def spoken(day: date | None) -> str:
    """Return a date in words."""
    return f"{day:%B} {day.day}, {day.year}" if day else "not set"


def party_line(party: Party) -> pages.PartyLine:
    """Return a party with what it does, in words."""
    kind = Organisation.Kind(party.type).label if party.type else ""
    return pages.PartyLine(
        name=party.name,
        kind=kind,
        state=party.state,
        capacity=", ".join(party.capacities),
    )


def flow_table(flow: Flow, facts: AgreementFacts) -> pages.FlowTable:
    """Return a flow with its elements, as Schedule 2 prints it."""
    labels = {analysis.key: analysis.label for analysis in facts.analyses}
    is_kept = flow.grain.is_identifiable
    told = in_words(flow.scope, flow.place_names)
    return pages.FlowTable(
        sender=facts.name_of(flow.sender),
        receiver=facts.name_of(flow.receiver) if flow.is_disclosure else "",
        grain=GRAINS.get(flow.grain, flow.grain),
        basis=_basis(flow, facts),
        frequency=flow.frequency or "",
        method=flow.method or "",
        whose=f"Only rows {told}" if told else "All rows",
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


def _basis(flow: Flow, facts: AgreementFacts) -> str:
    """Return the ground on which a flow's records leave their owner, in words."""
    if not flow.is_disclosure:
        return "no disclosure: the records stay with their owner"
    if flow in facts.education_disclosures:
        return CITATIONS[flow.basis] if flow.basis else "not chosen yet"
    if flow.grain.is_identifiable:
        return "the agency's own authority (24 CFR 960.259(b)(2))"
    return "no student is identified"


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
    return pages.EvidencePages(
        number=agreement.number,
        title=agreement.title,
        kind=DOCUMENTS[facts.kind].name,
        version=round_.number,
        executed_at=executed_at,
        effective_on=effective_on,
        ends_on=agreement.ends_on,
        frozen_name=f"{agreement.number}-signed-text.pdf",
        frozen_digest=frozen.sha256,
        parties=tuple(party_line(party) for party in facts.parties),
        approvals=tuple(
            pages.ApprovalLine(
                party=approval.owner.legal_name,
                name=approval.decided_by.name,
                title=approval.decided_by.title,
                approved_at=approval.decided_at,
                whole_digest=round_.text_digest,
                part_digest=approval.part_digest,
                steps=_steps(approval),
            )
            for approval in round_.approvals.filter(state__in=GIVEN).select_related(
                "owner", "decided_by", "round"
            )
            if approval.decided_by and approval.decided_at
        ),
        signatures=tuple(
            pages.SignatureLine(
                name=signature.typed_name,
                title=signature.signatory.user.title or signature.signatory.role_label,
                party=signature.signatory.organisation.legal_name,
                authority=signature.authority,
                method=signature.method,
                signed_at=signature.signed_at,
                digest=signature.digest,
                intent=signature.intent,
                note=signature.note,
                opened="" if signature.note else signature.opened_in_words,
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
        events=_events(agreement),
        original=(
            pages.OriginalLine(facts.original.signed_on, facts.original.digest)
            if facts.original
            else None
        ),
    )


def _steps(approval: Approval) -> tuple[str, ...]:
    """Return the steps that led to an owner's approval, in words."""
    if approval.state == "carried":
        return ("Given on an earlier text whose part for this owner is the same",)
    is_on_paper = approval.round.text["terms"]["original"] is not None
    return tuple(
        f"{step.title}, {step.get_what_display().lower()}: {step.decided_by.name}"
        + (f" for {step.decided_for.name}, by delegation" if step.decided_for else "")
        + f", {spoken(step.decided_at.date())}"
        + (
            f"; item {step.board_item} of {spoken(step.board_on)}"
            if step.board_on
            else ""
        )
        + (
            "; compared with the original on paper"
            if is_on_paper and step.what == What.APPROVES
            else ""
        )
        for step in approval.steps.select_related("decided_by", "decided_for")
        if step.decided_by and step.decided_at
    )


def _events(agreement: Agreement) -> tuple[str, ...]:
    """Return who declined to sign, and which scans were refused, without reasons."""
    declines = agreement.declines.select_related("signatory__user").order_by("pk")
    refused = agreement.papers.filter(state="refused").select_related(
        "party__organisation", "checked_by"
    )
    return (
        *(
            f"{each.signatory.user.name} declined to sign an earlier text, "
            f"{spoken(each.declined_at.date())}"
            for each in declines
        ),
        *(
            f"A scan for {each.party.organisation.legal_name} was refused by "
            f"{each.checked_by.name}, {spoken(each.checked_at.date())}"
            for each in refused
            if each.checked_by and each.checked_at
        ),
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
            party_line(party) for party in facts.parties if party.key in facts.owners
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
