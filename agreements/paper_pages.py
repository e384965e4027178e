"""Fills the papers beside an agreement: forms, notices, a summary, a board's packet."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from django.conf import settings

from agreements.clause_library import DOCUMENTS
from agreements.lifecycle import AGREEMENT
from agreements.models import Agreement
from agreements.pages import (
    clause_lines,
    finding_lines,
    flow_table,
    key_terms_of,
    party_line,
)
from agreements.papers import PaperPages, Term
from agreements.queries import standing_text, text_of
from agreements.rules.facts import AgreementFacts, Flow
from agreements.rules.rule import Finding
from agreements.rules.vocabulary import Basis, Grain

CONSENT, PLEDGE, DETERMINATION, NOTICE, BOARD = "con", "nda", "det", "not", "brd"
LINES = {
    CONSENT: (
        "Student",
        "Parent, or the student from 18 years on",
        "Signature",
        "Date",
    ),
    PLEDGE: ("Name", "Organization", "Signature", "Date"),
    DETERMINATION: (
        "What the recipient knows already",
        "How the rows were tested, and what was found",
        "Name and title of whoever decides for the district",
        "Signature",
        "Date",
    ),
    NOTICE: ("Given to", "Given by", "Date"),
    BOARD: ("Item on the agenda", "Vote", "Date of the meeting", "Clerk"),
}


def paper_pages(
    agreement: Agreement,
    facts: AgreementFacts,
    findings: Sequence[Finding],
    *,
    paper: str,
    made_on: date,
) -> PaperPages:
    """Return one paper, as the agreement stands.

    paper: a key of DOCUMENTS. Only a board's packet shows findings and the whole text.
    """
    made = PaperPages(
        number=agreement.number,
        agreement_title=agreement.title,
        kind=DOCUMENTS[paper].name,
        made_on=made_on,
        parties=tuple(party_line(each) for each in facts.parties),
        statements=clause_lines(text_of(facts, paper)),
        flows=tuple(flow_table(each, facts) for each in _flows_on(paper, facts)),
        lines=LINES.get(paper, ()),
        is_draft=agreement.state == AGREEMENT.initial,
        demo=settings.DEMO,
    )
    if paper != BOARD:
        return made
    return replace(
        made,
        terms=(*key_terms_of(facts), *_overrides(facts)),
        resolutions=_resolutions(agreement, facts),
        findings=finding_lines(findings),
        text=clause_lines(standing_text(agreement)),
    )


def _flows_on(paper: str, facts: AgreementFacts) -> tuple[Flow, ...]:
    """Return the flows that a paper is about."""
    if paper == CONSENT:
        return tuple(each for each in facts.flows if each.basis is Basis.CONSENT)
    if paper == DETERMINATION:
        rows = (Grain.DEIDENTIFIED, Grain.CODED)
        return tuple(each for each in facts.flows if each.grain in rows)
    if paper == NOTICE:
        return tuple(
            each
            for each in facts.education_disclosures
            if each.basis is not Basis.DIRECTORY
        )
    return ()


def _overrides(facts: AgreementFacts) -> tuple[Term, ...]:
    return tuple(
        Term(f"Override of {each.rule}", f"{facts.name_of(each.owner)}: {each.reason}")
        for each in facts.overrides
    )


def _resolutions(agreement: Agreement, facts: AgreementFacts) -> tuple[str, ...]:
    """Return a draft resolution for the board of each party that signs."""
    return tuple(
        f"The board of {party.name} approves {agreement.number}, “{agreement.title}”, "
        f"as set out in this packet, and has "
        f"{facts.signatories.get(party.key, 'its authorized signatory')} sign it."
        for party in facts.parties
        if party.signs
    )
