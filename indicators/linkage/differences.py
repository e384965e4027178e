"""Two records side by side, with what differs said in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from indicators.linkage import names

SHOWN = {
    "first_name": "First name",
    "preferred_first_name": "Preferred first name",
    "middle_name": "Middle name",
    "last_name": "Surname",
    "preferred_last_name": "Preferred surname",
    "suffix": "Suffix",
    "birth_date": "Birth date",
    "sex": "Sex",
}
NONE = "Not given"


@dataclass(frozen=True, slots=True)
class Line:
    """One field of two records, and how they compare."""

    label: str
    one: str
    two: str
    words: str


def lines(one: Mapping[str, Any], two: Mapping[str, Any]) -> list[Line]:
    """Return the fields that either record has, in the order in which people read."""
    return [
        Line(label, _text(one.get(name)), _text(two.get(name)), words)
        for name, label in SHOWN.items()
        if (words := in_words(name, one.get(name), two.get(name)))
    ]


def in_words(name: str, one: Any, two: Any) -> str:
    """Return how two values of a field compare; nothing where neither is given."""
    if not one and not two:
        return ""
    if not one or not two:
        return "Given on one side only"
    if one == two:
        return "Same"
    if isinstance(one, date) and isinstance(two, date):
        return _dates(one, two)
    return _names(name, str(one), str(two))


def _dates(one: date, two: date) -> str:
    if (one.year, one.month, one.day) == (two.year, two.day, two.month):
        return "Different: day and month are swapped"
    parts = {"year": (one.year, two.year), "month": (one.month, two.month)}
    parts |= {"day": (one.day, two.day)}
    unlike = [part for part, (a, b) in parts.items() if a != b]
    if len(unlike) == len(parts):
        return "Different: year, month and day"
    return f"Different: {' and '.join(unlike)}"


def _names(name: str, one: str, two: str) -> str:
    if names.joined(one) == names.joined(two):
        return "Same but for capitals, accents or marks"
    is_surname = "last" in name
    if is_surname and set(names.surname_parts(one)) & set(names.surname_parts(two)):
        return "Different: one part of the surname is the same"
    if not is_surname and set(names.first_name_roots(one)) & set(
        names.first_name_roots(two)
    ):
        return "Different: may be a short form of the same name"
    a, b = names.joined(one) or "", names.joined(two) or ""
    if a.startswith(b) or b.startswith(a):
        return "Different: one is the beginning of the other"
    if _is_one_slip(a, b):
        return "Different: by one letter"
    return "Different"


def _is_one_slip(a: str, b: str) -> bool:
    """Return whether they differ by one letter, or by two that are swapped."""
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    rest_a, rest_b = a[start:], b[start:]
    if len(a) == len(b):
        is_swapped = rest_a[:2] == rest_b[1::-1] and rest_a[2:] == rest_b[2:]
        return rest_a[1:] == rest_b[1:] or is_swapped
    return rest_a[1:] == rest_b or rest_a == rest_b[1:]


def _text(value: Any) -> str:
    if not value:
        return NONE
    if isinstance(value, date):
        return f"{value:%B} {value.day}, {value.year}"
    return ", ".join(str(value).splitlines())
