"""Which groups tell about each child in them, before anything leans on them."""

from collections.abc import Mapping

from indicators.disclosure.table import Group


def revealing(cells: Mapping[str, Group], *, threshold: int) -> frozenset[str]:
    """Return the keys of the groups that are small, or hold every child they could.

    A group of 0 is small: it tells a housing agency that none of the children it sent
    was matched, as a group of all tells it that each was. Groups in which all or none
    have an outcome are not hidden: the coding of rates never prints 0 or 100 percent.
    Source: NCES 2011-603.
    """
    return frozenset(
        key for key, cell in cells.items() if cell.n < threshold or cell.n == cell.known
    )
