"""The one door from a counted release in a file to one that may be published."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from indicators.disclosure import days
from indicators.disclosure.answers import Answers
from indicators.disclosure.audit import Breach, Kind
from indicators.disclosure.collapsing import collapses, forced_by
from indicators.disclosure.examination import Examined, examine, least
from indicators.disclosure.given import below_tables
from indicators.disclosure.keyed import by_keys
from indicators.disclosure.left_out import left_by
from indicators.disclosure.linked import Flags, link
from indicators.disclosure.rates import RateMoved, Rates, coded
from indicators.disclosure.relations import Line
from indicators.disclosure.release_file import BadFile, Cell, ReleaseFile, Vector
from indicators.disclosure.sizes import require_no_crowd
from indicators.disclosure.spelling import require_one_spelling
from indicators.disclosure.suppression import Pattern, Progress, in_silence, suppress
from indicators.disclosure.unions import require_no_union

PROFILES = ("full", "linear")
WIDTH = 5
# Of so many findings it is said what forces them.
_EXPLAINED = 3
# How often findings of the audit are answered before the release is refused.
_ROUNDS = 6
# A period is revised whole or not at all: hiding more does not mend these.
_STANDING = frozenset({Kind.MOVED, Kind.RATE_MOVED, Kind.UNCOVERED, Kind.CONTRADICTION})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What may be published, or why nothing may: `cells` are empty then.

    cells: in the order of the file. refusals: why not, in sentences. report: for those
    who decide on the release; it must not be published with it.
    """

    cells: tuple[Cell, ...]
    refusals: tuple[str, ...]
    report: dict[str, Any]


def protect(
    release: ReleaseFile,
    *,
    earlier: Sequence[ReleaseFile] = (),
    profile: str = "full",
    width: int = WIDTH,
    seconds: float = inf,
    progress: Progress = in_silence,
) -> Outcome:
    """Return the release with all suppressed and coded that must be, attacked in vain.

    profile: "linear" protects counts alone, each against being exactly worked out.
    seconds: after half of them nothing more is shown again, which leaves the other half
    to the audit; a release that is not audited by then is refused.
    Raises BadFile if the files contradict themselves or each other, tell of more
    children than can be attacked, or if several indicators can be all of another.
    """
    require_one_spelling([release, *earlier])
    require_no_crowd([release, *earlier])
    require_no_union(release)
    watch = _Watch(seconds, progress)
    parts = by_keys(release, earlier)
    protections = [_Protection(*part, profile, width, watch) for part in parts]
    done: list[_Part] = []
    n_left = len(release.cells)
    try:
        for each in protections:
            n_cells = len(each.release.cells)
            watch.allot(n_cells / n_left)
            n_left -= n_cells
            done.append(each.part())
    except _Late:
        why = (
            f"No form of the tables could be audited within {seconds:g} seconds. Allow "
            "more time, or fewer tables."
        )
        return Outcome((), (why,), _report(release, done, width))
    refusals = tuple(why for part in done for why in part.refusals)
    cells = () if refusals else _in_order(release, done)
    return Outcome(cells, refusals, _report(release, done, width))


@dataclass(frozen=True, slots=True)
class _Part:
    """What became of one key: its cells as printed, or why nothing may be printed."""

    cells: tuple[Cell, ...]
    refusals: tuple[str, ...]
    hidden: frozenset[Vector]
    found: Examined
    record: dict[str, Any]


def _in_order(release: ReleaseFile, parts: Sequence[_Part]) -> tuple[Cell, ...]:
    """Return the cells of all parts in the order of the file."""
    n_keys = release.frame.n_keys
    of_key = {part.cells[0].vector[:n_keys]: iter(part.cells) for part in parts}
    return tuple(next(of_key[cell.vector[:n_keys]]) for cell in release.cells)


def _report(release: ReleaseFile, parts: Sequence[_Part], width: int) -> dict[str, Any]:
    hidden = frozenset[Vector]().union(*(part.hidden for part in parts))
    found = collapses(release, hidden=hidden, width=width)
    records = [part.record for part in parts]
    return {
        "for": "those who decide on the release; do not publish it",
        **{
            name: sum(record[name] for record in records)
            for name in ("primaries", "secondaries", "children suppressed")
        },
        "narrowest n": least(part.found.narrowest_n for part in parts),
        "narrowest x": least(part.found.narrowest_x for part in parts),
        **{
            name: [each for record in records for each in record[name]]
            for name in ("known beforehand", "culprits")
        },
        "collapses": [collapse.record() for collapse in found],
    }


