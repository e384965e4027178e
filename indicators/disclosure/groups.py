"""What a reader makes of releases: groups as printed, and which are parts of which.

It serves the audit alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from indicators.disclosure.release_file import MOST_CHILDREN, Vector


class Trust(IntEnum):
    """Whose word a reader takes for which groups are empty, or known beforehand."""

    NOBODY = 0
    RELEASE = 1
    EARLIER = 2


@dataclass(slots=True)
class Group:
    """One group as published: `n` and rates where shown, its bounds where not.

    rates: lowest and highest percent by indicator, None where one is suppressed. It is
    `own` if this release lists it, `is_kept` if an earlier one hides it, `is_0_told` if
    a file would show it were it empty, `is_0_kept` if one hides it that would not, and
    `is_0_hidden` if it would be hidden even so. follows: of a group that nobody lists,
    the count that what is printed leaves it; summed: of any group that is not printed,
    the count if one sum after the other tells it, and `is_summed_here` if one of these
    is of this release. `n_at`, `x_at` and `of_at` are its unknowns.
    """

    vector: Vector
    n: int | None = None
    rates: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    own: bool = False
    is_told: bool = False
    is_kept: bool = False
    is_0_told: bool = False
    is_0_kept: bool = False
    is_0_hidden: bool = False
    low: float = 0
    high: float = MOST_CHILDREN
    follows: int | None = None
    summed: int | None = None
    is_summed_here: bool = False
    x_known: dict[str, tuple[int, int]] = field(default_factory=dict)
    n_at: int = -1
    x_at: dict[str, int] = field(default_factory=dict)
    of_at: dict[str, int] = field(default_factory=dict)

    @property
    def told(self) -> int | None:
        """Return the count, if it is printed or known exactly."""
        return self.n if self.n is not None or self.low < self.high else int(self.low)

    @property
    def printed(self) -> int | None:
        """Return the count as `told`, or as `summed`."""
        return self.summed if self.told is None else self.told

    @property
    def is_news(self) -> bool:
        """Return whether this release prints the count, or lets it follow."""
        is_printed = self.own and self.n is not None
        return is_printed or self.follows is not None or self.is_summed_here

    @property
    def counted(self) -> int | None:
        """Return the count as `told`, or the only one an unlisted group can have."""
        return self.follows if self.told is None else self.told


@dataclass(frozen=True, slots=True)
class Split:
    """The groups next below a group along one dimension.

    is_sum: each child is in one part. is_all: no child is in none.
    """

    whole: Vector
    parts: tuple[Vector, ...]
    is_sum: bool
    is_all: bool


@dataclass(frozen=True, slots=True)
class Days:
    """What a reader takes for granted about an indicator in days: that each child has
    from `low` to `high` parts of a time that nobody told. Only the ratio matters."""

    code: str
    low: int
    high: int


def is_news(groups: Iterable[Group]) -> bool:
    """Return whether this release prints a count of these, or lets one follow."""
    return any(group.is_news for group in groups)
