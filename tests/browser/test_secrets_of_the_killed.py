"""A worker killed in the middle of linking: no name leaks, and work is done once."""

import signal
from dataclasses import dataclass

import pytest

from accounts.jobs import LEASE_SECONDS
from tests.browser.site import (
    HOUSING,
    Linking,
    Site,
    until,
)
from tests.support import canaries
from tests.support.forms import fields_of
from tests.support.http import Visitor, words

pytestmark = pytest.mark.prove

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
    waiting = [
        (site.housing, site.sent(site.housing, [site.planted_file(HOUSING)])),
        (site.district, site.sent(site.district, site.school_files())),
    ]
    traces["at the door"] = site.traces()
    site.pause_worker()
    for visitor, sent in waiting:
        assert site.press_load(visitor, sent.location).status == 302
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


def test_worker_was_killed_in_the_middle_of_linking(killed: Killed) -> None:
    assert killed.linking.attempts == 1
    assert killed.linking.steps[-1] == SEALING
    assert killed.unrecorded != frozenset()


def test_killed_worker_leaks_nothing(killed: Killed) -> None:
    assert killed.n_messages > 0
    assert killed.traces == {
        "at the door": [],
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
    ) == [
        (kind, 1) for kind in ("crosswalk", "linked", "review", "students", "tenants")
    ]
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
    path = f"/data/runs/{killed.linking.run}/release/"
    asked = fields_of(analyst.get(path).text, holding="measures")
    page = analyst.post(path, **asked | {"title": ["Attendance"]})
    assert page.status == 302
    until(lambda: "An outsider recovers nothing" in words(analyst.get(page.location)))
    sealed = {name.casefold() for name in site.unsealed_surnames()}
    assert sealed >= {surname.casefold() for surname in canaries.SURNAMES}
    assert site.traces() == []