class _Late(Exception):
    """The time for the work is over."""


class _Watch:
    """Tells how far the work is, and ends it when its time is over."""

    def __init__(self, seconds: float, progress: Progress) -> None:
        self.started, self.seconds = time.monotonic(), seconds
        self.progress = progress
        self.half = inf

    def allot(self, share: float) -> None:
        """Let half of such a share of what time is left belong to the next audit."""
        now = time.monotonic()
        self.half = now + share * (self.started + self.seconds - now) / 2

    def tell(self, step: str, done: int, of: int) -> None:
        """Tell how far the work is, or raise _Late."""
        if time.monotonic() - self.started > self.seconds:
            raise _Late
        self.progress(step, done, of)

    def is_late(self) -> bool:
        """Return whether what time is left belongs to the audit."""
        return time.monotonic() > self.half


class _Protection:
    def __init__(
        self,
        release: ReleaseFile,
        earlier: Sequence[ReleaseFile],
        profile: str,
        width: int,
        watch: _Watch,
    ) -> None:
        self.release, self.earlier, self.profile = release, earlier, profile
        self.is_full = profile == "full"
        self.watch, self.progress = watch, watch.tell
        self.width = width if self.is_full else 2
        self.is_crossed = False
        self._link([])
        for code in sorted(release.days):
            days.check(self.linked, self._shares(code), code=code)

    def _link(self, below: Sequence[Line]) -> None:
        self.linked = link(self.release, earlier=self.earlier, below=below)
        self.at = {v: place for place, v in reversed([*enumerate(self.linked.vectors)])}
        self.answers = Answers(self.linked, self.at)

    def part(self) -> _Part:
        """Protect, attack, and answer what is found, until nothing is."""
        pattern = self._pattern()
        found = Examined((), None, None)
        number = 0
        while number < _ROUNDS:
            try:
                cells = self._cells(pattern)
            except RateMoved as refusal:
                return self._refused(pattern, found, [str(refusal)])
            found = self._examined(cells, self.earlier)
            if not found.breaches:
                return self._part(pattern, found, cells=cells)
            if {breach.kind for breach in found.breaches} == {Kind.CONTRADICTION}:
                raise self._contradicted(cells)
            if any(breach.kind in _STANDING for breach in found.breaches):
                break
            if self._cross():
                pattern = self._pattern()
                continue
            n_placed = self.answers.n_placed()
            if not self.answers.to(found.breaches, number, pattern):
                break
            if self.answers.n_placed() > n_placed:
                pattern = self._pattern()
            number += 1
        sentences = [described(breach, self.release) for breach in found.breaches]
        return self._refused(pattern, found, sentences)

    def _examined(
        self, cells: tuple[Cell, ...], earlier: Sequence[ReleaseFile]
    ) -> Examined:
        return examine(
            _printed(self.release, cells),
            earlier=earlier,
            rules=self.profile,
            flagged=self._flagged(),
            progress=self.progress,
        )

    def _contradicted(self, cells: tuple[Cell, ...]) -> BadFile:
        """Return that no numbers fit, and what earlier files list if it is that."""
        left_out = left_by(self.release, self.earlier)
        stripped = [left_out.without(edition) for edition in self.earlier]
        found = self._examined(cells, stripped)
        is_cured = all(b.kind is not Kind.CONTRADICTION for b in found.breaches)
        return left_out.unfit(left_out.tables if is_cured else ())

    def _flagged(self) -> set[Vector]:
        linked = self.linked
        places = np.flatnonzero(linked.is_flagged & ~linked.is_public)
        return {linked.vectors[place] for place in places}

    def _cross(self) -> bool:
        """Protect what tables that cross in a circle have in common from now on.

        Return whether there is any. Most patterns withstand without it, and it takes
        times as long.
        """
        if self.is_crossed:
            return False
        self.is_crossed = True
        below = below_tables(self.release, self.earlier)
        try:
            if below:
                self._link(below)
        except BadFile:
            return False  # no numbers were found that fit: more is hidden instead
        return bool(below)

    def _pattern(self) -> Pattern:
        return suppress(
            self.linked,
            threshold=self.release.threshold,
            zero_public=self.release.zero_public,
            width=self.width,
            has_remainder_rule=self.is_full,
            more=self.answers.more,
            sought=self.answers.sought,
            progress=self.progress,
            is_late=self.watch.is_late,
        )

    def _cells(self, pattern: Pattern) -> tuple[Cell, ...]:
        linked = self.linked
        # A group to be hidden is, although its count is public anyway.
        is_told = (linked.n == 0) & self.release.zero_public
        is_small = (linked.n < self.release.threshold) & ~is_told
        is_closed = is_small | linked.is_kept | linked.is_flagged
        hidden = pattern.hidden | (linked.is_listed & linked.is_known & is_closed)
        rates = [self._rates(code, hidden) for code in self.release.indicators]
        return tuple(self._cell(cell, hidden, rates) for cell in self.release.cells)

    def _rates(self, code: str, hidden: Flags) -> Rates:
        shares = self._shares(code) if self.is_full else {}
        for of, place in self.answers.muted:
            if of == code:
                shares.pop(place, None)
        return coded(
            self.linked,
            code=code,
            shares=shares,
            hidden=hidden,
            is_days=code in self.release.days,
            is_strict=self.answers.is_strict,
            progress=self.progress,
        )

    def _shares(self, code: str) -> dict[int, tuple[int, int]]:
        return {
            self.at[cell.vector]: (cell.x[code], cell.of.get(code, cell.n or 0))
            for cell in self.release.cells
            if code in cell.x
        }

    def _cell(self, cell: Cell, hidden: Flags, rates: Sequence[Rates]) -> Cell:
        place = self.at[cell.vector]
        texts = {one.code: one.texts.get(place) for one in rates}
        return Cell(
            cell.table,
            cell.vector,
            None if hidden[place] else cell.n,
            {},
            {code: None if t is None else str(t) for code, t in texts.items()},
        )

    def _part(
        self,
        pattern: Pattern,
        found: Examined,
        *,
        cells: tuple[Cell, ...] = (),
        refusals: tuple[str, ...] = (),
    ) -> _Part:
        place = self.release.frame.place
        record = {
            "primaries": int(pattern.is_primary.sum()),
            "secondaries": int((pattern.hidden & ~pattern.is_primary).sum()),
            "children suppressed": int(self.linked.n[pattern.hidden].sum()),
            "known beforehand": [place(self.linked.vectors[p]) for p in pattern.stuck],
            "culprits": [
                {
                    "why": str(breach.kind),
                    "cells": [place(v) for v in breach.vectors],
                    "forced by": self._forced_by(breach) if number < _EXPLAINED else [],
                }
                for number, breach in enumerate(found.breaches if refusals else ())
            ],
        }
        hidden = {self.linked.vectors[p] for p in np.flatnonzero(pattern.hidden)}
        return _Part(cells, refusals, frozenset(hidden), found, record)

    def _forced_by(self, breach: Breach) -> list[str]:
        """Return the fewest public cells that leave a hidden count no other value."""
        places = [self.at[v] for v in breach.vectors if v in self.at]
        if breach.kind is not Kind.COUNT or not places:
            return []
        vectors = [self.linked.vectors[p] for p in forced_by(self.linked, places)]
        return [self.release.frame.place(vector) for vector in vectors]

    def _refused(
        self, pattern: Pattern, found: Examined, sentences: Sequence[str]
    ) -> _Part:
        return self._part(pattern, found, refusals=tuple(sentences))


def described(breach: Breach, release: ReleaseFile) -> str:
    """Return what was found, where, in one sentence."""
    where = "; ".join(release.frame.place(vector) for vector in breach.vectors)
    of = f" ({breach.code})" if breach.code else ""
    return f"{where or 'the release'}{of}: {breach.kind}"


def _printed(release: ReleaseFile, cells: tuple[Cell, ...]) -> ReleaseFile:
    return ReleaseFile(
        frame=release.frame,
        indicators=release.indicators,
        threshold=release.threshold,
        zero_public=release.zero_public,
        cells=cells,
        known=release.known,
        record={},
        days=release.days,
        days_most=release.days_most,
        within=release.within,
    )


def printed_record(release: ReleaseFile, outcome: Outcome) -> dict[str, Any]:
    """Return the protected release as JSON values: no x, no hint at what is small."""
    names = release.frame.names
    record = {k: v for k, v in release.record.items() if k not in ("cells", "report")}
    record["cells"] = [
        {
            "table": cell.table,
            **dict(zip(names, cell.vector, strict=True)),
            "n": cell.n,
            "rate": dict(cell.rate),
        }
        for cell in outcome.cells
    ]
    record["report"] = outcome.report
    return record
