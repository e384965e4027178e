"""A district that links in its own house sends counts: the same line, one door."""

import csv
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from accounts import clock
from accounts.acting import System, act
from agreements.models import Agreement
from agreements.services import obligations, sections
from indicators.custody import vault
from indicators.models import Delivery, Holding, Release
from indicators.services import releases
from indicators.vault.keystore import KeyMissing
from partnerships.models import Notice
from partnerships.roles import Role
from tests import make
from tests.support import addresses, town
from tests.support.workbooks import workbook

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]
CODES = list(town.BUILDINGS)


@pytest.fixture(scope="module")
def key(past: Path) -> int:
    """Make an MOU of model 2, under which the district links."""
    agreement = make.agreement()
    make.add_places(agreement)
    return agreement.pk


@pytest.fixture
def made(key: int) -> Agreement:
    return Agreement.objects.get(pk=key)


def signed_in(made: Agreement, side: str, role: Role) -> Client:
    return make.signed_in(make.who(made, side, role))


def path(made: Agreement) -> str:
    return f"/data/flows/{made.flows.get(key='Tables').pk}/counts/"


def sent(made: Agreement, content: bytes, **said: str) -> Any:
    file = SimpleUploadedFile("counts.csv", content)
    steward = signed_in(made, "district", Role.STEWARD)
    return steward.post(path(made), {"content": file, "how": "people", **said})


def released(made: Agreement, delivery: Delivery) -> Release:
    analyst = signed_in(made, "district", Role.ANALYST)
    answer = analyst.post(
        f"/data/deliveries/{delivery.pk}/release/", {"title": "Absence at home"}
    )
    assert answer.status_code == 302, answer.content.decode()
    make.work_off()
    return Release.objects.latest("pk")


def lines(*rows: Any) -> bytes:
    return addresses.export_csv(
        [["2025-26", *row] for row in rows], addresses.COUNT_HEADINGS
    )


def test_own_counts_go_the_line_of_other_releases(made: Agreement) -> None:
    page = signed_in(made, "district", Role.STEWARD).get("/data/").content.decode()
    assert "Send counts" in page
    shown = signed_in(made, "district", Role.STEWARD).get(path(made)).content.decode()
    assert "smallest group shown is 10 children" in shown
    assert sent(made, addresses.counts_csv(), link_percent="93").status_code == 302
    delivery = made.deliveries.get(flow="Tables")
    assert Notice.objects.filter(subject__endswith="counts have arrived").count() == 1

    release = released(made, delivery)
    assert release.state == "draft", release.message
    make.decided(release)
    director = signed_in(made, "pha", Role.DIRECTOR)
    text = director.get(f"/dashboards/{release.pk}/").content.decode()
    assert "90 to 95 percent of the children sought were found" in text
    assert "Nobody has checked that here" in text
    assert "Suppressed" in text


def test_votes_are_blind_and_bound_to_the_bytes(made: Agreement) -> None:
    release = released(made, addresses.counts_of(made))
    analyst = signed_in(made, "district", Role.ANALYST)
    analyst.post(f"/releases/{release.pk}/propose/")
    agency = release.decisions.get(owner__kind="pha")
    signed_in(made, "pha", Role.STEWARD).post(
        f"/decisions/{agency.pk}/", {"approve": "1"}
    )
    district = signed_in(made, "district", Role.STEWARD)
    seen = district.get(f"/releases/{release.pk}/").content.decode()
    assert "approved by" not in seen
    assert seen.count("not shown yet") == 2
    assert release.sha256 in seen


