"""Students' addresses matched to buildings: which building, and how surely.

No name is compared. A building may have a range of house numbers; a unit is split off
first. What fits only nearly is doubtful, and a person decides it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from indicators.linkage import addresses
from indicators.linkage.names import fold

# A longer range is a slip of the pen, such as a ZIP code beside a house number.
MOST_NUMBERS = 200
ORDINALS = {
    "first": "1st",
    "second": "2nd",
    "third": "3rd",
    "fourth": "4th",
    "fifth": "5th",
    "sixth": "6th",
    "seventh": "7th",
    "eighth": "8th",
    "ninth": "9th",
    "tenth": "10th",
}
DIRECTIONS = frozenset({"n", "e", "s", "w", "ne", "nw", "se", "sw"})
SUFFIXES = frozenset(addresses.ABBREVIATIONS.values()) - DIRECTIONS - {"apt", "hwy"}
# What of a building is behind a mark of its own: "Bldg 3", "Fl 2".
_INSIDE = re.compile(
    r"[,\s]+((?:apt|apartment|unit|suite|ste|bldg|building|rm|room|fl|floor|lot|spc"
    r"|no)\.?\s*#?\s*[\w-]+|#\s*[\w-]+)\s*$"
)
_NUMBER = re.compile(r"(\d+)(?:\s*(?:-|–|—|to|thru|through)\s*(\d+))?(?=[\s,])\s*,?\s*")
_UNIT_BESIDE = re.compile(r"\d+[a-z]?|[a-z]\d*")
# A typing error in a word this long may change one letter, in a longer one two.
_LONG, _LONGER = 5, 9


class Fit(StrEnum):
    """How surely an address is that of a building."""

    EXACT = "exact"
    STANDARD = "standard"
    DOUBTFUL = "doubtful"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Place:
    """An address in standard form; the numbers are alike where it is no range.

    low is None where the address does not begin with a house number. area: the postal
    code and the city, each empty where it is not given.
    """

    low: int | None
    high: int | None
    street: tuple[str, ...]
    unit: str
    area: tuple[str, str] = ("", "")

    @property
    def text(self) -> str:
        """The address without its unit, as the post office writes it."""
        numbers = [] if self.low is None else [str(self.low)]
        if self.low != self.high:
            numbers = [f"{self.low}-{self.high}"]
        return " ".join((*numbers, *self.street)).upper()

    def has_number(self, number: int | None) -> bool:
        """Return whether a house number is this one, or on its side of the range."""
        if number is None or self.low is None or self.high is None:
            return False
        return self.low <= number <= self.high and (number - self.low) % 2 == 0


def place_of(address: str, *, postal_code: str = "", city: str = "") -> Place:
    """Return an address as typed in standard form."""
    text = fold(address).strip()
    units: list[str] = []
    while found := _INSIDE.search(text):
        units.insert(0, " ".join(found[1].split()))
        text = text[: found.start()].rstrip(", ")
    low = high = None
    if number := _NUMBER.match(text):
        low = high = int(number[1])
        if number[2] and low < int(number[2]) <= low + MOST_NUMBERS:
            high, text = int(number[2]), text[number.end() :]
        elif number[2]:  # one number with a hyphen in it, as in Queens
            low = high = int(number[1] + number[2])
            text = text[number.end() :]
        else:
            text = text[number.end() :]
    words = (addresses.street(text) or "").split()
    beside = _unit_beside(words)
    if beside and not units:
        units, words = [words[-1]], words[:-1]
    area = (
        addresses.postal_code(postal_code) or "",
        addresses.place(city) or "",
    )
    street = tuple(ORDINALS.get(word, word) for word in words)
    return Place(low, high, street, " ".join(units).upper(), area)


def _unit_beside(words: Sequence[str]) -> bool:
    """Return whether the last word is a unit without a mark: "Main St 4B"."""
    return (
        len(words) > 2
        and words[-2] in SUFFIXES
        and words[-1] not in DIRECTIONS
        and bool(_UNIT_BESIDE.fullmatch(words[-1]))
    )


@dataclass(frozen=True, slots=True)
class Found:
    """Which building an address is, or may be, and in words why that is doubtful."""

    fit: Fit
    buildings: tuple[str, ...] = ()
    why: str = ""


NOWHERE = Found(Fit.NONE)


@dataclass(frozen=True, slots=True)
class _Listed:
    code: str
    typed: str
    place: Place


class Buildings:
    """A list of buildings, by house number, to be asked about addresses."""

    def __init__(self, listed: Iterable[tuple[str, str, str, str]]) -> None:
        """Take each building's code, address, postal code and city.

        A code may have several addresses: a development of several buildings.
        """
        self._by_number: dict[int, list[_Listed]] = defaultdict(list)
        for code, address, postal_code, city in listed:
            place = place_of(address, postal_code=postal_code, city=city)
            if place.low is None or place.high is None:
                continue
            for number in range(place.low, place.high + 1):
                self._by_number[number].append(_Listed(code, _plain(address), place))

    def find(self, address: str, *, postal_code: str = "", city: str = "") -> Found:
        """Return the building of an address, or those it may be."""
        place = place_of(address, postal_code=postal_code, city=city)
        if place.low is None:
            return NOWHERE
        beside = self._by_number.get(place.low, [])
        sure = [each for each in beside if _is_same(place, each.place)]
        if len({each.code for each in sure}) == 1:
            is_exact = any(each.typed == _plain(address) for each in sure)
            fit = Fit.EXACT if is_exact else Fit.STANDARD
            return Found(fit, (sure[0].code,))
        if sure:
            return _doubtful(sure, "more than one building has this address")
        for why, is_near in _NEAR:
            near = [each for each in beside if is_near(place, each.place)]
            if near:
                return _doubtful(near, why)
        return NOWHERE


def _doubtful(near: Iterable[_Listed], why: str) -> Found:
    return Found(Fit.DOUBTFUL, tuple(sorted({each.code for each in near})), why)


def _plain(address: str) -> str:
    return " ".join(fold(address).replace(",", " ").replace(".", " ").split())


def _is_same(one: Place, building: Place) -> bool:
    return (
        one.street == building.street
        and building.has_number(one.low)
        and not _are_apart(one.area, building.area)
        and (one.high == one.low or one.high == building.high)
    )


def _are_apart(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Return whether the postal codes differ, or without one of them the cities."""
    at = 0 if one[0] and other[0] else 1
    return bool(one[at] and other[at]) and one[at] != other[at]


