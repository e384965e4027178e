"""How long about the longest list that is taken takes to be read, and in what memory.

The ratios are to DuckDB's own reader of CSV, which sets odd rows aside too, over the
same bytes in the same run: in wall time, and in CPU time, which a busy machine moves
less. Each reads the list several times, in a process of its own in which everything was
imported before; its best time counts, and its memory. Beside it stand pyarrow.csv, a
plain csv.reader, and what the whole way to the vault takes.

    python -m benchmarks.intake [MEGABYTES]      34 is about 590,000 people
"""

import csv
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import duckdb
import pyarrow.csv

from indicators import frames
from indicators.arrivals.contract import TENANT, Arrival
from indicators.arrivals.contract import Answers as Answered
from indicators.arrivals.reading import read_arrival
from indicators.formats.examine import Answers
from indicators.formats.reading import read

MB = 1024**2
TODAY = date(2022, 6, 1)
N_TIMES = 3
MOST_TIMES_DUCKDB = 2.5
LISTED = frozenset(
    f"tenant.{name}"
    for name in (
        *("member_id", "first_name", "middle_name", "last_name", "birth_date"),
        *("development", "move_in_date"),
    )
)
HEADINGS = (
    "member id,first name,middle name,last name,birth date,development,move in date\n"
)


def people(n_bytes: int) -> Iterator[str]:
    """Yield lines of invented people, with as many different names as a city has."""
    draw = random.Random(2022)
    letters = "abcdefghijklmnopqrstuvwxyz"
    names = ["".join(draw.choices(letters, k=7)).title() for _ in range(30_000)]
    yield HEADINGS
    n_written, number = len(HEADINGS), 0
    while n_written < n_bytes - 100:
        number += 1
        line = (
            f"M{number:09},{draw.choice(names)},{draw.choice(letters)},"
            f"{draw.choice(names)},{draw.randint(1930, 2021)}-{draw.randint(1, 12):02}"
            f"-{draw.randint(1, 28):02},WA{draw.randint(1, 300):09},2020-05-01\n"
        )
        n_written += len(line)
        yield line


def intake(path: Path) -> None:
    """Read the list under an agreement, as a delivery does."""
    arrived(path)


def arrived(path: Path) -> Arrival:
    """Return the list as it is read under an agreement that lists its columns."""
    with path.open("rb") as file:
        arrival = read_arrival(
            [file], listed=LISTED, side=TENANT, answers=Answered(), today=TODAY
        )
    assert arrival.can_be_kept
    return arrival


def command(path: Path) -> None:
    """Read the list as `manage.py read` does."""
    assert not read(path, Answers(TODAY)).errors


def packed(path: Path) -> None:
    """Read and pack the list, as a delivery does before it is sealed."""
    for _ in frames.pack(arrived(path).frames):
        pass


def duck(path: Path) -> None:
    """Read the list with DuckDB, which keeps a table of the rows that it rejects."""
    with duckdb.connect() as database:
        database.execute(
            "create table tenants as select * from read_csv(?, store_rejects = true)",
            [str(path)],
        )


def arrow(path: Path) -> None:
    """Read the list with pyarrow."""
    pyarrow.csv.read_csv(path)


def plain(path: Path) -> None:
    """Run through the list with csv alone."""
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file):
            pass


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measured(read: Callable[[Path], None], path: Path) -> tuple[float, float, int]:
    """Return the fewest seconds that reading takes, of CPU too, and how memory grew."""
    before, took, worked = _peak_bytes(), [], []
    for _ in range(N_TIMES):
        began, at_work = time.perf_counter(), time.process_time()
        read(path)
        took.append(time.perf_counter() - began)
        worked.append(time.process_time() - at_work)
    return min(took), min(worked), _peak_bytes() - before


def main(megabytes: int) -> int:
    """Print seconds, growth and ratios; return 1 where reading takes too long."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "tenants.csv")
        with path.open("w", encoding="utf-8") as file:
            file.writelines(people(megabytes * MB))
        took = {}
        for each in (intake, duck, command, packed, arrow, plain):
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                found = pool.apply(measured, (each, path))
            seconds, worked, n_bytes = took[each.__name__] = found
            grown = f"{n_bytes / MB:4.0f} MB more"
            print(f"{each.__name__:8} {seconds:6.2f} s, {worked:.2f} of CPU, {grown}")
    is_slow = False
    for name in ("intake", "command"):
        ratio, of_cpu = (took[name][n] / took["duck"][n] for n in range(2))
        is_slow |= ratio > MOST_TIMES_DUCKDB
        print(f"{name} takes {ratio:.1f} times as long as DuckDB, {of_cpu:.1f} of CPU")
    print(f"at most {MOST_TIMES_DUCKDB} times as long are allowed")
    return int(is_slow)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 34))
