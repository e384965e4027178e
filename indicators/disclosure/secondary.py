"""Complementary suppression: what else must be hidden so that nothing follows.

For each group to protect, a linear program looks for a witness: another table with the
same published figures in which that group counts differently. The groups that a witness
moves are hidden, and the witness proves that the number cannot be told. No group of a
witness is below 0 or above what the audience knows can be there.
Source: Fischetti and Salazar 2000, cell suppression by linear programming.
"""

from collections.abc import Mapping, Sequence, Set

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from indicators.disclosure.table import CannotPublish, Group, Relation

# Possible whole numbers per protected group: aimed at, and the fewest accepted.
AIM = 5
_FEWEST = 3
# Moving a hidden group costs next to nothing; ties go by the order of keys.
_HIDDEN_PRICE = 1e-4
_TIE_PRICE = 1e-7
# A smaller move is rounding by the solver.
_STILL = 1e-6

_Numbers = NDArray[np.float64]


def complete(
    cells: Mapping[str, Group],
    relations: Sequence[Relation],
    *,
    protected: Set[str],
    locked: Set[str] = frozenset(),
    threshold: int,
    aim: int = AIM,
) -> frozenset[str]:
    """Return the keys to hide: `protected`, and as little more as keeps them unknown.

    protected: keys that keep at least `aim` possible whole numbers, or three where no
    more can be had, or all that the audience leaves possible where these are fewer.
    locked: keys that are public already, as are totals that are no part of another
    total. What a relation leaves hidden sums to at least `threshold`. The same input
    gives the same answer.
    Raises CannotPublish, naming the groups, if not even three values can be kept.
    """
    search = _Search(cells, relations, locked=locked)
    hidden: Set[str] = set(protected)
    proofs: dict[str, Set[str]] = {}
    while True:
        for key in sorted(protected):
            if key not in proofs:
                moves = search.opening({key}, hidden=hidden, aim=aim)
                hidden = hidden | moves.keys()
                moved = {
                    k
                    for k, by in moves.items()
                    if by >= search.widest({k}, aim=aim) - 1 - _STILL
                }
                proofs |= dict.fromkeys({key} | moved, moves.keys())
        remainders = search.short(hidden, threshold=threshold)
        if not remainders:
            break
        for remainder in remainders:
            hidden = hidden | search.covering(remainder, hidden=hidden, aim=aim).keys()
    for key in sorted(hidden - protected, key=lambda key: (-cells[key].n, key)):
        rest = hidden - {key}
        if search.short(rest, threshold=threshold):
            continue
        leaning = [k for k in sorted(protected) if key in proofs[k]]
        again = {k: search.within({k}, hidden=rest, aim=aim) for k in leaning}
        if None not in again.values():
            hidden = rest
            proofs |= {k: moves.keys() for k, moves in again.items() if moves}
    return frozenset(hidden)


