"""One limit for the children of a group, which reading and attacking share."""

import json

import pytest

from indicators.disclosure.release import protect
from indicators.disclosure.release_file import MOST_CHILDREN, BadFile, counted


def release(*counts: int | None, **changed: object) -> bytes:
    """Return a file of one table: groups, and last their total if there is one."""
    *groups, total = counts
    cells = [{"table": "A", "b": f"b{i}", "n": n} for i, n in enumerate(groups)]
    if total is not None:
        cells.append({"table": "A", "n": total})
    record = {"format": 2, "release": "r", "dims": ["b"], "threshold": 10}
    return json.dumps(record | {"cells": cells} | changed).encode()


@pytest.mark.parametrize(
    "counts", [(3, 600_000, 399_997, MOST_CHILDREN), (3, 600_000, 399_997, None)]
)
def test_the_most_children_are_protected_and_attacked(counts):
    outcome = protect(counted(release(*counts)))

    assert outcome.refusals == ()
    assert outcome.cells[0].n is None


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((3, 2_000_000, 3_000_000, 5_000_003), "must be from 0 to 1,000,000"),
        ((3, 600_000, 600_000, None), "more than 1,000,000 children together"),
    ],
)
def test_more_children_are_refused_as_a_file_that_is_wrong(counts, said):
    with pytest.raises(BadFile, match=said):
        protect(counted(release(*counts)))


def test_children_who_stand_twice_are_not_too_many():
    tree = {"b": {"b1": "b0", "b2": "b0"}}
    for counts, changed in (
        ((600_000, 300_000, 300_000, 600_000), {"hierarchies": tree}),
        ((600_000, 600_000, 700_000), {"nonadditive": ["b"]}),
        ((600_000, 600_000, None), {"missing": "unknown"}),
    ):
        assert protect(counted(release(*counts, **changed))).refusals == ()
