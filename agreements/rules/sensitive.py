"""Rules on sensitive elements: those that need a reason, or another law's leave."""

from collections.abc import Iterator

from agreements.rules.elements import Category
from agreements.rules.facts import AgreementFacts, Field, Flow
from agreements.rules.rule import POLICY, Breach, Kind, Severity, rule
from agreements.rules.vocabulary import Basis, Stage

_OWN_LAW = {
    Category.MENTAL_HEALTH: "45 CFR Part 164 (HIPAA)",
    Category.SUBSTANCE_USE: "42 CFR Part 2",
    Category.WAGE_RECORD: "20 CFR Part 603",
    Category.CHILD_WELFARE: "42 USC 5106a (CAPTA); state law",
    Category.JUVENILE_JUSTICE: "20 USC 1232g(b)(1)(E); 34 CFR 99.38; state law",
    Category.DISABILITY: "24 CFR 960.259(b)(2)",
}


def _listed(
    facts: AgreementFacts, *categories: Category
) -> Iterator[tuple[Flow, Field]]:
    """Each listed element of these categories, with its flow."""
    for flow, listed in facts.listed_fields():
        if listed.category in categories:
            yield flow, listed


@rule(
    "R-049",
    Stage.DRAFT,
    severity=Severity.OVERRIDABLE,
    kind=Kind.LAW,
    citation="42 USC 1758(b)(6)",
)
def no_meal_eligibility(facts: AgreementFacts) -> Iterator[Breach]:
    """Eligibility for school meals is shared only with the parents' consent."""
    for flow, listed in _listed(facts, Category.MEAL_ELIGIBILITY):
        if flow.basis is not Basis.CONSENT:
            yield Breach(
                message=f"“{flow.key}” holds “{listed.label}”. The school-meals law "
                "lets only those who run listed programs know it, and makes "
                "disclosing it to others a crime. Use another measure, get the "
                "parents' consent, or have counsel record the authority.",
                where="schedule",
                subject=listed.code,
            )


@rule(
    "R-050",
    Stage.DRAFT,
    severity=Severity.WARNING,
    kind=Kind.LAW,
    citation="42 USC 11432(g)(3)(G)",
)
def homelessness_is_never_directory_information(
    facts: AgreementFacts,
) -> Iterator[Breach]:
    """A student's living situation is never directory information, and has a reason."""
    for flow, listed in _listed(facts, Category.STUDENT_HOMELESS):
        if flow.basis is Basis.DIRECTORY:
            yield Breach(
                message=f"“{flow.key}” sends “{listed.label}” as directory "
                "information, which a student's living situation never is. Remove it.",
                where="schedule",
                subject=listed.code,
            )
        elif not listed.reason.strip():
            yield Breach(
                message=f"“{flow.key}” holds “{listed.label}” without a reason. It "
                "tells where a child sleeps, and the law protects it as an education "
                "record. State why it is needed, or remove it.",
                where="schedule",
                subject=listed.code,
            )


@rule(
    "R-051",
    Stage.DRAFT,
    severity=Severity.WARNING,
    kind=Kind.POLICY,
    citation=POLICY,
)
def sensitive_records_have_a_reason(facts: AgreementFacts) -> Iterator[Breach]:
    """Special education, health and discipline are listed with a reason."""
    for flow, listed in _listed(
        facts, Category.SPECIAL_EDUCATION, Category.STUDENT_HEALTH, Category.DISCIPLINE
    ):
        if not listed.reason.strip():
            yield Breach(
                message=f"“{flow.key}” holds “{listed.label}” without a reason. Such "
                "records can follow a child for years, and rules on special "
                "education may add duties. State why it is needed, or remove it.",
                where="schedule",
                subject=listed.code,
            )


@rule(
    "R-052",
    Stage.DRAFT,
    severity=Severity.OVERRIDABLE,
    kind=Kind.LAW,
    citation="The owner's own law, such as 42 CFR Part 2 or 20 CFR Part 603",
)
def other_laws_are_answered(facts: AgreementFacts) -> Iterator[Breach]:
    """What another law protects moves on that law's authority, or by consent."""
    for flow, listed in _listed(facts, *_OWN_LAW):
        if listed.authority.strip() or flow.basis is Basis.CONSENT:
            continue
        assert listed.category is not None
        yield Breach(
            message=f"“{flow.key}” holds “{listed.label}”, which has a law of its own "
            "beside the education and housing rules. Record what in that law lets "
            f"{facts.name_of(flow.sender)} share it, get consent, or remove it.",
            where="schedule",
            subject=listed.code,
            citation=_OWN_LAW[listed.category],
        )
