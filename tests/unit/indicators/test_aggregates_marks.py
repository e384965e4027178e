"""Every mark that a district writes is read as what it is, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.aggregates.marks import Said, read_count, read_percent
from indicators.disclosure.table import Band, Mark


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0", Said.NUMBER),
        ("26", Said.NUMBER),
        ("1,204", Said.NUMBER),
        ("26.0", Said.NUMBER),
        ("", Said.MISSING),
        ("N/A", Said.MISSING),
        ("No data", Said.MISSING),
        ("–", Said.MISSING),
        ("*", Said.SUPPRESSED),
        ("Data suppressed", Said.SUPPRESSED),
        ("DATA  SUPPRESSED", Said.SUPPRESSED),
        ("S", Said.SUPPRESSED),
        ("n<10", Said.SUPPRESSED),
        ("<10", Said.SUPPRESSED),
        ("Fewer than 10 students", Said.SUPPRESSED),
        ("-4", Said.SUPPRESSED),
        ("-4.0", Said.SUPPRESSED),
        ("'-4", Said.SUPPRESSED),  # as a guarded spreadsheet cell has it
        ("\u22124", Said.SUPPRESSED),  # with a real minus sign
        ("Pending", Said.NOT_YET),
        ("Not yet known", Said.NOT_YET),
        ("TBD", Said.NOT_YET),
    ],
)
def test_a_count_says_one_of_four_things(text: str, said: Said) -> None:
    value = read_count(text)
    assert value is not None
    assert value.said is said
    assert (value.mark is None) == (said is Said.NUMBER)


@pytest.mark.parametrize(
    ("text", "band"),
    [
        (">95%", Band(95, 100)),
        (">= 95 %", Band(95, 100)),
        ("≥95", Band(95, 100)),
        ("<5%", Band(0, 5)),
        ("≤5", Band(0, 5)),
        ("40-49%", Band(40, 49)),
        ("40% – 49%", Band(40, 49)),
        ("40 to 49", Band(40, 49)),
    ],
)
def test_a_range_of_percents_stays_a_range(text: str, band: Band) -> None:
    value = read_percent(text)
    assert value is not None
    assert (value.said, value.band) == (Said.RANGE, band)


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("n<10", Mark.SUPPRESSED),
        ("*", Mark.SUPPRESSED),
        ("-4", Mark.SUPPRESSED),
        ("", Mark.NO_DATA),
        ("pending", Mark.NOT_YET),
    ],
)
def test_a_percent_that_is_none_says_why(text: str, mark: Mark) -> None:
    value = read_percent(text)
    assert value is not None
    assert value.mark is mark


@pytest.mark.parametrize(
    "text", ["-3", "many", "12.5", "1e3", "4;5", "0x10", "½", "١٢"]
)
def test_nothing_else_is_guessed_to_be_a_count(text: str) -> None:
    assert read_count(text) is None


@pytest.mark.parametrize("text", ["101", "-3", "high", "120%", "49-40", ">101%", "1/2"])
def test_nothing_else_is_guessed_to_be_a_percent(text: str) -> None:
    assert read_percent(text) is None


@given(st.text(max_size=12))
def test_no_text_fails(text: str) -> None:
    for value in (read_count(text), read_percent(text)):
        assert value is None or (value.number is None) == (value.said != Said.NUMBER)
