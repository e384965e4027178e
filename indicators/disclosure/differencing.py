"""Compares a release with earlier ones of the same school year.

A reader keeps every edition. While the counts stand, all editions describe the same
children and are attacked as one; once they have moved, their differences are public
too. Source: 34 CFR 99.31(b)(1), "single or multiple releases".
"""

from collections.abc import Iterator, Sequence

from indicators.disclosure.audit import Finding, Kind
from indicators.disclosure.table import Band, Mark, ProtectedCell, ProtectedTable

Edition = Sequence[ProtectedTable]


def same_year(published: Edition, *, earlier: Sequence[Edition]) -> list[Edition]:
    """Return the earlier editions that share a school year with this one."""
    years = {table.school_year for table in published}
    return [e for e in earlier if years & {table.school_year for table in e}]


def same_children(
    published: Edition, *, earlier: Sequence[Edition]
) -> tuple[ProtectedTable, ...]:
    """Return the tables of the earlier editions whose shown counts all still stand."""
    return tuple(
        table
        for edition in same_year(published, earlier=earlier)
        if not any(_moved(old, new) for old, new in _pairs(edition, published))
        for table in edition
    )


def compare(
    published: Edition, *, earlier: Sequence[Edition], threshold: int
) -> tuple[Finding, ...]:
    """Return what a reader learns by subtracting an earlier edition from this one.

    A value suppressed before stays suppressed. A count, and what the shown groups leave
    over, changes by 0 or by at least `threshold`; a rate changes only where its count
    did.
    """
    found: dict[Finding, None] = {}
    for edition in same_year(published, earlier=earlier):
        for old, new in _pairs(edition, published):
            found |= dict.fromkeys(_changes(old, new, threshold=threshold))
        for before in edition:
            for now in published:
                found |= dict.fromkeys(_left_over(before, now, threshold=threshold))
    return tuple(found)


def _pairs(
    edition: Edition, published: Edition
) -> list[tuple[ProtectedCell, ProtectedCell]]:
    now = {cell.key: cell for table in published for cell in _cells(table)}
    before = {cell.key: cell for table in edition for cell in _cells(table)}
    return [(before[key], now[key]) for key in before if key in now]


def _cells(table: ProtectedTable) -> tuple[ProtectedCell, ...]:
    return (table.total, *table.groups)


def _moved(old: ProtectedCell, new: ProtectedCell) -> int:
    """Return by how many children the count differs, 0 unless both are shown."""
    if isinstance(old.n, Mark) or isinstance(new.n, Mark):
        return 0
    return new.n - old.n


def _changes(
    old: ProtectedCell, new: ProtectedCell, *, threshold: int
) -> Iterator[Finding]:
    if isinstance(old.n, Mark):
        if old.n is Mark.SUPPRESSED and not isinstance(new.n, Mark):
            yield Finding(Kind.UNCOVERED, (new.key,))
        return
    moved = abs(_moved(old, new))
    if 0 < moved < threshold:
        yield Finding(Kind.MOVED, (new.key,))
    if moved:
        return
    for code in sorted(old.rates.keys() & new.rates.keys()):
        was, is_now = old.rates[code], new.rates[code]
        if isinstance(is_now, Band) and is_now != was:
            kind = Kind.RATE_MOVED if isinstance(was, Band) else Kind.UNCOVERED
            yield Finding(kind, (new.key,), code)


def _left_over(
    before: ProtectedTable, now: ProtectedTable, *, threshold: int
) -> Iterator[Finding]:
    """Yield a finding if what is not shown in both tables moved by too few."""
    pairs = _pairs([before], [now])
    is_same_table = len(pairs) == len(_cells(before)) == len(_cells(now))
    if not is_same_table or before.total.key != now.total.key:
        return
    hidden = [old.key for old, new in pairs if Mark.SUPPRESSED in (old.n, new.n)]
    moved = _moved(before.total, now.total) - sum(
        _moved(old, new) for old, new in pairs if old.key != before.total.key
    )
    if before.total.key not in hidden and 0 < abs(moved) < threshold:
        yield Finding(Kind.MOVED, tuple(hidden))