def test_who_asks_for_changes_does_not_wait_for_a_silent_owner(
    made: Agreement,
) -> None:
    first = make.decided(released(made, addresses.counts_of(made)))
    second = released(made, addresses.counts_of(made, addresses.counts_csv("2022-23")))
    releases.propose(release=second, actor=second.author)
    second.refresh_from_db()
    steward = signed_in(made, "pha", Role.STEWARD)
    page = steward.get(second.get_absolute_url()).content.decode()
    assert f'href="{first.get_absolute_url()}">REL-{first.pk}, ' in page

    agency = second.decisions.get(owner__kind="pha")
    steward.post(f"/decisions/{agency.pk}/", {"decline": "1", "reason": "In spring."})
    for days, state in ((0, "proposed"), (20, "declined")):
        assert second.proposed_at is not None
        second.proposed_at -= timedelta(days=days)
        with act("tests.wait", actor=System("C16"), chain="tests"):
            second.save()
        make.minute()
        second.refresh_from_db()
        assert second.state == state


def test_a_file_that_gives_a_cell_away_is_refused_in_words(made: Agreement) -> None:
    hidden = ("*", "n<10", "*")
    content = lines(
        ["All", "All", "Chronic absence", "*", "66", "*"],
        ["Building", CODES[0], "Chronic absence", "*", "26", "*"],
        ["Building", CODES[1], "Chronic absence", "*", "21", "*"],
        ["Building", CODES[2], "Chronic absence", "*", "15", "*"],
        ["Building", CODES[3], "Chronic absence", *hidden],
    )
    assert sent(made, content).status_code == 302
    release = released(made, made.deliveries.get(flow="Tables"))
    assert release.state == "refused"
    assert "Cedarvale Village" in release.message
    assert "would give away" in release.message
    assert not release.document
    page = signed_in(made, "district", Role.ANALYST).get(f"/releases/{release.pk}/")
    assert "Cedarvale Village" in page.content.decode()


def test_what_is_public_already_binds_later_counts_too(made: Agreement) -> None:
    public = {"period": "2025–26", "building": CODES[2], "n": 15, "kind": "exact"}
    whole = release_file({"": 66}, known=[public])
    hidden = release_file(
        {"": 66, CODES[0]: 26, CODES[1]: 21, CODES[2]: None, CODES[3]: None}
    )
    first = released(made, addresses.counts_of(made, whole))
    assert first.state == "draft", first.message
    assert "plus_minus" not in json.dumps(first.document)
    make.decided(first)
    second = released(made, addresses.counts_of(made, hidden))
    assert second.state == "refused"
    assert "would give away" in second.message


def release_file(groups: dict[str, int | None], **more: Any) -> bytes:
    cells = [
        {"table": "t", "period": "2025–26", "building": b or None, "n": n, "rate": {}}
        for b, n in groups.items()
    ]
    record = {
        "format": 2,
        "release": "Ours",
        "keys": ["period"],
        "dims": ["building"],
        "indicators": ["chronic_absence"],
        "threshold": 10,
        "cells": cells,
    }
    return json.dumps(record | more).encode()


def test_a_linkage_and_own_counts_bind_each_other(made: Agreement) -> None:
    make.released(make.linked(made))
    year = Release.objects.get().period
    moved = addresses.counts_csv(
        year, instead={CODES[0]: ("3", "27", ""), "": ("14", "67", "")}
    )
    release = released(made, addresses.counts_of(made, moved))
    assert release.state == "refused"
    assert "threshold" in release.message or "earlier" in release.message


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (lines(["All", "All", "Attendance rate", "", "66", ""]), "cannot be taken"),
        (lines(["Grade", "3", "Enrolled", "", "66", ""]), "no breakdown that is read"),
        (lines(["All", "All", "Enrolled", "0", "", ""]), "true zeros, or hidden"),
        (b'{"format": 2}', "is missing"),
        (b"", "empty"),
    ],
)
def test_what_cannot_be_taken_leaves_the_form_and_nothing_else(
    made: Agreement, content: bytes, says: str
) -> None:
    answer = sent(made, content, link_percent="77")
    assert answer.status_code == 422
    text = answer.content.decode()
    assert says in text
    assert 'value="77"' in text
    assert not Holding.objects.exists()


def test_the_same_file_again_is_one_delivery(made: Agreement) -> None:
    for _ in range(2):
        assert sent(made, addresses.counts_csv()).status_code == 302
    assert made.deliveries.count() == 1


