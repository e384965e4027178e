"""Which columns of a stranger's file hold what linking compares."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from accounts.acts import RuleBroken
from indicators.formats.headings import comparable, look_like_data
from indicators.formats.report import shown

FIELDS = (
    *("id", "first_name", "middle_name", "last_name", "suffix", "birth_date"),
    *("gender", "address", "city", "state", "zip", "phone", "email"),
)
# Headings that mean one of these and nothing else, for files that come without a map.
ALSO = {
    "givenname": "first_name",
    "forename": "first_name",
    "fname": "first_name",
    "middlename": "middle_name",
    "surname": "last_name",
    "lastsurname": "last_name",
    "familyname": "last_name",
    "lname": "last_name",
    "dob": "birth_date",
    "dateofbirth": "birth_date",
    "sex": "gender",
    "streetaddress": "address",
    "suburb": "city",
    "zipcode": "zip",
    "postcode": "zip",
    "postalcode": "zip",
    "phonenumber": "phone",
    "telephone": "phone",
    "emailaddress": "email",
    "uniqueid": "id",
    "recid": "id",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """What a map says: their headings for our fields, and how they write dates.

    columns: (our field, their headings) in the order of the map. unused: headings that
    the map sets to null. date_format: as strftime writes it, or nothing.
    """

    columns: tuple[tuple[str, tuple[str, ...]], ...] = ()
    unused: frozenset[str] = frozenset()
    date_format: str = ""
    is_given: bool = field(default=False)


def read_layout(path: Path, *, name: str) -> Layout:
    """Return the map in a JSON file. name: the option, for what is said of it.

    Raises RuleBroken in one sentence for what is not a map.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        found = json.loads(text)
    except OSError:
        raise RuleBroken(f"{name}: there is no file to read at {path}.") from None
    except (ValueError, RecursionError):
        raise RuleBroken(f"{name}: {path} is not JSON in UTF-8.") from None
    if not isinstance(found, dict) or not isinstance(found.get("columns", {}), dict):
        raise RuleBroken(
            f'{name}: write {{"columns": {{"their heading": "our field"}}}}.'
        )
    if unknown := sorted(found.keys() - {"columns", "date_format"}):
        raise RuleBroken(
            f"{name}: “{unknown[0]}” is not a part of a map, which has columns and "
            "date_format."
        )
    date_format = found.get("date_format") or ""
    if not isinstance(date_format, str) or (date_format and "%" not in date_format):
        raise RuleBroken(
            f'{name}: date_format must be written like "%m/%d/%Y", with percent signs.'
        )
    columns, unused = _columns(found.get("columns", {}), name)
    return Layout(columns, unused, date_format, is_given=True)


def _columns(
    found: Mapping[str, object], name: str
) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], frozenset[str]]:
    columns: list[tuple[str, tuple[str, ...]]] = []
    unused = set()
    for heading, meant in found.items():
        key = heading.strip()
        if meant is None:
            unused.add(key)
        elif isinstance(meant, str):
            value = meant.strip()
            columns.append((value, (key,)) if value in FIELDS else (key, (value,)))
        elif isinstance(meant, list) and _are_headings(meant):
            columns.append((key, tuple(each.strip() for each in meant)))
        else:
            raise RuleBroken(
                f"{name}: “{heading}” must stand for a field, a list of headings or "
                "null."
            )
    if strange := [ours for ours, _ in columns if ours not in FIELDS]:
        raise RuleBroken(
            f"{name}: “{strange[0]}” is not a field; the fields are "
            f"{', '.join(FIELDS)}."
        )
    return tuple(columns), frozenset(unused)


def _are_headings(meant: Sequence[object]) -> bool:
    return bool(meant) and all(isinstance(each, str) for each in meant)


def matched(
    headings: Sequence[str], layout: Layout, *, name: str
) -> Mapping[str, tuple[int, ...]]:
    """Return, for each of our fields, the positions of the columns that hold it.

    Headings that the map does not name count where they are spelt as our fields are;
    without a map, where they can mean nothing else. Raises RuleBroken in one sentence
    where a heading of the map is missing or ambiguous, or nothing holds the id.
    """
    if look_like_data(headings) and not _is_any_known(headings, layout):
        raise RuleBroken(
            f"{name} has no line of headings: its first line looks like a person's "
            "row. Put a line above it that names the columns."
        )
    found: dict[str, tuple[int, ...]] = {}
    for ours, theirs in layout.columns:
        places = tuple(_place(headings, heading, name) for heading in theirs)
        found[ours] = (*found.get(ours, ()), *places)
    if len(found.get("id", ())) > 1:
        raise RuleBroken(f"{name}: only one column can hold id.")
    used = {place for places in found.values() for place in places}
    spelt: dict[str, list[int]] = {}
    for place, heading in enumerate(headings):
        ours = _ours(heading, layout)
        if ours and ours not in found and not {place, heading} & (used | layout.unused):
            spelt.setdefault(ours, []).append(place)
    for ours, columns in spelt.items():
        if len(columns) > 1:
            raise RuleBroken(
                f"{name} has more than one column that could hold {ours}; say which in "
                "a map."
            )
        found[ours] = (columns[0],)
    if "id" not in found:
        raise RuleBroken(
            f"{name} has no column for id; say in a map which column tells its rows "
            "apart."
        )
    return {ours: found[ours] for ours in FIELDS if ours in found}


def not_used(
    headings: Sequence[str], found: Mapping[str, tuple[int, ...]], layout: Layout
) -> list[str]:
    """Return the headings that hold no field, and that no map said to leave out."""
    used = {place for places in found.values() for place in places}
    return [
        f"“{shown(heading)}”"
        for place, heading in enumerate(headings)
        if place not in used and heading and heading not in layout.unused
    ]


_OURS = {name.replace("_", ""): name for name in FIELDS}


def field_of(heading: str) -> str:
    """Return the field that a heading means, or nothing."""
    word = comparable(heading)
    return _OURS.get(word) or ALSO.get(word, "")


def _ours(heading: str, layout: Layout) -> str:
    """Return the field that a heading is spelt like, or nothing."""
    return _OURS.get(comparable(heading), "") if layout.is_given else field_of(heading)


def _is_any_known(headings: Sequence[str], layout: Layout) -> bool:
    named = {heading.casefold() for _, theirs in layout.columns for heading in theirs}
    named |= {heading.casefold() for heading in layout.unused}
    return any(
        heading.casefold() in named or _ours(heading, layout) for heading in headings
    )


def _place(headings: Sequence[str], heading: str, name: str) -> int:
    places = [at for at, each in enumerate(headings) if each == heading]
    if not places:
        alike = [
            at
            for at, each in enumerate(headings)
            if each.casefold() == heading.casefold()
        ]
        places = alike if len(alike) == 1 else []
    if not places:
        raise RuleBroken(f"{name} has no column “{heading}”, which its map names.")
    if len(places) > 1:
        raise RuleBroken(
            f"{name} has more than one column “{heading}”, which its map names."
        )
    return places[0]
