"""What the views of this floor share: loading, sections, findings in words."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from accounts.web import SignedInRequest
from agreements.models import Agreement
from agreements.policy import visible_agreements
from agreements.rules.rule import Finding, Kind, Severity

Row = TypeVar("Row", bound=Model)

SECTIONS = {
    "parties": "Parties and signers",
    "purpose": "Purpose and questions",
    "schedule": "What is shared",
    "access": "Who may see it",
    "dates": "Term and destruction",
    "protection": "Protection and clauses",
    "clauses": "Clauses and their wording",
}
WORDS = {
    Severity.ERROR: "Must fix",
    Severity.OVERRIDABLE: "Must fix",
    Severity.WARNING: "Should fix",
    Severity.ADVICE: "Advice",
}
KINDS = {
    Kind.LAW: "Law",
    Kind.GUIDANCE: "Guidance of an agency",
    Kind.ROADMAP: "The federal Road Map",
    Kind.POLICY: "Policy of this product, not law",
}


def loaded_agreement(request: SignedInRequest, number: str) -> Agreement:
    """Return an agreement that the person may see; 404 for every other."""
    return get_object_or_404(
        visible_agreements(request.user).select_related("partnership", "drafted_by"),
        number=number,
    )


def chosen(rows: QuerySet[Row], key: str | None) -> Row:
    """Return the row whose key a form sent; 404 for whatever is none of them."""
    if key is None or not key.isdecimal():
        raise Http404
    return get_object_or_404(rows, pk=key)


def section_url(agreement: Agreement, section: str) -> str:
    """Return the address of a section of the draft."""
    if section in ("schedule", "access", "clauses"):
        return reverse(f"draft_{section}", args=[agreement.number])
    return reverse("draft_section", args=[agreement.number, section])


def shown(agreement: Agreement, findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    """Return findings as components/finding.html reads them."""
    return [
        {
            "word": WORDS[finding.severity],
            "message": finding.message,
            "why": f"{finding.rule}. {KINDS[finding.kind]}.",
            "citation": finding.citation,
            "url": (
                section_url(agreement, finding.where)
                if finding.where in SECTIONS
                else ""
            ),
            "blocks": finding.blocks,
            "where": finding.where,
        }
        for finding in findings
    ]
