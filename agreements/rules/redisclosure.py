"""Rules on redisclosure: to whom received records may go, and what is owed for it."""

from collections.abc import Iterator

from agreements.rules.facts import AgreementFacts
from agreements.rules.rule import ROAD_MAP, Breach, Kind, Severity, rule
from agreements.rules.vocabulary import Stage


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
