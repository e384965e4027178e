"""Values of dimensions: no word for the total among them, and each as it is seen."""

import unicodedata

from indicators.disclosure.json_file import BadFile

# Words for the total, or for what is hidden.
_RESERVED = frozenset({"", "*", "all", "null", "suppressed", "total", "totals"})


def value_of(value: object, where: str) -> str:
    """Return the value of a dimension; raise BadFile if it cannot be one."""
    if not isinstance(value, str):
        raise BadFile(f"{where}: a value must be a text")
    if seen(value).casefold() in _RESERVED:
        raise BadFile(f"{where}: {value!r} is reserved; null stands for the total")
    if value != value.strip():
        raise BadFile(f"{where}: {value!r} has blanks at its ends; take them away")
    if not unicodedata.is_normalized("NFC", value):
        raise BadFile(
            f"{where}: {value!r} has accents apart from their letters; "
            "write the file in Unicode's form NFC"
        )
    return value


def seen(value: str) -> str:
    """Return a value as readers see it: letters of one form, blanks of one width."""
    if value.isascii():
        return " ".join(value.split())
    plain = unicodedata.normalize("NFKC", value)
    shown = (c for c in plain if unicodedata.category(c) != "Cf")
    return " ".join("".join(shown).split())
