"""The yardsticks of the benchmark, on tables small enough to see the answer."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from benchmarks.disclosure_yardsticks import eliminated, fewest

# Two rows of three cells with their totals; the total of all stands last.
SUMS = csr_array(
    np.array(
        [
            [1, 1, 1, 0, 0, 0, -1, 0, 0, 0, 0, 0],
            [0, 0, 0, 1, 1, 1, 0, -1, 0, 0, 0, 0],
            [1, 0, 0, 1, 0, 0, 0, 0, -1, 0, 0, 0],
            [0, 1, 0, 0, 1, 0, 0, 0, 0, -1, 0, 0],
            [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, -1, 0],
            [0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, -1],
        ],
        dtype=float,
    )
)
PLENTY = np.full(12, 10.0)


@pytest.mark.parametrize(
    ("small", "more"),
    [((0,), 3), ((0, 4), 2), ((0, 1, 3, 4), 0), ((0, 4, 5), 3)],
)
def test_the_fewest_cells_close_circles_of_small_ones(small, more):
    found = fewest(SUMS, primaries=small, up=PLENTY, down=PLENTY, seconds=60)

    assert found == (more, True)


def test_a_cell_without_room_to_move_is_of_no_use():
    """Where the cell below can neither grow nor shrink, other cells must serve."""
    still = PLENTY.copy()
    still[4] = 0

    assert fewest(SUMS, primaries=(0, 3, 1), up=PLENTY, down=PLENTY, seconds=60)[0] == 1
    assert fewest(SUMS, primaries=(0, 3, 1), up=still, down=still, seconds=60)[0] == 3


def test_elimination_hides_what_would_give_a_small_cell_away():
    sizes = {("A", "F"): 5, ("A", "M"): 20, ("B", "F"): 30, ("B", "M"): 40}
    rows = [
        {"building": building, "sex": sex}
        for (building, sex), n in sizes.items()
        for _ in range(n)
    ]
    more, n = eliminated(
        rows,
        tables=[("building", "sex")],
        dims=("building", "sex"),
        threshold=10,
        has_singles=False,
    )

    assert (more, n) == (3, 90)
