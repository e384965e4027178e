"""Numbers of children that fit what was told, where not all was."""

from collections.abc import Sequence
from math import inf

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from indicators.disclosure.highs import Numbers, Program, Unsolved

Whole = NDArray[np.int64]

# More children than any group has.
MOST = 1e9
_NODES = 5000
# How often bounds are narrowed by all rows.
_PASSES = 20


Row = tuple[int, Whole, bool, bool]


def following(
    rows: Sequence[Row], told: dict[int, int], *, low: Numbers, high: Numbers
) -> dict[int, int]:
    """Return the numbers, by place, that nothing but those told leaves one value.

    rows, low, high: as of `fitting`. Bounds are narrowed by each row in turn.
    """
    low, high = low.copy(), np.minimum(high, MOST)
    for place, value in told.items():
        low[place] = high[place] = value
    rows = [row for row in rows if not {row[0], *row[1].tolist()} <= told.keys()]
    for _ in range(_PASSES):
        before = low.copy(), high.copy()
        for parent, parts, is_sum, may_miss in rows:
            least, most = low[parts], high[parts]
            low[parent] = max(low[parent], least.sum() if is_sum else least.max())
            others = least.sum() - least if is_sum else 0
            high[parts] = np.minimum(most, high[parent] - others)
            if not may_miss:
                high[parent] = min(high[parent], most.sum())
                low[parts] = np.maximum(least, low[parent] - (most.sum() - most))
        if np.array_equal(before[0], low) and np.array_equal(before[1], high):
            break
    open_ = [place for place in range(len(low)) if place not in told]
    return {place: int(low[place]) for place in open_ if low[place] == high[place]}


def fitting(
    rows: Sequence[Row],
    told: dict[int, int],
    *,
    low: Numbers,
    high: Numbers,
) -> Whole | None:
    """Return whole numbers that fit, or None; what was told is never changed.

    rows: parent, parts, whether they are a sum, whether some may be in no part.
    Children in no part are as few as can be.
    """
    size = len(low)
    values = np.zeros(size, dtype=np.int64)
    for place, value in told.items():
        values[place] = value
    if len(told) < size:
        low, high = low.copy(), high.copy()
        for place, value in told.items():
            low[place] = high[place] = value
    elif np.any(values < low) or np.any(values > high):
        return None
    entries: list[tuple[int, int, float]] = []
    least: list[float] = []
    most: list[float] = []
    cost = np.zeros(size)
    is_open = np.ones(size, bool)
    is_open[list(told)] = False
    for parent, parts, is_sum, may_miss in rows:
        most_rest = inf if may_miss else 0.0
        whole = ((parent, 1.0), *((part, -1.0) for part in parts))
        row_sets = [whole]
        bounds = [(0.0, most_rest)]
        if not is_sum:
            row_sets += [((parent, 1.0), (part, -1.0)) for part in parts]
            bounds = [(-inf, inf if may_miss else 0.0)]
            bounds += [(0.0, inf)] * len(parts)
        for weights, (down, up) in zip(row_sets, bounds, strict=True):
            is_known = not any(is_open[place] for place, _ in weights)
            if is_known:
                total = sum(w * values[place] for place, w in weights)
                if not down <= total <= up:
                    return None
                continue
            entries += [(len(least), place, w) for place, w in weights]
            least.append(down)
            most.append(up)
            for place, w in weights:
                cost[place] += w * is_sum
    if len(told) == size:
        return values
    row, column, weight = zip(*entries, strict=True) if entries else ((), (), ())
    program = Program(
        csr_array((weight, (row, column)), shape=(len(least), size)),
        least=np.array(least),
        most=np.array(most),
        low=low,
        high=np.minimum(high, MOST),
        is_whole=np.ones(size, bool),
        nodes=_NODES,
    )
    try:
        found = program.least(cost)
    except Unsolved:
        return None
    return None if found is None else np.rint(found).astype(np.int64)
