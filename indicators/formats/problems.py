"""What is wrong with a file, said without repeating anything that the file holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from accounts.acts import RuleBroken

MOST_NUMBERS = 10


class FormatError(RuleBroken):
    """The file cannot be read; the message says where, why and what to do.

    id: the message's number in the list of all of them; F06 means "not a table".
    line, column: where it is, as far as it is at one place.
    """

    def __init__(
        self,
        message: str,
        *,
        id: str = "F06",
        line: int | None = None,
        column: str | None = None,
    ) -> None:
        super().__init__(message)
        self.id = id
        self.line = line
        self.column = column


def enumerated(
    parts: Iterable[object], *, most: int = MOST_NUMBERS, n: int | None = None
) -> str:
    """Return the parts as words: "3", "3 and 8", "3, 8 and 40 more".

    n: how many there are, where not all of them are given.
    """
    words = [str(part) for part in parts]
    n_shown = min(len(words), most)
    n_more = (n or len(words)) - n_shown
    if n_more:
        words = [*words[:n_shown], f"{n_more} more"]
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def at(noun: str, numbers: Sequence[int], *, n: int | None = None) -> str:
    """Return where something is: "line 3", "lines 3 and 8".

    n: how many there are, where only the first MOST_NUMBERS are given.
    """
    plural = "" if len(numbers) == 1 else "s"
    return f"{noun}{plural} {enumerated(numbers, n=n)}"


def rows_were(n_rows: int) -> str:
    """Return a number of rows as the start of a sentence about the past."""
    return "1 row was" if n_rows == 1 else f"{n_rows:,} rows were"


@dataclass(slots=True)
class _Numbers:
    """The first of many numbers, in their order, and how many there are."""

    first: list[int] = field(default_factory=list)
    n: int = 0


class SetAside:
    """The rows of one file that are not taken over, each with its first reason."""

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._reasons: dict[str, _Numbers] = {}

    def add(self, numbers: Sequence[int], reason: str, *, n: int | None = None) -> None:
        """Set rows aside that have no reason yet; for one reason in ascending order.

        n: how many there are, where only the first MOST_NUMBERS are given.
        """
        if numbers:
            rows = self._reasons.setdefault(reason, _Numbers())
            rows.first += numbers[: MOST_NUMBERS - len(rows.first)]
            rows.n += n or len(numbers)

    def __len__(self) -> int:
        return sum(rows.n for rows in self._reasons.values())

    def notices(self) -> tuple[str, ...]:
        """Return one sentence per reason, with the numbers of its rows."""
        by_number = sorted(self._reasons.items(), key=lambda item: item[1].first)
        return tuple(
            f"{rows_were(rows.n)} set aside because {reason}: "
            f"{at(self._noun, rows.first, n=rows.n)}."
            for reason, rows in by_number
        )
