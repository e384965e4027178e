"""Assembles a document's text from the clause library and the facts.

`{names}` in a wording are replaced once by what the facts say. A fact that is missing
leaves a visible gap instead of an error, so that a draft can be read at any time. The
parties' own wordings take the library's place and are marked wherever they are shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from agreements.clause_library import (
    LIBRARY,
    VARIABLE,
    Clause,
    is_mandatory,
    recommended_for,
    variables_in,
)
from agreements.clause_values import MEANING, values_of
from agreements.rules.facts import AgreementFacts, Wording

ALTERED, OWN = "Altered", "Own clause"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssembledClause:
    """A clause with its variables filled in; `gaps` says what is still missing.

    mark: "Altered" or "Own clause" where the wording is not the library's.
    """

    key: str
    title: str
    text: str
    is_mandatory: bool
    source: str
    why: str
    gaps: tuple[str, ...]
    mark: str = ""


def clauses_of(facts: AgreementFacts, document: str = "") -> tuple[Clause, ...]:
    """Return the clauses of a document: the mandatory ones and those it chose.

    document: a key of DOCUMENTS; the agreement's own kind if none is named. Only the
    agreement itself holds what its parties chose.
    """
    chosen = frozenset() if document else facts.clauses
    return tuple(
        each
        for each in LIBRARY.values()
        if is_mandatory(each, facts, document) or each.key in chosen
    )


def choices_of(facts: AgreementFacts) -> tuple[Clause, ...]:
    """Return the clauses that the parties may choose for their agreement."""
    return recommended_for(facts)


def with_mandatory_clauses(facts: AgreementFacts) -> AgreementFacts:
    """Return the same facts, whose `clauses` now hold the mandatory ones as well."""
    return replace(facts, clauses=frozenset(each.key for each in clauses_of(facts)))


def assemble(
    facts: AgreementFacts,
    document: str = "",
    given: Mapping[str, str] | None = None,
) -> tuple[AssembledClause, ...]:
    """Return the text of a document, clause by clause, in the library's order.

    The parties' own clauses follow the library's. given: what only this document
    states, by the name of its variable.
    """
    held = clauses_of(facts, document)
    titles = {each.key: each.title for each in held}
    values = {**values_of(facts, titles), **(given or {})}
    worded = {} if document else {each.clause: each for each in facts.wordings}
    own = [each for each in worded.values() if each.is_own]
    return (
        *(
            _of_library(each, facts, document, worded.get(each.key), values)
            for each in held
        ),
        *(_own(each, values) for each in own),
    )


def _of_library(
    clause: Clause,
    facts: AgreementFacts,
    document: str,
    altered: Wording | None,
    values: Mapping[str, str],
) -> AssembledClause:
    wording = altered.text if altered else clause.wording_for(facts)
    return AssembledClause(
        key=clause.key,
        title=clause.title,
        text=_filled(wording, values),
        is_mandatory=is_mandatory(clause, facts, document),
        source=clause.source,
        why=clause.why,
        gaps=_gaps(wording, values),
        mark=ALTERED if altered else "",
    )


def _own(wording: Wording, values: Mapping[str, str]) -> AssembledClause:
    return AssembledClause(
        key=wording.clause,
        title=wording.title,
        text=_filled(wording.text, values),
        is_mandatory=False,
        source="The parties' own clause",
        why="The parties wrote it; every owner's counsel reads it.",
        gaps=_gaps(wording.text, values),
        mark=OWN,
    )


def _gaps(wording: str, values: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(
        MEANING[name]
        for name in variables_in(wording)
        if name in MEANING and not values.get(name)
    )


def _filled(wording: str, values: Mapping[str, str]) -> str:
    """Return the wording with what its variables mean; other braces stay."""
    return VARIABLE.sub(
        lambda match: (
            (values.get(match[1]) or f"[to be completed: {MEANING[match[1]]}]")
            if match[1] in MEANING
            else match[0]
        ),
        wording,
    )
