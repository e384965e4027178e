"""A published rate in words, from its published text alone."""

from indicators.disclosure.table import Band


def in_words(band: Band) -> str:
    """Return the band as a phrase: "40 to 49 percent", "49 percent or less"."""
    if band.low == 0:
        return f"{band.high} percent or less"
    if band.high == 100:
        return f"{band.low} percent or more"
    if band.low == band.high:
        return f"{band.low} percent"
    return f"{band.low} to {band.high} percent"
