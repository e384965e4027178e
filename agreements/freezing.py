"""Freezing: the mandate that an agreement's facts amount to when it is executed."""

from typing import TypeVar

from accounts.acts import RuleBroken
from agreements.mandate import (
    CLAUSE_OF,
    AgreedAccess,
    AgreedAnalysis,
    AgreedFlow,
    AgreedOnward,
    AgreedParty,
    AgreedPurpose,
    Mandate,
)
from agreements.rules.facts import AgreementFacts
from agreements.rules.vocabulary import AgreementKind, Capacity

T = TypeVar("T")


def freeze(facts: AgreementFacts, *, agreement: str, text_digest: str) -> Mandate:
    """The mandate that these facts amount to, bound to the signed text.

    agreement: the number of the agreement that runs; a text that amends another states
    that one's terms. Raises RuleBroken while a term that a mandate needs is missing.
    """
    terms, term = facts.destruction, facts.term
    linkers = facts.acting_as(Capacity.LINKER)
    runs = facts.amended or facts
    return Mandate(
        agreement=agreement,
        kind=runs.kind,
        model=facts.model,
        text_digest=text_digest,
        parties=tuple(
            AgreedParty(
                key=each.key,
                capacities=tuple(sorted(each.capacities)),
                signed=each.signs,
            )
            for each in sorted(facts.parties, key=lambda each: each.key)
        ),
        owners=facts.owners,
        linkers=tuple(sorted(each.key for each in linkers)),
        flows=tuple(
            AgreedFlow(
                key=each.key,
                sender=each.sender,
                receiver=each.receiver,
                grain=each.grain,
                elements=tuple(sorted(field.code for field in each.fields)),
                purpose=each.purpose,
                basis=each.basis or "",
                frequency=each.frequency or "",
                method=each.method or "",
                scope=each.scope,
            )
            for each in sorted(facts.flows, key=lambda each: each.key)
        ),
        onward=tuple(
            AgreedOnward(
                owner=each.owner,
                name=each.name,
                interest=each.interest,
                basis=each.basis or "",
            )
            for each in facts.onward
        ),
        access=tuple(
            AgreedAccess(
                person=each.person,
                party=each.party,
                sees=tuple(sorted(each.sees)),
                from_on=_stated(each.from_on or term.starts_on, "first day of access"),
                until_on=_stated(each.until_on or term.ends_on, "last day of access"),
            )
            for each in sorted(facts.access, key=lambda each: each.person)
        ),
        purposes=tuple(
            AgreedPurpose(key=each.key, text=each.text, uses=tuple(sorted(each.uses)))
            for each in sorted(facts.purposes, key=lambda each: each.key)
        ),
        analyses=tuple(
            AgreedAnalysis(measure=each.key, breakdowns=tuple(sorted(each.breakdowns)))
            for each in sorted(facts.analyses, key=lambda each: each.key)
        ),
        under=tuple(
            each.number for each in runs.parents if runs.kind is AgreementKind.DATA_USE
        ),
        min_cell=_stated(facts.min_cell, "smallest group that may be shown"),
        starts_on=_stated(term.starts_on, "first day of the term"),
        implementation_on=_stated(
            term.implementation_on or term.starts_on, "day on which sharing goes live"
        ),
        review_on=_stated(term.review_on or term.ends_on, "last day of the term"),
        ends_on=_stated(term.ends_on, "last day of the term"),
        destroy_by=_stated(terms.destroy_by, "last date for destruction"),
        list_days=_stated(terms.list_days, "period for linking lists"),
        release_days=_stated(terms.release_days, "period after the last release"),
        end_days=_stated(terms.end_days, "period after the purpose ends"),
        breach_hours=_stated(
            facts.handling.breach_hours, "hours for telling of an incident"
        ),
        clauses=tuple(
            (topic, key) for topic, key in CLAUSE_OF.items() if facts.is_stated(key)
        ),
    )


def _stated(value: T | None, what: str) -> T:
    if value is None:
        raise RuleBroken(
            f"The agreement does not state the {what}, so it cannot take effect. "
            "Reopen the draft and complete it."
        )
    return value
