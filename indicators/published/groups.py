"""How many groups a release shows of each of its tables: of printed text alone."""

from collections import defaultdict

from indicators.disclosure.table import Mark
from indicators.measures.definitions import Base
from indicators.measures.dimensions import ASSISTED, BREAKDOWNS, POPULATION
from indicators.published.document import Document, Vector


def shown_groups(document: Document) -> list[tuple[tuple[str, ...], int, int]]:
    """Return each table of the last school year, its groups, and those that show.

    A table is named by its breakdowns. Only groups of residents count.
    """
    names = {place: name for name, place in BREAKDOWNS.items()}
    order = list(BREAKDOWNS)
    upper = {dim: {*tree.values()} for dim, tree in document.hierarchies.items()}
    last = document.periods[-1]
    groups: dict[tuple[str, ...], dict[Vector, bool]] = defaultdict(dict)
    for cell in document.cells:
        if cell.period != last or cell.base != Base.ENROLLED:
            continue
        at = dict(cell.vector)
        if at.pop(POPULATION, ASSISTED) != ASSISTED:
            continue
        told = [
            names.get((dim, value in upper.get(dim, ()))) or names.get((dim, False))
            for dim, value in at.items()
        ]
        if told and all(told):
            table = tuple(sorted((each for each in told if each), key=order.index))
            groups[table][cell.vector] = cell.n is not Mark.SUPPRESSED
    return [
        (table, len(found), sum(found.values()))
        for table, found in sorted(
            groups.items(),
            key=lambda each: (len(each[0]), [*map(order.index, each[0])]),
        )
    ]
