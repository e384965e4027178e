"""ZIP codes as five digits, with the zero that spreadsheets drop."""

import pyarrow as pa
import pyarrow.compute as pc

# Of no other state does a ZIP code begin with 0 (Postal Service, Publication 65).
_WITH_ZERO = pa.array(
    (
        *("CT", "MA", "ME", "NH", "NJ", "PR", "RI", "VI", "VT", "AE"),
        *("CONNECTICUT", "MASSACHUSETTS", "MAINE", "NEW HAMPSHIRE", "NEW JERSEY"),
        *("PUERTO RICO", "RHODE ISLAND", "VIRGIN ISLANDS", "VERMONT"),
    )
)
_MORE_DIGITS = r"^([0-9]{4,5})-[0-9]{4}$|^([0-9]{5})[0-9]{4}$"
_FIVE_DIGITS, _FOUR_DIGITS = "^[0-9]{5}$", "^[0-9]{4}$"


def five_digits(zips: pa.ChunkedArray, states: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return ZIP codes without four more digits, and with a zero that was dropped.

    No zero is put before one of a state where none begins so.
    """
    whole = pc.replace_substring_regex(zips, _MORE_DIGITS, r"\1\2")
    has_zero = pc.is_in(pc.utf8_upper(states), _WITH_ZERO)
    may_have = pc.or_(has_zero, pc.equal(states, ""))
    is_short = pc.match_substring_regex(whole, _FOUR_DIGITS)
    with_zero = pc.binary_join_element_wise("0", whole, "")
    return pc.if_else(pc.and_(is_short, may_have), with_zero, whole)


def are_odd(zips: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return which have not five digits after all."""
    return pc.invert(pc.match_substring_regex(zips, _FIVE_DIGITS))
