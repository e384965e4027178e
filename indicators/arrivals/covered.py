"""What a cell says of a place, a time, a school year or a grade, row by row (pure)."""

import re
from collections.abc import Collection
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.rows import as_mask
from indicators.formats.cells import Mask
from indicators.formats.values import grade_of

_YEARS = re.compile(r"(?:(\d{4})\s*[-–/]\s*)?(\d{4}|\d{2})", re.ASCII)


def are_at(values: pa.ChunkedArray, places: Collection[str]) -> Mask:
    """Return which values are codes of these places, whatever their capitals."""
    spelled = pc.utf8_upper(pc.utf8_trim_whitespace(values.cast(pa.string())))
    wanted = pa.array([each.strip().upper() for each in places], pa.string())
    return as_mask(pc.is_in(spelled, wanted))


def are_within(
    starts: pa.ChunkedArray, ends: pa.ChunkedArray, days: tuple[date, date]
) -> Mask:
    """Return which spells touch a time; an end that is not told is open."""
    first, last = days
    begun = pc.less_equal(starts.cast(pa.date32()), pa.scalar(last))
    goes_on = pc.greater_equal(ends.cast(pa.date32()), pa.scalar(first))
    return as_mask(pc.and_(begun.fill_null(True), goes_on.fill_null(True)))


def school_years_in(
    texts: pa.ChunkedArray, years: tuple[int, ...]
) -> tuple[Mask, Mask]:
    """Return which texts name a school year of these, and which name any."""
    begins = {text: school_year_begins(text) for text in pc.unique(texts).to_pylist()}
    first, last = years
    among = [text for text, year in begins.items() if year and first <= year <= last]
    told = [text for text, year in begins.items() if year]
    return (
        as_mask(pc.is_in(texts, pa.array(among, pa.string()))),
        as_mask(pc.is_in(texts, pa.array(told, pa.string()))),
    )


def school_year_begins(text: str) -> int | None:
    """Return the year in which a school year begins; one alone is that of its end."""
    found = _YEARS.fullmatch(text.strip())
    if found is None:
        return None
    begin, end = found.groups()
    if begin:
        return int(begin)
    return int(end) - 1 if len(end) == 4 else None


def grades_in(texts: pa.ChunkedArray, grades: Collection[str]) -> tuple[Mask, Mask]:
    """Return which texts name one of these grades, and which name any; several may."""
    read = {text: _grades(text) for text in pc.unique(texts).to_pylist()}
    among = [text for text, named in read.items() if named & {*grades}]
    told = [text for text, named in read.items() if named]
    return (
        as_mask(pc.is_in(texts, pa.array(among, pa.string()))),
        as_mask(pc.is_in(texts, pa.array(told, pa.string()))),
    )


def as_grades(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return texts that name a grade as its code; others stay as they are."""
    coded = texts.combine_chunks().dictionary_encode()
    read = [grade_of(text) or text for text in coded.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(read, pa.string()).take(coded.indices)])


def _grades(text: str) -> frozenset[str]:
    return frozenset(
        grade for word in re.split(r"[,;|]", text) if (grade := grade_of(word))
    )
