"""Model 1 through the door: addresses out, counts back, tables published."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from accounts.acting import act
from accounts.models import LedgerEntry
from agreements.models import Agreement
from indicators.addressfiles.buildings import from_csv
from indicators.custody import vault
from indicators.models import Delivery, Release
from indicators.queries import document_of
from partnerships.roles import Role
from tests import make
from tests.support import addresses, town
from tests.support.document_reader import groups_by
from tests.support.workbooks import Number, workbook

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]
YEAR = "2025–26"


@pytest.fixture(scope="module")
def key(past: Path) -> int:
    agreement = make.address_only()
    make.add_places(agreement)
    return agreement.pk


@pytest.fixture
def made(key: int) -> Agreement:
    return Agreement.objects.get(pk=key)


def signed_in(made: Agreement, side: str, role: Role) -> Client:
    return make.signed_in(make.who(made, side, role))


def path(made: Agreement, key: str, end: str) -> str:
    return f"/data/flows/{made.flows.get(key=key).pk}/{end}/"


def listed(made: Agreement, text: str | None = None) -> Delivery:
    """Return the building list that the agency's steward sent."""
    steward = signed_in(made, "pha", Role.STEWARD)
    content = text or addresses.list_csv().decode("utf-8-sig")
    response = steward.post(
        path(made, "Addresses", "buildings"), {"text": content, "send": "1"}
    )
    assert response.status_code == 302, response.content.decode()
    return made.deliveries.get(flow="Addresses", state="accepted")


def counted(folder: Path, content: bytes, *options: str) -> bytes:
    """Return aggregates.json of the district's own machine, for the downloaded list."""
    (folder / "buildings.csv").write_bytes(content)
    (folder / "students.csv").write_bytes(addresses.export_csv(addresses.rows()))
    call_command(
        "match_addresses",
        str(folder / "buildings.csv"),
        str(folder / "students.csv"),
        *("--out", str(folder / "out"), "--school-year", "2025-26"),
        *("--by", "building", "school"),
        *options,
    )
    return (folder / "out" / "aggregates.json").read_bytes()


def sent(made: Agreement, content: bytes, **said: object) -> Any:
    """Return the answer to the district's steward who sends counts."""
    steward = signed_in(made, "district", Role.STEWARD)
    file = SimpleUploadedFile("aggregates.json", content)
    return steward.post(
        path(made, "Tables", "counts"), {"content": file, "how": "addresses", **said}
    )


def test_from_addresses_to_published_tables(made: Agreement, tmp_path: Path) -> None:
    listed(made)
    district = signed_in(made, "district", Role.STEWARD)
    receipt = made.deliveries.get(flow="Addresses")
    page = district.get(f"/data/deliveries/{receipt.pk}/")
    assert "Download the list (CSV)" in page.content.decode()
    download = district.get(f"/data/deliveries/{receipt.pk}/buildings.csv")
    assert [b.code for b in from_csv(download.content)] == list(town.BUILDINGS)

    aggregates = counted(tmp_path, download.content)
    response = sent(made, aggregates)
    assert response.status_code == 302, response.content.decode()
    counts = made.deliveries.get(flow="Tables", state="accepted")
    assert counts.receipt["year"] == YEAR

    analyst = signed_in(made, "district", Role.ANALYST)
    assert (
        "Make a release from the counts" in analyst.get("/releases/").content.decode()
    )
    begun = analyst.post(f"/data/deliveries/{counts.pk}/release/", {"title": "At home"})
    assert begun.status_code == 302
    make.work_off()
    release = Release.objects.get()
    assert (release.state, release.message) == ("draft", "")
    assert analyst.post(f"/releases/{release.pk}/propose/").status_code == 302
    for side in ("pha", "district"):
        decision = release.decisions.get(owner__kind=side)
        steward = signed_in(made, side, Role.STEWARD)
        steward.post(f"/decisions/{decision.pk}/", {"approve": "1"})
    release.refresh_from_db()
    assert release.state == "published"

    director = signed_in(made, "pha", Role.DIRECTOR)
    text = director.get(f"/dashboards/{release.pk}/").content.decode()
    assert "by building" in text
    assert "New Holly Phase I" in text
    assert "Suppressed" in text
    assert "As stated by" in text
    document = document_of(release)
    assert any("Students at listed addresses" in each for each in document.declared)
    shown = {label: str(c.n) for label, c in groups_by(document, "building").items()}
    assert shown["Cedarvale Village"] == "Suppressed"
    assert [*shown.values()].count("Suppressed") >= 2
    file = director.get(f"/dashboards/{release.pk}/building.csv").content.decode()
    assert "As stated by" in file
    acts = LedgerEntry.objects.filter(chain=made.chain).values_list("act", flat=True)
    assert list(acts).count("indicators.receive") == 2


