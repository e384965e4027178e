"""Witnesses: other tables that would have been published just the same.

A witness moves some counts so that every total, every public figure and every count
still shown stands. What it moves must be hidden, and then it proves that the number it
was made for cannot be told. It holds hidden numbers, so it never leaves the engine.
Source: Fischetti and Salazar 2000, cell suppression by linear programming.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from scipy.sparse import csc_array, hstack

from indicators.disclosure.highs import Numbers, Program, Unsolved, is_integral
from indicators.disclosure.linked import Family, Flags, Whole

# How many groups near the target a witness is sought among, before all are.
NEAR = (80, 400, 2500)
# Moving a hidden group costs next to nothing; ties go by place.
_HIDDEN_PRICE = 1e-3
_TIE_PRICE = 1e-7
_STILL = 1e-6
_SECONDS = 20.0
# The share of a neighbourhood that may lie equally far from the target.
_LAYER = 0.4

# By how much each group moves, by place.
Moves = Mapping[int, float]
# Weights of groups, by place.
Target = Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Room:
    """What a search may move: `up` and `down` are the most each group can move.

    price: of moving each group by one while it is shown.
    """

    up: Numbers
    down: Numbers
    price: Numbers


class Search:
    """Finds witnesses among groups tied together by families."""

    def __init__(self, families: Sequence[Family], n: Whole) -> None:
        self.families = families
        self.n = n
        self.size = len(n)
        self.members = [np.append(f.parts, f.parent) for f in families]
        self.around: list[list[int]] = [[] for _ in range(self.size)]
        for number, members in enumerate(self.members):
            for place in members.tolist():
                self.around[place].append(number)
        self.of_family = _lists(self.members)
        self.of_place = _lists([np.array(a, dtype=np.int64) for a in self.around])
        self.tie = _TIE_PRICE * np.arange(self.size)
        self._set_rows()

    def _set_rows(self) -> None:
        """Write what moves must keep to by column: `rows` and `weights` of a place
        stand between its `starts` and `ends`."""
        entries: list[tuple[int, int, float]] = []
        least: list[float] = []
        most: list[float] = []
        for family, members in zip(self.families, self.members, strict=True):
            if family.is_sum:
                row = len(least)
                entries += [(row, place, 1.0) for place in members.tolist()[:-1]]
                entries.append((row, family.parent, -1.0))
                least.append(0.0)
                most.append(0.0)
                continue
            for weights, low in _rows(family, self.n):
                entries += [(len(least), place, weight) for place, weight in weights]
                least.append(low)
                most.append(inf)
        rows, columns, weights_ = zip(*entries, strict=True) if entries else ((),) * 3
        matrix = csc_array(
            (np.array(weights_, float), (rows, columns)),
            shape=(len(least), self.size),
        )
        self.least, self.most = np.array(least), np.array(most)
        self.rows, self.weights = matrix.indices, matrix.data
        self.starts, self.ends = matrix.indptr[:-1], matrix.indptr[1:]

    def whole(self, room: Room) -> Program:
        """Return the program of all moves that there is room for."""
        size = len(self.least), self.size
        parts = self.weights, self.rows, np.append(self.starts, len(self.rows))
        return Program(
            csc_array(parts, shape=size),
            least=self.least,
            most=self.most,
            low=-room.down,
            high=room.up,
        )

    def cheapest(
        self,
        target: Target,
        *,
        by: float,
        room: Room,
        hidden: Flags,
        only: Flags | None = None,
        signs: Sequence[float] = (1.0, -1.0),
        near: Sequence[float] = (*NEAR, inf),
    ) -> Moves | None:
        """Return the cheapest witness that moves the target by so much, or None.

        only: the groups that may move; all that have room, if it is not given.
        signs: 1 to move the target up, -1 to move it down.
        near: sizes of neighbourhood to search, one after the other.
        """
        can_move = (room.up > 0) | (room.down > 0)
        if only is not None:
            can_move &= only
        price = np.where(hidden, _HIDDEN_PRICE, room.price) + self.tie
        before = 0
        for limit in near:
            places = self._near(target, limit=limit, can_move=can_move, price=price)
            if len(places) == before:
                break
            before = len(places)
            best: tuple[float, Moves] | None = None
            for sign in signs:
                if not _has_room(target, sign * by, room):
                    continue
                moves = self._solve(target, sign * by, places, room=room, price=price)
                if moves is None:
                    continue
                cost = sum(abs(m) * price[place] for place, m in moves.items())
                if best is None or cost < best[0] - _STILL:
                    best = cost, moves
                if not any(not hidden[place] for place in moves):
                    break
            if best is not None:
                return best[1]
        return None

    def _near(
        self, target: Target, *, limit: float, can_move: Flags, price: Numbers
    ) -> list[int]:
        """Return the movable groups nearest to the target, cheap ways first."""
        layer = np.array([place for place in target if can_move[place]], dtype=np.int64)
        found = [layer]
        n_found = len(layer)
        is_new = can_move.copy()
        is_new[layer] = False
        ties = np.zeros(self.size)
        is_unseen = np.ones(len(self.families), bool)
        while len(layer) and n_found < limit:
            numbers = np.unique(_slices(self.of_place, layer))
            numbers = numbers[is_unseen[numbers]]
            is_unseen[numbers] = False
            np.add.at(ties, _slices(self.of_family, numbers), 1)
            # What closes a circle of families is of more use than what opens another.
            layer = np.flatnonzero(is_new & (ties > 0))
            room = int(min(limit - n_found, max(limit * _LAYER, 1), len(layer)))
            order = np.argsort(price[layer] / ties[layer] ** 2, kind="stable")
            layer = layer[order[:room]]
            is_new[layer] = False
            found.append(layer)
            n_found += len(layer)
        return [int(place) for place in np.concatenate(found)]

    def _solve(
        self,
        target: Target,
        by: float,
        places: Sequence[int],
        *,
        room: Room,
        price: Numbers,
    ) -> Moves | None:
        """Return the cheapest whole moves of these groups, or None."""
        moves = self._program(target, by, places, room=room, price=price, whole=False)
        if moves is None or is_integral(np.array([*moves.values()])):
            return moves
        return self._program(target, by, places, room=room, price=price, whole=True)

    def _program(
        self,
        target: Target,
        by: float,
        places: Sequence[int],
        *,
        room: Room,
        price: Numbers,
        whole: bool,
    ) -> Moves | None:
        chosen = np.array(places)
        counts = self.ends[chosen] - self.starts[chosen]
        first = np.cumsum(counts) - counts
        own = np.arange(counts.sum()) + np.repeat(self.starts[chosen] - first, counts)
        numbers, rows = np.unique(self.rows[own], return_inverse=True)
        aimed = np.array([target.get(place, 0.0) for place in places])
        # The last row is the target; the others are those of families.
        columns = csc_array(
            (
                np.concatenate([self.weights[own], aimed]),
                (
                    np.concatenate([rows, np.full(len(places), len(numbers))]),
                    np.concatenate(
                        [np.repeat(np.arange(len(places)), counts), range(len(places))]
                    ),
                ),
            ),
            shape=(len(numbers) + 1, len(places)),
        )
        program = Program(
            hstack([columns, -columns], format="csc"),
            least=np.append(self.least[numbers], by if by > 0 else -inf),
            most=np.append(self.most[numbers], inf if by > 0 else by),
            low=np.zeros(2 * len(places)),
            high=np.concatenate([room.up[chosen], room.down[chosen]]),
            is_whole=np.ones(2 * len(places), bool) if whole else None,
            seconds=_SECONDS,
        )
        try:
            found = program.least(np.tile(price[chosen], 2))
        except Unsolved:
            return None
        if found is None:
            return None
        moved = found[: len(places)] - found[len(places) :]
        return {
            place: float(move)
            for place, move in zip(places, moved.tolist(), strict=True)
            if abs(move) > _STILL
        }


def _rows(family: Family, n: Whole) -> list[tuple[list[tuple[int, float]], float]]:
    """Return what moves must keep to: weights, and the least sum; 0 is exact."""
    parts = family.parts.tolist()
    above = int(n[family.parent])
    over = int(n[family.parts].sum()) - above
    rows = [
        ([(family.parent, 1.0), (part, -1.0)], float(n[part] - above)) for part in parts
    ]
    whole = [(family.parent, -1.0), *((part, 1.0) for part in parts)]
    return [*rows, (whole, -float(over))] if over >= 0 else rows


def _has_room(target: Target, by: float, room: Room) -> bool:
    """Return whether the target could move so far if nothing else had to."""
    reach = sum(
        weight * (room.up[place] if weight * by > 0 else room.down[place])
        for place, weight in target.items()
    )
    return bool(reach >= abs(by))


# Lists of places or families one behind the other, and where each starts and ends.
_Lists = tuple[Whole, Whole]


def _lists(parts: Sequence[Whole]) -> _Lists:
    ends = np.cumsum([0, *(len(part) for part in parts)])
    return np.concatenate([*parts, np.zeros(0, np.int64)]).astype(np.int64), ends


def _slices(lists: _Lists, chosen: Whole) -> Whole:
    """Return what the chosen lists hold."""
    values, ends = lists
    counts = ends[chosen + 1] - ends[chosen]
    first = np.cumsum(counts) - counts
    own = np.arange(counts.sum()) + np.repeat(ends[chosen] - first, counts)
    found: Whole = values[own]
    return found
