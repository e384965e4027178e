"""The parties' own words: kept, marked wherever they are shown, and taken back."""

from pathlib import Path

import pytest
from django.test import Client

from accounts.acts import Conflict, Refused, RuleBroken
from agreements.clause_library import LIBRARY
from agreements.models import Agreement
from agreements.pages import agreement_pages
from agreements.queries import facts_of, latest_round, text_of
from agreements.services import approvals, drafting, wordings
from agreements.services.copying import copy_as_new
from agreements.terms_text import part_of
from partnerships.roles import Role
from tests import make

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


def reword(draft: Agreement, clause: str = "C22", text: str = "Look anytime.") -> None:
    wordings.set_wording(
        agreement=draft, clause=clause, text=text, actor=draft.drafted_by
    )


def shown(draft: Agreement, key: str) -> dict:
    [clause] = [each for each in text_of(facts_of(draft)) if each["key"] == key]
    return clause


def at(draft: Agreement, rest: str = "") -> str:
    return f"/agreements/{draft.number}/draft/clauses/{rest}"


def test_a_required_clause_is_worded_differently_and_marked(draft: Agreement) -> None:
    reword(draft, "C31", "From {start} until {end}, and {never} longer.")
    clause = shown(draft, "C31")
    assert clause["mark"] == "Altered"
    assert clause["mandatory"]
    assert facts_of(draft).wordings[0].title == "Term, review and renewal"
    assert "and {never} longer." in clause["text"]
    assert f"{draft.starts_on:%B}" in clause["text"]


def test_the_library_s_own_words_are_no_alteration(draft: Agreement) -> None:
    reword(draft, "C33", "Nobody stops.")
    assert [each.clause for each in facts_of(draft).wordings] == ["C33"]
    reword(draft, "C33", LIBRARY["C33"].wording)
    assert facts_of(draft).wordings == ()


def test_own_clauses_are_numbered_and_come_last(draft: Agreement) -> None:
    made = [
        wordings.add_own_clause(
            agreement=draft, title=f"Own {n}", text="Words.", actor=draft.drafted_by
        )
        for n in (1, 2)
    ]
    assert [each.key for each in made] == ["OWN-1", "OWN-2"]
    last = text_of(facts_of(draft))[-1]
    assert (last["key"], last["mark"]) == ("OWN-2", "Own clause")
    wordings.restore_wording(agreement=draft, clause="OWN-1", actor=draft.drafted_by)
    assert [each.key for each in draft.wordings.all()] == ["OWN-2"]


@pytest.mark.parametrize(
    ("clause", "text", "reason"),
    [
        ("C31", "   ", "cannot be left empty"),
        ("C31", "x" * 8001, "under 8,000"),
        ("C22", "Words.", "holds no clause C22"),
        ("OWN-7", "Words.", "holds no clause OWN-7"),
        ("C99", "Words.", "holds no clause C99"),
    ],
)
def test_what_cannot_be_worded_says_why(
    draft: Agreement, clause: str, text: str, reason: str
) -> None:
    with pytest.raises(RuleBroken, match=reason):
        reword(draft, clause, text)
    assert not draft.wordings.exists()


def test_an_own_clause_has_a_title(draft: Agreement) -> None:
    with pytest.raises(RuleBroken, match="a title"):
        wordings.add_own_clause(
            agreement=draft, title=" ", text="Words.", actor=draft.drafted_by
        )


def test_only_a_director_words_a_draft_and_only_while_it_is_one(
    draft: Agreement,
) -> None:
    counsel = make.who(draft, "district", Role.COUNSEL)
    with pytest.raises(Refused):
        wordings.set_wording(agreement=draft, clause="C31", text="x", actor=counsel)
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    with pytest.raises(RuleBroken, match="no longer a draft"):
        reword(draft, "C31")


def test_what_nobody_altered_cannot_be_restored(draft: Agreement) -> None:
    with pytest.raises(Conflict, match="library's wording already"):
        wordings.restore_wording(agreement=draft, clause="C31", actor=draft.drafted_by)


