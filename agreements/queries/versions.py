"""Versions of a text: what it says now, what the library alone says, what was saved."""

from dataclasses import replace
from typing import Any

from agreements.models import Agreement, TextVersion
from agreements.queries.facts import facts_of, text_of
from agreements.rules.facts import AgreementFacts
from agreements.terms_text import terms_of


def text_now(facts: AgreementFacts) -> dict[str, Any]:
    """Return the whole text of these facts, as rounds and versions keep it."""
    return {"terms": terms_of(facts), "clauses": text_of(facts)}


def template_of(facts: AgreementFacts) -> list[dict[str, Any]]:
    """Return what the clause library says for these facts, nothing being chosen."""
    return text_of(replace(facts, clauses=frozenset()))


def template_now(agreement: Agreement) -> dict[str, Any]:
    """Return the template as a text: an agreement's terms, the library's clauses."""
    facts = facts_of(agreement)
    return text_now(facts) | {"clauses": template_of(facts)}


def latest_version(agreement: Agreement) -> TextVersion | None:
    """Return the newest version, if any was saved."""
    return agreement.versions.first()
