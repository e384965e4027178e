"""Clerical review: who reads which pair, what is seen, and what comes of it."""

import logging
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts import clock
from accounts.acts import Conflict, Refused, RuleBroken
from accounts.models import LedgerEntry, User
from agreements.services import obligations, terms
from indicators.models import LinkageRun, Reading
from indicators.services import reviewing
from partnerships.roles import Role
from tests import make
from tests.support import clerical, town
from tests.support.clerical import page_of, path_of, taken
from tests.support.counting import n_queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


@pytest.fixture(scope="module")
def key(past: Path) -> int:
    return clerical.linked().pk


@pytest.fixture
def run(key: int) -> LinkageRun:
    return LinkageRun.objects.get(pk=key)


@pytest.fixture
def first(run: LinkageRun) -> User:
    return clerical.readers(run)[0]


@pytest.fixture
def second(run: LinkageRun) -> User:
    return clerical.readers(run)[1]


# One pair at a time


def test_steward_reads_pairs_one_after_another(run: LinkageRun, first: User) -> None:
    client = make.signed_in(first)
    assert f'href="{path_of(run)}"' in page_of(client, f"/data/runs/{run.pk}/")
    pair = taken(client, run)
    page = page_of(client, pair)
    child = town.children()[clerical.number_of(Reading.objects.get())]
    for shown in (child.first, child.last, "Housing list", "Student records"):
        assert shown in page
    assert re.search(r'<th scope="row"[^>]*>Birth date</th>', page)
    answered = client.post(pair, {"answer": "same"})
    assert answered["Location"] not in (pair, path_of(run))
    assert Reading.objects.filter(answer="same").count() == 1
    assert "You have read 1." in page_of(client, answered["Location"])


def test_what_differs_is_said_in_words_and_no_score_is_shown(
    run: LinkageRun, first: User
) -> None:
    client = make.signed_in(first)
    pages: dict[int, str] = {}
    while not {clerical.RENAMED, 5} <= pages.keys():
        pair = taken(client, run)
        assert pair != path_of(run), "a pair has not come"
        shown = clerical.number_of(Reading.objects.get(answer=""))
        pages[shown] = page_of(client, pair)
        client.post(pair, {"answer": "same"})
    renamed = pages[clerical.RENAMED]
    assert '<td role="cell" data-label="How they compare">Different</td>' in renamed
    assert "Different: month and day" in pages[5]
    for page in pages.values():
        assert not re.search(r"probab|weight|percent|score|\b0\.\d", page)
        assert "tie" not in re.findall(r"\w+", page)


def test_who_cannot_tell_says_why_and_loses_nothing(
    run: LinkageRun, first: User
) -> None:
    client = make.signed_in(first)
    pair = taken(client, run)
    refused = client.post(pair, {"answer": "unsure"})
    assert refused.status_code == 422
    assert "Say why you cannot tell" in refused.content.decode()
    assert client.post(pair, {"reason": "twins"}).status_code == 422
    assert client.post(pair, {"answer": "unsure", "reason": "twins"}).status_code == 302
    assert Reading.objects.get(answer="unsure").reason == "twins"
    again = client.post(taken(client, run), {"answer": "same", "reason": "twins"})
    assert again.status_code == 302
    assert Reading.objects.get(answer="same").reason == ""


def test_undo_brings_the_last_pair_back(run: LinkageRun, first: User) -> None:
    client = make.signed_in(first)
    assert client.post(path_of(run, "next/"), {"undo": "1"}).status_code == 422
    pair = taken(client, run)
    client.post(pair, {"answer": "different"})
    undone = client.post(path_of(run, "next/"), {"undo": "1"})
    assert undone["Location"] == pair
    assert not Reading.objects.exclude(answer="").exists()
    client.post(pair, {"answer": "same"})
    assert client.post(pair, {"answer": "different"}).status_code == 409
    assert Reading.objects.get(pk=int(pair.split("/")[-2])).answer == "same"


def test_who_leaves_finds_the_same_pair_again(run: LinkageRun, first: User) -> None:
    pair = taken(make.signed_in(first), run)
    assert taken(make.signed_in(first), run) == pair
    assert Reading.objects.count() == 1


# Two people


