"""What is left of a total once what is printed inside it is taken away, however deep.

It serves the audit alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set

from indicators.disclosure.groups import Split
from indicators.disclosure.release_file import Vector


class LeftOver:
    """Of each group, printed groups inside it that share no child, as large as can be.

    counts: of the groups that are printed. small: groups that are left over although
    their parts are printed. Where nobody is left of a total, those inside each of its
    parts are all of it: `follows` has the counts of such parts.
    """

    def __init__(
        self,
        splits: Iterable[Split],
        counts: Mapping[Vector, int],
        *,
        small: Set[Vector] = frozenset(),
    ) -> None:
        self.counts, self.small = counts, small
        self.splits: dict[Vector, list[Split]] = defaultdict(list)
        for split in splits:
            if split.is_sum:
                self.splits[split.whole].append(split)
        self.best: dict[Vector, tuple[int, Split | None]] = {}
        self.follows: dict[Vector, int] = {}
        self._follow()

    def _follow(self) -> None:
        waiting = [*self.counts.items()]
        while waiting:
            whole, n = waiting.pop()
            for split in self.splits.get(whole, ()):
                if self.n_printed(split) != n:
                    continue
                for part in split.parts:
                    inside, _ = self._within(part)
                    if part not in self.counts and part not in self.follows and inside:
                        self.follows[part] = inside
                        waiting.append((part, inside))

    def n_printed(self, split: Split) -> int:
        """Return how many children are in printed groups inside those of the split."""
        return sum(self._within(part)[0] for part in split.parts)

    def groups(self, split: Split) -> tuple[tuple[Vector, ...], tuple[Vector, ...]]:
        """Return the printed groups inside those of the split, and what is left."""
        printed, others, waiting = [], [], [*reversed(split.parts)]
        while waiting:
            vector = waiting.pop()
            _, inside = self._within(vector)
            if inside:
                waiting += reversed(inside.parts)
            elif vector in self.counts:
                printed.append(vector)
            else:
                others.append(vector)
        return tuple(printed), tuple(others)

    def _within(self, vector: Vector) -> tuple[int, Split | None]:
        if vector in self.counts:
            return self.counts[vector], None
        if vector not in self.best:
            splits = () if vector in self.small else self.splits.get(vector, ())
            self.best[vector] = max(
                ((self.n_printed(split), split) for split in splits),
                key=lambda way: way[0],
                default=(0, None),
            )
            if not self.best[vector][0]:
                self.best[vector] = 0, None
        return self.best[vector]
