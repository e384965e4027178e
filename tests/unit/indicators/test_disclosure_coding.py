import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.disclosure.coding import bands, code, wider
from indicators.disclosure.table import Band, Mark


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (15, "≤49 ≥50"),
        (16, "≤20 21–39 40–59 60–79 ≥80"),
        (30, "≤20 21–39 40–59 60–79 ≥80"),
        (60, "≤10 11–19 20–29 30–39 40–49 50–59 60–69 70–79 80–89 ≥90"),
    ],
)
def test_bands_follow_the_size_of_the_group(n, text):
    assert " ".join(map(str, bands(n))) == text


def test_large_groups_have_whole_percents_between_coded_ends():
    assert [str(band) for band in bands(301)][:3] == ["≤1", "2", "3"]
    assert [str(band) for band in bands(301)][-2:] == ["98", "≥99"]
    assert [str(band) for band in bands(300)][:3] == ["≤5", "6–9", "10–14"]


@pytest.mark.parametrize("n", [61, 62, 63, 73])
def test_band_of_two_numerators_is_merged_toward_its_nearer_end(n):
    assert str(bands(n)[0]) == "≤9"
    assert str(bands(n)[1]) == "10–14"


@pytest.mark.parametrize(
    ("numerator", "n", "text"),
    [
        (0, 12, "≤49"),
        (12, 12, "≥50"),
        (99, 200, "50–54"),  # 49.5 percent is rounded up
        (79, 200, "40–44"),
        (78, 200, "35–39"),
        (0, 500, "≤1"),
        (500, 500, "≥99"),
        (135, 500, "27"),
    ],
)
def test_rate_is_rounded_half_up_and_ends_are_coded(numerator, n, text):
    assert str(code(numerator, n, n=n)) == text


def test_days_are_coded_by_the_number_of_children():
    assert str(code(1700, 1800, n=10)) == "≥50"


def test_a_rate_of_nothing_has_no_data():
    assert code(0, 0, n=12) is Mark.NO_DATA


@settings(max_examples=50)
@given(st.integers(10, 3000))
def test_bands_cover_all_percents_and_hold_three_numerators(n):
    parts = bands(n)

    assert [band.low for band in parts] == [0, *(band.high + 1 for band in parts[:-1])]
    assert parts[-1].high == 100
    percents = [(200 * x + n) // (2 * n) for x in range(n + 1)]
    for band in parts:
        assert sum(band.low <= p <= band.high for p in percents) >= 3


@given(st.integers(16, 400), st.data())
def test_a_wider_band_holds_the_band_and_reaches_toward_the_nearer_end(n, data):
    band = data.draw(st.sampled_from(bands(n)))
    merged = wider(band, n=n)

    assert isinstance(merged, Band)
    assert merged.low <= band.low <= band.high <= merged.high
    assert merged != band
    if band.low and band.low + band.high < 100:
        assert merged.low < band.low


def test_a_band_with_nothing_left_to_merge_is_suppressed():
    assert wider(Band(0, 49), n=12) is Mark.SUPPRESSED