def test_two_people_never_hold_the_same_reading(
    run: LinkageRun, first: User, second: User
) -> None:
    ones = taken(make.signed_in(first), run)
    others = taken(make.signed_in(second), run)
    assert ones != others
    assert make.signed_in(second).get(ones).status_code == 404
    assert make.signed_in(second).post(ones, {"answer": "same"}).status_code == 404
    readings = Reading.objects.all()
    assert len({(each.code, each.ordinal) for each in readings}) == 2


def test_left_pair_goes_to_the_next_person_after_a_while(
    run: LinkageRun, first: User, second: User
) -> None:
    left = reviewing.take_pair(run=run, actor=first)
    assert left is not None
    Reading.objects.filter(pk=left.pk).update(
        taken_at=clock.now() - reviewing.KEPT_FOR - timedelta(minutes=1)
    )
    clerical.read_all(run, second)
    left.refresh_from_db()
    assert left.reader == second
    with pytest.raises(Conflict, match="for too long"):
        reviewing.answer_pair(reading=left, answer="same", reason="", actor=first)


def test_second_reader_is_another_person_and_sees_no_first_answer(
    run: LinkageRun, first: User, second: User
) -> None:
    n_first = clerical.read_all(run, first, lambda _: "different")
    assert n_first == run.n_to_read
    assert 0 < run.n_readings - run.n_to_read < run.n_to_read
    client = make.signed_in(second)
    overview = page_of(client, path_of(run))
    assert "nobody is led" in overview
    assert "Not estimated" in overview
    assert "Links that are right" not in overview
    page = page_of(client, taken(client, run))
    assert "different people" not in page.replace("Different people (2)", "").lower()
    assert clerical.read_all(run, second) == run.n_readings - run.n_to_read
    for code in Reading.objects.filter(ordinal=2).values_list("code", flat=True):
        pair = Reading.objects.filter(code=code)
        assert {each.reader for each in pair} == {first, second}
    done = page_of(client, path_of(run))
    assert "who agreed on 0%" in done
    assert "No pair is left for you to read" in done


def test_agreement_is_told_when_all_is_read(
    run: LinkageRun, first: User, second: User
) -> None:
    def twins(reading: Reading) -> str:
        is_renamed = clerical.number_of(reading) % 10 == clerical.RENAMED
        return "different" if is_renamed else "same"

    clerical.read_all(run, first, twins)
    clerical.read_all(run, second, twins)
    page = page_of(make.signed_in(first), path_of(run))
    assert "who agreed on 100%" in page
    assert "Cohen's kappa): 1.00" in page
    assert re.search(r"<dt>Links that are right</dt><dd>100 percent</dd>", page)


def test_home_says_that_pairs_wait_until_they_are_read(
    run: LinkageRun, first: User, second: User
) -> None:
    client = make.signed_in(first)
    assert "Read pairs" in page_of(client, "/")
    assert "Read pairs" not in page_of(
        make.signed_in(make.who(run.agreement, "district", Role.ANALYST)), "/"
    )
    clerical.read_all(run, first)
    assert "Read pairs" not in page_of(client, "/")
    assert "Read pairs" in page_of(make.signed_in(second), "/")


def test_every_answer_is_a_button_with_its_key_in_words(
    run: LinkageRun, first: User
) -> None:
    client = make.signed_in(first)
    client.post(taken(client, run), {"answer": "same"})
    page = page_of(client, taken(client, run))
    keys = dict(re.findall(r'data-key="(.)">([^<]*)<', page))
    assert keys == {
        "1": "Same person (1)",
        "2": "Different people (2)",
        "3": "Cannot tell (3)",
        "u": "Undo my last answer (U)",
    }
    part = page.partition("data-keys")[2].partition("</section>")[0]
    assert part.count("data-key=") == len(keys)


# Who may


