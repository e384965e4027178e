"""What a cell says of a place, a time, a school year or a grade, row by row (pure)."""

import re
from collections.abc import Collection
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from agreements.rules.scope import GRADES
from indicators.arrivals.rows import as_mask
from indicators.formats.cells import Mask

_YEARS = re.compile(r"(?:(\d{4})\s*[-–/]\s*)?(\d{4}|\d{2})", re.ASCII)
_SPELLED = {
    **dict.fromkeys(("K", "KF", "KH", "0", "00", "KINDERGARTEN"), "KG"),
    **dict.fromkeys(("P3", "P4", "-1", "PRESCHOOL", "PREKINDERGARTEN"), "PK"),
    "TRANSITIONAL KINDERGARTEN": "TK",
    "PRESCHOOL/PREKINDERGARTEN": "PK",
}
_ORDINALS = (
    *("FIRST", "SECOND", "THIRD", "FOURTH", "FIFTH", "SIXTH"),
    *("SEVENTH", "EIGHTH", "NINTH", "TENTH", "ELEVENTH", "TWELFTH"),
)
# Grades that the field knows, and that no scope can name.
_OTHERS = frozenset({"IT", "PR", "PS", "UG", "13", "OTHER"})


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


def grade_of(word: str) -> str:
    """Return a grade's code, or nothing where the word is none."""
    said = word.strip().upper()
    named = said.removesuffix(" GRADE")
    if named in _ORDINALS:
        return f"{_ORDINALS.index(named) + 1:02}"
    if said in GRADES or said in _OTHERS:
        return said
    if said in _SPELLED:
        return _SPELLED[said]
    number = re.fullmatch(r"(?:GRADE )?0?(\d{1,2})(?:ST|ND|RD|TH)?", named)
    if number and 1 <= int(number[1]) <= 12:
        return f"{int(number[1]):02}"
    return ""
