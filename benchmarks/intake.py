"""How long about the longest list that is taken takes to be packed, in what memory.

The ratio is to a plain csv.reader, and to pyarrow.csv, over the same bytes. Each runs
in a process of its own, in which everything was imported before.

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

import pyarrow.csv

from indicators import frames
from indicators.formats import flat
from indicators.intake import TENANT_COLUMNS, accept

MB = 1024**2
TODAY = date(2022, 6, 1)
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


def ours(path: Path) -> None:
    """Read, accept and pack the list, as a delivery does before it is sealed."""
    with path.open("rb") as file:
        accepted = accept(flat.read(file), TENANT_COLUMNS, today=TODAY)
    for _ in frames.pack({"tenants": accepted.frame}):
        pass


def plain(path: Path) -> None:
    """Run through the list with csv alone."""
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file):
            pass


def arrow(path: Path) -> None:
    """Read the list with pyarrow."""
    pyarrow.csv.read_csv(path)


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measured(read: Callable[[Path], None], path: Path) -> tuple[float, int]:
    """Return the seconds that reading takes, and by how many bytes the process grew."""
    before, began = _peak_bytes(), time.perf_counter()
    read(path)
    return time.perf_counter() - began, _peak_bytes() - before


def main(megabytes: int) -> None:
    """Print seconds, growth, and our ratio to each of the others."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "tenants.csv")
        with path.open("w", encoding="utf-8") as file:
            file.writelines(people(megabytes * MB))
        took = {}
        for read in (ours, plain, arrow):
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                took[read.__name__], n_bytes = pool.apply(measured, (read, path))
            seconds = took[read.__name__]
            print(f"{read.__name__:5} {seconds:5.1f} s, {n_bytes / MB:4.0f} MB more")
    for name in ("plain", "arrow"):
        print(f"ours takes {took['ours'] / took[name]:.1f} times as long as {name}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 34)