class _Search:
    """Finds witnesses. They hold hidden numbers, so they never leave this module."""

    def __init__(
        self,
        cells: Mapping[str, Group],
        relations: Sequence[Relation],
        *,
        locked: Set[str],
    ) -> None:
        self.cells = cells
        self.relations = relations
        self.keys = sorted(cells)
        self.n = np.array([cells[key].n for key in self.keys], dtype=float)
        known = [cells[key].known for key in self.keys]
        self.most = np.array([np.inf if most is None else most for most in known])
        parts = {part for relation in relations for part in relation.parts}
        self.free = parts - locked
        self.sums = np.zeros((len(relations), len(self.keys)))
        for row, relation in enumerate(relations):
            self.sums[row, self.keys.index(relation.parent)] = -1
            self.sums[row] += np.isin(self.keys, relation.parts)

    def short(self, hidden: Set[str], *, threshold: int) -> list[Set[str]]:
        """Return the hidden parts of each relation that leaves less than threshold."""
        remainders = (
            hidden & set(relation.parts)
            for relation in self.relations
            if relation.parent not in hidden
        )
        return [
            remainder
            for remainder in remainders
            if remainder and sum(self.cells[key].n for key in remainder) < threshold
        ]

    def widest(self, target: Set[str], *, aim: int) -> float:
        """Return `aim`, or all values of the target that the audience leaves open."""
        is_aimed = np.isin(self.keys, list(target))
        return min(aim, 1 + float(self.most[is_aimed].sum()))

    def opening(
        self, target: Set[str], *, hidden: Set[str], aim: int
    ) -> Mapping[str, float]:
        """Return the cheapest witness for the target; it may move groups still shown.

        Raises CannotPublish if there is none.
        """
        for width in (aim, _FEWEST):
            moves = self._witness(
                target,
                hidden=hidden,
                movable=self.free,
                width=self.widest(target, aim=width),
                most=self.most,
            )
            if moves is not None:
                return moves
        raise self._refusal(target)

    def covering(
        self, remainder: Set[str], *, hidden: Set[str], aim: int
    ) -> Mapping[str, float]:
        """Return the cheapest witness that moves the remainder, and so a group shown.

        It is one for readers who do not know what the audience knows, since a remainder
        of groups known to be nearly empty has no other.
        Raises CannotPublish if there is none.
        """
        for width in (aim, _FEWEST):
            if moves := self._witness(
                remainder,
                hidden=hidden,
                movable=self.free,
                width=width,
                most=np.full(len(self.keys), np.inf),
            ):
                return moves
        raise self._refusal(remainder)

    def within(
        self, target: Set[str], *, hidden: Set[str], aim: int
    ) -> Mapping[str, float] | None:
        """Return the cheapest witness for the target among hidden groups, or None."""
        return self._witness(
            target,
            hidden=hidden,
            movable=self.free & hidden,
            width=self.widest(target, aim=aim),
            most=self.most,
        )

    def _refusal(self, target: Set[str]) -> CannotPublish:
        touching = [r for r in self.relations if target & set(r.parts)]
        smallest = min(touching, key=lambda relation: len(relation.parts))
        names = ", ".join(self.cells[key].label for key in smallest.parts)
        return CannotPublish(
            f"These groups cannot be published side by side: {names}. However many of "
            "them were suppressed, a number could be worked out from what is public "
            "and from the housing agency's roster. Combine some, or leave this table "
            "out."
        )

    def _witness(
        self,
        target: Set[str],
        *,
        hidden: Set[str],
        movable: Set[str],
        width: float,
        most: _Numbers,
    ) -> Mapping[str, float] | None:
        """Return by how much each group differs in tables that might be the true one.

        In two of them the target's sum differs by width - 1; they move as few children
        as they can in groups that are shown. No group is below 0 or above `most`.
        """
        shown_price = 1 + np.log1p(self.n) + _TIE_PRICE * np.arange(len(self.keys))
        is_hidden = np.isin(self.keys, list(hidden))
        price = np.where(is_hidden, _HIDDEN_PRICE, shown_price)
        can_move = np.isin(self.keys, list(movable))
        up, down = np.where(can_move, most - self.n, 0), np.where(can_move, self.n, 0)
        aimed = np.isin(self.keys, list(target)).astype(float)
        table = np.hstack([self.sums, -self.sums])
        rows = np.vstack(
            [
                np.hstack([table, np.zeros_like(table)]),
                np.hstack([np.zeros_like(table), table]),
                np.hstack([aimed, -aimed, -aimed, aimed]),
            ]
        )
        still = np.zeros(2 * len(self.sums))
        result = milp(
            np.tile(price, 4),
            bounds=Bounds(0, np.concatenate([up, down, up, down])),
            constraints=LinearConstraint(
                csr_array(rows), np.append(still, width - 1), np.append(still, np.inf)
            ),
        )
        if not result.success:
            return None
        more, less, more_too, less_too = np.split(result.x, 4)
        one, other = more - less, more_too - less_too
        spread = np.maximum(np.maximum(one, other), 0) - np.minimum(
            np.minimum(one, other), 0
        )
        return {
            key: float(by)
            for key, by in zip(self.keys, spread, strict=True)
            if by > _STILL
        }
