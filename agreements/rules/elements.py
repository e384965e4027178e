"""The catalogue of data elements: what each one is and how it must be handled.

The list itself is `elements.toml`. An agreement lists elements by `code`; a frame's
column is the part after the dot. `headings` are the spellings under which real exports
carry the element, so that a flat file's columns can be matched; they include elements
that are refused, because a refusal must recognise what it refuses.

Sources: CEDS version 13 (Global IDs), Ed-Fi Data Standard 5.2 (API names), OneRoster
1.2, Form HUD-50058 (lines); headings from the export columns of a large housing
authority, published by Public Health – Seattle & King County under the MIT licence.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType


class Category(StrEnum):
    """How the law and the parties treat an element; each element has exactly one."""

    PUBLIC_ADDRESS = "H.ADDR_PUB"
    RESIDENT_IDENTITY = "H.ID"
    HOUSING_PROGRAM = "H.PROG"
    VERIFIED_INCOME = "H.INCV"
    REPORTED_INCOME = "H.INCT"
    CRIMINAL_RECORD = "H.CRIM"
    DRUG_TREATMENT = "H.SUDTX"
    PROTECTED_STATUS = "H.VAWA"
    DISABILITY = "H.DIS"
    SOCIAL_SECURITY = "X.SSN"
    STUDENT_IDENTITY = "E.ID"
    DIRECTORY = "E.DIR"
    EDUCATION_RECORD = "E.REC"
    DISCIPLINE = "E.DISC"
    SPECIAL_EDUCATION = "E.SPED"
    STUDENT_HEALTH = "E.HEALTH"
    MEAL_ELIGIBILITY = "E.FRL"
    STUDENT_HOMELESS = "E.HOMELESS"
    MATCH_RESULT = "E.MATCH"
    CHILD_WELFARE = "O.CW"
    JUVENILE_JUSTICE = "O.JJ"
    MENTAL_HEALTH = "O.MH"
    SUBSTANCE_USE = "O.SUD"
    WAGE_RECORD = "O.UI"
    RECORD_CODE = "D.CODE"
    FREE_TEXT = "T.FREE"

    @property
    def in_words(self) -> str:
        """The category as a person reads it: "Resident identity"."""
        return self.name.replace("_", " ").capitalize()

    @property
    def is_never_shared(self) -> bool:
        """Whether no record and no counsel can make it shareable (R-045 to R-048)."""
        return self in (
            Category.SOCIAL_SECURITY,
            Category.VERIFIED_INCOME,
            Category.CRIMINAL_RECORD,
            Category.DRUG_TREATMENT,
            Category.PROTECTED_STATUS,
        )

    @property
    def is_education(self) -> bool:
        """Whether the element comes from education records."""
        return self.value.startswith("E.")

    @property
    def is_housing(self) -> bool:
        """Whether the element comes from the housing agency's records."""
        return self.value.startswith("H.")


class ValueKind(StrEnum):
    """What an element's values look like."""

    TEXT = "text"
    DATE = "date"
    NUMBER = "number"
    TABLE = "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One data element; empty names mean that the standard has no such element.

    note: what makes it sensitive, or hard to read. is_only_for_matching: whether it
    has no use once records are linked.
    """

    code: str
    label: str
    category: Category
    kind: ValueKind = ValueKind.TEXT
    ceds: str = ""
    edfi: str = ""
    oneroster: str = ""
    hud_line: str = ""
    headings: tuple[str, ...] = ()
    note: str = ""
    is_only_for_matching: bool = False

    @property
    def column(self) -> str:
        """The element's column name in a frame."""
        return self.code.rpartition(".")[2]


def _letters(heading: str) -> str:
    return "".join(sign for sign in heading.casefold() if sign.isalnum())


def _read() -> dict[str, Element]:
    listed = tomllib.loads(
        Path(__file__).with_name("elements.toml").read_text(encoding="utf-8")
    )
    return {
        code: Element(
            code=code,
            label=entry.pop("label"),
            category=Category(entry.pop("category")),
            kind=ValueKind(entry.pop("kind", ValueKind.TEXT)),
            headings=tuple(entry.pop("headings", ())),
            **entry,
        )
        for code, entry in listed.items()
    }


ELEMENTS: Mapping[str, Element] = MappingProxyType(_read())
_HEADINGS = {
    _letters(name): each for each in ELEMENTS.values() for name in each.headings
}


def element_of(column: str) -> Element | None:
    """The element that a code or a flat file's heading stands for, or None.

    Capitals, blanks and punctuation in a heading do not matter.
    """
    return ELEMENTS.get(column) or _HEADINGS.get(_letters(column))


def category_of(code: str) -> Category | None:
    """The category of the element with this code, or None if it is not known."""
    element = ELEMENTS.get(code)
    return element.category if element else None
