import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from launch.supervisor import Supervisor
from tests.unit.launch.test_guard import wait_until_ended

# A part that has a child of its own, as gunicorn and Celery do.
PART = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@contextmanager
def supervised(home: Path) -> Iterator[Supervisor]:
    commands = {"part": [sys.executable, "-c", PART]}
    with (
        (home / "run.lock").open("ab") as lock,
        Supervisor(
            commands, home=home, environment=os.environ, lock=lock.fileno()
        ) as supervisor,
    ):
        yield supervisor


def pids(home: Path) -> dict[str, int]:
    return dict(json.loads((home / "pids.json").read_text("ascii")))


def child_of_part(home: Path) -> int:
    """Return the pid that the part last wrote to its log."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if lines := (home / "logs/part.log").read_text("ascii").split():
            return int(lines[-1])
        time.sleep(0.02)
    raise AssertionError("the part wrote nothing")


def test_a_part_that_dies_is_started_again(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with supervised(home) as supervisor:
        first, child = pids(home)["part"], child_of_part(home)
        supervisor.parts["part"].delay = 0.0
        kill(supervisor)
        supervisor.keep_running()
        assert supervisor.ended() is None
        assert pids(home)["part"] != first
        assert wait_until_ended(child)
    assert "part ended (signal 9)" in capsys.readouterr().out


def test_a_part_that_dies_again_waits_longer(home: Path) -> None:
    with supervised(home) as supervisor:
        delay = supervisor.parts["part"].delay
        kill(supervisor)
        supervisor.keep_running()
        assert supervisor.ended() == "part"
        assert supervisor.parts["part"].delay == 2 * delay


def test_nothing_is_left_running(home: Path) -> None:
    with supervised(home):
        leader, child = pids(home)["part"], child_of_part(home)
    assert wait_until_ended(leader)
    assert wait_until_ended(child)
    assert not (home / "pids.json").exists()


def kill(supervisor: Supervisor) -> None:
    process = supervisor.parts["part"].process
    assert process
    process.kill()
    process.wait()
