"""Pages of the ground floor: what is visible to whom, and what posting does."""

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.acting import act
from accounts.models import LedgerEntry, User
from partnerships.models import Membership, Organisation, Partnership
from partnerships.roles import Role
from partnerships.services.engagement import form_partnership
from partnerships.services.notices import queue_notice
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def agency() -> Organisation:
    return make.organisation(name="Riverbend")


@pytest.fixture
def district() -> Organisation:
    return make.organisation(kind="district", name="Grand Bend")


@pytest.fixture
def partnership(agency: Organisation, district: Organisation) -> Partnership:
    return make.partnership(agency, district)


@pytest.fixture
def director(agency: Organisation) -> User:
    return make.person("Di Example", agency, Role.DIRECTOR)


@pytest.fixture
def admin(agency: Organisation) -> User:
    return make.person("Ad Example", agency, Role.ADMINISTRATOR)


def as_person(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


INVITATION = {
    "name": "Grace Hopper",
    "email": "grace@example.org",
    "role": "counsel",
    "authority_source": "",
}


def test_home_says_what_needs_this_person(director: User) -> None:
    page = as_person(director).get("/")
    assert page.status_code == 200
    assert b"Nothing needs you today" in page.content
    assert b"Director, Riverbend" in page.content


def test_partnership_is_open_to_its_people_and_absent_for_strangers(
    partnership: Partnership, director: User
) -> None:
    stranger = make.person("St Example", make.organisation(), Role.DIRECTOR)
    path = partnership.get_absolute_url()
    for page in (path, f"{path}ledger/"):
        assert as_person(director).get(page).status_code == 200
        assert as_person(stranger).get(page).status_code == 404
        assert Client().get(page).status_code == 302
    assert path.encode() in as_person(director).get("/partnerships/").content
    assert path.encode() not in as_person(stranger).get("/partnerships/").content


def test_ledger_page_shows_its_own_chain_only(
    partnership: Partnership, director: User
) -> None:
    with act("tests.seen", actor=director, chain=partnership.chain):
        pass
    with act("tests.unseen", actor=director, chain="partnership:999"):
        pass
    page = as_person(director).get(f"{partnership.get_absolute_url()}ledger/")
    assert b"tests.seen" in page.content
    assert b"tests.unseen" not in page.content


def test_director_forms_a_partnership(
    director: User, district: Organisation, agency: Organisation
) -> None:
    response = as_person(director).post(
        "/partnerships/", {"name": "Both", "partner": district.pk}
    )
    formed = Partnership.objects.get()
    assert response["Location"] == formed.get_absolute_url()
    assert set(formed.organisations.all()) == {agency, district}


def test_name_in_use_is_said_on_the_form(
    partnership: Partnership, director: User, district: Organisation
) -> None:
    response = as_person(director).post(
        "/partnerships/", {"name": partnership.name, "partner": district.pk}
    )
    assert response.status_code == 422
    assert b"has this name already" in response.content


def test_others_form_no_partnership(admin: User, district: Organisation) -> None:
    client = as_person(admin)
    assert b"Form the partnership" not in client.get("/partnerships/").content
    response = client.post("/partnerships/", {"name": "Both", "partner": district.pk})
    assert response.status_code == 403
    assert not Partnership.objects.exists()


@pytest.mark.parametrize("path", ["/people/", "/organisations/new/"])
def test_people_and_organisations_are_an_administrators_pages(
    admin: User, director: User, path: str
) -> None:
    assert as_person(admin).get(path).status_code == 200
    assert as_person(director).get(path).status_code == 404


def test_administrator_invites_a_person(admin: User, agency: Organisation) -> None:
    response = as_person(admin).post(
        "/people/", INVITATION | {"organisation": agency.pk}, follow=True
    )
    assert response.status_code == 200
    assert b"Grace Hopper" in response.content
    assert Membership.objects.get(user__email="grace@example.org").role == "counsel"


def test_administrator_invites_nobody_into_another_organisation(
    admin: User, district: Organisation
) -> None:
    response = as_person(admin).post(
        "/people/", INVITATION | {"organisation": district.pk}
    )
    assert response.status_code == 422
    assert not User.objects.filter(email="grace@example.org").exists()


def test_administrator_ends_a_role(admin: User, director: User) -> None:
    membership = Membership.objects.get(user=director)
    as_person(admin).post(f"/people/{membership.pk}/end/")
    membership.refresh_from_db()
    assert membership.ended_on is not None
    assert as_person(admin).post(f"/people/{membership.pk}/end/").status_code == 409


def test_role_elsewhere_is_absent(admin: User, district: Organisation) -> None:
    other = make.person("Ot Example", district, Role.COUNSEL)
    membership = Membership.objects.get(user=other)
    assert as_person(admin).post(f"/people/{membership.pk}/end/").status_code == 404


def test_reading_never_ends_a_role(admin: User, director: User) -> None:
    membership = Membership.objects.get(user=director)
    assert as_person(admin).get(f"/people/{membership.pk}/end/").status_code == 405


def test_administrator_adds_an_organisation(admin: User) -> None:
    response = as_person(admin).post(
        "/organisations/new/",
        {
            "name": "Lakeside",
            "kind": "district",
            "time_zone": "America/Chicago",
            "min_cell": 10,
        },
    )
    assert response.status_code == 302
    assert Organisation.objects.filter(name="Lakeside").exists()


def test_outbox_is_a_page_of_the_demo_only(director: User, settings: Settings) -> None:
    client = as_person(director)
    assert client.get("/outbox/").status_code == 404
    settings.DEMO = True
    assert client.get("/outbox/").status_code == 200


def test_outbox_shows_a_person_their_own_messages(
    director: User, settings: Settings
) -> None:
    settings.DEMO = True
    other = make.user()
    queue_notice(key="a", recipient=director, subject="To me", body="", path="/")
    queue_notice(key="b", recipient=other, subject="Elsewhere", body="", path="/")
    page = as_person(director).get("/outbox/").content
    assert b"To me" in page
    assert b"Elsewhere" not in page


def test_administrator_changes_an_authority_to_sign(
    admin: User, director: User
) -> None:
    role = Membership.objects.get(user=director)
    client, path = as_person(admin), f"/people/{role.pk}/authority/"
    assert path in client.get("/people/").content.decode()
    said = {"authority_source": "policy", "authority_reference": ""}
    refused = client.post(path, said)
    assert refused.status_code == 422
    assert b"Say where the authority is written" in refused.content
    given = said | {
        "authority_reference": "Policy BBA",
        "authority_limits": "data only",
        "authority_expires_on": "2027-06-30",
    }
    assert client.post(path, given)["Location"] == "/people/"
    assert b"Policy BBA; limits: data only; until June 30, 2027" in (
        client.get("/people/").content
    )
    assert b'value="Policy BBA"' in client.get(path).content


def test_authority_elsewhere_or_of_who_left_is_absent(
    admin: User, director: User, district: Organisation
) -> None:
    other = make.person("Ot Example", district, Role.COUNSEL)
    role = Membership.objects.get(user=other)
    assert as_person(admin).get(f"/people/{role.pk}/authority/").status_code == 404
    own = Membership.objects.get(user=director)
    make.leaves(director)
    assert as_person(admin).get(f"/people/{own.pk}/authority/").status_code == 404
    assert as_person(other).get(f"/people/{own.pk}/authority/").status_code == 404


def test_partnership_accepted_twice_is_said_plainly(district: Organisation) -> None:
    partner = make.organisation(name="Lakeshore")
    director = make.person("Di Rector", partner, Role.DIRECTOR)
    formed = form_partnership(
        name="Both", organisations=[partner, district], actor=director
    )
    place = formed.participations.get(organisation=district)
    signer = as_person(make.person("Su Example", district, Role.SUPERINTENDENT))
    path = f"/invitations/{place.pk}/accept/"
    first = signer.post(path, follow=True)
    assert b"is now in the partnership" in first.content
    again = signer.post(path, follow=True)
    assert again.status_code == 200
    assert b"Grand Bend has accepted this already" in again.content
    assert LedgerEntry.objects.filter(act="partnerships.accept").count() == 1
    other = as_person(make.person("Ot Example", district, Role.COUNSEL))
    assert other.post(path).status_code == 404
