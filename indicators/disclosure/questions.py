"""What the audit asks of published numbers: every sum that must not be narrow.

It serves the audit alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from indicators.disclosure.audit import Breach, Kind
from indicators.disclosure.groups import Days, Group, Split
from indicators.disclosure.knowledge import Sum
from indicators.disclosure.reading import Reading
from indicators.disclosure.release_file import Vector

FEWEST = 3


@dataclass(frozen=True, slots=True)
class Question:
    """One sum, how many values it must have at the least, and what it is if not.

    may_be_none: it tells nothing if it can be 0 alone.
    """

    breach: Breach
    total: Sum
    fewest: int
    may_be_none: bool = False


def questions(reading: Reading, *, rules: str, days: Days | None) -> list[Question]:
    """Return what to ask of the unknowns of a reading, once these are set.

    rules: "full", or "linear" for counts alone. days: the one indicator in days to ask
    of; all in children, if it is not given.
    """
    return _Asking(reading, rules).questions(days)


class _Asking:
    def __init__(self, reading: Reading, rules: str) -> None:
        self.release, self.rules = reading.release, rules
        self.reading = reading

    def questions(self, days: Days | None) -> list[Question]:
        """Return all questions."""
        reading = self.reading
        fewest = FEWEST if self.rules == "full" else 2
        asked: list[Question] = []
        for group in reading.groups.values():
            if group.told is None and group.is_told:
                breach = Breach(Kind.COUNT, (group.vector,))
                # That a group is empty of which a figure is about known may be shown.
                is_0_shown = self.release.zero_public and not group.is_0_hidden
                may_be_none = is_0_shown and not (group.own or group.is_kept)
                asked.append(Question(breach, {group.n_at: 1}, fewest, may_be_none))
        for above, below in reading.overlaps if self.rules == "full" else ():
            whole, part = reading.groups[above], reading.groups[below]
            if None in (whole.counted, part.counted):
                breach = Breach(Kind.COUNT, (above, below))
                others = {whole.n_at: 1, part.n_at: -1}
                is_unlisted = not (whole.is_told and part.is_told)
                asked.append(Question(breach, others, fewest, is_unlisted))
        if self.rules != "full":
            return asked
        for split in reading.splits:
            asked += self._about_memberships(split)
        counted = [c for c in self.release.indicators if c not in self.release.days]
        for code in [days.code] if days else counted:
            for group in reading.groups.values():
                if group.is_told and group.n != 0:
                    asked += self._about_rate(group, code, days)
            for split in reading.splits:
                asked += self._about_rest(reading, split, code, days)
            for above, below in reading.overlaps:
                pair = reading.groups[above], reading.groups[below]
                asked += self._about_others(*pair, code, days)
        return asked

    def _about_rate(self, group: Group, code: str, days: Days | None) -> list[Question]:
        breach = Breach(Kind.RATE, (group.vector,), code)
        x, of = group.x_at[code], group.of_at[code]
        fewest = _fewest(days)
        asked = [Question(breach, {x: 1}, fewest)]
        if group.told is None or (days and days.low < days.high):
            asked.append(Question(breach, {of: 1, x: -1}, fewest))
        for inner in self._inside(code):
            asked.append(Question(breach, {x: 1, group.x_at[inner]: -1}, fewest))
        return asked

    def _inside(self, code: str) -> list[str]:
        """Return the indicators that count some of its children."""
        return [inner for inner, outer in self.release.within if outer == code]

    def _about_rest(
        self, reading: Reading, split: Split, code: str, days: Days | None
    ) -> list[Question]:
        """Return what to ask of the numerator that the shown parts leave over."""
        whole = reading.groups[split.whole]
        parts = [reading.groups[part] for part in split.parts]
        if not split.is_sum:
            return self._about_several(whole, parts, code) if split.is_all else []
        n = whole.printed if whole.told is None else whole.n
        if n is None:
            n = reading.left_over.follows.get(whole.vector)
        if n is None:
            return []
        printed, left = reading.left_over.groups(split)
        ways = [([reading.groups[vector] for vector in printed], left)]
        for is_summed in (False, True):
            taken = [p for p in parts if p.n is not None or (is_summed and p.summed)]
            told = {part.vector for part in taken}
            rest = tuple(part.vector for part in parts if part.vector not in told)
            if all(taken != other for other, _ in ways):
                ways.append((taken, rest))
        asked: list[Question] = []
        for taken, rest in ways:
            if taken and n != sum(group.printed or 0 for group in taken):
                asked += self._about_left(whole, taken, rest, code, days)
        return asked

    def _about_left(
        self,
        whole: Group,
        taken: Sequence[Group],
        rest: tuple[Vector, ...],
        code: str,
        days: Days | None,
    ) -> list[Question]:
        """Return what to ask of those of a total who are in none of the taken groups:
        in the rest, or in groups that nobody lists."""
        left = {whole.x_at[code]: 1} | {group.x_at[code]: -1 for group in taken}
        breach = Breach(Kind.RATE, rest or (whole.vector,), code)
        asked = [Question(breach, left, _fewest(days))]
        for inner in self._inside(code):
            alone = left | {whole.x_at[inner]: -1}
            alone |= {group.x_at[inner]: 1 for group in taken}
            asked.append(Question(breach, alone, FEWEST))
        if days and days.low < days.high:
            others = {at: -weight for at, weight in left.items()}
            others |= {whole.of_at[code]: 1}
            others |= {group.of_at[code]: -1 for group in taken}
            asked.append(Question(breach, others, _fewest(days)))
        return asked

    def _about_memberships(self, split: Split) -> list[Question]:
        """Return what to ask of how many are in several parts."""
        whole = self.reading.groups[split.whole]
        parts = [self.reading.groups[part] for part in split.parts]
        every = [whole, *parts]
        is_open = any(group.counted is None for group in every)
        is_unlisted = not all(group.is_told for group in every)
        if split.is_sum or not split.is_all or not is_open or len(parts) == 1:
            return []
        breach = Breach(Kind.COUNT, tuple(group.vector for group in every))
        several = {whole.n_at: -1} | {part.n_at: 1 for part in parts}
        return [Question(breach, several, FEWEST, is_unlisted)]

    def _about_several(
        self, whole: Group, parts: Sequence[Group], code: str
    ) -> list[Question]:
        """Return what to ask of the numerator of those who are in several parts."""
        n = [part.counted for part in parts if part.counted is not None]
        if whole.counted is None or len(n) < len(parts) or sum(n) == whole.counted:
            return []
        breach = Breach(Kind.RATE, (whole.vector, *(p.vector for p in parts)), code)
        x = {whole.x_at[code]: -1} | {part.x_at[code]: 1 for part in parts}
        return [Question(breach, x, _fewest(None))]

    def _about_others(
        self, whole: Group, part: Group, code: str, days: Days | None
    ) -> list[Question]:
        """Return what to ask of the numerator of those who are not in the part."""
        if not whole.counted or part.counted in (None, whole.counted):
            return []
        breach = Breach(Kind.RATE, (whole.vector, part.vector), code)
        x = {whole.x_at[code]: 1, part.x_at[code]: -1}
        asked = [Question(breach, x, _fewest(days))]
        if days and days.low < days.high:
            others = {at: -weight for at, weight in x.items()}
            others |= {whole.of_at[code]: 1, part.of_at[code]: -1}
            asked.append(Question(breach, others, _fewest(days)))
        return asked


def _fewest(days: Days | None) -> int:
    """Return how many values a numerator must have: of days, those between two
    children who have the fewest."""
    return FEWEST if days is None else (FEWEST - 1) * days.low + 1
