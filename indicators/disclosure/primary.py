"""Which groups are too small to be counted in public, before anything leans on them."""

from collections.abc import Mapping

from indicators.disclosure.table import Group


def small(cells: Mapping[str, Group], *, threshold: int) -> frozenset[str]:
    """Return the keys of the groups of 1 to threshold - 1 children.

    A group of 0 is shown. Groups in which all or none have an outcome are not hidden:
    the coding of rates never prints 0 or 100 percent.
    Source: NCES 2011-603.
    """
    return frozenset(key for key, cell in cells.items() if 1 <= cell.n < threshold)
