"""What protecting linked tables costs: cells hidden, seconds, memory; and yardsticks.

Each release is protected in a process of its own, and audited. Beside it stand what
elimination hides in the same tables, and in small ones the fewest cells that any
pattern hides. The releases follow the recipe by which other tools were measured; their
names say how many cells it gave there. CPU seconds of elimination, which is plain
Python, tell how fast the machine is. Partnerships, named by their buildings, release
three years with an outcome, residents beside others whose sum is public, and then a
second time with a year revised and another grouping of the grades. What is printed
of them is attacked by a stranger too, who shares no code with the audit.

    python -m benchmarks.disclosure [small | all | NAME ...]
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import made_releases as made

PROJECT = Path(__file__).resolve().parents[1]
DIMS = (*made.DIMS, "attendance")
BAND, SCHOOL, GRADE, RACE = made.FOUR
RULES = ("linear", "full", "rates")
# How long the proof of the fewest cells may take, in CPU seconds.
SECONDS = 300


@dataclass(frozen=True, slots=True)
class Case:
    """One release: how many buildings, schools and children; its tables and rules."""

    buildings: int
    schools: int
    n: int
    tables: tuple[tuple[str, ...], ...]
    rules: tuple[str, ...] = RULES
    is_proven: bool = False


def _by_attendance(table: tuple[str, ...]) -> tuple[str, ...]:
    return (*table, "attendance")


_LINKED = (_by_attendance(BAND), SCHOOL, _by_attendance(GRADE), RACE)
CASES = {
    "458": Case(30, 15, 2500, (BAND,), is_proven=True),
    "1706": Case(30, 15, 2500, (_by_attendance(BAND), _by_attendance(RACE))),
    "1906": Case(60, 30, 5000, (BAND, SCHOOL)),
    "3383": Case(60, 30, 5000, made.FOUR),
    "7011": Case(60, 30, 5000, _LINKED),
    "14766": Case(128, 64, 10_700, _LINKED, ("full",)),
    "20000": Case(140, 70, 11_700, tuple(map(_by_attendance, made.FOUR)), ("full",)),
}
SMALL = ("458", "1906", "3383")
# Of so many counts, rates and remainders, a stranger attacks one.
ONE_IN = 100
# Buildings, schools and children of a year.
PARTNERSHIPS = {"60 buildings": (60, 30, 5000), "120 buildings": (120, 60, 10_000)}


def children(case: Case) -> list[made.Child]:
    """Return the invented children of a case."""
    return made.scattered(
        case.n, buildings=case.buildings, schools=case.schools, seed=7
    )


def release(case: Case, *, rules: str) -> made.Release:
    """Return the counted release of a case; counts alone have no indicator."""
    return made.release(
        {"2022": children(case)},
        tables=case.tables,
        indicators=("absent",) if rules == "rates" else (),
        dims=DIMS,
    )


def measured(*arguments: str) -> dict[str, Any]:
    """Return what a process of its own reports."""
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.disclosure", "child", *arguments],
            cwd=PROJECT,
            env=os.environ | {"HOMEROOM_HOME": home},
            stdout=subprocess.PIPE,
            check=True,
        )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def protected(case: Case, *, rules: str) -> dict[str, Any]:
    """Protect one release, and return what it cost."""
    from indicators.disclosure.release import protect
    from indicators.disclosure.release_file import counted

    counts = counted(json.dumps(release(case, rules=rules)).encode())
    started, worked = time.perf_counter(), time.process_time()
    outcome = protect(counts, profile="linear" if rules == "linear" else "full")
    seconds, cpu = time.perf_counter() - started, time.process_time() - worked
    is_hidden = {cell.vector for cell in outcome.cells if cell.n is None}
    cells = {cell.vector: cell.n or 0 for cell in counts.cells}
    return {
        "cells": len(cells),
        "small": outcome.report["primaries"],
        "more": outcome.report["secondaries"],
        "children": sum(
            n for vector, n in cells.items() if vector in is_hidden and n >= 10
        ),
        "seconds": round(seconds, 1),
        "cpu": round(cpu, 1),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "is_clean": not outcome.refusals,
    }


def followed(name: str) -> dict[str, Any]:
    """Protect both releases of a partnership, and return what each cost."""
    from indicators.disclosure.release import printed_record, protect
    from indicators.disclosure.release_file import ReleaseFile
    from indicators.disclosure.release_file import counted as read
    from indicators.disclosure.release_file import protected as read_protected

    buildings, schools, n = PARTNERSHIPS[name]
    editions = made.partnership(buildings=buildings, schools=schools, n=n, seed=3)
    before: list[ReleaseFile] = []
    printed: list[made.Release] = []
    found: dict[str, Any] = {}
    for number, record in zip(("first", "second"), editions, strict=True):
        counts = read(json.dumps(record).encode())
        started, worked = time.perf_counter(), time.process_time()
        outcome = protect(counts, earlier=before)
        found[number] = {
            "cells": len({cell.vector for cell in counts.cells}),
            "small": outcome.report["primaries"],
            "more": outcome.report["secondaries"],
            "seconds": round(time.perf_counter() - started, 1),
            "cpu": round(time.process_time() - worked, 1),
            "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "is_clean": not outcome.refusals,
        }
        if outcome.refusals:
            break
        printed.append(json.loads(json.dumps(printed_record(counts, outcome))))
        before = [read_protected(json.dumps(printed[-1]).encode())]
        found[number]["learnt"] = learnt(printed)
    return found


def learnt(releases: list[made.Release]) -> list[str]:
    """Return what a stranger learns from some sums of the last release and the earlier
    ones, year by year: of a year that was revised, from the last."""
    from tests.support.release_attacker import findings

    found = []
    for year in sorted({cell["period"] for cell in releases[-1]["cells"]}):
        *before, last = (
            release
            | {
                name: [each for each in release[name] if each["period"] == year]
                for name in ("cells", "known")
            }
            for release in releases
        )
        standing = [edition for edition in before if not _is_revised(edition, last)]
        told = findings([*standing, last], is_whole=False, one_in=ONE_IN)
        found += [f"{year}: {what}" for what in told]
    return found


def _is_revised(before: made.Release, now: made.Release) -> bool:
    """Return whether a count is another by now: the two tell of unlike children."""

    def counts(release: made.Release) -> dict[tuple[str | None, ...], int]:
        return {
            tuple(cell[dim] for dim in made.SPANNED): cell["n"]
            for cell in release["cells"]
            if cell["n"] is not None
        }

    old, new = counts(before), counts(now)
    return any(old[vector] != new[vector] for vector in old.keys() & new.keys())


def by_elimination(case: Case) -> dict[str, Any]:
    """Return what elimination hides: alone, and with its rule for single children."""
    from benchmarks.disclosure_yardsticks import eliminated

    rows, found = children(case), {}
    for has_singles in (False, True):
        worked = time.process_time()
        more, n = eliminated(
            rows,
            tables=case.tables,
            dims=DIMS,
            threshold=10,
            has_singles=has_singles,
        )
        name = "singles" if has_singles else "plain"
        found[name] = [more, n, round(time.process_time() - worked, 1)]
    return found


def proven(case: Case) -> dict[str, Any]:
    """Return the fewest cells that any pattern hides in the linear profile."""
    import numpy as np
    from scipy.sparse import csr_array

    from benchmarks.disclosure_yardsticks import fewest
    from indicators.disclosure.linked import link
    from indicators.disclosure.release_file import counted

    counts = counted(json.dumps(release(case, rules="linear")).encode())
    linked = link(counts, earlier=[])
    sums = np.zeros((len(linked.families), linked.size))
    for row, family in enumerate(linked.families):
        sums[row, family.parts] = 1
        sums[row, family.parent] = -1
    is_small = linked.is_listed & (linked.n > 0) & (linked.n < counts.threshold)
    worked = time.process_time()
    cells, is_proven = fewest(
        csr_array(sums),
        primaries=np.flatnonzero(is_small).tolist(),
        up=np.where(linked.is_public, 0.0, counts.threshold),
        down=np.where(
            linked.is_public, 0.0, np.minimum(linked.n - linked.low, counts.threshold)
        ),
        seconds=SECONDS,
    )
    cpu = round(time.process_time() - worked, 1)
    return {"fewest": cells, "is_proven": is_proven, "cpu": cpu}


def _told(name: str, what: str, cost: dict[str, Any]) -> bool:
    """Print what one release cost; return whether it withstood all attacks."""
    children_too = f" ({cost['children']} children)" if "children" in cost else ""
    print(
        f"{name}, {what}: {cost['cells']} cells, {cost['small']} small, "
        f"{cost['more']} more hidden{children_too}, "
        f"{cost['seconds']} s, {cost['cpu']} s CPU, {cost['megabytes']} MB, "
        f"audit {'clean' if cost['is_clean'] else 'not clean'}",
        flush=True,
    )
    if "learnt" in cost:
        told = "; ".join(cost["learnt"]) or "nothing"
        print(f"{name}, {what}: a stranger who asks one sum in {ONE_IN} finds {told}")
    return bool(cost["is_clean"]) and not cost.get("learnt")


def compared(name: str) -> bool:
    """Print the lines of one case; return whether it was audited clean, and near the
    fewest cells where these are proven."""
    if name in PARTNERSHIPS:
        costs = measured(name, "followed")
        return all(_told(name, number, cost) for number, cost in costs.items())
    case, is_good = CASES[name], True
    more: dict[str, int] = {}
    for rules in case.rules:
        cost = measured(name, rules)
        more[rules] = cost["more"]
        is_good &= _told(name, rules, cost)
    for rule, (n_more, n, cpu) in measured(name, "elimination").items():
        print(
            f"{name}, elimination, {rule}: {n_more} more hidden ({n} children), "
            f"{cpu} s CPU",
            flush=True,
        )
    if case.is_proven:
        best = measured(name, "fewest")
        print(
            f"{name}, fewest: {best['fewest']}"
            f"{'' if best['is_proven'] else ' or more'}, {best['cpu']} s CPU",
            flush=True,
        )
        is_good &= more["linear"] <= max(best["fewest"] + 2, 1.1 * best["fewest"])
    return is_good


def main(which: list[str]) -> int:
    """Print lines for each case; return the exit status."""
    names = {"small": [*SMALL], "all": [*CASES, *PARTNERSHIPS]}.get(which[0], which)
    results = [compared(name) for name in names]
    print(f"all audited clean, and near the fewest: {all(results)}")
    return int(not all(results))


def child(name: str, what: str) -> dict[str, Any]:
    """Return what one process measures."""
    if what == "followed":
        return followed(name)
    if what == "elimination":
        return by_elimination(CASES[name])
    return (
        proven(CASES[name]) if what == "fewest" else protected(CASES[name], rules=what)
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        print(json.dumps(child(*sys.argv[2:4])))
    else:
        sys.exit(main(sys.argv[1:] or ["small"]))
