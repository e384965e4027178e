"""By what figures are broken down: values, what lies above them, and whose they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from accounts.acts import RuleBroken
from indicators.measures.inputs import Flags, Whole

# Each breakdown, the dimension it belongs to, and whether it is the upper level of it.
BREAKDOWNS: Mapping[str, tuple[str, bool]] = {
    "building": ("building", False),
    "development": ("building", True),
    "program": ("program", False),
    "school": ("school", False),
    "level": ("school", True),
    "grade": ("grade", False),
    "age": ("age", False),
    "sex": ("sex", False),
    "race": ("race", False),
}
# What only residents have; those they are compared with live elsewhere.
OF_HOUSING = frozenset({"building", "program"})
ELSEWHERE = "Elsewhere"
POPULATION, ASSISTED, PEERS = "population", "assisted", "peers"


@dataclass(frozen=True, slots=True)
class Dimension:
    """One dimension: children and the values they have, one row for each.

    values: in order; parents are among them. parent: the place of what lies above each
    value, or -1. child, value: places, in order of child; a child without a row is in
    no value. is_additive: no child has two values that lie beside each other.
    """

    name: str
    values: tuple[str, ...]
    parent: Whole
    child: Whole
    value: Whole
    is_additive: bool

    def upward(self, *, is_upper: bool = False) -> "Dimension":
        """Return it with a row for each value above, once.

        is_upper: only with the values that nothing lies above.
        """
        child, value = self.child, self.value
        children, places = [child], [value]
        while len(value):
            above = self.parent[value]
            child, value = child[above >= 0], above[above >= 0]
            children.append(child)
            places.append(value)
        size = max(len(self.values), 1)
        key = np.unique(
            np.concatenate([np.zeros(0, np.int64), *children]) * size
            + np.concatenate([np.zeros(0, np.int64), *places])
        )
        if is_upper:
            key = key[self.parent[key % size] < 0]
        return Dimension(
            self.name,
            self.values,
            self.parent,
            key // size,
            key % size,
            self.is_additive,
        )

    def hierarchy(self) -> dict[str, str]:
        """Return each value's parent, by name."""
        return {
            self.values[place]: self.values[above]
            for place, above in enumerate(self.parent.tolist())
            if above >= 0
        }

    def under(self, value: str) -> Flags:
        """Return which values are this one or lie below it."""
        found = np.array([each == value for each in self.values], dtype=bool)
        for _ in self.values:
            found = found | ((self.parent >= 0) & found[self.parent])
        return found


def dimension(
    name: str,
    *,
    child: Whole,
    leaves: Sequence[str],
    above: Mapping[str, str] | None = None,
    is_additive: bool = True,
) -> Dimension:
    """Return the dimension of these rows; rows that are equal count once.

    above: the value above each, also of values that no child has.
    Raises RuleBroken where two levels share a name.
    """
    tree = dict(above or {})
    if both := {*tree} & {*leaves} & {*tree.values()}:
        raise RuleBroken(
            f"“{sorted(both)[0]}” is both a value of {name} and what lies above one. "
            "Give one of them another name."
        )
    values = tuple(sorted({*leaves, *tree, *tree.values()}))
    at = {value: place for place, value in enumerate(values)}
    parent = np.array([at.get(tree.get(v, ""), -1) for v in values], dtype=np.int64)
    value = np.array([at[leaf] for leaf in leaves], dtype=np.int64)
    size = max(len(values), 1)
    key = np.unique(child * size + value)
    return Dimension(name, values, parent, key // size, key % size, is_additive)


def placed(
    name: str,
    *,
    child: Whole,
    leaf: Whole,
    values: Sequence[str],
    above: Mapping[str, str] | None = None,
    is_additive: bool = True,
) -> Dimension:
    """Return the dimension of rows that give places in `values`, in any order."""
    named = np.array(values, dtype=object)
    leaves = named[leaf].tolist() if len(values) else []
    return dimension(
        name, child=child, leaves=leaves, above=above, is_additive=is_additive
    )
