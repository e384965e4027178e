import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from launch.guard import Guard

PARENT = """
import subprocess, sys
from pathlib import Path
from launch.guard import Guard

guard = Guard()
guard.remove(Path(sys.argv[1]))
sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
for is_watched in (True, False):
    child = subprocess.Popen(sleeper, start_new_session=True)
    guard.watch(child.pid)
    if not is_watched:
        guard.forget(child.pid)
    print(child.pid, flush=True)
sys.stdin.read()
"""


def is_running(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def wait_until_ended(pid: int, *, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_running(pid)


def test_guard_ends_what_a_killed_process_started(tmp_path: Path) -> None:
    folder = tmp_path / "left"
    folder.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout
        watched, forgotten = (int(parent.stdout.readline()) for _ in range(2))
        try:
            parent.kill()
            assert wait_until_ended(watched)
            assert is_running(forgotten)
        finally:
            os.kill(forgotten, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not folder.exists()


def test_guard_with_nothing_to_watch_ends_at_once() -> None:
    guard = Guard()
    started_at = time.monotonic()
    guard.close()
    assert time.monotonic() - started_at < 5
