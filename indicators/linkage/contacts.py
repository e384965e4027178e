"""Telephone numbers and e-mail addresses made comparable."""

import re

from indicators.linkage.names import fold

FEWEST_DIGITS, MOST_DIGITS = 7, 10
_NOT_DIGITS = re.compile(r"\D", re.ASCII)


def phone(text: str) -> str | None:
    """Return the last ten digits of a number, or None where it can be nobody's."""
    digits = _NOT_DIGITS.sub("", text.removesuffix(".0"))
    is_number = len(digits) >= FEWEST_DIGITS and len(set(digits)) > 1
    return digits[-MOST_DIGITS:] if is_number else None


def email(text: str) -> str | None:
    """Return the address in lower case, or None where it is none."""
    address = fold(text).strip()
    name, at, host = address.rpartition("@")
    return address if name and at and host else None
