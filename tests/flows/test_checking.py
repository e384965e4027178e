"""Anybody checks a PDF on the public page: what was sealed, and whether it is whole."""

import hashlib
import html
import re
from collections.abc import Iterator
from pathlib import Path
from threading import Semaphore

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponseBase
from django.test import Client, override_settings
from pytest_django import Settings

from accounts import clock, jobs
from agreements import checking, seal
from agreements.models import Agreement
from agreements.services import obligations
from indicators.services import destruction
from tests import make
from tests.support import hostile

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

SAYS_UNCHANGED = "Sealed by this Homeroom, and unchanged"


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.agreement().number


@pytest.fixture
def made(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


@pytest.fixture
def frozen(made: Agreement) -> bytes:
    return bytes(made.documents.get(kind="frozen").content)


@pytest.fixture
def executed(made: Agreement) -> bytes:
    return bytes(made.documents.get(kind="executed").content)


@pytest.fixture(autouse=True)
def an_empty_cache(home: Path) -> Iterator[None]:
    cache.clear()
    yield
    assert not list(home.rglob("*.pdf"))


def sent(content: bytes, client: Client | None = None) -> HttpResponseBase:
    file = SimpleUploadedFile("a.pdf", content, content_type="application/pdf")
    return (client or Client()).post("/verify/", {"file": file})


def words(answer: HttpResponseBase) -> str:
    """Return what the page says, on one line."""
    page = getattr(answer, "content", b"").decode()
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def checked(content: bytes) -> str:
    answer = sent(content)
    assert answer.status_code == 200
    return words(answer)


def about_the_file(said: str) -> str:
    """Return what the page says before it offers to check another document."""
    return said.partition("Check another document")[0]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# The page


def test_it_is_linked_from_sign_in_and_needs_and_leaves_nothing() -> None:
    client = Client()
    assert 'href="/verify/"' in client.get("/accounts/login/").content.decode()
    visitor = Client(enforce_csrf_checks=True)
    page = visitor.get("/verify/")
    answer = sent(b"%PDF-1.7\nnothing", visitor)
    for each in (page, answer):
        assert each.status_code == 200
        assert not each.cookies
        assert "no-store" in each["Cache-Control"]
    assert "You need no account" in words(page)


def test_signed_in_people_use_it_too(made: Agreement, executed: bytes) -> None:
    client = make.signed_in(made.drafted_by)
    assert 'href="/verify/"' in client.get(made.get_absolute_url()).content.decode()
    assert SAYS_UNCHANGED in words(sent(executed, client))


# What was sealed here


def test_an_executed_agreement_is_unchanged(
    made: Agreement, executed: bytes, frozen: bytes
) -> None:
    said = checked(executed)
    assert SAYS_UNCHANGED in said
    assert "What was sealed Executed agreement" in said
    assert f"Agreement {made.number}" in said
    assert f"{clock.now():%Y}" in said
    assert f"SHA-256 of this file {sha256(executed)}" in said
    assert "The copy on record here? Yes" in said
    assert f"SHA-256 of the file it embeds {sha256(frozen)}" in said
    assert "The embedded file Unchanged" in said


def test_the_text_for_signature_is_called_that(frozen: bytes) -> None:
    said = checked(frozen)
    assert "The text for signature, not sealed" in said
    assert sha256(frozen) in said
    assert "does not show that anybody signed it" in said


def test_a_text_that_is_not_on_record_is_only_a_pdf(frozen: bytes) -> None:
    assert "Not sealed" in checked(frozen + b"\n% another\n")


def test_a_file_sealed_here_that_is_not_kept_here_says_so(frozen: bytes) -> None:
    said = checked(seal.seal(frozen, reason="A test"))
    assert SAYS_UNCHANGED in said
    assert "What was sealed Another document" in said
    assert "The copy on record here? No" in said


def test_a_certificate_of_destruction_is_checked_too(
    made: Agreement, settings: Settings
) -> None:
    make.housing_list(made)
    settings.DEMO = True
    clock.advance(days=500)
    obligations.fall_due()
    duty = made.obligations.get(kind="linking_list")
    jobs.run(jobs.latest(destruction.JOB, duty).pk)
    make.minute()
    duty.refresh_from_db()
    certificate = bytes(duty.certificate.content)
    said = checked(certificate)
    assert SAYS_UNCHANGED in said
    assert "What was sealed Certificate of destruction" in said
    assert f"Agreement {made.number}" in said


# What somebody changed, or made up; tests/unit/agreements/test_examining.py has more


def test_of_a_file_with_additions_the_sealed_part_is_told(
    made: Agreement, executed: bytes
) -> None:
    said = checked(executed + b"\n%x\n")
    assert "Changed: something was added after it was sealed" in said
    assert "and unchanged" not in about_the_file(said)
    assert "Added after that 4 bytes" in said
    assert f"SHA-256 of what was sealed {sha256(executed)}" in said
    assert f"Agreement {made.number}" in said


def test_a_changed_file_still_shows_that_its_signed_text_is_whole(
    executed: bytes, frozen: bytes
) -> None:
    changed = executed.replace(b"was executed", b"was retired!")
    said = checked(changed)
    assert "Changed since it was sealed" in said
    assert "and unchanged" not in about_the_file(said)
    assert sha256(frozen) in said
    assert "Agreement" not in about_the_file(said)


def test_a_seal_of_another_homeroom_is_somebody_elses(
    frozen: bytes, tmp_path: Path
) -> None:
    with override_settings(SEAL_DIR=tmp_path / "other"):
        foreign = seal.seal(frozen, reason="MOU-2026-001 was executed")
    said = checked(foreign)
    assert "Sealed by somebody else" in said
    assert "Here it proves nothing" in said
    assert "MOU-2026-001" not in said


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (hostile.claimed_seal(b"MOU-2026-001 was executed"), "It only looks signed"),
        (hostile.pictured_seal(), "Not sealed"),
        (b"", "Empty"),
        (b"A letter in Word", "Not a PDF"),
        (hostile.EXHAUSTING["nests deeply"](), "It could not be checked"),
    ],
)
def test_what_only_looks_signed_or_is_no_pdf_is_said_plainly(
    content: bytes, says: str
) -> None:
    said = checked(content)
    assert says in said
    assert SAYS_UNCHANGED not in said
    assert "MOU-2026-001" not in said


# What is too much


def test_without_a_file_it_asks_for_one() -> None:
    answer = Client().post("/verify/", {})
    assert answer.status_code == 422
    assert "Choose the PDF to check." in words(answer)


@pytest.mark.parametrize("n_bytes", [checking.CAP_BYTES + 1, 100 * 1024**2])
def test_a_file_past_the_cap_is_refused_while_it_arrives(n_bytes: int) -> None:
    answer = sent(b"%PDF-1.7\n" + bytes(n_bytes))
    assert answer.status_code == 413
    assert "larger than 10 MB" in words(answer)


def test_an_address_that_asks_too_often_is_told_to_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    for _ in range(20):
        assert sent(b"").status_code == 200
    answer = sent(b"")
    assert answer.status_code == 429
    assert "too many times" in words(answer)
    assert Client().get("/verify/").status_code == 200


def test_when_others_are_before_it_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "_queue", Semaphore(0))
    answer = sent(b"%PDF-1.7\n")
    assert answer.status_code == 503
    assert "send it again" in words(answer)
