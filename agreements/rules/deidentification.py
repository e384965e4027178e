"""Rules on de-identified rows: what they hold, who decided, how codes are made."""

from collections.abc import Iterator

from agreements.rules.elements import Category, element_of
from agreements.rules.facts import AgreementFacts, Flow
from agreements.rules.rule import POLICY, Breach, Kind, Severity, rule
from agreements.rules.vocabulary import (
    Basis,
    CodeOrigin,
    DeterminationKind,
    Grain,
    PartyType,
    Stage,
    Use,
)

MIN_K = 10
_HOUSING = (PartyType.PHA, PartyType.MULTIFAMILY_OWNER)


def _is_deidentified(flow: Flow) -> bool:
    """Whether rows leave their owner as de-identified, coded or not."""
    return flow.is_disclosure and flow.grain in (Grain.DEIDENTIFIED, Grain.CODED)


def _is_coded(flow: Flow) -> bool:
    """Whether rows leave their owner with a record code."""
    return flow.is_disclosure and (
        flow.grain is Grain.CODED
        or flow.basis is Basis.CODED
        or any(each.category is Category.RECORD_CODE for each in flow.fields)
    )


def _arriving(facts: AgreementFacts) -> Flow | None:
    """The flow of the file at the door, if it is said to be de-identified."""
    flow = facts.flow(facts.delivery.flow) if facts.delivery else None
    return flow if flow and _is_deidentified(flow) else None


@rule(
    "R-065",
    Stage.INTAKE,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.3 and 99.31(b)(1)",
)
def deidentified_files_name_nobody(facts: AgreementFacts) -> Iterator[Breach]:
    """A file that is said to be de-identified holds nothing that identifies."""
    if facts.delivery is None or _arriving(facts) is None:
        return
    for column in facts.delivery.columns:
        element = element_of(column)
        if element and element.category in (
            Category.STUDENT_IDENTITY,
            Category.RESIDENT_IDENTITY,
            Category.SOCIAL_SECURITY,
        ):
            yield Breach(
                message=f"The rows are said to be de-identified, but the column "
                f"“{column}” identifies people. Remove it and send the file again.",
                where="delivery",
                subject=column,
            )


@rule("R-066", Stage.INTAKE, severity=Severity.ERROR, kind=Kind.POLICY, citation=POLICY)
def no_row_stands_alone(facts: AgreementFacts) -> Iterator[Breach]:
    """De-identified rows come in groups that are alike in what could identify."""
    delivery = facts.delivery
    if delivery is None or _arriving(facts) is None:
        return
    if delivery.smallest_group is None:
        yield Breach(
            message="It was not tested whether rows of this file are alike enough to "
            "hide a person among others. Test it against what the recipient knows.",
            where="delivery",
            subject=delivery.flow,
        )
    elif delivery.smallest_group < MIN_K:
        columns = ", ".join(
            element.label.lower() if (element := element_of(each)) else each
            for each in delivery.quasi_identifiers
        )
        yield Breach(
            message=f"A group of rows that are alike on {columns} has only "
            f"{delivery.smallest_group} of the {MIN_K} people it needs, so somebody "
            "could be recognized. Make the values coarser, blur them, or leave the "
            "rows out.",
            where="delivery",
            subject=delivery.flow,
        )


@rule(
    "R-067",
    Stage.DRAFT,
    Stage.INTAKE,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.31(b)(2)(iii)",
)
def record_codes_are_random(facts: AgreementFacts) -> Iterator[Breach]:
    """A record code is made from nothing about the person."""
    for flow in facts.flows:
        origins = [flow.code_origin]
        if facts.delivery and facts.delivery.flow == flow.key:
            origins.append(facts.delivery.code_origin)
        stated = {each for each in origins if each is not None}
        if stated - {CodeOrigin.RANDOM}:
            yield Breach(
                message=f"The record codes in “{flow.key}” are made from a student "
                "number or from personal information, even if it is hashed, "
                "encrypted or cut short, and could lead back to the child. Use "
                "random codes.",
                where="schedule",
                subject=flow.key,
            )
        elif _is_coded(flow) and not stated:
            yield Breach(
                message=f"It is not confirmed that the record codes in “{flow.key}” "
                "are random. A code may not be made from anything about the child. "
                "Confirm that they are random.",
                where="schedule",
                subject=flow.key,
            )


