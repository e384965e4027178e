"""Versions of a text: what it says now, what the library alone says, what was saved."""

from dataclasses import replace
from typing import Any

from agreements.clauses import clauses_of
from agreements.lifecycle import AGREEMENT
from agreements.models import Agreement, TextVersion
from agreements.outline import Section, Source, outline
from agreements.queries.facts import facts_of, text_of
from agreements.queries.standing import latest_round
from agreements.rules.facts import AgreementFacts
from agreements.terms_text import terms_of


def text_now(facts: AgreementFacts) -> dict[str, Any]:
    """Return the whole text of these facts, as rounds and versions keep it."""
    return {"terms": terms_of(facts), "clauses": text_of(facts)}


def text_standing(agreement: Agreement) -> dict[str, Any]:
    """Return the text as it stands: the draft's own, or what its round froze."""
    round_ = latest_round(agreement)
    if round_ is None or agreement.state == AGREEMENT.initial:
        return text_now(facts_of(agreement))
    frozen: dict[str, Any] = round_.text
    return frozen


def template_of(facts: AgreementFacts) -> list[dict[str, Any]]:
    """Return what the clause library says for these facts, nothing being chosen."""
    return text_of(replace(facts, clauses=frozenset(), wordings=()))


def template_now(agreement: Agreement) -> dict[str, Any]:
    """Return the template as a text: an agreement's terms, the library's clauses."""
    facts = facts_of(agreement)
    return text_now(facts) | {"clauses": template_of(facts)}


def latest_version(agreement: Agreement) -> TextVersion | None:
    """Return the newest version, if any was saved."""
    return agreement.versions.first()


def wording_of(facts: AgreementFacts, clause: str) -> str:
    """Return a clause's wording with its variables; "" where it is no clause here."""
    worded = {each.clause: each.text for each in facts.wordings}
    library = {each.key: each.wording_for(facts) for each in clauses_of(facts)}
    return (library | worded).get(clause, "")


def source_of(version: TextVersion) -> Source:
    """Return what a file says of the version that it holds."""
    return Source(
        number=version.agreement.number,
        title=version.title,
        label=f"version {version.number}",
        version=version.number,
        digest=version.digest,
        saved_at=version.saved_at,
    )


def outline_of(version: TextVersion) -> tuple[Section, ...]:
    """Return the sections of a version, as its Word file holds them."""
    return outline(source_of(version), version.text)
