"""The rule engine: every finding that a stage has against an agreement.

To add a rule, write one function in the module of its family and one file of cases in
`tests/cases/rules`.
"""

from types import ModuleType

from agreements.rules import (
    basis,
    conduct,
    consent,
    deidentification,
    evaluations,
    exceptions,
    fields,
    lifecycle,
    lineage,
    minimization,
    parties,
    people,
    publication,
    redisclosure,
    research,
    retention,
    review,
    sensitive,
    systems,
)
from agreements.rules.facts import AgreementFacts
from agreements.rules.rule import Finding, Rule, Severity
from agreements.rules.vocabulary import Stage

_WEIGHT = {severity: weight for weight, severity in enumerate(Severity)}


def _rules_of(*families: ModuleType) -> tuple[Rule, ...]:
    found = [
        each
        for family in families
        for each in vars(family).values()
        if isinstance(each, Rule)
    ]
    return tuple(sorted(found, key=lambda each: each.id))


RULES = _rules_of(
    parties,
    review,
    basis,
    research,
    evaluations,
    exceptions,
    consent,
    fields,
    publication,
    conduct,
    systems,
    lineage,
    lifecycle,
    sensitive,
    minimization,
    deidentification,
    retention,
    people,
    redisclosure,
)


def evaluate(
    facts: AgreementFacts, stage: Stage, *, rules: tuple[Rule, ...] = RULES
) -> tuple[Finding, ...]:
    """Every finding at this stage, the heaviest first, then by rule.

    Raises ValueError when intake is asked without a delivery, or publication without
    a release: silence must never mean that nothing was looked at.
    """
    if stage is Stage.INTAKE and facts.delivery is None:
        raise ValueError("intake needs facts about a delivery")
    if stage is Stage.PUBLICATION and facts.release is None:
        raise ValueError("publication needs facts about a release")
    found = [
        finding
        for each in rules
        if stage in each.stages
        for finding in each.findings(facts)
    ]
    return tuple(sorted(found, key=lambda each: _WEIGHT[each.severity]))
