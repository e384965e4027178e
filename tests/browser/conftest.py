"""The real supervisor on a throw-away directory; tests speak HTTP to it only."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.driving import Person, chromium

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 90
STOP_SECONDS = 20


@dataclass(frozen=True)
class Running:
    """A running Homeroom: its address, its folder, and its files to load."""

    address: str
    home: Path

    @property
    def files(self) -> Path:
        """The demonstration's files."""
        return self.home / "demo-files"

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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def homeroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A Homeroom of its own, begun from nothing."""
    home = tmp_path_factory.mktemp("homeroom")
    port = _free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HOMEROOM")}
    log = (home.parent / f"{home.name}.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "run.py", "demo", "--port", str(port), "--home", str(home)],
        cwd=PROJECT,
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    running = Running(address=f"http://127.0.0.1:{port}", home=home)
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
