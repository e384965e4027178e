"""Grades as measures need them: those they are about, and all others as one value.

Every student is in one of the values beside each other, so that they add up to all.
"""

from collections.abc import Collection

import numpy as np

from indicators.measures.dimensions import Dimension, dimension

OTHERS = "Other grades"
HIGH, SECONDARY = "Grades 9–12", "Grades 7–12"
_HIGH = ("09", "10", "11", "12")
_SECONDARY = ("07", "08", *_HIGH)


def regraded(grades: Dimension, needed: Collection[str]) -> Dimension:
    """Return the grades with groups above them, for measures about these grades."""
    if not needed:
        return grades
    leaves = [grades.values[place] for place in grades.value.tolist()]
    above = {leaf: top for leaf in {*leaves} if (top := _above(leaf, needed))}
    if HIGH in above.values() and SECONDARY in needed:
        above[HIGH] = SECONDARY
    return dimension("grade", child=grades.child, leaves=leaves, above=above)


def _above(leaf: str, needed: Collection[str]) -> str:
    if leaf in _HIGH and HIGH in needed:
        return HIGH
    if leaf in _SECONDARY and SECONDARY in needed:
        return SECONDARY
    return "" if leaf in needed else OTHERS


def shown(grades: Dimension, needed: Collection[str]) -> Dimension:
    """Return the grades' rows that show each needed value, and what is beside it.

    A group is divided only where a measure is about a part of it.
    """
    up = grades.upward()
    is_shown = grades.parent < 0
    for _ in range(2):
        for place, value in enumerate(grades.values):
            if is_shown[place] and any(
                grades.under(value)[at] and at != place
                for at, name in enumerate(grades.values)
                if name in needed
            ):
                is_shown = is_shown | (grades.parent == place)
    kept = is_shown[up.value]
    return Dimension(
        up.name, up.values, up.parent, up.child[kept], up.value[kept], up.is_additive
    )


def values_in(grades: Dimension, grade: str) -> frozenset[str]:
    """Return the values that are this grade or group, or lie below it."""
    return frozenset(
        np.array(grades.values, dtype=object)[grades.under(grade)].tolist()
    )
