"""One spelling for one meaning, so that a group is not several for being spelled so.

It is the same in every delivery, for releases are read beside each other. Words that
are not known here stay as they were sent, but for their capitals.
"""

from collections.abc import Callable, Mapping, Sequence

_SEXES = {"f": "Female", "female": "Female", "m": "Male", "male": "Male"}
# OMB Statistical Policy Directive 15, of 1997 and of 2024, as Ed-Fi spells it.
_RACES = (
    *("American Indian - Alaska Native", "American Indian or Alaska Native", "Asian"),
    *("Black - African American", "Black or African American", "Black", "Latino"),
    *("Hispanic", "Hispanic/Latino", "Hispanic or Latino", "Middle Eastern"),
    *("Middle Eastern or North African", "Native Hawaiian - Pacific Islander"),
    *("Native Hawaiian or Other Pacific Islander", "Native Hawaiian", "White"),
    *("Pacific Islander", "Native", "Multiracial", "Other", "Choose not to respond"),
    *("Two or more races", "Two or more", "Unknown"),
)
_SEVERAL = ";"
_SHORT = 3


def _first(text: str) -> str:
    """Return a word in small letters but for the first; what is short is no word."""
    return text.upper() if len(text) <= _SHORT else text[:1].upper() + text[1:].lower()


def _each(text: str) -> str:
    return " ".join(map(_first, text.split()))


def _known(words: Sequence[str]) -> Mapping[str, str]:
    return {word.casefold(): word for word in words}


_SPELLED = _known(_RACES)


def _sex(text: str) -> str:
    return _SEXES.get(text.casefold()) or _first(text)


def _race(text: str) -> str:
    parts = {_SPELLED.get(part.casefold()) or _each(part) for part in _parts(text)}
    return f"{_SEVERAL} ".join(sorted(parts))


def _parts(text: str) -> list[str]:
    return [" ".join(part.split()) for part in text.split(_SEVERAL) if part.strip()]


def _level(text: str) -> str:
    return _first(text.casefold().removesuffix("school").strip() or text)


SPELLED: Mapping[str, Callable[[str], str]] = {
    "sex": _sex,
    "race": _race,
    "level": _level,
}


def spelled(name: str, text: str) -> str:
    """Return a sex, a race (or several) or a level of schools in its one spelling."""
    return SPELLED[name](" ".join(text.split())) if text.strip() else text
