"""One column of a flat file, taken in batches and held in little memory.

A batch's different values are read once each. What is kept of a row is its text in
an Arrow array, or its date in four bytes, and one byte that says what is wrong.
"""

from abc import ABC, abstractmethod
from datetime import date
from itertools import chain
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from indicators.formats import cells
from indicators.formats.cells import Mask
from indicators.formats.columns import Column, Kind
from indicators.formats.dates import (
    ACCEPTED,
    EMPTY,
    STAND_IN,
    UNREADABLE,
    DateReader,
    Integers,
)
from indicators.formats.problems import FormatError

EARLIEST_BIRTH_YEAR = 1900

# What can be wrong with a value, beside the reasons of its reader, from 1 on.
IS_EMPTY, STANDS_IN = 255, 254

Faults = npt.NDArray[np.uint8]
Hashes = npt.NDArray[np.uint64]
_NO_FAULTS = np.array([], np.uint8)
N_AT_A_TIME = 2  # columns, each in a thread of its own
_BATCH_ROWS = 50_000
_N_PARTS = 8  # a search for repeats needs memory for one part of the rows at a time


class Numbers:
    """Watches one column for Social Security numbers.

    is_code: many rows share a value, so nine digits by themselves are let through.
    """

    def __init__(self, *, is_code: bool = False) -> None:
        self._is_code = is_code
        self._n_bare = 0
        self._n_filled = 0
        self._first_bare = 0
        self._first_written = 0

    def take(self, values: pa.Array, places: Integers, lines: Integers) -> None:
        """Count a batch."""
        self._n_filled += int((~cells.are_empty(values))[places].sum())
        if cells.have_no_long_number(values):
            return
        if not self._first_written:
            written = cells.are_written_ssns(values)
            if written.any():
                self._first_written = int(lines[np.argmax(written[places])])
        bare = cells.are_bare_ssns(values)
        if bare.any():
            rows = bare[places]
            self._first_bare = self._first_bare or int(lines[np.argmax(rows)])
            self._n_bare += int(rows.sum())

    def first_line(self) -> int:
        """Return the first line with such a number, or 0 where there is none.

        One that is written 123-45-6789 is enough; of bare ones it takes half of the
        values or more.
        """
        if self._first_written:
            return self._first_written
        is_half = self._n_bare and 2 * self._n_bare >= self._n_filled
        return self._first_bare if is_half and not self._is_code else 0


class ColumnReader(ABC):
    """Reads a column's values; reasons say what fault 1, 2, … is."""

    reasons: ClassVar[tuple[str, ...]] = ()

    def __init__(self, column: Column) -> None:
        self._label = column.label
        self._numbers = Numbers(is_code=column.kind is Kind.CODE)

    def take(
        self, values: pa.Array, lines: Integers, *, are_tidy: bool = False
    ) -> None:
        """Take a batch of rows."""
        different, places = self._coded(values)
        if not are_tidy:
            different = cells.tidy(different)
        self._numbers.take(different, places, lines)
        self._add(different, places, lines)

    def check_no_ssn(self) -> None:
        """Raise FormatError if the column holds Social Security numbers."""
        if line := self._numbers.first_line():
            raise FormatError(
                f"The column for {self._label} holds what looks like Social Security "
                f"numbers, first on line {line}. They are not accepted (rule R-045), "
                "so nothing was kept. Remove them and send the file again.",
                id="F12",
                line=line,
            )

    @abstractmethod
    def faults(self) -> Faults:
        """Return what is wrong with each row's value, 0 where nothing is."""

    @abstractmethod
    def kept(self, rows: Mask) -> pa.ChunkedArray:
        """Return the values of these rows, and forget them all."""

    def _coded(self, values: pa.Array) -> tuple[pa.Array, Integers]:
        """Return the different values, and which of them each row has."""
        coded = values.dictionary_encode()
        places: Integers = coded.indices.to_numpy()
        return coded.dictionary, places

    @abstractmethod
    def _add(self, values: pa.Array, places: Integers, lines: Integers) -> None:
        """Take the values of a batch."""


class _Texts(ColumnReader):
    """A column that stays text."""

    def __init__(self, column: Column) -> None:
        super().__init__(column)
        self._texts: list[pa.Array] = []
        self._faults: list[Faults] = []

    def faults(self) -> Faults:
        """Return what is wrong with each row's text, 0 where nothing is."""
        return np.concatenate([_NO_FAULTS, *self._faults])

    def kept(self, rows: Mask) -> pa.ChunkedArray:
        """Return the texts of these rows, and forget them all."""
        kept, start = [], 0
        while self._texts:
            batch = self._texts.pop(0)
            mask = rows[start : start + len(batch)]
            start += len(batch)
            kept.append(batch if mask.all() else batch.filter(pa.array(mask)))
        return pa.chunked_array(kept, pa.string())

    def _add(self, values: pa.Array, places: Integers, lines: Integers) -> None:
        are_empty = cells.are_empty(values)
        faults = self._judged(values).astype(np.uint8)
        faults[are_empty] = IS_EMPTY
        if are_empty.any():
            nothing = pa.scalar(None, pa.string())
            values = pc.if_else(pa.array(are_empty), nothing, values)
        if len(values) == len(places):  # each row has its own, in their order
            self._texts.append(values)
            self._faults.append(faults)
        else:
            self._texts.append(values.take(pa.array(places)))
            self._faults.append(faults[places])

    def _judged(self, values: pa.Array) -> Mask:
        """Return which values have fault 1."""
        return np.zeros(len(values), np.bool_)


