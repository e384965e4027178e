"""Witnesses: other tables that would have been published just the same.

A witness moves some counts so that every total, every public figure and every count
still shown stands. What it moves must be hidden, and then it proves that the number it
was made for cannot be told. It holds hidden numbers, so it never leaves the engine.
Source: Fischetti and Salazar 2000, cell suppression by linear programming.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from scipy.sparse import csc_array, csr_array

from indicators.disclosure.highs import Numbers, Program, Unsolved, is_integral
from indicators.disclosure.linked import Family, Flags, Whole

# How many groups near the target a witness is sought among, before all are.
NEAR = (250, 700, 2500, 7000)
# The same for one in whole numbers, around one that is in fractions.
_NEAR_WHOLE = (400, 2500)
# Moving a hidden group costs next to nothing; ties go by place.
_HIDDEN_PRICE = 1e-3
_TIE_PRICE = 1e-7
_STILL = 1e-6
_NODES = 200
# The share of a neighbourhood that may lie equally far from the target.
_LAYER = 0.4
# How many random corners are tried for all sums at once, and when they no longer pay.
_PROBES = 16
_FRUITLESS = 0.97
# So far apart, ends hold whole numbers whatever lies between.
SURE = 4.0

# By how much each group moves, by place.
Moves = Mapping[int, float]
# Weights of groups, by place.
Target = Mapping[int, float]
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Room:
    """What a search may move: `up` and `down` are the most each group can move.

    price: of moving each group by one while it is shown.
    """

    up: Numbers
    down: Numbers
    price: Numbers


class Search:
    """Finds witnesses among groups tied together by families.

    is_whole: false if what moves is no number of children.
    """

    def __init__(
        self, families: Sequence[Family], n: Whole | Numbers, *, is_whole: bool = True
    ) -> None:
        self.families, self.is_whole = families, is_whole
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
        self.matrix = matrix
        self.least, self.most = np.array(least), np.array(most)
        self.rows, self.weights = matrix.indices, matrix.data
        self.starts, self.ends = matrix.indptr[:-1], matrix.indptr[1:]

    def spread(
        self,
        sums: csr_array,
        *,
        room: Room,
        enough: float,
        progress: Tell,
        is_whole: bool = False,
    ) -> Numbers:
        """Return by how much each sum differs, at least, among the moves that there is
        room for; what differs enough is not looked at further.

        A few programs, each toward a random corner, answer for most sums at once.
        is_whole: only moves by whole numbers count.
        """
        places = np.flatnonzero((room.up > 0) | (room.down > 0))
        part = self.matrix[:, places].tocsr()
        rows = np.flatnonzero(np.diff(part.indptr))
        program = Program(
            part[rows].tocsc(),
            least=self.least[rows],
            most=self.most[rows],
            low=-room.down[places],
            high=room.up[places],
        )
        sums = sums.tocsc()[:, places].tocsr()
        size = sums.shape[0]
        chance = np.random.default_rng(0)
        least, most = np.zeros(size), np.zeros(size)
        narrow = np.ones(size, bool)
        for done in range(_PROBES):
            progress(done, _PROBES)
            signs = np.where(narrow, chance.choice([-1.0, 1.0], size), 0.0)
            try:
                moves = program.least(signs @ sums)
            except Unsolved:
                break
            if moves is None:
                break
            if not is_whole or is_integral(moves):
                values = sums @ moves
                least, most = np.minimum(least, values), np.maximum(most, values)
            before = narrow.sum()
            narrow = most - least < enough - _STILL
            if not narrow.any() or (done and narrow.sum() > _FRUITLESS * before):
                break
        found: Numbers = most - least
        return found

    def cheapest(
        self,
        target: Target,
        *,
        by: float,
        room: Room,
        hidden: Flags,
        only: Flags | None = None,
        signs: Sequence[float] = (1.0, -1.0),
        near: Sequence[float] | None = None,
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
        for limit in near or (*NEAR, inf):
            places = self._near(target, limit=limit, can_move=can_move, price=price)
            if len(places) == before:
                break
            before = len(places)
            best = self._best(
                target,
                [sign * by for sign in signs if _has_room(target, sign * by, room)],
                places,
                room=room,
                price=price,
                hidden=hidden,
            )
            if best is not None:
                return best
        return None

    def stilled_by(self, place: int, *, can_move: Flags) -> list[int]:
        """Return what cannot move once the place cannot: whatever is the last in a sum
        that could."""
        still = {place: None}
        waiting = [place]
        while waiting:
            for number in self.around[waiting.pop()]:
                if not self.families[number].is_sum:
                    continue
                members = self.members[number]
                left = [
                    p for p in members[can_move[members]].tolist() if p not in still
                ]
                if len(left) == 1:
                    still[left[0]] = None
                    waiting += left
        return list(still)[1:]

    def _near(
        self, around: Iterable[int], *, limit: float, can_move: Flags, price: Numbers
    ) -> Whole:
        """Return the movable groups nearest to others, cheap ways first."""
        layer = np.array([place for place in around if can_move[place]], dtype=np.int64)
        found = [layer]
        n_found = len(layer)
        is_new = can_move.copy()
        is_new[layer] = False
        ties = np.zeros(self.size)
        is_unseen = np.ones(len(self.families), bool)
        while len(layer) and n_found < limit:
            is_met = np.zeros(len(self.families), bool)
            is_met[_slices(self.of_place, layer)] = True
            numbers = np.flatnonzero(is_met & is_unseen)
            is_unseen[numbers] = False
            ties += np.bincount(_slices(self.of_family, numbers), minlength=self.size)
            # What closes a circle of families is of more use than what opens another.
            layer = np.flatnonzero(is_new & (ties > 0))
            room = int(min(limit - n_found, max(limit * _LAYER, 1), len(layer)))
            order = np.argsort(price[layer] / ties[layer] ** 2, kind="stable")
            layer = layer[order[:room]]
            is_new[layer] = False
            found.append(layer)
            n_found += len(layer)
        return np.concatenate(found)

    def _best(
        self,
        target: Target,
        ways: Sequence[float],
        places: Whole,
        *,
        room: Room,
        price: Numbers,
        hidden: Flags,
    ) -> Moves | None:
        """Return the cheapest whole moves of these groups, one way or the other."""
        best: tuple[float, Moves] | None = None
        program: Program | None = None
        for by in ways:
            if program is None:
                program = self._program(target, places, room=room)
            found = _aimed(program, by, price[places])
            if found is None:
                continue
            moves: Moves = _moves(places, found)
            if self.is_whole and not is_integral(found):
                whole = self._whole(
                    {**moves, **target}, target, by, places, room=room, price=price
                )
                if whole is None:
                    continue
                moves = whole
            at = [*moves]
            cost = float(np.abs([*moves.values()]) @ price[at])
            if best is None or cost < best[0] - _STILL:
                best = cost, moves
            if hidden[at].all():
                break
        return best[1] if best else None

    def _whole(
        self,
        around: Iterable[int],
        target: Target,
        by: float,
        places: Whole,
        *,
        room: Room,
        price: Numbers,
    ) -> Moves | None:
        """Return the cheapest whole moves of groups near others that can move, or None.

        Among all groups of a large table whole numbers would take minutes.
        """
        can_move = np.zeros(self.size, bool)
        can_move[places] = True
        before = 0
        for limit in _NEAR_WHOLE:
            near = self._near(around, limit=limit, can_move=can_move, price=price)
            if len(near) == before:
                break
            before = len(near)
            program = self._program(target, near, room=room, is_whole=True)
            found = _aimed(program, by, price[near])
            if found is not None:
                return _moves(near, found)
        return None

    def _program(
        self, target: Target, places: Whole, *, room: Room, is_whole: bool = False
    ) -> Program:
        """Return the program of moves of these groups, up ones and then down ones.

        Its last row is the target; the others are those of families.
        """
        counts = self.ends[places] - self.starts[places]
        first = np.cumsum(counts) - counts
        own = np.arange(counts.sum()) + np.repeat(self.starts[places] - first, counts)
        is_met = np.zeros(len(self.least), bool)
        is_met[self.rows[own]] = True
        numbers = np.flatnonzero(is_met)
        renamed = np.cumsum(is_met) - 1
        rows = renamed[self.rows[own]]
        aims = np.zeros(self.size)
        aims[[*target]] = [*target.values()]
        aimed = np.flatnonzero(aims[places])
        # Written by hand: SciPy's own ways to join matrices take longer than to solve.
        ends = first[aimed] + counts[aimed]
        rows = np.insert(rows, ends, len(numbers))
        weights = np.insert(self.weights[own], ends, aims[places[aimed]])
        counts[aimed] += 1
        starts = np.concatenate([[0], np.cumsum(np.tile(counts, 2))])
        return Program(
            csc_array(
                (np.append(weights, -weights), np.tile(rows, 2), starts),
                shape=(len(numbers) + 1, 2 * len(places)),
            ),
            least=np.append(self.least[numbers], 0.0),
            most=np.append(self.most[numbers], 0.0),
            low=np.zeros(2 * len(places)),
            high=np.concatenate([room.up[places], room.down[places]]),
            is_whole=np.ones(2 * len(places), bool) if is_whole else None,
            nodes=_NODES if is_whole else None,
        )


def _aimed(program: Program, by: float, price: Numbers) -> Numbers | None:
    """Return the cheapest moves with the target moved by so much, or None."""
    program.require(program.n_rows - 1, *((by, inf) if by > 0 else (-inf, by)))
    try:
        found = program.least(np.tile(price, 2))
    except Unsolved:
        return None
    return None if found is None else found[: len(price)] - found[len(price) :]


def _moves(places: Whole, found: Numbers) -> dict[int, float]:
    moved = np.flatnonzero(np.abs(found) > _STILL)
    return dict(zip(places[moved].tolist(), found[moved].tolist(), strict=True))


def _rows(
    family: Family, n: Whole | Numbers
) -> list[tuple[list[tuple[int, float]], float]]:
    """Return what moves must keep to: weights, and the least sum; 0 is exact."""
    parts = family.parts.tolist()
    above = float(n[family.parent])
    over = float(n[family.parts].sum()) - above
    rows = [
        ([(family.parent, 1.0), (part, -1.0)], float(n[part] - above)) for part in parts
    ]
    whole = [(family.parent, -1.0), *((part, 1.0) for part in parts)]
    return [*rows, (whole, -over)] if over >= 0 else rows


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
