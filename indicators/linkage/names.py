"""Names made comparable: folded, without suffixes, in parts, by sound and nickname."""

import csv
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path

NICKNAMES = Path(__file__).with_name("nicknames.csv")

SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "2nd", "3rd", "junior", "senior"})
ALIKE = {"2nd": "ii", "3rd": "iii", "junior": "jr", "senior": "sr"}
PARTICLES = frozenset(
    (
        *("al", "bin", "da", "das", "de", "del", "della", "den", "der", "di", "dos"),
        *("du", "el", "la", "las", "le", "los", "mac", "mc", "o", "san", "santa"),
        *("st", "ten", "ter", "van", "von"),
    )
)
_UNDECOMPOSED = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
# Accents of Latin, Greek and Cyrillic, and the points of Hebrew, Arabic and Syriac,
# which writers may leave out. Marks of other scripts are vowels, and stay.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff"
    "\ufe20-\ufe2f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8"
    "\u06ea-\u06ed\u08d3-\u08e1\u08e3-\u08ff\u0711\u0730-\u074a]"
)
_INSIDE_WORDS = frozenset({"Mn", "Mc"})  # marks on or beside a letter
_UNSEEN = "Cf"  # such as the joiners of Indic and Persian letters
_DROPPED = re.compile(r"['’ʻ`.]")
_APART = re.compile(r"[\W_]+", re.ASCII)
_SOUNDS = {
    letter: digit
    for digit, letters in enumerate(("bfpv", "cgjkqsxz", "dt", "l", "mn", "r"), start=1)
    for letter in letters
}


def fold(text: str) -> str:
    """Return `text` in lower case and without accents, for comparison only."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", text).casefold().translate(_UNDECOMPOSED)
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", folded))


def spaced(folded: str, *, kept: str = "") -> str:
    """Return a folded text with a blank for all but letters, digits and `kept`.

    A mark belongs to the letter that it follows; what is not seen is left out.
    """
    signs = []
    for sign in folded:
        kind = unicodedata.category(sign)
        if sign.isalnum() or sign in kept or kind in _INSIDE_WORDS:
            signs.append(sign)
        elif kind != _UNSEEN:
            signs.append(" ")
    return "".join(signs)


def apart(folded: str) -> list[str]:
    """Return the words of a folded text."""
    if folded.isascii():
        return [word for word in _APART.split(folded) if word]
    return spaced(folded).split()


def words(text: str) -> list[str]:
    """Return the folded words of a name, without a suffix such as Jr. or III."""
    found = apart(_DROPPED.sub("", fold(text)))
    while len(found) > 1 and found[-1] in SUFFIXES:
        found.pop()
    return found


def suffix(name: str) -> str | None:
    """Return the generation at the end of a name, such as jr or iii, or None."""
    found = apart(_DROPPED.sub("", fold(name)))
    last = found[-1] if found else ""
    return ALIKE.get(last, last) if last in SUFFIXES else None


def joined(name: str) -> str | None:
    """Return the folded name as one word, or None when nothing is left of it."""
    return "".join(words(name)) or None


def surname_parts(surnames: str) -> list[str]:
    """Return the parts of one or more surnames, one to a line, each part once.

    A particle belongs to the part that follows: "De la Cruz-Ortiz" has the parts
    "delacruz" and "ortiz".
    """
    parts: list[str] = []
    for surname in surnames.splitlines():
        particles = ""
        for word in words(surname):
            if word in PARTICLES:
                particles += word
                continue
            parts.append(particles + word)
            particles = ""
        if particles:
            parts.append(particles)
    return list(dict.fromkeys(parts))


def first_name_roots(given: str) -> list[str]:
    """Return every name that one or more first names, one to a line, may stand for.

    Sorted: each whole name, its first word, and the names of which either is a
    nickname. "Bill" may stand for bill, robert, will, william or willis.
    """
    formal = nicknames()
    roots: set[str] = set()
    for name in given.splitlines():
        parts = words(name)
        for part in {"".join(parts), *parts[:1]} - {""}:
            roots |= {part, *formal.get(part, ())}
    return sorted(roots)


def sound(name: str) -> str | None:
    """Return the American Soundex of a folded name, or None when it has no a-z.

    Source: US National Archives, "The Soundex Indexing System".
    """
    letters = [letter for letter in name if "a" <= letter <= "z"]
    if not letters:
        return None
    digits = ""
    previous = _SOUNDS.get(letters[0])
    for letter in letters[1:]:
        digit = _SOUNDS.get(letter)
        if digit and digit != previous:
            digits += str(digit)
        if letter not in "hw":
            previous = digit
    return (letters[0] + digits + "000")[:4]


@cache
def nicknames() -> Mapping[str, frozenset[str]]:
    """Return the names of which each nickname may be short, from the shipped table."""
    formal: dict[str, set[str]] = {}
    with NICKNAMES.open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            formal.setdefault(row["nickname"], set()).add(row["name"])
    return {nickname: frozenset(names) for nickname, names in formal.items()}
