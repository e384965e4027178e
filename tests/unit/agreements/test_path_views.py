"""The way to an agreement, as a person walks it."""

import re
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from partnerships.roles import Role
from tests import make

pytestmark = [pytest.mark.django_db]

PATH = "/agreements/path/"
USUAL = {
    "about": "groups",
    "homes": "buildings",
    "may_send": "yes",
    "linker": "district",
    "existing": "none",
}


@pytest.fixture
def director() -> Client:
    partners = make.partners()
    agency = partners.organisations.get(kind="pha")
    return make.signed_in(make.holder(agency, Role.DIRECTOR))


def page(client: Client, answers: dict[str, str], status: int = 200) -> str:
    response = client.get(PATH, answers)
    assert response.status_code == status
    return response.content.decode()


def test_the_list_of_agreements_and_the_home_page_lead_there(director: Client) -> None:
    for address in ("/agreements/", "/"):
        text = director.get(address).content.decode()
        assert f'href="{PATH}"' in text
        assert "Start an agreement" in text


def test_one_question_a_page_with_how_many_there_are(director: Client) -> None:
    first = page(director, {})
    assert "Question 1 of" in first
    assert first.count('type="radio"') == 5
    second = page(director, {"about": "groups"})
    assert "Question 2 of 5" in second
    assert "Who lives where?" in second
    assert '<input type="hidden" name="about" value="groups"' in second


def test_going_on_without_an_answer_says_what_is_missing(director: Client) -> None:
    text = page(director, {"about": "groups", "asked": "homes"}, status=422)
    assert "Choose an answer." in text
    assert 'name="about" value="groups"' in text
    assert "Choose one of these" in page(
        director, {"asked": "about", "about": "all"}, status=422
    )


def test_back_asks_for_the_answer_before_again(director: Client) -> None:
    text = page(director, {"about": "groups", "homes": "buildings"})
    back = re.search(r'href="([^"]+)">Back', text)
    assert back
    assert urlsplit(back[1]).query == "about=groups"


def test_the_route_that_stands_and_why_the_others_fall(director: Client) -> None:
    text = page(director, USUAL)
    assert "<h1>Your route: The district links</h1>" in text
    assert "nothing that identifies a student leaves the district" in text
    assert "A study for the district (4S)" in text
    assert "Does not work" in text
    assert "No contractor of the district links." in text
    assert "34 CFR 99.31(a)(6)" in text


def test_an_answer_can_be_changed_from_the_result(director: Client) -> None:
    text = page(director, USUAL)
    assert 'href="/agreements/path/?about=groups&amp;homes=buildings"' in text


def test_one_button_starts_the_draft(director: Client) -> None:
    text = page(director, USUAL)
    start = re.search(r'href="([^"]+)">Start a memorandum', text)
    assert start
    assert urlsplit(start[1]).path == reverse("draft_start")
    assert director.get(start[1].replace("&amp;", "&")).status_code == 200


def test_whoever_may_not_start_reads_why() -> None:
    partners = make.partners()
    district = partners.organisations.get(kind="district")
    client = make.signed_in(make.holder(district, Role.ANALYST))
    text = page(client, USUAL)
    assert "Only a director may start an agreement." in text
    assert "agreements/new/" not in text


def test_what_there_is_already_is_amended(director: Client) -> None:
    text = page(director, {**USUAL, "existing": "ours"})
    assert "an amendment of the one that you have" in text
    assert "agreements/new/" not in text


def test_no_exception_fits_so_totals_come_back(director: Client) -> None:
    rows = {"about": "rows", "recipient": "agency", "deidentified": "no"}
    text = page(
        director, {**rows, "consent": "no", "totals": "yes", **USUAL, "about": "rows"}
    )
    assert "No exception fits what you asked first." in text
    assert "Your route: The district links" in text
    stopped = page(director, {**rows, "consent": "no", "totals": "no"})
    assert "<h1>No exception fits</h1>" in stopped
    assert "Send housing identifiers to the district" in stopped


def test_a_list_of_the_agency_s_own_starts_an_outreach_agreement() -> None:
    agency, provider = make.organisation(), make.organisation(kind="provider")
    director = make.person("Di", agency, Role.DIRECTOR)
    joined = make.partnership(agency, provider)
    client = make.signed_in(director)
    stop = page(client, {"about": "own"})
    assert 'href="/agreements/new/?about=own"' in stop
    assert (
        "Outreach agreement"
        in client.get("/agreements/new/?about=own").content.decode()
    )
    client.post("/agreements/new/?about=own", {"partnership": joined.pk})
    made = joined.agreements.get()
    assert (made.kind, made.number[:4]) == ("OUT", "OUT-")
    assert made.purposes.get().uses == ["outreach"]
    assert client.get(f"/agreements/{made.number}/draft/check/").status_code == 200


def test_nothing_in_the_address_breaks_the_page(director: Client) -> None:
    page(director, {"about": "<script>", "linker": "x" * 3000, "nobody": "asked"})
