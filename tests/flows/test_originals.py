"""An agreement that was signed on paper: registered, compared, confirmed, in force."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client

from accounts import clock, ledger
from accounts.acts import Conflict, Refused, RuleBroken
from accounts.models import LedgerEntry, User
from agreements.models import Agreement, Document
from agreements.queries import facts_of, original_of
from agreements.services import approvals, drafting, originals, sections, signing
from agreements.services.copying import copy_as_new
from partnerships.roles import Role
from tests import make
from tests.support import hostile
from tests.support.paper import printed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

DAY = clock.today() - timedelta(days=365)
At = Callable[[str], Agreement]


@pytest.fixture(scope="module")
def numbers(past: Path) -> dict[str, str]:
    """Make a plain draft, and one with an original that got as far as its name."""
    joined = make.partners()
    made = {"plain": make.agreement(joined, until="draft").number}
    for state in ("draft", "review", "signing"):
        draft = make.agreement(joined, until="draft")
        make.original(draft)
        began(draft)
        made[state] = draft.number
        if state != "draft":
            make.counsel_read(draft)
            drafting.submit(agreement=draft, actor=draft.drafted_by)
        if state == "signing":
            approve_all(draft)
            make.work_off()
    return made


@pytest.fixture
def at(numbers: dict[str, str]) -> At:
    return lambda state: Agreement.objects.get(number=numbers[state])


def began(draft: Agreement) -> None:
    """Let a draft's term begin on the day of its original."""
    sections.save_section(
        agreement=draft,
        section="dates",
        values={"starts_on": DAY},
        actor=draft.drafted_by,
    )


def approve_all(made: Agreement) -> None:
    for approval in made.rounds.first().approvals.all():
        counsel = make.holder(approval.owner, Role.COUNSEL)
        approvals.approve(approval=approval, says_same=True, actor=counsel)


def director(made: Agreement) -> User:
    return make.who(made, "pha", Role.DIRECTOR)


def superintendent(made: Agreement) -> User:
    return make.who(made, "district", Role.SUPERINTENDENT)


def counsel(made: Agreement, kind: str) -> Client:
    return make.signed_in(make.who(made, kind, Role.COUNSEL))


def url(made: Agreement, place: str) -> str:
    return f"{made.get_absolute_url()}{place}"


def send(client: Client, made: Agreement, content: bytes | None, **said: Any) -> Any:
    given = {"signed_on": DAY.isoformat()} | said
    if content is not None:
        given["file"] = SimpleUploadedFile("original.pdf", content)
    return client.post(url(made, "draft/original/"), given)


# Uploading


def test_original_is_uploaded_replaced_and_removed(at: At) -> None:
    draft = at("plain")
    client = make.signed_in(director(draft))
    workspace = client.get(url(draft, "draft/")).content.decode()
    assert url(draft, "draft/original/") in workspace
    one, other = hostile.plain_page(), hostile.plain_page(shows=b"All of it")
    assert send(client, draft, one).status_code == 302
    draft.refresh_from_db()
    assert draft.signed_on_paper_on == DAY
    assert send(client, draft, other).status_code == 302
    sent = client.get(url(draft, "draft/original/file/"))
    assert (sent["Content-Type"], sent.content) == ("application/pdf", other)
    again = (DAY + timedelta(days=1)).isoformat()
    assert send(client, draft, None, signed_on=again).status_code == 302
    page = client.get(url(draft, "draft/original/")).content.decode()
    assert draft.originals.get().sha256 in page
    client.post(url(draft, "draft/original/"), {"remove": "1"})
    draft.refresh_from_db()
    assert draft.signed_on_paper_on is None
    assert not draft.originals.exists()
    assert not draft.documents.exists()
    assert client.get(url(draft, "draft/original/file/")).status_code == 404
    assert list(ledger.verify()) == []


