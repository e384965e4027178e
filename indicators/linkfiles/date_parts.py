"""Birth dates whose year, month and day stand in columns of their own."""

import calendar
import datetime as dt
import re
from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from accounts.acts import RuleBroken
from indicators.formats.headings import comparable
from indicators.linkfiles.dates import whole
from indicators.linkfiles.tables import as_text

_PARTS = {
    "year": ("year", "yyyy", "yob", "yr", "yy", "y"),
    "month": ("month", "mob", "mon", "mm", "mo", "m"),
    "day": ("day", "dom", "dob", "dd", "d"),
}
_OF_DATES = re.compile(r"birthday|birthdate|dateofbirth|birth|born|dob|of")
_DIRECTIVES = {"Y": "year", "y": "year", "m": "month", "b": "month", "B": "month"} | {
    "d": "day"
}
_MONTHS = [each.casefold() for each in calendar.month_abbr]  # none comes first


def joined(
    columns: Sequence[pa.ChunkedArray],
    headings: Sequence[str],
    *,
    date_format: str,
    today: dt.date,
    name: str,
) -> pa.Array:
    """Return dates as text, year first; years alone where a month or day is missing.

    Which column is which is told by its heading, or by the order of `date_format`.
    Raises RuleBroken in one sentence where neither tells.
    """
    parts = [_part_of(heading) for heading in headings]
    if not _are_plain(parts):
        found = re.findall(r"%([YymbBd])", date_format)
        parts = [_DIRECTIVES[each] for each in found]
    if not _are_plain(parts) or len(parts) != len(headings):
        raise RuleBroken(
            f"{name}: birth_date is in {len(headings)} columns, and neither their "
            "headings nor date_format say which is the year, month and day. Name one "
            'column, or three in the order of a date_format such as "%Y-%m-%d".'
        )
    texts = dict(zip(parts, columns, strict=True))
    is_short = "%y" in date_format
    year = _made(lambda text: _year(text, today if is_short else None), texts["year"])
    if len(texts) < len(_PARTS):
        return year
    month, day = _made(_month, texts["month"]), _made(_number, texts["day"])
    return pc.coalesce(pc.binary_join_element_wise(year, month, day, "-"), year)


def _part_of(heading: str) -> str:
    spelled = comparable(heading)
    rest = _OF_DATES.sub("", spelled) or spelled
    for part, words in _PARTS.items():
        if rest in words or words[0] in rest:
            return part
    return ""


def _are_plain(parts: Sequence[str]) -> bool:
    """Return whether parts are a year and, once each, a month and a day."""
    known = set(parts)
    return len(known) == len(parts) and "year" in known and known <= set(_PARTS)


def _made(make: Callable[[str], str], column: pa.ChunkedArray) -> pa.Array:
    encoded = whole(as_text(column)).dictionary_encode()
    made = [make(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(made, pa.string()).take(encoded.indices)


def _number(text: str) -> str:
    return text.removesuffix(".0").zfill(2)


def _month(text: str) -> str:
    short = text[:3].casefold()
    return f"{_MONTHS.index(short):02}" if short in _MONTHS else _number(text)


def _year(text: str, today: dt.date | None) -> str:
    """Return a year of four digits; of two, where `today` tells the century."""
    number = text.removesuffix(".0")
    if today is None or not re.fullmatch(r"\d{1,2}", number, re.ASCII):
        return number
    year = 2000 + int(number)
    return str(year if year <= today.year else year - 100)
