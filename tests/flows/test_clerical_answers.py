"""What comes of reading pairs: other links, the next run, rates, and releases."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from accounts import ledger
from accounts.acts import Conflict
from accounts.models import User
from indicators.models import LinkageRun, Reading
from indicators.services import reviewing
from partnerships.roles import Role
from tests import make
from tests.support import clerical, town
from tests.support.clerical import page_of, path_of

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


def test_answers_change_the_links_and_their_totals(
    run: LinkageRun, first: User
) -> None:
    before = dict(run.counts)
    waiting = before["to review"]
    assert waiting > 0
    wrong: list[int] = []

    def says(reading: Reading) -> str:
        number = clerical.number_of(reading)
        if number % 10 == clerical.RENAMED:
            return "same"
        if not wrong:
            wrong.append(number)
        return "different" if number in wrong else "same"

    clerical.read_all(run, first, says)
    client = make.signed_in(first)
    assert "The links do not follow all answers yet" in page_of(client, path_of(run))
    assert client.post(path_of(run, "use/")).status_code == 302
    assert "A worker links by the answers" in page_of(client, path_of(run))
    make.work_off()
    run.refresh_from_db()
    assert run.counts["accepted"] == before["accepted"] + waiting - 1
    assert run.counts["to review"] == 0
    pairs = clerical.held(run.crosswalk)["pairs"].to_pylist()
    bands = {int(row["student_id"]): row["band"] for row in pairs}
    assert bands[clerical.RENAMED] == "accept"
    assert bands[wrong[0]] == "reject"
    assert clerical.held(run.linked)["days"].num_rows == run.counts["with attendance"]
    assert "The links follow all answers" in page_of(client, path_of(run))
    assert client.post(path_of(run, "use/")).status_code == 422
    assert list(ledger.verify()) == []


@pytest.mark.prove
def test_answer_that_is_taken_back_is_taken_back_from_the_links(
    run: LinkageRun, first: User
) -> None:
    before = run.counts["accepted"]
    reading = reviewing.take_pair(run=run, actor=first)
    assert reading is not None
    is_waiting = clerical.number_of(reading) % 10 == clerical.RENAMED
    answer = "same" if is_waiting else "different"
    reviewing.answer_pair(reading=reading, answer=answer, reason="", actor=first)
    changed = before + 1 if is_waiting else before - 1
    for expected in (changed, before):
        reviewing.use_readings(run=run, actor=first)
        make.work_off()
        run.refresh_from_db()
        assert run.counts["accepted"] == expected
        if expected == changed:
            reviewing.undo_reading(run=run, actor=first)


@pytest.mark.prove
def test_next_run_of_unchanged_records_starts_with_the_answers(
    run: LinkageRun, first: User
) -> None:
    n_waiting = run.counts["to review"]
    clerical.read_all(run, first)
    changed = clerical.RENAMED
    clerical.deliver(
        run.agreement,
        [
            replace(each, first="Olga") if each.number == changed else each
            for each in clerical.CHILDREN
            if each.number != clerical.CHILDREN[0].number
        ],
    )
    run.refresh_from_db()
    newest = run.agreement.runs.first()
    assert run.state == "superseded"
    assert newest.counts["accepted"] == run.counts["accepted"] + n_waiting - 2
    assert newest.counts["to review"] == 1
    assert newest.n_to_read == 1
    reading = reviewing.take_pair(run=newest, actor=first)
    assert reading is not None
    assert clerical.number_of(reading) == changed
    with pytest.raises(Conflict, match="a newer one replaced it"):
        reviewing.take_pair(run=run, actor=first)


def test_release_carries_what_was_learned_of_the_linkage(
    run: LinkageRun, first: User
) -> None:
    analyst = make.signed_in(make.who(run.agreement, "district", Role.ANALYST))
    assert "has not been estimated" in page_of(analyst, f"/data/runs/{run.pk}/")
    clerical.read_all(run, first)
    reviewing.use_readings(run=run, actor=first)
    make.work_off()
    run.refresh_from_db()
    assert run.quality == {"right": [100, 100], "found": [100, 100]}
    release = make.released(run)
    agency = make.signed_in(make.who(run.agreement, "pha", Role.DIRECTOR))
    said = "Of the links behind these rates, 100 percent are right"
    for path in (release.get_absolute_url(), f"/dashboards/{release.pk}/"):
        assert said in page_of(agency, path)
    file = page_of(agency, f"/dashboards/{release.pk}/building.csv")
    assert said in file
    assert f"{run.n_to_read} " not in page_of(agency, f"/dashboards/{release.pk}/")
    assert agency.get(f"/data/runs/{run.pk}/").status_code == 404


def test_rates_are_told_by_group_to_who_may_see_records(
    run: LinkageRun, first: User
) -> None:
    page = page_of(make.signed_in(first), path_of(run))
    for caption in ("by building", "by age on the last school day", "type of surname"):
        assert f"Children sent and linked, {caption}" in page or caption in page
    name = town.BUILDINGS["WA001000073"]
    row = re.search(rf'<th scope="row"[^>]*>{name}</th>(.*?)</tr>', page, re.DOTALL)
    assert row
    sent, *_ = re.findall(r"<td[^>]*>([^<]*)</td>", row[1])
    building = [c for c in clerical.CHILDREN if c.building == "WA001000073"]
    assert int(sent) == len(building)
    assert "by sex" not in page  # the agency's list holds none
