"""Rules on retention: how long records are kept, and that they are destroyed."""

from collections.abc import Iterator
from datetime import timedelta

from agreements.rules.facts import AgreementFacts
from agreements.rules.rule import POLICY, Breach, Kind, Severity, rule
from agreements.rules.vocabulary import Stage

LIST_DAYS = 30
RELEASE_DAYS = 90
END_DAYS = 60


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
