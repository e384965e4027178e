"""What a text takes over from above, and what it adds: from facts alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from agreements.inheriting import added, inherited, lists
from agreements.rules import facts as f
from agreements.rules.vocabulary import AgreementKind
from tests.unit.agreements.cases import clean_facts

TEXTS = (("C17", "Destruction", "Then."), ("C44", "No adverse use", "Never."))


@pytest.fixture
def facts() -> f.AgreementFacts:
    """Return a project under the agreements of two owners with a system's lead."""
    clean = clean_facts(page="clean_model_5_dua")
    above = tuple(replace(each, texts=TEXTS) for each in clean.parents)
    return replace(clean, parents=above)


def parent_of(facts: f.AgreementFacts, owner: str) -> f.ParentTerms:
    return next(each for each in facts.parents if owner in each.owners)


def test_element_stands_only_in_the_agreement_of_its_owner(
    facts: f.AgreementFacts,
) -> None:
    flow = next(each for each in facts.flows if each.sender == "district")
    code = flow.fields[0].code
    assert lists((parent_of(facts, "district"),), flow, code)
    assert not lists((parent_of(facts, "agency"),), flow, code)
    assert lists(facts.parents, flow, code)
    assert not lists(facts.parents, flow, "student.lunch")


def test_newcomer_gets_what_its_sender_sends_to_anybody_there(
    facts: f.AgreementFacts,
) -> None:
    parent = parent_of(facts, "district")
    flow = next(each for each in facts.flows if each.sender == "district")
    code = flow.fields[0].code
    assert lists((parent,), replace(flow, receiver="somebody new"), code)
    assert not lists((parent,), replace(flow, receiver="district"), code)


def test_all_that_is_above_nowhere_is_said(facts: f.AgreementFacts) -> None:
    before = set(added(facts))
    last = min(each.ends_on for each in facts.parents)
    wider = replace(
        facts,
        parties=(*facts.parties, f.Party(key="new", name="Newcomer", type=None)),
        purposes=(*facts.purposes, f.Purpose(key="p", text="Something else")),
        access=(
            *facts.access,
            f.AccessEntry(
                person="late", name="Nia Late", party="district", role="", sees=()
            ),
        ),
        term=replace(facts.term, ends_on=last + timedelta(days=1)),
        wordings=(f.Wording(clause="OWN-1", title="Lunch", text="They eat."),),
    )
    said = [each for each in added(wider) if each not in before]
    for words in ("Newcomer is", "“Something else”", "Nia Late of", "ends", "“Lunch”"):
        assert len([each for each in said if words in each]) == 1
    assert len(said) == 5
    assert added(replace(wider, parents=())) == ()


def test_clause_that_the_text_words_itself_is_not_inherited(
    facts: f.AgreementFacts,
) -> None:
    kept = inherited(facts, {"C17"})
    assert [each.number for each in kept] == [each.number for each in facts.parents]
    assert {each.clauses for each in kept} == {TEXTS[1:]}
    ending = replace(
        facts,
        kind=AgreementKind.TERMINATION,
        parents=(
            replace(facts.parents[0], texts=(*TEXTS, ("C08", "Transfer", "Weekly."))),
        ),
    )
    (left,) = inherited(ending, ())
    assert left.clauses == TEXTS
