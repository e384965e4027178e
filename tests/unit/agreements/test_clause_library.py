"""Which clauses each document holds, against tables that counsel can read."""

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agreements.clause_library import DOCUMENTS, LIBRARY, recommended_for
from agreements.clauses import assemble, clauses_of
from agreements.paths import ROUTES, Route
from agreements.rules.facts import AgreementFacts, ParentTerms
from agreements.rules.vocabulary import AgreementKind, SharingModel
from tests.unit.agreements.cases import clean_facts
from tests.unit.agreements.preset_facts import preset_facts

FOLDER = Path(__file__).parents[2] / "cases" / "documents"
TABLES = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
    for path in sorted(FOLDER.glob("*.toml"))
}
ROWS = [
    (kind, model, rows)
    for kind, table in TABLES.items()
    for rows in ("adds", "adds_under_a_memorandum")
    for model in table.get(rows, {})
]


def above(facts: AgreementFacts) -> AgreementFacts:
    """The same facts under a memorandum of the same model that is in force."""
    memorandum = replace(facts, kind=AgreementKind.MEMORANDUM)
    parent = ParentTerms(
        number="MOU-2026-001",
        parties=(),
        owners=(),
        recipients=(),
        fields=(),
        purposes=(),
        people=(),
        clauses=tuple(each.key for each in clauses_of(memorandum)),
        ends_on=facts.today,
        min_cell=10,
    )
    return replace(facts, parents=(parent,))


@pytest.mark.parametrize(("kind", "model", "rows"), ROWS)
def test_a_document_holds_what_the_law_s_table_says(
    kind: str, model: str, rows: str
) -> None:
    table: dict[str, Any] = TABLES[kind]
    facts = preset_facts(AgreementKind(kind), SharingModel(model))
    if rows != "adds":
        facts = above(facts)
    expected = {*table["mandatory"], *table[rows][model]}
    assert [each.key for each in clauses_of(facts)] == [
        key for key in LIBRARY if key in expected
    ]
    assert {each.key for each in recommended_for(facts)} == (
        set(table["recommended"]) - expected
    )


def test_every_kind_of_agreement_has_a_table_and_every_model_a_row() -> None:
    assert TABLES.keys() == set(AgreementKind)
    assert all(table["document"] == kind for kind, table in TABLES.items())
    models = {each.value for each in SharingModel}
    served = {model for kind, model, _ in ROWS if kind in ("mou", "ids")}
    assert served == models
    assert TABLES["dua"]["adds"].keys() == models


# What a person must still write, whatever the preset says.
TO_BE_WRITTEN = {
    "the purpose",
    "the scope of the work",
    "the contacts for notices",
    "the people with access",
    "the title of the study",
    "what the study is for",
    "the education program",
    "who supports the program",
    "the steps of the evaluation",
    "why records about students are needed",
    "how records about students are used",
    "the service of the school official",
    "the ground of each flow",
}


@pytest.mark.parametrize("route", ROUTES.values(), ids=ROUTES.keys())
def test_a_draft_lacks_only_what_a_person_must_write(route: Route) -> None:
    """The rest comes from the preset; dates and periods are the draft's own."""
    kind = (
        AgreementKind.PARTICIPATION
        if route.model is SharingModel.INTEGRATED_DATA_SYSTEM
        else AgreementKind.MEMORANDUM
    )
    facts = replace(
        preset_facts(kind, route.model, route.part or ""),
        term=clean_facts().term,
        destruction=clean_facts().destruction,
    )
    lacking = {gap for each in assemble(facts) for gap in each.gaps}
    assert lacking <= TO_BE_WRITTEN


PAPERS = {key: each for key, each in DOCUMENTS.items() if not each.is_agreement}


@pytest.mark.parametrize(
    ("document", "clause"),
    [
        ("cert", "C40"),
        ("con", "C37"),
        ("pub", "C39"),
        ("nda", "C38"),
        ("det", "C15"),
        ("not", "C12-E"),
        ("brd", "C39"),
    ],
)
@pytest.mark.parametrize("model", SharingModel)
def test_other_papers_hold_one_clause_whatever_the_model(
    document: str, clause: str, model: SharingModel
) -> None:
    assert document in PAPERS
    facts = replace(
        preset_facts(AgreementKind.MEMORANDUM, model), clauses=frozenset({"C22"})
    )
    assert [each.key for each in assemble(facts, document)] == [clause]


def test_what_only_one_document_states_is_given_to_it() -> None:
    facts = preset_facts(AgreementKind.RENEWAL, SharingModel.DISTRICT_LINKS)
    given = {"new_end": "June 30, 2029", "schedule_version": "2"}
    renewal = {each.key: each for each in assemble(facts, given=given)}["C41"]
    assert "extend the agreement to June 30, 2029, with version 2" in renewal.text
    assert set(renewal.gaps) == {
        "the day of the review held",
        "what the review found",
        "the new targets",
    }
