"""Every quarter each party goes through its people with access (R-092)."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from accounts import clock, ledger
from accounts.models import LedgerEntry
from agreements.models import Agreement
from agreements.queries import today_of
from agreements.rules.people import REVIEW_DAYS
from agreements.rules.vocabulary import AgreementKind
from agreements.services import changing, sections
from partnerships.models import Notice
from partnerships.roles import Role
from tests import make
from tests.support.words import told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

DUE = "What is due today"
REVIEW = "The quarterly review of access of Stevie Steward counted until"


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.agreement().number


@pytest.fixture
def running(number: str, settings: Settings) -> Agreement:
    settings.DEMO = True  # so that the clock can be moved
    return Agreement.objects.get(number=number)


def page(person: Client, made: Agreement) -> str:
    return told(person.get(made.get_absolute_url()))


def confirm(person: Client, made: Agreement, side: str) -> str:
    party = made.parties.get(organisation__kind=side)
    body = {"organisation": party.organisation_id}
    answer = person.post(f"{made.get_absolute_url()}access-review/", body, follow=True)
    return told(answer)


def head(made: Agreement) -> Client:
    return make.signed_in(make.who(made, "district", Role.SUPERINTENDENT))


def test_access_that_nobody_looked_at_for_a_quarter_is_due(running: Agreement) -> None:
    assert DUE not in page(head(running), running)
    clock.advance(days=REVIEW_DAYS + 2)
    assert REVIEW in page(head(running), running)


def test_whose_access_has_lapsed_is_for_that_persons_own_organisation(
    running: Agreement,
) -> None:
    clock.advance(days=REVIEW_DAYS + 2)
    assert REVIEW not in page(make.signed_in(running.drafted_by), running)
    assert REVIEW in page(head(running), running)


def test_head_of_a_party_confirms_its_own_people(running: Agreement) -> None:
    clock.advance(days=REVIEW_DAYS + 2)
    said = confirm(head(running), running, "district")
    assert "Reviewed: 4 people" in said
    assert REVIEW not in said
    entry = LedgerEntry.objects.filter(act="agreements.review_access").get()
    assert len(entry.detail["entries"]) == 4
    assert list(ledger.verify()) == []


def test_nobody_confirms_the_people_of_another_party(running: Agreement) -> None:
    clock.advance(days=REVIEW_DAYS + 2)
    other = make.signed_in(running.drafted_by)
    confirm(other, running, "district")
    assert REVIEW in page(head(running), running)


def test_party_is_reminded_every_week_until_it_confirms(running: Agreement) -> None:
    def n_reminders() -> int:
        return Notice.objects.filter(subject__endswith="has lapsed").count()

    make.minute()
    assert not n_reminders()
    clock.advance(days=REVIEW_DAYS + 2)
    for _ in range(2):
        make.minute()
    assert n_reminders() == 1
    clock.advance(days=7)
    make.minute()
    assert n_reminders() == 2
    confirm(head(running), running, "district")
    clock.advance(days=7)
    make.minute()
    assert n_reminders() == 2


def test_after_an_amendment_the_list_of_the_amendment_is_reviewed(
    running: Agreement,
) -> None:
    change = changing.start_change(
        agreement=running, kind=AgreementKind.AMENDMENT, actor=running.drafted_by
    )
    sections.save_section(
        agreement=change,
        section="protection",
        values={"min_cell": 15},
        actor=running.drafted_by,
    )
    make.sent_and_signed(change)
    clock.advance(days=REVIEW_DAYS + 2)
    assert REVIEW in page(head(running), running)
    confirm(head(running), running, "district")
    own = change.access.filter(membership__organisation__kind="district")
    assert {each.reviewed_on for each in own} == {today_of(running)}
    assert DUE not in page(head(running), running)
