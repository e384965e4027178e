"""Rules on the legal basis of each flow, and on what every basis demands."""

from collections.abc import Iterator

from agreements.rules.elements import Category
from agreements.rules.facts import AgreementFacts
from agreements.rules.rule import ROAD_MAP, Breach, Kind, Severity, rule
from agreements.rules.vocabulary import Basis, PartyType, Stage

_DUTY_BY_LAW = (Basis.STUDIES, Basis.AUDIT_EVALUATION)


@rule(
    "R-010",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.30 and 99.31",
)
def student_records_leave_on_a_basis(facts: AgreementFacts) -> Iterator[Breach]:
    """Identifiable education records leave only with consent or an exception."""
    for flow in facts.education_disclosures:
        if flow.basis in (None, Basis.NONE_NEEDED):
            yield Breach(
                message=f"“{flow.key}” would give {facts.name_of(flow.receiver)} "
                "student-level records with no legal basis. That needs consent or an "
                "exception. Choose one, or send tables instead.",
                where="schedule",
                subject=flow.key,
            )


@rule(
    "R-011",
    Stage.DRAFT,
    severity=Severity.OVERRIDABLE,
    kind=Kind.ROADMAP,
    citation=ROAD_MAP,
)
def a_housing_agency_is_no_researcher(facts: AgreementFacts) -> Iterator[Breach]:
    """Neither studies nor evaluation fits student records for a housing agency."""
    for flow in facts.disclosures_on(*_DUTY_BY_LAW):
        if facts.is_type(flow.receiver, PartyType.PHA):
            yield Breach(
                message=f"“{flow.key}” would give {facts.name_of(flow.receiver)} "
                "student-level records for a study or an evaluation. These exceptions "
                "rarely fit a housing agency, which plans its own programs; in the "
                "Road Map's case neither did. Send tables, or ask the families for "
                "consent. Only counsel can decide otherwise, with a reason.",
                where="schedule",
                subject=flow.key,
            )


@rule(
    "R-015",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.ROADMAP,
    citation=ROAD_MAP,
)
def destruction_has_a_duty_and_a_date(facts: AgreementFacts) -> Iterator[Breach]:
    """Identifiable records come with a duty to destroy, periods and a last date."""
    if not facts.identifiable_flows:
        return
    by_law = any(each.basis in _DUTY_BY_LAW for each in facts.education_disclosures)
    terms = facts.destruction
    periods = (terms.list_days, terms.release_days, terms.end_days)
    missing = (
        ("duty", "protection", not facts.is_stated("C17"), "no duty to destroy"),
        ("periods", "dates", None in periods, "no period for destroying"),
        (
            "destroy_by",
            "dates",
            terms.destroy_by is None,
            "no last date for destroying",
        ),
    )
    for subject, where, is_missing, lack in missing:
        if is_missing:
            yield Breach(
                message=f"The agreement states {lack} identifiable records. A duty and "
                "a date are both required; “when no longer needed” is not enough. "
                "Complete the destruction terms.",
                where=where,
                subject=subject,
                kind=Kind.LAW if by_law else None,
                citation="34 CFR 99.31(a)(6)(iii)(C)(4) and 99.35(a)(3)(iii)–(iv)"
                if by_law
                else "",
            )


@rule(
    "R-039",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.31(a)(10) and 99.36",
)
def an_emergency_is_no_standing_basis(facts: AgreementFacts) -> Iterator[Breach]:
    """No flow rests on health and safety, which is judged case by case."""
    for flow in facts.flows:
        if flow.basis is Basis.HEALTH_SAFETY:
            yield Breach(
                message=f"“{flow.key}” rests on health and safety emergencies. Those "
                "are judged case by case, when somebody is in danger; they are no "
                "ground for a standing flow. Remove it, or choose another basis.",
                where="schedule",
                subject=flow.key,
            )


@rule(
    "R-074",
    Stage.INTAKE,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.3 and 99.30",
)
def match_results_stay_with_the_district(facts: AgreementFacts) -> Iterator[Breach]:
    """A housing agency gets counts, never who was or was not found."""
    for flow in facts.flows:
        if flow.basis is Basis.CONSENT or not facts.is_type(
            flow.receiver, PartyType.PHA
        ):
            continue
        for column in facts.columns_in_play(flow, Category.MATCH_RESULT):
            yield Breach(
                message=f"“{flow.key}” would tell {facts.name_of(flow.receiver)} "
                "which children were or were not found. That is information about a "
                "student. Return counts only.",
                where="schedule",
                subject=column,
            )
