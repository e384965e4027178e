"""Rules on integrated data systems: what many owners pool, and who may use it.

The lead is the agency, university or county that runs the system.
"""

from collections.abc import Iterator
from dataclasses import replace

from agreements.rules.facts import AgreementFacts, Flow, ParentTerms
from agreements.rules.rule import POLICY, ROAD_MAP, Breach, Kind, Severity, rule
from agreements.rules.vocabulary import (
    AgreementKind,
    Basis,
    Capacity,
    Grain,
    Stage,
)

_CLAUSES_OF_A_BASIS: dict[Basis, tuple[str, ...]] = {
    Basis.STUDIES: ("C03", "C11"),
    Basis.AUDIT_EVALUATION: ("C04", "C05"),
    Basis.SCHOOL_OFFICIAL: ("C27",),
}


def _contributors(facts: AgreementFacts) -> tuple[str, ...]:
    """The owners whose records come in; whoever only sends back results is none."""
    acting = {each.key for each in facts.acting_as(Capacity.OWNER)}
    sending = {each.sender for each in facts.identifiable_disclosures}
    return tuple(
        each
        for each in facts.owners
        if each in acting | sending and each not in facts.system_leads
    )


@rule(
    "R-111",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.ROADMAP,
    citation=ROAD_MAP,
)
def every_owner_takes_part_in_the_system(facts: AgreementFacts) -> Iterator[Breach]:
    """Each owner of a project has an agreement in force with the system's lead."""
    if facts.kind is not AgreementKind.DATA_USE or not facts.model.is_system:
        return
    leads = facts.system_leads
    for owner in _contributors(facts):
        if any(
            each.is_active
            and owner in each.parties
            and not leads.isdisjoint(each.parties)
            for each in facts.parents
        ):
            continue
        yield Breach(
            message=f"{facts.name_of(owner)} has no agreement in force with whoever "
            "runs the integrated data system, so no common terms bind its records. "
            "Sign that agreement first, then this project.",
            where="parties",
            subject=owner,
        )


def _widened(
    facts: AgreementFacts, parent: ParentTerms
) -> Iterator[tuple[str, str, str]]:
    """What goes beyond a parent, as (what, where, subject)."""
    leads = facts.system_leads
    own = [
        each
        for each in facts.flows
        if each.is_disclosure
        and each.sender in parent.owners
        and each.sender not in leads
    ]
    for flow in own:
        yield from _widened_flow(flow, parent)
    for purpose in facts.purposes:
        if not any(each.purpose == purpose.key for each in own):
            continue
        if purpose.text not in parent.purposes:
            yield f"The purpose “{purpose.text}”", "purpose", purpose.key
        elif not set(purpose.uses) <= set(parent.uses):
            yield f"A use of records for “{purpose.text}”", "purpose", purpose.key
    signing = {each.key for each in facts.parties if each.signs}
    for entry in facts.access:
        if entry.person not in parent.people and entry.party not in signing:
            yield f"Access for {entry.name}", "access", entry.person
    if facts.term.ends_on and facts.term.ends_on > parent.ends_on:
        yield "The last day of the term", "dates", "ends_on"
    if facts.min_cell is not None and facts.min_cell < parent.min_cell:
        yield "The smallest group that may be shown", "protection", "min_cell"
    for period in parent.periods_exceeded(facts.destruction):
        yield _PERIODS[period], "dates", period


_PERIODS = {
    "list_days": "How long lists are kept once they are linked",
    "release_days": "How long records are kept after the last release",
    "end_days": "How long records are kept after the purpose ends",
}


def _widened_flow(flow: Flow, parent: ParentTerms) -> Iterator[tuple[str, str, str]]:
    """What a flow sends beyond a parent: elements, or finer rows than agreed."""
    receivers = parent.receivers_of(flow)
    for listed in flow.fields:
        if parent.lets_send(flow, listed.code, *receivers):
            continue
        what = f"“{listed.label}” in “{flow.key}”"
        if parent.lets_send(
            replace(flow, grain=Grain.AGGREGATE), listed.code, *receivers
        ):
            what += ", in rows that tell more about a person,"
        yield what, "schedule", listed.code
    if not parent.lets_send_rows(flow):
        yield f"Whose rows “{flow.key}” carries", "schedule", flow.key


