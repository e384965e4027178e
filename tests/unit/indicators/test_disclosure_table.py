import pytest

from indicators.disclosure.table import Band


@pytest.mark.parametrize("text", ["≤49", "≥95", "40–49", "27"])
def test_a_band_is_read_back_from_its_text(text):
    assert str(Band.parse(text)) == text


@pytest.mark.parametrize("text", ["", "50-59", "49≤", "60–50", "≥101", "Suppressed"])
def test_other_text_is_no_band(text):
    with pytest.raises(ValueError):
        Band.parse(text)
