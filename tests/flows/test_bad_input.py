"""What is wrong with what people bring is said in plain words, and nothing is lost."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache

from accounts import ledger
from accounts.models import User
from agreements.models import Agreement
from agreements.policy import can_approve
from agreements.queries import facts_of, text_of
from agreements.services import approvals, routes, sections, signing
from agreements.signing_policy import can_record_paper, can_sign
from partnerships.models import Notice
from partnerships.roles import Role
from tests import make
from tests.support import words
from tests.support.words import told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

At = Callable[[str], Agreement]
MB = 1024**2


@pytest.fixture(scope="module")
def numbers(past: Path) -> dict[str, str]:
    joined = make.partners()
    states = ("draft", "review", "approved", "signing")
    return {state: make.agreement(joined, until=state).number for state in states}


@pytest.fixture(scope="module")
def sent(numbers: dict[str, str]) -> bytes:
    """Return the draft's Word file, as its director downloaded it."""
    draft = Agreement.objects.get(number=numbers["draft"])
    return words.downloaded(make.signed_in(director(draft)), draft)


@pytest.fixture
def at(numbers: dict[str, str], sent: bytes) -> At:
    """Return a function that gives the agreement that stands in a state."""
    return lambda state: Agreement.objects.get(number=numbers[state])


@pytest.fixture(autouse=True)
def an_empty_cache() -> Iterator[None]:
    cache.clear()
    yield


def director(made: Agreement) -> User:
    return make.who(made, "pha", Role.DIRECTOR)


def superintendent(made: Agreement) -> User:
    return make.who(made, "district", Role.SUPERINTENDENT)


def texts(made: Agreement) -> list[str]:
    return [each["text"] for each in text_of(facts_of(made))]


# Word files


def with_macros(sent: bytes) -> bytes:
    """Return a .docm under another name: its type and its part say what it is."""
    parts = words.parts_of(sent) | {"word/vbaProject.bin": b"\x00"}
    plain, able = (
        f"application/vnd.{kind}.main+xml"
        for kind in (
            "openxmlformats-officedocument.wordprocessingml.document",
            "ms-word.document.macroEnabled",
        )
    )
    types = parts["[Content_Types].xml"].replace(plain.encode(), able.encode())
    return words.packed(parts | {"[Content_Types].xml": types})


def bomb(sent: bytes) -> bytes:
    flood = b"<a>" + b" " * (300 * MB) + b"</a>"
    content = words.packed(words.parts_of(sent) | {words.MAIN: flood})
    assert len(content) < MB
    return content