@rule(
    "R-068",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.31(b)(2)",
)
def codes_serve_education_research(facts: AgreementFacts) -> Iterator[Breach]:
    """Rows with a record code are for education research and nothing else."""
    for flow in facts.flows:
        purpose = facts.purpose_of(flow)
        uses = set(purpose.uses) if purpose else set()
        if _is_coded(flow) and uses != {Use.EDUCATION_RESEARCH}:
            yield Breach(
                message=f"“{flow.key}” carries record codes, which are allowed for "
                "education research only. Send the rows without codes, or limit the "
                "purpose to education research.",
                where="purpose",
                subject=flow.key,
            )


@rule(
    "R-069",
    Stage.INTAKE,
    Stage.PUBLICATION,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.31(b)(1)",
)
def the_owner_decided_that_rows_are_deidentified(
    facts: AgreementFacts,
) -> Iterator[Breach]:
    """Whose education records the rows are decided so, and signed it."""
    decided = {
        (each.flow, each.party)
        for each in facts.determinations
        if each.kind is DeterminationKind.DEIDENTIFICATION
    }
    for flow in facts.flows:
        if facts.delivery and facts.delivery.flow != flow.key:
            continue  # another flow's file is at the door
        for owner in _education_owners(flow) if _is_deidentified(flow) else ():
            if (flow.key, owner) in decided:
                continue
            yield Breach(
                message=f"{facts.name_of(owner)} has not decided in writing that the "
                f"rows of “{flow.key}” identify nobody, and nobody else can decide it. "
                "Have the determination signed.",
                where="delivery" if facts.delivery else "release",
                subject=flow.key,
            )


def _education_owners(flow: Flow) -> tuple[str, ...]:
    """Whose education records a flow is made of: its sender's, or its inputs' owners'.

    Somebody who links for others sends what is theirs.
    """
    owners: dict[str, None] = {}
    for each in flow.fields:
        if each.category and each.category.is_education:
            owners |= dict.fromkeys(
                each.lineage.owners if each.lineage else [flow.sender]
            )
    return tuple(owners)


@rule(
    "R-070",
    Stage.DRAFT,
    severity=Severity.OVERRIDABLE,
    kind=Kind.POLICY,
    citation=POLICY,
)
def rows_do_not_go_to_who_holds_the_list(facts: AgreementFacts) -> Iterator[Breach]:
    """De-identified rows do not go to somebody who holds the names behind them."""
    holders = {
        end for each in facts.identifiable_flows for end in (each.sender, each.receiver)
    }
    for flow in facts.flows:
        receiver = flow.receiver
        if _is_deidentified(flow) and (
            receiver in holders or facts.is_type(receiver, *_HOUSING)
        ):
            yield Breach(
                message=f"{facts.name_of(receiver)} holds a list of the people behind "
                f"“{flow.key}” and might recognize them row by row. Tables are safer. "
                "If rows are needed, have them tested against that list and have "
                "counsel decide.",
                where="schedule",
                subject=flow.key,
            )


@rule("R-078", Stage.DRAFT, severity=Severity.ADVICE, kind=Kind.POLICY, citation=POLICY)
def a_review_board_looked_at_it(facts: AgreementFacts) -> Iterator[Breach]:
    """A university that receives people's records has its review board's word."""
    reviewed = {
        each.party
        for each in facts.determinations
        if each.kind is DeterminationKind.IRB
    }
    receivers = {
        each.receiver: None
        for each in facts.flows
        if each.is_disclosure and each.grain is not Grain.AGGREGATE
    }
    for receiver in receivers:
        if facts.is_type(receiver, PartyType.UNIVERSITY) and receiver not in reviewed:
            yield Breach(
                message=f"There is no determination by a review board (IRB) of "
                f"{facts.name_of(receiver)}. Most universities need one before their "
                "people may use such records. Attach it.",
                where="protection",
                subject=receiver,
            )
