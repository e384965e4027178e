"""The one door from counted tables to tables that may be published."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from indicators.disclosure import coding, differencing, primary, secondary
from indicators.disclosure.audit import Audit, Finding, Kind
from indicators.disclosure.differencing import Edition
from indicators.disclosure.recovery import attack
from indicators.disclosure.table import (
    Band,
    CannotPublish,
    Group,
    Mark,
    ProtectedCell,
    ProtectedTable,
    Table,
    cells_of,
    relations_of,
)

# The thresholds that an agreement may set, in children.
THRESHOLDS = range(10, 31)
# Possible values per suppressed count: what is tried in turn until the audit is clean.
_AIMS = (secondary.AIM, 2 * secondary.AIM, 4 * secondary.AIM)

# What is printed for a rate, by key of the group and code of the rate.
_Texts = Mapping[tuple[str, str], Band | Mark]


@dataclass(frozen=True, slots=True)
class Protected:
    """Tables that may be published, the attack they withstood, and what it cost.

    n_primary: groups suppressed because they are small, or because every child on the
    roster is in them. n_secondary: others, which protect them. Both are for reviewers;
    the tables do not tell one from the other.
    """

    tables: tuple[ProtectedTable, ...]
    audit: Audit
    n_primary: int
    n_secondary: int


def protect(
    tables: Sequence[Table], *, threshold: int, earlier: Sequence[Edition] = ()
) -> Protected:
    """Return the tables with all suppressed and coded that must be, attacked in vain.

    threshold: the fewest children of a group that is shown, 10 to 30.
    earlier: what was published before; editions of the same school year bind this one.
    What the groups say is `known` holds for every reader of the tables.
    The same input gives the same bytes. Raises CannotPublish if nothing safe is left.
    """
    if threshold not in THRESHOLDS:
        raise CannotPublish(
            f"The threshold is {threshold} children, but it must be from "
            f"{THRESHOLDS[0]} to {THRESHOLDS[-1]}. Set it in the agreement."
        )
    release = _Release(tables, threshold=threshold, earlier=earlier)
    if any(whole.n < threshold for whole in release.wholes):
        raise CannotPublish(
            f"Fewer than {threshold} children were matched. Nothing can be published "
            "about so small a group. Check the link, or wait for more children."
        )
    if any(whole.n == whole.known for whole in release.wholes):
        raise CannotPublish(
            "Every child on the roster was matched, so any table would tell about each "
            "of them. Wait for a roster with other children."
        )
    revealing = primary.revealing(release.cells, threshold=threshold)
    protected: Set[str] = revealing | release.kept
    for aim in _AIMS:
        hidden = secondary.complete(
            release.cells,
            release.relations,
            protected=protected,
            locked=release.locked,
            threshold=threshold,
            aim=aim,
        )
        published, audit = release.coded(hidden)
        if audit.is_clean:
            n_secondary = len(hidden - revealing)
            return Protected(published, audit, len(revealing), n_secondary)
        found = {key for finding in audit.findings for key in finding.keys}
        protected = protected | (found & hidden)
    raise CannotPublish(_refusal(audit, threshold=threshold))


def _refusal(audit: Audit, *, threshold: int) -> str:
    if {Kind.MOVED, Kind.RATE_MOVED, Kind.UNCOVERED} & {f.kind for f in audit.findings}:
        return (
            "The edition already published for this school year stands. Side by side "
            f"with it, these tables would show changes of fewer than {threshold} "
            "children, or values that it suppressed. Publish again for the next year."
        )
    return (
        "A suppressed number could be worked out from every form of these tables that "
        "was tried. Combine small groups, or leave a table out."
    )


class _Release:
    """One release being protected: its cells, and what earlier editions settled.

    wholes: totals that are no part of another total. known: the most children that the
    audience knows can be in a group, by key.
    kept: keys suppressed before. locked: keys shown before with the same count.
    """

    def __init__(
        self, tables: Sequence[Table], *, threshold: int, earlier: Sequence[Edition]
    ) -> None:
        self.tables = tables
        self.threshold = threshold
        self.earlier = earlier
        self.cells = cells_of(tables)
        self.relations = relations_of(tables)
        parts = {part for relation in self.relations for part in relation.parts}
        self.wholes = [c for key, c in self.cells.items() if key not in parts]
        self.known = {k: c.known for k, c in self.cells.items() if c.known is not None}
        years = {table.school_year for table in tables}
        before = [
            cell
            for edition in earlier
            for table in edition
            if table.school_year in years
            for cell in (table.total, *table.groups)
            if cell.key in self.cells
        ]
        self.kept = {cell.key for cell in before if cell.n is Mark.SUPPRESSED}
        standing = [cell for cell in before if cell.n == self.cells[cell.key].n]
        self.locked = {cell.key for cell in standing}
        self.settled = {
            (cell.key, code): text
            for cell in standing
            for code, text in cell.rates.items()
        }

    def coded(self, hidden: Set[str]) -> tuple[tuple[ProtectedTable, ...], Audit]:
        """Return the tables with rates as fine as the attack allows, and its audit."""
        texts = self._finest(hidden)
        audit = self._audit(hidden, texts)
        while rates := [f for f in audit.findings if f.kind is Kind.RATE]:
            coarser = self._coarser(texts, hidden=hidden, finding=rates[0])
            if coarser == texts:
                break
            texts, audit = coarser, self._audit(hidden, coarser)
        return self._published(hidden, texts), audit

    def _finest(self, hidden: Set[str]) -> _Texts:
        texts: dict[tuple[str, str], Band | Mark] = {}
        for key, cell in self.cells.items():
            for count in cell.counts:
                x, of = count.numerator, count.denominator
                text = coding.code(x, of, n=cell.n)
                before = self.settled.get((key, count.rate), text)
                if not isinstance(before, Band) or coding.holds(
                    before, x, denominator=of
                ):
                    text = before
                texts[key, count.rate] = Mark.SUPPRESSED if key in hidden else text
        return texts

    def _coarser(self, texts: _Texts, *, hidden: Set[str], finding: Finding) -> _Texts:
        """Return the texts with the least coarsening that answers the finding.

        Tried in turn: merging the band, then hiding the rate, of the group itself, of
        the totals over it, of all groups beside it. If none helps, all are hidden.
        """
        own = set(finding.keys)
        around = [r for r in self.relations if own & {r.parent, *r.parts}]
        parents = {relation.parent for relation in around}
        parts = {part for relation in around for part in relation.parts}
        for is_hiding in (False, True):
            for keys in (own, parents, parts):
                trial = self._widened(texts, keys, finding.rate, is_hiding=is_hiding)
                if (
                    trial != texts
                    and finding not in self._audit(hidden, trial).findings
                ):
                    return trial
        return self._widened(texts, parents | parts, finding.rate, is_hiding=True)

    def _widened(
        self, texts: _Texts, keys: Set[str], rate: str, *, is_hiding: bool
    ) -> _Texts:
        widened = dict(texts)
        for key in keys:
            text, n = texts[key, rate], self.cells[key].n
            if isinstance(text, Band) and (key, rate) not in self.settled:
                can_merge = text in coding.bands(n) and not is_hiding
                widened[key, rate] = (
                    coding.wider(text, n=n) if can_merge else Mark.SUPPRESSED
                )
        return widened

    def _audit(self, hidden: Set[str], texts: _Texts) -> Audit:
        published = self._published(hidden, texts)
        past = differencing.same_children(published, earlier=self.earlier)
        found = attack((*published, *past), threshold=self.threshold, known=self.known)
        moved = differencing.compare(
            published, earlier=self.earlier, threshold=self.threshold
        )
        return Audit((*moved, *found.findings), found.narrowest)

    def _published(self, hidden: Set[str], texts: _Texts) -> tuple[ProtectedTable, ...]:
        def cell(group: Group) -> ProtectedCell:
            return ProtectedCell(
                key=group.key,
                label=group.label,
                n=Mark.SUPPRESSED if group.key in hidden else group.n,
                rates={c.rate: texts[group.key, c.rate] for c in group.counts},
            )

        return tuple(
            ProtectedTable(
                code=table.code,
                title=table.title,
                dimension=table.dimension,
                school_year=table.school_year,
                rates=table.rates,
                groups=tuple(cell(group) for group in table.groups),
                total=cell(table.total),
            )
            for table in self.tables
        )
