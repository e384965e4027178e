"""A new draft has a number of its own, and everybody who reads it on its list."""

from pathlib import Path

import pytest
from pytest_django import Settings

from accounts import clock, ledger
from accounts.acts import RuleBroken
from agreements.models import Agreement, NumberSeries
from agreements.rules.vocabulary import Sight
from agreements.services import drafting, sections
from partnerships.models import Partnership
from partnerships.roles import Role
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

TABLES = [Sight.TABLES]
EVERYTHING = [Sight.IDENTIFIERS, Sight.LINKED_ROWS, Sight.TABLES]


@pytest.fixture(scope="module")
def key(past: Path) -> int:
    return make.partners().pk


@pytest.fixture
def joined(key: int) -> Partnership:
    return Partnership.objects.get(pk=key)


def start(joined: Partnership) -> Agreement:
    """Return a new draft that says what it is for, so that it is not the next one."""
    director = make.holder(joined.organisations.get(kind="pha"), Role.DIRECTOR)
    made = drafting.start_draft(partnership=joined, actor=director)
    sections.save_section(
        agreement=made,
        section="purpose",
        values={"purpose": "learn where help is needed"},
        actor=director,
    )
    made.refresh_from_db()
    return made


def test_who_starts_again_before_saying_what_for_is_led_to_the_first(
    joined: Partnership,
) -> None:
    director = make.holder(joined.organisations.get(kind="pha"), Role.DIRECTOR)
    first = drafting.start_draft(partnership=joined, actor=director)
    head = ledger.head(first.chain)
    assert drafting.start_draft(partnership=joined, actor=director) == first
    assert ledger.head(first.chain) == head
    assert start(joined) == first
    assert drafting.start_draft(partnership=joined, actor=director) != first


def test_numbers_of_a_year_follow_each_other(joined: Partnership) -> None:
    made = [start(joined) for _ in range(3)]
    year = clock.today(["America/Los_Angeles"]).year
    assert [each.number for each in made] == [f"MOU-{year}-00{n}" for n in (1, 2, 3)]


def test_numbers_go_on_after_999(joined: Partnership) -> None:
    year = int(start(joined).number.split("-")[1])
    NumberSeries.objects.filter(year=year).update(last=998)
    assert [start(joined).number for _ in range(3)] == [
        f"MOU-{year}-999",
        f"MOU-{year}-1000",
        f"MOU-{year}-1001",
    ]


def test_numbers_begin_anew_each_year(joined: Partnership, settings: Settings) -> None:
    settings.DEMO = True
    year = int(start(joined).number.split("-")[1])
    start(joined)
    clock.advance(days=366)
    assert start(joined).number == f"MOU-{year + 1}-001"


def test_draft_that_cannot_start_takes_no_number(joined: Partnership) -> None:
    agency = joined.organisations.get(kind="pha")
    university = make.organisation(kind="university")
    with pytest.raises(RuleBroken, match="lacks one of them"):
        start(make.partnership(agency, university))
    assert start(joined).number.endswith("-001")


def test_everybody_sees_tables_and_only_the_districts_steward_sees_people(
    joined: Partnership,
) -> None:
    listed = start(joined).access.select_related("membership__organisation")
    assert {
        (entry.membership.organisation.kind, entry.membership.role): entry.sees
        for entry in listed
    } == {
        ("pha", Role.DIRECTOR): TABLES,
        ("pha", Role.COUNSEL): TABLES,
        ("pha", Role.STEWARD): TABLES,
        ("district", Role.SUPERINTENDENT): TABLES,
        ("district", Role.COUNSEL): TABLES,
        ("district", Role.STEWARD): EVERYTHING,
        ("district", Role.ANALYST): TABLES,
    }


def test_who_left_is_not_on_the_list_of_a_new_draft(joined: Partnership) -> None:
    agency = joined.organisations.get(kind="pha")
    make.leaves(make.holder(agency, Role.COUNSEL))
    names = {entry.membership.user.name for entry in start(joined).access.all()}
    assert "Cy Counsel" not in names
    assert "Di Rector" in names
