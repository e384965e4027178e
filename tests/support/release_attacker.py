"""A stranger with published files and a solver of their own.

The stranger knows the format and the rules, and nothing of `indicators.disclosure`:
every count and numerator is an unknown of one integer program over all files, and each
is asked for its least and its greatest value.
"""

import itertools
import random
import re
from collections.abc import Iterator, Sequence
from math import ceil, floor
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

Release = dict[str, Any]
Vector = tuple[str | None, ...]
_MOST = 100_000


class Stranger:
    """What is known of every cell of the releases: the last one and earlier ones.

    is_whole: false for a stranger who does not mind parts of children, and so is done
    much sooner with large releases; what this one finds is found all the more.
    """

    def __init__(
        self,
        releases: Sequence[Release],
        *,
        hidden_is_not_0: bool,
        is_whole: bool = True,
    ) -> None:
        self.is_whole = is_whole
        self.last = releases[-1]
        self.names = [*self.last["keys"], *self.last["dims"]]
        self.n: dict[Vector, int | None] = {}
        self.rate: dict[tuple[Vector, str], str] = {}
        low: dict[Vector, int] = {}
        high: dict[Vector, int] = {}
        for release in releases:
            for cell in release["cells"]:
                vector = self.vector(cell)
                if self.n.get(vector) is None:
                    self.n[vector] = cell["n"]
                if cell["n"] is None and hidden_is_not_0:
                    low[vector] = 1
                for code, text in cell["rate"].items():
                    if text is not None:
                        self.rate[vector, code] = text
        for known in self.last.get("known", []):
            vector = self.vector(known)
            self.n.setdefault(vector, None)
            low[vector] = known["n"] - known["plus_minus"]
            high[vector] = known["n"] + known["plus_minus"]
        self.codes = self.last["indicators"]
        self.within = self.last.get("within", {})
        self.places = {vector: i for i, vector in enumerate(self.n)}
        self.size = len(self.places)
        n_codes = len(self.codes)
        self.low = np.zeros(self.size * (1 + n_codes))
        self.high = np.full(self.size * (1 + n_codes), float(_MOST))
        self.rows: list[tuple[dict[int, float], float, float]] = []
        for vector, place in self.places.items():
            n = self.n[vector]
            self.low[place] = low.get(vector, 0) if n is None else n
            self.high[place] = high.get(vector, _MOST) if n is None else n
            for code in self.codes:
                x = self.x(vector, code)
                self.rows.append(({place: 1, x: -1}, 0, np.inf))
                for outer in self.within.get(code, ()):
                    row = {self.x(vector, outer): 1.0, x: -1.0}
                    self.rows.append((row, 0, np.inf))
                if n is not None:
                    fits = [v for v in range(n + 1) if self._fits(vector, code, v, n)]
                    self.low[x], self.high[x] = min(fits), max(fits)
        self.lines = list(self._lines(are_sums=True))
        self.overlaps = [
            (total, part)
            for total, part in itertools.product(
                self.n if self.last["nonadditive"] else (), repeat=2
            )
            if self._is_overlap(total, part)
        ]
        for total, part in self.overlaps:
            n_rest = {self.places[total]: 1.0, self.places[part]: -1.0}
            self.rows.append((n_rest, 0, np.inf))
            for code in self.codes:
                x_rest = {self.x(total, code): 1.0, self.x(part, code): -1.0}
                self.rows.append((x_rest, 0, np.inf))
                minus = {at: -weight for at, weight in x_rest.items()}
                self.rows.append((n_rest | minus, 0, np.inf))
        for parent, parts in self._lines(are_sums=False):
            for shift in range(1 + n_codes):
                row = {self.places[p] + shift * self.size: 1.0 for p in parts}
                row[self.places[parent] + shift * self.size] = -1.0
                self.rows.append((row, 0, np.inf))
        for parent, parts in self.lines:
            for shift in range(1 + n_codes):
                row = {self.places[p] + shift * self.size: 1.0 for p in parts}
                row[self.places[parent] + shift * self.size] = -1.0
                self.rows.append((row, 0, 0))
        at = [i for i, (row, _, _) in enumerate(self.rows) for _ in row]
        places = [place for row, _, _ in self.rows for place in row]
        weights = [w for row, _, _ in self.rows for w in row.values()]
        shape = (len(self.rows), len(self.low))
        self.constraints = LinearConstraint(
            csr_array((weights, (at, places)), shape=shape),
            [row[1] for row in self.rows],
            [row[2] for row in self.rows],
        )
        self.met: list[np.ndarray] = []

    def vector(self, cell: Release) -> Vector:
        return tuple(cell.get(name) for name in self.names)

    def is_known(self, vector: Vector) -> bool:
        """Return whether a public figure gives the count exactly."""
        place = self.places[vector]
        return self.n[vector] is None and bool(self.low[place] == self.high[place])

    def x(self, vector: Vector, code: str) -> int:
        return self.places[vector] + (1 + self.codes.index(code)) * self.size

    def _fits(self, vector: Vector, code: str, x: int, n: int) -> bool:
        text = self.rate.get((vector, code))
        if text is None or n == 0:
            return True
        low, high = (int(number) for number in (re.findall(r"\d+", text) * 2)[:2])
        low, high = (0 if "≤" in text else low), (100 if "≥" in text else high)
        percent = (200 * x + n) // (2 * n)
        return low <= percent <= high

    def _is_overlap(self, total: Vector, part: Vector) -> bool:
        """Return whether children of the part, all in the total, may be in others."""
        differ = [at for at, value in enumerate(part) if value != total[at]]
        if len(differ) != 1 or self.names[differ[0]] not in self.last["nonadditive"]:
            return False
        parents = self.last["hierarchies"].get(self.names[differ[0]], {})
        value, above = part[differ[0]], []
        while value is not None:
            value = parents.get(value)
            above.append(value)
        return total[differ[0]] in above

    def _lines(self, *, are_sums: bool) -> Iterator[tuple[Vector, list[Vector]]]:
        """Yield each listed total with all that is listed right below it."""
        for at in range(len(self.last["keys"]), len(self.names)):
            if are_sums == (self.names[at] in self.last["nonadditive"]):
                continue
            parents = self.last["hierarchies"].get(self.names[at], {})
            below: dict[Vector, list[Vector]] = {}
            for vector in self.n:
                if vector[at] is not None:
                    above = parents.get(vector[at])
                    total = (*vector[:at], above, *vector[at + 1 :])
                    below.setdefault(total, []).append(vector)
            yield from ((t, parts) for t, parts in below.items() if t in self.n)

    def ends(self, total: dict[int, float], fewest: int) -> tuple[int, int]:
        """Return the least and the greatest value of a sum of unknowns.

        Numbers that fit were met before: if the sum has enough whole values among
        these, its least and greatest value among them are returned.
        """
        places, weights = list(total), np.array([*total.values()])
        if self.met:
            values = np.array([numbers[places] for numbers in self.met]) @ weights
            low, high = _whole_between(values.min(), values.max())
            if high - low >= fewest - 1:
                return low, high
        objective = np.zeros(len(self.low))
        objective[places] = weights
        ends = []
        for sign in (1, -1):
            found = milp(
                sign * objective,
                integrality=np.full(len(self.low), self.is_whole),
                bounds=Bounds(self.low, self.high),
                constraints=self.constraints,
            )
            assert found.success, "no numbers fit what is published"
            self.met.append(np.rint(found.x) if self.is_whole else found.x)
            ends.append(float(weights @ self.met[-1][places]))
        return _whole_between(*ends)


