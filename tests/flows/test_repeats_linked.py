"""Records that are one person are linked as one, from the next linkage on."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.test import Client

from accounts import clock, ledger
from agreements import presets
from agreements.models import Agreement
from indicators.custody import vault
from indicators.models import Delivery, Repeat
from indicators.services import repeats, reviewing
from partnerships.roles import Role
from tests import make
from tests.support import clerical, repeating, town
from tests.support.repeating import (
    DOUBLED,
    answer,
    decided,
    newest,
    page_of,
    path_of,
    steward_of,
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


def test_same_person_is_one_from_the_next_linkage_on(
    made: Agreement, sent: Delivery, client: Client
) -> None:
    before = newest(made)
    client.post(path_of(sent))
    answer(client, sent, "unsure")
    assert "Link again" not in page_of(client, path_of(sent))
    for said in ("same", "different"):
        answer(client, sent, said)
    assert "does not follow all answers yet" in page_of(client, path_of(sent))
    assert client.post(path_of(sent, "link/")).status_code == 302
    assert "Link again" not in page_of(client, path_of(sent))
    assert client.post(path_of(sent, "link/")).status_code == 409
    make.work_off()
    after = newest(made)
    assert (after.state, after.counts["tenants"]) == ("linked", town.N_TENANTS + 2)
    assert after.counts["records put together"] == 1
    assert after.counts["perhaps one person twice"] == 1
    before.refresh_from_db()
    assert before.state == "superseded"
    assert client.post(path_of(sent, "link/")).status_code == 422
    assert made.runs.count() == 2
    assert list(ledger.verify()) == []


def test_person_is_counted_once_and_linked_once(
    made: Agreement, sent: Delivery
) -> None:
    decided(sent, n=3)
    repeats.link_again(delivery=sent, actor=steward_of(sent))
    make.work_off()
    run = newest(made)
    assert run.counts["accepted"] == sum(n for n, _, _ in town.SIZES)
    kept = clerical.held(run.crosswalk)
    cells = kept["cells"].to_pylist()
    n_sent = sum(row["n"] for row in cells if not row["dimension"])
    assert n_sent == town.N_TENANTS
    homes = clerical.held(run.linked)["tenancies"]["id"].to_pylist()
    assert len(set(homes)) == town.N_TENANTS
    linked = {row["housing_id"] for row in kept["pairs"].to_pylist()}
    gone = set(kept["tenants joined"]["id"].to_pylist())
    assert len(gone) == 3
    assert not linked & gone


def test_links_stay_as_they_were_when_pairs_are_read_later(
    made: Agreement, sent: Delivery
) -> None:
    decided(sent, n=3)
    repeats.link_again(delivery=sent, actor=steward_of(sent))
    make.work_off()
    run, steward = newest(made), make.who(made, "district", Role.STEWARD)
    n_linked = run.counts["accepted"]
    repeats.take_back(
        delivery=sent, code=Repeat.objects.all()[0].code, actor=steward_of(sent)
    )
    clerical.one_read(run, steward)
    reviewing.use_readings(run=run, actor=steward)
    make.work_off()
    run.refresh_from_db()
    assert run.message == ""
    assert run.counts["accepted"] == n_linked
    assert len(clerical.held(run.crosswalk)["tenants joined"]) == 3
    assert repeats.run_to_follow(sent) == run


def test_student_under_two_numbers_is_one_with_all_schools(made: Agreement) -> None:
    children = [child for child in town.children() if child.school]
    files = town.student_files(repeating.twice(children))
    sent = make.student_records(made, list(files.values()))
    make.work_off()
    assert sent.n_repeats == len(DOUBLED)
    apart = newest(made)
    assert apart.counts["perhaps one person twice"] == 2 * len(DOUBLED)
    decided(sent, n=3)
    repeats.link_again(delivery=sent, actor=steward_of(sent))
    make.work_off()
    run = newest(made)
    assert run.state == "linked", run.message
    assert run.counts["students"] == apart.counts["students"] - 3
    assert run.counts["with attendance"] == run.counts["accepted"]


def test_newer_list_asks_only_about_pairs_that_are_new_or_changed(
    made: Agreement, sent: Delivery, client: Client
) -> None:
    decided(sent, "same", n=3)
    children = [
        replace(child, building=town.children()[1].building, first="Xenia")
        if child.number % 1000 == DOUBLED[0]
        else child
        for child in repeating.twice(town.children(), [*DOUBLED, 5])
    ]
    newer = make.housing_list(made, town.tenants_csv(children))
    assert newer.n_repeats == 4
    assert newer.repeats.filter(answer="same").count() == 2
    make.work_off()
    assert newest(made).counts["records put together"] == 2
    assert newest(made).counts["perhaps one person twice"] == 2
    assert "2 of 4 decided" in page_of(client, path_of(newer))


def test_lost_list_is_no_obstacle_to_a_newer_one(
    made: Agreement, sent: Delivery
) -> None:
    decided(sent, "same", n=3)
    holding = sent.holding
    vault().destroy(
        str(holding.owner_id), key_id=holding.key, blob=holding.blob, now=clock.now()
    )
    newer = repeating.delivered(made, DOUBLED[:2])
    assert newer.n_repeats == 2
    assert newer.repeats.count() == 0
