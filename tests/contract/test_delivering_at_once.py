"""Two deliveries at once, and one as all ends: one outcome each, and no orphan."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from django.conf import settings
from django.urls import reverse

from accounts import clock, jobs
from agreements import presets
from agreements.models import Agreement, Obligation
from agreements.services import obligations, terms
from indicators.dropbox import server
from indicators.dropbox.session import RECEIPT, SEND_ATTESTED
from indicators.models import FeedDate
from indicators.models.arrivals import OPEN
from indicators.services import destruction, examination
from partnerships.roles import Role
from tests import make
from tests.contract.racing import (
    LATE,
    N_TIMES,
    WON,
    Begin,
    Race,
    acts_of,
    assert_whole,
    loading,
    n_times,
    people,
    posting,
    sending,
    statuses,
    together,
)
from tests.support import town
from tests.support.at_door import brought, waiting
from tests.support.dropping import Program, got, put

pytestmark = pytest.mark.prove  # fifty times each takes minutes

REFUSED = (403, 422)
WORDS = (
    "Sharing is paused",
    "No agreement in force covers this use today",
    "The agreement has ended",
)
UNHARMED = N_TIMES  # the repetition in which nothing else happens
N_PAIRS = N_TIMES // 2  # each is held against all that came before


def lists(n: int) -> list[bytes]:
    children = town.children()
    return [town.tenants_csv(children[i:] + children[:i]) for i in range(n)]


# Two at once


def waiting_for_a_list() -> None:
    made = make.agreement()
    agency = made.partnership.organisations.get(kind="pha")
    make.person("Sid Steward", agency, Role.STEWARD)
    make.student_records(made)


def test_two_lists_at_once_meet_at_the_door_and_one_waits(begin: Begin) -> None:
    race, last = begin(waiting_for_a_list), Counter[int]()
    with race.again(0) as chance:
        made = Agreement.objects.get()
        stewards = people(made, "pha", Role.STEWARD)
        contents = lists(2 * N_PAIRS)
        for i in range(N_PAIRS):
            pair = contents[2 * i : 2 * i + 2]
            acts = [sending(made, *each) for each in zip(stewards, pair, strict=True)]
            answers = together(chance, *acts)
            assert statuses(answers) == [WON, WON]
            waits = made.arrivals.get(state="waiting")
            assert made.arrivals.filter(state="replaced").count() == i + 1
            doors = [answer["Location"] for answer in answers]
            last[doors.index(waits.get_absolute_url())] += 1
            make.work_off()
            waits.refresh_from_db()
            loads = [loading(waits, each) for each in stewards]
            assert WON in statuses(together(chance, *loads))
            came = made.deliveries.filter(flow=presets.HOUSING_LIST)
            assert came.count() == i + 1
            standing = came.get(state="accepted")
            assert standing == came.latest("pk")
            assert all(n_times(row, "replaced") <= 1 for row in came)
            newest = made.runs.first()
            assert newest is not None
            assert newest.tenants == standing
            assert FeedDate.objects.filter(flow=presets.HOUSING_LIST).count() == 1
            assert_whole()
        assert len(acts_of(made, "indicators.receive")) == 1 + N_PAIRS
    assert len(+last) == 2


# As everything ends


def twice_as_long_as_loading(race: Race, content: bytes) -> float:
    """Return within how many seconds the end comes, so that either may be first."""
    with race.again(UNHARMED):
        made = Agreement.objects.get()
        arrival = waiting(made, presets.HOUSING_LIST, content)
        load = loading(arrival, make.who(made, "pha", Role.STEWARD))
        began = time.monotonic()
        assert load().status_code in (WON, LATE)
        return 2 * (time.monotonic() - began)


def nothing_came() -> None:
    make.add_places(make.agreement())


def terminated(made: Agreement) -> Callable[[], object]:
    head = make.who(made, "district", Role.SUPERINTENDENT)
    path = reverse("change_course", args=[made.number, "end"])
    return posting(head, path, reason="It is over.")


def expired(made: Agreement) -> Callable[[], object]:
    def pass_the_last_day() -> None:
        assert made.ends_on is not None
        clock.advance(days=(made.ends_on - clock.today()).days + 2)
        terms.expire_lapsed()

    return pass_the_last_day


def paused(made: Agreement) -> Callable[[], object]:
    head = make.who(made, "district", Role.SUPERINTENDENT)
    return posting(head, reverse("change_course", args=[made.number, "pause"]))


def test_a_list_comes_as_the_agreement_ends(begin: Begin) -> None:
    race, seen = begin(nothing_came), Counter[tuple[str, int]]()
    ways = (terminated, expired, paused)
    (content,) = lists(1)
    longest = twice_as_long_as_loading(race, content)
    for i in range(N_TIMES):
        way = ways[i % len(ways)]
        with race.again(i) as chance:
            made = Agreement.objects.get()
            arrival = waiting(made, presets.HOUSING_LIST, content)
            load = loading(arrival, make.who(made, "pha", Role.STEWARD))
            spread = [0.02, longest]
            answer, _ = together(chance, load, way(made), spread=spread)
            seen[way.__name__, answer.status_code] += 1
            made.refresh_from_db()
            # Late: the end was first, and let go of what waited at the door.
            assert answer.status_code in (WON, LATE, *REFUSED)
            if answer.status_code in REFUSED:
                said = answer.content.decode()
                assert any(words in said for words in WORDS), said
            n_kept = int(answer.status_code == WON)
            assert made.deliveries.count() == n_kept
            assert made.holdings.filter(state="held").count() == n_kept
            assert made.state == ("ended" if way is not paused else "paused")
            still_waits = made.arrivals.filter(state__in=OPEN).exists()
            assert still_waits == (way is paused and not n_kept)
            assert_whole()
    assert {status == WON for _, status in seen} == {True, False}


def lists_are_due() -> None:
    made = make.agreement()
    make.linked(made)
    clock.advance(days=45)
    obligations.fall_due()


def test_a_list_comes_as_lists_are_destroyed(begin: Begin) -> None:
    race, seen = begin(lists_are_due), Counter[int | str]()
    content = lists(3)[-1]
    longest = twice_as_long_as_loading(race, content)
    for i in range(N_TIMES):
        with race.again(i) as chance:
            made = Agreement.objects.get()
            (duty,) = made.obligations.filter(kind=Obligation.Kind.LINKING_LIST)
            destroy = partial(jobs.run, jobs.latest(destruction.JOB, duty).pk)
            arrival = brought(made, presets.HOUSING_LIST, content)
            jobs.run(jobs.latest(examination.JOB, arrival).pk)  # and not what is due
            load = loading(arrival, make.who(made, "pha", Role.STEWARD))
            spread = [0.02, longest]
            answer, _ = together(chance, load, destroy, spread=spread)
            duty.refresh_from_db()
            assert duty.state == "discharged"
            before = made.holdings.filter(created_at__lt=duty.discharged_at)
            before = before.exclude(kind="linked")
            if answer.status_code == WON:
                row = made.deliveries.latest("pk")
                seen[row.state] += 1
                assert row.state == ("accepted" if row.holding.is_held else "destroyed")
                assert row.holding.is_held or row.holding in before
            else:
                seen[answer.status_code] += 1
                assert answer.status_code == LATE
                assert b"being destroyed at this moment" in answer.content
                assert made.deliveries.count() == 2
            held = before.filter(state="held")
            assert not held.exists() or answer.status_code == WON
            assert_whole()
    assert len(seen) > 1


# Two sessions of the drop box


def two_programs_know_the_door() -> None:
    make.add_places(make.agreement())


async def dropped(program: Program, port: int, content: bytes) -> str:
    """Return the receipt that one session reads after it has sent its list."""
    async with (
        program.connected(port) as connection,
        connection.start_sftp_client() as client,
    ):
        (folder,) = await client.listdir("/")
        await put(client, f"{folder}/list.csv", content)
        await put(client, f"{folder}/{SEND_ATTESTED}")
        return await got(client, f"{folder}/{RECEIPT}")


async def both_dropped(program: Program, contents: list[bytes]) -> list[str]:
    listening = await server.listen(
        host="127.0.0.1", port=0, directory=settings.SFTP_DIR
    )
    try:
        port = listening.get_port()
        sessions = [dropped(program, port, content) for content in contents]
        return list(await asyncio.wait_for(asyncio.gather(*sessions), 60))
    finally:
        listening.close()
        await listening.wait_closed()


def test_two_sessions_of_the_drop_box_at_once(begin: Begin) -> None:
    race, contents = begin(two_programs_know_the_door), lists(2)
    for i in range(10):
        are_same = i % 2 == 0
        with race.again(i):
            made = Agreement.objects.get()
            program = Program(made)
            sent = [contents[0], contents[0 if are_same else 1]]
            receipts = asyncio.run(both_dropped(program, sent))
            assert all(each.startswith("Delivery: ") for each in receipts)
            states = sorted(made.deliveries.values_list("state", flat=True))
            assert states == (["accepted"] if are_same else ["accepted", "replaced"])
            n_acts = len(acts_of(made, "indicators.receive"))
            assert n_acts == (1 if are_same else 2)
            assert_whole()


def test_a_session_that_is_cut_off_leaves_nothing(begin: Begin) -> None:
    race, (content,) = begin(two_programs_know_the_door), lists(1)

    async def cut_off(program: Program) -> str:
        listening = await server.listen(
            host="127.0.0.1", port=0, directory=settings.SFTP_DIR
        )
        port = listening.get_port()
        connection = await program.connected(port)
        client = await connection.start_sftp_client()
        (folder,) = await client.listdir("/")
        await put(client, f"{folder}/list.csv", content)
        connection.abort()
        receipt = await dropped(program, port, content)
        listening.close()
        await listening.wait_closed()
        return receipt

    with race.again(0):
        made = Agreement.objects.get()
        assert asyncio.run(cut_off(Program(made))).startswith("Delivery: ")
        assert made.deliveries.count() == 1
        assert_whole()