FILES: dict[str, tuple[Callable[[bytes], bytes], int, str]] = {
    "macros": (with_macros, 422, "This file holds macros"),
    "100 MB": (lambda sent: sent + bytes(100 * MB), 413, "larger than 10 MB"),
    "a zip bomb": (bomb, 422, "far larger or more nested than any agreement"),
    "locked with a password": (
        lambda sent: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096),
        422,
        "one that is locked with a password",
    ),
    "cut off": (lambda sent: sent[: len(sent) // 2], 422, "This file is damaged"),
    "a PDF": (lambda sent: b"%PDF-1.7\n" + sent, 422, "This is a PDF"),
    "nothing": (lambda sent: b"", 422, "The file is empty"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_bad_word_file_says_what_is_wrong_and_changes_nothing(
    at: At, sent: bytes, name: str
) -> None:
    draft, (spoil, status, message) = at("draft"), FILES[name]
    client = make.signed_in(director(draft))
    before = texts(draft)
    versions = list(draft.versions.values_list("digest", flat=True))
    answer = words.sent(client, draft, spoil(sent), follow=False)
    assert answer.status_code == status
    assert message in told(answer)
    assert "Nothing was stored" in told(answer)
    assert not draft.proposals.exists()
    assert texts(draft) == before
    assert list(draft.versions.values_list("digest", flat=True)) == versions
    good = words.commented(sent, "It calls each", "Really?")
    assert "one change or comment" in told(words.sent(client, draft, good))


# Drafts with gaps, and dates that cannot be


def sending(draft: Agreement) -> str:
    """Return what the page says after the draft was sent for approval."""
    client = make.signed_in(director(draft))
    path = f"/agreements/{draft.number}/draft/submit/"
    return told(client.post(path, follow=True))


@pytest.mark.parametrize(
    ("section", "name", "said"),
    [
        ("protection", "contacts", "the contacts for notices"),
        ("dates", "implementation_on", "the day on which sharing begins"),
        ("dates", "ends_on", "the last day of the term"),
    ],
)
def test_an_empty_variable_is_named_when_the_text_is_sent(
    at: At, section: str, name: str, said: str
) -> None:
    draft = at("draft")
    empty = None if name.endswith("_on") else ""
    sections.save_section(
        agreement=draft, section=section, values={name: empty}, actor=director(draft)
    )
    page = sending(draft)
    assert said in page or "must be put right before this can be sent" in page
    draft.refresh_from_db()
    assert draft.state == "draft"
    assert not draft.rounds.exists()
    gaps = {gap for each in text_of(facts_of(draft)) for gap in each["gaps"]}
    assert said in gaps


def dates(draft: Agreement, **changed: str) -> dict[str, str]:
    """Return the section of dates as the page sends it."""
    days = ("starts_on", "ends_on", "implementation_on", "review_on", "destroy_by")
    said = {name: getattr(draft, name).isoformat() for name in days}
    numbers = dict.fromkeys(("list_days", "release_days", "end_days"), "30")
    return said | numbers | {"covers_copies": "on", "renewal": "written"} | changed


OUT_OF_ORDER = {
    "ends_on": (-1, "The term ends on"),
    "destroy_by": (-1, "Everything is destroyed by"),
    "implementation_on": (-1, "Sharing goes live on"),
    "review_on": (900, "The review is on"),
}


@pytest.mark.parametrize("name", OUT_OF_ORDER)
def test_dates_out_of_order_are_kept_found_and_named(at: At, name: str) -> None:
    draft, (days, said) = at("draft"), OUT_OF_ORDER[name]
    wrong = draft.starts_on + timedelta(days=days)
    client = make.signed_in(director(draft))
    path = f"/agreements/{draft.number}/draft/dates/"
    answer = client.post(path, dates(draft, **{name: wrong.isoformat()}))
    assert answer.status_code == 302
    draft.refresh_from_db()
    assert getattr(draft, name) == wrong
    page = client.get(path).content.decode()
    assert f"{said} {wrong:%B} {wrong.day}, {wrong.year}" in " ".join(page.split())
    assert said in sending(draft)
    assert Agreement.objects.get(pk=draft.pk).state == "draft"


def test_a_day_that_there_is_not_is_named_and_the_rest_is_saved(at: At) -> None:
    draft = at("draft")
    client = make.signed_in(director(draft))
    path = f"/agreements/{draft.number}/draft/dates/"
    answer = client.post(path, dates(draft, review_on="2027-02-31", list_days="12"))
    assert answer.status_code == 422
    assert "2027-02-31" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.list_days == 12
    assert draft.review_on is not None


# People who leave between the steps


def sign(made: Agreement, actor: User) -> None:
    signing.sign(
        agreement=made,
        digest=signing.frozen_of(made).sha256,
        typed_name=actor.name,
        password=make.PASSWORD,
        address=None,
        browser="",
        actor=actor,
    )


def heard(made: Agreement, words: str) -> set[str]:
    """Return who got a message on the agreement with these words."""
    notices = Notice.objects.filter(subject__contains=made.number)
    return {each.recipient.name for each in notices.filter(subject__contains=words)}


LEAVERS = {"signatory": Role.SUPERINTENDENT, "listed person": Role.ANALYST}


@pytest.mark.parametrize("role", LEAVERS.values(), ids=LEAVERS)
def test_a_text_that_names_who_left_is_not_sent(at: At, role: Role) -> None:
    draft = at("draft")
    gone = make.who(draft, "district", role)
    make.leaves(gone)
    page = sending(draft)
    assert f"The text names somebody who has left: {gone.name}" in page
    assert not draft.rounds.exists()
    for entry in draft.access.filter(membership__user=gone):
        sections.remove_access(entry=entry, actor=director(draft))
    party = draft.parties.get(organisation__kind="district")
    if party.signatory.user == gone:
        head = make.person(
            "New Head", party.organisation, Role.SUPERINTENDENT, authority="Policy 2"
        )
        sections.set_signatory(
            party=party, signatory=head.memberships.get(), actor=director(draft)
        )
    assert "was sent to the counsel of every owner" in sending(draft)


@pytest.mark.parametrize("state", ["review", "approved", "signing"])
@pytest.mark.parametrize("role", LEAVERS.values(), ids=LEAVERS)
def test_who_can_put_it_right_hears_that_somebody_left(
    at: At, state: str, role: Role
) -> None:
    made = at(state)
    make.leaves(make.who(made, "district", role))
    assert heard(made, "names somebody who has left") == {"Di Rector"}
    notice = Notice.objects.filter(subject__contains="who has left").latest("pk")
    gone = make.who(made, "district", role).name
    assert gone not in f"{notice.subject} {notice.body}"
    client = make.signed_in(director(made))
    client.post(f"/agreements/{made.number}/reopen/")
    made.refresh_from_db()
    assert made.state == "draft"
    assert set(made.rounds.first().approvals.values_list("state", flat=True)) == {
        "void"
    }
    assert list(ledger.verify()) == []


@pytest.mark.parametrize("role", [Role.STEWARD, Role.ANALYST])
def test_nobody_signs_a_text_whose_access_list_names_who_left(
    at: At, role: Role
) -> None:
    made = at("signing")
    signatory = superintendent(made)
    assert can_sign(signatory, made)
    make.leaves(make.who(made, "district", role))
    page = make.signed_in(signatory).get(f"/agreements/{made.number}/sign/")
    assert "A director takes the text back to its draft" in told(page)
    party = made.parties.get(organisation__kind="district")
    solicitor = make.who(made, "district", Role.COUNSEL)
    assert "has left" in can_record_paper(solicitor, made, party).reason


def test_nobody_signs_for_a_signatory_who_left(at: At) -> None:
    made = at("signing")
    gone = superintendent(made)
    make.leaves(gone)
    assert not can_sign(gone, made)
    party = made.parties.get(organisation__kind="district")
    solicitor = make.who(made, "district", Role.COUNSEL)
    assert "has left" in can_record_paper(solicitor, made, party).reason
    page = make.signed_in(solicitor).get(f"/agreements/{made.number}/paper/")
    assert "has left" in told(page)


def test_signatures_that_came_before_are_void_when_the_text_cannot_stand(
    at: At,
) -> None:
    made = at("signing")
    sign(made, director(made))
    sign(made, superintendent(made))
    make.leaves(make.who(made, "district", Role.ANALYST))
    make.work_off()
    made.refresh_from_db()
    assert made.state == "draft"
    told_ = Notice.objects.get(subject__contains=f"{made.number} is a draft again")
    assert "What has changed since: who has access." in told_.body
    assert made.signatures.count() == 2  # on record, on a text that binds nobody
    assert not made.documents.filter(kind="executed").exists()


def test_counsel_who_left_with_a_decision_open_stops_nothing_for_good(at: At) -> None:
    made = at("review")
    approval = made.rounds.get().approvals.get(owner__kind="pha")
    counsel = make.who(made, "pha", Role.COUNSEL)
    administrator = make.person("Ad Min", approval.owner, Role.ADMINISTRATOR)
    make.leaves(counsel)
    assert not can_approve(counsel, approval)
    assert heard(made, "waits for a decision that nobody can take") == {
        "Di Rector",
        administrator.name,
    }
    successor = make.person("Suc Cessor", approval.owner, Role.COUNSEL)
    assert "not among those asked" in can_approve(successor, approval).reason
    signing.reopen(agreement=made, actor=director(made))
    for entry in made.access.filter(membership__user=counsel):
        sections.remove_access(entry=entry, actor=director(made))
    assert heard(made, "is a draft again") == {"Sol Icitor", "Suc Cessor"}
    assert "was sent to the counsel of every owner" in sending(made)
    again = made.rounds.first().approvals.get(owner=approval.owner)
    assert can_approve(successor, again)


def test_who_decided_and_left_has_decided(at: At) -> None:
    made = at("review")
    approval = made.rounds.get().approvals.get(owner__kind="pha")
    counsel = make.who(made, "pha", Role.COUNSEL)
    approvals.approve(approval=approval, actor=counsel)
    make.leaves(counsel)
    approval.refresh_from_db()
    assert (approval.state, approval.decided_by) == ("approved", counsel)
    assert not heard(made, "nobody can take")


def test_a_delegate_who_left_decides_nothing_and_the_giver_still_does(at: At) -> None:
    made = at("review")
    approval = made.rounds.get().approvals.get(owner__kind="district")
    solicitor = make.who(made, "district", Role.COUNSEL)
    delegate = make.who(made, "district", Role.STEWARD)
    today = made.starts_on - timedelta(days=400)
    given = routes.delegate(
        organisation=approval.owner,
        taker=delegate,
        from_on=today,
        until_on=today + timedelta(days=800),
        actor=solicitor,
    )
    assert can_approve(delegate, approval)
    make.leaves(delegate)
    given.refresh_from_db()
    assert given.revoked_at is not None
    assert not can_approve(delegate, approval)
    assert can_approve(solicitor, approval)
