"""Birth dates of strangers' files, read as a whole column or not at all."""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from accounts.acts import RuleBroken
from indicators.formats.dates import (
    DAY_NUMBER,
    NO_DATE,
    STAND_IN,
    DateReader,
    Integers,
)
from indicators.formats.problems import FormatError
from indicators.formats.workbook_cells import DAY_ZERO
from indicators.linkage import standardise
from indicators.linkfiles.tables import as_text

_YEAR_FIRST = re.compile(r"(\d{4})[./](\d{1,2})[./](\d{1,2})(?:[ T].*)?", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})[.-](\d{1,2})[.-](\d{4})(?:[ T].*)?", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_NONE = min(NO_DATE)
_ANY_DAY = dt.datetime(1987, 5, 31, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Dates:
    """The columns `birth_date` and `birth_year`; where only years are known, no date.

    n_stand_ins: how many were dates such as 1900-01-01, which stand for none.
    are_counted: whether they were day numbers of a spreadsheet.
    """

    columns: dict[str, pa.Array] = field(repr=False)
    n_unreadable: int
    n_stand_ins: int
    are_counted: bool = False


def read_dates(
    column: pa.ChunkedArray,
    *,
    date_format: str,
    lines: Callable[[], Sequence[int]],
    today: dt.date,
    name: str,
) -> Dates:
    """Return the dates of a column.

    date_format: how they are written; without one, ISO, 19870531, 5/31/1987, 31-MAY-87
    and bare years are known, and a spreadsheet's day numbers where all are such. The
    order of day and month is decided for the column, never guessed. lines: returns on
    which line each row is. Raises RuleBroken in one sentence where the order is
    unclear, and where no date can be read.
    """
    kind = column.type
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        # A timestamp of another zone is the date that was written there.
        dates = whole(pc.cast(column, pa.date32(), safe=False).combine_chunks())
        return _told(dates, pc.year(dates).cast(pa.int32()), n_unreadable=0)
    encoded = whole(as_text(column)).dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    counted = [] if date_format else _counted(texts, today)
    if counted:
        read = counted
    elif date_format:
        read = _formatted(texts, date_format, today, name)
    else:
        read = _recognised(texts, encoded.indices, lines, today, name)
    dates = pa.array([day for day, _ in read], pa.date32()).take(encoded.indices)
    years = pa.array([year for _, year in read], pa.int32()).take(encoded.indices)
    n_filled = len(encoded) - encoded.null_count
    n_read = len(years) - years.null_count
    if n_filled and not n_read:
        raise RuleBroken(
            f"{name}: no birth date can be read; say in its map how they are written, "
            'for example "date_format": "%m/%d/%Y".'
        )
    n_unreadable = n_filled - n_read
    return _told(dates, years, n_unreadable=n_unreadable, are_counted=bool(counted))


def _told(
    dates: pa.Array, years: pa.Array, *, n_unreadable: int, are_counted: bool = False
) -> Dates:
    is_none = standardise.no_dates(dates)
    columns = {
        "birth_date": pc.if_else(is_none, None, dates),
        "birth_year": pc.if_else(is_none, None, years),
    }
    n_stand_ins = pc.sum(is_none).as_py() or 0
    return Dates(columns, n_unreadable, n_stand_ins, are_counted)


def whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Return a column as one array, which no rows may be as well."""
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    return pa.concat_arrays(chunks) if chunks else pa.array([], column.type)


Read = list[tuple[dt.date | None, int | None]]


def _counted(texts: list[str], today: dt.date) -> Read:
    """Return day numbers as dates; nothing where some are none, or are yet to come."""
    if not all(map(DAY_NUMBER.fullmatch, texts)):
        return []
    days = [DAY_ZERO.date() + dt.timedelta(int(float(text))) for text in texts]
    return (
        [(day, day.year) for day in days] if max(days, default=today) <= today else []
    )


def _formatted(texts: list[str], date_format: str, today: dt.date, name: str) -> Read:
    parse: Callable[[str, str], dt.datetime] = dt.datetime.strptime
    try:
        known = parse(_ANY_DAY.strftime(date_format), date_format).date()
    except (ValueError, re.error):
        raise RuleBroken(
            f'{name}: the date_format of its map is not one; write "%m/%d/%Y", say.'
        ) from None
    if known.year != _ANY_DAY.year:
        raise RuleBroken(
            f"{name}: the date_format of its map has no year; write one that has, such "
            'as "%m/%d/%Y", or leave birth_date out with null.'
        )
    has_day = known == _ANY_DAY.date()
    n_digits = len(_ANY_DAY.strftime(date_format))
    read: Read = []
    for text in texts:
        # Spreadsheets drop the zero of 01052010, and 1052010 is no day of October.
        written = text.zfill(n_digits) if len(text) == n_digits - 1 else text
        try:
            if text.isdigit() and len(written) != n_digits:
                raise ValueError
            day = parse(written if text.isdigit() else text, date_format).date()
        except ValueError:
            read.append((None, None))
            continue
        if day > today and "%y" in date_format:
            leap = day.month == 2 and day.day == 29
            day = day.replace(year=day.year - 100, day=28 if leap else day.day)
        read.append((day if has_day else None, day.year))
    return read


def _recognised(
    texts: list[str],
    places: pa.Array,
    lines: Callable[[], Sequence[int]],
    today: dt.date,
    name: str,
) -> Read:
    years = [int(text) if _YEAR.fullmatch(text) else None for text in texts]
    counted: Integers = np.arange(len(texts), dtype=np.int32)
    plain = pa.array([_plain(text) for text in texts], pa.string())

    def reader_on(on: Integers) -> DateReader:
        reader = DateReader(name="birth_date", today=today)
        reader.take(plain, places=counted, lines=on)
        return reader

    reader = reader_on(counted)
    if reader.doubt():
        found, firsts = np.unique(
            places.fill_null(-1).to_numpy(zero_copy_only=False), return_index=True
        )
        on = np.array(lines(), np.int32).take(firsts[found >= 0], mode="clip")
        if doubt := reader_on(on).doubt():
            raise _unclear(doubt, name)
    days = reader.days().tolist()
    epoch = dt.date(1970, 1, 1)
    read: Read = []
    for day, year in zip(days, years, strict=True):
        if day == STAND_IN:
            read.append((_NONE, _NONE.year))
            continue
        born = epoch + dt.timedelta(days=day) if abs(day) < 10**6 else None
        read.append((born, born.year if born else year))
    return read


def _unclear(doubt: FormatError, name: str) -> RuleBroken:
    """Return why the order of day and month is not known, and what to do."""
    if doubt.id == "R06":
        said = doubt.message.partition(", so ")[0]
        return RuleBroken(
            f"{name}: {said[:1].lower()}{said[1:]}. Ask the sender for one format."
        )
    return RuleBroken(
        f"{name}: day and month of its birth dates could be either way round, first on "
        f"line {doubt.line}; say in its map how they are written, for example "
        '"date_format": "%m/%d/%Y".'
    )


def _plain(text: str) -> str:
    """Return a date with the separators that the reader knows."""
    text = text.removesuffix(".0")
    if found := _YEAR_FIRST.fullmatch(text):
        return f"{found[1]}-{found[2].zfill(2)}-{found[3].zfill(2)}"
    if found := _YEAR_LAST.fullmatch(text):
        return f"{found[1]}/{found[2]}/{found[3]}"
    return text
