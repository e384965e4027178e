from dataclasses import replace

import pytest

from agreements.clause_library import CONDITIONS, DOCUMENTS, LIBRARY, TEXTS
from agreements.clause_values import MEANING, values_of
from agreements.clauses import assemble, choices_of, with_mandatory_clauses
from agreements.rules.engine import evaluate
from agreements.rules.facts import (
    AgreementFacts,
    Destruction,
    ParentTerms,
    Term,
    Wording,
)
from agreements.rules.vocabulary import AgreementKind, Basis, SharingModel, Stage
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
    assert keys == [key for key in LIBRARY if key in keys]
    assert {each.key for each in choices_of(chosen)} == {
        *("C11", "C14", "C19", "C22", "C23", "C30", "C36", "C47", "C48")
    }


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


def test_a_parent_s_text_spares_only_common_clauses() -> None:
    own = replace(clean_facts(), kind=AgreementKind.DATA_USE, clauses=frozenset())
    parent = ParentTerms(
        number="MOU-2026-001",
        parties=("agency", "district"),
        owners=("agency", "district"),
        recipients=("agency",),
        fields=(),
        purposes=(),
        people=(),
        clauses=("C12-H", "C18", "C20", "C21", "C25", "C26", "C45"),
        ends_on=own.today,
        min_cell=10,
    )
    alone = {each.key for each in assemble(own)}
    under = {each.key for each in assemble(replace(own, parents=(parent,)))}
    assert alone - under == set(parent.clauses)
    assert {"C29", "C10", "C17"} <= under
    assert "MOU-2026-001" in texts(replace(own, parents=(parent,)))["C29"]


def test_records_of_students_add_paragraphs_to_two_clauses() -> None:
    flow = replace(
        clean_facts().flows[1], receiver="agency", basis=Basis.CONSENT, key="rows"
    )
    clauses = frozenset({"C23"})
    facts = replace(clean_facts(), clauses=clauses)
    with_students = replace(facts, flows=(*facts.flows, flow))
    for key, words in (("C23", "at least five years"), ("C45", "parents")):
        assert words not in texts(facts)[key]
        assert words in texts(with_students)[key]
    assert "written consent (34 CFR 99.30)" in texts(with_students)["C06"]


def test_outreach_uses_housing_records_for_the_agreed_service() -> None:
    outreach = replace(clean_facts(), kind=AgreementKind.OUTREACH)
    assert "only for the service" in texts(outreach)["C12-H"]


def test_what_nobody_does_is_no_gap_where_the_model_does_without() -> None:
    parties = tuple(replace(each, capacities=()) for each in clean_facts().parties)
    facts = replace(clean_facts(), parties=parties)
    by_model = {
        model: {each.key: each for each in assemble(replace(facts, model=model))}["C49"]
        for model in (SharingModel.DISTRICT_LINKS, SharingModel.CONSENTED_CASES)
    }
    assert "who links" in by_model[SharingModel.DISTRICT_LINKS].gaps
    assert by_model[SharingModel.CONSENTED_CASES].gaps == ()


def test_an_altered_wording_is_marked_and_filled() -> None:
    altered = Wording(clause="C31", title="", text="From {start}, {whatever}.")
    facts = replace(clean_facts(), wordings=(altered,))
    clause = {each.key: each for each in assemble(facts)}["C31"]
    assert clause.text == "From September 1, 2026, {whatever}."
    assert clause.mark == "Altered"
    assert clause.is_mandatory
    assert clause.title == LIBRARY["C31"].title


def test_own_clauses_follow_the_library_s_and_are_marked() -> None:
    own = Wording(clause="OWN-1", title="Lunch", text="We eat.", is_own=True)
    last = assemble(replace(clean_facts(), wordings=(own,)))[-1]
    assert (last.key, last.title, last.text) == ("OWN-1", "Lunch", "We eat.")
    assert (last.mark, last.is_mandatory) == ("Own clause", False)


def test_a_gap_of_an_altered_wording_is_said() -> None:
    altered = Wording(clause="C31", title="", text="Until {end}.")
    facts = replace(clean_facts(), wordings=(altered,), term=Term())
    clause = {each.key: each for each in assemble(facts)}["C31"]
    assert clause.gaps == ("the last day of the term",)
    assert clause.text == "Until [to be completed: the last day of the term]."


@pytest.mark.parametrize("clause", LIBRARY.values(), ids=LIBRARY.keys())
def test_every_clause_says_what_it_is_for_and_uses_known_facts(clause) -> None:
    assert clause.title
    assert clause.source
    assert clause.why.endswith(".")
    assert all(clause.wordings)
    assert set(clause.variables) <= set(MEANING)
    assert {*clause.instead, *clause.adds} <= set(CONDITIONS)
    assert all(each in CONDITIONS for called in clause.called_for for each in called)


def test_every_wording_is_in_the_index_and_every_fact_is_used() -> None:
    n_texts = sum(len(each.wordings) for each in LIBRARY.values())
    assert len(list(TEXTS.glob("*.txt"))) == n_texts
    used = {name for each in LIBRARY.values() for name in each.variables}
    assert used == set(MEANING)
    assert values_of(clean_facts(), {}).keys() <= MEANING.keys()


def test_the_library_holds_every_clause_of_the_law_s_table() -> None:
    numbers = {f"C{n:02}" for n in range(1, 50)} - {"C12"} | {"C12-E", "C12-H"}
    assert LIBRARY.keys() == numbers
    assert list(LIBRARY) == sorted(LIBRARY)
    in_documents = {
        key for each in DOCUMENTS.values() for key in each.mandatory | each.recommended
    }
    called_for = {key for key, each in LIBRARY.items() if each.called_for}
    assert in_documents | called_for == LIBRARY.keys()


def test_every_kind_of_agreement_is_a_document() -> None:
    kinds = {key for key, each in DOCUMENTS.items() if each.is_agreement}
    assert kinds == set(AgreementKind)
