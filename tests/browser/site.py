"""A running Homeroom with an agreement in force, seen from outside and from inside."""

import json
import os
import re
import signal
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browser.running import PROJECT, Running
from tests.support import canaries
from tests.support.http import File, Page, Visitor

EXAMINE_SECONDS = 120.0
HOUSING, STUDENTS = "tenants.csv", "Student.xml"
SCHOOL = (
    STUDENTS,
    "StudentSchoolAttendance.xml",
    "EducationOrgCalendar.xml",
    "made-enrolment.csv",
)

IN_FORCE = """
from partnerships.models import Partnership
from tests import make
joined = Partnership.objects.get(name="Riverbend and Grand Bend")
make.agreement(joined, password="homeroom-demo")
"""
SWEEP = """
from datetime import timedelta
from indicators.services import destruction
destruction.GRACE = timedelta(0)
print(len(destruction.sweep().missing))
"""
UNSEALED = """
import json
from indicators import frames
from indicators.custody import vault
from indicators.models import Holding
names = set()
for holding in Holding.objects.filter(kind__in=("tenants", "students"), state="held"):
    content = vault().read(
        str(holding.owner_id), key_id=holding.key, blob=holding.blob
    )
    for frame in frames.unpack(content).values():
        if "last_name" in frame.column_names:
            names.update(frame["last_name"].to_pylist())
print(json.dumps(sorted(filter(None, names))))
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a Homeroom keeps of deliveries: rows, sealed copies, uploads, keys."""

    n_deliveries: int
    n_holdings: int
    blobs: frozenset[str]
    incoming: frozenset[str]
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Linking:
    """The job that links, as its row shows it."""

    run: int
    state: str
    attempts: int
    fence: int
    steps: tuple[str, ...]


class Inside:
    """A running Homeroom, seen from inside: its rows, its files, its processes."""

    def __init__(self, homeroom: Running) -> None:
        self.homeroom = homeroom
        self.home = homeroom.home

    def shell(self, code: str) -> str:
        """Return what Python code prints inside Homeroom."""
        return self.homeroom.manage("shell", "--no-imports", "-c", code)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what a query finds in the database."""
        return self.homeroom.rows(query, *values)

    def names(self, folder: str) -> frozenset[str]:
        """Return the names of all files below a folder."""
        below = (self.home / folder).rglob("*")
        return frozenset(path.name for path in below if path.is_file())

    def sweep(self) -> int:
        """Erase what no holding names, however new; return how many are missing."""
        return int(self.shell(SWEEP).split()[-1])

    def signal_worker(self, number: signal.Signals) -> None:
        """Send a signal to the worker and its children at once."""
        os.killpg(self.homeroom.pid("worker"), number)


class Site(Inside):
    """A running Homeroom with an agreement in force, seen from outside and inside."""

    def __init__(self, homeroom: Running, temporary: Path) -> None:
        super().__init__(homeroom)
        self._places = (
            self.home,
            temporary,
            self.home.parent / f"{self.home.name}.log",
            PROJECT / ".tmp",  # where DuckDB spills unless told otherwise
        )
        self.shell(IN_FORCE)
        self._n_lists = 0
        self.housing = Visitor(homeroom.address, account="housing-steward")
        self.district = Visitor(homeroom.address, account="steward")
        self.files = {
            name: canaries.planted((homeroom.files / name).read_text("utf-8"))
            for name in (HOUSING, STUDENTS)
        }

    def traces(self) -> list[str]:
        """Return every place that holds a canary in the clear."""
        pids = json.loads((self.home / "pids.json").read_text())
        return canaries.traces(*self._places, groups=pids.values())

    def stored(self) -> Stored:
        """Return what is kept of deliveries now."""
        ((n_deliveries, n_holdings),) = self.rows(
            "select (select count(*) from indicators_delivery),"
            " (select count(*) from indicators_holding)"
        )
        return Stored(
            n_deliveries=n_deliveries,
            n_holdings=n_holdings,
            blobs=self.names("vault/blobs"),
            incoming=self.names("vault/incoming"),
            keys=self.names("keystore/keys"),
        )

    def linking(self) -> Linking:
        """Return how the one job that links stands now."""
        ((run, state, attempts, fence, steps),) = self.rows(
            "select subject, state, attempts, fence, steps from accounts_job"
            " where kind = 'indicators.link'"
        )
        names = tuple(step["name"] for step in json.loads(steps))
        return Linking(run, state, attempts, fence, names)

    def unsealed_surnames(self) -> set[str]:
        """Return the surnames in the vault, opened with its keys."""
        return set(json.loads(self.shell(UNSEALED)))

    def load_path(self, visitor: Visitor) -> str:
        """Return the address where a steward loads the own organisation's files."""
        found = re.search(r"/data/flows/\d+/load/", visitor.get("/data/").text)
        assert found is not None
        return found[0]

    def load_housing(self, file: File) -> Page:
        """Return what loading a housing list answers, or why it cannot be loaded."""
        return self.load(self.housing, [file])

    def load_school(self) -> Page:
        """Return what loading the district's files answers."""
        return self.load(self.district, self.school_files())

    def school_files(self) -> list[File]:
        """Return all that the district sends."""
        return [self.planted_file(name) for name in SCHOOL]

    def load(self, visitor: Visitor, files: Sequence[File]) -> Page:
        """Return what sending and loading files answers.

        Files that cannot be loaded are cancelled; the page says why.
        """
        sent = self.sent(visitor, files)
        if sent.status != 302 or "/arrivals/" not in sent.location:
            return sent
        page = visitor.get(sent.location)
        if f"{sent.location}load/" in page.text:
            return self.press_load(visitor, sent.location)
        assert visitor.post(f"{sent.location}cancel/").status == 302
        return page

    def sent(self, visitor: Visitor, files: Sequence[File]) -> Page:
        """Return what sending files answers, once a worker has examined them."""
        sent = visitor.upload(self.load_path(visitor), files)
        if sent.status == 302 and "/arrivals/" in sent.location:
            until(
                lambda: "hx-get" not in visitor.get(sent.location).text,
                seconds=EXAMINE_SECONDS,
                every=0.1,
            )
        return sent

    def press_load(self, visitor: Visitor, path: str) -> Page:
        """Return what loading files answers that were examined."""
        return visitor.post(f"{path}load/", attests_exclusions="on")

    def planted_file(self, name: str) -> File:
        """Return a file of the demonstration, with canaries where it has names."""
        if name in self.files:
            return File.of(name, self.files[name].encode())
        return File.at(self.homeroom.files / name)

    def another_list(self) -> File:
        """Return the housing list, every other time without its last row."""
        self._n_lists += 1
        rows = self.files[HOUSING].splitlines(keepends=True)
        return File.of(HOUSING, "".join(rows[: len(rows) - self._n_lists % 2]).encode())

    def pause_worker(self) -> None:
        """Stop the worker where it stands, but not while it holds the database."""
        while True:
            self.signal_worker(signal.SIGSTOP)
            if not self._is_locked():
                return
            self.signal_worker(signal.SIGCONT)

    def _is_locked(self) -> bool:
        place = self.home / "homeroom.sqlite3"
        with closing(sqlite3.connect(place, timeout=0.5)) as database:
            try:
                database.execute("begin immediate")
            except sqlite3.OperationalError:
                return True
        return False


def until(
    is_so: Callable[[], object], *, seconds: float = 20.0, every: float = 0.001
) -> None:
    """Wait until something is so, asking `every` so many seconds."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(every)
