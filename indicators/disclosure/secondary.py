"""Complementary suppression: what else must be hidden so that nothing follows.

For each group to protect, a linear program looks for a witness: another table with the
same published figures in which that group counts differently. The groups that a witness
moves are hidden, and the witness proves that the number cannot be told.
Source: Fischetti and Salazar 2000, cell suppression by linear programming.
"""

from collections.abc import Mapping, Sequence, Set

import numpy as np
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
    more can be had. locked: keys that are public already, as are groups of 0 and totals
    that are no part of another total. What a relation leaves hidden sums to 0 or to at
    least `threshold`. The same input gives the same answer.
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
                moved = {k for k, by in moves.items() if abs(by) >= aim - 1 - _STILL}
                proofs |= dict.fromkeys({key} | moved, moves.keys())
        remainders = search.short(hidden, threshold=threshold)
        if not remainders:
            break
        for remainder in remainders:
            hidden = hidden | search.opening(remainder, hidden=hidden, aim=aim).keys()
    for key in sorted(hidden - protected, key=lambda key: (-cells[key].n, key)):
        rest = hidden - {key}
        if search.short(rest, threshold=threshold):
            continue
        leaning = [k for k in sorted(protected) if key in proofs[k]]
        again = {k: search.within({k}, hidden=rest, aim=aim).keys() for k in leaning}
        if all(again.values()):
            hidden = rest
            proofs |= again
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
        parts = {part for relation in relations for part in relation.parts}
        self.free = {k for k in cells if cells[k].n and k in parts and k not in locked}
        self.sums = np.zeros((len(relations), len(self.keys)))
        for row, relation in enumerate(relations):
            self.sums[row, self.keys.index(relation.parent)] = -1
            self.sums[row] += np.isin(self.keys, relation.parts)

    def short(self, hidden: Set[str], *, threshold: int) -> list[Set[str]]:
        """Return the hidden parts of each relation that leaves 1 to threshold - 1."""
        remainders = (
            hidden & set(relation.parts)
            for relation in self.relations
            if relation.parent not in hidden
        )
        return [
            remainder
            for remainder in remainders
            if 0 < sum(self.cells[key].n for key in remainder) < threshold
        ]

    def opening(
        self, target: Set[str], *, hidden: Set[str], aim: int
    ) -> Mapping[str, float]:
        """Return the cheapest witness for the target; it may move groups still shown.

        Raises CannotPublish if there is none.
        """
        for width in (aim, _FEWEST):
            if moves := self._witness(
                target, hidden=hidden, movable=self.free, width=width
            ):
                return moves
        touching = [r for r in self.relations if target & set(r.parts)]
        smallest = min(touching, key=lambda relation: len(relation.parts))
        names = [self.cells[k].label for k in smallest.parts if self.cells[k].n]
        raise CannotPublish(
            f"These groups hold too few children to be published side by side: "
            f"{', '.join(names)}. However many of them were suppressed, a number could "
            "be worked out from what is public. Combine some, or leave this table out."
        )

    def within(
        self, target: Set[str], *, hidden: Set[str], aim: int
    ) -> Mapping[str, float]:
        """Return the cheapest witness for the target among hidden groups, or {}."""
        movable = self.free & hidden
        return self._witness(target, hidden=hidden, movable=movable, width=aim)

    def _witness(
        self, target: Set[str], *, hidden: Set[str], movable: Set[str], width: int
    ) -> Mapping[str, float]:
        """Return what to add to each group so that the target's sum has moved enough.

        The sum moves by width - 1, up or down, whichever moves the fewest children in
        groups that are shown. A hidden group keeps at least one child, since a group
        of 0 would be shown.
        """
        shown_price = 1 + np.log1p(self.n) + _TIE_PRICE * np.arange(len(self.keys))
        is_hidden = np.isin(self.keys, list(hidden))
        price = np.where(is_hidden, _HIDDEN_PRICE, shown_price)
        can_move = np.isin(self.keys, list(movable))
        up, down = np.where(can_move, np.inf, 0), np.where(can_move, self.n - 1, 0)
        aimed = np.isin(self.keys, list(target)).astype(float)
        found = []
        for sign in (1, -1):
            rows = np.vstack([self.sums, sign * aimed])
            least = np.append(np.zeros(len(self.sums)), width - 1)
            most = np.append(np.zeros(len(self.sums)), np.inf)
            result = milp(
                np.concatenate([price, price]),
                bounds=Bounds(0, np.concatenate([up, down])),
                constraints=LinearConstraint(
                    csr_array(np.hstack([rows, -rows])), least, most
                ),
            )
            if result.success:
                by = result.x[: len(self.keys)] - result.x[len(self.keys) :]
                found.append((round(result.fun, 9), -sign, by))
        if not found:
            return {}
        by = min(found, key=lambda one: one[:2])[2]
        return {
            key: float(change)
            for key, change in zip(self.keys, by, strict=True)
            if abs(change) > _STILL
        }
