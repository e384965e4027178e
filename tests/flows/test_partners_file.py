"""A partner's edited Word file: proposals on their clauses, none applied by itself."""

from pathlib import Path

import pytest
from django.test import Client

from agreements.models import Agreement, Proposal
from agreements.queries import facts_of, text_of
from agreements.services import sections
from agreements.services.versions import save_version
from partnerships.roles import Role
from tests import make
from tests.support import words
from tests.support.words import downloaded, sent, told, wording

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.agreement(until="draft").number


@pytest.fixture(scope="module")
def original(number: str) -> bytes:
    """Return the draft's Word file, as its director downloaded it."""
    draft = Agreement.objects.get(number=number)
    return downloaded(make.signed_in(draft.drafted_by), draft)


@pytest.fixture
def draft(number: str, original: bytes) -> Agreement:
    return Agreement.objects.get(number=number)


@pytest.fixture
def director(draft: Agreement) -> Client:
    return make.signed_in(draft.drafted_by)


def texts(draft: Agreement) -> list[str]:
    return [each["text"] for each in text_of(facts_of(draft))]


def test_an_edited_file_becomes_proposals_and_none_applies_itself(
    draft: Agreement, director: Client, original: bytes
) -> None:
    before = texts(draft)
    file = words.tracked(
        original,
        "whichever comes first",
        words.deleted("whichever comes first") + words.ins("whichever is later"),
    )
    file = words.untracked(file, "people, nor any other figure", "people or figure")
    file = words.commented(file, "It calls each of them a party", "Both of us?")
    shown = told(sent(director, draft, file))
    assert "The file holds 3 changes and comments. None of them has been applied." in (
        shown
    )
    assert texts(draft) == before
    rows = {row.kind: row for row in draft.proposals.all()}
    assert {kind: row.clause for kind, row in rows.items()} == {
        "replaced": "C17",
        "untracked": "C16",
        "comment": "C01",
    }
    assert (rows["replaced"].author, rows["untracked"].author) == ("Pat Partner", "")
    assert rows["comment"].author == "Cam Counsel"
    partner = make.signed_in(make.who(draft, "district", Role.SUPERINTENDENT))
    seen = partner.get(f"/agreements/{draft.number}/proposals/").content.decode()
    assert "Changed without tracking" in seen
    assert "Both of us?" in seen
    assert "Pat Partner" in seen


def test_accepting_writes_the_change_into_its_clause(
    draft: Agreement, director: Client, original: bytes
) -> None:
    file = words.tracked(
        original,
        "whichever comes first",
        words.deleted("whichever comes first") + words.ins("whichever is later"),
    )
    file = words.tracked(
        file,
        "Nothing is kept",
        words.ins("By law, n") + words.deleted("N") + words.run("othing is kept"),
    )
    sent(director, draft, file)
    first, second = draft.proposals.all()
    for row in (second, first):
        answer = director.post(
            f"/agreements/{draft.number}/proposals/", {"accept": row.pk}, follow=True
        )
        assert "Accepted:" in told(answer)
    text = wording(draft, "C17")
    assert "whichever is later" in text
    assert "By law, nothing is kept after" in text
    assert "within 30 days after the link" in text
    sections.save_section(
        agreement=draft,
        section="dates",
        values={"list_days": 12},
        actor=draft.drafted_by,
    )
    assert "within 12 days after the link" in wording(draft, "C17")
    assert {row.state for row in draft.proposals.all()} == {"accepted"}


def test_what_a_section_says_is_not_written_into_a_clause(
    draft: Agreement, director: Client, original: bytes
) -> None:
    file = words.untracked(original, "fewer than 10 people", "fewer than 5 people")
    sent(director, draft, file)
    row = draft.proposals.get()
    answer = director.post(f"/agreements/{draft.number}/proposals/", {"accept": row.pk})
    assert answer.status_code == 422
    assert "Change it in its section, then set the proposal aside." in told(answer)
    assert "fewer than 10 people" in wording(draft, "C16")
    row.refresh_from_db()
    assert row.state == "open"
    director.post(f"/agreements/{draft.number}/proposals/", {"set_aside": row.pk})
    row.refresh_from_db()
    assert (row.state, row.decided_by) == ("set_aside", draft.drafted_by)
    again = director.post(f"/agreements/{draft.number}/proposals/", {"accept": row.pk})
    assert again.status_code == 409


def test_a_place_that_changed_meanwhile_is_not_written_over(
    draft: Agreement, director: Client, original: bytes
) -> None:
    for others in ("whichever is later", "the later of both"):
        sent(
            director,
            draft,
            words.untracked(original, "whichever comes first", others),
        )
    first, second = draft.proposals.all()
    path = f"/agreements/{draft.number}/proposals/"
    director.post(path, {"accept": first.pk})
    answer = director.post(path, {"accept": second.pk})
    assert answer.status_code == 409
    assert "was changed in the same place" in told(answer)
    assert "whichever is later" in wording(draft, "C17")


