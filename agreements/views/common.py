"""What the views of this floor share: loading, sections, findings in words."""

from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from accounts import clock
from accounts.web import SignedInRequest, as_key, render_region
from agreements import presets
from agreements.forms.terms import AddElementForm
from agreements.models import Agreement, DataFlow
from agreements.policy import can_edit, visible_agreements
from agreements.queries import facts_of, gaps_in, text_of
from agreements.rules.elements import ELEMENTS
from agreements.rules.engine import evaluate
from agreements.rules.facts import AgreementFacts
from agreements.rules.rule import Finding, Kind, Severity
from agreements.rules.scope import in_words
from agreements.rules.vocabulary import AgreementKind, Grain, Stage
from agreements.timeline import Duty, Line, line_of

Row = TypeVar("Row", bound=Model)

SECTIONS = {
    "parties": "Parties and signers",
    "purpose": "Purpose and questions",
    "schedule": "What is shared",
    "access": "Who may see it",
    "dates": "Term and destruction",
    "protection": "Protection and clauses",
    "clauses": "Clauses and their wording",
    "outside": "People outside the parties",
    "records": "Records on file",
}
REVIEW = {"review": "What the review found"}
_OWN_PAGES = ("schedule", "access", "clauses", "outside", "records")
_SECTION_OF = {"basis": "schedule", "signing": "records"}
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
    return get_object_or_404(rows, pk=as_key(key))


def sections_of(agreement: Agreement) -> dict[str, str]:
    """Return the sections of a draft, by their key; a renewal has one more."""
    is_renewal = agreement.kind == AgreementKind.RENEWAL.upper()
    return (REVIEW if is_renewal else {}) | SECTIONS


def section_of(where: str) -> str:
    """Return the section in which a finding at a place is put right."""
    return _SECTION_OF.get(where, where)


def section_url(agreement: Agreement, section: str) -> str:
    """Return the address of a section of the draft."""
    if section in _OWN_PAGES:
        return reverse(f"draft_{section}", args=[agreement.number])
    return reverse("draft_section", args=[agreement.number, section])


def shown(agreement: Agreement, findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    """Return findings as components/finding.html reads them."""
    return [
        {
            "rule": finding.rule,
            "word": WORDS[finding.severity],
            "message": finding.message,
            "why": f"{finding.rule}. {KINDS[finding.kind]}.",
            "citation": finding.citation,
            "url": (
                section_url(agreement, section_of(finding.where))
                if section_of(finding.where) in SECTIONS
                else ""
            ),
            "blocks": finding.blocks,
            "where": finding.where,
            "override": finding.override,
            "override_url": _override_url(agreement, finding),
        }
        for finding in findings
    ]


def _override_url(agreement: Agreement, finding: Finding) -> str:
    """Return where counsel may let a finding stand, if counsel may."""
    if finding.severity is not Severity.OVERRIDABLE or finding.override:
        return ""
    path = reverse("override", args=[agreement.number, finding.rule])
    return f"{path}?{urlencode({'subject': finding.subject})}"


def draft_context(request: SignedInRequest, agreement: Agreement) -> dict[str, Any]:
    """Return what every page of a draft shows beside its own."""
    facts = facts_of(agreement)
    findings = shown(agreement, evaluate(facts, Stage.DRAFT))
    clauses = text_of(facts)
    return {
        "agreement": agreement,
        "facts": facts,
        "findings": findings,
        "n_blocking": sum(finding["blocks"] for finding in findings),
        "clauses": clauses,
        "gaps": gaps_in(clauses),
        "decision": can_edit(request.user, agreement),
        "today": facts.today,
        "has_rail": True,
    }


def is_autosave(request: SignedInRequest) -> bool:
    """Return whether a page saved itself, so that its person stays on it."""
    return request.headers.get("HX-Request") == "true"


def section_page(
    request: SignedInRequest, page: str, context: dict[str, Any], form: Form
) -> HttpResponse:
    """Return a page of a draft that saves itself, or what an autosave changes on it."""
    saved_at = clock.now() if request.method == "POST" else None
    context |= {"form": form, "saved_at": saved_at}
    response = render_region(request, page, "agreements/_live.html", context)
    if form.errors and not is_autosave(request):
        response.status_code = 422
    return response


def line_in(facts: AgreementFacts, duties: Sequence[Duty] = ()) -> Line:
    """Return the dates of an agreement as agreements/_timeline.html reads them."""
    return line_of(
        term=facts.term,
        destruction=facts.destruction,
        today=facts.today,
        duties=duties,
        has_lists=any(
            flow.grain is Grain.RECORD for flow in facts.identifiable_disclosures
        ),
    )


def shown_flow(flow: DataFlow, asked: frozenset[str]) -> dict[str, Any]:
    """Return a flow of the data schedule as agreements/_flow.html reads it.

    asked: the questions of its agreement, as `questions_of` returns them.
    """
    rows = [
        {
            "element": element,
            "about": ELEMENTS[element.code],
            "kind": ELEMENTS[element.code].category.in_words,
            "answers": [
                presets.ANALYSES[key].lower() for key in element.answers if key in asked
            ],
        }
        for element in flow.elements.all()
    ]
    told = in_words(flow.scope, flow.place_names)
    listed = {element.code for element in flow.elements.all()}
    needed = presets.needed_by(asked).keys() if "student.id" in listed else set()
    return {
        "flow": flow,
        "rows": rows,
        "whose": f"only rows {told}" if told else "all rows",
        "is_inside": flow.sender_id == flow.receiver_id,
        "n_lacking": len(needed - listed),
        "n_unneeded": sum(not row["answers"] for row in rows),
        "form": AddElementForm(
            listed=listed,
            auto_id=f"flow{flow.pk}_%s",
        ),
    }
