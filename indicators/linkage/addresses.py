"""Street addresses, postal codes and cities made comparable."""

import re

from indicators.linkage.names import apart, fold, spaced

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
    "saint": "st",  # no kind of street, but before the name of one
    "south": "s",
    "southeast": "se",
    "southwest": "sw",
    "square": "sq",
    "street": "st",
    "terrace": "ter",
    "trail": "trl",
    "west": "w",
}
UNIT_MARKS = frozenset({"apt", "apartment", "unit", "suite", "ste", "no", "#"})
_WORDS = re.compile(r"#|[^\W_]+(?:-[^\W_]+)?", re.ASCII)
_SPACED_WORDS = re.compile(r"#|[^\s#-]+(?:-[^\s#-]+)?")
_ALL_DIGITS = re.compile(r"(\d{3,5})(?:\.0)?|(\d{5})-?\d{4}", re.ASCII)


def parted(text: str) -> tuple[str | None, str | None]:
    """Return house number and street, folded and abbreviated, and the unit.

    Either is None where the address has none.
    """
    words = _words(fold(text))
    unit = None
    if len(words) > 1 and words[-2] in UNIT_MARKS:
        unit = words[-1]
        del words[-2:]
        if words and words[-1] in UNIT_MARKS:
            words.pop()
    street = " ".join(
        ABBREVIATIONS.get(word, word)
        for found in words
        for word in found.split("-")
        if word != "#"
    )
    return street or None, unit


def street(text: str) -> str | None:
    """Return house number and street, folded and abbreviated, without the unit."""
    return parted(text)[0]


def unit(text: str) -> str | None:
    """Return the apartment or unit within the address, or None."""
    return parted(text)[1]


def postal_code(text: str) -> str | None:
    """Return a postal code as one word, or None.

    Of a ZIP+4 code the first five digits; zeros that a spreadsheet dropped in front
    are put back. Codes with letters are those of other countries.
    """
    bare = text.strip()
    if found := _ALL_DIGITS.fullmatch(bare):
        return (found[1] or found[2]).zfill(5)
    word = "".join(apart(fold(bare)))
    return word if len(word) > 2 and any(map(str.isdigit, word)) else None


def place(text: str) -> str | None:
    """Return a city or state folded to one word, or None."""
    return "".join(apart(fold(text))) or None


def _words(folded: str) -> list[str]:
    if folded.isascii():
        return _WORDS.findall(folded)
    return _SPACED_WORDS.findall(spaced(folded, kept="#-"))
