"""How well each kind of attacker would do against a file, as those who sign read it.

The three attackers are those of El Emam and others (2008): a prosecutor knows that a
certain child is in the file, a journalist knows a list of people that a child in the
file is on, a marketer wants as many matches as possible.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from indicators.deidentify.classes import grouped
from indicators.deidentify.population import (
    NOT_THERE,
    Flags,
    Ints,
    KnownList,
    Population,
)
from indicators.deidentify.recoding import Recoding


@dataclass(frozen=True, slots=True)
class Attack:
    """One attacker: what they know, and how often they are right, from 0 to 1.

    at_most: of the child at the greatest risk. on_average: of all children.
    """

    name: str
    knows: str
    at_most: float
    on_average: float


@dataclass(frozen=True, slots=True)
class Risk:
    """What is told of a file before it is signed.

    smallest: of its classes, and of what all extracts together tell apart. surest: the
    greatest share of one class that has one value of an outcome.
    """

    n_rows: int
    n_left_out: int
    n_starred: int
    n_classes: int
    smallest: int
    smallest_over_time: int
    fewest_households: int
    surest: float
    attacks: tuple[Attack, ...]


def risk_of(population: Population, recoding: Recoding) -> Risk:
    """Return what attackers can do with the rows as they are recoded."""
    kept = recoding.kept
    now, n_now = _classes(population, recoding, kept)
    over_time = recoding.cells[kept]
    _, together = np.unique(over_time, return_inverse=True)
    sizes_now = np.bincount(now, minlength=n_now)
    sizes = np.bincount(together)
    attacks = [_prosecutor("this file alone", sizes_now)]
    if (population.history[kept] > 0).any():
        attacks.append(_prosecutor("this file and all earlier ones", sizes))
    attacks += [_journalist(population, recoding, each) for each in population.lists]
    attacks.append(_marketer(sizes))
    return Risk(
        n_rows=int(kept.sum()),
        n_left_out=int((population.is_here & ~kept).sum()),
        n_starred=int(recoding.starred.any(axis=1).sum()),
        n_classes=n_now,
        smallest=int(sizes_now.min()),
        smallest_over_time=int(sizes.min()),
        fewest_households=_fewest(together, population.households[kept]),
        surest=_surest(population, together, kept),
        attacks=tuple(attacks),
    )


def _classes(
    population: Population, recoding: Recoding, kept: Flags
) -> tuple[Ints, int]:
    """Return the classes that this file shows, whatever earlier ones tell."""
    return grouped(printed_codes(population, recoding, kept))


def printed_codes(
    population: Population, recoding: Recoding, kept: Flags
) -> list[Ints]:
    """Return a code for each value that is printed, by column, in the order of rows."""
    columns = [np.zeros(int(kept.sum()), np.int64)]
    for at, values in enumerate(printed(population, recoding)):
        places = {value: n for n, value in enumerate(sorted(set(values)))}
        if recoding.levels[at] < population.columns[at].top:
            columns.append(np.array([places[v] for v in values], np.int64))
    return columns


def printed(population: Population, recoding: Recoding) -> list[list[str]]:
    """Return the values that are printed, by column; "" where one is left out."""
    rows = np.flatnonzero(recoding.kept).tolist()
    return [
        [
            "" if recoding.starred[row, at] else column.maps[level][raw[row]]
            for row in rows
        ]
        for at, (column, raw, level) in enumerate(
            zip(population.columns, population.raw, recoding.levels, strict=True)
        )
    ]


def _prosecutor(knows: str, sizes: Ints) -> Attack:
    return Attack("Prosecutor", knows, 1 / int(sizes.min()), len(sizes) / sizes.sum())


def _marketer(sizes: Ints) -> Attack:
    share = len(sizes) / int(sizes.sum())
    return Attack("Marketer", "every child in the file", share, share)


def _journalist(population: Population, recoding: Recoding, known: KnownList) -> Attack:
    """Return how well somebody does who matches the file with a list of people.

    Of who is alike on the list and in the file, any one may be meant. Where the list
    has fewer than the file, its people are not all those in the file.
    """
    kept = recoding.kept
    on_list: Counter[tuple[str, ...]] = Counter()
    shown = [
        at
        for at, column in enumerate(known.columns)
        if recoding.levels[column] < population.columns[column].top
    ]
    maps = [
        population.columns[known.columns[at]].maps[recoding.levels[known.columns[at]]]
        for at in shown
    ]
    for row in known.rows:
        on_list[
            tuple(m.get(row[at], row[at]) for m, at in zip(maps, shown, strict=True))
        ] += 1
    values = printed(population, recoding)
    columns = [values[known.columns[at]] for at in shown]
    in_file = (
        Counter(zip(*columns, strict=True))
        if columns
        else Counter({(): int(kept.sum())})
    )
    chances = [(1 / max(n, _like(on_list, key)), n) for key, n in in_file.items()]
    at_most = max(chance for chance, _ in chances)
    mean = sum(chance * n for chance, n in chances) / int(kept.sum())
    return Attack("Journalist", known.name, at_most, mean)


def _like(on_list: Counter[tuple[str, ...]], key: tuple[str, ...]) -> int:
    """Return how many on a list are like a row; a value left out is like any."""
    if "" not in key:
        return on_list[key]
    return sum(
        n
        for other, n in on_list.items()
        if all(a in ("", b) for a, b in zip(key, other, strict=True))
    )


def _fewest(groups: Ints, households: Ints) -> int:
    width = int(households.max()) + 1
    pairs = np.unique(groups * width + households)
    return int(np.bincount(pairs // width).min())


def _surest(population: Population, groups: Ints, kept: Flags) -> float:
    """Return the greatest share of a class that has one and the same outcome."""
    surest = 0.0
    for outcome in population.outcomes:
        values = outcome.values[kept]
        told = values != NOT_THERE
        if not told.any():
            continue
        width = int(values.max()) + 1
        counts = np.zeros((int(groups.max()) + 1, width))
        np.add.at(counts, (groups[told], values[told]), 1)
        n = counts.sum(axis=1)
        surest = max(surest, float((counts.max(axis=1)[n > 0] / n[n > 0]).max()))
    return surest