@pytest.mark.parametrize(
    ("content", "status", "why"),
    [
        (None, 422, "Choose the PDF"),
        (b"", 422, "There is nothing in this file"),
        (b"GIF89a", 422, "This is not a PDF"),
        (b"%PDF-1.7 and no more", 422, "damaged"),
        (hostile.encrypted(hostile.plain_page()), 422, "locked with a password"),
        (
            hostile.plain_page(says=b"/OpenAction<</S/JavaScript/JS(x)>>"),
            422,
            "more than pages to read: a script",
        ),
        (
            hostile.plain_page(says=b"/Names<</EmbeddedFiles<</Names[]>>>>"),
            422,
            "other files inside it",
        ),
        (b"%PDF-1.7 " + bytes(originals.CAP_BYTES), 413, "larger than 20 MB"),
    ],
    ids=["none", "empty", "picture", "damaged", "locked", "script", "files", "large"],
)
def test_what_is_no_plain_pdf_is_refused_in_words_and_not_stored(
    at: At, content: bytes | None, status: int, why: str
) -> None:
    draft = at("plain")
    answer = send(make.signed_in(director(draft)), draft, content)
    page = answer.content.decode()
    assert answer.status_code == status
    assert why in page
    assert f'value="{DAY.isoformat()}"' in page
    draft.refresh_from_db()
    assert draft.signed_on_paper_on is None
    assert not draft.originals.exists()


def test_refused_file_leaves_the_one_on_record(at: At) -> None:
    draft = at("draft")
    before = draft.originals.get().sha256
    assert send(make.signed_in(director(draft)), draft, b"GIF89a").status_code == 422
    assert draft.originals.get().sha256 == before


def test_day_of_signature_lies_not_in_the_future(at: At) -> None:
    draft = at("plain")
    tomorrow = (clock.today() + timedelta(days=2)).isoformat()
    client = make.signed_in(director(draft))
    answer = send(client, draft, hostile.plain_page(), signed_on=tomorrow)
    assert answer.status_code == 422
    assert "lies in the future" in answer.content.decode()


def test_only_a_drafter_gives_the_original_and_only_to_a_draft(at: At) -> None:
    draft, sent = at("draft"), at("review")
    with pytest.raises(Refused, match="Only a director"):
        make.original(draft, actor=make.who(draft, "pha", Role.COUNSEL))
    for change in (make.original, remove):
        with pytest.raises(Conflict, match="no longer a draft"):
            change(sent)
    with pytest.raises(Conflict, match="no original to take off"):
        remove(at("plain"))


def remove(made: Agreement) -> None:
    originals.remove_original(agreement=made, actor=made.drafted_by)


def test_copy_has_no_original(at: At) -> None:
    copy = copy_as_new(agreement=at("signing"), actor=director(at("signing")))
    assert copy.signed_on_paper_on is None
    assert not copy.originals.exists()


# Sending


def test_sent_original_is_evidence_that_nobody_changes(at: At) -> None:
    made = at("review")
    kept = original_of(made)
    assert kept is not None
    assert kept.sha256 == made.originals.get().sha256
    assert bytes(kept.content) == hostile.plain_page()
    with pytest.raises(DatabaseError, match="evidence"), transaction.atomic():
        Document.objects.filter(pk=kept.pk).update(sha256="0" * 64)
    with pytest.raises(DatabaseError, match="evidence"), transaction.atomic():
        kept.delete()
    entry = LedgerEntry.objects.get(
        act="agreements.submit", subject=f"agreements.agreement:{made.pk}"
    )
    assert ["agreements.document", str(kept.pk)] in [d[:2] for d in entry.digests]
    assert list(ledger.verify()) == []


def test_every_party_has_the_original(at: At) -> None:
    made = at("review")
    kept = original_of(made)
    assert kept is not None
    for kind in ("pha", "district"):
        sent = counsel(made, kind).get(f"/documents/{kept.pk}/")
        assert sent.content == hostile.plain_page()
    stranger = make.person("St Ranger", make.organisation(), Role.DIRECTOR)
    client = make.signed_in(stranger)
    assert client.get(f"/documents/{kept.pk}/").status_code == 404
    assert client.get(url(made, "draft/original/file/")).status_code == 404


def test_file_that_was_changed_meanwhile_is_not_sent(at: At) -> None:
    draft = at("draft")
    make.counsel_read(draft)
    draft.originals.filter().update(content=b"%PDF-1.7 another")
    with pytest.raises(RuleBroken, match="not the file that was uploaded"):
        drafting.submit(agreement=draft, actor=draft.drafted_by)


