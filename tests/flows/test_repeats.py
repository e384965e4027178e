"""Who is listed twice: flagged, decided by the sender, and one person from then on."""

import logging
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts import clock
from accounts.acts import RuleBroken
from accounts.models import LedgerEntry
from agreements import presets
from agreements.models import Agreement
from agreements.services import obligations, terms
from indicators.models import Delivery, Repeat
from indicators.services import repeats
from partnerships.roles import Role
from tests import make
from tests.support import at_door, clerical, repeating, town
from tests.support.counting import n_queries
from tests.support.repeating import (
    DOUBLED,
    answer,
    decided,
    newest,
    page_of,
    path_of,
    steward_of,
    taken,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return repeating.linked(make.agreement()).agreement.number


@pytest.fixture
def made(number: str) -> Agreement:
    """Return an agreement whose lists are linked; nobody has decided anything yet."""
    return Agreement.objects.get(number=number)


@pytest.fixture
def sent(made: Agreement) -> Delivery:
    return made.deliveries.get(flow=presets.HOUSING_LIST)


@pytest.fixture
def client(sent: Delivery) -> Client:
    return make.signed_in(steward_of(sent))


# Flagged


def test_receipt_counts_who_may_be_listed_twice(
    made: Agreement, sent: Delivery, client: Client
) -> None:
    assert sent.n_repeats == len(DOUBLED)
    receipt = page_of(client, sent.get_absolute_url())
    assert "3 pairs of records with the same name and birth date" in receipt
    assert "Decide who is listed twice" in receipt
    other = make.signed_in(make.who(made, "district", Role.STEWARD))
    receipt = page_of(other, sent.get_absolute_url())
    assert "3 pairs of records" in receipt
    assert "Decide who is listed twice" not in receipt


def test_files_from_the_door_are_flagged_as_well(made: Agreement) -> None:
    content = town.tenants_csv(repeating.twice(town.children()[1:]))
    row = at_door.examined_list(made, content)
    at_door.press(row, "load", **at_door.ATTESTED)
    assert row.delivery is not None
    assert row.delivery.n_repeats == len(DOUBLED)
    taken(row.delivery)


def test_list_without_doubles_has_no_such_page(made: Agreement) -> None:
    school = made.deliveries.get(flow=presets.STUDENT_RECORDS)
    assert school.n_repeats == 0
    steward = make.signed_in(steward_of(school))
    assert "Perhaps one person twice" not in page_of(steward, school.get_absolute_url())
    assert steward.get(path_of(school)).status_code == 404


def test_both_stand_until_somebody_decides_and_the_run_says_so(
    made: Agreement,
) -> None:
    counts = newest(made).counts
    assert counts["tenants"] == town.N_TENANTS + len(DOUBLED)
    assert counts["perhaps one person twice"] == len(DOUBLED)
    assert counts["records put together"] == 0
    page = page_of(
        make.signed_in(make.who(made, "district", Role.STEWARD)),
        f"/data/runs/{newest(made).pk}/",
    )
    assert "Perhaps one person twice 3" in page


# Decided


def test_steward_decides_one_pair_after_another(sent: Delivery, client: Client) -> None:
    assert "0 of 3 decided" in page_of(client, path_of(sent))
    assert client.post(path_of(sent)).status_code == 302
    page = page_of(client, path_of(sent))
    repeat = Repeat.objects.get()
    child = _child_of(repeat)
    for shown in (child.first, child.last, "Record A", "Record B"):
        assert shown in page
    one, two = sorted(f"T{n}" for n in (child.number, child.number + 1000))
    assert f"Member number {one} {two} Different" in page
    assert f"Home {child.building} {child.building} Same" in page
    assert answer(client, sent, "same").status_code == 302
    assert answer(client, sent, "different").status_code == 302
    assert answer(client, sent, "unsure").status_code == 302
    done = page_of(client, path_of(sent))
    assert "3 of 3 decided" in done
    assert "No pair is left for you to decide." in done
    said = [row.answer for row in Repeat.objects.order_by("answered_at")]
    assert said == ["same", "different", "unsure"]


def _child_of(repeat: Repeat) -> town.Child:
    rows = clerical.held(repeat.delivery.holding)["repeats"].to_pylist()
    row = next(row for row in rows if row["code"] == repeat.code)
    number = min(int(row[end].removeprefix("T")) for end in ("one", "two"))
    return town.children()[number]


def test_homes_are_compared_to_the_letter(made: Agreement) -> None:
    child = town.children()[3]
    homes = ("WA001000073", "WA001000083")
    both = [
        replace(child, number=n, building=home) for n, home in enumerate(homes, start=1)
    ]
    sent = make.housing_list(made, town.tenants_csv(both))
    taken(sent)
    page = page_of(make.signed_in(steward_of(sent)), path_of(sent))
    assert f"Home {homes[0]} {homes[1]} Different Same person (1)" in page


def test_home_says_so_until_all_pairs_are_decided(
    made: Agreement, sent: Delivery, client: Client
) -> None:
    assert "Say who is listed twice" in page_of(client, "/")
    other = make.signed_in(make.who(made, "district", Role.STEWARD))
    assert "Say who is listed twice" not in page_of(other, "/")
    decided(sent, "unsure", n=3)
    assert "Say who is listed twice" not in page_of(client, "/")


def test_every_answer_is_a_button_with_its_key_in_words(
    sent: Delivery, client: Client
) -> None:
    decided(sent)
    taken(sent)
    page = client.get(path_of(sent)).content.decode()
    part = page.partition("data-keys")[2].partition("</section>")[0]
    assert dict(re.findall(r'data-key="(.)">([^<]*)<', part)) == {
        "1": "Same person (1)",
        "2": "Two people (2)",
        "3": "Not sure (3)",
        "u": "Undo my last answer (U)",
    }


def test_answer_is_taken_back_and_given_again(sent: Delivery, client: Client) -> None:
    client.post(path_of(sent))
    for said in ("same", "different"):
        answer(client, sent, said)
    first = Repeat.objects.get(answer="same")
    assert client.post(path_of(sent), {"undo": ""}).status_code == 302
    assert not Repeat.objects.filter(answer="different").exists()
    assert client.post(path_of(sent), {"undo": first.code}).status_code == 302
    assert not Repeat.objects.exclude(answer="").exists()
    assert client.post(path_of(sent), {"undo": ""}).status_code == 422
    assert answer(client, sent, "same", first.code).status_code == 302


def test_answer_on_a_pair_that_is_not_shown_is_refused(
    sent: Delivery, client: Client
) -> None:
    client.post(path_of(sent))
    assert answer(client, sent, "same", "0" * 16).status_code == 409
    assert answer(client, sent, "perhaps").status_code == 422
    assert not Repeat.objects.exclude(answer="").exists()


def test_answers_that_contradict_are_refused_and_the_pair_stays(
    made: Agreement,
) -> None:
    child = town.children()[3]
    thrice = [replace(child, number=n) for n in (1, 2, 3)]
    sent = make.housing_list(made, town.tenants_csv(thrice))
    assert sent.n_repeats == 3
    client = make.signed_in(steward_of(sent))
    client.post(path_of(sent))
    for said in ("same", "same"):
        answer(client, sent, said)
    refused = answer(client, sent, "different")
    assert refused.status_code == 422
    assert "does not go with the others" in at_door.words(refused)
    assert Repeat.objects.filter(answer="").count() == 1
    assert answer(client, sent, "unsure").status_code == 302


def test_two_stewards_never_have_the_same_pair(
    made: Agreement, sent: Delivery, client: Client
) -> None:
    second = make.person("Seco Nd", sent.sender, Role.STEWARD)
    client.post(path_of(sent))
    make.signed_in(second).post(path_of(sent))
    assert len(set(Repeat.objects.values_list("code", "reader"))) == 2
    left = Repeat.objects.get(reader=steward_of(sent))
    Repeat.objects.filter(pk=left.pk).update(
        taken_at=clock.now() - repeats.KEPT_FOR * 2
    )
    other = make.signed_in(second)
    for _ in range(3):
        answer(other, sent, "same")
    left.refresh_from_db()
    assert left.reader == second


# Who may, and what is kept


def test_nobody_else_sees_a_pair(made: Agreement, sent: Delivery) -> None:
    decided(sent)
    for side, role in (
        ("district", Role.STEWARD),
        ("district", Role.ANALYST),
        ("pha", Role.DIRECTOR),
        ("pha", Role.COUNSEL),
    ):
        client = make.signed_in(make.who(made, side, role))
        assert client.get(path_of(sent)).status_code == 404, (side, role)
        assert client.post(path_of(sent)).status_code == 404
        assert client.post(path_of(sent, "link/")).status_code == 404
    assert Repeat.objects.count() == 1


def test_nobody_decides_during_a_pause_or_once_newer_records_came(
    made: Agreement, sent: Delivery, client: Client
) -> None:
    client.post(path_of(sent))
    superintendent = make.who(made, "district", Role.SUPERINTENDENT)
    terms.pause(agreement=made, actor=superintendent)
    assert client.get(path_of(sent)).status_code == 403
    assert client.post(path_of(sent)).status_code == 403
    terms.resume(agreement=made, actor=superintendent)
    assert client.get(path_of(sent)).status_code == 200
    make.housing_list(made)
    assert client.get(path_of(sent)).status_code == 409
    assert client.post(path_of(sent, "link/")).status_code == 409


def test_each_look_is_recorded_with_a_code_and_without_a_name(
    sent: Delivery, client: Client, caplog: Any
) -> None:
    with caplog.at_level(logging.INFO, logger="indicators.sight"):
        client.post(path_of(sent))
        client.get(path_of(sent))
        client.get(path_of(sent))
    repeat = Repeat.objects.get()
    entry = LedgerEntry.objects.get(act="indicators.look_at_repeat")
    assert entry.actor == f"user:{repeat.reader_id}"
    assert entry.detail == {"delivery": sent.pk, "pair": repeat.code}
    lines = [each.getMessage() for each in caplog.records]
    line = f"user {repeat.reader_id} sees pair {repeat.code} of delivery {sent.pk}"
    assert lines == [line, line]
    answer(client, sent, "same")
    child = _child_of(repeat)
    kept = repr(list(LedgerEntry.objects.values()))
    for rows in (Repeat.objects, Repeat.history, Delivery.objects):
        kept += repr(list(rows.values()))
    for name in (child.last, f"T{child.number}"):
        assert name not in kept


def test_page_is_kept_by_no_browser(sent: Delivery, client: Client) -> None:
    client.post(path_of(sent))
    assert "no-store" in client.get(path_of(sent))["Cache-Control"]


def test_pairs_are_destroyed_with_the_list(
    made: Agreement, sent: Delivery, client: Client, settings: Settings
) -> None:
    settings.DEMO = True
    decided(sent)
    clock.advance(days=60)
    obligations.fall_due()
    make.work_off()
    sent.refresh_from_db()
    assert not sent.holding.is_held
    assert client.get(path_of(sent)).status_code == 409
    with pytest.raises(RuleBroken):
        repeats.link_again(delivery=sent, actor=steward_of(sent))


def test_page_asks_no_more_often_as_answers_grow(
    sent: Delivery, client: Client
) -> None:
    decided(sent)
    taken(sent)
    few = n_queries(lambda: client.get(path_of(sent)))
    decided(sent)
    taken(sent)
    assert n_queries(lambda: client.get(path_of(sent))) == few
