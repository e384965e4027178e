"""Web, worker and beat are killed at ten moments of the line; it is walked to its end.

HOMEROOM_SEED moves the moments within their steps.
"""

import os

import pytest

from agreements.presets import HOUSING_LIST, STUDENT_RECORDS
from agreements.services.signing import RENDER
from indicators.services import destruction, linkage
from tests.browser.conftest import Running, on_each_kind_of_servers
from tests.browser.site import until
from tests.prove.walk import DAYS, LISTS, ROWS, Moment, Walk
from tests.support.line import STEPS

pytestmark = pytest.mark.prove

SEED = int(os.environ.get("HOMEROOM_SEED", "20211"))
PARTS = ("web", "worker", "beat")
N_WORKER_CHILDREN = 2
FLOWS = (HOUSING_LIST, STUDENT_RECORDS)
# Acts under the ledger, and how often the line knows each, whatever was killed.
ONCE_ONLY = {
    "agreements.start_draft": 1,
    "agreements.record_finding": 1,
    "agreements.submit": 1,
    "agreements.approve": 2,
    "agreements.freeze": 1,
    "agreements.sign": 2,
    "agreements.execute": 1,
    "indicators.bring": 2,
    "indicators.examine": 2,
    "indicators.load": 2,
    "indicators.link": 1,
    "indicators.author_release": 1,
    "indicators.protect": 1,
    "indicators.propose": 1,
    "indicators.decide": 1,  # votes are blind, and told together
    "agreements.fall_due": 2,
    "agreements.begin_destruction": 2,
    "indicators.destroy": 2,
    "agreements.discharge": 2,
    "agreements.issue_certificate": 2,
    "agreements.load_clauses": 1,
    "agreements.review_state": 2,  # of the demonstration's two states
}
MOMENTS = {
    moment.step: moment
    for moment in (
        Moment("start", ("web",)),
        Moment("submit", PARTS),
        Moment("approve as solicitor", ("worker",), RENDER, 2),
        Moment("sign as superintendent", PARTS),
        Moment("load as housing-steward", ("web",)),
        Moment("load as steward", PARTS, linkage.JOB, 8),
        Moment("propose", ("beat",)),
        Moment("decide as steward", PARTS),
        Moment(LISTS, PARTS, destruction.JOB, 3),
        Moment(ROWS, ("beat",)),
    )
}


@pytest.fixture(scope="module")
def walk(homeroom: Running) -> Walk:
    """The line, walked to its end while parts were killed."""
    walk = Walk(homeroom, MOMENTS, seed=SEED)
    for name in (*STEPS, *DAYS):
        walk.step(name)
    return walk


@on_each_kind_of_servers
def test_line_is_walked_to_its_end_whatever_is_killed(walk: Walk) -> None:
    assert [each.moment for each in walk.seen] == list(MOMENTS.values())
    at_work = [each.job for each in walk.seen if each.moment.job]
    assert [job for job in at_work if not job.startswith("running")] == []
    assert any(each.n_committed for each in walk.seen if each.again)


@on_each_kind_of_servers
def test_nothing_on_the_line_happened_twice(walk: Walk) -> None:
    done = walk.ask("wholeness.say(wholeness.done())")
    done["acts"].pop("indicators.sweep", None)  # of what the killed left in the vault
    assert done["deliveries"] == {f"{flow}/destroyed": 1 for flow in FLOWS}
    assert done["acts"] == ONCE_ONLY | {"indicators.receive": len(FLOWS)}
    assert done["documents"] == {"frozen": 1, "executed": 1, "certificate": 2}
    assert done["told twice"] == []


@on_each_kind_of_servers
def test_each_notice_is_mailed_and_doubled_only_by_a_kill(walk: Walk) -> None:
    """A worker that dies between sending and noting it leaves a mail to be repeated."""
    notices = "select count(*) from partnerships_notice"
    waiting = f"{notices} where sent_at is null"
    until(lambda: walk.inside.rows(waiting) == [(0,)], seconds=90, every=0.25)
    ((n_notices,),) = walk.inside.rows(notices)
    mails = (walk.inside.home / "mail").iterdir()
    n_mails = sum(mail.read_text("utf-8").count("\nMessage-ID:") for mail in mails)
    n_kills = sum("worker" in moment.parts for moment in MOMENTS.values())
    assert n_notices <= n_mails <= n_notices + n_kills * N_WORKER_CHILDREN