@rule("R-112", Stage.DRAFT, severity=Severity.ERROR, kind=Kind.POLICY, citation=POLICY)
def a_project_stays_inside_its_agreement(facts: AgreementFacts) -> Iterator[Breach]:
    """A project narrows what its parent agreements allow, and never widens it.

    Compared are elements, grain, whose rows, purposes, uses, people, the term, the
    smallest group and how long records are kept; measures are the project's own
    (R-114). A party that signs the project may name people of its own.
    """
    if facts.kind is not AgreementKind.DATA_USE:
        return
    for parent in facts.parents:
        for what, where, subject in _widened(facts, parent):
            yield Breach(
                message=f"{what} goes beyond agreement {parent.number}, under which "
                "this project stands. A project may narrow what the owners agreed to, "
                "and not widen it. Narrow it, or amend that agreement first.",
                where=where,
                subject=subject,
            )


@rule(
    "R-113",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.ROADMAP,
    citation=ROAD_MAP,
)
def outside_analysts_sign_with_the_owners(facts: AgreementFacts) -> Iterator[Breach]:
    """Rows leave the system only under a redisclosure agreement of their owners."""
    if facts.kind is AgreementKind.REDISCLOSURE or not facts.model.is_system:
        return
    leads = facts.system_leads
    rows = [each for each in facts.flows if each.grain is not Grain.AGGREGATE]
    inside = leads.union(
        _contributors(facts), *(each.parties for each in facts.parents)
    )
    for receiver in dict.fromkeys(e.receiver for e in rows if e.sender in leads):
        if receiver not in inside | facts.redisclosure:
            yield Breach(
                message=f"{facts.name_of(receiver)} would receive rows from the "
                "integrated data system without an agreement with the owners they "
                "came from. Add a redisclosure agreement that those owners sign.",
                where="parties",
                subject=receiver,
            )


@rule(
    "R-114",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.ROADMAP,
    citation=ROAD_MAP,
)
def nothing_is_analyzed_without_a_project(facts: AgreementFacts) -> Iterator[Breach]:
    """Taking part in a system allows no use by itself."""
    if facts.kind is AgreementKind.PARTICIPATION and "C28" not in facts.clauses:
        yield Breach(
            message="Under this agreement the pooled records could be analyzed without "
            "a project that every owner signed. Add clause C28.",
            where="protection",
            subject="C28",
        )


@rule(
    "R-115",
    Stage.INTAKE,
    severity=Severity.WARNING,
    kind=Kind.GUIDANCE,
    citation="PTAC, integrated data systems (2017)",
)
def names_are_kept_apart_from_results(facts: AgreementFacts) -> Iterator[Breach]:
    """Identifiers and what is analyzed do not lie in the same place."""
    for each in facts.datasets:
        if each.has_identifiers and each.has_analysis and each.destroyed_on is None:
            yield Breach(
                message=f"“{each.key}” of {facts.name_of(each.holder)} holds names "
                "together with what is analyzed, so whoever analyzes sees whose "
                "records they are. Keep linking apart from analysis.",
                where="delivery",
                subject=each.key,
            )


@rule(
    "R-116",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.30, 99.31 and 99.35",
)
def taking_part_rests_on_a_basis(facts: AgreementFacts) -> Iterator[Breach]:
    """A district's agreement with the lead names a basis, and has what it demands."""
    if facts.kind is not AgreementKind.PARTICIPATION:
        return
    for flow in facts.education_disclosures:
        if flow.basis in (None, Basis.NONE_NEEDED):
            yield Breach(
                message=f"{facts.name_of(flow.sender)} would send “{flow.key}” to the "
                "integrated data system with no basis in FERPA. Pooling is no ground "
                "of its own. Choose the basis on which the records leave.",
                where="basis",
                subject=flow.key,
            )
            continue
        missing = [
            clause
            for clause in ("C06", *_CLAUSES_OF_A_BASIS.get(flow.basis, ()))
            if not facts.is_stated(clause)
        ]
        if missing:
            yield Breach(
                message=f"The basis of “{flow.key}” needs terms that this agreement "
                f"lacks: {', '.join(missing)}. Without them the basis does not hold. "
                "Add these clauses.",
                where="basis",
                subject=flow.key,
            )
