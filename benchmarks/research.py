"""What a research file costs: seconds and memory, beside a plain group-by in DuckDB.

Each case runs in a process of its own. The yardstick is what any check of k-anonymity
does at least once: count the classes of one recoding, their homes and their outcomes.

    python -m benchmarks.research
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from indicators.deidentify.plan import population_of
from indicators.deidentify.population import Demands
from indicators.deidentify.risk import risk_of
from indicators.deidentify.search import least_lossy
from indicators.deidentify.trails import trails
from tests.support import studied

PROJECT = Path(__file__).resolve().parents[1]
CASES = {"5,000 rows": 5_000, "50,000 rows": 50_000}
CHECK = """
SELECT min(n), min(homes) FROM (
  SELECT count(*) AS n, count(DISTINCT home) AS homes, count(DISTINCT outcome)
  FROM rows GROUP BY ALL
)
"""


def measured(n: int) -> dict[str, Any]:
    """Return the seconds and the memory of one search, and of the yardstick."""
    of = studied.linked(studied.children(n, seed=1, n_places=40))
    question = studied.asked()
    found = trails({child.key: child.home for child in of.children}, ())
    population, _ = population_of(of, question, found)
    tried = 0

    def count(number: int) -> None:
        nonlocal tried
        tried = number + 1

    started = time.perf_counter()
    best = least_lossy(population, Demands(), progress=count)
    seconds = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    risk = risk_of(population, best)
    n_nodes = 1
    for column in population.columns:
        n_nodes *= column.top + 1
    return {
        "seconds": round(seconds, 2),
        "megabytes": memory,
        "nodes": n_nodes,
        "recoded": tried,
        "loss": round(best.loss, 3),
        "left out": risk.n_left_out,
        "smallest": risk.smallest,
        "one group-by": round(_yardstick(population), 4),
    }


def _yardstick(population: Any) -> float:
    """Return the seconds of counting the finest classes once in DuckDB."""
    columns = {
        c.column: list(r)
        for c, r in zip(population.columns, population.raw, strict=True)
    }
    columns["home"] = population.households
    columns["outcome"] = population.outcomes[0].values
    con = duckdb.connect()
    con.execute("SET autoinstall_known_extensions=false")
    con.register("rows", pa.table(columns))
    names = ", ".join(c.column for c in population.columns)
    started = time.perf_counter()
    con.execute(CHECK.replace("ALL", names)).fetchall()
    return time.perf_counter() - started


def main() -> None:
    """Measure every case, or the one that a parent process asks for."""
    if sys.argv[1:]:
        print(json.dumps(measured(int(sys.argv[1]))))
        return
    for name, n in CASES.items():
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.research", str(n)],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=True,
        )
        print(name, json.loads(done.stdout))


if __name__ == "__main__":
    main()
