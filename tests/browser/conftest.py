"""The real supervisor on a throw-away directory; tests speak HTTP to it only."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from launch.demo import occupied, seed, surroundings
from tests.browser.driving import Person, chromium
from tests.browser.running import PROJECT, Running
from tests.browser.site import Site
from tests.servers import free_port, postgres, redis

STOP_SECONDS = 20


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The temporary folder of every process of a module's Homeroom."""
    folder = tmp_path_factory.mktemp("temporary")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("TMPDIR", "TEMP", "TMP"):
            patch.setenv(name, str(folder))
        yield folder


@pytest.fixture(scope="module")
def site(temporary: Path, homeroom: Running) -> Site:
    """A Homeroom with an agreement in force."""
    return Site(homeroom, temporary)


on_servers = pytest.mark.parametrize(
    "homeroom", [True], ids=["PostgreSQL and Redis"], indirect=True
)


def on_each_kind_of_servers(test: Callable[..., None]) -> Any:
    """Run a test on SQLite and the filesystem broker, and on PostgreSQL and Redis."""
    names = ["SQLite", "PostgreSQL and Redis"]
    mark = pytest.mark.parametrize("homeroom", [False, True], ids=names, indirect=True)
    return mark(test)


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a Homeroom that has not started yet, made once for all workers."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    home = root / "begun"
    home.mkdir(mode=0o700, exist_ok=True)
    with (root / "begun.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with occupied(home, is_fresh=False):
            seed(home, environment=surroundings(port=0, home=home))
    return home


@pytest.fixture(scope="module")
def homeroom(
    request: pytest.FixtureRequest,
    begun: Path,
    temporary: Path,
    stopping: list[subprocess.Popen[bytes]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Running]:
    """A Homeroom of its own, as it begins; on SQLite unless a test asks."""
    home = tmp_path_factory.mktemp("homeroom")
    with ExitStack() as stack:
        servers = {}
        if getattr(request, "param", False):
            servers["DATABASE_URL"] = stack.enter_context(postgres())
            servers["REDIS_URL"] = stack.enter_context(redis())
        else:
            shutil.copytree(begun, home, dirs_exist_ok=True)
        yield stack.enter_context(_running(home, servers, stopping))


@pytest.fixture(scope="session")
def stopping() -> Iterator[list[subprocess.Popen[bytes]]]:
    """What was asked to stop: nobody waits for it but the end of the tests."""
    asked: list[subprocess.Popen[bytes]] = []
    yield asked
    for process in asked:
        process.wait(STOP_SECONDS)


@contextmanager
def _running(
    home: Path, servers: dict[str, str], stopping: list[subprocess.Popen[bytes]]
) -> Iterator[Running]:
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
        if servers:  # they go next
            process.wait(STOP_SECONDS)
        else:
            stopping.append(process)
        log.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, once for a module."""
    with sync_playwright() as playwright, chromium(playwright) as opened:
        yield opened


@pytest.fixture(scope="module")
def shots() -> Path | None:
    """The folder HOMEROOM_SHOTS, where pictures of pages go; None if it is unset."""
    named = os.environ.get("HOMEROOM_SHOTS")
    if named is None:
        return None
    folder = Path(named)
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
