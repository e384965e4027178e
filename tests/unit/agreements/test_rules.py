"""The rules against their cases, and the cases against the rules."""

from dataclasses import replace

import pytest

from agreements.rules.engine import RULES, evaluate
from agreements.rules.facts import AgreementFacts, Override
from agreements.rules.rule import POLICY, Breach, Check, Kind, Rule, Severity
from agreements.rules.vocabulary import Stage
from tests.unit.agreements.cases import (
    Case,
    cases_in,
    clean_facts,
    clean_pages,
    read,
    rule_files,
    scenario_files,
)

CASES = [case for path in rule_files() for case in cases_in(path)]
SCENES = [
    pytest.param(case, id=f"{path.stem}: {case.name}")
    for path in scenario_files()
    for case in cases_in(path)
]
BY_ID = {each.id: each for each in RULES}


def name_of(value: object) -> str | None:
    if isinstance(value, Case):
        return f"{value.rule}: {value.name}"
    return value.id if isinstance(value, Rule) else None


def wrong_cases(rule: Rule) -> list[Case]:
    """The rule's cases that do not find what they must."""
    return [
        case
        for case in CASES
        if case.rule == rule.id
        and [(each.where, each.subject) for each in found_by(rule, case)]
        != [(each["where"], each.get("subject", "")) for each in case.finds]
    ]


def found_by(rule: Rule, case: Case):
    return evaluate(case.facts, case.stage, rules=(rule,))


def never(_: AgreementFacts) -> list[Breach]:
    return []


def always(check: Check) -> Check:
    return lambda facts: [*check(facts), Breach(message="Always.", where="parties")]


def test_every_rule_has_a_file_of_cases_and_every_file_a_rule() -> None:
    assert {path.stem for path in rule_files()} == set(BY_ID)
    assert len(BY_ID) == len(RULES)


@pytest.mark.parametrize("path", rule_files(), ids=lambda path: path.stem)
def test_the_page_that_counsel_reads_states_the_rule_as_it_is(path) -> None:
    page, rule = read(path), BY_ID[path.stem]
    assert page["rule"] == rule.id
    assert page["severity"] == rule.severity
    assert page["kind"] == rule.kind
    assert page["citation"] == rule.citation
    assert set(page["stages"]) == rule.stages


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_rule_finds_what_the_case_says(case: Case) -> None:
    found = found_by(BY_ID[case.rule], case)
    assert [(each.where, each.subject) for each in found] == [
        (each["where"], each.get("subject", "")) for each in case.finds
    ]
    for finding, stated in zip(found, case.finds, strict=True):
        assert finding.message == stated.get("message", finding.message)
        assert finding.kind == stated.get("kind", BY_ID[case.rule].kind)
        assert finding.citation == stated.get("citation", BY_ID[case.rule].citation)


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_every_rule_has_a_passing_and_a_failing_case_and_a_message(rule: Rule) -> None:
    cases = [case for case in CASES if case.rule == rule.id]
    assert any(not case.finds for case in cases)
    assert any("message" in found for case in cases for found in case.finds)
    assert {case.stage for case in cases} <= rule.stages


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_a_rule_that_fires_never_or_always_fails_a_case(rule: Rule) -> None:
    assert wrong_cases(rule) == []
    assert wrong_cases(replace(rule, check=never))
    assert wrong_cases(replace(rule, check=always(rule.check)))


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_a_rule_asked_at_no_stage_fails_a_case_of_each_stage(rule: Rule) -> None:
    for stage in rule.stages:
        narrowed = replace(rule, stages=rule.stages - {stage})
        assert wrong_cases(narrowed), f"no failing case at {stage}"


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("page", clean_pages())
def test_a_clean_page_has_no_finding_at_any_stage(page: str, stage: Stage) -> None:
    assert evaluate(clean_facts(stage, page), stage) == ()


@pytest.mark.parametrize("scene", SCENES)
def test_a_scenario_has_just_the_findings_that_it_states(scene: Case) -> None:
    found = evaluate(scene.facts, scene.stage)
    assert [(each.rule, each.where, each.subject) for each in found] == [
        (each["rule"], each["where"], each.get("subject", "")) for each in scene.finds
    ]
    for finding, stated in zip(found, scene.finds, strict=True):
        assert finding.message == stated.get("message", finding.message)


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_policy_is_never_shown_as_law(rule: Rule) -> None:
    cites_law = any(mark in rule.citation for mark in ("CFR", "USC", "State law"))
    if rule.kind is Kind.POLICY:
        assert rule.citation == POLICY
        assert not cites_law
    if rule.kind is Kind.LAW:
        assert cites_law


def test_the_heaviest_findings_come_first_and_the_order_never_changes() -> None:
    broken = replace(clean_facts(), clauses=frozenset(), has_public_summary=False)
    broken = replace(broken, destruction=replace(broken.destruction, list_days=99))
    found = evaluate(broken, Stage.DRAFT)
    assert [(each.rule, each.severity) for each in found] == [
        ("R-015", Severity.ERROR),
        ("R-100H", Severity.ERROR),
        ("R-081", Severity.OVERRIDABLE),
        ("R-095", Severity.WARNING),
        ("R-122", Severity.ADVICE),
    ]
    assert [each.blocks for each in found] == [True, True, True, False, False]
    assert evaluate(broken, Stage.DRAFT, rules=tuple(reversed(RULES)))[0].blocks


@pytest.mark.parametrize(
    ("stage", "missing"), [(Stage.INTAKE, "delivery"), (Stage.PUBLICATION, "release")]
)
def test_silence_never_means_that_nothing_was_looked_at(stage, missing) -> None:
    with pytest.raises(ValueError, match=missing):
        evaluate(replace(clean_facts(stage), **{missing: None}), stage)


def overridden(by: str, rule: str, subject: str) -> AgreementFacts:
    """A page with two periods that are too long, one of which counsel lets stand."""
    facts = replace(clean_facts(), min_cell=5)
    late = replace(facts.destruction, list_days=99, end_days=99)
    return replace(
        facts,
        destruction=late,
        overrides=(
            Override(
                rule=rule,
                subject=subject,
                owner=by,
                counsel="Cy Counsel",
                reason="A school year must be over first.",
                decided_on=facts.today,
            ),
        ),
    )


def blocking(facts: AgreementFacts) -> list[tuple[str, str]]:
    found = evaluate(facts, Stage.DRAFT)
    return [(each.rule, each.subject) for each in found if each.blocks]


def test_an_override_lifts_just_what_counsel_of_an_owner_decided() -> None:
    assert blocking(overridden("agency", "R-081", "list_days")) == [
        ("R-071", "min_cell"),
        ("R-081", "end_days"),
    ]


def test_an_override_by_somebody_who_is_no_owner_lifts_nothing() -> None:
    found = blocking(overridden("a funder", "R-081", "list_days"))
    assert ("R-081", "list_days") in found


def test_a_plain_error_cannot_be_overridden() -> None:
    assert ("R-071", "min_cell") in blocking(overridden("agency", "R-071", "min_cell"))


def test_a_missing_limit_of_hours_is_a_limit_too_long() -> None:
    facts = clean_facts()
    silent = replace(facts, handling=replace(facts.handling, breach_hours=None))
    assert [each.rule for each in evaluate(silent, Stage.DRAFT)] == ["R-094"]
