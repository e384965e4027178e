"""What a cell of somebody's count table says: a number, a range, or why there is none.

Missing, zero, suppressed and not yet known are four different things. Nothing is
guessed: a text that is none of these is refused by whoever asked.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from indicators.disclosure.table import Band, Mark


class Said(StrEnum):
    """What a cell says."""

    NUMBER = "number"
    RANGE = "range"
    SUPPRESSED = "suppressed"
    MISSING = "missing"
    NOT_YET = "not yet known"


@dataclass(frozen=True, slots=True)
class Value:
    """One cell as it was read: `number` of a number, `band` of a range of percents."""

    said: Said
    number: Decimal | None = None
    band: Band | None = None

    @property
    def mark(self) -> Mark | None:
        """The word that is printed where there is no number; None for a number."""
        return {
            Said.SUPPRESSED: Mark.SUPPRESSED,
            Said.MISSING: Mark.NO_DATA,
            Said.NOT_YET: Mark.NOT_YET,
        }.get(self.said)


_WORDS = {
    Said.SUPPRESSED: (
        *("*", "**", "***", "<", "s", "sup", "supp", "suppressed", "data suppressed"),
        *("value suppressed", "suppressed for privacy", "redacted", "masked", "dns"),
        *("not shown", "too few", "too few students", "fewer than the minimum", "ps"),
    ),
    Said.MISSING: (
        *("", "-", "–", "—", "na", "n/a", "n.a.", "nd", "no data", "none reported"),
        *("not applicable", "not available", "not collected", "missing", "null"),
    ),
    Said.NOT_YET: (
        *("pending", "tbd", "tba", "not yet", "not yet known", "not yet available"),
        *("not yet reported", "to be determined", "forthcoming", "in progress"),
    ),
}
_MEANT = {word: said for said, words in _WORDS.items() for word in words}
# Of federal and state files: shown nowhere, for whatever reason.
_NOT_SHOWN = re.compile(r"-(?:1|4|5|9|999)(?:\.0)?", re.ASCII)
_TOO_FEW = re.compile(
    r"(?:n\s*)?(?:<|≤|<=|less than|fewer than|under)\s*\d+(?: students)?"
)
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?", re.ASCII)
_END = re.compile(r"(<=|>=|<|>|≤|≥)\s*(\d+(?:\.\d+)?)\s*%?", re.ASCII)
_RANGE = re.compile(r"(\d+)\s*%?\s*(?:-|–|to)\s*(\d+)\s*%?", re.ASCII)


def read_count(text: str) -> Value | None:
    """Return what a cell of counts of children says; None for what is no such thing."""
    bare = _plain(text)
    if word := _word(bare):
        return word
    if _TOO_FEW.fullmatch(bare):
        return Value(Said.SUPPRESSED)
    if _NUMBER.fullmatch(bare):
        number = Decimal(bare.replace(",", ""))
        return Value(Said.NUMBER, number) if number == int(number) else None
    return None


def read_percent(text: str) -> Value | None:
    """Return what a cell of percents says; None for what is no such thing.

    “>95%” and “≥95%” are the range from 95 to 100; “n<10” is too few children.
    """
    bare = _plain(text)
    if word := _word(bare):
        return word
    if bare.startswith("n") and _TOO_FEW.fullmatch(bare):
        return Value(Said.SUPPRESSED)
    if found := _END.fullmatch(bare):
        edge = Decimal(found[2])
        if edge > 100 or edge != int(edge):
            return None
        is_top = found[1] in (">", ">=", "≥")
        band = Band(int(edge), 100) if is_top else Band(0, int(edge))
        return Value(Said.RANGE, band=band)
    if (found := _RANGE.fullmatch(bare)) and int(found[1]) <= int(found[2]) <= 100:
        return Value(Said.RANGE, band=Band(int(found[1]), int(found[2])))
    if _NUMBER.fullmatch(bare.removesuffix("%").strip()):
        number = Decimal(bare.removesuffix("%").strip().replace(",", ""))
        return Value(Said.NUMBER, number) if number <= 100 else None
    return None


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("\u2212", "-").lstrip("'").split())


def _word(bare: str) -> Value | None:
    if bare in _MEANT:
        return Value(_MEANT[bare])
    # "-4" may come as "(4)" or "-4.0"; no count and no percent is negative.
    return Value(Said.SUPPRESSED) if _NOT_SHOWN.fullmatch(bare) else None
