"""A walk along the line while parts of Homeroom are killed under it."""

import json
import os
import random
import signal
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from typing import Any

from accounts.jobs import LEASE_SECONDS
from tests.browser.conftest import Running
from tests.browser.site import Inside, until
from tests.support.http import Page
from tests.support.line import STEPS, Asked, Line

FLIGHT_SECONDS = 0.15
FOLLOW_SECONDS = LEASE_SECONDS + 60.0
BROKEN_OFF = (ConnectionError, HTTPException, TimeoutError)
LISTS, ROWS = "destroy the lists", "destroy the linked rows"
# Days by which the clock moves, so that a duty is due: 30 after the link, 90 after
# the release.
DAYS = {LISTS: 31, ROWS: 60}
N_ACTS = "select count(*) from accounts_ledgerentry"
NEWEST_JOB = (
    "select state, steps from accounts_job where kind = ? order by id desc limit 1"
)
HEARTS = "select process, at from accounts_heartbeat"
N_OPEN_JOBS = "select count(*) from accounts_job where state in ('waiting', 'running')"


@dataclass(frozen=True, slots=True)
class Moment:
    """A step at which parts are killed: in flight, at a tick of beat, or at work.

    job: the kind of work that the worker is killed at; n_steps: the most of its steps
    that it has taken by then.
    """

    step: str
    parts: tuple[str, ...]
    job: str = ""
    n_steps: int = 0


@dataclass(slots=True)
class Seen:
    """What a kill met: the request's answer, the job's state, what came of it.

    n_committed: acts that the ledger held more once the parts were dead. again: what
    pressing the same button twice more was answered.
    """

    moment: Moment
    answer: str = ""
    n_committed: int = 0
    again: tuple[int, ...] = ()
    job: str = "no job"
    seconds: float = 0.0


