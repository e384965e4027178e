"""Ends processes when the one that started them goes, even by SIGKILL.

The guard is a process of its own that reads from a pipe. When the writer ends, however
it ends, the pipe closes and the guard ends every process group that it still watches.
Run as a script it needs nothing but this file.
"""

# ruff: noqa: S603 - it starts itself
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

GRACE_SECONDS = 8.0


class Guard:
    """A watch over process groups and folders that must not outlive this process."""

    def __init__(self, *, inherit: Iterable[int] = ()) -> None:
        """Start the watch; it holds the descriptors in `inherit` until it is over."""
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
            pass_fds=tuple(inherit),
        )

    def watch(self, pid: int) -> None:
        """End the group that `pid` leads when this process goes."""
        self._say(f"+{pid}")

    def forget(self, pid: int) -> None:
        """Stop watching the group that `pid` leads."""
        self._say(f"-{pid}")

    def remove(self, folder: Path) -> None:
        """Remove `folder` when this process goes, after the groups have ended."""
        self._say(f"/{folder}")

    def close(self) -> None:
        """Let the guard end what it still watches, and wait for it."""
        self._process.communicate()

    def _say(self, line: str) -> None:
        pipe = self._process.stdin
        if pipe is None:
            raise RuntimeError("The guard was started without a pipe.")
        pipe.write(line + "\n")
        pipe.flush()


def end(
    processes: Iterable[subprocess.Popen[bytes]],
    *,
    ask: signal.Signals = signal.SIGTERM,
    grace: float = GRACE_SECONDS,
) -> None:
    """Ask each leader to end, wait up to `grace` seconds, then kill its group."""
    leaders = list(processes)
    for leader in leaders:
        leader.send_signal(ask)
    deadline = time.monotonic() + grace
    for leader in leaders:
        with contextlib.suppress(subprocess.TimeoutExpired):
            leader.wait(max(0.0, deadline - time.monotonic()))
        kill_group(leader.pid)
        leader.wait()


def kill_group(pid: int) -> None:
    """Kill what is left of the group that `pid` leads or led."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _end_strangers(leaders: set[int]) -> None:
    """End groups whose leaders are not our children, so cannot be waited for."""
    for pid in leaders:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while any(map(_is_running, leaders)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in leaders:
        kill_group(pid)


def _is_running(pid: int) -> bool:
    """Return whether `pid` runs; one that ended and that nobody reaped does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def _main() -> None:
    leaders: set[int] = set()
    folders: list[str] = []
    for line in sys.stdin:
        mark, what = line[0], line[1:].rstrip("\n")
        if mark == "+":
            leaders.add(int(what))
        elif mark == "-":
            leaders.discard(int(what))
        else:
            folders.append(what)
    _end_strangers(leaders)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    _main()
