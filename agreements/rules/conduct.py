"""Rules on conduct: when and for what records are used, and how they move."""

from collections.abc import Iterator

from agreements.rules.facts import AgreementFacts
from agreements.rules.rule import POLICY, ROAD_MAP, Breach, Kind, Severity, rule
from agreements.rules.vocabulary import Grain, Selection, Stage

MOST_BREACH_HOURS = 72


@rule(
    "R-058",
    Stage.INTAKE,
    Stage.TIMER,
    severity=Severity.ERROR,
    kind=Kind.POLICY,
    citation=POLICY,
)
def agreement_covers_this_use_today(facts: AgreementFacts) -> Iterator[Breach]:
    """The agreement is in force today, and the delivery serves a listed purpose."""
    ends_on = facts.term.ends_on
    if not facts.is_in_force or ends_on is None or facts.today > ends_on:
        yield Breach(
            message="No agreement in force covers this use today. Access is off, and "
            "when the term ends the time for destruction runs. Renew the agreement, or "
            "destroy the records.",
            where="dates",
        )
    starts_on = facts.term.starts_on
    if starts_on is not None and facts.today < starts_on:
        yield Breach(
            message="The term has not begun, so nothing may be sent yet. Wait for the "
            "first day of the term.",
            where="dates",
        )
    purposes = {each.key for each in facts.purposes}
    flow = facts.flow(facts.delivery.flow) if facts.delivery else None
    if flow and flow.purpose not in purposes:
        yield Breach(
            message=f"“{flow.key}” serves a purpose that the agreement does not list. "
            "Use the records only for what was agreed, or amend the agreement.",
            where="purpose",
            subject=flow.key,
        )


@rule("R-093", Stage.DRAFT, severity=Severity.ERROR, kind=Kind.POLICY, citation=POLICY)
def records_move_safely(facts: AgreementFacts) -> Iterator[Breach]:
    """Rows about people move encrypted, and never by mail or on a medium."""
    for flow in facts.flows:
        if (
            flow.grain is not Grain.AGGREGATE
            and flow.method is not None
            and not flow.method.is_safe
        ):
            yield Breach(
                message=f"“{flow.key}” moves by {flow.method}, and most losses happen "
                "on the way. Use the encrypted upload or SFTP.",
                where="schedule",
                subject=flow.key,
            )


@rule(
    "R-094", Stage.DRAFT, severity=Severity.WARNING, kind=Kind.POLICY, citation=POLICY
)
def losses_are_reported_soon(facts: AgreementFacts) -> Iterator[Breach]:
    """A suspected loss is reported within hours, 72 at most."""
    hours = facts.handling.breach_hours
    if facts.identifiable_flows and (hours is None or hours > MOST_BREACH_HOURS):
        yield Breach(
            message="There is no limit of hours for reporting a loss, or it is longer "
            f"than {MOST_BREACH_HOURS}. State law may set a limit too. Enter the "
            "hours; 24 is usual.",
            where="protection",
            subject="breach_hours",
        )


@rule(
    "R-095",
    Stage.DRAFT,
    severity=Severity.WARNING,
    kind=Kind.GUIDANCE,
    citation="PTAC, written agreements",
)
def owners_may_inspect(facts: AgreementFacts) -> Iterator[Breach]:
    """An owner whose records leave may look at how they are kept."""
    if facts.identifiable_disclosures and not facts.is_stated("C22"):
        yield Breach(
            message="No owner may inspect how its records are kept, and without that "
            "it can hardly show that it protects them. Add clause C22.",
            where="protection",
            subject="C22",
        )


@rule(
    "R-129",
    Stage.DRAFT,
    Stage.INTAKE,
    severity=Severity.ERROR,
    kind=Kind.ROADMAP,
    citation=ROAD_MAP,
)
def outreach_lists_come_from_housing_data_alone(
    facts: AgreementFacts,
) -> Iterator[Breach]:
    """A housing agency's list of families is not filtered by school results."""
    for flow in facts.flows:
        if (
            flow.selection is Selection.DISTRICT_RESULTS
            and flow.grain is not Grain.AGGREGATE
            and flow.has_housing_fields
        ):
            yield Breach(
                message=f"The families in “{flow.key}” are chosen by what the district "
                "found, so the list itself would carry student records. Choose them "
                "from housing data only, such as age and building.",
                where="schedule",
                subject=flow.key,
            )
