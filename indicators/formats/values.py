"""Lists of values that the standards allow, and what exports write in their place."""

import re

from indicators.formats.checks import Rule, words
from indicators.formats.dates import is_plain_date, read_iso

GRADES = (
    *("IT", "PR", "PK", "TK", "KG"),
    *(f"{grade:02}" for grade in range(1, 14)),
    *("PS", "UG", "Other"),
)
_GRADES = frozenset(map(str.upper, GRADES))
_SPELLED = {
    **dict.fromkeys(("K", "KF", "KH", "0", "00", "KINDERGARTEN"), "KG"),
    **dict.fromkeys(("P3", "P4", "-1", "PRESCHOOL", "PREKINDERGARTEN"), "PK"),
    "TRANSITIONAL KINDERGARTEN": "TK",
    "PRESCHOOL/PREKINDERGARTEN": "PK",
    "UNGRADED": "UG",
}
_ORDINALS = (
    *("FIRST", "SECOND", "THIRD", "FOURTH", "FIFTH", "SIXTH"),
    *("SEVENTH", "EIGHTH", "NINTH", "TENTH", "ELEVENTH", "TWELFTH"),
)
# As ISO 8601 has them in UTC; the sample sets of the standard have a blank for the T.
_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z", re.ASCII)


def grade_of(word: str) -> str:
    """Return a grade's code, or nothing where the word is none."""
    said = word.strip().upper()
    named = said.removesuffix(" GRADE")
    if named in _ORDINALS:
        return f"{_ORDINALS.index(named) + 1:02}"
    if said in _GRADES:
        return said
    if said in _SPELLED:
        return _SPELLED[said]
    number = re.fullmatch(r"(?:GRADE )?0?(\d{1,2})(?:ST|ND|RD|TH)?", named, re.ASCII)
    if number and 1 <= int(number[1]) <= 12:
        return f"{int(number[1]):02}"
    return ""


DATE = Rule("R04", "YYYY-MM-DD", is_plain_date)
TIMESTAMP = Rule(
    "R04",
    "YYYY-MM-DD hh:mm:ss",
    lambda value: read_iso(value) is not None,
)
DATE_TIME = Rule(
    "R04",
    "YYYY-MM-DDThh:mm:ss.sssZ",
    lambda value: bool(_DATE_TIME.fullmatch(value)) and read_iso(value) is not None,
    lambda value: "plain dates where a date-time is due" * bool(read_iso(value)),
)
FLAG = words("true", "false")
YES_OR_NO = words("yes", "no", also=("true", "false", "y", "n", "1", "0"))
YEAR = Rule("R08", "a year of four digits", lambda v: v.isascii() and v.isdigit()
            and len(v) == 4)  # fmt: skip
GRADE = Rule(
    "R08",
    ", ".join(GRADES),
    frozenset(GRADES).__contains__,
    lambda value: "grades in another spelling" * bool(grade_of(value)),
    is_list=True,
)
SEX = words(
    *("M", "F", "Male", "Female", "X", "N", "U"),
    also=("1", "2", "unspecified", "other", "unknown", "not selected"),
)
ZIP = Rule(
    "R08",
    "five digits",
    lambda value: not re.fullmatch(r"\d{4}|\d{4,5}-\d{4}|\d{9}", value, re.ASCII),
    lambda value: (
        "ZIP codes of four digits, where those of the state begin with 0"
        if len(value) == 4
        else "ZIP codes with four more digits"
    ),
)