def test_a_comment_is_taken_up_without_touching_the_text(
    draft: Agreement, director: Client, original: bytes
) -> None:
    before = texts(draft)
    file = words.commented(original, "It calls each", "Really?")
    sent(director, draft, file)
    director.post(
        f"/agreements/{draft.number}/proposals/",
        {"accept": draft.proposals.get().pk},
    )
    assert draft.proposals.get().state == "accepted"
    assert texts(draft) == before


def test_what_cannot_be_mapped_is_listed(
    draft: Agreement, director: Client, original: bytes
) -> None:
    file = words.tracked(
        original,
        "Schedule 3. People",
        words.ins("See ") + words.run("Schedule 3. People"),
    )
    shown = told(sent(director, draft, file))
    assert "In no clause" in shown
    assert "No button can apply this" in shown
    row = draft.proposals.get()
    assert (row.clause, row.after) == ("", "See ")
    answer = director.post(f"/agreements/{draft.number}/proposals/", {"accept": row.pk})
    assert answer.status_code == 422


def test_the_same_file_is_read_in_once(
    draft: Agreement, director: Client, original: bytes
) -> None:
    file = words.commented(original, "It calls each", "Really?")
    sent(director, draft, file)
    answer = sent(director, draft, file)
    assert answer.status_code == 409
    assert "This very file was read in before" in told(answer)
    assert draft.proposals.count() == 1


def test_a_file_without_changes_says_so(
    draft: Agreement, director: Client, original: bytes
) -> None:
    answer = sent(director, draft, original)
    assert answer.status_code == 422
    assert "says what version 1 says" in told(answer)


def test_a_file_of_another_agreement_or_of_none_is_refused(
    draft: Agreement, director: Client, original: bytes
) -> None:
    file = original
    other = words.rewritten(
        file,
        lambda xml: xml.replace(draft.number, "MOU-2020-001"),
        "docProps/custom.xml",
    )
    assert "belongs to another agreement" in told(sent(director, draft, other))
    digest = draft.versions.get().digest
    forged = words.rewritten(
        file, lambda xml: xml.replace(digest, "0" * 64), "docProps/custom.xml"
    )
    assert "was never saved as a version" in told(sent(director, draft, forged))
    parts = words.parts_of(file)
    parts["docProps/custom.xml"] = b"<Properties/>"
    bare = told(sent(director, draft, words.packed(parts)))
    assert "does not say from which version" in bare
    assert not draft.proposals.exists()


def test_an_edited_comparison_proposes_only_what_the_partner_did(
    draft: Agreement, director: Client
) -> None:
    save_version(agreement=draft, actor=draft.drafted_by)
    sections.save_section(
        agreement=draft,
        section="protection",
        values={"breach_hours": 36, "optional_clauses": ["C19"]},
        actor=draft.drafted_by,
    )
    save_version(agreement=draft, actor=draft.drafted_by)
    answer = director.get(
        f"/agreements/{draft.number}/versions/changes.docx",
        {"earlier": "1", "later": "2"},
    )
    clean = sent(director, draft, answer.content)
    assert "says what version 2 says" in told(clean)
    file = words.tracked(
        answer.content,
        "It calls each",
        words.ins("Here i") + words.deleted("I") + words.run("t calls each"),
    )
    sent(director, draft, file)
    row = draft.proposals.get()
    assert (row.clause, row.before, row.after) == ("C01", "I", "Here i")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7 not Word", "This is a PDF"),
        (b"\xd0\xcf\x11\xe0 old", "an old Word file (.doc)"),
        (b"", "The file is empty."),
        (b"hello", "not a Word file"),
    ],
)
def test_bad_files_get_a_clear_message_and_nothing_is_lost(
    draft: Agreement, director: Client, content: bytes, said: str
) -> None:
    answer = sent(director, draft, content)
    assert answer.status_code == 422
    assert said in told(answer)
    assert "Nothing was stored" in told(answer)
    assert not draft.proposals.exists()
    assert draft.versions.count() == 1  # the one that was downloaded


def test_a_file_with_macros_is_refused(
    draft: Agreement, director: Client, original: bytes
) -> None:
    parts = words.parts_of(original)
    parts["word/vbaProject.bin"] = b"\x00"
    answer = sent(director, draft, words.packed(parts))
    assert answer.status_code == 422
    assert "This file holds macros" in told(answer)


def test_a_file_of_a_hundred_megabytes_is_refused(
    draft: Agreement, director: Client
) -> None:
    answer = sent(director, draft, b"PK" + b"\0" * 100 * 1024**2, follow=False)
    assert answer.status_code == 413
    assert "larger than 10 MB" in answer.content.decode()
    assert not draft.proposals.exists()


def test_only_drafters_read_in_and_decide(
    draft: Agreement, director: Client, original: bytes
) -> None:
    file = words.commented(original, "It calls each", "Really?")
    counsel = make.signed_in(make.who(draft, "pha", Role.COUNSEL))
    assert sent(counsel, draft, file).status_code == 403
    sent(director, draft, file)
    row = Proposal.objects.get()
    path = f"/agreements/{draft.number}/proposals/"
    assert counsel.post(path, {"set_aside": row.pk}).status_code == 403
    row.refresh_from_db()
    assert row.state == "open"