def _is_elsewhere(one: Place, building: Place) -> bool:
    return one.street == building.street and building.has_number(one.low)


def _is_across(one: Place, building: Place) -> bool:
    return one.street == building.street and not _are_apart(one.area, building.area)


def _is_cut(one: Place, building: Place) -> bool:
    """Return whether one street lacks a type or a direction that the other has."""
    words = [[w for w in p.street if w not in _ADDED] for p in (one, building)]
    lacking = [{*p.street} & _ADDED for p in (one, building)]
    return (
        words[0] == words[1] != []
        and (lacking[0] <= lacking[1] or lacking[1] <= lacking[0])
        and building.has_number(one.low)
        and not _are_apart(one.area, building.area)
    )


def _is_misspelt(one: Place, building: Place) -> bool:
    street, other = " ".join(one.street), " ".join(building.street)
    n_letters = min(len(street), len(other))
    most = 2 if n_letters >= _LONGER else int(n_letters >= _LONG)
    digits = [re.findall(r"\d+", text) for text in (street, other)]
    return (
        digits[0] == digits[1]  # 12th Street is no misspelt 13th
        and building.has_number(one.low)
        and not _are_apart(one.area, building.area)
        and _n_slips(street, other, most=most) <= most
    )


_ADDED = SUFFIXES | DIRECTIONS
_NEAR = (
    ("the postal code or the city is another", _is_elsewhere),
    ("the number is on the other side of the street", _is_across),
    ("the type or the direction of the street is missing", _is_cut),
    ("the street is spelt otherwise", _is_misspelt),
)


def _n_slips(one: str, other: str, *, most: int) -> int:
    """Return how many letters are typed wrongly, more than `most` for any more.

    A letter too many, too few or another, and two neighbours swapped, count one each.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        new = [i]
        for j, b in enumerate(other, start=1):
            cost = min(row[j] + 1, new[j - 1] + 1, row[j - 1] + (a != b))
            if i > 1 and j > 1 and (a, one[i - 2]) == (other[j - 2], b):
                cost = min(cost, before[j - 2] + 1)
            new.append(cost)
        before, row = row, new
        if min(row) > most:
            return most + 1
    return row[-1]
