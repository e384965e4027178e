"""Model 1 through the door: addresses out, counts back, tables published."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from accounts.models import LedgerEntry
from agreements.models import Agreement
from indicators.addressfiles.buildings import from_csv
from indicators.custody import vault
from indicators.models import Delivery, Release
from partnerships.roles import Role
from tests import make
from tests.support import addresses, town

pytestmark = pytest.mark.django_db
YEAR = "2025–26"


@pytest.fixture
def made() -> Agreement:
    agreement = make.address_only()
    make.add_places(agreement)
    return agreement


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
    assert "Students at listed addresses by building" in text
    assert "All students at listed addresses" in text
    assert "New Holly Phase I" in text
    assert "Suppressed" in text
    assert "As stated by" in text
    shown = {
        group["label"]: group["n"] for group in release.tables["tables"][0]["groups"]
    }
    assert shown["Cedarvale Village"] == "Suppressed"
    assert sorted(str(n) for n in shown.values()).count("Suppressed") >= 2
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
    said = json.dumps(release.tables)
    assert '"Suppressed"' in said
    assert {g["n"] for g in release.tables["tables"][0]["groups"]} >= {26, "Suppressed"}


def _released(made: Agreement, delivery: Delivery) -> Release:
    analyst = signed_in(made, "district", Role.ANALYST)
    answer = analyst.post(f"/data/deliveries/{delivery.pk}/release/", {"title": "T"})
    assert answer.status_code == 302, answer.content.decode()
    make.work_off()
    return Release.objects.latest("pk")
