"""Names stay in the vault, whatever is refused or killed; work is done exactly once."""

import csv
import io
import json
import os
import signal
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from accounts.jobs import LEASE_SECONDS
from config.env import UPLOAD_CAP_BYTES
from tests.browser.site import (
    HOUSING,
    SCHOOL,
    STUDENTS,
    Linking,
    Site,
    Stored,
    until,
)
from tests.support import canaries
from tests.support.http import File, Visitor, words

pytestmark = pytest.mark.browser

MOST_WEB_BYTES = 500 * 1024**2
SECOND_ATTEMPT_SECONDS = LEASE_SECONDS + 40.0
COMPARING, SEALING = "Find pairs worth comparing", "Seal the result in the vault"


@dataclass(frozen=True, slots=True)
class Killed:
    """What was seen when the worker was killed in the middle of linking.

    n_messages: in the queue before the worker took them. unrecorded: sealed copies
    that nothing named yet. traces: of names, by moment.
    """

    linking: Linking
    n_messages: int
    unrecorded: frozenset[str]
    traces: dict[str, list[str]]


@pytest.fixture(scope="module")
def killed(site: Site) -> Killed:
    """Both sides load; the worker dies while it seals the result; work is taken up."""
    traces = {}
    site.pause_worker()
    assert site.load_housing(site.planted_file(HOUSING)).status == 302
    assert site.load_school().status == 302
    n_messages = len(site.names("broker/queue"))
    traces["in the queue"] = site.traces()
    before = site.names("vault/blobs")
    site.signal_worker(signal.SIGCONT)
    until(lambda: COMPARING in site.linking().steps)
    site.signal_worker(signal.SIGSTOP)
    traces["while comparing"] = site.traces()
    site.signal_worker(signal.SIGCONT)
    until(lambda: site.names("vault/blobs") - before)
    site.signal_worker(signal.SIGSTOP)
    linking = site.linking()
    assert linking.state == "running", "the worker was too fast to be caught at work"
    unrecorded = site.names("vault/blobs") - before
    site.homeroom.kill("worker")
    traces["after the kill"] = site.traces()
    until(
        lambda: site.linking().state == "done",
        seconds=SECOND_ATTEMPT_SECONDS,
        every=0.25,
    )
    return Killed(linking, n_messages, unrecorded, traces)


def _rows_of(site: Site) -> list[list[str]]:
    return list(csv.reader(io.StringIO(site.files[HOUSING])))


