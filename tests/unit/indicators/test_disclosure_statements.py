from indicators.disclosure.statements import in_words
from indicators.disclosure.table import Band


def test_a_band_reads_as_a_phrase():
    assert in_words(Band(27, 27)) == "27 percent"
