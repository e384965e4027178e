"""A stranger to rates of days, with published files and a solver of their own.

They know nothing of `indicators.disclosure`. They believe that no child has more than
so many times the days of another, and ask what is left of each rate: how many days
are counted, where the child with the fewest days has 1.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from scipy.optimize import linprog

Release = dict[str, Any]
Vector = tuple[str | None, ...]
# Of days are counted as many as three children can make: two and more apart.
_APART = 2 - 1e-6
_CHILDREN = 100_000


class Stranger:
    """Groups of the last file and of those before it, as lists of inequalities.

    Of each group the unknowns are children, their days, and the days that are counted.
    """

    def __init__(self, releases: Sequence[Release], code: str, ratio: float) -> None:
        last = releases[-1]
        self.names = [*last["keys"], *last["dims"]]
        self.n_keys = len(last["keys"])
        self.n: dict[Vector, int | None] = {}
        text: dict[Vector, str] = {}
        for release in releases:
            for cell in release["cells"]:
                vector = tuple(cell.get(name) for name in self.names)
                if self.n.get(vector) is None:
                    self.n[vector] = cell["n"]
                if cell["rate"].get(code) is not None:
                    text[vector] = cell["rate"][code]
        self.at = {vector: 3 * place for place, vector in enumerate(self.n)}
        self.least_rows: list[dict[int, float]] = []
        self.same_rows: list[dict[int, float]] = []
        self.bounds: list[tuple[float, float | None]] = []
        for vector, n in self.n.items():
            at = self.at[vector]
            ends = (0, _CHILDREN) if n is None else (n, n)
            self.bounds += [ends, (0, None), (0, None)]
            self.least_rows += [
                {at + 1: 1, at: -1},
                {at: ratio, at + 1: -1},
                {at + 1: 1, at + 2: -1},
            ]
            if vector in text:
                low, high = _percents(text[vector])
                self.least_rows += [
                    {at + 2: 200, at + 1: -(2 * low - 1)},
                    {at + 2: -200, at + 1: 2 * high + 1},
                ]
        self.lines = list(self._lines())
        for total, parts in self.lines:
            for each in range(3):
                row = {self.at[part] + each: 1.0 for part in parts}
                self.same_rows.append(row | {self.at[total] + each: -1.0})
        self.least, self.same = (
            self._matrix(self.least_rows),
            self._matrix(self.same_rows),
        )
        self.met: list[np.ndarray] = []

    def _lines(self) -> Iterator[tuple[Vector, list[Vector]]]:
        for at in range(self.n_keys, len(self.names)):
            below: dict[Vector, list[Vector]] = {}
            for vector in self.n:
                if vector[at] is not None:
                    total = (*vector[:at], None, *vector[at + 1 :])
                    below.setdefault(total, []).append(vector)
            yield from ((t, parts) for t, parts in below.items() if t in self.n)

    def _matrix(self, rows: Sequence[dict[int, float]]) -> np.ndarray:
        matrix = np.zeros((len(rows), len(self.bounds)))
        for number, row in enumerate(rows):
            matrix[number, list(row)] = list(row.values())
        return matrix

    def is_refuted(self) -> bool:
        """Return whether what is printed cannot be so, if they believe right."""
        return self._least(np.zeros(len(self.bounds))) is None

    def apart(self, total: dict[int, float]) -> float:
        """Return by how much the sum can differ, or more than enough."""
        weights = np.zeros(len(self.bounds))
        weights[list(total)] = list(total.values())
        values = [float(weights @ numbers) for numbers in self.met]
        if max(values) - min(values) >= _APART:
            return _APART
        ends = [self._least(sign * weights) for sign in (1, -1)]
        assert None not in ends
        return -sum(end for end in ends if end is not None)

    def _least(self, cost: np.ndarray) -> float | None:
        found = linprog(
            cost,
            A_ub=-self.least,
            b_ub=np.zeros(len(self.least)),
            A_eq=self.same if len(self.same) else None,
            b_eq=np.zeros(len(self.same)) if len(self.same) else None,
            bounds=self.bounds,
        )
        if not found.success:
            return None
        self.met.append(found.x)
        return float(found.fun)


def findings(
    releases: Sequence[Release], code: str, *, ratio: float
) -> list[str] | None:
    """Return the rates that are told too closely; None if the belief is refuted."""
    stranger = Stranger(releases, code, ratio)
    if stranger.is_refuted():
        return None
    found = []
    asked = {
        "/".join(str(value or "·") for value in vector): [(vector, 1.0)]
        for vector, n in stranger.n.items()
        if n != 0
    }
    for total, parts in stranger.lines:
        shown = [part for part in parts if stranger.n[part] is not None]
        if stranger.n[total] is not None and 0 < len(shown) < len(parts):
            name = f"what {total} leaves over"
            asked[name] = [(total, 1.0), *((part, -1.0) for part in shown)]
    for name, groups in asked.items():
        counted = {stranger.at[v] + 2: weight for v, weight in groups}
        others = {at: -weight for at, weight in counted.items()}
        others |= {stranger.at[v] + 1: weight for v, weight in groups}
        for total_ in (counted, others):
            if stranger.apart(total_) < _APART:
                found.append(name)
    return found


def _percents(text: str) -> tuple[int, int]:
    low, high = (int(number) for number in (re.findall(r"\d+", text) * 2)[:2])
    return (0 if "≤" in text else low), (100 if "≥" in text else high)