def test_no_count_stands_in_the_database_before_it_is_protected(
    made: Agreement, tmp_path: Path
) -> None:
    listed(made)
    content = made.deliveries.get(flow="Addresses").holding
    listing = vault().read(str(content.owner_id), key_id=content.key, blob=content.blob)
    counted(tmp_path, listing)
    unprotected = (tmp_path / "out" / "keep" / "counts.json").read_bytes()
    assert sent(made, unprotected).status_code == 302
    delivery = made.deliveries.get(flow="Tables")
    assert "still to be protected" in delivery.receipt["notices"][0]
    assert delivery.n_rows == json.dumps(json.loads(unprotected)["cells"]).count('"n"')
    assert '"x"' not in json.dumps(delivery.receipt)
    release = _released(made, delivery)
    assert release.state == "draft", release.message
    groups = groups_by(document_of(release), "building").values()
    assert {cell.n for cell in groups} >= {26, "Suppressed"}


def _released(made: Agreement, delivery: Delivery) -> Release:
    analyst = signed_in(made, "district", Role.ANALYST)
    answer = analyst.post(f"/data/deliveries/{delivery.pk}/release/", {"title": "T"})
    assert answer.status_code == 302, answer.content.decode()
    make.work_off()
    return Release.objects.latest("pk")


MIXED = """code,name,address,city,zip,homes,program
PA1,Hill House,120 Main Street,Northfield,15001-2222,40,P
PA2,Small,9 Oak Ct,Northfield,15001,4,P
PA3,Voucher,7 Pine St,Northfield,15001,30,VO
PA4,Unit,33 Lake Dr Apt 2,Northfield,15001,60,P
PA5,Unsaid,44 Lake Dr,Northfield,15001,-4,P
PA6,Named,Roe 55 Lake Dr,Northfield,15001,60,P
PA7,Again,120 MAIN ST,Northfield,15001,40,P
"""


def test_each_line_says_what_was_changed_and_what_speaks_against_it(
    made: Agreement,
) -> None:
    steward = signed_in(made, "pha", Role.STEWARD)
    page = steward.post(path(made, "Addresses", "buildings"), {"text": MIXED})
    text = page.content.decode()
    assert page.status_code == 200
    for words in (
        "1 of 7 lines can be sent",
        "The address was put into standard form",
        "has fewer than 10 homes",
        "is a voucher holder&#x27;s address",
        "“APT 2” was split off",
        "has a unit number",
        "does not say how many homes there are",
        "has a name",
        "The same address is on line 2 already",
        "120 Main Street",  # what was typed stands in the box
    ):
        assert words in text, words
    assert not Delivery.objects.exists()
    listed(made, MIXED)
    row = made.deliveries.get()
    assert (row.n_rows, row.n_set_aside) == (7, 6)
    held = row.holding
    content = vault().read(str(held.owner_id), key_id=held.key, blob=held.blob)
    (only,) = from_csv(content)
    assert (only.code, only.address, only.postal_code) == (
        "PA1",
        "120 MAIN ST",
        "15001",
    )
    assert b"Roe" not in content and b"9 OAK" not in content
    assert row.receipt["sha256"] == hashlib.sha256(content).hexdigest()


def test_a_list_without_one_good_line_is_refused_and_stays_in_the_box(
    made: Agreement,
) -> None:
    steward = signed_in(made, "pha", Role.STEWARD)
    where = path(made, "Addresses", "buildings")
    bad = "9 Oak Ct, Northfield, PA 15001"
    for text, says in ((bad, "No line can be sent"), ("", "There is no address")):
        page = steward.post(where, {"text": text, "send": "1"})
        assert page.status_code == 422
        assert says in page.content.decode()
        assert text in page.content.decode()
    named = steward.post(where, {"text": "address,Last Name,zip\n1 Elm St,Roe,15001"})
    assert named.status_code == 422
    assert "about people" in named.content.decode()
    assert not Delivery.objects.exists()


