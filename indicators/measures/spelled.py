"""One spelling for one meaning, so that a group is not several for being spelled so.

It is the same in every delivery, for releases are read beside each other. Words that
are not known here stay as they were sent, but for their capitals.
"""

import re
from collections.abc import Callable, Mapping

# Numbers as ISO/IEC 5218 has them.
_SEXES = {
    **dict.fromkeys(("f", "female", "2"), "Female"),
    **dict.fromkeys(("m", "male", "1"), "Male"),
}


def _letters(text: str) -> str:
    """Return a word without blanks and marks: OneRoster's headings have none."""
    return re.sub(r"[\W_]+", "", text.casefold())


# OMB Statistical Policy Directive 15, of 1997 and of 2024, as Ed-Fi spells it.
_NATIVE = "American Indian or Alaska Native"
_BLACK, _LATINO = "Black or African American", "Hispanic or Latino"
_MIDDLE_EASTERN = "Middle Eastern or North African"
_PACIFIC = "Native Hawaiian or Other Pacific Islander"
_SEVERAL_RACES = "Two or more races"
_RACES = {
    _letters(spelling): race
    for race, spellings in {
        _NATIVE: ("american indian - alaska native",),
        "Asian": (),
        _BLACK: ("black", "black - african american"),
        _LATINO: ("hispanic", "latino", "hispanic/latino"),
        _MIDDLE_EASTERN: ("middle eastern",),
        _PACIFIC: ("native hawaiian - pacific islander",),
        "White": (),
        _SEVERAL_RACES: ("two or more", "multiracial"),
        **dict.fromkeys(("Native Hawaiian", "Pacific Islander", "Native"), ()),
        **dict.fromkeys(("Other", "Choose not to respond", "Unknown"), ()),
    }.items()
    for spelling in (race, *spellings)
}
# Not “none” and “NA”, which say something of a disability or a race.
_NOTHING = frozenset(
    {
        *("unknown", "u", "unspecified", "not selected", "choose not to respond"),
        *("n/a", "#n/a", "null", "nan", "-", "<", "*", "**", "***"),
    }
)
_SEVERAL = ";"
_SHORT = 3


def _first(text: str) -> str:
    """Return a word in small letters but for the first; what is short is no word."""
    return text.upper() if len(text) <= _SHORT else text[:1].upper() + text[1:].lower()


def _each(text: str) -> str:
    return " ".join(map(_first, text.split()))


def _sex(text: str) -> str:
    return _SEXES.get(text.casefold()) or _first(text)


def _race(text: str) -> str:
    parts = {_RACES.get(_letters(part)) or _each(part) for part in _parts(text)}
    return f"{_SEVERAL} ".join(sorted(parts))


def _parts(text: str) -> list[str]:
    """Return what is listed; commas part races only where each part is a known one."""
    parts = _split(text, ",")
    are_races = _SEVERAL not in text and all(_letters(p) in _RACES for p in parts)
    return parts if are_races else _split(text, _SEVERAL)


def _split(text: str, by: str) -> list[str]:
    return [" ".join(part.split()) for part in text.split(by) if part.strip()]


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


def is_several(name: str, said: str) -> bool:
    """Return whether a spelled value says that there are several, and not which."""
    return name == "race" and said == _SEVERAL_RACES


def are_several(name: str, said: str) -> bool:
    """Return whether a spelled value says which several there are."""
    return name == "race" and sum(not tells_nothing(p) for p in _parts(said)) > 1


def tells_nothing(text: str) -> bool:
    """Return whether a word says of a child no more than a blank does."""
    return " ".join(text.split()).casefold() in _NOTHING
