"""The columns that a flat file may hold, and which heading means which of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from indicators.formats.flat import comparable
from indicators.formats.problems import FormatError


class Kind(StrEnum):
    """How the values of a column are read."""

    KEY = "key"  # identifies one row of the file
    NAME = "name"
    TEXT = "text"
    CODE = "code"  # shared by many rows, such as a school
    PROJECT = "project"  # a HUD project number
    BIRTH_DATE = "birth date"
    DATE = "date"

    @property
    def is_date(self) -> bool:
        """Whether values become dates; all others stay text."""
        return self in {Kind.BIRTH_DATE, Kind.DATE}


@dataclass(frozen=True, slots=True)
class Column:
    """One column that a file may hold.

    headings: spellings met in real exports; the element's own name always counts.
    required: the column must be there, and a row without a value is set aside unless
    the column may_be_empty.
    """

    element: str
    headings: tuple[str, ...]
    kind: Kind
    required: bool = True
    may_be_empty: bool = False

    @property
    def name(self) -> str:
        """The column's name in a frame: the element's part after the dot."""
        return self.element.rpartition(".")[2]

    @property
    def label(self) -> str:
        """The element in words, for messages."""
        return self.name.replace("_", " ")

    @property
    def spellings(self) -> frozenset[str]:
        """Every heading that means this column, as `comparable` spells it."""
        return frozenset(map(comparable, (self.element, self.name, *self.headings)))


TENANT_COLUMNS = (
    Column(
        "tenant.member_id",
        ("member unique identifier", "tenant ID", "person ID", "mbr_id"),
        Kind.KEY,
    ),
    Column(
        "tenant.first_name",
        ("firstname3c", "memberfirstname3c", "fname", "given name", "h3c", "3c"),
        Kind.NAME,
    ),
    Column(
        "tenant.middle_name",
        ("middleinitial3d", "membermiddleinitial3d", "middle initial", "mi", "mname"),
        Kind.TEXT,
        required=False,
    ),
    Column(
        "tenant.last_name",
        ("lastname3b", "memberlastname3b", "lname", "surname", "h3b", "3b"),
        Kind.NAME,
    ),
    Column(
        "tenant.birth_date",
        ("dateofbirth3e", "date of birth", "dob", "h3e", "3e"),
        Kind.BIRTH_DATE,
        may_be_empty=True,
    ),
    Column(
        "tenant.development",
        ("project ID", "project number", "development number", "development ID", "1d"),
        Kind.PROJECT,
    ),
    Column(
        "tenant.move_in_date",
        ("move-in date", "unit move-in", "original move-in date"),
        Kind.DATE,
        required=False,
    ),
)
ENROLMENT_COLUMNS = (
    Column(
        "student.id",
        ("student unique ID", "student ID", "SIS ID", "student number"),
        Kind.TEXT,
    ),
    Column(
        "enrolment.school",
        ("school ID", "school SIS ID", "school number"),
        Kind.CODE,
    ),
    Column(
        "enrolment.entry_date",
        ("enrollment entry date", "begin date", "start date"),
        Kind.DATE,
    ),
    Column(
        "enrolment.exit_date",
        ("exit withdraw date", "enrollment exit date", "end date"),
        Kind.DATE,
        required=False,
    ),
)


@dataclass(frozen=True, slots=True)
class ColumnMatch:
    """Which heading is which column.

    matched: element to position; unlisted: positions of headings outside the
    contract; missing: required columns without a heading.
    """

    matched: Mapping[str, int]
    unlisted: tuple[int, ...]
    missing: tuple[Column, ...]


def match(headings: Sequence[str], columns: Sequence[Column]) -> ColumnMatch:
    """Return which heading is which column, whatever its case, blanks and marks.

    Raises FormatError when two headings mean the same column.
    """
    meant = {spelling: c for c in columns for spelling in c.spellings}
    matched: dict[str, int] = {}
    unlisted: list[int] = []
    for position, heading in enumerate(headings):
        column = meant.get(comparable(heading))
        if column is None:
            unlisted.append(position)
        elif column.element in matched:
            raise FormatError(
                f"Columns {matched[column.element] + 1} and {position + 1} both hold "
                f"the {column.label}. Remove one of them and send the file again."
            )
        else:
            matched[column.element] = position
    missing = tuple(c for c in columns if c.required and c.element not in matched)
    return ColumnMatch(matched, tuple(unlisted), missing)
