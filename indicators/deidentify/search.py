"""The node of the lattice at which the least is lost, found without trying all.

Full-domain generalisation: each quasi-identifier has one level in the whole file. At
every node, what must be lost at the least is known from pairs of columns: rows that
fall short on two columns do so on more (as in Incognito, LeFevre and others 2005).
Nodes are tried in the order of that bound, and the search ends where it reaches the
best node found: the result is the same as after trying all of them.
"""

from collections.abc import Callable, Iterator
from itertools import combinations, product

import numpy as np

from accounts.acts import RuleBroken
from indicators.deidentify.population import Demands, Population
from indicators.deidentify.recoding import Node, Recoder, Recoding

Progress = Callable[[int], None]
# Bounds and losses are added up in different orders, and rounded.
_SLACK = 1e-9
_TOO_FEW = (
    "No form of these rows hides every child among {k} of at least {households} homes, "
    "so there is no file to send. Wait for more children, list fewer elements, or send "
    "tables instead."
)


def _in_silence(n_tried: int) -> None:
    """Say nothing."""


def least_lossy(
    population: Population, demands: Demands, *, progress: Progress = _in_silence
) -> Recoding:
    """Return the recoding that loses least and meets the demands in every class.

    Of equals the one with the lowest levels, then the first in order. Raises RuleBroken
    where nothing can be sent.
    """
    recoder = Recoder(population, demands)
    best: Recoding | None = None
    for number, (bound, node) in enumerate(_by_bound(recoder)):
        if best is not None and bound > best.loss + _SLACK:
            break
        progress(number)
        found = _tried(recoder, node, best)
        if found is not None and (best is None or _rank(found) < _rank(best)):
            best = found
    if best is None:
        raise RuleBroken(_TOO_FEW.format(k=demands.k, households=demands.households))
    return best


def _rank(recoding: Recoding) -> tuple[float, int, Node]:
    return recoding.loss, sum(recoding.levels), recoding.levels


def _tried(recoder: Recoder, node: Node, best: Recoding | None) -> Recoding | None:
    """Return the rows at a node, unless they cannot be sent or cannot be the best."""
    short = recoder.unsound(node)
    n_short = int(short.sum())
    is_top = node == recoder.tops
    if n_short > recoder.demands.most_touched * recoder.n_here and not is_top:
        return None
    bound = recoder.least_loss(node, n_short)
    if best is not None and bound > best.loss + _SLACK:
        return None
    found = recoder.recode(node, short)
    return found if found.kept.any() else None


def _by_bound(recoder: Recoder) -> Iterator[tuple[float, Node]]:
    """Yield every node with what must be lost there, the least first."""
    levels = [range(top + 1) for top in recoder.tops]
    n_short = _pairs(recoder)
    bounds = []
    for node in product(*levels):
        on_pairs = (
            n_short[a, node[a], b, node[b]]
            for a, b in combinations(range(len(node)), 2)
        )
        bound = recoder.least_loss(node, max(on_pairs, default=0))
        bounds.append((bound, sum(node), node))
    for bound, _, node in sorted(bounds):
        yield bound, node


def _pairs(recoder: Recoder) -> dict[tuple[int, int, int, int], int]:
    """Return how many rows fall short on two columns, by the levels of both."""
    found: dict[tuple[int, int, int, int], int] = {}
    for a, b in combinations(range(len(recoder.tops)), 2):
        for one, other in product(
            range(recoder.tops[a] + 1), range(recoder.tops[b] + 1)
        ):
            node = [*recoder.tops]
            node[a], node[b] = one, other
            short = recoder.unsound(tuple(node), [a, b])
            found[a, one, b, other] = int(np.count_nonzero(short))
    return found