def _typed(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _empty(site: Site) -> bytes:
    return b""


def _in_windows_1252(site: Site) -> bytes:
    return site.files[HOUSING].encode("windows-1252")


def _with_a_column_too_many(site: Site) -> bytes:
    headings, *rows = _rows_of(site)
    wider = [[*headings, "phone"], *([*row, "555-0100"] for row in rows)]
    return _typed(wider).encode()


def _without_headings(site: Site) -> bytes:
    _, *rows = _rows_of(site)
    rare = {surname.casefold() for surname in canaries.SURNAMES}
    rows.sort(key=lambda row: row[3].casefold() not in rare or "" in row)
    return _typed(rows).encode()


REFUSALS: dict[Callable[[Site], bytes], str] = {
    _empty: "The file is empty",
    _in_windows_1252: "letters that are not valid UTF-8",
    _with_a_column_too_many: "The agreement does not list “phone”",
    _without_headings: "The first line does not hold the expected headings",
}


@pytest.mark.parametrize("content", REFUSALS)
def test_refused_list_says_why_and_leaves_nothing(
    site: Site, content: Callable[[Site], bytes]
) -> None:
    before = site.stored()
    file = File.of(f"{canaries.SURNAMES[1]}.csv", content(site))
    page = site.load_housing(file)
    assert page.status == 422
    assert REFUSALS[content] in words(page)
    assert "Load data" in words(page)
    until(lambda: site.stored() == before)
    assert site.traces() == []


def test_refused_student_records_say_why_and_leave_nothing(site: Site) -> None:
    before = site.stored()
    broken = site.files[STUDENTS].encode()[:-100]
    others = [site.planted_file(name) for name in SCHOOL if name != STUDENTS]
    path = site.load_path(site.district)
    page = site.district.upload(path, [*others, File.of(STUDENTS, broken)])
    assert page.status == 422
    assert "not well-formed XML" in words(page)
    until(lambda: site.stored() == before)
    assert site.traces() == []


def test_list_over_the_cap_is_cut_off_and_leaves_nothing(site: Site) -> None:
    before = site.stored()
    content = site.files[HOUSING].encode()
    n_copies = UPLOAD_CAP_BYTES // len(content) + 1
    blocks = (content for _ in range(n_copies))
    page = site.load_housing(File(HOUSING, n_copies * len(content), blocks))
    assert page.status == 413
    assert "There is a problem The upload is larger than 150 MB" in words(page)
    until(lambda: site.stored() == before)
    assert site.traces() == []
    assert site.homeroom.largest_bytes("web") < MOST_WEB_BYTES


def test_killed_web_leaves_an_upload_that_nobody_can_read(site: Site) -> None:
    before = site.stored()
    content = site.files[HOUSING].encode()
    file = File(HOUSING, 400 * len(content), (content for _ in range(400)))
    path = site.load_path(site.housing)
    with site.housing.uploading(path, [file]) as (connection, blocks):
        for _ in range(200):
            connection.send(next(blocks))
        until(lambda: _arriving_bytes(site, before) > 1024**2)
        in_flight = site.traces()
        site.homeroom.kill("web")
    when_dead, left = site.traces(), site.stored()
    site.homeroom.wait_until_well()
    assert (in_flight, when_dead) == ([], [])
    assert len(left.incoming - before.incoming) == 1
    assert replace(left, incoming=before.incoming) == before
    site.sweep()
    assert site.names("vault/incoming") == frozenset()


def _arriving_bytes(site: Site, before: Stored) -> int:
    folder = site.home / "vault" / "incoming"
    return sum(
        (folder / name).stat().st_size
        for name in site.names("vault/incoming") - before.incoming
    )


def test_worker_was_killed_in_the_middle_of_linking(killed: Killed) -> None:
    assert killed.linking.attempts == 1
    assert killed.linking.steps[-1] == SEALING
    assert killed.unrecorded != frozenset()


def test_killed_worker_leaks_nothing(killed: Killed) -> None:
    assert killed.n_messages > 0
    assert killed.traces == {
        "in the queue": [],
        "while comparing": [],
        "after the kill": [],
    }


def test_killed_linking_is_finished_exactly_once(site: Site, killed: Killed) -> None:
    run, second = killed.linking.run, site.linking()
    assert (second.run, second.state, second.attempts) == (run, "done", 2)
    assert second.fence > killed.linking.fence
    assert site.rows(
        "select id, state, crosswalk_id is not null, linked_id is not null"
        " from indicators_linkagerun"
    ) == [(run, "linked", 1, 1)]
    assert site.rows(
        "select kind, count(*) from indicators_holding group by kind order by kind"
    ) == [("crosswalk", 1), ("linked", 1), ("students", 1), ("tenants", 1)]
    assert site.rows(
        "select subject from accounts_ledgerentry where act = 'indicators.link'"
    ) == [(f"indicators.linkagerun:{run}",)]
    assert "intact" in site.homeroom.manage("verify_ledger")


def test_killed_linking_leaves_nothing_half_written(site: Site, killed: Killed) -> None:
    held = site.rows("select blob, key from indicators_holding where state = 'held'")
    assert site.names("vault/blobs") >= killed.unrecorded
    assert site.sweep() == 0
    assert site.names("vault/blobs") == {blob for blob, _ in held}
    assert site.names("keystore/keys") == {key for _, key in held}
    assert list(site.home.rglob("*.part")) == []


def test_names_are_in_the_vault_and_nowhere_else(site: Site, killed: Killed) -> None:
    analyst = Visitor(site.homeroom.address, account="analyst")
    page = analyst.post(
        f"/data/runs/{killed.linking.run}/release/",
        title="Attendance",
    )
    assert page.status == 302
    until(lambda: "An outsider recovers nothing" in words(analyst.get(page.location)))
    sealed = {name.casefold() for name in site.unsealed_surnames()}
    assert sealed >= {surname.casefold() for surname in canaries.SURNAMES}
    assert site.traces() == []


@pytest.mark.parametrize("surname", canaries.SURNAMES)
@pytest.mark.parametrize("encoding", canaries.ENCODINGS)
@pytest.mark.parametrize("spelling", [str, str.upper, str.lower])
def test_search_finds_a_name_planted_in_a_file(
    tmp_path: Path, surname: str, encoding: str, spelling: Callable[[str], str]
) -> None:
    (tmp_path / "deep" / "down").mkdir(parents=True)
    place = tmp_path / "deep" / "down" / "core"
    place.write_bytes(b"\x00\xff" + spelling(surname).encode(encoding) + b"\xff")
    assert canaries.traces(tmp_path) == [f"{place}: {surname}"]


def test_search_finds_a_name_planted_in_the_site(site: Site) -> None:
    surname = canaries.SURNAMES[2]
    place = site.home / "broker" / "planted.sqlite3"
    with closing(sqlite3.connect(place)) as database:
        database.execute("pragma journal_mode = wal")
        database.execute("create table planted (message text)")
        database.execute("insert into planted values (?)", [json.dumps([surname])])
        database.commit()
        assert site.traces() == [f"{place}-wal: {surname}"]
    assert site.traces() == [f"{place}: {surname}"]
    place.unlink()
    with tempfile.TemporaryFile() as unnamed:
        unnamed.write(surname.encode())
        unnamed.flush()
        found = canaries.traces(groups=[os.getpgid(0)])
    assert [each.partition(": ")[2] for each in found] == [surname]
    assert site.traces() == []
