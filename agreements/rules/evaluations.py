"""Rules on audit or evaluation: 34 CFR 99.31(a)(3) and 99.35.

An educational authority may have a program evaluated by whomever it designates.
"""

from collections.abc import Iterator

from agreements.rules.facts import AgreementFacts
from agreements.rules.rule import Breach, Kind, Severity, rule
from agreements.rules.vocabulary import Basis, Stage


@rule(
    "R-008",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.35(a)(1)",
)
def only_an_authority_has_programs_evaluated(facts: AgreementFacts) -> Iterator[Breach]:
    """Records leave for an evaluation from an educational authority alone."""
    flows = facts.disclosures_on(Basis.AUDIT_EVALUATION)
    for sender in dict.fromkeys(each.sender for each in flows):
        party = facts.party(sender)
        if party is None or not party.is_edu_authority:
            yield Breach(
                message=f"{facts.name_of(sender)} is not a State or local educational "
                "authority, and only such an authority may disclose records for an "
                "audit or evaluation; a single school cannot. Make the district or "
                "the state agency the sender, or choose another basis.",
                where="parties",
                subject=sender,
            )


@rule(
    "R-017",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.35(a)(3)(i)",
)
def an_evaluator_is_designated(facts: AgreementFacts) -> Iterator[Breach]:
    """The authority names its evaluator as its authorized representative."""
    if facts.is_stated("C04"):
        return
    flows = facts.disclosures_on(Basis.AUDIT_EVALUATION)
    for receiver in dict.fromkeys(each.receiver for each in flows):
        yield Breach(
            message=f"Nothing designates {facts.name_of(receiver)} as the authorized "
            "representative, and only a designated one may receive records for an "
            "audit or evaluation. Add clause C04.",
            where="protection",
            subject=receiver,
        )


@rule(
    "R-019",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.35(a)(3)(ii)(C)",
)
def an_evaluation_is_described(facts: AgreementFacts) -> Iterator[Breach]:
    """The agreement describes program, method and use of records closely enough."""
    purposes = facts.purposes_on(Basis.AUDIT_EVALUATION)
    for purpose in purposes:
        stated = {
            "which program is evaluated": purpose.program,
            "how the evaluation proceeds": purpose.method,
            "what identifiable records are used for": purpose.pii_use,
        }
        missing = [what for what, value in stated.items() if not value]
        if missing:
            yield Breach(
                message=f"The agreement does not say {', nor '.join(missing)}. That is "
                "too vague to show that this is an evaluation which the law allows. "
                "Describe it.",
                where="purpose",
                subject=purpose.key,
            )
    if purposes and not facts.is_stated("C05"):
        yield Breach(
            message="The text has no description of the evaluation, so nobody can see "
            "that the law allows it. Add clause C05.",
            where="protection",
            subject="C05",
        )


@rule(
    "R-020",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.35(a)(3)(v)",
)
def an_evaluation_has_policies_that_protect(facts: AgreementFacts) -> Iterator[Breach]:
    """An evaluation's agreement sets who sees records and how they are protected."""
    if not facts.disclosures_on(Basis.AUDIT_EVALUATION):
        return
    policies = {"C10": "who may see the records", "C20": "how records are protected"}
    for clause, policy in policies.items():
        if not facts.is_stated(clause):
            yield Breach(
                message=f"The agreement does not settle {policy}, and an agreement for "
                "an audit or evaluation must have policies against misuse and passing "
                f"on. Add clause {clause}.",
                where="protection",
                subject=clause,
            )


@rule(
    "R-024",
    Stage.DRAFT,
    severity=Severity.ERROR,
    kind=Kind.LAW,
    citation="34 CFR 99.3 and 99.35(a)(1)",
)
def what_is_evaluated_is_a_supported_education_program(
    facts: AgreementFacts,
) -> Iterator[Breach]:
    """Evaluated is an education program with Federal or State support."""
    for purpose in facts.purposes_on(Basis.AUDIT_EVALUATION):
        program = purpose.program
        if program is None or (program.is_education and program.supported_by):
            continue
        lack = (
            "has neither Federal nor State support"
            if program.is_education
            else "is not an education program"
        )
        yield Breach(
            message=f"{program.name} {lack}, and this exception covers only education "
            "programs that have such support. Evaluate one that qualifies, ask the "
            "families for consent, or use tables.",
            where="purpose",
            subject=purpose.key,
        )


@rule(
    "R-024W",
    Stage.DRAFT,
    severity=Severity.WARNING,
    kind=Kind.GUIDANCE,
    citation="US Department of Education, questions on evaluating one's own programs; "
    "34 CFR 99.35",
)
def nobody_evaluates_its_own_program(facts: AgreementFacts) -> Iterator[Breach]:
    """Whoever runs a program is seldom the one to evaluate it."""
    for flow in facts.disclosures_on(Basis.AUDIT_EVALUATION):
        purpose = facts.purpose_of(flow)
        if purpose and purpose.program and flow.receiver in purpose.program.runs_by:
            yield Breach(
                message=f"{facts.name_of(flow.receiver)} runs {purpose.program.name} "
                "and would evaluate its own program. That can be allowed, and can be "
                "challenged. Ask the district's counsel before going on.",
                where="purpose",
                subject=flow.receiver,
            )
