"""Pages of the top floor: what they say, and how often they ask the database."""

import re
from pathlib import Path

import pytest

from agreements import presets
from agreements.models import Agreement
from agreements.services import terms
from indicators.models import LinkageRun, Release
from partnerships.roles import Role
from tests import make
from tests.support.asking import asked_fields
from tests.support.counting import n_queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.released().agreement.number


@pytest.fixture
def made(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


@pytest.fixture
def run(made: Agreement) -> LinkageRun:
    return made.runs.get()


@pytest.fixture
def release(made: Agreement) -> Release:
    return made.releases.get()


# Loading


def test_upload_page_lists_what_the_agreement_lists(made: Agreement) -> None:
    flow = made.flows.get(key=presets.HOUSING_LIST)
    page = make.signed_in(make.who(made, "pha", Role.STEWARD)).get(
        f"/data/flows/{flow.pk}/load/"
    )
    for element in flow.elements.all():
        assert f"({element.code})" in page.content.decode()


def test_upload_page_of_a_paused_agreement_says_so(made: Agreement) -> None:
    terms.pause(agreement=made, actor=make.who(made, "pha", Role.DIRECTOR))
    flow = made.flows.get(key=presets.HOUSING_LIST)
    client = make.signed_in(make.who(made, "pha", Role.STEWARD))
    page = client.get(f"/data/flows/{flow.pk}/load/").content.decode()
    assert "Sharing is paused" in page
    assert "C33" in page
    assert "Load data" not in client.get("/").content.decode()


def test_data_page_without_data_says_who_loads_it(made: Agreement) -> None:
    page = make.signed_in(make.who(made, "pha", Role.DIRECTOR)).get("/data/")
    assert b"There is nothing for you to send or to read here" in page.content


# Linking


def test_steps_of_a_linkage_are_shown_with_their_counts(
    made: Agreement, run: LinkageRun
) -> None:
    page = make.signed_in(make.who(made, "district", Role.STEWARD)).get(
        f"/data/runs/{run.pk}/"
    )
    text = page.content.decode()
    assert "Find pairs worth comparing" in text
    assert text.count("Done") == 8
    assert re.search(r"<p>\d+ records</p>", text)
    assert len(re.findall(r"<p>\d+ pairs</p>", text)) == 4
    assert len(re.findall(r"<p>\d+ children</p>", text)) == 2
    assert "every 2s" not in text


def test_open_linkage_polls_and_answers_htmx_with_the_region(made: Agreement) -> None:
    make.student_records(made)
    client = make.signed_in(make.who(made, "district", Role.STEWARD))
    path = f"/data/runs/{made.runs.first().pk}/"
    assert b"every 2s" in client.get(path).content
    region = client.get(path, headers={"HX-Request": "true"})
    assert b"<html" not in region.content
    assert b"Refresh this page" in region.content
    assert "HX-Request" in region["Vary"]


def test_who_may_not_steer_is_told_why(made: Agreement) -> None:
    make.student_records(made)
    path = f"/data/runs/{made.runs.first().pk}/"
    page = (
        make.signed_in(make.who(made, "district", Role.ANALYST))
        .get(path)
        .content.decode()
    )
    assert "data steward may do this" in page


# Releasing


def test_school_year_is_the_calendars_not_the_authors(
    made: Agreement, run: LinkageRun
) -> None:
    client = make.signed_in(make.who(made, "district", Role.ANALYST))
    typed = asked_fields(run, title="Absence", period="1999–00")
    client.post(f"/data/runs/{run.pk}/release/", typed)
    assert Release.objects.first().period == run.school_year != typed["period"]


def test_only_the_author_sees_the_way_to_propose(run: LinkageRun) -> None:
    drafted = make.released(run, until="draft")
    path = drafted.get_absolute_url()
    assert b"Propose to the owners" in make.signed_in(drafted.author).get(path).content
    steward = make.who(drafted.agreement, "pha", Role.STEWARD)
    assert b"Propose to the owners" not in make.signed_in(steward).get(path).content


def test_page_of_a_release_that_is_counted_polls(run: LinkageRun) -> None:
    counting = make.released(run, until="computing")
    page = make.signed_in(counting.author).get(counting.get_absolute_url())
    assert b"A worker makes the tables" in page.content
    assert b"every 2s" in page.content


# Dashboards


def test_file_has_its_definition_and_opens_in_a_spreadsheet(release: Release) -> None:
    response = make.signed_in(release.author).get(
        f"/dashboards/{release.pk}/building.csv"
    )
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    name = f"{release.agreement.number}-building-{release.pk}.csv"
    assert name in response["Content-Disposition"]
    assert response.content.startswith(b"\xef\xbb\xbf")
    assert "A group of fewer than 10 children" in response.content.decode("utf-8-sig")


def test_table_that_is_not_published_is_absent(release: Release) -> None:
    client = make.signed_in(release.author)
    assert client.get(f"/dashboards/{release.pk}/income.csv").status_code == 404


def test_unpublished_release_has_no_dashboard(run: LinkageRun) -> None:
    drafted = make.released(run, until="draft")
    client = make.signed_in(drafted.author)
    assert client.get(f"/dashboards/{drafted.pk}/").status_code == 404
    assert client.get(f"/dashboards/{drafted.pk}/building.csv").status_code == 404


# How often the database is asked


def test_queries_do_not_grow_with_rows(made: Agreement) -> None:
    clients = [
        make.signed_in(make.who(made, "district", r))
        for r in (Role.STEWARD, Role.ANALYST)
    ]
    paths = ("/data/", "/releases/", "/dashboards/", "/dates/")

    def counted() -> list[int]:
        return [n_queries(lambda: c.get(p)) for c in clients for p in paths]  # noqa: B023

    counted()
    before = counted()
    make.housing_list(made)
    make.work_off()
    run = made.runs.first()
    assert run
    for until in ("published", "draft"):
        make.released(run, until=until)
    assert counted() == before
