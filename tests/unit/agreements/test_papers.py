"""The papers beside an agreement: what each says, who prints it, what is kept."""

import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from django.test import Client

from accounts import ledger
from accounts.acts import Refused, RuleBroken
from agreements import documents
from agreements.clause_library import DOCUMENTS, papers_of
from agreements.models import Agreement, Document
from agreements.paper_pages import paper_pages
from agreements.queries import facts_of
from agreements.rules.vocabulary import AgreementKind, SharingModel
from agreements.services import printing
from partnerships.roles import Role
from tests import make
from tests.support.paper import printed
from tests.support.tagged import faults
from tests.unit.agreements.preset_facts import preset_facts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.agreement(until="draft").number


@pytest.fixture
def draft(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


@pytest.fixture
def director(draft: Agreement) -> Client:
    return make.signed_in(draft.drafted_by)


MODELS_WITH = {
    "con": {"6A", "7", "8"},
    "det": {"3"},
    "not": {"2C", "4S", "4A", "5", "6A", "6B", "7", "8"},
    "nda": {"2", "2C", "4S", "4A", "5", "6A", "6B", "7", "8"},
    "pub": {each.value for each in SharingModel},
    "brd": {each.value for each in SharingModel},
}


@pytest.mark.parametrize("paper", MODELS_WITH)
def test_a_paper_is_made_where_the_records_call_for_it(paper: str) -> None:
    made = {
        model.value
        for model in SharingModel
        if paper
        in {
            each.key
            for each in papers_of(preset_facts(AgreementKind.MEMORANDUM, model))
        }
    }
    assert made == MODELS_WITH[paper]


def test_every_paper_is_a_kind_of_document_on_record() -> None:
    assert MODELS_WITH.keys() == set(printing.PAPERS)
    names = {each.value: each.label for each in Document.Kind}
    assert {names[key] for key in printing.PAPERS} == {
        DOCUMENTS[key].name for key in printing.PAPERS
    }


@pytest.mark.parametrize("paper", MODELS_WITH)
def test_every_paper_prints_as_a_tagged_file(draft: Agreement, paper: str) -> None:
    """With the flows of a feed and of rows, which have every paper between them."""
    model = SharingModel("3" if paper == "det" else "7")
    facts = replace(
        preset_facts(AgreementKind.MEMORANDUM, model),
        wordings=facts_of(draft).wordings,
    )
    facts = replace(
        facts, parties=tuple(replace(each, type=None) for each in facts.parties)
    )
    pages = paper_pages(draft, facts, (), paper=paper, made_on=facts.today)
    content = documents.render_paper(pages)
    assert content == documents.render_paper(pages)
    with pikepdf.open(BytesIO(content)) as file:
        assert DOCUMENTS[paper].name in str(file.docinfo.Title)
    assert faults(content) == []
    text = re.sub(r"\s+", " ", printed(content))
    assert draft.number in text
    for line in pages.lines:
        assert line in text


def test_a_consent_form_says_that_no_is_an_answer(draft: Agreement) -> None:
    facts = preset_facts(AgreementKind.MEMORANDUM, SharingModel.CONSENTED_RECORDS)
    [statement] = paper_pages(
        draft, replace(facts, parties=()), (), paper="con", made_on=facts.today
    ).statements
    assert "I may say no" in statement.text
    assert "housing" in statement.text


def test_a_board_reads_the_resolution_and_the_whole_text(draft: Agreement) -> None:
    facts = facts_of(draft)
    pages = paper_pages(draft, facts, (), paper="brd", made_on=facts.today)
    assert len(pages.resolutions) == 2
    assert all(draft.number in each for each in pages.resolutions)
    assert {"C17", "C44"} <= {each.key for each in pages.text}
    assert pages.is_draft


def test_a_person_reads_a_paper_and_has_it_printed(
    draft: Agreement, director: Client
) -> None:
    listed = director.get(f"/agreements/{draft.number}/papers/").content.decode()
    assert "Summary for the public" in listed
    assert "Consent form" not in listed
    address = f"/agreements/{draft.number}/papers/pub/"
    page = director.get(address).content.decode()
    assert "No name is published." in page
    director.post(address)
    assert "A worker is printing it" in director.get(address).content.decode()
    make.work_off()
    document = draft.documents.get(kind="pub")
    assert "No name is published" in re.sub(
        r"\s+", " ", printed(bytes(document.content))
    )
    assert list(ledger.verify()) == []
    listed = director.get(f"/agreements/{draft.number}/papers/").content.decode()
    assert f"/documents/{document.pk}/" in listed


def test_the_same_paper_is_kept_once(draft: Agreement, director: Client) -> None:
    for _ in range(2):
        director.post(f"/agreements/{draft.number}/papers/nda/")
        make.work_off()
    assert draft.documents.filter(kind="nda").count() == 1


def test_a_paper_that_nothing_calls_for_is_not_there(
    draft: Agreement, director: Client
) -> None:
    for key in ("con", "det", "not", "cert", "mou", "nonsense"):
        path = f"/agreements/{draft.number}/papers/{key}/"
        assert director.get(path).status_code == 404
        assert director.post(path).status_code == 404
    with pytest.raises(RuleBroken, match="no such paper"):
        printing.request_paper(agreement=draft, paper="con", actor=draft.drafted_by)


def test_only_directors_and_counsel_have_papers_printed(draft: Agreement) -> None:
    for side, role in (("district", Role.ANALYST), ("pha", Role.STEWARD)):
        person = make.who(draft, side, role)
        with pytest.raises(Refused, match="director or counsel"):
            printing.request_paper(agreement=draft, paper="pub", actor=person)
        page = make.signed_in(person).get(f"/agreements/{draft.number}/papers/pub/")
        assert "director or counsel" in page.content.decode()
    counsel = make.who(draft, "district", Role.COUNSEL)
    printing.request_paper(agreement=draft, paper="pub", actor=counsel)
