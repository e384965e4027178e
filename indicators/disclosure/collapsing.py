"""What to combine or leave out when much is hidden, and what forces a refusal.

Fewer and wider groups are more use than many suppressed ones. Source: CMS cell size
suppression policy, which asks for that before suppression.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from indicators.disclosure.linked import Linked, link
from indicators.disclosure.release_file import BadFile, Cell, ReleaseFile, Vector
from indicators.disclosure.suppression import suppress
from indicators.disclosure.witness import Room, Search

# Dimensions whose neighbouring values belong together have one of these in their name.
_ORDERED = ("grade", "age", "band", "length")
# From this share of hidden cells on, something is proposed.
_MUCH = 1 / 3
# Up to so many cells a proposal is tried; of larger releases small cells are counted.
_TRIED = 1000
# So many public cells near a count are looked at for what forces it.
_NEAR = 60


@dataclass(frozen=True, slots=True)
class Collapse:
    """One proposal about a dimension, and what it changes, in cells.

    is_most: no more cells than these would be shown; others may have to go with the
    small ones.
    """

    dim: str
    how: str
    cells_before: int
    shown_before: int
    cells_after: int
    shown_after: int
    is_most: bool

    def record(self) -> dict[str, object]:
        """Return the proposal as JSON values."""
        return {
            "dim": self.dim,
            "how": self.how,
            "cells": [self.cells_before, self.cells_after],
            "shown": [self.shown_before, self.shown_after],
            "at most": self.is_most,
        }


# What each value of a dimension becomes; None where its cells go.
_Renamed = Mapping[str, str | None]


def collapses(
    release: ReleaseFile, *, hidden: frozenset[Vector], width: int
) -> tuple[Collapse, ...]:
    """Return what would show a larger share of the cells, the best first.

    Nothing is proposed where less than a third of the cells are hidden. What earlier
    files bind is left out of account.
    """
    vectors = {cell.vector for cell in release.cells}
    before = len(vectors), len(vectors - hidden)
    if before[0] - before[1] <= _MUCH * before[0]:
        return ()
    found = []
    for dim, how, renamed in _ways(release, hidden):
        narrower = _collapsed(release, dim, renamed)
        if not narrower.cells:
            continue
        shown, is_most = _shown(narrower, width)
        after = len(narrower.cells), shown
        # A larger share of the cells must be shown.
        if after[1] * before[0] > before[1] * after[0]:
            found.append(Collapse(dim, how, *before, *after, is_most))
    found.sort(key=lambda one: (-one.shown_after, one.dim, one.how))
    return tuple(found)


def _ways(
    release: ReleaseFile, hidden: frozenset[Vector]
) -> Iterator[tuple[str, str, _Renamed]]:
    """Yield dimension, words, and what becomes of each value."""
    frame = release.frame
    for at in range(frame.n_keys, len(frame.names)):
        dim, n_hidden, n_all = frame.names[at], dict[str, int](), dict[str, int]()
        for vector in {cell.vector for cell in release.cells}:
            if (value := vector[at]) is not None:
                n_all[value] = n_all.get(value, 0) + 1
                n_hidden[value] = n_hidden.get(value, 0) + (vector in hidden)
        if not any(n_hidden.values()):
            continue
        yield dim, f"Leave out {dim}", dict.fromkeys(n_all)
        tree = frame.hierarchies.get(dim, {})
        if lower := n_all.keys() & tree.keys():
            named = {value: None if value in lower else value for value in n_all}
            yield dim, f"Show only the upper level of {dim}", named
        elif dim not in frame.nonadditive:
            yield from _combined(dim, n_all, n_hidden)


def _combined(
    dim: str, n_all: Mapping[str, int], n_hidden: Mapping[str, int]
) -> Iterator[tuple[str, str, _Renamed]]:
    """Yield neighbours in pairs where values have an order; else the values of which
    more than half is hidden, together."""
    is_ordered = any(word in dim.casefold().split() for word in _ORDERED)
    if is_ordered and len(n_all) > 2:
        values = sorted(n_all, key=_in_order)
        pairs = [values[at : at + 2] for at in range(0, len(values), 2)]
        named = {value: " or ".join(pair) for pair in pairs for value in pair}
        yield dim, f"Combine neighbours of {dim} in pairs", named
        return
    thin = sorted(value for value in n_all if 2 * n_hidden[value] > n_all[value])
    if 2 <= len(thin) < len(n_all):
        together = {value: " or ".join(thin) for value in thin}
        named = {value: together.get(value, value) for value in n_all}
        yield dim, f"Combine {', '.join(thin[:-1])} and {thin[-1]}", named


def _in_order(value: str) -> list[tuple[int, str]]:
    """Return the value's numbers and words, so that 9 comes before 10."""
    return [(int(d or 0), text) for d, text in re.findall(r"(\d*)(\D*)", value)]


