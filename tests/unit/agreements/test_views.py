"""Pages of the first floor: forms that keep what they can, and pages that hold."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from agreements import presets
from agreements.models import Agreement
from agreements.services import drafting, sections
from agreements.views.common import SECTIONS
from partnerships.roles import Role
from tests import make
from tests.support.counting import n_queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

PAGES = ("", "draft/", "draft/check/", *(f"draft/{section}/" for section in SECTIONS))
NO_ADVICE = b"Findings are not legal advice"


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.agreement(until="draft").number


@pytest.fixture
def draft(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


@pytest.fixture
def client(draft: Agreement) -> Client:
    return make.signed_in(draft.drafted_by)


def at(draft: Agreement, page: str) -> str:
    return f"{draft.get_absolute_url()}{page}"


# Drafting


def test_emptied_draft_still_has_its_pages(draft: Agreement, client: Client) -> None:
    for section in ("parties", "purpose", "dates", "protection"):
        client.post(at(draft, f"draft/{section}/"))
    draft.refresh_from_db()
    assert (draft.purposes.get().text, draft.starts_on, draft.min_cell) == (
        "",
        None,
        None,
    )
    for page in PAGES:
        assert client.get(at(draft, page)).status_code == 200, page
    response = client.post(at(draft, "draft/submit/"), follow=True)
    assert b"must be put right before this can be sent" in response.content


@pytest.mark.parametrize("day", ["1999-12-31", "2100-01-01", "9999-12-31"])
def test_absurd_dates_are_not_kept(draft: Agreement, client: Client, day: str) -> None:
    names = ("starts_on", "ends_on", "implementation_on", "review_on", "destroy_by")
    response = client.post(at(draft, "draft/dates/"), dict.fromkeys(names, day))
    assert response.status_code == 422
    assert b"Choose a day" in response.content
    kept = Agreement.objects.get(pk=draft.pk)
    assert [getattr(kept, name) for name in names] == [
        getattr(draft, name) for name in names
    ]


@pytest.mark.parametrize("day", ["2000-01-01", "2099-12-31"])
def test_strange_dates_are_found_and_break_nothing(
    draft: Agreement, client: Client, day: str
) -> None:
    names = ("starts_on", "ends_on", "implementation_on", "review_on", "destroy_by")
    days = dict.fromkeys(("list_days", "release_days", "end_days"), "3650")
    client.post(at(draft, "draft/dates/"), dict.fromkeys(names, day) | days)
    for page in PAGES:
        assert client.get(at(draft, page)).status_code == 200, page
    client.post(at(draft, "draft/submit/"))
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_what_can_be_read_is_kept_whatever_the_rest(
    draft: Agreement, client: Client
) -> None:
    typed = {"starts_on": "tomorrow", "list_days": "20"}
    response = client.post(at(draft, "draft/dates/"), typed)
    assert response.status_code == 422
    assert b"Enter a valid date" in response.content
    draft.refresh_from_db()
    assert draft.list_days == 20


def test_autosave_answers_with_the_findings_alone(
    draft: Agreement, client: Client
) -> None:
    response = client.post(
        at(draft, "draft/protection/"),
        {"min_cell": "3"},
        headers={"HX-Request": "true"},
    )
    assert response.status_code == 200
    assert b"<html" not in response.content
    assert b"must be from 10 to 30" in response.content
    assert "HX-Request" in response["Vary"]
    draft.refresh_from_db()
    assert draft.min_cell == 3


def test_unknown_section_is_absent(draft: Agreement, client: Client) -> None:
    assert client.get(at(draft, "draft/appendix/")).status_code == 404


def test_schedule_drops_what_answers_no_question(
    draft: Agreement, client: Client
) -> None:
    flow = draft.flows.get(key=presets.HOUSING_LIST)
    n_elements = flow.elements.count()
    page = at(draft, "draft/schedule/")
    added = client.post(page, {"add": flow.pk, "code": "tenant.unit_number"})
    assert added["Location"].startswith(page)
    assert b"answers no question" in client.get(page).content
    client.post(page, {"tidy": "1"})
    assert flow.elements.count() == n_elements


def test_schedule_lists_what_ticked_measures_are_counted_from(
    draft: Agreement, client: Client
) -> None:
    flow = draft.flows.get(key=presets.STUDENT_RECORDS)
    page, ticked = at(draft, "draft/schedule/"), ["chronic_absence", "suspension"]
    assert b"is counted from" not in client.get(page).content
    client.post(at(draft, "draft/purpose/"), {"measures": ticked})
    assert b"What you ticked is counted from 3 fields" in client.get(page).content
    client.post(page, {"complete": flow.pk})
    assert b"is counted from" not in client.get(page).content
    answers = dict(flow.elements.values_list("code", "answers"))
    for code in ("discipline.date", "discipline.action", "discipline.days"):
        assert answers[code] == ["suspension"]
    assert {*answers["enrolment.school"]} == {*presets.MEASURES}


def test_elements_to_add_are_grouped_by_what_they_are(
    draft: Agreement, client: Client
) -> None:
    page = client.get(at(draft, "draft/schedule/")).content.decode()
    housing_list = page.partition("</select>")[0]
    groups = housing_list.split('<optgroup label="')[1:]
    found = {each.partition('"')[0]: each for each in groups}
    assert "tenant.street_address" in found["Resident identity"]
    assert "tenant.first_name" not in found["Resident identity"]  # listed already
    assert "mental_health.service" in found["Mental health"]


def test_access_needs_a_person_and_dates(draft: Agreement, client: Client) -> None:
    n_people = draft.access.count()
    response = client.post(at(draft, "draft/access/"), {"add": "1"})
    assert response.status_code == 422
    assert draft.access.count() == n_people


def test_director_starts_a_draft_for_an_own_partnership_only(
    draft: Agreement, client: Client
) -> None:
    other = make.partners()
    refused = client.post("/agreements/new/", {"partnership": other.pk})
    assert refused.status_code == 422
    made = client.post("/agreements/new/", {"partnership": draft.partnership_id})
    assert made["Location"] == at(Agreement.objects.first(), "draft/")


def test_partnership_without_a_district_has_no_such_agreement() -> None:
    agency = make.organisation()
    director = make.person("Di Rector", agency, Role.DIRECTOR)
    alone = make.partnership(agency, make.organisation())
    response = make.signed_in(director).post(
        "/agreements/new/", {"partnership": alone.pk}
    )
    assert response.status_code == 422
    assert b"the partnership lacks one of them" in response.content


def test_finding_needs_a_ground(draft: Agreement) -> None:
    agency = draft.partnership.organisations.get(kind="pha")
    counsel = make.signed_in(make.holder(agency, Role.COUNSEL))
    n_findings = draft.findings.count()
    page = at(draft, f"finding/{agency.pk}/")
    assert client_error(counsel.post(page, {"reason": "It serves."})) == 422
    assert client_error(counsel.post(at(draft, "finding/999999/"))) == 404
    assert draft.findings.count() == n_findings


def client_error(response: Any) -> int:
    return int(response.status_code)


def test_review_without_a_round_leads_back(draft: Agreement, client: Client) -> None:
    response = client.get(at(draft, "review/"))
    assert response["Location"] == draft.get_absolute_url()


def test_page_says_in_words_how_an_owner_decided(draft: Agreement) -> None:
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    approval = draft.rounds.get().approvals.first()
    assert approval
    client = make.signed_in(make.holder(approval.owner, Role.COUNSEL))
    decision = {
        "approval": approval.pk,
        "send_back": "1",
        "item": "clause:C02",
        "reason": "Shorter.",
    }
    page = client.post(at(draft, "review/"), decision, follow=True).content.decode()
    assert "changes asked by" in page
    assert "“Shorter.”" in page


# Not legal advice


@pytest.mark.parametrize(
    "page",
    [
        "draft/",
        "draft/check/",
        "draft/schedule/",
        "draft/schedule/{element}/",
        "draft/access/",
        "draft/purpose/",
    ],
)
def test_findings_are_no_legal_advice(
    draft: Agreement, client: Client, page: str
) -> None:
    path = page.format(element=draft.flows.first().elements.first().pk)
    assert client.get(at(draft, path)).content.count(NO_ADVICE) == 1


def test_findings_for_counsel_are_no_legal_advice(draft: Agreement) -> None:
    agency = draft.partnership.organisations.get(kind="pha")
    counsel = make.signed_in(make.holder(agency, Role.COUNSEL))
    finding = counsel.get(at(draft, f"finding/{agency.pk}/"))
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    review = counsel.get(at(draft, "review/"))
    assert [page.content.count(NO_ADVICE) for page in (finding, review)] == [1, 1]


# How often the database is asked


def many_rows(draft: Agreement) -> None:
    district = draft.partnership.organisations.get(kind="district")
    flow = draft.flows.get(key=presets.HOUSING_LIST)
    for n, code in enumerate(("tenant.unit_number", "tenant.phone", "tenant.rent")):
        sections.list_element(flow=flow, code=code, actor=draft.drafted_by)
        sections.set_access(
            agreement=draft,
            membership=make.membership(
                make.user(f"Re Ader{n}"), district, Role.ANALYST
            ),
            sees=["tables"],
            from_on=None,
            until_on=None,
            actor=draft.drafted_by,
        )
        make.hold(draft)


def more_agreements(draft: Agreement) -> None:
    for _ in range(3):
        drafting.start_draft(partnership=draft.partnership, actor=draft.drafted_by)


@pytest.mark.parametrize(
    ("pages", "grow"),
    [
        (("/agreements/",), more_agreements),
        (
            (
                "/agreements/{}/",
                "/agreements/{}/draft/",
                "/agreements/{}/draft/schedule/",
                "/agreements/{}/draft/access/",
                "/agreements/{}/draft/check/",
            ),
            many_rows,
        ),
    ],
)
def test_queries_do_not_grow_with_rows(
    draft: Agreement,
    client: Client,
    pages: tuple[str, ...],
    grow: Callable[[Agreement], None],
) -> None:
    def counted() -> dict[str, int]:
        paths = [page.format(draft.number) for page in pages]
        return {path: n_queries(partial(client.get, path)) for path in paths}

    counted()
    before = counted()
    grow(draft)
    assert counted() == before