class Walk:
    """One walk along the line, with its kills."""

    def __init__(
        self, homeroom: Running, moments: Mapping[str, Moment], *, seed: int
    ) -> None:
        self.inside = Inside(homeroom)
        self.homeroom = homeroom
        self.line = Line(homeroom.address, homeroom.files)
        self.seen: list[Seen] = []
        self._moments, self._seed = moments, seed
        self._random = random.Random(seed)
        in_flight = [step for step, each in moments.items() if "web" in each.parts]
        # Half of the requests die as soon as what they did is committed.
        self._dying_late = set(
            self._random.sample(in_flight, (len(in_flight) + 1) // 2)
        )

    def step(self, name: str) -> None:
        """Do one step to its end, with what is killed at it."""
        if name in self._moments:
            self.seen.append(self._step_with_kill(self._moments[name]))
            print(self._seed, self.seen[-1])  # noqa: T201 - what the seed led to
            return
        asked = STEPS[name].ask(self.line)
        page = self.line.send(asked)
        assert page.status == 302, (name, page.status, page.text)
        self._press_again(asked)
        self._follow(name)

    def _step_with_kill(self, moment: Moment) -> Seen:
        seen, name = Seen(moment), moment.step
        began = time.monotonic()
        asked = None if name in DAYS else STEPS[name].ask(self.line)
        n_acts = self._n_acts()
        pids = {part: self.homeroom.pid(part) for part in moment.parts}
        with ThreadPoolExecutor(1) as pool:
            pressed = pool.submit(self._press, name, asked)
            self._wait_for(moment, pressed, n_acts)
            if moment.job:
                self.inside.signal_worker(signal.SIGSTOP)
                seen.job = self._newest(moment.job)
            for pid in pids.values():
                os.killpg(pid, signal.SIGKILL)
            seen.n_committed = self._n_acts() - n_acts
            self._recover(pids)
            seen.answer = _answer(pressed)
        assert self._faults("faults") == [], seen
        if asked is not None and "web" in moment.parts:
            seen.again = (self._press_again(asked), self._press_again(asked))
        self._follow(name)
        seen.seconds = time.monotonic() - began
        assert self._faults("faults_at_rest") == [], seen
        return seen

    def _press(self, name: str, asked: Asked | None) -> Page | None:
        if asked is not None:
            return self.line.send(asked)
        self.homeroom.manage("advance_clock", "--days", str(DAYS[name]))
        return None

    def _press_again(self, asked: Asked) -> int:
        """Send the same, as who got no answer does: it leads on or says why not."""
        page = self.line.send(asked)
        is_plain = page.status == 302 or "<h1>" in page.text
        assert is_plain, (asked.path, page.status, page.text)
        assert page.status in (302, 403, 409, 422), (asked.path, page.status)
        return page.status

    def _wait_for(
        self, moment: Moment, pressed: Future[Page | None], n_acts: int
    ) -> None:
        if moment.job:
            n_steps = self._random.randint(0, moment.n_steps)
            until(lambda: self._has_worked(moment.job, n_steps), seconds=60)
        elif moment.parts == ("beat",):
            pressed.result()
            beat = self._hearts()["beat"]
            until(lambda: self._hearts()["beat"] != beat)
            time.sleep(self._random.uniform(0, FLIGHT_SECONDS))
        elif moment.step in self._dying_late:
            with self.homeroom.watching(N_ACTS) as n:
                until(lambda: pressed.done() or n() != [(n_acts,)], every=0.0)
        else:
            time.sleep(self._random.uniform(0, FLIGHT_SECONDS))

    def _n_acts(self) -> int:
        ((n_acts,),) = self.inside.rows(N_ACTS)
        return int(n_acts)

    def _has_worked(self, kind: str, n_steps: int) -> bool:
        """Return whether the newest job of a kind has taken its steps, or is done."""
        found = self.inside.rows(NEWEST_JOB, kind)
        return any(
            state == "done" or (state == "running" and len(_list(steps)) >= n_steps)
            for state, steps in found
        )

    def _recover(self, pids: Mapping[str, int]) -> None:
        """Wait until the supervisor has brought back the parts that had these pids."""
        hearts = self._hearts()
        for part, pid in pids.items():
            until(partial(self._is_back, part, pid, hearts), seconds=60, every=0.1)
        self.homeroom.wait_until_well()

    def _is_back(self, part: str, pid: int, hearts: dict[str, Any]) -> bool:
        pids = json.loads((self.homeroom.home / "pids.json").read_text())
        if pids.get(part, pid) == pid:
            return False
        return part == "web" or self._hearts()[part] != hearts[part]

    def _newest(self, kind: str) -> str:
        ((state, steps),) = self.inside.rows(NEWEST_JOB, kind)
        return f"{state} after {len(_list(steps))} steps"

    def _hearts(self) -> dict[str, Any]:
        return dict(self.inside.rows(HEARTS))

    def _follow(self, name: str) -> None:
        """Wait until what follows from a step has come, and no work is left of it."""
        if name in STEPS:
            step = STEPS[name]
            until(lambda: step.has_come(self.line), seconds=FOLLOW_SECONDS, every=0.25)
        else:
            n_certified = list(DAYS).index(name) + 1
            until(
                lambda: (
                    self.line.page("steward", "/dates/").text.count("/documents/")
                    == n_certified
                ),
                seconds=FOLLOW_SECONDS,
                every=0.25,
            )
        until(self._is_idle, seconds=FOLLOW_SECONDS, every=0.1)

    def _is_idle(self) -> bool:
        return self.inside.rows(N_OPEN_JOBS) == [(0,)]

    def _faults(self, which: str) -> Any:
        return self.ask(f"wholeness.say(wholeness.{which}())")

    def ask(self, code: str) -> Any:
        """Return what is found by looking inside."""
        said = self.inside.shell(f"from tests.support import wholeness; {code}")
        return json.loads(said.splitlines()[-1])


def _list(steps: Any) -> list[Any]:
    return json.loads(steps) if isinstance(steps, str) else steps


def _answer(pressed: Future[Page | None]) -> str:
    try:
        page = pressed.result()
    except BROKEN_OFF as broken:
        return type(broken).__name__
    return str(page.status) if page else "done"
