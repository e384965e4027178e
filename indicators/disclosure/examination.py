"""The audit of releases in files: everything that they give away, taken together.

It reads what is printed, and shares no function with the modules that protect tables.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace

from indicators.disclosure.audit import Breach, Kind
from indicators.disclosure.covers import nearly_covered
from indicators.disclosure.groups import Days, Group, Split, Trust, is_news
from indicators.disclosure.highs import Unsolved
from indicators.disclosure.inference import Progress, Ranges
from indicators.disclosure.keyed import by_keys
from indicators.disclosure.moves import compared
from indicators.disclosure.questions import FEWEST, Question, questions
from indicators.disclosure.reading import Reading, aligned, without
from indicators.disclosure.release_file import BadFile, Cell, ReleaseFile, Vector
from indicators.disclosure.sizes import require_no_crowd
from indicators.disclosure.spelling import require_one_spelling

_ENOUGH = 5
# What a reader may believe of the days of children, from the most to the least: all
# have as many, or none has more than so many times the days of another.
_ALIKE = (1, 1.1, 1.25, 1.5, 2, 5, 36)
# Into how many parts a reader divides the days of the child who has the fewest.
_PARTS = 20


@dataclass(frozen=True, slots=True)
class Examined:
    """The result. narrowest_n, narrowest_x: to how few whole numbers any hidden count
    or any numerator can be narrowed, 5 for 5 or more; None where there is none."""

    breaches: tuple[Breach, ...]
    narrowest_n: int | None
    narrowest_x: int | None


def examine(
    release: ReleaseFile,
    *,
    earlier: Sequence[ReleaseFile] = (),
    rules: str = "full",
    flagged: Set[Vector] = frozenset(),
    progress: Progress,
) -> Examined:
    """Return what a reader of the release and of all earlier ones can work out.

    rules: "full", or "linear" for counts alone: no exact hidden count may follow.
    flagged: groups to be hidden however many children they have.
    Raises BadFile if the files contradict themselves, spell one value in two ways,
    or tell of more children than can be attacked.
    """
    require_one_spelling([release, *earlier])
    require_no_crowd([release, *earlier])
    found = [
        _Examination(part, editions, rules, flagged, progress).result()
        for part, editions in by_keys(release, earlier)
    ]
    return Examined(
        tuple(breach for one in found for breach in one.breaches),
        least(one.narrowest_n for one in found),
        least(one.narrowest_x for one in found),
    )


def least(widths: Iterable[int | None]) -> int | None:
    """Return the narrowest of the widths that there are."""
    return min((width for width in widths if width is not None), default=None)


class _Examination:
    def __init__(
        self,
        release: ReleaseFile,
        earlier: Sequence[ReleaseFile],
        rules: str,
        flagged: Set[Vector],
        progress: Progress,
    ) -> None:
        self.release, self.rules, self.progress = release, rules, progress
        self.threshold, self.flagged = release.threshold, flagged
        self.earlier = self.standing = [*earlier]
        self.breaches: dict[Breach, None] = {}
        self.narrowest: dict[Kind, int] = {}
        # What of hidden groups can be one number alone, and is not small.
        self.pinned: dict[Vector, int] = {}

    def result(self) -> Examined:
        """Return what was found."""
        self._check_shown()
        moved = set[Vector]()
        for edition in self.earlier:
            told, moved_by = compared(self.release, edition)
            self.breaches |= dict.fromkeys(told)
            moved |= moved_by
        self.standing = [without(each, moved, self.release) for each in self.earlier]
        known = [
            f for f in self.release.known if not f.is_earlier or f.vector not in moved
        ]
        release = replace(self.release, known=tuple(known))
        # What is suppressed now may be another number than the one that was shown.
        hidden = {cell.vector for cell in self.release.cells if cell.n is None}
        if not (self._attack_all(release) or self._attack_all(release, hidden)):
            self._add(Kind.CONTRADICTION, ())
        return Examined(
            tuple(self.breaches),
            self.narrowest.get(Kind.COUNT),
            self.narrowest.get(Kind.RATE),
        )

    def _attack_all(
        self, release: ReleaseFile, forgotten: Set[Vector] = frozenset()
    ) -> bool:
        """Attack with as much trust as agrees with what is printed; return whether any
        does. forgotten: groups of which what earlier files show is no longer so."""
        self.standing = [without(e, forgotten, release) for e in self.standing]
        for trust in reversed(Trust):
            reading = Reading(release, self.standing, trust)
            if self._attack_counts(reading) and all(
                self._attack_days(reading, code) for code in sorted(self.release.days)
            ):
                return True
        return False

    def _attack_counts(self, reading: Reading) -> bool:
        """Ask what every number can be until no other count follows; return whether any
        numbers fit."""
        self._check_groups(reading)
        while self._attack(reading):
            if not (self.pinned and self.rules == "full"):
                return True
            reading.learn(self.pinned, here=self._pinned_here(reading))
            self._check_groups(reading)
        return False

    def _pinned_here(self, reading: Reading) -> set[Vector]:
        """Return the groups that follow with this release, and not without it."""
        if not (self.standing or reading.known):
            return {*self.pinned}
        before = self._by_earlier(reading, self.standing, [*self.pinned])
        return {
            vector
            for number, vector in enumerate(self.pinned)
            if self._due([before], number, FEWEST) > 1
        }

    def _check_groups(self, reading: Reading) -> None:
        """What follows from whole counts alone is a group, too: it is not small."""
        if self.rules != "full":
            return
        self._check_remainders(reading)
        for split in reading.splits:
            self._check_several(reading, split)
        for above, below in reading.overlaps:
            self._check_others(reading.groups[above], reading.groups[below])
        self._check_covers(reading)

    def _add(self, kind: Kind, vectors: tuple[Vector, ...], code: str = "") -> None:
        self.breaches[Breach(kind, vectors, code)] = None

    def _check_shown(self) -> None:
        before = {
            (aligned(cell.vector, edition.frame, self.release.frame), cell.n)
            for edition in self.earlier
            for cell in edition.cells
        }
        most = {f.vector: f.n + f.plus_minus for f in self.release.known if f.is_most}
        cells: dict[Vector, Cell] = {}
        for cell in self.release.cells:
            if cell.vector in most and cell.n in (0, most[cell.vector]):
                self._add(Kind.SHOWN, (cell.vector,))
            is_zero = cell.n == 0 and self.release.zero_public
            is_small = cell.n is not None and cell.n < self.threshold and not is_zero
            if is_small and (cell.vector, cell.n) not in before:
                self._add(Kind.SHOWN, (cell.vector,))
            for code in cell.x:
                self._add(Kind.RATE, (cell.vector,), code)
            for code, text in cell.rate.items():
                if text is not None and cell.n is None:
                    self._add(Kind.OF_HIDDEN, (cell.vector,), code)
            same = cells.setdefault(cell.vector, cell)
            if None not in (same.n, cell.n) and same.n != cell.n:
                raise BadFile(
                    f"the cell {self.release.frame.place(cell.vector)} is printed "
                    "twice, with unequal numbers"
                )

    def _check_remainders(self, reading: Reading) -> None:
        """What printed groups leave of a total that holds them is a group, too."""
        for split in reading.splits:
            total = reading.groups[split.whole].printed
            if total is None:
                total = reading.left_over.follows.get(split.whole)
            if total is None or not split.is_sum:
                continue
            rest = total - reading.left_over.n_printed(split)
            if not 0 < rest < self.threshold:
                continue
            printed, others = reading.left_over.groups(split)
            told = [reading.groups[v] for v in (split.whole, *split.parts, *printed)]
            if is_news(told):
                self._add(Kind.REMAINDER, (split.whole, *others))

    def _check_covers(self, reading: Reading) -> None:
        """The same, of printed groups that lie in a total in any other way."""
        if any(breach.kind is Kind.REMAINDER for breach in self.breaches):
            return
        for vectors in nearly_covered(reading, threshold=self.threshold):
            if is_news([reading.groups[vector] for vector in vectors]):
                self._add(Kind.REMAINDER, vectors)

    def _check_several(self, reading: Reading, split: Split) -> None:
        """Those who are in several parts are a group: it is not small."""
        groups = [reading.groups[v] for v in (split.whole, *split.parts)]
        n = [group.counted for group in groups if group.counted is not None]
        if split.is_sum or not split.is_all or len(n) < len(groups):
            return
        if is_news(groups) and 0 < sum(n[1:]) - n[0] < self.threshold:
            self._add(Kind.REMAINDER, (split.whole, *split.parts))

    def _check_others(self, whole: Group, part: Group) -> None:
        """Those of a total who are not in a group are a group: it is not small."""
        if whole.counted is None or part.counted is None:
            return
        n_others = whole.counted - part.counted
        if is_news((whole, part)) and 0 < n_others < self.threshold:
            self._add(Kind.REMAINDER, (whole.vector, part.vector))

    def _attack_days(self, reading: Reading, code: str) -> bool:
        """Ask what rates of days can be; return whether any numbers fit.

        The reader believes as much of the days of children as agrees with what is
        printed: who believes less learns less.
        """
        if self.rules != "full":
            return True
        most = self.release.days_most
        ratios = [round(_PARTS * alike) for alike in _ALIKE if alike <= most]
        beliefs = [Days(code, _PARTS, high) for high in ratios] + [Days(code, 1, most)]
        return any(self._attack(reading, days) for days in beliefs)

    def _attack(self, reading: Reading, days: Days | None = None) -> bool:
        """Ask what every number can be; return whether any numbers fit."""
        knowledge = reading.knowledge(days=days)
        asked = questions(reading, rules=self.rules, days=days)
        try:
            ranges = Ranges(
                knowledge,
                [question.total for question in asked],
                fewest=[question.fewest for question in asked],
                progress=self.progress,
                is_whole=days is None,
            )
        except Unsolved:
            if days:
                self._add(Kind.RATE, (), days.code)
            return days is not None
        if not ranges.is_possible:
            return False
        self.pinned = {}
        narrow: list[tuple[Question, int]] = []
        large: list[tuple[Question, int]] = []
        for number, question in enumerate(asked):
            kind = question.breach.kind
            if ranges.is_wide(number):
                if days is None:
                    self._note(kind, ranges.width_seen(number))
                continue
            try:
                low, high = ranges.ends(number)
            except Unsolved:
                self.breaches[question.breach] = None
                continue
            width = high - low + 1
            self._pin(reading, question.breach, low=low, high=high)
            is_none = high == 0 and question.may_be_none
            is_telling = kind is Kind.RATE or (low < self.threshold and not is_none)
            if width < question.fewest:
                by_this = is_telling and self._is_own(reading, question.breach)
                (narrow if by_this else large).append((question, width))
            if is_telling and days is None:
                self._note(kind, width)
        if narrow:
            self._judge(reading, narrow, days)
        self._judge_hidden(reading, large)
        return True

    def _pin(self, reading: Reading, breach: Breach, *, low: int, high: int) -> None:
        if breach.kind is Kind.COUNT and len(breach.vectors) == 1 and low == high:
            group = reading.groups[breach.vectors[0]]
            if group.printed is None and not 0 < low < self.threshold:
                self.pinned[group.vector] = low

    def _is_own(self, reading: Reading, breach: Breach) -> bool:
        """Return whether the finding is of this release, not of what others hid."""
        groups = [reading.groups[vector] for vector in breach.vectors]
        others = [group for group in groups if group.is_kept and not group.own]
        return breach.kind is not Kind.COUNT or len(groups) > 1 or not others

    def _judge_hidden(
        self, reading: Reading, narrow: Sequence[tuple[Question, int]]
    ) -> None:
        """Note the groups that are narrower than by earlier files alone: those that
        earlier files hid, and those to be hidden whatever their size."""
        hidden = {
            vector: (question, width)
            for question, width in narrow
            for vector in question.breach.vectors
            if len(question.breach.vectors) == 1
            and (reading.groups[vector].is_kept or vector in self.flagged)
        }
        if not hidden:
            return
        # Each by itself, too: what has moved since ties no two files together.
        files = [self.standing, *([edition] for edition in self.earlier)]
        before = [self._by_earlier(reading, each, [*hidden]) for each in files]
        for number, (question, width) in enumerate(hidden.values()):
            due = min(self._due([one], number, question.fewest) for one in before)
            if width < due:
                self.breaches[question.breach] = None

    def _by_earlier(
        self, reading: Reading, files: Sequence[ReleaseFile], asked: Sequence[Vector]
    ) -> Ranges:
        """Return what earlier files alone tell of the counts of groups."""
        frame = replace(reading.release.frame, is_complete=False)
        nothing = replace(reading.release, frame=frame, cells=())
        before = Reading(nothing, files, reading.trust)
        for vector in asked:
            before.groups.setdefault(vector, Group(vector))
        knowledge = before.knowledge(has_rates=False)
        return Ranges(
            knowledge,
            [{before.groups[vector].n_at: 1} for vector in asked],
            fewest=[FEWEST] * len(asked),
            progress=self.progress,
        )

    def _judge(
        self,
        reading: Reading,
        narrow: Sequence[tuple[Question, int]],
        days: Days | None,
    ) -> None:
        """Note the sums that are narrower than they were by public figures alone."""
        asked = [question for question, _ in narrow]
        try:
            before = self._known_before(reading, asked, days)
        except Unsolved:
            before = []
        for number, (question, width) in enumerate(narrow):
            try:
                due = self._due(before, number, question.fewest)
            except Unsolved:
                due = question.fewest
            if width < due:
                self.breaches[question.breach] = None

    def _note(self, kind: Kind, width: int) -> None:
        self.narrowest[kind] = min(width, self.narrowest.get(kind, _ENOUGH))

    def _known_before(
        self, reading: Reading, asked: Sequence[Question], days: Days | None
    ) -> list[Ranges]:
        """Return what was known of the same sums by public figures alone: without and
        with the knowledge that a suppressed group is not empty. None if there are none,
        for then every sum could be anything."""
        if not reading.known:
            return []
        return [
            Ranges(
                reading.knowledge(
                    days=days, is_published=False, is_zero_told=is_zero_told
                ),
                [question.total for question in asked],
                fewest=[question.fewest if days else FEWEST for question in asked],
                progress=self.progress,
                is_whole=days is None,
            )
            for is_zero_told in (False, True)
        ]

    def _due(self, before: Sequence[Ranges], number: int, fewest: int) -> int:
        """Return how many values must stay: no more than there were.

        That suppressed groups are not empty may narrow two public figures, not to one.
        """
        if not before or not all(one.is_possible for one in before):
            return fewest
        widths = []
        for one in before:
            low, high = (0, fewest) if one.is_wide(number) else one.ends(number)
            widths.append(high - low + 1)
        return min(fewest, widths[0], max(2, widths[-1]))
