"""Versions of clauses: recorded once, never changed, and named by the text."""

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction

from accounts import ledger
from agreements import clause_library
from agreements.clause_library import LIBRARY
from agreements.models import Agreement, ClauseVersion
from agreements.queries import facts_of, latest_round, standing_text, text_of
from agreements.services import approvals
from agreements.services.library import load_clauses
from partnerships.roles import Role
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


def reworded(monkeypatch: pytest.MonkeyPatch, key: str, wording: str) -> None:
    """Let the library say something else, as after an update of the files."""
    changed = {**LIBRARY, key: replace(LIBRARY[key], wording=wording)}
    for module in (
        "agreements.queries.library",
        "agreements.clauses",
        "agreements.clause_library",
    ):
        monkeypatch.setattr(f"{module}.LIBRARY", changed)


def test_every_clause_is_recorded_once() -> None:
    assert load_clauses() == len(LIBRARY)
    before = ledger.head("system")
    assert load_clauses() == 0
    assert ledger.head("system") == before
    assert list(ledger.verify()) == []
    assert {
        row.key: row.number for row in ClauseVersion.objects.all()
    } == dict.fromkeys(LIBRARY, 1)


def test_a_changed_text_is_a_new_version_beside_the_old_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load_clauses()
    reworded(monkeypatch, "C44", "Nothing is used against anybody.")
    assert load_clauses() == 1
    old, new = ClauseVersion.objects.filter(key="C44")
    assert (old.number, old.wording) == (1, clause_library._text("C44"))
    assert (new.number, new.wording) == (2, "Nothing is used against anybody.")


def test_a_version_cannot_be_changed_or_removed() -> None:
    load_clauses()
    row = ClauseVersion.objects.get(key="C44")
    for change in (row.save, row.delete):
        row.wording = "Anything goes."
        with pytest.raises(DatabaseError, match="evidence"), transaction.atomic():
            change()


def test_the_command_says_how_many_are_new() -> None:
    for expected in (f"{len(LIBRARY)} new versions", "0 new versions"):
        out = StringIO()
        call_command("load_clauses", stdout=out)
        assert expected in out.getvalue()


def test_a_draft_follows_the_library_and_a_text_that_was_sent_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    joined = make.partners()
    sent = make.agreement(joined, until="review")
    draft = make.agreement(joined, until="draft")
    reworded(monkeypatch, "C44", "Nothing is used against anybody.")
    assert clause_of(standing_text(sent)) == (clause_library._text("C44"), 1)
    assert clause_of(text_of(facts_of(draft))) == (
        "Nothing is used against anybody.",
        0,
    )
    load_clauses()
    assert clause_of(standing_text(draft)) == ("Nothing is used against anybody.", 2)


def test_what_was_approved_is_printed_although_the_library_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = make.agreement(until="review")
    reworded(monkeypatch, "C44", "Nothing is used against anybody.")
    for approval in latest_round(made).approvals.select_related("owner"):
        counsel = make.holder(approval.owner, Role.COUNSEL)
        approvals.approve(approval=approval, actor=counsel)
    make.work_off()
    made.refresh_from_db()
    assert made.state == "signing"


def test_a_text_that_was_sent_names_the_version_of_every_clause() -> None:
    made: Agreement = make.agreement(until="review")
    assert {each["version"] for each in latest_round(made).text["clauses"]} == {1}


def clause_of(text: list[dict]) -> tuple[str, int]:
    [clause] = [each for each in text if each["key"] == "C44"]
    return clause["text"], clause["version"]