def test_a_breakdown_that_the_agreement_does_not_list_is_refused() -> None:
    made = make.agreement(until="draft")
    director = made.drafted_by
    sections.save_section(
        agreement=made,
        section="purpose",
        values={"breakdowns": ["school"]},
        actor=director,
    )
    make.counsel_read(made)
    make.sent_and_signed(made)
    make.add_places(made)
    answer = sent(made, addresses.counts_csv())
    assert answer.status_code == 422
    assert "does not list chronic_absence by building" in answer.content.decode()
    assert not Holding.objects.exists()


def test_a_tree_is_published_by_the_breakdown_that_it_makes() -> None:
    made = make.agreement(until="draft")
    sections.save_section(
        agreement=made,
        section="purpose",
        values={"breakdowns": ["building", "development"]},
        actor=made.drafted_by,
    )
    make.counsel_read(made)
    make.sent_and_signed(made)
    make.add_places(made)
    tree = {CODES[1]: CODES[0], CODES[2]: CODES[0]}
    content = release_file(
        {"": 66, CODES[0]: 47, CODES[1]: 21, CODES[2]: 26, CODES[3]: 19},
        hierarchies={"building": tree},
    ).replace(b'"rate": {}', b'"rate": {"chronic_absence": null}')
    assert sent(made, content).status_code == 302
    release = released(made, made.deliveries.get(flow="Tables"))
    assert release.state == "draft", release.message
    make.decided(release)
    director = signed_in(made, "pha", Role.DIRECTOR)
    for by, shown in (("development", CODES[0]), ("building", CODES[1])):
        page = director.get(f"/dashboards/{release.pk}/?by={by}").content.decode()
        assert town.BUILDINGS[shown] in page


def test_counts_are_destroyed_on_their_day(made: Agreement, settings: Settings) -> None:
    settings.DEMO = True  # where time may be moved on
    delivery = addresses.counts_of(made)
    release = released(made, delivery)
    assert made.destroy_by is not None
    clock.advance(days=(made.destroy_by - clock.today()).days + 1)
    obligations.fall_due()
    make.work_off()
    delivery.refresh_from_db()
    assert delivery.state == "destroyed"
    holding = Holding.objects.get(pk=delivery.holding_id)
    assert holding.state == "destroyed"
    with pytest.raises(KeyMissing):
        vault().read(str(holding.owner_id), key_id=holding.key, blob=holding.blob)
    assert release.state == "draft"


def test_only_the_sender_sends_and_only_its_analyst_releases(made: Agreement) -> None:
    counts = addresses.counts_of(made)
    release_path = f"/data/deliveries/{counts.pk}/release/"
    for side, role in (("pha", Role.STEWARD), ("district", Role.SUPERINTENDENT)):
        client = signed_in(made, side, role)
        assert client.get(path(made)).status_code == 404
        assert client.get(release_path).status_code == 404
    assert (
        signed_in(made, "district", Role.STEWARD).get(release_path).status_code == 404
    )


def test_another_list_replaces_counts_that_are_then_not_released(
    made: Agreement,
) -> None:
    first = addresses.counts_of(made)
    addresses.counts_of(made, addresses.counts_csv("2024-25"))
    first.refresh_from_db()
    assert first.state == "replaced"
    analyst = signed_in(made, "district", Role.ANALYST)
    assert analyst.get(f"/data/deliveries/{first.pk}/release/").status_code == 404


def test_counts_may_come_as_a_workbook(made: Agreement) -> None:
    rows = list(csv.reader(addresses.counts_csv().decode("utf-8-sig").splitlines()))
    file = SimpleUploadedFile("counts.xlsx", workbook(rows))
    steward = signed_in(made, "district", Role.STEWARD)
    answer = steward.post(path(made), {"content": file, "how": "people"})
    assert answer.status_code == 302, answer.content.decode()
    assert made.deliveries.get(flow="Tables").holding.kind == Holding.Kind.COUNTS
