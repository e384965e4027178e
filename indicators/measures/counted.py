"""What was counted: groups of children and their figures, not yet protected."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from indicators.measures.cells import COUNTED
from indicators.measures.definitions import Measure, Unit
from indicators.measures.figures import State
from indicators.measures.households import Vector


@dataclass(frozen=True, slots=True)
class Table:
    """A crossing of breakdowns to be counted; weight: how dear it is to hide a cell."""

    breakdowns: tuple[str, ...]
    weight: float = 1.0


@dataclass(slots=True)
class Cell:
    """One group of children. x: numerators that are a part of them, by measure.

    sums: numerator and denominator of other measures, by measure; both in parts of one
    scale. middles: medians. untold: why a measure has no figure here.
    is_few_households: so few, or one so large, that it must be hidden, or what is left
    over beside it would be (disclosure.md, rule 15).
    """

    period: str
    base: str
    table: str
    vector: Vector
    n: int
    weight: float
    is_few_households: bool
    x: dict[str, int] = field(default_factory=dict)
    sums: dict[str, tuple[int, int]] = field(default_factory=dict)
    middles: dict[str, float] = field(default_factory=dict)
    untold: dict[str, State] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counted:
    """What one report counts. nonadditive, hierarchies: as in the `protect` file."""

    measures: tuple[Measure, ...]
    cells: tuple[Cell, ...]
    nonadditive: frozenset[str]
    hierarchies: Mapping[str, Mapping[str, str]]


def told(counted: Counted, measure: Measure, **at: str) -> State:
    """Return what is known of a measure in the group with these values, and no other.

    Zero is a figure; a group that is not there has no data.
    """
    vector = tuple(sorted(at.items()))
    bases = {
        cell.base
        for cell in counted.cells
        if measure.id in {*cell.x, *cell.sums, *cell.middles, *cell.untold}
    } or {str(measure.base)}
    by_vector = {cell.vector: cell for cell in counted.cells if cell.base in bases}
    whole = by_vector.get(vector)
    if whole is None:
        return State.MISSING
    if measure.id in whole.untold:
        return whole.untold[measure.id]
    if measure.population:
        inside = tuple(sorted((*vector, (measure.population, COUNTED))))
        whole = by_vector[inside]
    if measure.unit is Unit.COUNT:
        number: float = whole.n
    elif measure.id in whole.middles:
        number = whole.middles[measure.id]
    else:
        number = whole.x.get(measure.id, whole.sums.get(measure.id, (0, 0))[0])
    return State.NUMBER if number else State.ZERO
