"""Rules on fields: what may not be sent at all, and what is not needed."""

from collections.abc import Callable, Iterator

from agreements.rules.elements import Category, element_of
from agreements.rules.facts import AgreementFacts
from agreements.rules.rule import POLICY, Breach, Kind, Severity, rule
from agreements.rules.vocabulary import Grain, PartyType, Stage


def _blocked(
    *categories: Category, because: str
) -> Callable[[AgreementFacts], Iterator[Breach]]:
    """A check that finds these categories, listed in the schedule or arriving."""

    def check(facts: AgreementFacts) -> Iterator[Breach]:
        for flow in facts.flows:
            for column in facts.columns_in_play(flow, *categories):
                element = element_of(column)
                name = element.label if element else column
                yield Breach(
                    message=f"“{flow.key}” holds “{name}”. {because}",
                    where="schedule",
                    subject=column,
                )

    return check


@rule("R-044", Stage.DRAFT, severity=Severity.ERROR, kind=Kind.POLICY, citation=POLICY)
def every_field_is_classified(facts: AgreementFacts) -> Iterator[Breach]:
    """No element without a category, because no rule would protect it."""
    for flow, listed in facts.listed_fields():
        if listed.category is None:
            yield Breach(
                message=f"“{listed.code}” in “{flow.key}” is not in the catalogue, so "
                "no rule protects it. Choose an element of the catalogue, or have it "
                "classified first.",
                where="schedule",
                subject=listed.code,
            )


no_social_security_numbers = rule(
    "R-045",
    Stage.DRAFT,
    Stage.INTAKE,
    severity=Severity.ERROR,
    kind=Kind.POLICY,
    citation=POLICY,
)(
    _blocked(
        Category.SOCIAL_SECURITY,
        because="Social Security numbers are not accepted, not even in part or "
        "hashed. Match on name and date of birth, and remove it.",
    )
)

no_verified_income = rule(
    "R-046",
    Stage.DRAFT,
    Stage.INTAKE,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="42 USC 3544(c)(2)(A) and (c)(3)",
)(
    _blocked(
        Category.VERIFIED_INCOME,
        because="Verified income may serve only to establish eligibility or the level "
        "of benefits, and disclosing it can be a crime. Remove it.",
    )
)

no_reported_income = rule(
    "R-046T",
    Stage.DRAFT,
    Stage.INTAKE,
    severity=Severity.OVERRIDABLE,
    kind=Kind.POLICY,
    citation=POLICY,
)(
    _blocked(
        Category.REPORTED_INCOME,
        because="Linking does not need it, and what families reported is confidential "
        "(see R-061). Remove it.",
    )
)

no_criminal_or_treatment_records = rule(
    "R-047",
    Stage.DRAFT,
    Stage.INTAKE,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="42 USC 1437d(q)(4)–(5) and (t)(2)",
)(
    _blocked(
        Category.CRIMINAL_RECORD,
        Category.DRUG_TREATMENT,
        because="The statute makes these records confidential and binds them to the "
        "purpose they were obtained for. Remove it.",
    )
)

no_protected_status = rule(
    "R-048",
    Stage.DRAFT,
    Stage.INTAKE,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 USC 12491(c)(4)",
)(
    _blocked(
        Category.PROTECTED_STATUS,
        because="Information on victims may not enter a shared database. Remove it, "
        "and leave protected households out before sending.",
    )
)


@rule("R-053", Stage.DRAFT, severity=Severity.ERROR, kind=Kind.POLICY, citation=POLICY)
def every_field_answers_a_question(facts: AgreementFacts) -> Iterator[Breach]:
    """Each element serves at least one permitted analysis."""
    permitted = {each.key for each in facts.analyses}
    for flow, listed in facts.listed_fields():
        if permitted.isdisjoint(listed.answers):
            yield Breach(
                message=f"“{listed.label}” in “{flow.key}” answers none of the "
                "questions that the parties listed. Remove it, or name the question it "
                "answers.",
                where="schedule",
                subject=listed.code,
            )


no_free_text = rule(
    "R-054",
    Stage.DRAFT,
    Stage.INTAKE,
    severity=Severity.ERROR,
    kind=Kind.POLICY,
    citation=POLICY,
)(
    _blocked(
        Category.FREE_TEXT,
        because="Free text and images often name people, and nobody can check every "
        "line. Remove it, or send coded values.",
    )
)


@rule(
    "R-057",
    Stage.DRAFT,
    Stage.INTAKE,
    severity=Severity.ERROR,
    kind=Kind.POLICY,
    citation=POLICY,
)
def arriving_columns_are_listed(facts: AgreementFacts) -> Iterator[Breach]:
    """A file holds what its flow lists, within the scope, from the flow's sender.

    Whether a row is within it must be told by what the flow lists.
    """
    delivery = facts.delivery
    if delivery is None:
        yield from _untold_scopes(facts)
        return
    flow = facts.flow(delivery.flow)
    if flow is None or flow.sender != delivery.sender:
        yield Breach(
            message=f"The agreement lets {facts.name_of(delivery.sender)} send no "
            f"“{delivery.flow}”. The file was not kept. Amend the agreement first.",
            where="delivery",
            subject=delivery.flow,
        )
        return
    listed = {each.code for each in flow.fields}
    for column in delivery.columns:
        element = element_of(column)
        if element is None or element.code not in listed:
            yield Breach(
                message=f"The column “{column}” is not in the data schedule, so the "
                "agreement does not allow it. The file was not kept. Send it again "
                "without the column, or amend the agreement.",
                where="delivery",
                subject=column,
            )
    if delivery.n_out_of_scope:
        yield Breach(
            message=f"{delivery.n_out_of_scope} rows are outside the agreed scope, by "
            "people or by time. The file was not kept. Send it again without them, or "
            "amend the agreement.",
            where="delivery",
            subject=delivery.flow,
        )


def _untold_scopes(facts: AgreementFacts) -> Iterator[Breach]:
    """Each flow of records whose rows nobody could hold to the scope that is stated."""
    for flow in facts.flows:
        listed = {each.code for each in flow.fields}
        tells_age = {"student.birth_date", "tenant.birth_date"} & listed
        untold = [
            what
            for what, is_untold in (
                ("ages", flow.scope.ages and not tells_age),
                ("grades", flow.scope.grades and "enrolment.grade" not in listed),
            )
            if is_untold
        ]
        if untold and flow.grain is Grain.RECORD:
            yield Breach(
                message=f"“{flow.key}” is limited by {' and '.join(untold)}, and lists "
                "no element that tells it, so no row could be held to that. List the "
                "birth date or the grade, or state no such limit.",
                where="schedule",
                subject=flow.key,
            )


@rule("R-059", Stage.INTAKE, severity=Severity.ERROR, kind=Kind.POLICY, citation=POLICY)
def protected_households_were_left_out(facts: AgreementFacts) -> Iterator[Breach]:
    """An agency's file comes with its word that protected households are out."""
    delivery = facts.delivery
    if delivery is None or delivery.attests_exclusions:
        return
    flow = facts.flow(delivery.flow)
    if (
        flow
        and flow.has_housing_fields
        and flow.grain is not Grain.AGGREGATE  # buildings, not households
        and facts.is_type(delivery.sender, PartyType.PHA)
    ):
        yield Breach(
            message="It is not confirmed that protected households were left out of "
            "this file; a file that shows them could put a family at risk. Confirm "
            "it, without saying who or why.",
            where="delivery",
            subject=delivery.flow,
        )
