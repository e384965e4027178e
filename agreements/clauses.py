"""Assembles a document's text from the clause library and the facts.

`{names}` in a wording are replaced once by what the facts say. A fact that is missing
leaves a visible gap instead of an error, so that a draft can be read at any time. The
parties' own wordings take the library's place and are marked wherever they are shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from agreements.clause_library import (
    DOCUMENTS,
    LIBRARY,
    VARIABLE,
    Clause,
    is_mandatory,
    recommended_for,
    variables_in,
)
from agreements.clause_values import MEANING, listing, values_of
from agreements.rules.facts import AgreementFacts, Wording
from agreements.rules.vocabulary import AgreementKind

ALTERED, OWN, OFFERED = "Altered", "Own clause", "As offered"
NONE_DROPPED = "none"


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
    keys = {each.key for each in clauses_of(facts)}
    if facts.amended:
        keys |= {*changes_in(facts)} - {each.clause for each in facts.wordings}
    return replace(facts, clauses=frozenset(keys))


def assemble(
    facts: AgreementFacts,
    document: str = "",
    given: Mapping[str, str] | None = None,
) -> tuple[AssembledClause, ...]:
    """Return the text of a document, clause by clause, in the library's order.

    The parties' own clauses follow the library's. A text that changes an agreement
    holds the clauses that read differently now; a joinder, all that was offered.
    given: what only this document states, by the name of its variable.
    """
    if document or not (facts.amended or facts.kind is AgreementKind.JOINDER):
        return _assembled(facts, document, given or {})
    if facts.amended is None:
        return _with_offered(facts, _assembled(facts, document, given or {}))
    changed = changes_in(facts)
    stated = {
        "changed_clauses": listing(_named(each) for each in changed.values()),
        "dropped_clauses": listing(map(_named, _dropped(facts))) or NONE_DROPPED,
    }
    own = _assembled(facts, "", {**stated, **(given or {})})
    held = {each.key: each for each in own if each.is_mandatory or each.key in changed}
    return _in_order({**changed, **held})


def changes_in(facts: AgreementFacts) -> dict[str, AssembledClause]:
    """Return the clauses of the changed agreement that would read differently."""
    before = {each.key: each.text for each in _assembled(_before(facts), "", {})}
    return {
        each.key: each
        for each in _assembled(_after(facts), "", {})
        if each.text != before.get(each.key)
    }


def dropped_from(facts: AgreementFacts) -> tuple[str, ...]:
    """Return the keys of clauses that the changed agreement would lose."""
    return tuple(each.key for each in _dropped(facts))


def _dropped(facts: AgreementFacts) -> list[AssembledClause]:
    after = {each.key for each in _assembled(_after(facts), "", {})}
    before = _assembled(_before(facts), "", {})
    return [each for each in before if each.key not in after]


def _before(facts: AgreementFacts) -> AgreementFacts:
    assert facts.amended is not None
    return facts.amended


def _after(facts: AgreementFacts) -> AgreementFacts:
    """Return the facts of the changed agreement, as they would be in force."""
    before = _before(facts)
    return replace(
        facts,
        kind=before.kind,
        parents=before.parents,
        clauses=facts.clauses - DOCUMENTS[facts.kind].mandatory,
        amended=None,
    )


def _named(clause: AssembledClause) -> str:
    return f"{clause.title} ({clause.key})"


def _in_order(clauses: Mapping[str, AssembledClause]) -> tuple[AssembledClause, ...]:
    """Return clauses in the library's order, the parties' own last."""
    order = {key: at for at, key in enumerate(LIBRARY)}
    return tuple(
        sorted(clauses.values(), key=lambda each: order.get(each.key, len(order)))
    )


def _with_offered(
    facts: AgreementFacts, own: tuple[AssembledClause, ...]
) -> tuple[AssembledClause, ...]:
    """Return a joinder's own clauses among those that the agreement offered."""
    held = {each.key: each for each in own}
    offered = {
        key: AssembledClause(
            key=key,
            title=title,
            text=text,
            is_mandatory=True,
            source=f"As signed in {parent.number}",
            why="Who joins accepts the terms as they were offered.",
            gaps=(),
            mark=OFFERED,
        )
        for parent in facts.parents
        for key, title, text in parent.texts
    }
    return _in_order({**offered, **held})


def _assembled(
    facts: AgreementFacts, document: str, given: Mapping[str, str]
) -> tuple[AssembledClause, ...]:
    held = clauses_of(facts, document)
    titles = {each.key: each.title for each in held}
    values = {**values_of(facts, titles), **given}
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
