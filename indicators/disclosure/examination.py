"""The audit of releases in files: everything that they give away, taken together.

It reads what is printed, and shares no function with the modules that protect tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from indicators.disclosure.audit import Kind
from indicators.disclosure.highs import Unsolved
from indicators.disclosure.inference import Progress, Ranges, Sum
from indicators.disclosure.reading import Group, Reading, Split, aligned
from indicators.disclosure.release_file import BadFile, Cell, ReleaseFile, Vector

FEWEST = 3
_ENOUGH = 5


@dataclass(frozen=True, slots=True)
class Breach:
    """One way in: the groups concerned, taken together, and the indicator if any."""

    kind: Kind
    vectors: tuple[Vector, ...]
    code: str = ""


@dataclass(frozen=True, slots=True)
class Examined:
    """The result. narrowest_n, narrowest_x: to how few whole numbers any hidden count
    or any numerator can be narrowed, 5 for 5 or more; None where there is none."""

    breaches: tuple[Breach, ...]
    narrowest_n: int | None
    narrowest_x: int | None


@dataclass(frozen=True, slots=True)
class _Question:
    breach: Breach
    total: Sum
    fewest: int


def examine(
    release: ReleaseFile,
    *,
    earlier: Sequence[ReleaseFile] = (),
    rules: str = "full",
    progress: Progress,
) -> Examined:
    """Return what a reader of the release and of all earlier ones can work out.

    rules: "full", or "linear" for counts alone: no exact hidden count may follow.
    """
    return _Examination(release, earlier, rules=rules, progress=progress).result()


class _Examination:
    def __init__(
        self,
        release: ReleaseFile,
        earlier: Sequence[ReleaseFile],
        *,
        rules: str,
        progress: Progress,
    ) -> None:
        self.release, self.rules, self.progress = release, rules, progress
        self.threshold = release.threshold
        self.earlier = earlier
        self.breaches: dict[Breach, None] = {}
        self.narrowest: dict[Kind, int] = {}

    def result(self) -> Examined:
        """Return what was found."""
        self._check_shown()
        moved = self._compare()
        standing = [_without(edition, moved, self.release) for edition in self.earlier]
        for is_zero_told in (self.release.zero_public, False):
            reading = Reading(self.release, standing, is_zero_told=is_zero_told)
            if self.rules == "full":
                for split in reading.splits:
                    self._check_remainder(reading, split)
            if self._attack(reading):
                break
        else:
            self._add(Kind.CONTRADICTION, ())
        return Examined(
            tuple(self.breaches),
            self.narrowest.get(Kind.COUNT),
            self.narrowest.get(Kind.RATE),
        )

    def _add(self, kind: Kind, vectors: tuple[Vector, ...], code: str = "") -> None:
        self.breaches[Breach(kind, vectors, code)] = None

    def _check_shown(self) -> None:
        before = {
            (aligned(cell.vector, edition.frame, self.release.frame), cell.n)
            for edition in self.earlier
            for cell in edition.cells
        }
        cells: dict[Vector, Cell] = {}
        for cell in self.release.cells:
            is_zero = cell.n == 0 and self.release.zero_public
            is_small = cell.n is not None and cell.n < self.threshold and not is_zero
            if is_small and (cell.vector, cell.n) not in before:
                self._add(Kind.SHOWN, (cell.vector,))
            for code in cell.x:
                self._add(Kind.RATE, (cell.vector,), code)
            same = cells.setdefault(cell.vector, cell)
            if None not in (same.n, cell.n) and same.n != cell.n:
                raise BadFile(
                    f"the cell {self.release.frame.place(cell.vector)} is printed "
                    "twice, with unequal numbers"
                )

    def _compare(self) -> set[Vector]:
        """Compare with each earlier edition; return the groups that are others now."""
        frame = self.release.frame
        now = {cell.vector: cell for cell in self.release.cells}
        moved: set[Vector] = set()
        for edition in self.earlier:
            old = {aligned(c.vector, edition.frame, frame): c for c in edition.cells}
            change: dict[Vector, int] = {}
            for vector in old.keys() & now.keys():
                was, is_now = old[vector].n, now[vector].n
                if was is None:
                    if is_now is not None:
                        self._add(Kind.UNCOVERED, (vector,))
                elif is_now is not None:
                    change[vector] = is_now - was
                    if 0 < abs(is_now - was) < self.threshold:
                        self._add(Kind.MOVED, (vector,))
                    if is_now == was:
                        self._compare_rates(vector, old[vector], now[vector])
            moved |= {vector for vector, by in change.items() if by}
            pair = Reading(self.release, [edition], is_zero_told=False)
            for split in pair.splits:
                if split.is_sum and split.whole in change:
                    rest = change[split.whole] - sum(
                        change.get(part, 0) for part in split.parts
                    )
                    if 0 < abs(rest) < self.threshold:
                        self._add(Kind.MOVED, (split.whole, *split.parts))
        return moved

    def _compare_rates(self, vector: Vector, old: Cell, new: Cell) -> None:
        for code in sorted(old.rate.keys() & new.rate.keys()):
            was, is_now = old.rate[code], new.rate[code]
            if is_now is not None and is_now != was:
                kind = Kind.UNCOVERED if was is None else Kind.RATE_MOVED
                self._add(kind, (vector,), code)

    def _check_remainder(self, reading: Reading, split: Split) -> None:
        whole = reading.groups[split.whole]
        parts = [reading.groups[part] for part in split.parts]
        if whole.told is None or not split.is_sum:
            return
        rest = whole.told - sum(part.told for part in parts if part.told is not None)
        is_own = any(group.own and group.n is not None for group in (whole, *parts))
        if is_own and 0 < rest < self.threshold:
            hidden = tuple(part.vector for part in parts if part.told is None)
            self._add(Kind.REMAINDER, (split.whole, *hidden))

    def _attack(self, reading: Reading) -> bool:
        """Ask what every number can be; return whether any numbers fit."""
        knowledge = reading.knowledge()
        questions = list(self._questions(reading))
        try:
            ranges = Ranges(
                knowledge,
                [question.total for question in questions],
                fewest=[question.fewest for question in questions],
                progress=self.progress,
            )
        except Unsolved:
            return False
        if not ranges.is_possible:
            return False
        before: list[Ranges] = []
        for number, question in enumerate(questions):
            kind = question.breach.kind
            if ranges.is_wide(number):
                self._note(kind, ranges.width_seen(number))
                continue
            try:
                low, high = ranges.ends(number)
            except Unsolved:
                self.breaches[question.breach] = None
                continue
            width = high - low + 1
            is_telling = kind is Kind.RATE or low < self.threshold
            if width < question.fewest and is_telling:
                try:
                    before = before or self._known_before(reading, questions)
                    due = self._due(before, number, question.fewest)
                except Unsolved:
                    due = question.fewest
                if width < due:
                    self.breaches[question.breach] = None
            if is_telling:
                self._note(kind, width)
        return True

    def _note(self, kind: Kind, width: int) -> None:
        self.narrowest[kind] = min(width, self.narrowest.get(kind, _ENOUGH))

    def _known_before(
        self, reading: Reading, asked: Sequence[_Question]
    ) -> list[Ranges]:
        """Return what was known of the same sums by public figures alone: without and
        with the knowledge that a suppressed group is not empty."""
        return [
            Ranges(
                reading.knowledge(is_published=False, is_zero_told=is_zero_told),
                [question.total for question in asked],
                fewest=[FEWEST] * len(asked),
                progress=self.progress,
            )
            for is_zero_told in (False, reading.is_zero_told)
        ]

    def _due(self, before: Sequence[Ranges], number: int, fewest: int) -> int:
        """Return how many values must stay: no more than there were.

        That suppressed groups are not empty may narrow two public figures, not to one.
        """
        if not all(one.is_possible for one in before):
            return fewest
        widths = []
        for one in before:
            low, high = (0, fewest) if one.is_wide(number) else one.ends(number)
            widths.append(high - low + 1)
        return min(fewest, widths[0], max(2, widths[1]))

    def _questions(self, reading: Reading) -> list[_Question]:
        fewest = FEWEST if self.rules == "full" else 2
        asked: list[_Question] = []
        for group in reading.groups.values():
            if group.told is None and group.is_told:
                breach = Breach(Kind.COUNT, (group.vector,))
                asked.append(_Question(breach, {group.n_at: 1}, fewest))
        if self.rules != "full":
            return asked
        for code in self.release.indicators:
            for group in reading.groups.values():
                if group.is_told and group.n != 0:
                    asked += self._about_rate(group, code)
            for split in reading.splits:
                asked += self._about_rest(reading, split, code)
        return asked

    def _about_rate(self, group: Group, code: str) -> list[_Question]:
        breach = Breach(Kind.RATE, (group.vector,), code)
        x = group.x_at[code]
        asked = [_Question(breach, {x: 1}, FEWEST)]
        if group.told is None:
            asked.append(_Question(breach, {group.n_at: 1, x: -1}, FEWEST))
        return asked

    def _about_rest(self, reading: Reading, split: Split, code: str) -> list[_Question]:
        """Return what to ask of the numerator that the shown parts leave over."""
        whole = reading.groups[split.whole]
        parts = [reading.groups[part] for part in split.parts]
        shown = [part for part in parts if part.n is not None]
        if whole.n is None or not split.is_sum or len(shown) in (0, len(parts)):
            return []
        rest = {whole.x_at[code]: 1} | {part.x_at[code]: -1 for part in shown}
        hidden = tuple(part.vector for part in parts if part.n is None)
        return [_Question(Breach(Kind.RATE, hidden, code), rest, FEWEST)]


def _without(
    edition: ReleaseFile, moved: set[Vector], release: ReleaseFile
) -> ReleaseFile:
    """Return the edition without the groups whose count is another by now."""
    return replace(
        edition,
        cells=tuple(
            cell
            for cell in edition.cells
            if aligned(cell.vector, edition.frame, release.frame) not in moved
        ),
    )
