"""What the law asks of a text: every item has its answer, or is said to be open."""

import pytest

from agreements.clauses import assemble, with_mandatory_clauses
from agreements.legal_items import ON_FILE, UNSAID, LegalItem, Outcome, legal_items
from agreements.rules import facts as f
from agreements.rules.engine import evaluate
from agreements.rules.vocabulary import Stage
from tests.unit.agreements.cases import clean_facts, clean_pages


def words_of(facts: f.AgreementFacts) -> list[dict[str, str]]:
    return [{"key": each.key, "text": each.text} for each in assemble(facts)]


def items_of(facts: f.AgreementFacts, *, without: str = "") -> dict[str, LegalItem]:
    words = [each for each in words_of(facts) if each["key"] != without]
    found = legal_items(facts, words, evaluate(facts, Stage.DRAFT))
    items = {each.citation + ": " + each.item: each for each in found}
    assert len(items) == len(found)
    return items


@pytest.mark.parametrize("page", clean_pages())
def test_clean_agreement_has_an_answer_to_every_item(page: str) -> None:
    facts = with_mandatory_clauses(clean_facts(page=page))
    items = items_of(facts)
    assert items
    assert {each.outcome for each in items.values()} <= {
        Outcome.PASSES,
        Outcome.LATER,
    }
    named = {each["key"] for each in words_of(facts)}
    above = {key for each in facts.parents for key, _, _ in each.texts}
    for item in items.values():
        assert item.clause in (named | above if item.clause else {""})
        assert (item.excerpt == ON_FILE) == (not item.clause)


@pytest.mark.parametrize(
    ("page", "needed"),
    [
        ("clean_model_4S", "34 CFR 99.31(a)(6)(iii)(C)(4)"),
        ("clean_model_4A", "34 CFR 99.35(a)(3)(v)"),
        ("clean_model_6B", "34 CFR 99.7(a)(3)(iii)"),
        ("clean_model_6A", "34 CFR 99.30(b)"),
        ("clean_model_8", "42 USC 3544(e)"),
        ("clean_model_3b", "34 CFR 99.31(b)(2)(iii)"),
        ("clean_model_2", "24 CFR 960.259(b)(2)"),
        ("clean_model_7", "20 USC 1232g(b)(1)(L)"),
        ("clean_model_1", "34 CFR 99.30 and 99.31"),
    ],
)
def test_each_ground_asks_for_its_own_items(page: str, needed: str) -> None:
    facts = with_mandatory_clauses(clean_facts(page=page))
    assert needed in {each.citation for each in items_of(facts).values()}


def test_item_whose_rule_finds_something_is_open_and_says_what() -> None:
    facts = clean_facts(page="clean_model_2")
    found = evaluate(facts, Stage.DRAFT)
    assert not [each for each in found if each.rule == "R-061"]
    lacking = f.AgreementFacts(
        kind=facts.kind,
        model=facts.model,
        today=facts.today,
        parties=facts.parties,
        flows=facts.flows,
    )
    (item,) = [e for e in items_of(lacking).values() if "960.259" in e.citation]
    assert item.outcome is Outcome.OPEN
    assert any("no authority" in each.lower() for each in item.found)
    assert item.ground == "Housing records"


def test_item_is_open_where_no_clause_says_it() -> None:
    facts = with_mandatory_clauses(clean_facts(page="clean_model_4S"))
    kept = {each.clause: each for each in items_of(facts).values()}
    assert kept["C17"].outcome is Outcome.PASSES
    lost = items_of(facts, without="C17").values()
    (item,) = [each for each in lost if each.excerpt == UNSAID]
    assert item.outcome is Outcome.OPEN
    assert "(C)(4)" in item.citation


def test_what_is_checked_on_arrival_is_not_called_passed() -> None:
    facts = with_mandatory_clauses(clean_facts(page="clean_model_4S"))
    (item,) = [e for e in items_of(facts).values() if e.citation == "34 CFR 99.32"]
    assert item.outcome is Outcome.LATER
