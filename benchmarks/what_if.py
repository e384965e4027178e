"""What it costs to say what would show: an agency's own counts of 2,000 groups.

The largest set of tables by these counts, and all that one trial tries: every set of
their breakdowns, each protected and attacked in vain.

    python -m benchmarks.what_if
"""

import random
import sys
import time

from indicators.headcounts.reading import Headcounts
from indicators.headcounts.telling import sets_of, summed, titled
from indicators.headcounts.trying import tried

BUILDINGS, GRADES, SEED = 150, 13, 7
MOST_SECONDS = 10.0


def counts() -> Headcounts:
    """Return the counts of invented buildings: a few are large, and most small."""
    chance = random.Random(SEED)
    sizes = [3 * chance.paretovariate(1.1) for _ in range(BUILDINGS)]
    return Headcounts(
        ("building", "grade"),
        tuple(
            ((f"Building {k}", f"Grade {grade}"), 1 + int(size * chance.random()))
            for k, size in enumerate(sizes)
            for grade in range(GRADES)
        ),
    )


def main() -> int:
    """Print a line for each set; return the exit status."""
    headcounts = counts()
    slowest = 0.0
    for breakdowns in sets_of(headcounts.breakdowns):
        started = time.process_time()
        found = tried(headcounts, breakdowns, threshold=10)
        seconds = time.process_time() - started
        slowest = max(slowest, seconds)
        assert found is not None
        n_shown, n_groups = summed(found)
        print(
            f"{titled(breakdowns)}: {n_shown:,} of {n_groups:,} groups would show, "
            f"{seconds:.1f} s CPU",
            flush=True,
        )
    print(f"each under {MOST_SECONDS:.0f} s CPU: {slowest < MOST_SECONDS}")
    return int(slowest >= MOST_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
