"""A new draft has a number of its own, and everybody who reads it on its list."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from pytest_django import Settings

from accounts import clock
from accounts.acts import RuleBroken
from agreements.models import Agreement, NumberSeries
from agreements.rules.vocabulary import Sight
from agreements.services import drafting
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


def start(joined: Partnership, token: UUID | None = None) -> Agreement:
    agency = joined.organisations.get(kind="pha")
    return drafting.start_draft(
        partnership=joined, token=token, actor=make.holder(agency, Role.DIRECTOR)
    )


def test_draft_is_started_once_per_page(joined: Partnership) -> None:
    one, other = uuid4(), uuid4()
    first = start(joined, one)
    assert start(joined, one) == first
    assert start(joined, other) != first
    assert start(joined) != start(joined)


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