def test_an_alteration_is_part_of_what_every_owner_approves(draft: Agreement) -> None:
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    before = latest_round(draft)
    approval = before.approvals.first()
    approvals.send_back(
        approval=approval,
        reason="Other words.",
        actor=make.holder(approval.owner, Role.COUNSEL),
    )
    draft.refresh_from_db()
    reword(draft, "C44", "Other words.")
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    after = latest_round(draft)
    assert before.part_digests.keys() == after.part_digests.keys()
    for owner, digest in before.part_digests.items():
        assert after.part_digests[owner] != digest
        assert part_of(after.text, owner)["terms"]["wordings"][0]["clause"] == "C44"


def test_the_printed_text_marks_what_was_altered(draft: Agreement) -> None:
    reword(draft, "C44", "Other words.")
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    facts = facts_of(draft)
    printed = agreement_pages(
        draft, facts, latest_round(draft).text["clauses"], (), frozen_on=facts.today
    )
    marks = {each.key: (each.mark, each.version) for each in printed.clauses}
    assert marks["C44"] == ("Altered", 1)
    assert marks["C43"] == ("", 1)


def test_nobody_is_sent_a_text_with_a_gap(draft: Agreement) -> None:
    reword(draft, "C44", "Nothing is passed on to {onward_parties}.")
    with pytest.raises(RuleBroken, match=r"No adverse use \(C44\): the onward"):
        drafting.submit(agreement=draft, actor=draft.drafted_by)
    draft.refresh_from_db()
    assert draft.state == "draft"
    reword(draft, "C44", "Nothing is passed on.")
    drafting.submit(agreement=draft, actor=draft.drafted_by)


def test_a_copy_takes_the_wordings_over(draft: Agreement) -> None:
    reword(draft, "C44", "Other words.")
    copy = copy_as_new(agreement=draft, actor=draft.drafted_by)
    assert shown(copy, "C44")["text"] == "Other words."


# Pages


def test_a_person_words_a_clause_and_restores_it(
    draft: Agreement, director: Client
) -> None:
    listed = director.get(at(draft)).content.decode()
    assert f'href="{at(draft, "C31/")}"' in listed
    page = director.get(at(draft, "C31/")).content.decode()
    assert "This agreement holds from {start} to {end}" in page
    assert "the last day of the term" in page
    assert "Restore" not in page
    director.post(at(draft, "C31/"), {"text": "Until {end}."})
    page = director.get(at(draft, "C31/")).content.decode()
    assert "The library&#x27;s wording" in page or "The library's wording" in page
    assert "Restore the library" in page
    assert "Altered" in director.get(at(draft)).content.decode()
    assert (
        "Altered"
        in director.get(f"/agreements/{draft.number}/draft/check/").content.decode()
    )
    director.post(at(draft, "C31/"), {"restore": "1"})
    assert not draft.wordings.exists()


def test_what_was_typed_is_not_lost_when_it_cannot_be_saved(
    draft: Agreement, director: Client
) -> None:
    response = director.post(at(draft), {"title": "Lunch", "text": ""})
    assert response.status_code == 422
    assert 'value="Lunch"' in response.content.decode()
    response = director.post(at(draft, "C31/"), {"text": "\n \n"})
    assert response.status_code == 422


def test_a_person_adds_a_clause_and_removes_it(
    draft: Agreement, director: Client
) -> None:
    director.post(
        at(draft), {"title": "Lunch", "text": "We eat.", "is_indemnity": "on"}
    )
    wording = draft.wordings.get()
    assert (wording.title, wording.is_indemnity) == ("Lunch", True)
    assert "Remove this clause" in director.get(at(draft, "OWN-1/")).content.decode()
    director.post(at(draft, "OWN-1/"), {"restore": "1"})
    assert director.get(at(draft, "OWN-1/")).status_code == 404


def test_a_clause_that_the_draft_does_not_hold_has_no_page(
    draft: Agreement, director: Client
) -> None:
    for key in ("C40", "C99", "OWN-1"):
        assert director.get(at(draft, f"{key}/")).status_code == 404
