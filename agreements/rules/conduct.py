"""Rules on conduct: when and for what records are used, and how they move."""

from collections.abc import Iterator

from agreements.rules.facts import AgreementFacts
from agreements.rules.rule import POLICY, Breach, Kind, Severity, rule
from agreements.rules.vocabulary import Stage


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
