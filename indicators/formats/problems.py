"""What is wrong with a file, said without repeating anything that the file holds."""

from collections.abc import Iterable

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
