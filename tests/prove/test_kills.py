"""The worker is killed after each step of linking; work is done exactly once."""

import json
import signal

import pytest

from accounts.jobs import LEASE_SECONDS
from indicators.services.linkage import STEPS
from tests.browser.site import HOUSING, Linking, Site, until

pytestmark = pytest.mark.prove

SECOND_ATTEMPT_SECONDS = LEASE_SECONDS + 120.0
KILLED_AFTER = (
    "Open what was delivered",
    STEPS["clean"],
    STEPS["block"],
    STEPS["compare"],
    "Seal the result in the vault",
)


@pytest.fixture(scope="module")
def linked(site: Site) -> Site:
    """Both sides have loaded once, and their files are linked."""
    assert site.load_school().status == 302
    assert site.load_housing(site.planted_file(HOUSING)).status == 302
    until(lambda: newest(site).state == "done", seconds=60, every=0.25)
    return site


def newest(site: Site) -> Linking:
    """Return how the newest job that links stands now."""
    ((run, state, attempts, fence, steps),) = site.rows(
        "select subject, state, attempts, fence, steps from accounts_job"
        " where kind = 'indicators.link' order by id desc limit 1"
    )
    names = tuple(step["name"] for step in json.loads(steps))
    return Linking(run, state, attempts, fence, names)


@pytest.mark.parametrize("step", KILLED_AFTER)
def test_worker_killed_after_a_step_links_exactly_once(linked: Site, step: str) -> None:
    before = newest(linked)
    assert linked.load_housing(linked.another_list()).status == 302
    until(lambda: newest(linked).run > before.run and step in newest(linked).steps)
    linked.signal_worker(signal.SIGSTOP)
    first = newest(linked)
    assert first.state == "running", "the worker was too fast to be caught at work"
    linked.homeroom.kill("worker")
    until(
        lambda: newest(linked).state != "running",
        seconds=SECOND_ATTEMPT_SECONDS,
        every=0.25,
    )
    second = newest(linked)
    assert (second.run, second.state, second.attempts) == (first.run, "done", 2)
    assert second.fence > first.fence
    assert linked.rows(
        "select state, crosswalk_id is not null, linked_id is not null"
        " from indicators_linkagerun where id = ?",
        first.run,
    ) == [("linked", 1, 1)]
    assert linked.rows(
        "select count(*) from accounts_ledgerentry"
        " where act = 'indicators.link' and subject = ?",
        f"indicators.linkagerun:{first.run}",
    ) == [(1,)]
    assert "intact" in linked.homeroom.manage("verify_ledger")


def test_killed_workers_leave_nothing_half_written(linked: Site) -> None:
    assert linked.sweep() == 0
    held = linked.rows("select blob, key from indicators_holding where state = 'held'")
    assert linked.names("vault/blobs") == {blob for blob, _ in held}
    assert linked.names("keystore/keys") == {key for _, key in held}
    assert list(linked.home.rglob("*.part")) == []
