"""What single values of a flat file can look like: blanks, stand-ins, numbers."""

import re
from collections.abc import Sequence

_PLACEHOLDER = re.compile(
    r"(BABY|INFANT|UNBORN)( ?(BOY|GIRL|CHILD))?|(FIRST|LAST|NO) ?NAME"
    r"|UNKNOWN|TEST|TBD|N/A|X{2,}",
    re.IGNORECASE,
)
_PROJECT_NUMBER = re.compile(r"[A-Z]{2}\d{9}", re.ASCII)
_WRITTEN_SSN = re.compile(r"(?<!\d)\d{3}[- ]\d{2}[- ]\d{4}(?!\d)", re.ASCII)
# Area 000, 666 and 900 on, group 00 and serial 0000 are never issued (Social Security
# Administration, POMS RM 10201.035).
_BARE_SSN = re.compile(r"(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}", re.ASCII)


def tidy(value: str) -> str:
    """Return the value with single blanks and none at its ends."""
    return " ".join(value.split())


def is_placeholder(name: str) -> bool:
    """Return whether a name stands in for one that is not known."""
    return _PLACEHOLDER.fullmatch(name) is not None


def is_project_number(value: str) -> bool:
    """Return whether a value is a HUD project number: two letters, nine digits.

    Source: Form HUD-50058, line 1d.
    """
    return _PROJECT_NUMBER.fullmatch(value) is not None


def line_of_ssn(
    values: Sequence[str], lines: Sequence[int], *, is_code: bool
) -> int | None:
    """Return the first line whose value looks like a Social Security number, if any.

    One written 123-45-6789 is enough. Nine bare digits count when at least half of
    the values are such numbers, and not where is_code says that many rows share them.
    """
    bare: list[int] = []
    n_filled = 0
    for value, line in zip(values, lines, strict=True):
        n_filled += bool(value)
        if _WRITTEN_SSN.search(value):
            return line
        if _BARE_SSN.fullmatch(value):
            bare.append(line)
    return bare[0] if bare and not is_code and 2 * len(bare) >= n_filled else None
