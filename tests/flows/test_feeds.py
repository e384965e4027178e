"""What is due again and again arrives, comes late, or is missed and told of once."""

from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from accounts import clock, ledger
from accounts.models import LedgerEntry
from agreements import presets
from agreements.models import Agreement, DataFlow
from agreements.rules.vocabulary import AgreementKind, Frequency
from agreements.services import changing, drafting, sections, terms
from indicators.models import FeedDate
from indicators.queries import feed_of, sender_today
from indicators.services import feeds
from indicators.services.withdrawing import withdraw_delivery
from partnerships.models import Notice
from partnerships.roles import Role
from tests import make
from tests.support import town
from tests.support.counting import n_queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.agreement().number


@pytest.fixture
def made(number: str, settings: Settings) -> Agreement:
    settings.DEMO = True
    return Agreement.objects.get(number=number)


@pytest.fixture
def flow(made: Agreement) -> DataFlow:
    return made.flows.get(key=presets.HOUSING_LIST)


def go_to(flow: DataFlow, day: date) -> None:
    clock.advance(days=(day - sender_today(flow)).days)


def first_due(flow: DataFlow) -> date:
    return next(feed_of(flow).due_dates())


def dates_of(flow: DataFlow) -> list[tuple[date, str]]:
    rows = FeedDate.objects.filter(agreement=flow.agreement, flow=flow.key)
    return [(row.due_on, row.state) for row in rows]


def miss_first(flow: DataFlow) -> date:
    due_on = first_due(flow)
    go_to(flow, due_on)
    feeds.record_misses()
    assert dates_of(flow) == []  # the day itself is not over
    clock.advance(days=1)
    feeds.record_misses()
    return due_on


def told_of(flow: DataFlow) -> list[str]:
    notices = Notice.objects.filter(key__startswith=f"feed:{flow.pk}:")
    return sorted(notice.recipient.name for notice in notices)


def page_of(made: Agreement, path: str, side: str = "pha") -> str:
    client = make.signed_in(make.who(made, side, Role.STEWARD))
    return client.get(path).content.decode()


def test_a_delivery_arrives_for_its_date(flow: DataFlow) -> None:
    delivery = make.housing_list(flow.agreement)
    (row,) = FeedDate.objects.filter(flow=flow.key)
    assert (row.due_on, row.state) == (first_due(flow), "arrived")
    assert (row.came_on, row.delivery) == (sender_today(flow), delivery)
    go_to(flow, first_due(flow))
    clock.advance(days=1)
    feeds.record_misses()
    assert told_of(flow) == []
    assert "Missed" not in page_of(flow.agreement, "/data/")


def test_a_miss_is_told_once_to_both_sides_and_shown(flow: DataFlow) -> None:
    due_on = miss_first(flow)
    n_entries = LedgerEntry.objects.count()
    feeds.record_misses()
    clock.advance(days=1)
    feeds.record_misses()
    assert LedgerEntry.objects.count() == n_entries
    assert dates_of(flow) == [(due_on, "missed")]
    assert told_of(flow) == ["Sam Steward", "Stevie Steward"]
    entry = LedgerEntry.objects.filter(
        act="indicators.miss_delivery", detail__flow=flow.key
    ).get()
    assert entry.actor == "system:C49"
    assert list(ledger.verify()) == []
    spoken = f"{due_on:%B} {due_on.day}, {due_on.year}"
    for side in ("pha", "district"):
        text = page_of(flow.agreement, "/data/", side)
        assert f"Missed: it was due on {spoken}" in text
    receipt = page_of(flow.agreement, f"/data/flows/{flow.pk}/load/")
    assert "Sam Steward, Stevie Steward" in receipt
    assert "Missed" in page_of(flow.agreement, "/dates/")
    assert "Missed" in page_of(flow.agreement, flow.agreement.get_absolute_url())
    assert "Load data" in page_of(flow.agreement, "/")


def test_what_comes_late_counts_for_the_missed_date(flow: DataFlow) -> None:
    due_on = miss_first(flow)
    make.housing_list(flow.agreement)
    assert dates_of(flow) == [(due_on, "late")]
    assert "Came late on" in page_of(flow.agreement, f"/data/flows/{flow.pk}/load/")


