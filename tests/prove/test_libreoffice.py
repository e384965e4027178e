"""Files that LibreOffice Writer edits here and now: every change on its clause."""

import random
from pathlib import Path

import pytest
from django.test import Client

from agreements.compare import Edit as Change
from agreements.compare import edited as applied
from agreements.models import Agreement
from agreements.proposing import Found
from agreements.queries import facts_of, text_of
from tests import make
from tests.support import words, writer
from tests.support.writer import Edit
from tests.unit.agreements.sent import CLAUSES, SENT, phrases, read, wording

pytestmark = pytest.mark.prove

N_ROUNDS, N_EDITS = 4, 8


def said(found: Found) -> tuple[str, str, str, str]:
    return found.kind.value, found.clause, found.before, found.after


def test_what_writer_only_saves_says_the_same(tmp_path: Path) -> None:
    assert read(writer.edited(SENT, [], tmp_path)) == []


def test_what_writer_tracks_is_proposed_where_it_stands(tmp_path: Path) -> None:
    edits = [
        Edit("whichever comes first", "whichever is later"),
        Edit("Nothing is kept after", ""),
        Edit("repeats these roles", "A new paragraph.", "paragraph after"),
        Edit("C32 Amendment", "C32 Amendment and change"),
        Edit("Elements, from Riverbend", "Fields, from Riverbend"),
    ]
    commented = words.commented(SENT, "No figure is shown", "Is ten enough?")
    found = read(writer.edited(commented, edits, tmp_path))
    assert {each.author for each in found} == {"Lee Office", "Cam Counsel"}
    assert {(each.kind.value, each.clause) for each in found} == {
        ("inserted", "C01"),
        ("replaced", "C17"),
        ("deleted", "C17"),
        ("replaced", ""),
        ("replaced", "C32"),
        ("comment", "C16"),
    }
    assert any("A new paragraph." in each.after for each in found)


def test_what_writer_only_makes_bold_changes_no_word(tmp_path: Path) -> None:
    edits = [
        Edit("whichever comes first", kind="bold"),
        Edit("No figure is shown", kind="bold", is_tracked=False),
    ]
    assert read(writer.edited(SENT, edits, tmp_path)) == []


@pytest.mark.parametrize("is_tracked", [True, False])
def test_changes_anywhere_are_on_exactly_their_clauses(
    tmp_path: Path, is_tracked: bool
) -> None:
    chance = random.Random(f"writer {is_tracked}")
    for _ in range(N_ROUNDS):
        chosen = chance.sample(CLAUSES, N_EDITS)
        edits = [_edit(chance, key, is_tracked=is_tracked) for key in chosen]
        found = read(writer.edited(SENT, edits, tmp_path))
        assert {each.clause for each in found} == set(chosen)
        for edit, key in zip(edits, chosen, strict=True):
            changes = [
                Change(each.starts_at, each.before, each.after)
                for each in found
                if each.clause == key and each.starts_at is not None
            ]
            expected = wording(key).replace(edit.words, edit.said, 1)
            assert applied(wording(key), changes) == expected
        assert {each.author for each in found} == {"Lee Office" if is_tracked else ""}


def _edit(chance: random.Random, key: str, *, is_tracked: bool) -> Edit:
    """Return an edit at words that stand in this clause and nowhere else."""
    phrase = chance.choice(phrases(key))
    kept = phrase.split(" ")
    kept[chance.randrange(len(kept))] = chance.choice(["otherwise", "twice"])
    return Edit(phrase, " ".join(kept), is_tracked=is_tracked)


@pytest.mark.django_db
def test_a_downloaded_file_comes_back_as_proposals(tmp_path: Path) -> None:
    draft = make.agreement(until="draft")
    director: Client = make.signed_in(draft.drafted_by)
    before = [each["text"] for each in text_of(facts_of(draft))]
    sent = words.downloaded(director, draft)
    file = writer.edited(
        words.commented(sent, "Nothing is kept", "Not even copies?"),
        [
            Edit("whichever comes first", "whichever is later"),
            Edit("It calls each", "It names each", is_tracked=False),
        ],
        tmp_path,
    )
    words.sent(director, draft, file)
    rows = Agreement.objects.get(pk=draft.pk).proposals.all()
    assert {(row.kind, row.clause) for row in rows} == {
        ("replaced", "C17"),
        ("untracked", "C01"),
        ("comment", "C17"),
    }
    assert {row.state for row in rows} == {"open"}
    assert [each["text"] for each in text_of(facts_of(draft))] == before