def _whole_between(low: float, high: float) -> tuple[int, int]:
    return ceil(low - 1e-6), floor(high + 1e-6)


def findings(
    releases: Sequence[Release],
    *,
    hidden_is_not_0: bool = True,
    fewest: int = 3,
    is_whole: bool = True,
    one_in: int = 1,
) -> list[str]:
    """Return what a stranger learns from the last release and the earlier ones.

    one_in: of so many counts, rates and remainders one is asked, by lot. What is shown
    and what it leaves over is always looked at.
    """
    chance = random.Random(0)

    def is_asked() -> bool:
        return chance.randrange(one_in) == 0

    stranger, before = (
        Stranger(files, hidden_is_not_0=hidden_is_not_0, is_whole=is_whole)
        for files in (releases, [_unprinted(releases[-1])])
    )
    threshold = stranger.last["threshold"]
    listed = {stranger.vector(cell) for cell in stranger.last["cells"]}
    found = []
    for vector, n in stranger.n.items():
        name = "/".join(str(value or "·") for value in vector)
        if n is not None and 0 < n < threshold:
            found.append(f"{name} is shown")
        elif not is_asked():
            continue
        elif n is None and vector in listed:
            low, high = stranger.ends({stranger.places[vector]: 1}, fewest)
            if low < threshold and high - low + 1 < fewest:
                ends = before.ends({before.places[vector]: 1}, fewest)
                if high - low >= ends[1] - ends[0]:
                    continue
                found.append(f"{name} is {low} to {high}")
        elif n:
            for code in stranger.codes:
                low, high = stranger.ends({stranger.x(vector, code): 1}, fewest)
                if high - low + 1 < fewest:
                    found.append(f"{code} of {name} is {low} to {high}")
            for code, (outer,) in stranger.within.items():
                row = {stranger.x(vector, outer): 1.0, stranger.x(vector, code): -1.0}
                low, high = stranger.ends(row, fewest)
                if high - low + 1 < fewest:
                    found.append(f"{outer} without {code} of {name} is {low} to {high}")
    for parent, parts in stranger.lines:
        codes = stranger.codes if is_asked() else ()
        found += _left_over(stranger, parent, parts, codes, fewest)
    found += _left_over_unlisted(stranger, threshold)
    for total, parts in stranger._lines(are_sums=False):
        found += _in_several(stranger, before, total, parts, fewest)
    for total, part in stranger.overlaps:
        found += _not_in(stranger, before, total, part, fewest)
    return found


