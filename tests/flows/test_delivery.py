"""From two deliveries to a linkage, and all that must not come in or be kept."""

import html
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.files.uploadedfile import SimpleUploadedFile
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


def upload(made: Agreement, key: str, files: Mapping[str, bytes], **fields: str) -> Any:
    flow = made.flows.get(key=key)
    sent = [SimpleUploadedFile(name, content) for name, content in files.items()]
    return make.signed_in(make.holder(flow.sender, Role.STEWARD)).post(
        f"/data/flows/{flow.pk}/load/", {"content": sent, **fields}
    )


def upload_list(made: Agreement, content: bytes) -> Any:
    return upload(
        made, presets.HOUSING_LIST, {"tenants.csv": content}, attests_exclusions="on"
    )


def stored() -> set[Path]:
    """Return the blobs in the vault, and what uploads left behind."""
    return {
        path
        for path in Path(configured.VAULT_DIR).rglob("*")
        if path.is_file() and path.parent.name in ("blobs", "incoming")
    }


@contextmanager
def nothing_kept(made: Agreement) -> Iterator[None]:
    """Demand that what happens meanwhile leaves no row, no blob and no entry."""
    before = stored(), ledger.head(made.chain)
    yield
    assert (stored(), ledger.head(made.chain)) == before
    assert not made.deliveries.exists()
    assert not made.holdings.exists()


def test_list_may_come_as_a_workbook(empty: Agreement) -> None:
    lines = town.tenants_csv(CHILDREN).decode().splitlines()
    sent = workbook([line.split(",") for line in lines])
    response = upload(
        empty, presets.HOUSING_LIST, {"tenants.xlsx": sent}, attests_exclusions="on"
    )
    assert response.status_code == 302
    assert empty.deliveries.get().n_rows == len(lines) - 1


# The whole way, as people walk it


def test_line_from_two_uploads_to_a_dashboard(empty: Agreement) -> None:
    receipt = upload_list(empty, town.tenants_csv(CHILDREN))["Location"]
    agencys = make.signed_in(make.who(empty, "pha", Role.STEWARD))
    said = f"{town.N_TENANTS} read, 0 set aside"
    assert said in agencys.get(receipt).content.decode()
    receipt = upload(empty, presets.STUDENT_RECORDS, FILES)["Location"]
    districts = make.signed_in(make.who(empty, "district", Role.STEWARD))
    page = districts.get(receipt).content.decode()
    left = page.partition("What was there and was not read")[2]
    assert "Student/BirthData/BirthSex" in left
    assert "FirstName" not in left
    run = empty.runs.get()
    assert b"Waiting" in districts.get(f"/data/runs/{run.pk}/").content
    make.work_off()
    page = districts.get(f"/data/runs/{run.pk}/").content.decode()
    assert re.search(r"<dt>Accepted</dt><dd>66</dd>", page)
    author = make.signed_in(make.who(empty, "district", Role.ANALYST))
    named = {"title": "Absence by building", "context": "Made up."}
    release = author.post(f"/data/runs/{run.pk}/release/", named)["Location"]
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


def test_unlisted_column_refuses_the_whole_file_and_is_named(empty: Agreement) -> None:
    with nothing_kept(empty):
        response = upload_list(empty, town.tenants_csv(CHILDREN, extra="Monthly rent"))
    assert response.status_code == 422
    assert "does not list “Monthly rent”" in response.content.decode()


HEADINGS = town.tenants_csv([])


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"", 422, "is empty"),
        (HEADINGS, 422, "no rows"),
        (town.tenants_csv(CHILDREN).replace(b"Ana", b"An\xe9"), 422, "UTF-8"),
        (town.tenants_csv(CHILDREN, extra="SSN"), 422, "Social Security"),
        (town.tenants_csv(CHILDREN).split(b"\n", 1)[1], 422, "headings"),
        (FILES["Student.xml"], 422, "headings"),
        (b"member_id," * 3_000, 413, "larger than"),
    ],
    ids=[
        "empty",
        "no rows",
        "wrong encoding",
        "numbers of people",
        "no headings",
        "other kind of file",
        "over the cap",
    ],
)
def test_file_that_cannot_be_taken_leaves_nothing(
    empty: Agreement, settings: Settings, content: bytes, status: int, said: str
) -> None:
    settings.UPLOAD_CAP_BYTES = 25_000
    with nothing_kept(empty):
        response = upload_list(empty, content)
    assert response.status_code == status
    assert said in html.unescape(response.content.decode())


def test_set_that_lacks_a_part_is_refused_whole(empty: Agreement) -> None:
    files = {name: file for name, file in FILES.items() if name != "Student.xml"}
    with nothing_kept(empty):
        response = upload(empty, presets.STUDENT_RECORDS, files)
    assert response.status_code == 422
    assert b"No column was found for" in response.content


def test_list_is_taken_only_without_protected_households(empty: Agreement) -> None:
    files = {"tenants.csv": town.tenants_csv(CHILDREN)}
    with nothing_kept(empty):
        response = upload(empty, presets.HOUSING_LIST, files)
    assert response.status_code == 422
    assert b"rotected household" in response.content


def test_upload_without_a_file_says_so(empty: Agreement) -> None:
    response = upload(empty, presets.STUDENT_RECORDS, {})
    assert response.status_code == 422
    assert b"Choose the file to load" in response.content


# Pause, leaving, cancelling


def test_pause_stops_deliveries(empty: Agreement) -> None:
    terms.pause(agreement=empty, actor=make.who(empty, "district", Role.SUPERINTENDENT))
    with nothing_kept(empty):
        response = upload_list(empty, town.tenants_csv(CHILDREN))
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
