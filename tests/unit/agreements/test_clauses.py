from dataclasses import replace

import pytest

from accounts.acts import RuleBroken
from agreements import clauses
from agreements.clauses import (
    LIBRARY,
    OPTIONAL,
    When,
    assemble,
    clauses_of,
    with_mandatory_clauses,
)
from agreements.rules.engine import evaluate
from agreements.rules.facts import AgreementFacts, Destruction, Term
from agreements.rules.vocabulary import AgreementKind, SharingModel, Stage
from tests.unit.agreements.cases import clean_facts, clean_page, facts_of, merge

ALWAYS = (1, 2, 7, 8, 9, 10, 16, 17, 18, 20, 21, 31, 32, 33, 34, 35, 43, 44, 45, 49)
HOUSING = {"C12-H", "C25", "C26"}
MANDATORY = {f"C{number:02}" for number in ALWAYS} | HOUSING


def texts(facts: AgreementFacts) -> dict[str, str]:
    return {each.key: each.text for each in assemble(facts)}


def test_a_memorandum_of_model_2_holds_every_mandatory_clause() -> None:
    bare = replace(clean_facts(), clauses=frozenset())
    assert {each.key for each in assemble(bare)} == MANDATORY
    assert all(each.is_mandatory for each in assemble(bare))


def test_chosen_clauses_are_added_in_the_library_s_order() -> None:
    chosen = replace(clean_facts(), clauses=frozenset({"C22", "C11"}))
    keys = [each.key for each in assemble(chosen)]
    assert set(keys) == MANDATORY | {"C11", "C22"}
    assert keys == [each.key for each in LIBRARY if each.key in keys]
    assert {"C11", "C19", "C22", "C23", "C30", "C47"} == OPTIONAL


def test_housing_clauses_are_mandatory_only_where_housing_records_are_sent() -> None:
    page = merge(clean_page(), {"clauses": [], "flows": {"identifiers": "removed"}})
    keys = {each.key for each in assemble(facts_of(page))}
    assert keys == MANDATORY - HOUSING


def test_the_mandatory_clauses_satisfy_the_rules_that_ask_for_them() -> None:
    bare = replace(clean_facts(), clauses=frozenset())
    demanded = {each.rule for each in evaluate(bare, Stage.DRAFT)}
    assert demanded == {"R-015", "R-095", "R-100H"}
    found = evaluate(with_mandatory_clauses(bare), Stage.DRAFT)
    assert [each.rule for each in found] == [
        "R-095"
    ]  # C22 is for the parties to choose


def test_a_complete_draft_has_no_gap_and_no_brace_left() -> None:
    for each in assemble(clean_facts()):
        assert each.gaps == ()
        assert "{" not in each.text
        assert "to be completed" not in each.text


def test_the_text_says_what_the_facts_say() -> None:
    text = texts(clean_facts())
    assert "Riverbend Housing Authority and Northfield City Schools" in text["C01"]
    assert "within 30 days after the link is accepted" in text["C17"]
    assert "Nothing is kept after October 30, 2027" in text["C17"]
    assert "fewer than 10 people" in text["C16"]
    assert (
        "Riverbend Housing Authority are used by Northfield City Schools only"
        in text["C12-H"]
    )
    assert "from Riverbend Housing Authority to Northfield City Schools" in text["C07"]
    assert "in Northfield City Schools, student number" in text["C07"]
    assert "Linking the lists; Number of students enrolled, by building" in text["C09"]


def test_only_people_who_see_records_are_named_in_the_access_clause() -> None:
    text = texts(clean_facts())["C10"]
    assert "Rosa Whitfield (data steward, Northfield City Schools)" in text
    assert "Amos Barr" not in text


def test_only_clauses_of_the_text_are_said_to_go_on() -> None:
    assert "Destruction (C17)" in texts(clean_facts())["C33"]
    page = merge(clean_page(), {"clauses": [], "flows": {"identifiers": "removed"}})
    assert "C12-H" not in texts(facts_of(page))["C33"]


def test_a_missing_fact_leaves_a_visible_gap_and_no_error() -> None:
    draft = replace(clean_facts(), term=Term(), destruction=Destruction(), parties=())
    assembled = {each.key: each for each in assemble(draft)}
    term = assembled["C31"]
    assert "[to be completed: the last day of the term]" in term.text
    assert "the last day of the term" in term.gaps
    assert "the last date for destruction" in assembled["C17"].gaps
    assert assembled["C44"].gaps == ()


def test_an_empty_draft_can_be_read() -> None:
    empty = AgreementFacts(
        kind=AgreementKind.MEMORANDUM,
        model=SharingModel.DISTRICT_LINKS,
        today=clean_facts().today,
    )
    assert all("{" not in each.text for each in assemble(empty))


def test_braces_in_a_fact_are_text_and_not_a_variable() -> None:
    purpose = replace(clean_facts().purposes[0], text="learn {scope} and {nothing}")
    text = texts(replace(clean_facts(), purposes=(purpose,)))["C02"]
    assert "learn {scope} and {nothing}" in text


def test_another_document_is_refused() -> None:
    for change in ({"kind": AgreementKind.DATA_USE}, {"model": SharingModel.STUDIES}):
        with pytest.raises(RuleBroken, match="have counsel write"):
            clauses_of(replace(clean_facts(), **change))


@pytest.mark.parametrize("clause", LIBRARY, ids=lambda clause: clause.key)
def test_every_clause_says_what_it_is_for_and_uses_known_facts(clause) -> None:
    assert clause.title
    assert clause.source
    assert clause.why.endswith(".")
    assert clause.wording
    assert set(clause.variables) <= set(clauses._MEANING)


def test_every_wording_is_in_the_index_and_every_fact_is_used() -> None:
    on_disk = {path.stem for path in clauses._TEXTS.glob("*.txt")}
    assert on_disk == {each.key for each in LIBRARY}
    used = {name for each in LIBRARY for name in each.variables}
    assert used == set(clauses._MEANING)


def test_only_chosen_clauses_may_be_left_out() -> None:
    assert {each.key for each in LIBRARY if each.mandatory_when is not When.CHOSEN} == (
        MANDATORY
    )
