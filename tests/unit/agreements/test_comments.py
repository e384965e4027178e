"""Comments on items: an organisation's own never leave it."""

from pathlib import Path

import pytest
from django.test import Client

from accounts import ledger
from accounts.acts import Conflict, Refused, RuleBroken
from accounts.models import LedgerEntry
from agreements.comment_policy import visible_comments
from agreements.models import Agreement, Comment
from agreements.pages import agreement_pages
from agreements.policy import visible_agreements
from agreements.queries import facts_of, text_of
from agreements.services import comments
from partnerships.models import Notice
from partnerships.roles import Role
from partnerships.services.engagement import form_partnership
from tests import make
from tests.support.counting import n_queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

SECRET = "Our fallback is thirty days"


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.agreement(until="review").number


@pytest.fixture
def review(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


def page_of(made: Agreement) -> str:
    return f"{made.get_absolute_url()}comments/"


def browser_of(made: Agreement, kind: str, role: Role = Role.COUNSEL) -> Client:
    return make.signed_in(make.who(made, kind, role))


def side_pages(made: Agreement) -> list[str]:
    own = made.get_absolute_url()
    return [
        *(own, page_of(made), f"{own}review/", f"/partnerships/{made.partnership_id}/"),
        *(f"/partnerships/{made.partnership_id}/ledger/", "/", "/agreements/"),
        *("/agreements/list.csv", "/agreements/list.json", "/outbox/"),
    ]


def test_own_comment_stays_in_its_organisation(review: Agreement) -> None:
    made = make.comment(review, body=SECRET)
    assert SECRET in browser_of(review, "pha").get(page_of(review)).content.decode()
    for role in (Role.COUNSEL, Role.SUPERINTENDENT, Role.ANALYST, Role.STEWARD):
        client = browser_of(review, "district", role)
        for path in side_pages(review):
            answer = client.get(path)
            text = b"".join(answer) if answer.streaming else answer.content
            assert SECRET.encode() not in text, path
            assert f"comment:{made.pk}".encode() not in text, path
        person = make.who(review, "district", role)
        assert not visible_comments(person).exists()
        assert client.post(f"/comments/{made.pk}/resolve/").status_code == 404


def test_own_comment_is_in_no_message_and_no_ledger_detail(review: Agreement) -> None:
    made = make.comment(review, body=SECRET, asks_change=True)
    assert not Notice.objects.filter(body__contains="fallback").exists()
    assert not Notice.objects.filter(key__startswith="comment:").exists()
    entry = LedgerEntry.objects.get(act="agreements.comment")
    assert SECRET not in str(entry.detail)
    assert entry.chain == made.organisation.chain
    assert list(ledger.verify()) == []


def test_comments_are_in_no_document_and_no_text(review: Agreement) -> None:
    """The pages hold all that a printed document says."""
    make.comment(review, body=SECRET, audience="all")
    facts = facts_of(review)
    printed = agreement_pages(
        review, facts, text_of(facts), (), frozen_on=review.starts_on
    )
    assert "Purpose and scope" in str(printed)
    assert SECRET not in str(printed)
    assert SECRET not in str(review.rounds.get().text)


def test_comment_for_all_is_read_by_all_parties_and_nobody_else(
    review: Agreement,
) -> None:
    make.comment(review, body="Which grades?", audience="all", asks_change=True)
    seen = browser_of(review, "district").get(page_of(review)).content.decode()
    assert "Which grades?" in seen
    told = Notice.objects.get(key__startswith="comment:")
    assert told.recipient == review.drafted_by
    assert "grades" not in told.body + told.subject
    stranger = make.person("St Ranger", make.organisation(), Role.COUNSEL)
    assert make.signed_in(stranger).get(page_of(review)).status_code == 404
    assert not visible_comments(stranger).exists()


def test_comment_is_written_on_a_clause_and_own_by_default(review: Agreement) -> None:
    client = browser_of(review, "pha")
    link = f"{page_of(review)}?item=clause:C07"
    assert link in client.get(f"{review.get_absolute_url()}review/").content.decode()
    page = client.get(link)
    assert page.context["form"]["item"].value() == "clause:C07"
    agency = review.partnership.organisations.get(kind="pha")
    said = {"item": "clause:C07", "body": "Fewer.", "organisation": agency.pk}
    response = client.post(page_of(review), said | {"audience": "own"})
    assert response.status_code == 302
    row = Comment.objects.get()
    assert (row.organisation, row.audience) == (agency, "own")


def test_comment_for_another_organisation_is_refused(review: Agreement) -> None:
    district = review.partnership.organisations.get(kind="district")
    with pytest.raises(Refused, match="Only people of"):
        comments.comment(
            agreement=review,
            organisation=district,
            item="whole",
            body="Ours.",
            actor=make.who(review, "pha", Role.COUNSEL),
        )


def test_asked_change_names_its_item(review: Agreement) -> None:
    with pytest.raises(RuleBroken, match="Choose the clause"):
        make.comment(review, item="whole", asks_change=True)
    client = browser_of(review, "pha")
    agency = review.partnership.organisations.get(kind="pha")
    said = {"body": "Keep me.", "organisation": agency.pk, "audience": "own"}
    response = client.post(page_of(review), said)
    assert response.status_code == 422
    assert "Keep me." in response.content.decode()


def test_resolved_comment_stays_on_record(review: Agreement) -> None:
    made = make.comment(review)
    client = browser_of(review, "pha")
    client.post(f"/comments/{made.pk}/resolve/")
    made.refresh_from_db()
    assert made.resolved_by == make.who(review, "pha", Role.COUNSEL)
    assert "resolved by Cy Counsel" in client.get(page_of(review)).content.decode()
    with pytest.raises(Conflict, match="already"):
        comments.resolve(comment=made, actor=made.author)


def test_others_comment_is_resolved_by_its_own_side(review: Agreement) -> None:
    made = make.comment(review, audience="all")
    solicitor = make.who(review, "district", Role.COUNSEL)
    with pytest.raises(Refused, match="resolve its comments"):
        comments.resolve(comment=made, actor=solicitor)


def test_queries_do_not_grow_with_comments(review: Agreement) -> None:
    client = browser_of(review, "pha")
    make.comment(review)
    client.get(page_of(review))
    before = n_queries(lambda: client.get(page_of(review)))
    for _ in range(3):
        make.comment(review, audience="all")
    assert n_queries(lambda: client.get(page_of(review))) == before


def test_comment_for_all_parties_is_for_no_other_organisation(
    review: Agreement,
) -> None:
    own = [*review.partnership.organisations.all()]
    third = make.organisation(kind="university")
    analyst = make.person("Una Analyst", third, Role.ANALYST)
    three = form_partnership(
        name="Of three", organisations=[*own, third], actor=make.SET_UP
    )
    theirs = make.agreement(three, until="draft")
    make.comment(theirs, audience=Comment.Audience.ALL)
    assert not visible_agreements(analyst).exists()
    make.sent_and_signed(theirs)
    assert visible_agreements(analyst).get() == theirs
    assert not visible_comments(analyst).exists()
    assert visible_comments(make.who(theirs, "district", Role.ANALYST)).exists()
