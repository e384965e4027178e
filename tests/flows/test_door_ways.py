"""Whose files wait at the door, how they leave it, and what breaks in between."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import jobs
from accounts.models import LedgerEntry
from agreements import presets
from agreements.models import Agreement
from agreements.services import terms
from indicators.services import arrivals, deliveries, destruction, examination
from partnerships.roles import Role
from tests import make
from tests.support import town
from tests.support.at_door import (
    ATTESTED,
    arrival_at,
    committed,
    examined,
    examined_list,
    page_of,
    press,
    send,
    steward_of,
    stored,
    words,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

CHILDREN = town.children()
LIST = town.tenants_csv(CHILDREN)


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    made = make.agreement()
    make.add_places(made)
    return made.number


@pytest.fixture
def empty(number: str) -> Agreement:
    """Return an agreement in force under which nothing has arrived."""
    return Agreement.objects.get(number=number)


def wider(heading: str, value: str = "x", content: bytes = LIST) -> bytes:
    """Return a list with one more column, of one value in every row."""
    first, *rows = content.decode().splitlines()
    return listed([f"{first},{heading}", *(f"{row},{value}" for row in rows)])


def listed(lines: list[str]) -> bytes:
    """Return lines as a file."""
    return "\n".join(lines).encode()


def renamed(heading: str, to: str, content: bytes = LIST) -> bytes:
    """Return a list in which a column has another heading."""
    return content.replace(heading.encode(), to.encode(), 1)


# Who, and when


def test_others_find_nothing_at_an_arrivals_address(empty: Agreement) -> None:
    arrival = examined_list(empty, LIST)
    path = arrival.get_absolute_url()
    others = [
        ("district", Role.STEWARD),
        ("district", Role.ANALYST),
        ("pha", Role.DIRECTOR),
    ]
    for side, role in others:
        client = make.signed_in(make.who(empty, side, role))
        assert client.get(path).status_code == 404
        assert client.get(f"{path}rows-set-aside.csv").status_code == 404
        for button in ("answer", "forget", "load", "cancel"):
            assert client.post(f"{path}{button}/").status_code == 404
    arrival.refresh_from_db()
    assert arrival.state == "examined"


def test_list_is_loaded_only_without_protected_households(empty: Agreement) -> None:
    arrival = examined_list(empty, LIST)
    response = press(arrival, "load")
    assert response.status_code == 422
    assert "rotected household" in words(response)
    assert arrival.state == "examined"
    assert not empty.deliveries.exists()


def test_pause_after_the_examination_stops_loading(empty: Agreement) -> None:
    arrival = examined_list(empty, LIST)
    terms.pause(agreement=empty, actor=make.who(empty, "district", Role.SUPERINTENDENT))
    assert press(arrival, "load", **ATTESTED).status_code == 403
    assert press(arrival, "cancel").status_code == 302
    assert not empty.holdings.exists()


def test_end_of_the_agreement_erases_what_waits(empty: Agreement) -> None:
    before = stored()
    arrival = examined_list(empty, LIST)
    with committed():
        terms.terminate(
            agreement=empty,
            reason="The program closed.",
            actor=make.who(empty, "pha", Role.DIRECTOR),
        )
    arrival.refresh_from_db()
    assert arrival.state == "expired"
    assert stored() == before


# The ways out


def test_cancelled_files_leave_an_entry_and_nothing_else(empty: Agreement) -> None:
    before = stored()
    arrival = examined_list(empty, LIST)
    assert press(arrival, "cancel").status_code == 302
    assert stored() == before
    assert arrival.sealed == {}
    assert LedgerEntry.objects.filter(act="indicators.cancel_arrival").count() == 1
    assert "Nothing was kept" in page_of(arrival)
    assert press(arrival, "load", **ATTESTED).status_code == 409
    assert press(arrival, "cancel").status_code == 302  # as often as one likes


def test_files_are_erased_after_a_day(
    empty: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stored()
    kept = examined(empty, presets.STUDENT_RECORDS, town.student_files(CHILDREN))
    monkeypatch.setattr(arrivals, "LIFE", -arrivals.LIFE)
    arrival = examined_list(empty, LIST)
    with committed():
        make.minute()
    arrival.refresh_from_db()
    assert arrival.state == "expired"
    assert "Nobody loaded these files in time" in page_of(arrival)
    assert stored() > before
    press(kept, "cancel")
    assert stored() == before


def test_files_cancelled_while_they_are_read_are_never_examined(
    empty: Agreement,
) -> None:
    before = stored()
    arrival = arrival_at(
        send(empty, presets.HOUSING_LIST, {"tenants.csv": LIST})["Location"]
    )
    page = page_of(arrival)
    assert "Read headings and rows" in page
    assert "Refresh this page" in page
    press(arrival, "cancel")
    make.work_off()
    arrival.refresh_from_db()
    assert arrival.state == "cancelled"
    job = jobs.latest(examination.JOB, arrival)
    assert job is not None
    assert not job.is_open
    assert stored() == before


def test_files_cancelled_as_the_examination_ends_keep_nothing(
    empty: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stored()
    arrival = arrival_at(
        send(empty, presets.HOUSING_LIST, {"tenants.csv": LIST})["Location"]
    )
    counted = examination.counts

    def cancel_late(*args: Any, **options: Any) -> Any:
        press(arrival, "cancel")
        return counted(*args, **options)

    monkeypatch.setattr(examination, "counts", cancel_late)
    make.work_off()
    arrival.refresh_from_db()
    assert arrival.state == "cancelled"
    assert stored() == before


def test_the_same_files_lead_to_where_they_wait(empty: Agreement) -> None:
    first = examined_list(empty, LIST)
    before = stored()
    assert examined_list(empty, LIST) == first
    assert stored() == before
    second = examined_list(empty, town.tenants_csv(CHILDREN[1:]))
    first.refresh_from_db()
    assert (first.state, second.state) == ("replaced", "examined")
    assert "Newer files came" in page_of(first)


def test_loading_twice_is_loading_once(empty: Agreement) -> None:
    arrival = examined_list(empty, LIST)
    answers = [press(arrival, "load", **ATTESTED)["Location"] for _ in range(2)]
    assert len(set(answers)) == 1
    assert empty.deliveries.count() == 1
    assert arrival.delivery == empty.deliveries.get()
    same = send(empty, presets.HOUSING_LIST, {"tenants.csv": LIST})
    assert same["Location"] == answers[0]


# What breaks in between


def test_what_breaks_while_it_is_kept_keeps_nothing_and_can_be_loaded_again(
    empty: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrival = examined_list(empty, LIST)
    before = stored()

    def break_off(event: object) -> None:
        raise RuntimeError("the machine stopped")

    with monkeypatch.context() as patch:
        patch.setattr(deliveries.hooks, "publish", break_off)
        with pytest.raises(RuntimeError):
            press(arrival, "load", **ATTESTED)
    arrival.refresh_from_db()
    assert arrival.state == "examined"
    assert not empty.deliveries.exists()
    assert not empty.holdings.exists()
    assert stored() == before
    assert press(arrival, "load", **ATTESTED).status_code == 302


def test_what_breaks_while_it_is_examined_is_erased(
    empty: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stored()
    response = send(empty, presets.HOUSING_LIST, {"tenants.csv": LIST})

    def break_off(*args: object, **options: object) -> None:
        raise RuntimeError("the machine stopped")

    monkeypatch.setattr(examination, "found_in", break_off)
    with committed():
        make.work_off()
    arrival = arrival_at(response["Location"])
    assert arrival.state == "failed"
    assert "Something went wrong on our side" in page_of(arrival)
    assert stored() == before


def test_sweep_leaves_what_waits(
    empty: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(destruction, "GRACE", -destruction.GRACE)
    arrival = examined_list(empty, LIST)
    before = stored()
    swept = destruction.sweep()
    assert swept is not None
    assert swept.missing == ()
    assert stored() == before
    press(arrival, "cancel")


def test_lost_files_are_said_to_be_lost(empty: Agreement) -> None:
    arrival = examined_list(empty, LIST)
    for part in arrival.sealed.values():
        place = next(path for path in stored() if path.name == part["blob"])
        place.unlink()
    assert "cannot be opened any more" in page_of(arrival)
    assert press(arrival, "load", **ATTESTED).status_code == 409
    assert press(arrival, "answer").status_code == 409
    assert press(arrival, "cancel").status_code == 302


# The page itself


def test_page_asks_as_often_for_a_wide_list(empty: Agreement) -> None:
    client = steward_of(empty, presets.HOUSING_LIST)
    asked = []
    content = LIST
    for n in (1, 20):
        for number in range(n):
            content = wider(f"Nook {n} {number}", content=content)
        arrival = examined_list(empty, content)
        client.get(arrival.get_absolute_url())
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(arrival.get_absolute_url())
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_script_is_told_where_to_go(empty: Agreement) -> None:
    answer = send(
        empty, presets.HOUSING_LIST, {"tenants.csv": LIST}, accept="application/json"
    )
    assert answer.status_code == 200
    assert arrival_at(answer.json()["next"]).state == "waiting"


def test_home_and_data_page_name_what_waits(empty: Agreement) -> None:
    arrival = examined_list(empty, LIST)
    client = steward_of(empty, presets.HOUSING_LIST)
    for path in ("/", "/data/"):
        assert arrival.get_absolute_url() in client.get(path).content.decode()
    others = make.signed_in(make.who(empty, "district", Role.STEWARD))
    for path in ("/", "/data/"):
        assert arrival.get_absolute_url() not in others.get(path).content.decode()


def test_region_alone_is_sent_while_it_is_read(empty: Agreement) -> None:
    path = send(empty, presets.HOUSING_LIST, {"tenants.csv": LIST})["Location"]
    client = steward_of(empty, presets.HOUSING_LIST)
    region = client.get(path, headers={"HX-Request": "true"}).content.decode()
    assert region.lstrip().startswith('<div id="arrival" hx-get=')
    assert "<html" not in region
    make.work_off()
    region = client.get(path, headers={"HX-Request": "true"}).content.decode()
    assert "hx-get" not in region


def test_every_button_sends_the_forms_token(empty: Agreement) -> None:
    client = steward_of(empty, presets.HOUSING_LIST)
    wide = wider("Nook")
    path = send(empty, presets.HOUSING_LIST, {"tenants.csv": wide})["Location"]
    for n_forms in (2, 4):  # signing out, cancelling; then answering, loading
        page = client.get(path).content.decode()
        assert page.count('<form method="post"') == n_forms
        assert page.count("csrfmiddlewaretoken") == n_forms
        make.work_off()
