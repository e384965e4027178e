"""A new draft has a number of its own, and everybody who reads it on its list."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.urls import reverse
from pytest_django import Settings

from accounts import clock
from accounts.acts import RuleBroken
from accounts.models import User
from agreements.clauses import assemble
from agreements.models import Agreement, NumberSeries
from agreements.paths import ROUTES, Part, Route
from agreements.queries import facts_of
from agreements.rules.vocabulary import AgreementKind, SharingModel, Sight
from agreements.services import drafting
from partnerships.models import Partnership
from partnerships.roles import Role
from partnerships.services.engagement import form_partnership
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


# Every kind and model


@pytest.fixture(scope="module")
def many_key(past: Path) -> int:
    kinds = ("pha", "district", "university", "ids_lead")
    organisations = {kind: make.organisation(kind=kind) for kind in kinds}
    director = make.person("Di", organisations["pha"], Role.DIRECTOR)
    make.person("Ste", organisations["university"], Role.STEWARD)
    joined = form_partnership(
        name="Many", organisations=list(organisations.values()), actor=make.SET_UP
    )
    assert director.memberships.exists()
    return joined.pk


@pytest.fixture
def many(many_key: int) -> Partnership:
    return Partnership.objects.get(pk=many_key)


@pytest.mark.parametrize("route", ROUTES.values(), ids=ROUTES.keys())
def test_every_route_starts_a_draft_that_can_be_read(
    many: Partnership, route: Route
) -> None:
    director = make.holder(many.organisations.get(kind="pha"), Role.DIRECTOR)
    if route.part is Part.CHILD_WELFARE:
        with pytest.raises(RuleBroken, match="and a child-welfare agency"):
            _started(many, route, director)
        return
    made = _started(many, route, director)
    facts = facts_of(made)
    assert (facts.model, facts.kind) == (route.model, AgreementKind.MEMORANDUM)
    assert made.flows.exists()
    assert {each.mark for each in assemble(facts)} == {""}
    assert {each.rule for each in make.check_draft(made)} & {"R-044", "R-053"} == (
        set()
    )
    if any(party.organisation.kind == "pha" for party in made.parties.all()):
        client = make.signed_in(director)
        for name in ("draft", "draft_schedule", "draft_access", "draft_check"):
            assert client.get(reverse(name, args=[made.number])).status_code == 200


def _started(many: Partnership, route: Route, director: User) -> Agreement:
    return drafting.start_draft(
        partnership=many, model=route.model, part=route.part or "", actor=director
    )


def test_the_number_says_which_kind_of_document_it_is(many: Partnership) -> None:
    made = drafting.start_draft(
        partnership=many,
        kind=AgreementKind.PARTICIPATION,
        model=SharingModel.INTEGRATED_DATA_SYSTEM,
        actor=make.holder(many.organisations.get(kind="pha"), Role.DIRECTOR),
    )
    assert made.number.startswith("IDS-")
    assert made.kind == "IDS"
    assert "C28" in {each.key for each in assemble(facts_of(made))}


def test_a_person_walks_from_the_questions_to_the_draft(many: Partnership) -> None:
    director = make.holder(many.organisations.get(kind="pha"), Role.DIRECTOR)
    client = make.signed_in(director)
    answers = "about=rows&recipient=research&deidentified=no&why=instruction"
    start = f"{reverse('draft_start')}?{answers}&existing=none"
    page = client.get(start).content.decode()
    assert "a study for the district" in page
    response = client.post(start, {"partnership": many.pk})
    made = Agreement.objects.get(partnership=many)
    assert response["Location"] == reverse("draft", args=[made.number])
    assert made.model == "4S"
    bases = set(made.flows.exclude(basis="").values_list("basis", flat=True))
    assert bases == {"studies", "none_needed"}
