"""Equivalence classes: who is alike, and whether a class meets what is asked of it."""

from collections.abc import Sequence

import numpy as np

from indicators.deidentify.population import NOT_THERE, Demands, Flags, Ints, Outcome


def grouped(columns: Sequence[Ints]) -> tuple[Ints, int]:
    """Return a number for each row, the same where all columns are, and how many."""
    whole = columns[0]
    n = 0
    for column in (*columns[1:], None):
        _, whole = np.unique(whole, return_inverse=True)
        n = int(whole.max()) + 1 if len(whole) else 0
        if column is not None:
            low = int(column.min()) if len(column) else 0
            width = int(column.max()) - low + 1 if len(column) else 1
            whole = whole * width + (column - low)
    return whole.astype(np.int64), n


def sound(
    groups: Ints,
    n_groups: int,
    *,
    households: Ints,
    outcomes: Sequence[Outcome],
    demands: Demands,
) -> Flags:
    """Return for each group whether it is large, of many homes, and tells no outcome.

    What a part of a group fails, no smaller part meets: the search relies on that.
    """
    met = np.bincount(groups, minlength=n_groups) >= demands.k
    rows = met[groups]
    met &= _n_of_each(groups[rows], households[rows], n_groups) >= demands.households
    for outcome in outcomes:
        rows = met[groups] & (outcome.values != NOT_THERE)
        met &= _is_mixed(
            groups[rows], outcome.values[rows], households[rows], n_groups, demands
        )
    return met


def _n_of_each(groups: Ints, of: Ints, n_groups: int) -> Ints:
    """Return how many different values there are in each group."""
    width = int(of.max()) + 1 if len(of) else 1
    pairs = np.unique(groups * width + of)
    return np.bincount(pairs // width, minlength=n_groups)


def _is_mixed(
    groups: Ints, values: Ints, households: Ints, n_groups: int, demands: Demands
) -> Flags:
    """Return whether two values are held by enough homes, or none is told at all."""
    told = np.bincount(groups, minlength=n_groups) > 0
    n_values = int(values.max()) + 1 if len(values) else 1
    holders = _n_of_each(groups * n_values + values, households, n_groups * n_values)
    widely = (holders >= demands.holders).reshape(n_groups, n_values)
    mixed: Flags = widely.sum(axis=1) >= 2
    return mixed | ~told
