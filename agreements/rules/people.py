"""Rules on people: who may see records, and what they did before they see any."""

from collections.abc import Iterator

from agreements.rules.facts import AgreementFacts
from agreements.rules.rule import ROAD_MAP, Breach, Kind, Severity, rule
from agreements.rules.vocabulary import Sight, Stage


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