def test_a_file_stands_in_the_box_once_it_is_read(made: Agreement) -> None:
    steward = signed_in(made, "pha", Role.STEWARD)
    where = path(made, "Addresses", "buildings")
    file = SimpleUploadedFile("list.csv", addresses.list_csv())
    page = steward.post(where, {"text": "old", "content": file})
    assert "4 of 4 lines can be sent" in page.content.decode()
    assert "7050 32ND AVE S" in page.content.decode()
    wrong = SimpleUploadedFile("list.csv", b"address,zip,homes\n1 \xff St,1,2")
    refused = steward.post(where, {"content": wrong})
    assert refused.status_code == 422
    assert "CSV UTF-8" in refused.content.decode()


def test_counts_of_another_list_are_refused(made: Agreement, tmp_path: Path) -> None:
    listed(made)
    content = addresses.list_csv(addresses.BUILDINGS[:3])
    aggregates = counted(tmp_path, content)
    answer = sent(made, aggregates)
    assert answer.status_code == 422
    assert "another list of buildings" in answer.content.decode()
    assert made.deliveries.count() == 1


def test_a_stricter_owner_is_told_to_count_again(
    made: Agreement, tmp_path: Path
) -> None:
    listed(made)
    agency = made.partnership.organisations.get(kind="pha")
    administrator = make.person("Ad Min", agency, Role.ADMINISTRATOR)
    with act("test.min_cell", actor=administrator, chain=agency.chain):
        agency.min_cell = 15
        agency.save()
    aggregates = counted(tmp_path, addresses.list_csv())
    answer = sent(made, aggregates)
    assert answer.status_code == 422
    assert "--threshold 15" in answer.content.decode()


def test_only_its_parties_see_the_list_and_only_the_agency_sends_it(
    made: Agreement,
) -> None:
    row = listed(made)
    file = f"/data/deliveries/{row.pk}/buildings.csv"
    where = path(made, "Addresses", "buildings")
    for side, role, sees in (
        ("pha", Role.STEWARD, 200),
        ("district", Role.STEWARD, 200),
        ("pha", Role.DIRECTOR, 404),
        ("district", Role.ANALYST, 404),
    ):
        assert signed_in(made, side, role).get(file).status_code == sees
    assert signed_in(made, "district", Role.STEWARD).get(where).status_code == 404


def test_where_addresses_alone_are_shared_no_records_come_in(made: Agreement) -> None:
    steward = signed_in(made, "district", Role.STEWARD)
    assert {flow.grain for flow in made.flows.all()} == {"aggregate"}
    for flow in made.flows.all():
        assert steward.get(f"/data/flows/{flow.pk}/load/").status_code == 404
    page = steward.get("/data/").content.decode()
    assert "Load data" not in page
    assert "Send counts" in page


def test_building_list_may_come_as_a_workbook(made: Agreement) -> None:
    steward = signed_in(made, "pha", Role.STEWARD)
    url = path(made, "Addresses", "buildings")
    rows = [
        ["code", "building name", "street address", "city", "zip code", "units"],
        *(
            [b.code, b.name, b.address, b.city, b.postal_code, Number(b.n_units or 0)]
            for b in addresses.BUILDINGS
        ),
        ["", "Mrs Doe", "12 Elm St Apt 4", "Seattle", "98118", Number(40)],
    ]
    file = SimpleUploadedFile("buildings.xlsx", workbook(rows))
    checked = steward.post(url, {"content": file})
    assert checked.status_code == 200, checked.content.decode()
    assert checked.context["n_kept"] == len(addresses.BUILDINGS)
    assert not made.deliveries.exists()

    text = checked.context["form"]["text"].value()
    assert steward.post(url, {"text": text, "send": "1"}).status_code == 302
    delivery = made.deliveries.get(flow="Addresses", state="accepted")
    assert delivery.n_set_aside == 1
    content = steward.get(f"/data/deliveries/{delivery.pk}/buildings.csv").content
    assert [each.code for each in from_csv(content)] == list(town.BUILDINGS)
    assert {each.n_units for each in from_csv(content)} == {40}


def test_broken_workbook_is_refused_in_words(made: Agreement) -> None:
    steward = signed_in(made, "pha", Role.STEWARD)
    file = SimpleUploadedFile("buildings.xlsx", workbook([["a"]])[:200])
    answer = steward.post(path(made, "Addresses", "buildings"), {"content": file})
    assert answer.status_code == 422
    assert not made.deliveries.exists()
