"""From two deliveries to a linkage, and all that must not come in or be kept."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts import jobs, ledger
from accounts.acts import Refused, RuleBroken
from agreements import presets
from agreements.models import Agreement
from agreements.services import terms
from indicators.models import Holding
from indicators.services import linkage
from partnerships.roles import Role
from tests import make
from tests.support import town
from tests.support.at_door import (
    ATTESTED,
    examined,
    examined_list,
    page_of,
    press,
    send,
    stored,
    words,
)
from tests.support.forms import fields_of
from tests.support.workbooks import workbook

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

CHILDREN = town.children()
FILES = town.student_files(CHILDREN)


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    made = make.agreement()
    make.add_places(made)
    return made.number


@pytest.fixture
def empty(number: str) -> Agreement:
    """Return an agreement in force under which nothing has arrived."""
    return Agreement.objects.get(number=number)


@contextmanager
def nothing_kept(made: Agreement) -> Iterator[None]:
    """Demand that what happens meanwhile leaves no delivery, no blob and no key."""
    before = stored()
    yield
    for waiting in made.arrivals.filter(state="examined"):
        assert press(waiting, "load", **ATTESTED).status_code == 422
        press(waiting, "cancel")
    assert stored() == before
    assert not made.deliveries.exists()
    assert not made.holdings.exists()


def loaded(made: Agreement, key: str, files: Mapping[str, bytes]) -> str:
    """Return the path of the receipt of files that were sent, examined and loaded."""
    arrival = examined(made, key, files)
    response = press(arrival, "load", **ATTESTED)
    assert response.status_code == 302, words(response)
    return str(response["Location"])


def test_list_may_come_as_a_workbook(empty: Agreement) -> None:
    lines = town.tenants_csv(CHILDREN).decode().splitlines()
    sent = workbook([line.split(",") for line in lines])
    loaded(empty, presets.HOUSING_LIST, {"tenants.xlsx": sent})
    assert empty.deliveries.get().n_rows == len(lines) - 1


# The whole way, as people walk it


def test_line_from_two_uploads_to_a_dashboard(empty: Agreement) -> None:
    files = {"tenants.csv": town.tenants_csv(CHILDREN)}
    receipt = loaded(empty, presets.HOUSING_LIST, files)
    agencys = make.signed_in(make.who(empty, "pha", Role.STEWARD))
    said = f"{town.N_TENANTS} read, 0 set aside"
    assert said in agencys.get(receipt).content.decode()
    receipt = loaded(empty, presets.STUDENT_RECORDS, FILES)
    districts = make.signed_in(make.who(empty, "district", Role.STEWARD))
    page = districts.get(receipt).content.decode()
    left = page.partition("What was there and was not stored")[2]
    assert "Student/BirthData/BirthSex" in left
    assert "FirstName" not in left
    run = empty.runs.get()
    assert b"Waiting" in districts.get(f"/data/runs/{run.pk}/").content
    make.work_off()
    page = districts.get(f"/data/runs/{run.pk}/").content.decode()
    assert re.search(r"<dt>Accepted</dt><dd>66</dd>", page)
    author = make.signed_in(make.who(empty, "district", Role.ANALYST))
    path = f"/data/runs/{run.pk}/release/"
    asked = fields_of(author.get(path).content.decode(), holding="measures")
    named = {"title": "Absence by building", "context": "Made up."}
    release = author.post(path, asked | named)["Location"]
    make.work_off()
    assert b"An outsider recovers nothing" in author.get(release).content
    assert author.post(f"{release}propose/").status_code == 302
    for client in (agencys, districts):
        page = client.get(release).content.decode()
        (decision,) = re.findall(r'action="(/decisions/\d+/)"', page)
        assert client.post(decision, {"approve": "1"}).status_code == 302
    made = empty.releases.get()
    assert made.state == "published"
    for account in ("pha", Role.DIRECTOR), ("district", Role.SUPERINTENDENT):
        shown = make.signed_in(make.who(empty, *account)).get(f"/dashboards/{made.pk}/")
        assert b"Absence by building" in shown.content
        assert b"Made up." in shown.content
    assert list(ledger.verify()) == []


# What may not come in


HEADINGS = town.tenants_csv([])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (HEADINGS, "no rows"),
        (town.tenants_csv(CHILDREN).replace(b"Ana", b"An\xe9"), "UTF-8"),
        (town.tenants_csv(CHILDREN).split(b"\n", 1)[1], "headings"),
        (FILES["Student.xml"], "Missing, and required"),
    ],
    ids=["empty", "no rows", "wrong encoding", "no headings", "other kind of file"],
)
def test_file_that_cannot_be_taken_says_why_and_leaves_nothing(
    empty: Agreement, content: bytes, said: str
) -> None:
    with nothing_kept(empty):
        page = page_of(examined_list(empty, content))
        assert said in page
        assert "Nothing can be loaded yet" in page


def test_list_over_the_cap_is_refused_at_once(
    empty: Agreement, settings: Settings
) -> None:
    settings.UPLOAD_CAP_BYTES = 25_000
    with nothing_kept(empty):
        files = {"tenants.csv": b"member_id," * 3_000}
        response = send(empty, presets.HOUSING_LIST, files)
    assert response.status_code == 413
    assert "larger than" in words(response)


def test_set_that_lacks_a_part_is_refused_whole(empty: Agreement) -> None:
    files = {name: file for name, file in FILES.items() if name != "Student.xml"}
    with nothing_kept(empty):
        page = page_of(examined(empty, presets.STUDENT_RECORDS, files))
        assert "There is no column for" in page


def test_upload_without_a_file_says_so(empty: Agreement) -> None:
    response = send(empty, presets.STUDENT_RECORDS, {})
    assert response.status_code == 422
    assert b"Choose the file to load" in response.content


# Pause, leaving, cancelling


def test_pause_stops_deliveries(empty: Agreement) -> None:
    terms.pause(agreement=empty, actor=make.who(empty, "district", Role.SUPERINTENDENT))
    with nothing_kept(empty):
        files = {"tenants.csv": town.tenants_csv(CHILDREN)}
        response = send(empty, presets.HOUSING_LIST, files)
    assert response.status_code == 403
    assert b"Sharing is paused" in response.content


def test_pause_stops_linking_until_it_is_resumed(empty: Agreement) -> None:
    run = make.delivered(empty)
    superintendent = make.who(empty, "district", Role.SUPERINTENDENT)
    terms.pause(agreement=empty, actor=superintendent)
    make.work_off()
    run.refresh_from_db()
    assert run.state == "failed"
    assert "Sharing is paused" in run.message
    assert not Holding.objects.filter(agreement=empty, kind="linked").exists()
    steward = make.who(empty, "district", Role.STEWARD)
    with pytest.raises(Refused, match="Sharing is paused"):
        linkage.retry_run(run=run, actor=steward)
    terms.resume(agreement=empty, actor=superintendent)
    linkage.retry_run(run=run, actor=steward)
    make.work_off()
    run.refresh_from_db()
    assert run.state == "linked"


def test_cancelled_linkage_keeps_nothing_and_can_be_tried_again(
    empty: Agreement,
) -> None:
    run = make.delivered(empty)
    client = make.signed_in(make.who(empty, "district", Role.STEWARD))
    blobs = stored()
    assert (
        client.post(f"/data/runs/{run.pk}/steer/", {"cancel": "1"}).status_code == 302
    )
    make.work_off()
    assert jobs.latest(linkage.JOB, run).state == "cancelled"
    page = client.get(f"/data/runs/{run.pk}/").content
    assert b"Cancelled by a person" in page
    assert b"Try again" in page
    assert stored() == blobs
    client.post(f"/data/runs/{run.pk}/steer/", {"retry": "1"})
    run.refresh_from_db()
    assert run.state == "waiting"
    assert jobs.latest(linkage.JOB, run).is_open


def test_linkage_is_steered_by_the_linkers_steward_only(empty: Agreement) -> None:
    run = make.delivered(empty)
    others = {("pha", Role.STEWARD): 404, ("district", Role.ANALYST): 403}
    for (kind, role), status in others.items():
        client = make.signed_in(make.who(empty, kind, role))
        response = client.post(f"/data/runs/{run.pk}/steer/", {"cancel": "1"})
        assert response.status_code == status
    assert not jobs.latest(linkage.JOB, run).is_cancel_requested


def test_linkage_that_a_newer_one_overtook_is_superseded(empty: Agreement) -> None:
    overtaken = make.delivered(empty)
    make.student_records(empty)
    make.work_off()
    overtaken.refresh_from_db()
    newest = empty.runs.first()
    assert (overtaken.state, newest.state) == ("superseded", "linked")
    with pytest.raises(RuleBroken, match="Only the newest"):
        make.released(overtaken)