def test_the_same_files_again_are_an_arrival_of_the_next_date(
    flow: DataFlow, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = town.tenants_csv(town.children())
    delivery = make.housing_list(flow.agreement, content)
    due_on = first_due(flow)
    row = FeedDate.objects.get(flow=flow.key)
    later = due_on.replace(year=due_on.year + 1)
    monkeypatch.setattr("indicators.feeds.Feed.counts_for", lambda *_, **__: later)
    client = make.signed_in(make.who(flow.agreement, "pha", Role.STEWARD))
    for _ in range(2):
        answer = client.post(
            f"/data/flows/{flow.pk}/load/",
            {"content": again(content), "attests_exclusions": "on"},
        )
        assert answer["Location"] == f"/data/deliveries/{delivery.pk}/"
    newest, first = FeedDate.objects.filter(flow=flow.key)
    assert first == row
    assert (newest.due_on, newest.state, newest.is_unchanged) == (
        later,
        "arrived",
        True,
    )
    assert newest.delivery == delivery
    acts = LedgerEntry.objects.filter(act="indicators.receive_again")
    assert acts.count() == 1


def again(content: bytes) -> BytesIO:
    file = BytesIO(content)
    file.name = "tenants.csv"
    return file


def test_nothing_is_told_after_the_end(flow: DataFlow) -> None:
    go_to(flow, first_due(flow))
    terms.terminate(
        agreement=flow.agreement,
        reason="The program closed.",
        actor=make.who(flow.agreement, "pha", Role.DIRECTOR),
    )
    clock.advance(days=1)
    feeds.record_misses()
    assert dates_of(flow) == []
    assert told_of(flow) == []
    assert "Awaited" not in page_of(flow.agreement, "/data/")
    assert "Awaited" not in page_of(flow.agreement, "/dates/")


def test_nothing_is_told_during_a_pause_nor_long_after_it(flow: DataFlow) -> None:
    director = make.who(flow.agreement, "pha", Role.DIRECTOR)
    terms.pause(agreement=flow.agreement, actor=director)
    miss_first(flow)
    assert dates_of(flow) == []
    clock.advance(days=90)
    terms.resume(agreement=flow.agreement, actor=director)
    feeds.record_misses()
    assert dates_of(flow) == []


def test_a_due_date_has_one_row(flow: DataFlow) -> None:
    miss_first(flow)
    row = FeedDate.objects.get(flow=flow.key)
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        FeedDate.objects.bulk_create([row])


def test_pages_ask_as_often_for_one_feed_as_for_many(flow: DataFlow) -> None:
    clients = [
        (make.signed_in(make.who(flow.agreement, "pha", Role.STEWARD)), path)
        for path in ("/data/", "/dates/", "/", flow.agreement.get_absolute_url())
    ]

    def asked() -> list[int]:
        return [n_queries(lambda c=c, p=p: c.get(p)) for c, p in clients]  # type: ignore[misc]

    miss_first(flow)
    asked()
    before = asked()
    make.agreement(flow.agreement.partnership)
    clock.advance(days=1)
    feeds.record_misses()
    assert asked() == before


def amended(flow: DataFlow, frequency: str) -> None:
    """Let an executed amendment change how often a flow moves."""
    made = flow.agreement
    director = make.who(made, "pha", Role.DIRECTOR)
    draft = changing.start_change(
        agreement=made, kind=AgreementKind.AMENDMENT, actor=director
    )
    sections.save_flow(
        flow=draft.flows.get(key=flow.key),
        values={"frequency": frequency},
        actor=director,
    )
    drafting.record_finding(
        agreement=draft,
        party=flow.sender,
        ground="program_purpose",
        reason="It plans services for residents.",
        actor=make.holder(flow.sender, Role.COUNSEL),
    )
    make.sent_and_signed(draft)


def test_dates_follow_an_amendment(flow: DataFlow) -> None:
    before = feed_of(flow)
    assert before.frequency is Frequency.YEARLY
    amended(flow, Frequency.MONTHLY.value)
    flow.refresh_from_db()
    assert feed_of(flow).frequency is Frequency.MONTHLY
    assert len(list(feed_of(flow).due_dates())) > len(list(before.due_dates()))
    said = f"{flow.sender.name}, {Frequency.MONTHLY}"
    assert said in page_of(flow.agreement, "/data/")
    due_on = miss_first(flow)
    assert dates_of(flow) == [(due_on, "missed")]
    make.housing_list(flow.agreement)
    assert dates_of(flow) == [(due_on, "late")]


def test_what_moves_once_by_an_amendment_is_due_no_more(flow: DataFlow) -> None:
    due_on = first_due(flow)
    amended(flow, Frequency.ONCE.value)
    go_to(flow, due_on)
    clock.advance(days=1)
    feeds.record_misses()
    assert dates_of(flow) == []
    assert told_of(flow) == []


# What turned out to be wrong


def withdrawn(flow: DataFlow) -> None:
    row = flow.agreement.deliveries.get(flow=flow.key, state="accepted")
    steward = make.holder(flow.sender, Role.STEWARD)
    withdraw_delivery(delivery=row, wrong="period", actor=steward)


def test_a_withdrawn_delivery_leaves_its_date_awaited(flow: DataFlow) -> None:
    make.housing_list(flow.agreement)
    withdrawn(flow)
    due_on = first_due(flow)
    assert dates_of(flow) == [(due_on, "due")]
    assert miss_first_after(flow, due_on) == [(due_on, "missed")]
    assert told_of(flow) == ["Sam Steward", "Stevie Steward"]
    make.housing_list(flow.agreement)
    assert dates_of(flow) == [(due_on, "late")]
    withdrawn(flow)
    assert dates_of(flow) == [(due_on, "missed")]
    assert list(ledger.verify()) == []


def miss_first_after(flow: DataFlow, due_on: date) -> list[tuple[date, str]]:
    go_to(flow, due_on)
    clock.advance(days=1)
    feeds.record_misses()
    return dates_of(flow)


def test_the_right_files_count_for_the_date_of_the_wrong(flow: DataFlow) -> None:
    make.housing_list(flow.agreement)
    withdrawn(flow)
    make.housing_list(flow.agreement)
    assert dates_of(flow) == [(first_due(flow), "arrived")]


def test_a_stranger_sees_no_feed(flow: DataFlow) -> None:
    miss_first(flow)
    other = make.organisation(name="Elsewhere Housing")
    client = make.signed_in(make.person("Else Where", other, Role.STEWARD))
    for path in ("/data/", "/dates/"):
        assert "Missed" not in client.get(path).content.decode()
