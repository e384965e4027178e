"""What a printed rate can stand for, as its readers see it."""

import re
from collections.abc import Mapping

from indicators.disclosure.json_file import BadFile

_RATE = re.compile(r"(?:(\d{1,3})–(\d{1,3})|([≤≥]?)(\d{1,3}))\Z", re.ASCII)
_WRITTEN = "is not a rate: write percents as ≤10, 40–49 (with U+2013), 37 or ≥95"


def require_rates(rates: Mapping[str, object], where: str) -> None:
    """Raise BadFile where an indicator has what is neither null nor a printed rate."""
    for indicator, text in rates.items():
        if not isinstance(text, str | None):
            raise BadFile(f"{where}: the rate of {indicator!r} must be a text")
        if text is not None:
            try:
                percents(text)
            except BadFile as bad:
                raise BadFile(f"{where}: {bad}") from None


def percents(text: str) -> tuple[int, int]:
    """Return the lowest and highest whole percent that a printed rate stands for."""
    match = _RATE.match(text)
    if not match:
        raise BadFile(f"{text!r} {_WRITTEN}")
    if match[1]:
        low, high = int(match[1]), int(match[2])
    else:
        edge = int(match[4])
        low, high = {"≤": (0, edge), "≥": (edge, 100), "": (edge, edge)}[match[3]]
    if not 0 <= low <= high <= 100:
        raise BadFile(f"{text!r} {_WRITTEN}")
    return low, high


def both(
    one: tuple[int, int] | None, other: tuple[int, int] | None
) -> tuple[int, int] | None:
    """Return what two printed rates of the same children leave, or the one printed."""
    if one is None or other is None:
        return one or other
    return max(one[0], other[0]), min(one[1], other[1])
