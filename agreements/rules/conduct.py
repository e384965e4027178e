"""Rules on conduct: time limits, people with access, use and onward sharing."""

from collections.abc import Iterator
from datetime import timedelta

from agreements.rules.facts import AgreementFacts
from agreements.rules.rule import POLICY, ROAD_MAP, Breach, Kind, Severity, rule
from agreements.rules.vocabulary import Sight, Stage

LIST_DAYS = 30
RELEASE_DAYS = 90
END_DAYS = 60


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


@rule(
    "R-081",
    Stage.DRAFT,
    severity=Severity.OVERRIDABLE,
    kind=Kind.POLICY,
    citation=POLICY,
)
def destruction_is_not_put_off(facts: AgreementFacts) -> Iterator[Breach]:
    """Periods and the last date stay within the product's defaults."""
    terms = facts.destruction
    periods = (
        ("list_days", terms.list_days, LIST_DAYS, "the link is accepted"),
        ("release_days", terms.release_days, RELEASE_DAYS, "the last release"),
        ("end_days", terms.end_days, END_DAYS, "the purpose ends"),
    )
    for subject, days, limit, event in periods:
        if days is not None and days > limit:
            yield Breach(
                message=f"{days} days after {event} is too long to keep identifiable "
                f"records; the limit is {limit}. Shorten it.",
                where="dates",
                subject=subject,
            )
    ends_on, destroy_by = facts.term.ends_on, terms.destroy_by
    if ends_on and destroy_by and destroy_by > ends_on + timedelta(days=END_DAYS):
        yield Breach(
            message=f"{destroy_by:%B} {destroy_by.day}, {destroy_by.year} is more than "
            f"{END_DAYS} days after the term ends. Records kept longer than needed are "
            "a risk without a use. Choose an earlier date.",
            where="dates",
            subject="destroy_by",
        )


@rule(
    "R-090",
    Stage.DRAFT,
    Stage.INTAKE,
    severity=Severity.ERROR,
    kind=Kind.ROADMAP,
    citation=ROAD_MAP,
)
def people_with_access_are_named(facts: AgreementFacts) -> Iterator[Breach]:
    """Whoever sees people's records is named and belongs to a party."""
    for line, entry in enumerate(facts.access, start=1):
        sees_records = bool({*entry.sees} - {Sight.TABLES})
        if sees_records and not entry.name.strip():
            yield Breach(
                message=f"Line {line} of the access list names nobody, and only named "
                "people may see identifiable records. Add the name, or remove it.",
                where="access",
                subject=entry.person,
            )
        if facts.party(entry.party) is None:
            yield Breach(
                message=f"Line {line} of the access list belongs to no party, so no "
                "promise binds that person. Choose the party, or remove the line.",
                where="access",
                subject=entry.person,
            )


@rule(
    "R-100H",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.ROADMAP,
    citation=ROAD_MAP,
)
def housing_records_go_no_further(facts: AgreementFacts) -> Iterator[Breach]:
    """Who receives housing records promises limited use and no passing on."""
    if facts.housing_disclosures and "C12-H" not in facts.clauses:
        yield Breach(
            message="Nothing limits what the receiver does with the housing records or "
            "to whom it passes them. Add clause C12-H.",
            where="protection",
            subject="C12-H",
        )
