"""What a text takes over from the agreements above it, and what it adds (pure)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from agreements.clause_values import SURVIVING
from agreements.clauses import dropped_from
from agreements.rules.facts import AgreementFacts, Flow, ParentTerms
from agreements.rules.vocabulary import AgreementKind


@dataclass(frozen=True, slots=True)
class Inherited:
    """The clauses of one agreement above that hold here in their own words.

    clauses: as (key, title, text). edition: 1, and one more for each executed change.
    """

    number: str
    edition: int
    is_active: bool
    clauses: tuple[tuple[str, str, str], ...]


def inherited(facts: AgreementFacts, own: Collection[str]) -> tuple[Inherited, ...]:
    """Return what holds from above, without the clauses that the text words itself.

    own: the keys of the text's clauses. What ends an agreement keeps what survives it.
    """
    gone = {*own, *(dropped_from(facts) if facts.amended else ())}
    ends = facts.kind is AgreementKind.TERMINATION
    return tuple(
        Inherited(
            number=parent.number,
            edition=parent.edition,
            is_active=parent.is_active,
            clauses=tuple(
                each
                for each in parent.texts
                if each[0] not in gone and (not ends or each[0] in SURVIVING)
            ),
        )
        for parent in facts.parents
    )


def added(facts: AgreementFacts) -> tuple[str, ...]:
    """Return what stands in this text and in no agreement above it, in sentences."""
    return tuple(_added(facts)) if facts.parents else ()


def _added(facts: AgreementFacts) -> Iterator[str]:
    parents = facts.parents
    known = {key for parent in parents for key in parent.parties}
    for party in facts.parties:
        if party.key not in known:
            yield f"{party.name} is a party here alone."
    for flow in facts.flows:
        new = [e.label for e in flow.fields if not lists(parents, flow, e.code)]
        if new:
            yield f"In “{flow.key}”: {', '.join(new)}."
        if not any(parent.lets_send_rows(flow) for parent in parents):
            yield f"In “{flow.key}”: rows that the agreements above do not cover."
    purposes = {text for parent in parents for text in parent.purposes}
    for purpose in facts.purposes:
        if purpose.text not in purposes:
            yield f"The purpose “{purpose.text}”."
    uses = {use for parent in parents for use in parent.uses}
    if {use for each in facts.purposes for use in each.uses} - uses:
        yield "A use of records that the agreements above do not name."
    people = {person for parent in parents for person in parent.people}
    for entry in facts.access:
        if entry.person not in people:
            yield f"{entry.name} of {facts.name_of(entry.party)} may see records."
    last = min(parent.ends_on for parent in parents)
    if facts.term.ends_on and facts.term.ends_on > last:
        yield f"It ends after {last:%B} {last.day}, {last.year}, when they end."
    if any(parent.periods_exceeded(facts.destruction) for parent in parents):
        yield "Records are kept longer than an agreement above says."
    for wording in facts.wordings:
        yield f"“{wording.title}” in words that are not the library's."


def lists(parents: Collection[ParentTerms], flow: Flow, code: str) -> bool:
    """Return whether an agreement above lets an element of a flow be sent so finely."""
    return any(
        parent.lets_send(flow, code, *parent.receivers_of(flow)) for parent in parents
    )
