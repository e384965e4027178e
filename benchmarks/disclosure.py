"""What protecting linked tables costs: cells hidden, seconds, memory; and the optimum.

Each release is protected in a process of its own, with the audit. Small tables are also
solved by integer programming, to the fewest cells that any pattern must hide.

    python -m benchmarks.disclosure [small | all]
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.support import made_releases as made

PROJECT = Path(__file__).resolve().parents[1]
FOUR = made.FOUR
# Buildings, schools, children, tables; and the rules: counts alone have no indicator.
CASES: dict[str, tuple[int, int, int, int, str]] = {
    "30 buildings, one table, linear": (30, 15, 2500, 1, "linear"),
    "30 buildings, one table": (30, 15, 2500, 1, "full"),
    "30 buildings, one table, rates": (30, 15, 2500, 1, "rates"),
    "60 buildings, two tables, linear": (60, 30, 5000, 2, "linear"),
    "60 buildings, two tables": (60, 30, 5000, 2, "full"),
    "60 buildings, two tables, rates": (60, 30, 5000, 2, "rates"),
    "60 buildings, four tables, linear": (60, 30, 5000, 4, "linear"),
    "60 buildings, four tables": (60, 30, 5000, 4, "full"),
    "60 buildings, four tables, rates": (60, 30, 5000, 4, "rates"),
    "120 buildings, four tables": (120, 60, 10_000, 4, "full"),
    "120 buildings, four tables, rates": (120, 60, 10_000, 4, "rates"),
}
SMALL = 3
# Tables for which the optimum is proven; more cells take the solver too long.
OPTIMA = ((4, 150), (5, 250), (6, 300))
SECONDS = 120


def release(case: str) -> made.Release:
    """Return the counted release of a case."""
    buildings, schools, n, tables, rules = CASES[case]
    rows = made.children(n, buildings=buildings, schools=schools, seed=7)
    return made.release(
        {"2022": rows},
        tables=FOUR[:tables],
        indicators=("absent",) if rules == "rates" else (),
    )


def measured(case: str) -> dict[str, Any]:
    """Return what one case costs, as a process of its own reports it."""
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.disclosure", "child", case],
            cwd=PROJECT,
            env=os.environ | {"HOMEROOM_HOME": home},
            stdout=subprocess.PIPE,
            check=True,
        )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def child(case: str) -> None:
    """Protect one release, and print what it cost."""
    from indicators.disclosure.release import protect
    from indicators.disclosure.release_file import counted

    counts = counted(json.dumps(release(case)).encode())
    started = time.perf_counter()
    profile = "linear" if CASES[case][4] == "linear" else "full"
    outcome = protect(counts, profile=profile)
    seconds = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    n_cells = len({cell.vector for cell in counts.cells})
    kept = {k: outcome.report[k] for k in ("primaries", "secondaries")}
    print(
        json.dumps(
            kept
            | {"cells": n_cells, "seconds": round(seconds, 1), "megabytes": memory}
            | {"refused": len(outcome.refusals)}
        )
    )


def optimum(record: made.Release) -> tuple[int, int] | None:
    """Return the fewest secondary cells, and those that the engine hides; None if the
    solver does not prove the fewest in time.

    One binary unknown for each cell says whether it is hidden; for each small cell an
    alternative table moves hidden cells alone, and that cell by one at least, up or
    down as one more binary unknown says.
    """
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import (
        block_array,
        block_diag,
        csr_array,
        eye_array,
        hstack,
        vstack,
    )

    from indicators.disclosure.linked import link
    from indicators.disclosure.release_file import counted
    from indicators.disclosure.suppression import suppress

    counts = counted(json.dumps(record).encode())
    linked = link(counts, earlier=[])
    pattern = suppress(
        linked,
        threshold=counts.threshold,
        zero_public=True,
        width=2,
        has_remainder_rule=False,
    )
    small = np.flatnonzero(pattern.is_primary)
    size, most = linked.size, float(counts.threshold)
    sums = np.zeros((len(linked.families), size))
    for row, family in enumerate(linked.families):
        sums[row, family.parts] = 1
        sums[row, family.parent] = -1
    copies = len(small)
    still = hstack(
        [csr_array((copies * len(sums), size)), block_diag([csr_array(sums)] * copies)]
    )
    stacked = vstack([eye_array(size)] * copies)
    room_down = np.minimum(linked.n - linked.low, most)
    down = vstack([csr_array(np.diag(room_down))] * copies)
    each = eye_array(copies * size)
    aimed = csr_array(
        (np.ones(copies), (range(copies), small + size * np.arange(copies))),
        shape=(copies, copies * size),
    )
    way = (most + 1) * eye_array(copies)
    rows = block_array(
        [
            [still, None],
            [hstack([-most * stacked, each]), None],
            [hstack([-down, -each]), None],
            [hstack([csr_array((copies, size)), aimed]), way],
        ]
    ).tocsr()
    n_binary, n_moves = size, copies * size
    low = np.concatenate([np.zeros(size), np.full(n_moves, -most), np.zeros(copies)])
    high = np.concatenate([np.ones(size), np.full(n_moves, most), np.ones(copies)])
    low[small] = 1
    high[:size][linked.is_public] = 0
    n_still, n_bounds = still.shape[0], 2 * n_moves
    is_whole = np.concatenate([np.ones(n_binary), np.zeros(n_moves), np.ones(copies)])
    result = milp(
        np.concatenate([np.ones(size), np.zeros(n_moves + copies)]),
        integrality=is_whole,
        bounds=Bounds(low, high),
        constraints=LinearConstraint(
            rows,
            np.concatenate(
                [np.zeros(n_still), np.full(n_bounds, -np.inf), np.ones(copies)]
            ),
            np.concatenate(
                [np.zeros(n_still), np.zeros(n_bounds), np.full(copies, most)]
            ),
        ),
        options={"time_limit": SECONDS},
    )
    if result.status != 0:
        return None
    return round(result.fun) - copies, int(pattern.hidden.sum()) - copies


def main(which: str) -> int:
    """Print a line for each case; return the exit status."""
    is_clean = True
    for case in list(CASES)[: SMALL if which == "small" else None]:
        cost = measured(case)
        is_clean &= not cost["refused"]
        print(
            f"{case}: {cost['cells']} cells, {cost['primaries']} small, "
            f"{cost['secondaries']} more hidden, {cost['seconds']} s, "
            f"{cost['megabytes']} MB, refused: {bool(cost['refused'])}",
            flush=True,
        )
    for buildings, n in OPTIMA:
        rows = made.children(n, buildings=buildings, schools=3, seed=7)
        record = made.release({"2022": rows}, tables=FOUR[:1], indicators=())
        found = optimum(record)
        told = "not proven" if found is None else "optimum {}, ours {}".format(*found)
        print(
            f"{buildings} buildings, {len(record['cells'])} cells: {told}", flush=True
        )
        if found is not None:
            is_clean &= found[1] <= max(found[0] + 2, 1.1 * found[0])
    print(f"all audited clean, and near the optimum: {is_clean}")
    return int(not is_clean)


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(sys.argv[2])
    else:
        sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "small"))
