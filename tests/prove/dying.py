"""Processes that are killed in the middle, and all that they can have written to."""

import json
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from launch.surroundings import without_settings
from tests.support import canaries

PROJECT = Path(__file__).resolve().parents[2]
SECONDS = 120.0
STEPS_OF = "select steps, state from accounts_job where kind = ? order by id desc"


def unlimited_core() -> None:
    """Let a crash leave its memory in a file, unless the program itself forbids it."""
    resource.setrlimit(
        resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    )


@dataclass(frozen=True)
class Ground:
    """Where a process runs: home, temporary folder, folder it stands in, its log.

    A program that writes a file anywhere of its own accord writes it here.
    """

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for folder in (self.home, self.temporary, self.here, self.user):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def temporary(self) -> Path:
        return self.root / "temporary"

    @property
    def here(self) -> Path:
        return self.root / "here"

    @property
    def user(self) -> Path:
        return self.root / "user"

    @property
    def log(self) -> Path:
        return self.root / "log"

    def begun(self, *command: str) -> "subprocess.Popen[bytes]":
        """Return manage.py at work, in a process group of its own."""
        environment = without_settings(os.environ) | {
            "HOMEROOM_DEMO": "1",
            "HOMEROOM_HOME": str(self.home),
            "HOME": str(self.user),
            **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(self.temporary)),
            "PYTHONPATH": str(PROJECT),
            "PYTHONFAULTHANDLER": "1",
            **self.environment,
        }
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, str(PROJECT / "manage.py"), *command],
                cwd=self.here,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=unlimited_core,
            )

    def code(self, code: str) -> "subprocess.Popen[bytes]":
        """Return Python code at work inside Homeroom."""
        return self.begun("shell", "--no-imports", "-c", code)

    def said(self, code: str) -> str:
        """Return the last line that Python code prints inside Homeroom."""
        process = self.code(code)
        assert process.wait(SECONDS) == 0, self.log.read_text("utf-8", "replace")
        return self.log.read_text("utf-8").splitlines()[-1]

    def traces(
        self,
        *processes: "subprocess.Popen[bytes]",
        keys: dict[str, bytes] | None = None,
    ) -> list[str]:
        """Return each place with a planted name or, if given, one of these keys."""
        groups = [process.pid for process in processes]
        of = None if keys is None else canaries.of_keys(keys)
        return canaries.traces(self.root, groups=groups, of=of)

    def files(self) -> set[str]:
        """Return every file, by its path below the ground."""
        found = (path for path in self.root.rglob("*") if path.is_file())
        return {str(path.relative_to(self.root)) for path in found}

    def steps(self, kind: str) -> list[str]:
        """Return the steps that the newest job of a kind has noted."""
        place = f"file:{self.home / 'homeroom.sqlite3'}?mode=ro"
        with closing(sqlite3.connect(place, uri=True, timeout=10)) as database:
            row = database.execute(STEPS_OF, [kind]).fetchone()
        return [step["name"] for step in json.loads(row[0])] if row else []


@contextmanager
def ended(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Stop a process where it stands for the block, then kill it and its children."""
    os.killpg(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(SECONDS)


def wait_for(process: "subprocess.Popen[bytes]", is_so: Callable[[], object]) -> None:
    """Wait until something is so; the process must be at work until then."""
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert process.poll() is None, "it ended before it could be caught"
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.001)


def moment_in(chance: random.Random, seconds: float) -> None:
    """Let some of so many seconds pass."""
    time.sleep(chance.uniform(0, 0.8) * seconds)


def watched(ground: Ground, process: "subprocess.Popen[bytes]") -> set[str]:
    """Return the files into which DuckDB spilled while a process ran to its end."""
    spilled: set[str] = set()
    while process.poll() is None:
        spilled |= {path.name for path in ground.root.rglob("duckdb_temp*")}
        time.sleep(0.005)
    return spilled