def _collapsed(release: ReleaseFile, dim: str, renamed: _Renamed) -> ReleaseFile:
    """Return the counts with these values instead, without known figures."""
    at = release.frame.names.index(dim)
    cells: dict[Vector, Cell] = {}
    for vector, cell in {cell.vector: cell for cell in release.cells}.items():
        value = vector[at]
        named = None if value is None else renamed[value]
        if value is not None and named is None:
            continue
        name = (*vector[:at], named, *vector[at + 1 :])
        same = cells.get(name, Cell(cell.table, name, 0, {}, {}))
        n, is_flagged = (same.n or 0) + (cell.n or 0), same.primary or cell.primary
        cells[name] = replace(same, n=n, primary=is_flagged)
    trees = {d: tree for d, tree in release.frame.hierarchies.items() if d != dim}
    frame = replace(release.frame, hierarchies=trees)
    kept = tuple(cells.values())
    return replace(
        release, frame=frame, cells=kept, indicators=(), known=(), days=frozenset()
    )


def _shown(release: ReleaseFile, width: int) -> tuple[int, bool]:
    """Return how many cells would be shown, and whether it may be fewer."""
    least = release.threshold
    large = sum(
        (cell.n or 0) >= least or (cell.n == 0 and release.zero_public)
        for cell in release.cells
    )
    if len(release.cells) > _TRIED:
        return large, True
    try:
        linked = link(release, earlier=[])
    except BadFile:
        return large, True
    pattern = suppress(
        linked,
        threshold=least,
        zero_public=release.zero_public,
        width=width,
        has_remainder_rule=True,
    )
    return int((linked.is_listed & ~pattern.hidden).sum()), False


def forced_by(linked: Linked, places: Sequence[int]) -> list[int]:
    """Return public cells that together leave the sum of the places no other value.

    Each of them is needed for that. Empty if nothing forces it, or too much.
    """
    search = Search(linked.families, linked.n)
    target = dict.fromkeys(places, 1.0)
    n = linked.n.astype(float)
    up = np.where(linked.is_public, inf, linked.high - n)
    room = Room(up, np.where(linked.is_public, n, n - linked.low), np.ones(linked.size))
    is_open = ~linked.is_public
    is_open[list(places)] = True

    def is_forced() -> bool:
        none = np.zeros(linked.size, bool)
        return (
            search.cheapest(
                target, by=1, room=room, hidden=none, only=is_open, near=(1000, inf)
            )
            is None
        )

    near = _beside(search, places)
    public = [place for place in near if linked.is_public[place]][:_NEAR]
    if not is_forced():
        return []
    is_open[public] = True
    if is_forced():
        return []
    # The farthest are opened first, so that the nearest are what is named.
    needed: list[int] = []
    for number in reversed(range(len(public))):
        is_open[public] = True
        is_open[needed + public[:number]] = False
        if not is_forced():
            needed.insert(0, public[number])
    return needed


def _beside(search: Search, places: Sequence[int]) -> list[int]:
    """Return all places by how many families lie between, nearest first."""
    found = dict.fromkeys(places)
    layer = list(places)
    while layer:
        families = sorted(
            {number for place in layer for number in search.around[place]}
        )
        beside = {int(p) for number in families for p in search.members[number]}
        layer = sorted(beside - found.keys())
        found |= dict.fromkeys(layer)
    return list(found)[len(places) :]