def test_original_is_a_part_of_every_owner(at: At) -> None:
    made = at("review")
    approve_all(made)
    signing.reopen(agreement=Agreement.objects.get(pk=made.pk), actor=director(made))
    made.refresh_from_db()
    make.original(made, content=hostile.plain_page(shows=b"Another page"))
    drafting.submit(agreement=made, actor=made.drafted_by)
    states = made.rounds.first().approvals.values_list("state", flat=True)
    assert set(states) == {"waiting"}
    kept = made.documents.filter(kind="original")
    assert kept.count() == 2
    assert original_of(made) == kept.first()


# Comparing


@pytest.mark.parametrize("kind", ["pha", "district"])
def test_counsel_of_each_owner_compares_before_approving(at: At, kind: str) -> None:
    made = at("review")
    approval = made.rounds.get().approvals.get(owner__kind=kind)
    client, kept = counsel(made, kind), original_of(made)
    assert kept is not None
    page = client.get(url(made, "review/")).content.decode()
    assert "Does this text say the same?" in page
    assert f"/documents/{kept.pk}/" in page
    said = {"approval": approval.pk, "approve": "1"}
    answer = client.post(url(made, "review/"), said)
    assert answer.status_code == 422
    assert "Compare the text with the original" in answer.content.decode()
    approval.refresh_from_db()
    assert approval.state == "waiting"
    client.post(url(made, "review/"), said | {"says_same": "on"})
    approval.refresh_from_db()
    assert approval.state == "approved"
    entry = LedgerEntry.objects.filter(act="agreements.approve").latest("pk")
    assert entry.detail["original"] == kept.sha256


def test_nobody_is_skipped(at: At) -> None:
    """One owner's comparison brings the text no further."""
    made = at("review")
    approval = made.rounds.get().approvals.get(owner__kind="pha")
    actor = make.who(made, "pha", Role.COUNSEL)
    approvals.approve(approval=approval, says_same=True, actor=actor)
    make.work_off()
    made.refresh_from_db()
    assert made.state == "review"


def test_text_without_an_original_asks_for_no_comparison(at: At) -> None:
    draft = at("plain")
    make.counsel_read(draft)
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    page = counsel(draft, "pha").get(url(draft, "review/")).content.decode()
    assert "say the same" not in page
    for approval in draft.rounds.get().approvals.all():
        actor = make.holder(approval.owner, Role.COUNSEL)
        approvals.approve(approval=approval, actor=actor)


# Confirming


def test_signatories_confirm_and_it_runs_like_any_other(at: At) -> None:
    made = at("signing")
    kept = original_of(made)
    assert kept is not None
    for person in (director(made), superintendent(made)):
        client = make.signed_in(person)
        page = client.get(url(made, "sign/"))
        text = page.content.decode()
        assert "says what was signed on paper" in text
        assert f"/documents/{kept.pk}/" in text
        said = {
            "digest": page.context["form"]["digest"].value(),
            "typed_name": person.name,
            "intends": "on",
            "consents": "on",
            "password": make.PASSWORD,
        }
        assert client.post(url(made, "sign/"), said).status_code == 302
    assert all(
        each.intent.startswith("I confirm for Its legal name that this text")
        for each in made.signatures.all()
    )
    make.work_off()
    made.refresh_from_db()
    assert made.state == "in_force"
    assert made.mandate.record["starts_on"] == DAY.isoformat()
    frozen = printed(bytes(made.documents.get(kind="frozen").content))
    assert "Below they confirm that this text says the same" in frozen
    evidence = printed(bytes(made.documents.get(kind="executed").content))
    for words in (
        "The original on paper",
        f"{DAY:%B} {DAY.day}, {DAY.year}",
        kept.sha256,
        "compared with the original on paper",
        f"{DAY:%b} {DAY.day}, {DAY.year} to",
    ):
        assert words in evidence, words
    assert list(ledger.verify()) == []


def test_first_day_in_the_past_stands_in_nobodys_way(at: At) -> None:
    draft = at("draft")
    assert not [each for each in make.check_draft(draft) if each.blocks]
    original = facts_of(draft).original
    assert original is not None
    assert original.signed_on == DAY
