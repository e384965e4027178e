"""The order of day and month is certain for a column, or it is not read at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.formats import dates
from indicators.formats.dates import STAND_IN, UNREADABLE, DateReader, read_iso
from indicators.formats.problems import FormatError

TODAY = date(2022, 6, 1)
EPOCH = date(1970, 1, 1)
DATES = st.dates(date(1901, 1, 1), TODAY)


@dataclass
class DateColumn:
    """What was read: dates by row, and the rows that have none for a reason."""

    dates: tuple[date | None, ...]
    unreadable: set[int]
    stand_ins: set[int]


def read(values: Sequence[str], *, n_batch: int = 1_000) -> DateColumn:
    reader = DateReader(name="birth date", today=TODAY)
    for start in range(0, len(values), n_batch):
        batch = values[start : start + n_batch]
        different = list(dict.fromkeys(batch))
        places = np.array([different.index(value) for value in batch], np.int32)
        lines = np.arange(start, start + len(batch), dtype=np.int32) + 2
        reader.take(pa.array(different), places=places, lines=lines)
    days = reader.days()
    return DateColumn(
        tuple(None if n <= STAND_IN else EPOCH + timedelta(int(n)) for n in days),
        set(np.flatnonzero(days == UNREADABLE).tolist()),
        set(np.flatnonzero(days == STAND_IN).tolist()),
    )


@pytest.mark.parametrize(
    "value",
    [
        "2010-03-25",
        "20100325",
        "3/25/2010",
        "03/25/2010",
        "03252010",
        "25-MAR-2010",
        "25-mar-10",
        "2010-03-25T00:00:00",
        "2010-03-25 00:00:00.000",
        "3/25/2010 12:00 AM",
        " 2010-03-25 ",
    ],
)
def test_accepted_forms_are_one_date(value: str) -> None:
    assert read([value]).dates == (date(2010, 3, 25),)


@pytest.mark.parametrize(
    "value",
    ["soon", "2010-02-30", "2010-3-5", "13/13/2010", "3/25/10", "25-FOO-2010", "1234"],
)
def test_what_is_no_date_is_named_by_position(value: str) -> None:
    column = read(["2010-01-01", value])
    assert column.dates == (date(2010, 1, 1), None)
    assert column.unreadable == {1}


def test_empty_values_are_not_unreadable() -> None:
    column = read(["", "  "])
    assert column.dates == (None, None)
    assert not column.unreadable


@pytest.mark.parametrize("value", ["1900-01-01", "1/1/1800", "9999-12-31"])
def test_stand_ins_are_read_as_empty(value: str) -> None:
    column = read([value, "2010-01-31"])
    assert column.dates == (None, date(2010, 1, 31))
    assert column.stand_ins == {0}
    assert not column.unreadable


def test_two_digit_years_are_the_latest_that_have_been() -> None:
    column = read(["01-JUN-22", "02-JUN-22", "29-FEB-24"])
    assert column.dates == (date(2022, 6, 1), date(1922, 6, 2), date(1924, 2, 29))


@given(st.lists(DATES, min_size=1), DATES.filter(lambda day: day.day > 12))
def test_one_certain_value_decides_the_whole_column(
    days: list[date], certain: date
) -> None:
    days = [*days, certain]
    month_first = [f"{day.month}/{day.day}/{day.year}" for day in days]
    day_first = [f"{day.day}/{day.month}/{day.year}" for day in days]
    assert list(read(month_first).dates) == days
    assert list(read(day_first).dates) == days


@given(st.lists(DATES, min_size=1))
def test_a_column_is_read_right_or_refused(days: list[date]) -> None:
    try:
        column = read([f"{day:%d%m%Y}" for day in days])
    except FormatError:
        assert all(day.day <= 12 for day in days)
    else:
        assert list(column.dates) == days


def test_unclear_order_is_asked_for() -> None:
    with pytest.raises(FormatError, match=r"line 3.* YYYY-MM-DD") as refused:
        read(["3/3/2010", "3/4/2010"])
    assert "2010" not in refused.value.message


def test_order_that_does_not_matter_is_not_asked_for() -> None:
    assert read(["3/3/2010"]).dates == (date(2010, 3, 3),)


@pytest.mark.parametrize("n_batch", [1, 2])
def test_both_orders_in_one_column_are_refused(n_batch: int) -> None:
    with pytest.raises(FormatError, match=r"mixes month/day \(line 3\).*\(line 2\)"):
        read(["25/3/2010", "3/25/2010"], n_batch=n_batch)


def test_proof_in_a_later_batch_decides_the_earlier_ones() -> None:
    column = read(["3/4/2010", "5/6/2010", "25/3/2010"], n_batch=1)
    assert column.dates[0] == date(2010, 4, 3)


def test_texts_beyond_those_that_are_kept_are_read_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dates, "MOST_KNOWN", 2)
    values = [f"2010-01-{day:02d}" for day in range(1, 20)] + ["x" * 1_000]
    column = read([*values, *values])
    assert column.dates[:20] == column.dates[20:]
    assert column.unreadable == {19, 39}


def test_iso_dates_need_no_column() -> None:
    assert read_iso("2010-03-25") == date(2010, 3, 25)
    assert read_iso("3/25/2010") is None
