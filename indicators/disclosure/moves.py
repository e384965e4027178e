"""How far a release moves what an earlier one printed (rules 13 and 14).

It serves the audit alone.
"""

from collections.abc import Iterable, Iterator
from math import ceil

from indicators.disclosure.audit import Breach, Kind
from indicators.disclosure.groups import Trust
from indicators.disclosure.left_over import LeftOver
from indicators.disclosure.printed import percents
from indicators.disclosure.questions import FEWEST
from indicators.disclosure.reading import Reading, aligned
from indicators.disclosure.release_file import Cell, ReleaseFile, Vector


def compared(
    release: ReleaseFile, edition: ReleaseFile
) -> tuple[list[Breach], set[Vector]]:
    """Return what the release gives away of an earlier edition by being another, and
    the groups of which it prints other counts."""
    now = {cell.vector: cell for cell in release.cells}
    old = {aligned(c.vector, edition.frame, release.frame): c for c in edition.cells}
    found: list[Breach] = []
    change: dict[Vector, int] = {}
    for vector in filter(now.__contains__, old):
        was, is_now = old[vector].n, now[vector].n
        if was is None:
            if is_now is not None:
                found.append(Breach(Kind.UNCOVERED, (vector,)))
        elif is_now is not None:
            change[vector] = is_now - was
            if 0 < abs(is_now - was) < release.threshold:
                found.append(Breach(Kind.MOVED, (vector,)))
            if is_now == was:
                found += _rates(vector, old[vector], now[vector])
            else:
                children = [c for c in release.indicators if c not in release.days]
                found += _of_moved(old[vector], now[vector], children)
    pair = Reading(release, [edition], Trust.NOBODY)
    left_over = LeftOver(pair.splits, {vector: now[vector].n or 0 for vector in change})
    for split in pair.splits:
        if split.is_sum and split.whole in change:
            printed, _ = left_over.groups(split)
            next_ = [part for part in split.parts if part in change]
            for same in (next_, printed):
                rest = change[split.whole] - sum(change[v] for v in same)
                if 0 < abs(rest) < release.threshold:
                    found.append(Breach(Kind.MOVED, (split.whole, *split.parts)))
    return found, {vector for vector, by in change.items() if by}


def _rates(vector: Vector, old: Cell, new: Cell) -> Iterator[Breach]:
    for code in sorted(old.rate.keys() & new.rate.keys()):
        was, is_now = old.rate[code], new.rate[code]
        if is_now is not None and is_now != was:
            kind = Kind.UNCOVERED if was is None else Kind.RATE_MOVED
            yield Breach(kind, (vector,), code)


def _of_moved(old: Cell, new: Cell, codes: Iterable[str]) -> Iterator[Breach]:
    """Yield the indicators that nearly all or none of those have who came, or who left,
    if it was only these."""
    few, many = sorted((old, new), key=lambda cell: cell.n or 0)
    n, n_many = few.n or 0, many.n or 0
    for code in codes:
        of_few, of_many = few.rate.get(code), many.rate.get(code)
        if of_few is None or of_many is None:
            continue
        least, most = _numerators(of_few, n)
        low, high = _numerators(of_many, n_many)
        ends = max(0, low - most), min(n_many - n, high - least)
        if 0 <= ends[1] - ends[0] < FEWEST - 1:
            yield Breach(Kind.RATE, (new.vector,), code)


def _numerators(text: str, n: int) -> tuple[int, int]:
    low, high = percents(text)
    return max(0, ceil((2 * low - 1) * n / 200)), ceil((2 * high + 1) * n / 200) - 1
