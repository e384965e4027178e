"""Keeps web, worker, beat and drop box running, and leaves none of them behind."""

# ruff: noqa: S603, T201 - it starts processes, and says what becomes of them
import json
import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from launch.guard import Guard, end, kill_group
from launch.machine import PROJECT

FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 30.0
STEADY_SECONDS = 60.0


class Part:
    """One process that should run, with its log and the delay before a restart."""

    def __init__(self, command: list[str], *, log: Path) -> None:
        self.command = command
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.restart_at = 0.0
        self.delay = FIRST_DELAY_SECONDS


class Supervisor:
    """The running parts of one Homeroom; a context that ends them on the way out.

    home: where `logs/NAME.log` and `pids.json` are written; each pid leads a group.
    """

    def __init__(
        self,
        commands: Mapping[str, list[str]],
        *,
        home: Path,
        environment: Mapping[str, str],
        lock: int,
    ) -> None:
        self._home = home
        self._environment = dict(environment)
        self._guard = Guard(inherit=[lock])
        (home / "logs").mkdir(exist_ok=True)
        self.parts = {
            name: Part(command, log=home / "logs" / f"{name}.log")
            for name, command in commands.items()
        }

    def __enter__(self) -> Self:
        for part in self.parts.values():
            part.log.unlink(missing_ok=True)
            self._start(part)
        self._write_pids()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        processes = [part.process for part in self.parts.values() if part.process]
        end(processes)
        for process in processes:
            self._guard.forget(process.pid)
        (self._home / "pids.json").unlink(missing_ok=True)
        self._guard.close()

    def ended(self) -> str | None:
        """Return the name of a part that is not running, if there is one."""
        for name, part in self.parts.items():
            if part.process is None or part.process.poll() is not None:
                return name
        return None

    def tail(self, name: str, *, n_lines: int = 20) -> str:
        """Return the last lines of a part's log."""
        text = self.parts[name].log.read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-n_lines:])

    def keep_running(self) -> None:
        """Start again, after its delay, each part that ended."""
        for name, part in self.parts.items():
            if part.process is not None and part.process.poll() is not None:
                self._bury(name, part)
                self._write_pids()
            if part.process is None and time.monotonic() >= part.restart_at:
                self._start(part)
                self._write_pids()

    def _start(self, part: Part) -> None:
        with part.log.open("ab") as log:
            part.process = subprocess.Popen(
                part.command,
                cwd=PROJECT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._guard.watch(part.process.pid)
        part.started_at = time.monotonic()

    def _bury(self, name: str, part: Part) -> None:
        """Sweep up after a part that ended by itself, and set when it starts again."""
        if part.process is None:
            return
        kill_group(part.process.pid)
        self._guard.forget(part.process.pid)
        now = time.monotonic()
        if now - part.started_at > STEADY_SECONDS:
            part.delay = FIRST_DELAY_SECONDS
        print(
            f"{name} ended ({_how(part.process.returncode)}); starting it again in "
            f"{part.delay:.0f} s. Its log: {part.log}",
            flush=True,
        )
        part.process = None
        part.restart_at = now + part.delay
        part.delay = min(part.delay * 2, LONGEST_DELAY_SECONDS)

    def _write_pids(self) -> None:
        pids = {"run": os.getpid()}
        for name, part in self.parts.items():
            if part.process is not None:
                pids[name] = part.process.pid
        draft = self._home / "pids.json.new"
        draft.write_text(json.dumps(pids), encoding="ascii")
        draft.replace(self._home / "pids.json")


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit status {code}"
