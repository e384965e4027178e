"""What a decider reads first."""

from dataclasses import replace

from agreements.rules.vocabulary import Grain, Sight
from agreements.views.words import key_terms
from tests.unit.agreements.cases import clean_facts


def who_sees_names(grain: Grain, *sees: Sight) -> str:
    """Return what the key terms say when one person sees something of each flow."""
    facts = clean_facts()
    facts = replace(
        facts,
        flows=tuple(replace(flow, grain=grain) for flow in facts.flows),
        access=(replace(facts.access[0], sees=sees),),
    )
    return dict(key_terms(facts))["Who sees names"]


def test_whoever_sees_rows_about_identifiable_people_sees_names() -> None:
    name = clean_facts().access[0].name
    assert who_sees_names(Grain.RECORD, Sight.LINKED_ROWS) == name
    assert who_sees_names(Grain.CASE_VIEW, Sight.LINKED_ROWS) == name
    assert who_sees_names(Grain.AGGREGATE, Sight.IDENTIFIERS) == name
    assert who_sees_names(Grain.RECORD, Sight.TABLES) == "Nobody"
    assert who_sees_names(Grain.AGGREGATE, Sight.LINKED_ROWS) == "Nobody"
