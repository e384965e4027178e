"""Schedules 5 and 6 say what the facts say, and no more."""

from dataclasses import replace

from agreements.checklists import checklist, fields_by_role
from agreements.rules.facts import AccessEntry, Destruction, Handling
from agreements.rules.vocabulary import AgreementKind, Grain, SharingModel, Sight
from tests.unit.agreements.cases import clean_facts
from tests.unit.agreements.preset_facts import preset_facts


def person(name: str, role: str, *sees: Sight) -> AccessEntry:
    return AccessEntry(person=name, name=name, party="provider", role=role, sees=sees)


def test_each_role_of_a_receiver_has_one_line_with_its_fields() -> None:
    facts = preset_facts(AgreementKind.MEMORANDUM, SharingModel.CONSENTED_CASES)
    listed = replace(
        facts,
        access=(
            person("Ana", "tutor", Sight.LINKED_ROWS),
            person("Bo", "tutor", Sight.LINKED_ROWS),
            person("Cy", "manager", Sight.TABLES),
        ),
    )
    [line] = fields_by_role(listed)
    assert (line.role, line.party) == ("tutor", "The provider")
    assert "First name" in line.fields


def test_without_cases_there_is_no_schedule_of_fields_by_role() -> None:
    facts = clean_facts()
    assert all(each.grain is not Grain.CASE_VIEW for each in facts.flows)
    assert fields_by_role(facts) == ()


def test_the_checklist_answers_from_the_facts() -> None:
    answers = {line.label: line.value for line in checklist(clean_facts())}
    assert answers["Data stewards"] == "Rosa Whitfield (Northfield City Schools)"
    assert answers["Who links"] == "Northfield City Schools"
    assert answers["Incidents"].startswith("Reported within 24 hours to each party")
    assert answers["Destruction"].endswith("by October 30, 2027 at the latest")


def test_what_is_not_stated_is_said_to_be_missing() -> None:
    facts = replace(
        clean_facts(),
        access=(),
        handling=Handling(breach_hours=None),
        destruction=Destruction(covers_copies=False),
    )
    answers = {line.label: line.value for line in checklist(facts)}
    assert answers["Data stewards"] == "Nobody is named"
    assert answers["Incidents"] == "Not stated"
    assert answers["Backups and copies"] == "Not covered"
    assert answers["Destruction"] == "Not stated, by no date yet"
