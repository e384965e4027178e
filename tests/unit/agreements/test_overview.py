"""The page of an agreement: all that is in force under it, for whom it is."""

import re
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from accounts import clock
from agreements.models import Agreement
from agreements.services import terms
from partnerships.roles import Role
from tests import make
from tests.support.counting import n_queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.released().agreement.number


@pytest.fixture
def running(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


@pytest.fixture
def client(running: Agreement) -> Client:
    return make.signed_in(running.drafted_by)


def page(client: Client, made: Agreement) -> str:
    return client.get(made.get_absolute_url()).content.decode()


def part(text: str, heading: str) -> str:
    """Return what stands under a heading of a page, in words."""
    below = text.partition(f"<h2>{heading}</h2>")[2].partition("<h2>")[0]
    return re.sub(r"(<[^>]+>|\s)+", " ", below)


def test_page_says_who_the_parties_are_and_what_they_do(
    running: Agreement, client: Client
) -> None:
    parties = part(page(client, running), "Parties")
    assert "Owner, recipient" in parties
    assert "Owner, linker, analyst" in parties
    assert "Di Rector" in parties
    assert "Sue Perintendent" in parties


def test_page_shows_its_dates_and_the_last_day_of_the_names(
    running: Agreement, client: Client
) -> None:
    dates = part(page(client, running), "Dates")
    due = running.obligations.get(kind="linking_list").due_on
    assert "The term ends" in dates
    assert (
        f"The list of names is gone by {due:%B} {due.day}, {due.year} at the latest."
    ) in dates


def test_page_names_who_may_see_what_today(running: Agreement, client: Client) -> None:
    people = part(page(client, running), "People with access today")
    assert "Stevie Steward" in people
    assert "Names and birth dates" in people


def test_who_left_has_no_access_and_a_pause_leaves_nobody(
    running: Agreement, client: Client
) -> None:
    make.leaves(make.who(running, "district", Role.STEWARD))
    people = part(page(client, running), "People with access today")
    assert "Stevie Steward" not in people
    assert "Ana Lyst" in people
    terms.pause(agreement=running, actor=running.drafted_by)
    people = part(page(client, running), "People with access today")
    assert "Nobody. Sharing is paused." in people


def test_page_lists_what_is_held_and_never_how_much(
    running: Agreement, client: Client
) -> None:
    held = part(page(client, running), "Data sets held")
    for kind in ("Housing list", "Student records", "Pairs of linked people"):
        assert kind in held
    assert "Held, encrypted" in held
    for organisation in running.partnership.organisations.all():
        held = held.replace(organisation.name, "")  # names of theirs have numbers
    for holding in running.holdings.all():
        assert f" {holding.n_rows} " not in held


def test_page_lists_releases_that_the_person_may_see(running: Agreement) -> None:
    run = running.runs.get(state="linked")
    make.released(run, until="draft")
    director = page(make.signed_in(running.drafted_by), running)
    analyst = page(make.signed_in(make.who(running, "district", Role.ANALYST)), running)
    assert part(director, "Releases").count("Absence by building") == 1
    assert "Published" in part(director, "Releases")
    assert part(analyst, "Releases").count("Absence by building") == 2


def test_agreements_name_each_other(running: Agreement, client: Client) -> None:
    under = make.data_use(running, until="draft")
    below = part(page(client, running), "Agreements that belong to it")
    above = part(page(client, under), "Agreements that belong to it")
    assert f"{under.number} , data use agreement, stands under it" in below
    assert f"It stands under {running.number} , memorandum of understanding" in above


def test_page_says_what_families_read(running: Agreement, client: Client) -> None:
    assert "We learn which buildings need help." in part(
        page(client, running), "What families read"
    )


def test_draft_has_no_people_and_no_data_yet(running: Agreement) -> None:
    draft = make.agreement(running.partnership, until="draft")
    text = page(make.signed_in(draft.drafted_by), draft)
    assert "<h2>Dates</h2>" in text
    assert "People with access today" not in text
    assert "Data sets held" not in text


def test_destroyed_data_says_since_when(
    running: Agreement, client: Client, settings: Settings
) -> None:
    settings.DEMO = True  # so that the clock can be moved
    terms.terminate(agreement=running, reason="Over.", actor=running.drafted_by)
    clock_is_at_the_end(running)
    make.minute()
    make.minute()
    text = page(client, running)
    assert "Destroyed" in part(text, "Data sets held")
    assert "The list of names was destroyed on" in part(text, "Dates")
    assert "Certificate of destruction (PDF)" in part(text, "Duties to destroy")


def clock_is_at_the_end(running: Agreement) -> None:
    last = max(duty.due_on for duty in running.obligations.all())
    clock.advance(days=(last - clock.today()).days + 1)


def test_queries_do_not_grow_with_what_lies_under_it(
    running: Agreement, client: Client
) -> None:
    make.data_use(running, until="draft")
    before = n_queries(lambda: page(client, running))
    make.data_use(running, until="draft")
    make.released(running.runs.get(state="linked"))
    make.housing_list(running, b"")
    assert n_queries(lambda: page(client, running)) == before
