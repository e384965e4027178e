"""Rules on people: who may see records, and what they did before they see any."""

from collections.abc import Collection, Iterator
from datetime import timedelta

from agreements.rules.facts import AccessEntry, AgreementFacts
from agreements.rules.rule import POLICY, ROAD_MAP, Breach, Kind, Severity, rule
from agreements.rules.vocabulary import Sight, Stage

TRAINING_DAYS = 365  # twelve months, and a day less where a leap day falls in them
REVIEW_DAYS = 90


def sees_records(sees: Collection[str]) -> bool:
    """Whether what a person may see is more than tables."""
    return bool({*sees} - {Sight.TABLES})


def _with_sight_of_records(facts: AgreementFacts) -> Iterator[AccessEntry]:
    """The named people who may see records today."""
    for entry in facts.access:
        is_here = entry.left_on is None or entry.left_on > facts.today
        if sees_records(entry.sees) and entry.name.strip() and is_here:
            yield entry


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
        has_left = entry.left_on is not None and entry.left_on <= facts.today
        if sees_records(entry.sees) and has_left:
            yield Breach(
                message=f"{entry.name or f'Somebody on line {line} of the access list'}"
                f" has left {facts.name_of(entry.party)}, so no promise binds that "
                "person any more. Remove the line.",
                where="access",
                subject=entry.person,
            )
        elif sees_records(entry.sees) and not entry.name.strip():
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


@rule("R-091", Stage.INTAKE, severity=Severity.ERROR, kind=Kind.POLICY, citation=POLICY)
def people_are_trained_and_have_pledged(facts: AgreementFacts) -> Iterator[Breach]:
    """Whoever sees records was trained and signed the pledge."""
    for entry in _with_sight_of_records(facts):
        done = {"training": entry.trained_on, "signed pledge": entry.pledged_on}
        missing = [
            what for what, day in done.items() if day is None or day > facts.today
        ]
        if missing:
            yield Breach(
                message=f"{entry.name} may see records, but has no "
                f"{' and no '.join(missing)} on file. Access waits until "
                "both are on file. Record them, or remove the line.",
                where="access",
                subject=entry.person,
            )


@rule(
    "R-092", Stage.TIMER, severity=Severity.WARNING, kind=Kind.POLICY, citation=POLICY
)
def training_and_reviews_are_recent(facts: AgreementFacts) -> Iterator[Breach]:
    """Training and pledge are renewed every year, access is reviewed each quarter."""
    begins_on = facts.term.starts_on
    for entry in _with_sight_of_records(facts):
        for what, last_on, days in (
            ("training", entry.trained_on, TRAINING_DAYS),
            ("pledge", entry.pledged_on, TRAINING_DAYS),
            ("review", entry.reviewed_on or entry.from_on or begins_on, REVIEW_DAYS),
        ):
            until = last_on + timedelta(days=days) if last_on else None
            if until and facts.today > until:
                yield Breach(
                    message=f"The {_IN_WORDS[what]} of {entry.name} counted until "
                    f"{until:%B} {until.day}, {until.year}. {_REMEDY[what]}",
                    where="access",
                    subject=f"{entry.person} {what}",
                )


_IN_WORDS = {
    "training": "yearly training",
    "pledge": "pledge of confidentiality",
    "review": "quarterly review of access",
}
_REMEDY = {
    "training": "People forget what they do not repeat. Renew it now.",
    "pledge": "It holds for a year. Have it signed again now.",
    "review": "Access that nobody looks at outlives its reason. Review it now.",
}


@rule(
    "R-097",
    Stage.INTAKE,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.31(c)",
)
def recipients_are_who_they_say(facts: AgreementFacts) -> Iterator[Breach]:
    """The identity of whoever sees another party's records was checked."""
    by_law = {each.receiver for each in facts.education_disclosures}
    receivers = {each.receiver for each in facts.identifiable_disclosures}
    for entry in _with_sight_of_records(facts):
        if entry.party in receivers and not entry.is_identity_checked:
            is_law = entry.party in by_law
            yield Breach(
                message=f"It was not checked that the account of {entry.name} belongs "
                "to that person, so records might reach somebody else. Verify the "
                "person first, with a second factor or a single sign-on.",
                where="access",
                subject=entry.person,
                kind=None if is_law else Kind.POLICY,
                citation="" if is_law else POLICY,
            )
