"""A running Homeroom, by its address, its folder and its processes."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 90


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

    def largest_bytes(self, part: str, *, figure: str = "VmHWM") -> int:
        """Return the memory of a part's largest process: VmRSS now, VmHWM at most."""
        sizes = [0]
        for process in self._processes(part):
            with suppress(FileNotFoundError, ProcessLookupError, IndexError):
                status = (process / "status").read_text()  # it may have ended
                sizes.append(int(status.split(f"{figure}:")[1].split()[0]) * 1024)
        return max(sizes)

    def forget_peaks(self, part: str) -> None:
        """Make VmHWM begin anew from what the part's processes have now."""
        for process in self._processes(part):
            with suppress(FileNotFoundError, ProcessLookupError):
                (process / "clear_refs").write_text("5")

    def _processes(self, part: str) -> Iterator[Path]:
        group = self.pid(part)
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(ProcessLookupError):
                if os.getpgid(int(process.name)) == group:
                    yield process
