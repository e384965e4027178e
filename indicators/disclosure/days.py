"""Sums of days: shares of what all children of a group were there for.

Nobody is told of how many days a rate is a share, but a reader may take all children to
have as many. Then a rate of days is a mean over children, like any rate, and its
numerator a number of children, though not a whole one. A reader who believes less of
the days sees more numbers that fit; so what is safe from this one is safe from others.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import inf

import numpy as np
from scipy.sparse import csr_array

from indicators.disclosure.highs import Numbers, Program, Unsolved
from indicators.disclosure.linked import Family, Flags, Linked, Whole
from indicators.disclosure.release_file import BadFile

# What is left of a band's edge, which itself is rounded up.
_EDGE = 1e-6

# Days counted, and the days of which they are, by place.
Shares = Mapping[int, tuple[int, int]]
_Row = tuple[Sequence[tuple[int, float]], float, float]


def check(linked: Linked, shares: Shares, *, code: str) -> None:
    """Raise BadFile where the days of a total cannot be those of its parts."""
    for family in linked.families:
        parts = family.parts[~linked.is_rest[family.parts]].tolist()
        if not {family.parent, *parts} <= shares.keys():
            continue
        is_all = len(parts) == len(family.parts)
        for number in range(2):
            whole = shares[family.parent][number]
            each = [shares[part][number] for part in parts]
            least = sum(each) if family.is_sum else max(each)
            most = sum(each) if is_all and family.is_sum else inf
            if not least <= whole <= most:
                where = linked.frame.place(linked.vectors[family.parent])
                raise BadFile(
                    f"inconsistent totals: the days of {code!r} of the parts of "
                    f"{where} do not add up to it"
                )


def ends(low: int, high: int, n: int) -> tuple[float, float]:
    """Return the least and the greatest numerator of a band, in children."""
    least, most = (2 * low - 1) * n / 200, (2 * high + 1) * n / 200
    return max(0.0, least), min(float(n), most - _EDGE)


def alike(
    families: Iterable[Family],
    n: Whole,
    *,
    low: Numbers,
    high: Numbers,
    most: Numbers,
    is_soft: Flags,
) -> Numbers | None:
    """Return numerators that fit all totals if all children have as many days.

    They lie between low and high, but where that is not possible and a place is soft,
    outside, from 0 to `most`, and as near as can be. None if nothing fits.
    """
    size, soft = len(n), np.flatnonzero(is_soft)
    rows: list[_Row] = []
    for family in families:
        parts = family.parts.tolist()
        whole = [(family.parent, 1.0), *((part, -1.0) for part in parts)]
        if family.is_sum:
            rows.append((whole, 0.0, 0.0))
            continue
        rows += [([(family.parent, 1.0), (part, -1.0)], 0.0, inf) for part in parts]
        if n[family.parts].sum() >= n[family.parent]:
            rows.append((whole, -inf, 0.0))
    for number, place in enumerate(soft.tolist()):
        over, under = size + number, size + len(soft) + number
        rows.append(([(place, 1.0), (over, -1.0)], -inf, float(high[place])))
        rows.append(([(place, 1.0), (under, 1.0)], float(low[place]), inf))
    entries = [
        (row, p, w) for row, (weights, _, _) in enumerate(rows) for p, w in weights
    ]
    at, places, weights_ = zip(*entries, strict=True) if entries else ((), (), ())
    n_soft = 2 * len(soft)
    program = Program(
        csr_array(
            (np.array(weights_, float), (at, places)), shape=(len(rows), size + n_soft)
        ),
        least=np.array([least for _, least, _ in rows]),
        most=np.array([up for _, _, up in rows]),
        low=np.append(np.where(is_soft, 0.0, low), np.zeros(n_soft)),
        high=np.append(np.where(is_soft, most, high), np.full(n_soft, inf)),
        is_inner=True,
    )
    try:
        found = program.least(np.append(np.zeros(size), np.ones(n_soft)))
    except Unsolved:
        return None
    return None if found is None else found[:size]
