"""Rules on studies, 34 CFR 99.31(a)(6), and on what evaluations share with them.

Both let records leave without consent, and so both ask for an agreement that says what
is learned, from what, for whom and until when.
"""

from collections.abc import Iterator

from agreements.rules.facts import AgreementFacts
from agreements.rules.rule import Breach, Kind, Severity, rule
from agreements.rules.vocabulary import Basis, Stage


@rule(
    "R-012",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.31(a)(6)(i)",
)
def a_study_is_of_one_of_three_kinds(facts: AgreementFacts) -> Iterator[Breach]:
    """A study develops tests, administers student aid or improves instruction."""
    for purpose in facts.purposes_on(Basis.STUDIES):
        if purpose.study_kind is None:
            yield Breach(
                message="It is not stated which kind of study this is. The studies "
                "exception covers only studies that develop tests, administer student "
                "aid or improve instruction. State which of the three it is; if it is "
                "none of them, choose another basis.",
                where="purpose",
                subject=purpose.key,
            )


def _omissions(
    facts: AgreementFacts, ground: Basis, *, clauses: dict[str, str]
) -> Iterator[tuple[str, str, str]]:
    """What an agreement on this ground fails to state, as (what, where, subject)."""
    purposes = facts.purposes_on(ground)
    if not purposes:
        return
    for purpose in purposes:
        if not purpose.text:
            yield "the purpose", "purpose", purpose.key
        if ground is Basis.STUDIES and not purpose.scope:
            yield "the scope of the study", "purpose", purpose.key
    term = facts.term
    if ground is Basis.STUDIES and None in (term.starts_on, term.ends_on):
        yield "how long the study lasts", "dates", "term"
    for flow in facts.disclosures_on(ground):
        if not flow.fields:
            yield f"which records “{flow.key}” holds", "schedule", flow.key
    for clause, content in clauses.items():
        if not facts.is_stated(clause):
            yield f"{content} in its text (clause {clause})", "protection", clause


@rule(
    "R-013",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.31(a)(6)(iii)(C)(1) and 99.35(a)(3)(ii)",
)
def the_agreement_says_what_is_learned_from_what(
    facts: AgreementFacts,
) -> Iterator[Breach]:
    """The agreement states purpose and records, and of a study scope and duration."""
    stated = {"C02": "the purpose and scope", "C07": "the list of records"}
    terms = {"C03": "the terms and duration of the study"}
    omitted = {
        **dict.fromkeys(_omissions(facts, Basis.STUDIES, clauses=stated | terms)),
        **dict.fromkeys(_omissions(facts, Basis.AUDIT_EVALUATION, clauses=stated)),
    }
    for what, where, subject in omitted:
        yield Breach(
            message=f"The agreement omits {what}. Student records may leave for a "
            "study or an evaluation only under an agreement that states it. Complete "
            "it.",
            where=where,
            subject=subject,
        )


@rule(
    "R-014",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.31(a)(6)(iii)(C)(2)–(3)",
)
def a_study_has_its_limits_in_writing(facts: AgreementFacts) -> Iterator[Breach]:
    """A study's agreement limits use, and keeps outsiders from identifying anybody."""
    if not facts.disclosures_on(Basis.STUDIES):
        return
    promises = {
        "C02": "use the records for the study alone",
        "C11": "let nobody outside the study's staff identify a student or parent",
    }
    for clause, promise in promises.items():
        if not facts.is_stated(clause):
            yield Breach(
                message=f"Nobody promises to {promise}, and an agreement for a study "
                f"must say so. Add clause {clause}.",
                where="protection",
                subject=clause,
            )


@rule(
    "R-016",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.31(a)(6)(i)",
)
def a_study_is_of_use_to_the_district(facts: AgreementFacts) -> Iterator[Breach]:
    """A study is for, or on behalf of, the district, which learns something."""
    for purpose in facts.purposes_on(Basis.STUDIES):
        if not purpose.benefit:
            yield Breach(
                message="It is not stated what the district learns from the study, and "
                "records may leave only for a study that is made for the district or "
                "on its behalf. State what it will learn.",
                where="purpose",
                subject=purpose.key,
            )


@rule(
    "R-025",
    Stage.DRAFT,
    Stage.INTAKE,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.31(a)(6) and 99.35(a)",
)
def research_records_serve_no_case_work(facts: AgreementFacts) -> Iterator[Breach]:
    """Records for studies and evaluations are analyzed; nobody acts on a child."""
    for flow in facts.disclosures_on(Basis.STUDIES, Basis.AUDIT_EVALUATION):
        purpose = facts.purpose_of(flow)
        services = (
            [use.in_words for use in purpose.uses if use.is_service] if purpose else []
        )
        if services:
            yield Breach(
                message=f"“{flow.key}” would be used for {' and '.join(services)}. "
                "Studies and evaluations cover analysis, not services to named "
                "children or families. Send those records on their own, with consent "
                "or to a school official, for a purpose of their own.",
                where="purpose",
                subject=flow.key,
            )
