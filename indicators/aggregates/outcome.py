"""Delivered counts as tables that may be published, or why they may not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from indicators.aggregates.delivered import Delivered
from indicators.aggregates.record import dimension_of, edition, published
from indicators.disclosure.audit import Audit
from indicators.disclosure.examination import Breach, examine
from indicators.disclosure.protect import Protected
from indicators.disclosure.release import protect
from indicators.disclosure.release_file import BadFile, ReleaseFile, Vector
from indicators.disclosure.suppression import Progress, in_silence
from indicators.disclosure.table import CannotPublish, ProtectedTable

# A message has room for so many ways in; the rest are counted.
_MOST_TOLD = 3


@dataclass(frozen=True, slots=True)
class Naming:
    """Words of a release: of its places by dimension, of its tables, of its total."""

    labels: Mapping[str, Mapping[str, str]]
    title: str
    whole: str

    def place(self, vector: Vector) -> str:
        """Return the label of a group."""
        dimension, value = dimension_of(vector)
        if value is None:
            return self.whole
        return self.labels.get(dimension, {}).get(value, value)


def protected_tables(
    delivered: Delivered,
    *,
    threshold: int,
    earlier: Sequence[Sequence[ProtectedTable]],
    naming: Naming,
    progress: Progress = in_silence,
) -> Protected:
    """Return delivered counts as tables that withstood an attack.

    Counts that nobody protected are protected first. earlier: everything published
    before in the partnership; what is of the same school year binds. Raises
    CannotPublish with the groups that give way.
    """
    editions = [
        edition(of_year, threshold=threshold)
        for tables in earlier
        if (of_year := [t for t in tables if t.school_year == delivered.year])
    ]
    try:
        release = delivered.release(threshold=threshold)
        if delivered.is_counted:
            return _protected(delivered, release, editions, naming, progress)
        found = examine(release, earlier=editions, progress=progress)
    except BadFile as bad:
        raise CannotPublish(f"The counts contradict themselves: {bad}.") from None
    if found.breaches:
        raise CannotPublish(_refusal(found.breaches, naming))
    return _as_tables(delivered, release, found.narrowest_n, naming)


def _protected(
    delivered: Delivered,
    release: ReleaseFile,
    editions: Sequence[ReleaseFile],
    naming: Naming,
    progress: Progress,
) -> Protected:
    outcome = protect(release, earlier=editions, progress=progress)
    if outcome.refusals:
        raise CannotPublish(
            "No form of these counts that was tried can be published. "
            + " ".join(f"{each}." for each in outcome.refusals[:_MOST_TOLD])
        )
    printed = ReleaseFile(
        frame=release.frame,
        indicators=release.indicators,
        threshold=release.threshold,
        zero_public=release.zero_public,
        cells=outcome.cells,
        known=(),
        record={},
    )
    return _as_tables(delivered, printed, outcome.report["narrowest n"], naming)


def _as_tables(
    delivered: Delivered, release: ReleaseFile, narrowest: int | None, naming: Naming
) -> Protected:
    tables = published(
        release.cells,
        indicators=release.indicators,
        labels=naming.labels,
        blanks=delivered.blanks,
        title=naming.title,
        whole=naming.whole,
    )
    n_hidden = len({cell.vector for cell in release.cells if cell.n is None})
    return Protected(tables, Audit((), narrowest), n_hidden, 0)


def _refusal(breaches: Sequence[Breach], naming: Naming) -> str:
    told = [
        f"{' and '.join(naming.place(v) for v in breach.vectors[:3]) or 'all'}"
        f"{f' ({breach.code})' if breach.code else ''}: {breach.kind}"
        for breach in breaches[:_MOST_TOLD]
    ]
    more = len(breaches) - len(told)
    return (
        f"The file would give away what it hides. {'. '.join(told)}."
        + (f" And {more} more." if more else "")
        + " Hide one more group, or send the counts unprotected."
    )
