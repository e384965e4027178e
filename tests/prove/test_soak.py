"""Several people use the demo at once for minutes; it stays well and does not grow.

HOMEROOM_SOAK_MINUTES says for how many minutes, 2 unless it is set.
"""

import os
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.browser.site import HOUSING, Site, until
from tests.support.forms import fields_of
from tests.support.http import File, Visitor

pytestmark = pytest.mark.prove

MINUTES = float(os.environ.get("HOMEROOM_SOAK_MINUTES", "2"))
MOST_GROWTH_BYTES = 100 * 1000**2
PAUSE_SECONDS = 0.2
LOAD_SECONDS = 15.0
N_WARM_PAGES = 40
READERS = ("director", "solicitor", "superintendent", "analyst", "stranger", "admin")
# What a reader leaves alone: files that are not pages, and the way out.
NOT_PAGES = re.compile(r"^/(static|documents|accounts)/|\.pdf")
LINK = re.compile(r'href="(/[^"#?]*)')


class Reader:
    """A person who follows the links of one page after another, and never tires."""

    def __init__(self, site: Site, account: str) -> None:
        self._visitor = Visitor(site.homeroom.address, account=account)
        self._random = random.Random(account)
        self._known = ["/"]
        self.answers: Counter[int] = Counter()

    def read_one(self) -> None:
        """Read one page that is known, and note where it leads."""
        page = self._visitor.get(self._random.choice(self._known))
        self.answers[page.status] += 1
        found = {link for link in LINK.findall(page.text) if not NOT_PAGES.search(link)}
        self._known += sorted(found - set(self._known))


def load(site: Site) -> Counter[int]:
    """Return what a good list and an empty one are answered."""
    good = site.load_housing(site.another_list())
    empty = site.load_housing(File.of(HOUSING, b""))
    return Counter([good.status, empty.status])


def release(site: Site) -> int:
    """Return what a release of the newest linkage is answered."""
    ((run,),) = site.rows("select max(id) from indicators_linkagerun")
    analyst = Visitor(site.homeroom.address, account="analyst")
    path = f"/data/runs/{run}/release/"
    asked = fields_of(analyst.get(path).text, holding="measures")
    return analyst.post(path, **asked | {"title": ["Attendance"]}).status


def is_idle(site: Site) -> bool:
    """Return whether no job waits or runs."""
    return site.rows(
        "select count(*) from accounts_job where state in ('waiting', 'running')"
    ) == [(0,)]


def sizes(site: Site) -> dict[str, int]:
    """Return the memory of the largest process of web and of worker, in bytes."""
    return {
        part: site.homeroom.largest_bytes(part, figure="VmRSS")
        for part in ("web", "worker")
    }


def again_and_again(act: Callable[[], None], *, every: float, until: float) -> None:
    """Act every so many seconds until a moment of time.monotonic."""
    while time.monotonic() < until:
        act()
        time.sleep(every)


@pytest.fixture(scope="module")
def readers(site: Site) -> list[Reader]:
    """People who have been everywhere once, of a Homeroom that has done all its work.

    What is loaded on first use is loaded, so what grows from here is not that.
    """
    assert site.load_school().status == 302
    assert load(site) == {302: 1, 200: 1}
    until(lambda: is_idle(site), seconds=120, every=0.25)
    assert release(site) == 302
    until(lambda: is_idle(site), seconds=120, every=0.25)
    readers = [Reader(site, account) for account in READERS]
    for reader in readers:
        for _ in range(N_WARM_PAGES):
            reader.read_one()
    return readers


def test_homeroom_stays_well_and_does_not_grow(
    site: Site, readers: list[Reader]
) -> None:
    before, loads, wells = sizes(site), Counter[int](), list[bool]()
    pids = [site.homeroom.pid(part) for part in before]
    end = time.monotonic() + MINUTES * 60
    with ThreadPoolExecutor(len(readers) + 2) as pool:
        working = [
            pool.submit(
                again_and_again, reader.read_one, every=PAUSE_SECONDS, until=end
            )
            for reader in readers
        ]
        for act, every in (
            (lambda: loads.update(load(site)), LOAD_SECONDS),
            (lambda: wells.append(site.homeroom.is_well()), 1.0),
        ):
            working.append(pool.submit(again_and_again, act, every=every, until=end))
        for work in working:
            work.result()
    until(lambda: is_idle(site), seconds=120, every=0.25)
    answers = sum((reader.answers for reader in readers), loads)
    grown = {part: size - before[part] for part, size in sizes(site).items()}
    print(f"answers {dict(answers)}, grown by {grown} bytes")  # noqa: T201 - measured
    assert [status for status in answers if status >= 500] == []
    assert loads[302] == loads[200] >= 1
    assert answers[200] > len(readers) * MINUTES * 10
    assert all(wells)
    assert [site.homeroom.pid(part) for part in before] == pids
    assert {part: n for part, n in grown.items() if n > MOST_GROWTH_BYTES} == {}
    assert "intact" in site.homeroom.manage("verify_ledger")
