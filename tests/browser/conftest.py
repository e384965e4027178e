"""The real supervisor on a throw-away directory; tests speak HTTP to it only."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.driving import Person, chromium
from tests.servers import free_port, postgres, redis

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 90
STOP_SECONDS = 20


@dataclass(frozen=True)
class Running:
    """A running Homeroom: its address, its folder, and its files to load.

    servers: DATABASE_URL and REDIS_URL of its PostgreSQL and Redis; empty on SQLite.
    """

    address: str
    home: Path
    servers: Mapping[str, str] = field(default_factory=dict)

    @property
    def files(self) -> Path:
        """The demonstration's files."""
        return self.home / "demo-files"

    @property
    def is_on_sqlite(self) -> bool:
        """Whether its database is a file in its folder."""
        return not self.servers

    def pid(self, part: str) -> int:
        """The process group of web, worker or beat."""
        return int(json.loads((self.home / "pids.json").read_text())[part])

    def kill(self, part: str) -> None:
        """Kill a part and its children, as a power cut does."""
        os.killpg(self.pid(part), signal.SIGKILL)

    def manage(self, *command: str) -> str:
        """Return what manage.py prints."""
        environment = os.environ | {
            "HOMEROOM_DEMO": "1",
            "HOMEROOM_HOME": str(self.home),
            **self.servers,
        }
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what a query with `?` for each value finds in the database."""
        with closing(self._connection()) as database, closing(database.cursor()) as at:
            at.execute(query if self.is_on_sqlite else query.replace("?", "%s"), values)
            return list(at.fetchall())

    @contextmanager
    def watching(self, query: str) -> Iterator[Callable[[], list[tuple[Any, ...]]]]:
        """Yield a function that returns what a query finds now, as fast as it can."""
        with closing(self._connection()) as database, closing(database.cursor()) as at:

            def look() -> list[tuple[Any, ...]]:
                at.execute(query)
                found = list(at.fetchall())
                database.rollback()
                return found

            yield look

    def _connection(self) -> Any:
        if self.is_on_sqlite:
            place = f"file:{self.home / 'homeroom.sqlite3'}?mode=ro"
            return sqlite3.connect(place, uri=True, timeout=10)
        return psycopg2.connect(self.servers["DATABASE_URL"])

    def is_well(self) -> bool:
        """Whether /healthz answers 200."""
        try:
            with urllib.request.urlopen(f"{self.address}/healthz") as answer:  # noqa: S310 - our own address
                return bool(answer.status == 200)
        except OSError:
            return False

    def wait_until_well(self) -> None:
        """Wait for /healthz."""
        deadline = time.monotonic() + START_SECONDS
        while not self.is_well():
            assert time.monotonic() < deadline, "Homeroom did not become well"
            time.sleep(0.25)


def on_each_kind_of_servers(test: Callable[..., None]) -> Any:
    """Run a test on SQLite and the filesystem broker, and on PostgreSQL and Redis."""
    kinds = [False, pytest.param(True, marks=pytest.mark.xdist_group("servers"))]
    names = ["SQLite", "PostgreSQL and Redis"]
    mark = pytest.mark.parametrize("homeroom", kinds, ids=names, indirect=True)
    return mark(test)


@pytest.fixture(scope="module")
def homeroom(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A Homeroom of its own, begun from nothing; on SQLite unless a test asks."""
    home = tmp_path_factory.mktemp("homeroom")
    with ExitStack() as stack:
        servers = {}
        if getattr(request, "param", False):
            servers["DATABASE_URL"] = stack.enter_context(postgres())
            servers["REDIS_URL"] = stack.enter_context(redis())
        yield stack.enter_context(_running(home, servers))


@contextmanager
def _running(home: Path, servers: dict[str, str]) -> Iterator[Running]:
    port = str(free_port())
    command = [*("run.py", "demo"), "--port", port, "--home", str(home)]
    if servers:
        command = ["-m", "tests.serving", port, str(home), json.dumps(servers)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HOMEROOM")}
    log = (home.parent / f"{home.name}.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=PROJECT,
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    running = Running(f"http://127.0.0.1:{port}", home, servers)
    try:
        running.wait_until_well()
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(STOP_SECONDS)
        log.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, once for a module."""
    with sync_playwright() as playwright, chromium(playwright) as opened:
        yield opened


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures of pages go: HOMEROOM_SHOTS, or a throw-away folder."""
    named = os.environ.get("HOMEROOM_SHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("shots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def person(homeroom: Running, browser: Browser, shots: Path) -> Callable[[str], Person]:
    """Return a signed-in person of the cast; each signs in once."""
    people: dict[str, Person] = {}

    def find(account: str) -> Person:
        if account not in people:
            one = Person(
                browser, address=homeroom.address, account=account, shots=shots
            )
            one.sign_in()
            people[account] = one
        return people[account]

    return find