class _Names(_Texts):
    reasons = ("is a placeholder",)

    def _judged(self, values: pa.Array) -> Mask:
        return cells.are_placeholders(values)


class _Projects(_Texts):
    reasons = ("is not two letters and nine digits, such as PA001000002",)

    def _judged(self, values: pa.Array) -> Mask:
        return ~cells.are_project_numbers(values)


class KeyReader(_Texts):
    """A column whose values identify one row each."""

    def repeats(self, *, but: Mask) -> Mask:
        """Return the rows whose value an earlier row has; rows in `but` do not count.

        Rows are compared by 64-bit hashes, and by their values where these agree.
        """
        repeats = np.zeros(len(but), np.bool_)
        texts = pa.chunked_array(self._texts, pa.string())
        counted = texts.filter(pa.array(~but)) if but.any() else texts
        if pc.count_distinct(counted).as_py() == len(counted):
            return repeats
        each = (map(hash, batch.to_pylist()) for batch in self._texts)
        signed = np.fromiter(chain.from_iterable(each), np.int64, len(texts))
        hashes: Hashes = signed.view(np.uint64)
        for part in range(_N_PARTS):
            rows = np.flatnonzero((hashes % _N_PARTS == part) & ~but)
            self._mark(repeats, rows.astype(np.int32), hashes[rows])
        return repeats

    def _mark(self, repeats: Mask, rows: Integers, hashes: Hashes) -> None:
        """Mark which of these rows repeat the value of an earlier one of them."""
        rows = rows[np.argsort(hashes, kind="stable")]
        hashes.sort()
        agree = np.flatnonzero(hashes[1:] == hashes[:-1]) + 1
        for some in np.array_split(agree, len(agree) // _BATCH_ROWS + 1):
            firsts = np.searchsorted(hashes, hashes[some])
            same = pc.equal(self._at(rows[some]), self._at(rows[firsts]))
            repeats[rows[some]] = same.to_numpy(zero_copy_only=False)

    def _at(self, rows: Integers) -> pa.ChunkedArray:
        return pa.chunked_array(self._texts, pa.string()).take(pa.array(rows))

    def _coded(self, values: pa.Array) -> tuple[pa.Array, Integers]:
        """Return the values as they are: hardly one of them comes twice."""
        return values, np.arange(len(values), dtype=np.int32)


class _Dates(ColumnReader):
    """A column of dates."""

    reasons: ClassVar[tuple[str, ...]] = (f"is not written as {ACCEPTED}",)

    def __init__(self, column: Column, today: date, day_zero: date | None) -> None:
        super().__init__(column)
        self._dates = DateReader(name=column.label, today=today, day_zero=day_zero)

    def faults(self) -> Faults:
        """Return what is wrong with each row's date; raises FormatError if unclear."""
        days = self._dates.days()
        faults = np.zeros(len(days), np.uint8)
        faults[days == UNREADABLE] = 1
        faults[days == EMPTY] = IS_EMPTY
        faults[days == STAND_IN] = STANDS_IN
        faults[self._are_wrong(days)] = 2
        return faults

    def kept(self, rows: Mask) -> pa.ChunkedArray:
        """Return the dates of these rows, and forget them all."""
        days = self._dates.days()[rows]
        return pa.chunked_array(
            [pa.array(days, pa.int32(), mask=days <= STAND_IN).cast(pa.date32())]
        )

    def _add(self, values: pa.Array, places: Integers, lines: Integers) -> None:
        self._dates.take(values, places=places, lines=lines)

    def _are_wrong(self, days: Integers) -> Mask:
        """Return which dates have fault 2."""
        return np.zeros(len(days), np.bool_)


class _BirthDates(_Dates):
    reasons = (
        *_Dates.reasons,
        f"is before {EARLIEST_BIRTH_YEAR} or in the future",
    )

    def __init__(self, column: Column, today: date, day_zero: date | None) -> None:
        super().__init__(column, today, day_zero)
        epoch = date(1970, 1, 1)
        self._earliest = (date(EARLIEST_BIRTH_YEAR, 1, 1) - epoch).days
        self._latest = (today - epoch).days

    def _are_wrong(self, days: Integers) -> Mask:
        is_too_early = (days < self._earliest) & (days > STAND_IN)
        are_wrong: Mask = is_too_early | (days > self._latest)
        return are_wrong


def reader_of(
    column: Column, *, today: date, day_zero: date | None = None
) -> ColumnReader:
    """Return what reads this column; see DateReader of the days."""
    if column.kind is Kind.BIRTH_DATE:
        return _BirthDates(column, today, day_zero)
    if column.kind is Kind.DATE:
        return _Dates(column, today, day_zero)
    kinds = {Kind.KEY: KeyReader, Kind.NAME: _Names, Kind.PROJECT: _Projects}
    return kinds.get(column.kind, _Texts)(column)
