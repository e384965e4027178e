"""What totals leave over once all that is shown inside them is taken away."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from indicators.disclosure.linked import Flags, Linked


class Remainders:
    """The remainders of totals whose parts share no child, and what they consist of.

    Of a hidden part all that is shown inside it is taken away in its stead, along the
    dimension in which that is most. A family is named by its number.
    """

    def __init__(self, linked: Linked, *, threshold: int) -> None:
        self.n, self.threshold = linked.n, threshold
        self.families = linked.families
        self.below: dict[int, list[int]] = defaultdict(list)
        self.around: dict[int, list[int]] = defaultdict(list)
        for number, family in enumerate(linked.families):
            if family.is_sum:
                self.below[family.parent].append(number)
                for part in family.parts.tolist():
                    self.around[part].append(number)

    def small(self, families: Iterable[int], known: Flags) -> list[int]:
        """Return those of the families whose known total leaves over few children.

        Where nobody is left of a known total, its parts are known, too.
        """
        taken: dict[int, int] = {}
        found = []
        for number in families:
            family = self.families[number]
            if family.is_sum and self._is_counted(family.parent, known, taken):
                rest = self.n[family.parent] - self._within(number, known, taken)
                if 0 < rest < self.threshold:
                    found.append(number)
        return found

    def left(self, number: int, known: Flags) -> list[int]:
        """Return the hidden groups that the total of a family leaves over."""
        return self._left(number, known, {})

    def above(self, places: Iterable[int], known: Flags) -> set[int]:
        """Return the families whose remainders these places are taken from."""
        found: set[int] = set()
        waiting = [*places]
        while waiting:
            for number in self.around.get(waiting.pop(), ()):
                if number not in found:
                    found.add(number)
                    parent = self.families[number].parent
                    if not known[parent]:
                        waiting.append(parent)
        return found

    def _is_counted(self, place: int, known: Flags, taken: dict[int, int]) -> bool:
        if known[place]:
            return True
        n = self.n
        if not self._taken(place, known, taken) == n[place] > 0:
            return False
        return any(
            self._within(number, known, taken) == n[self.families[number].parent]
            and self._is_counted(self.families[number].parent, known, taken)
            for number in self.around.get(place, ())
        )

    def _within(self, number: int, known: Flags, taken: dict[int, int]) -> int:
        """Return how many children of a family are in groups that are known."""
        parts = self.families[number].parts
        is_known = known[parts]
        n_shown = int(self.n[parts[is_known]].sum())
        hidden: Sequence[int] = parts[~is_known].tolist()
        return n_shown + sum(self._taken(part, known, taken) for part in hidden)

    def _taken(self, place: int, known: Flags, taken: dict[int, int]) -> int:
        if place not in taken:
            inside = [self._within(f, known, taken) for f in self.below.get(place, ())]
            most = max(inside, default=0)
            # A small group that follows from its parts is what others leave over.
            is_small = most == self.n[place] and most < self.threshold
            taken[place] = 0 if is_small else most
        return taken[place]

    def _left(self, number: int, known: Flags, taken: dict[int, int]) -> list[int]:
        found = []
        for part in self.families[number].parts.tolist():
            if known[part]:
                continue
            n_taken = self._taken(part, known, taken)
            if not n_taken:
                found.append(part)
                continue
            best = next(
                f for f in self.below[part] if self._within(f, known, taken) == n_taken
            )
            found += self._left(best, known, taken)
        return found
