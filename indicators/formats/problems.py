"""What is wrong with a file, said without repeating anything that the file holds."""

from collections.abc import Iterable, Sequence

from accounts.acts import RuleBroken

MOST_NUMBERS = 10


class FormatError(RuleBroken):
    """The file cannot be read; the message says where, why and what to do."""


def enumerated(parts: Iterable[object], *, most: int = MOST_NUMBERS) -> str:
    """Return the parts as words: "3", "3 and 8", "3, 8 and 40 more"."""
    words = [str(part) for part in parts]
    if len(words) > most:
        words = [*words[:most], f"{len(words) - most} more"]
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def at(noun: str, numbers: Sequence[int]) -> str:
    """Return where something is: "line 3", "lines 3 and 8"."""
    plural = "" if len(numbers) == 1 else "s"
    return f"{noun}{plural} {enumerated(numbers)}"


def rows_were(n_rows: int) -> str:
    """Return a number of rows as the start of a sentence about the past."""
    return "1 row was" if n_rows == 1 else f"{n_rows:,} rows were"


class SetAside:
    """The rows of one file that are not taken over, each with its first reason."""

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._reasons: dict[int, str] = {}

    def add(self, number: int, reason: str) -> None:
        """Set one row aside; a row that already has a reason keeps it."""
        self._reasons.setdefault(number, reason)

    def __contains__(self, number: int) -> bool:
        return number in self._reasons

    def __len__(self) -> int:
        return len(self._reasons)

    def notices(self) -> tuple[str, ...]:
        """Return one sentence per reason, with the numbers of its rows."""
        rows: dict[str, list[int]] = {}
        for number, reason in sorted(self._reasons.items()):
            rows.setdefault(reason, []).append(number)
        return tuple(
            f"{rows_were(len(numbers))} set aside because {reason}: "
            f"{at(self._noun, numbers)}."
            for reason, numbers in rows.items()
        )
