"""What values of a flat file can look like: blanks, stand-ins, numbers.

Each function takes the different values of a column at once, since they are few even
where there are many rows, and answers for each of them.
"""

from collections.abc import Sequence
from unicodedata import decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Mask = npt.NDArray[np.bool_]

_UNTIDY = r"[^ -~]|^ | $|  "  # what is not plain ASCII may be a blank, too
_INKED = bytes(range(ord("!"), ord("~") + 1))  # neither a blank nor a control
_PLACEHOLDER = (
    r"^(?:(?:BABY|INFANT|UNBORN|NEWBORN)(?: ?(?:BOY|GIRL|CHILD))?"
    r"|(?:FIRST|LAST|NO) ?NAME|[FL]NU|NFN|NLN|UNK|UNKNOWN|TEST|TBD|N/A|X{2,})$"
)
# What programs write where they know nothing, in these letters only: Null is a name.
NOTHING = (
    *("NULL", "null", "(null)", "\\N", "<NA>", "nan", "NaN", "NaT"),
    *("#N/A", "#NULL!", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!"),
)
NO_NAME = (*NOTHING, "-", "--", ".", "NMN", "NMI")  # no middle name
NO_DAY = (*NOTHING, "-", "--", "N/A", "n/a", "NA", "None", "0000-00-00")
_PROJECT_NUMBER = (
    r"^[A-Z]{2}[0-9]{3}(?:[0-9]{6}[A-Z]{0,2}|[0-9]{3,5}[A-Z]{1,2})$"  # letters if older
)
_DASH = "[-\u2010-\u2015\u2212]"
_BETWEEN = f"(?: ?(?:{_DASH}|[./]) ?| )"
# Area 000, 666 and 900 on, group 00 and serial 0000 are never issued (Social Security
# Administration, POMS RM 10201.035).
_LATER_AREA = r"(?:[1-578][0-9]{2}|6[0-57-9][0-9]|66[0-57-9])"
_AREA = rf"(?:00[1-9]|0[1-9][0-9]|{_LATER_AREA})"
_GROUP = r"(?:0[1-9]|[1-9][0-9])"
_SERIAL = r"(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})"
_HIDDEN = "[Xx*#\u2022]"
_HIDDEN_AREA, _HIDDEN_GROUP = f"{_HIDDEN}{{3}}", f"{_HIDDEN}{{2}}"
_WRITTEN_SSN = (
    rf"(?:^|[^0-9])(?:{_AREA}|{_HIDDEN_AREA}){_BETWEEN}"
    rf"(?:{_GROUP}|{_HIDDEN_GROUP}){_BETWEEN}{_SERIAL}(?:[^0-9]|$)"
    rf"|(?:^|[^0-9A-Za-z*#]){_HIDDEN_AREA}{_BETWEEN}?{_HIDDEN_GROUP}{_BETWEEN}?"
    rf"{_SERIAL}(?:[^0-9]|$)"
    # What is joined by underscores may be longer, such as a course, its term and year.
    rf"|(?:^|[^0-9_])(?:{_AREA}|{_HIDDEN_AREA})_(?:{_GROUP}|{_HIDDEN_GROUP})_{_SERIAL}"
    r"(?:[^0-9]|$)"
    # Taxpayers' numbers of those who have no Social Security number.
    rf"|(?:^|[^0-9])9[0-9]{{2}}{_DASH}[5-9][0-9]{_DASH}{_SERIAL}(?:[^0-9]|$)"
    r"|(?i:(?:ssn|ss#)[^0-9]{0,3}|social[^0-9]{0,20}"
    r"|(?:^|[^a-z])(?:ss|i?tin)[^0-9a-z]{1,3})[0-9]{9}(?:[^0-9]|$)"
)
_TELLING = (b"ss", b"social", b"tin", b"xxxxx")
_NOT_000 = "(?:00[1-9]|0[1-9][0-9]|[1-9][0-9]{2})"
# As spreadsheets and programs write them, too: 219098232.0, ="219098232", '219098232,
# 2.19098232E+08, {State:219098232}; with zeros before them, or a member's number or
# letter behind.
_OF_MEMBER = r"(?:[-_/ ]?[A-Za-z]{1,2}[0-9]?)?(?:[-_/ ][0-9]{1,3}[A-Za-z]?){0,2}"
_NINE_DIGITS = (
    rf"^[='\"#(\[]{{0,3}}(?:{_AREA}[-. ]?{_GROUP}{_SERIAL}"
    rf"|0{{1,3}}{_LATER_AREA}{_GROUP}{_SERIAL}"
    rf"|{_AREA}[, ]{_GROUP}(?:[1-9][, ][0-9]{{3}}|0[, ]{_NOT_000})"
    r"|[1-8]\.[0-9]{8}[Ee]\+?0?8)"
    rf"(?:\.0+|{_OF_MEMBER})[\")\]]{{0,2}}$"
    rf"|\{{[A-Za-z][A-Za-z _-]*: ?{_AREA}[-. ]?{_GROUP}{_SERIAL}\}}"
)
_IN_THREES = (
    rf"^{_AREA} ?{_DASH} ?{_GROUP}(?:[1-9] ?{_DASH} ?[0-9]{{3}}"
    rf"|0 ?{_DASH} ?{_NOT_000}){_OF_MEMBER}$"
)
_LAST_THREE = rf" ?{_DASH} ?[0-9]{{3}}{_OF_MEMBER}$"
_LIKE_A_ZIP_CODE = rf"^{_AREA}{_GROUP}[- ]{_SERIAL}$"
_LONGER_NUMBER = rf"^[0-9]{{10,}}{_OF_MEMBER}$"
_N_DIGITS = 9
_DIGITS = b"0123456789"
_OTHER_DIGIT = r"[^\P{Nd}0-9]"
_MARKS = b"-. /#_*"
_NUMBER = r"^-?[0-9]+(?:\.[0-9]+)?$"
_WHOLE_NAME = r"^[^,]+, *[^,]{2,}$"
_SUFFIX = r", *(?:JR|SR|II|III|IV|V)\.?$"
# The replacement character; "¿" or "|" between letters; "Ã" and "Â" before what
# follows them where UTF-8 was read as Windows-1252.
_DAMAGED = "\ufffd|\\pL[¿|]\\pL|[ÃÂ][\u0080-\u00bf]|â€"


def tidy(values: pa.Array) -> pa.Array:
    """Return the values with single blanks and none at their ends."""
    if not _bytes(values).translate(None, _INKED):
        return values
    untidy = _matching(values, _UNTIDY)
    if not untidy.any():
        return values
    mended = [" ".join(v.split()) for v in values.filter(pa.array(untidy)).to_pylist()]
    return pc.replace_with_mask(values, pa.array(untidy), pa.array(mended, pa.string()))


def told(values: pa.Array, *, marks: Sequence[str]) -> tuple[pa.Array, bool]:
    """Return the values, empty where one is a mark of nothing, and whether any is."""
    found = pc.is_in(values, pa.array(marks))
    if not pc.any(found, min_count=0).as_py():
        return values, False
    return pc.if_else(found, pa.scalar("", pa.string()), values), True


def are_empty(values: pa.Array) -> Mask:
    """Return which values are empty."""
    return _mask(pc.equal(values, ""))


def are_placeholders(names: pa.Array) -> Mask:
    """Return which names stand in for one that is not known."""
    return _matching(names, _PLACEHOLDER, ignore_case=True)


def are_project_numbers(values: pa.Array) -> Mask:
    """Return which values are HUD project numbers: two letters, nine digits.

    Older ones may be shorter and end in letters. Source: Form HUD-50058, line 1d.
    """
    return _matching(values, _PROJECT_NUMBER, ignore_case=True)


def in_plain_digits(values: pa.Array) -> pa.Array:
    """Return the values with all digits, marks and blanks as those of ASCII."""
    if _longest(values) < _N_DIGITS or _bytes(values).isascii():
        return values
    values = pc.utf8_normalize(values, form="NFKC")
    others = _matching(values, _OTHER_DIGIT)
    if not others.any():
        return values
    plain = [
        "".join(str(decimal(sign, sign)) for sign in value)
        for value in values.filter(pa.array(others)).to_pylist()
    ]
    return pc.replace_with_mask(values, pa.array(others), pa.array(plain, pa.string()))


def have_no_long_number(values: pa.Array) -> bool:
    """Return whether all values are shorter than a Social Security number, or words."""
    return _longest(values) < _N_DIGITS or not _has_digits(_bytes(values))


def are_written_ssns(values: pa.Array) -> Mask:
    """Return which values hold a Social Security number written 123-45-6789.

    Or XXX-XX-6789, for its last four digits are of it too; or nine digits after SSN; or
    a taxpayer's number, 912-78-1234.
    """
    text = _bytes(values)
    has_marks = not text.isascii() or any(mark in text for mark in _MARKS)
    if not has_marks and not any(word in text.lower() for word in _TELLING):
        return _none(values)
    return _matching(values, _WRITTEN_SSN)


def are_bare_ssns(values: pa.Array, *, may_be_zips: bool = False) -> Mask:
    """Return which values are nine digits that can be a Social Security number.

    may_be_zips: whether five digits and four, 98101-1234, are none.
    """
    if have_no_long_number(values):
        return _none(values)
    found = _matching(values, _NINE_DIGITS)
    text = _bytes(values)
    if text.isascii() and not any(mark in text for mark in b"- "):
        return found
    found |= _in_threes(values)
    return found if may_be_zips else found | _matching(values, _LIKE_A_ZIP_CODE)


def _in_threes(values: pa.Array) -> Mask:
    """Return which values are numbers of persons written 219-098-232.

    Most numbers of persons differ in what is before the last group, and few of units
    within buildings do.
    """
    found = _matching(values, _IN_THREES)
    those = pc.unique(values.filter(pa.array(found)))
    before = pc.replace_substring_regex(those, _LAST_THREE, "")
    are_of_persons = 2 * pc.count_distinct(before).as_py() > len(those)
    return found if are_of_persons else _none(values)


def are_longer_numbers(values: pa.Array) -> Mask:
    """Return which values are digits, and more than a Social Security number has."""
    return _matching(values, _LONGER_NUMBER)


def are_whole_names(names: pa.Array) -> Mask:
    """Return which names have a comma, as "LEE, AN" has, and are no suffix."""
    if b"," not in _bytes(names):
        return _none(names)
    return _matching(names, _WHOLE_NAME) & ~_matching(names, _SUFFIX, ignore_case=True)


def are_damaged(values: pa.Array) -> Mask:
    """Return which values hold what a wrong encoding makes of a letter."""
    text = _bytes(values)
    if text.isascii() and b"|" not in text:
        return _none(values)
    return _matching(values, _DAMAGED)


def are_numbers(values: pa.Array) -> Mask:
    """Return which values are numbers."""
    return _matching(values, _NUMBER)


def _bytes(values: pa.Array) -> bytes:
    """Return the bytes of all values together: to look for one sign costs little."""
    _, ends, text = values.buffers()
    if text is None or not len(values):
        return b""
    at = np.frombuffer(ends, np.int32)[values.offset : values.offset + len(values) + 1]
    return bytes(text[int(at[0]) : int(at[-1])])


def _has_digits(text: bytes) -> bool:
    return len(text.translate(None, _DIGITS)) < len(text)


def _longest(values: pa.Array) -> int:
    """Return the bytes of the longest value, 0 where there is none."""
    return pc.max(pc.binary_length(values)).as_py() or 0


def _none(values: pa.Array) -> Mask:
    return np.zeros(len(values), np.bool_)


def _matching(values: pa.Array, pattern: str, *, ignore_case: bool = False) -> Mask:
    return _mask(pc.match_substring_regex(values, pattern, ignore_case=ignore_case))


def _mask(found: pa.BooleanArray) -> Mask:
    mask: Mask = found.to_numpy(zero_copy_only=False)
    return mask
