"""The sections of a draft as tasks: how far each is, in one word, and what is left."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from agreements.models import Agreement
from agreements.rules.facts import AgreementFacts
from agreements.rules.vocabulary import Covers
from agreements.views.common import section_of, section_url, sections_of

NOT_STARTED, IN_PROGRESS = "Not started", "In progress"
NEEDS_A_FIX, DONE = "Needs a fix", "Done"
COUNSEL_FINDING = "R-061"
OPTIONAL = {
    "outside": "Only if somebody else handles records",
    "records": "Only what a legal ground asks for",
}


def tasks_of(agreement: Agreement, context: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the sections as components/task_list.html reads them.

    context: of the draft, as `draft_context` returns it.
    """
    facts: AgreementFacts = context["facts"]
    said = _said(facts)
    said["clauses"] = tuple(not clause["gaps"] for clause in context["clauses"])
    tasks = []
    for section, title in sections_of(agreement).items():
        found = [
            finding
            for finding in context["findings"]
            if section_of(finding["where"]) == section
        ]
        status, hint = _standing(section, said.get(section, ()), found, facts)
        url = section_url(agreement, section)
        tasks.append({"title": title, "url": url, "status": status, "hint": hint})
    return [*tasks, _original(agreement)]


def _original(agreement: Agreement) -> dict[str, str]:
    """Return the task of whoever registers what was signed on paper."""
    signed = agreement.signed_on_paper_on
    return {
        "title": "It is signed on paper already",
        "url": reverse("draft_original", args=[agreement.number]),
        "status": DONE,
        "hint": "The original is on record" if signed else "Only if it is",
    }


def next_after(agreement: Agreement, section: str) -> dict[str, str]:
    """Return what comes after a section: the next one, at last the check."""
    sections = sections_of(agreement)
    names = list(sections)
    after = names[names.index(section) + 1 :]
    if not after:
        url = reverse("draft_check", args=[agreement.number])
        return {"title": "Check and send", "url": url}
    return {"title": sections[after[0]], "url": section_url(agreement, after[0])}


def _said(facts: AgreementFacts) -> dict[str, tuple[bool, ...]]:
    """Return by section what nobody but a person can say, each as said or not."""
    term, destruction = facts.term, facts.destruction
    sends = bool(facts.housing_disclosures)
    return {
        "parties": (_is_authorised(facts),) if sends else (),
        "purpose": (
            bool(facts.purposes),
            any(each.scope.strip() for each in facts.purposes),
            any(each.benefit.strip() for each in facts.purposes),
            facts.has_public_summary,
        ),
        "schedule": tuple(bool(flow.fields) for flow in facts.flows) or (False,),
        "access": (bool(facts.access),),
        "dates": tuple(
            each is not None
            for each in (
                *(term.starts_on, term.ends_on, term.implementation_on),
                *(term.review_on, destruction.destroy_by, destruction.list_days),
                *(destruction.release_days, destruction.end_days),
            )
        ),
        "protection": (bool(facts.handling.contacts.strip()),),
        "review": (
            facts.review_held.held_on is not None,
            bool(facts.review_held.findings.strip()),
            bool(facts.review_held.new_targets.strip()),
        ),
    }


def _is_authorised(facts: AgreementFacts) -> bool:
    return any(each.covers is Covers.SENDING for each in facts.authorities)


def _standing(
    section: str,
    said: Sequence[bool],
    found: Sequence[Mapping[str, Any]],
    facts: AgreementFacts,
) -> tuple[str, str]:
    """Return how far a section is, and what is left to do there."""
    blocking = [finding for finding in found if finding["blocks"]]
    ours = [
        finding
        for finding in blocking
        if finding["rule"] != COUNSEL_FINDING or not _is_authorised(facts)
    ]
    hint = f"{len(blocking)} to put right" if ours else ""
    if said and not any(said):
        return NOT_STARTED, hint
    if ours:
        return NEEDS_A_FIX, hint
    if blocking:
        return IN_PROGRESS, "Counsel records a finding on what is sent"
    if section == "clauses" and not all(said):
        n_gaps = sum(not each for each in said)
        clauses = "clause has a gap" if n_gaps == 1 else "clauses have gaps"
        return IN_PROGRESS, f"{n_gaps} {clauses}"
    if not all(said):
        return IN_PROGRESS, "Not all of it is answered"
    return DONE, OPTIONAL.get(section, "")