def _in_several(
    stranger: Stranger,
    before: Stranger,
    total: Vector,
    parts: Sequence[Vector],
    fewest: int,
) -> Iterator[str]:
    """Yield what is told of those who are in several parts of the total."""
    places = {stranger.places[part]: 1.0 for part in parts}
    row = {stranger.places[total]: -1.0} | places
    low, high = stranger.ends(row, fewest)
    if low == high and all(stranger.n[v] is not None for v in (total, *parts)):
        if 0 < low < stranger.last["threshold"]:
            yield f"{low} are in several parts of {total}"
        for code in stranger.codes if low else ():
            x_row = {
                p + stranger.x(total, code) - stranger.places[total]: w
                for p, w in row.items()
            }
            ends = stranger.ends(x_row, fewest)
            if ends[1] - ends[0] + 1 < fewest:
                yield f"{code} of those in several parts of {total} is {ends}"
    elif low < stranger.last["threshold"] and high - low + 1 < fewest:
        ends = before.ends(row, fewest)
        if high - low < ends[1] - ends[0]:
            yield f"{low} to {high} are in several parts of {total}"


def _not_in(
    stranger: Stranger, before: Stranger, total: Vector, part: Vector, fewest: int
) -> Iterator[str]:
    """Yield what is told of those in the total who are not in the part."""
    whole, n = stranger.n[total], stranger.n[part]
    threshold = stranger.last["threshold"]
    if whole is None or n is None:
        row = {stranger.places[total]: 1.0, stranger.places[part]: -1.0}
        low, high = stranger.ends(row, fewest)
        if low < threshold and high - low + 1 < fewest:
            ends = before.ends(row, fewest)
            if high - low >= ends[1] - ends[0]:
                return
            yield f"{low} to {high} of {total} are not in {part}"
        return
    if 0 < whole - n < threshold:
        yield f"{whole - n} of {total} are not in {part}"
    for code in stranger.codes if whole > n else ():
        row = {stranger.x(total, code): 1.0, stranger.x(part, code): -1.0}
        low, high = stranger.ends(row, fewest)
        if high - low + 1 < fewest:
            yield f"{code} of those in {total} and not in {part} is {low} to {high}"


def _unprinted(release: Release) -> Release:
    """Return the release as it lies before a reader who knows public figures alone."""
    blank: Release = {"n": None, "rate": {}}
    return release | {"cells": [cell | blank for cell in release["cells"]]}


def _left_over(
    stranger: Stranger,
    parent: Vector,
    parts: Sequence[Vector],
    codes: Sequence[str],
    fewest: int,
) -> Iterator[str]:
    whole = stranger.n[parent]
    shown = [part for part in parts if stranger.n[part] is not None]
    if whole is None or len(shown) == len(parts):
        return
    rest = whole - sum(stranger.n[part] or 0 for part in shown)
    is_public = all(stranger.is_known(part) for part in parts if part not in shown)
    if not is_public and 0 < rest < stranger.last["threshold"]:
        yield f"{parent} leaves {rest} over"
    for code in codes:
        total = {stranger.x(parent, code): 1.0}
        total |= {stranger.x(part, code): -1.0 for part in shown}
        low, high = stranger.ends(total, fewest)
        if high - low + 1 < fewest:
            yield f"{code} of what {parent} leaves over is {low} to {high}"


def _left_over_unlisted(stranger: Stranger, threshold: int) -> Iterator[str]:
    """Yield totals that no table lists, but one gives in parts and another leaves."""
    if stranger.last.get("missing", "zero") != "zero":
        return
    below: dict[Vector, dict[int, list[int | None]]] = {}
    for vector, n in stranger.n.items():
        for at, name in enumerate(stranger.names):
            if vector[at] is None or at < len(stranger.last["keys"]):
                continue
            tree = stranger.last["hierarchies"].get(name, {})
            total = (*vector[:at], tree.get(vector[at]), *vector[at + 1 :])
            if total not in stranger.n and name not in stranger.last["nonadditive"]:
                below.setdefault(total, {}).setdefault(at, []).append(n)
    for total, ways in below.items():
        wholes = [sum(parts) for parts in ways.values() if None not in parts]
        for parts in ways.values() if wholes else ():
            rest = wholes[0] - sum(n or 0 for n in parts)
            if None in parts and 0 < rest < threshold:
                yield f"{total}, which nobody lists, leaves {rest} over"