def test_only_who_links_and_is_on_the_list_sees_pairs(
    run: LinkageRun, first: User
) -> None:
    pair = taken(make.signed_in(first), run)
    made = run.agreement
    for side, role, status in (
        ("pha", Role.STEWARD, 404),
        ("pha", Role.DIRECTOR, 404),
        ("district", Role.ANALYST, 403),
        ("district", Role.SUPERINTENDENT, 404),
    ):
        client = make.signed_in(make.who(made, side, role))
        assert client.get(path_of(run)).status_code == status, (side, role)
        for part in ("next/", "use/"):
            assert client.post(path_of(run, part)).status_code == status
        assert client.get(pair).status_code == 404
    district = made.partnership.organisations.get(kind="district")
    late = make.signed_in(make.person("La Te", district, Role.STEWARD))
    assert late.get(path_of(run)).status_code == 403
    assert late.post(path_of(run, "next/")).status_code == 403


def test_nobody_reads_during_a_pause_or_after_the_end(
    run: LinkageRun, first: User
) -> None:
    client = make.signed_in(first)
    pair = taken(client, run)
    superintendent = make.who(run.agreement, "district", Role.SUPERINTENDENT)
    terms.pause(agreement=run.agreement, actor=superintendent)
    assert_closed(client, run, pair)
    terms.resume(agreement=run.agreement, actor=superintendent)
    assert client.get(pair).status_code == 200
    terms.terminate(agreement=run.agreement, reason="Done.", actor=superintendent)
    assert_closed(client, run, pair)


def assert_closed(client: Client, run: LinkageRun, pair: str) -> None:
    """Demand that no pair is shown and no answer taken."""
    for response in (
        client.get(path_of(run)),
        client.get(pair),
        client.post(path_of(run, "next/")),
        client.post(pair, {"answer": "same"}),
        client.post(path_of(run, "use/")),
    ):
        assert response.status_code in (403, 404)
    assert not Reading.objects.exclude(answer="").exists()


# What is kept, and what is not


def test_each_look_is_recorded_with_a_code_and_without_a_name(
    run: LinkageRun, first: User, caplog: Any
) -> None:
    client = make.signed_in(first)
    with caplog.at_level(logging.INFO, logger="indicators.sight"):
        pair = taken(client, run)
        client.get(pair)
        client.get(pair)
    reading = Reading.objects.get()
    entry = LedgerEntry.objects.filter(act="indicators.look_at_pair").get()
    assert entry.actor == f"user:{first.pk}"
    assert entry.detail == {"run": run.pk, "pair": reading.code}
    lines = [each.getMessage() for each in caplog.records]
    assert lines == [
        f"user {first.pk} sees pair {reading.code} of run {run.pk}" for _ in range(2)
    ]
    client.post(pair, {"answer": "same"})
    child = town.children()[clerical.number_of(reading)]
    kept = repr(list(LedgerEntry.objects.values())) + repr(
        list(Reading.objects.values())
    )
    kept += repr(list(Reading.history.values()))
    for name in (child.last, f"T{child.number}"):
        assert name not in kept
        assert name not in pair


def test_pages_with_records_are_kept_by_no_browser(
    run: LinkageRun, first: User
) -> None:
    client = make.signed_in(first)
    pair = taken(client, run)
    for response in (
        client.get(pair),
        client.post(pair, {"answer": "unsure"}),
        client.get(path_of(run)),
    ):
        assert "no-store" in response["Cache-Control"]


def test_pairs_are_destroyed_with_the_lists(
    run: LinkageRun, first: User, settings: Settings
) -> None:
    settings.DEMO = True
    client = make.signed_in(first)
    pair = taken(client, run)
    client.post(pair, {"answer": "same"})
    clock.advance(days=60)
    obligations.fall_due()
    make.work_off()
    run.refresh_from_db()
    assert run.review is not None
    assert not run.review.is_held
    for response in (client.get(path_of(run)), client.post(path_of(run, "next/"))):
        assert response.status_code in (403, 409)
    with pytest.raises((Refused, RuleBroken)):
        reviewing.use_readings(run=run, actor=first)


def test_pages_ask_no_more_often_as_answers_grow(run: LinkageRun, first: User) -> None:
    client = make.signed_in(first)
    pair = taken(client, run)
    client.post(pair, {"answer": "same"})
    few = n_queries(lambda: client.get(path_of(run)))
    few_pair = n_queries(lambda: client.get(taken(client, run)))
    for _ in range(8):
        client.post(taken(client, run), {"answer": "same"})
    assert n_queries(lambda: client.get(path_of(run))) == few
    assert n_queries(lambda: client.get(taken(client, run))) <= few_pair
