"""Street addresses made comparable."""

import re

from indicators.linkage.names import fold

# The commonest of USPS Publication 28, Appendices B and C.
ABBREVIATIONS = {
    "apartment": "apt",
    "avenue": "ave",
    "av": "ave",
    "boulevard": "blvd",
    "circle": "cir",
    "court": "ct",
    "drive": "dr",
    "east": "e",
    "highway": "hwy",
    "lane": "ln",
    "north": "n",
    "northeast": "ne",
    "northwest": "nw",
    "parkway": "pkwy",
    "place": "pl",
    "road": "rd",
    "south": "s",
    "southeast": "se",
    "southwest": "sw",
    "square": "sq",
    "street": "st",
    "terrace": "ter",
    "trail": "trl",
    "west": "w",
}
_UNIT = re.compile(r"(?:\b(?:apt|apartment|unit|suite|ste|no)\b|#)[\s.#]*([\w-]+)\s*$")
_APART = re.compile(r"[\W_]+")


def street(text: str) -> str | None:
    """Return house number and street, folded and abbreviated, without the unit."""
    bare = _UNIT.sub("", fold(text))
    parts = (ABBREVIATIONS.get(word, word) for word in _APART.split(bare) if word)
    return " ".join(parts) or None


def unit(text: str) -> str | None:
    """Return the apartment or unit within the address, or None."""
    found = _UNIT.search(fold(text))
    return found[1] if found else None


def zip_code(text: str) -> str | None:
    """Return the five digits of a ZIP or ZIP+4 code, or None."""
    found = re.match(r"\s*(\d{5})(?!\d)", text)
    return found[1] if found else None
