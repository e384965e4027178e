"""A list of buildings: read as typed, put into standard form, and written as CSV.

It holds public addresses alone. What of a line is changed, and what speaks against it,
is said in words; the rules of the agreement decide which lines are kept.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from accounts.acts import RuleBroken
from accounts.sheets import as_file
from indicators.formats.catalogue import TENANT, is_never_taken, meaning_of
from indicators.formats.headings import comparable, separator_of
from indicators.linkage import addresses
from indicators.linkage.places import Place, place_of

MOST_LINES = 5_000
HEADINGS = ("code", "name", "address", "city", "zip", "homes", "program")
_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "code": ("building", "building number", "development", "development code", "id"),
    "name": ("building name", "project name", "development name", "site"),
    "address": ("std addr", "street address", "building address", "street"),
    "city": ("std city", "town"),
    "zip": ("std zip5", "zip code", "postal code", "zip5"),
    "homes": (
        "units",
        "total dwelling units",
        "number of units",
        "n units",
        "unit count",
    ),
    "program": ("program type", "assistance", "type"),
}
_MEANT = {
    comparable(spelling): name
    for name, spellings in _SPELLINGS.items()
    for spelling in (name, *spellings)
}
# Of a resident, whatever the file calls it.
_OF_PEOPLE = re.compile(
    r"name|tenant|resident|birth|phone|mail|household|^apartment|^apt|^unit"
    r"|unit ?(?:no|num)"
)
_VOUCHER = re.compile(r"vo|t|hcv|hcvp|.*voucher.*|section ?8.*", re.IGNORECASE)
_ZIP_AT_END = re.compile(r"[,\s]+([A-Za-z]{2})?[,\s]*(\d{5}(?:-\d{4})?)\s*$")


@dataclass(frozen=True, slots=True)
class Building:
    """One building. n_units: homes at the address, None where nobody says."""

    code: str
    name: str
    address: str
    city: str
    postal_code: str
    n_units: int | None
    is_voucher: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line as typed and in standard form. unit: what was split off, if anything.

    changes: what is otherwise than typed, in words.
    """

    number: int
    typed: str
    building: Building
    place: Place
    changes: tuple[str, ...]

    @property
    def has_name(self) -> bool:
        """Whether something other than a house number stands first."""
        return self.place.low is None


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as it was read. left: headings of columns that were not read."""

    lines: tuple[Line, ...]
    left: tuple[str, ...]


def read_list(text: str, *, known: Sequence[Building] = ()) -> Listing:
    """Return the lines of a list in standard form.

    known: the agency's own buildings, which say what a line leaves out. Without a line
    of headings each line is one address. Raises RuleBroken for what is no such list,
    and for a column about people.
    """
    rows = _rows(text)
    headings = [_MEANT.get(comparable(cell), "") for cell in rows[0][1]]
    left: list[str] = []
    if "address" in headings:
        left = _left(rows[0][1], headings)
        rows = rows[1:]
        cells = [(n, dict(zip(headings, row, strict=False)), row) for n, row in rows]
    else:
        cells = [(n, _one_address(row), row) for n, row in rows]
    if not cells:
        raise RuleBroken("The list has headings and no building. Add the addresses.")
    at = {place_of(each.address).text: each for each in known}
    return Listing(
        tuple(
            _line(n, said, ", ".join(filter(None, row)), at) for n, said, row in cells
        ),
        tuple(left),
    )


def _rows(text: str) -> list[tuple[int, list[str]]]:
    if not text.strip():
        raise RuleBroken("There is no address. Paste the list, or choose its file.")
    if "\0" in text:
        raise RuleBroken("This is no text. Save the list as CSV and choose that file.")
    separator = separator_of(text)
    try:
        found = list(csv.reader(io.StringIO(text), delimiter=separator, strict=True))
    except csv.Error:
        raise RuleBroken(
            "A quotation mark in the list is not closed. Correct it and send it again."
        ) from None
    rows = [
        (number, [" ".join(cell.split()) for cell in row])
        for number, row in enumerate(found, start=1)
        if any(cell.strip() for cell in row)
    ]
    if len(rows) > MOST_LINES:
        raise RuleBroken(
            f"The list has more than {MOST_LINES:,} lines. Give each building one."
        )
    return rows


def _left(typed: Sequence[str], meant: Sequence[str]) -> list[str]:
    """Return the headings that are not read; refuse those of people."""
    left = [heading for heading, name in zip(typed, meant, strict=True) if not name]
    for heading in left:
        element = meaning_of(heading, TENANT).element or ""
        is_of_people = element.startswith("tenant.") or _OF_PEOPLE.search(
            heading.casefold()
        )
        if heading and (is_of_people or is_never_taken(heading)):
            raise RuleBroken(
                f"The column “{heading:.60}” is about people and not about buildings. "
                "A list of addresses holds no names and no units (rule R-060). Remove "
                "it; nothing was kept."
            )
    return [heading for heading in left if heading]


def _one_address(row: Sequence[str]) -> dict[str, str]:
    """Return a line without headings as an address, its city and its postal code."""
    whole = ", ".join(filter(None, row))
    said = {}
    if found := _ZIP_AT_END.search(whole):
        said["zip"], whole = found[2], whole[: found.start()]
    head, _, city = whole.rpartition(", ")
    if head and city.replace(" ", "").isalpha():
        said["city"], whole = city, head
    return said | {"address": whole}


def _line(
    number: int, said: Mapping[str, str], typed: str, known: Mapping[str, Building]
) -> Line:
    address = said.get("address", "")
    place = place_of(address)
    own = known.get(place.text)
    changes = []
    if place.unit:
        changes.append(f"“{place.unit}” was split off: it is inside the building")
    if address and place.text != " ".join(address.upper().split()) and not place.unit:
        changes.append("the address was put into standard form")
    if place.low != place.high:
        changes.append(f"read as the range of numbers {place.low} to {place.high}")
    zip_ = addresses.postal_code(said.get("zip", "")) or ""
    if zip_ != said.get("zip", ""):
        changes.append("the ZIP code was written with five digits")
    if own:
        changes += _filled(said, own)
    building = Building(
        code=said.get("code") or (own.code if own else "") or place.text,
        name=said.get("name") or (own.name if own else "") or place.text.title(),
        address=place.text,
        city=said.get("city") or (own.city if own else ""),
        postal_code=zip_ or (own.postal_code if own else ""),
        n_units=_homes(said.get("homes", "")) or (own.n_units if own else None),
        is_voucher=bool(_VOUCHER.fullmatch(said.get("program", "")))
        or (own.is_voucher if own else False),
    )
    return Line(number, typed, building, place, tuple(changes))


def _filled(said: Mapping[str, str], own: Building) -> list[str]:
    filled = [
        words
        for name, words, value in (
            ("code", "its code", own.code),
            ("homes", "the number of homes", own.n_units),
            ("zip", "the ZIP code", own.postal_code),
        )
        if not said.get(name) and value
    ]
    if not filled:
        return []
    return [f"{' and '.join(filled)} came from your list of buildings"]


def _homes(text: str) -> int | None:
    """Return a number of homes; HUD's -4 and the like mean that it is not shown."""
    bare = text.replace(",", "").removesuffix(".0").strip()
    return int(bare) if bare.isascii() and bare.isdigit() and len(bare) < 7 else None


def as_csv(buildings: Iterable[Building]) -> bytes:
    """Return the buildings as the file that a district downloads."""
    rows = [
        (b.code, b.name, b.address, b.city, b.postal_code, str(b.n_units or ""), "P")
        for b in buildings
    ]
    return b"".join(as_file([HEADINGS, *rows]))


def from_csv(content: bytes) -> tuple[Building, ...]:
    """Return the buildings of a file that `as_csv` wrote; raises RuleBroken.

    Several addresses with one code are one place to count, such as a development.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RuleBroken("The list of buildings is not text in UTF-8.") from None
    return tuple(line.building for line in read_list(text).lines)
