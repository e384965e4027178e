"""What a delivery's files turned out to be, and what a sender answered about them.

Nothing here repeats a value of a person: headings, codes, line numbers and words only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import pyarrow as pa

from indicators.formats.headings import comparable
from indicators.formats.report import Item, Rejected

TENANT, STUDENT = "tenant", "student"
# What a sender says of rows that do not tell whether the agreement covers them.
LEFT_OUT, COVERED = "leave out", "covered"
Frames = dict[str, pa.Table]


class Standing(StrEnum):
    """What becomes of one column under the agreement."""

    ALLOWED = "allowed"  # it is stored
    REFUSED = "refused"  # it is known, and not stored
    NEVER = "never"  # no agreement could list it
    NOT_RECOGNISED = "not recognised"  # nothing says what it is, so it is not stored
    TO_CONFIRM = "to confirm"  # asked, and nothing is kept before the answer


@dataclass(frozen=True, slots=True)
class ColumnStanding:
    """One column of one file; element: what it is taken for. why: one sentence.

    is_read: whether it is looked at for a while, though it is not stored.
    """

    file: str
    heading: str
    element: str | None
    standing: Standing
    why: str
    is_read: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that only the sender can say.

    id: F07 encoding, F08 line of headings, F11 meaning of a column, R05 order of a
    date, R08 meaning of a word, R18 rows that do not tell whether the agreement covers
    them. column, line: as the answer names them; of R08 the column is the element and
    the sender's word. choices: answers as they are given back: an encoding,
    a line number, an element's code ("" means none), an order, a category.
    """

    id: str
    column: str | None
    line: int | None
    words: str
    choices: tuple[str, ...]
    file: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a sender answered, now or with an earlier delivery.

    encoding: "windows-1252" or nothing. orders: "month/day" or "day/month" by
    heading. mapping: the element's code by heading, None for a column that is to be
    left. categories: what a sender's words for kinds mean, by `codes.asked_as`, in
    those of `codes.CODE_LISTS`. header_row: the line of the headings, 0 to look for
    it. A heading may be given with its file before it ("users.identifier"), which then
    alone is meant. untold: what becomes of rows that do not tell whether the agreement
    covers them, LEFT_OUT or COVERED.
    """

    encoding: str = ""
    orders: Mapping[str, str] = field(default_factory=dict)
    mapping: Mapping[str, str | None] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    header_row: int = 0
    untold: str = ""

    def element_of(self, file: str, heading: str) -> tuple[bool, str | None]:
        """Return whether a column was answered, and what it was said to be."""
        answered = {_spelled(name): code for name, code in self.mapping.items()}
        for name in (f"{file.rpartition('.')[0]}.{heading}", heading):
            if _spelled(name) in answered:
                return True, answered[_spelled(name)] or None
        return False, None

    def order_of(self, heading: str) -> str:
        """Return the order of day and month in a column, or nothing."""
        answered = {comparable(name): order for name, order in self.orders.items()}
        return answered.get(comparable(heading), "")


def _spelled(name: str) -> str:
    """Return a name as names are compared; signs alone stand for themselves."""
    return comparable(name) or name


@dataclass(frozen=True, slots=True)
class Arrival:
    """What files hold, under an agreement; kept only as `can_be_kept` says.

    format: that of the files, several of them joined by " and "; versions: that of
    each format, empty where none is told. missing: codes of
    elements without which the delivery means nothing. rejected: the first rows that
    were set aside, n_rejected all of them. n_rows: rows or records read.
    frames, on the tenants' side: "tenants", one row per child; and "tenancies", one row
    per spell, where the agreement lists the days of these.
    On both sides: "repeats", pairs that may be one person, once somebody looked.
    On the students' side: "student", one row each; "enrolment", one per spell; and
    "attendance" with "calendar", or "days" (one row per student and school:
    days_enrolled and days_absent, counted by the sender), or neither; besides, a frame
    for each of `record_kinds.KINDS` of which there were records.
    elements: codes of what is in the frames. outside: how many rows the agreement does
    not cover, by reason; all of them are set aside.
    """

    format: str = ""
    versions: tuple[str, ...] = ()
    encoding: str = ""
    columns: tuple[ColumnStanding, ...] = ()
    missing: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    errors: tuple[Item, ...] = ()
    notices: tuple[Item, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    n_rejected: int = 0
    frames: Frames = field(default_factory=dict, repr=False)
    elements: frozenset[str] = frozenset()
    n_rows: int = 0
    outside: tuple[tuple[str, int], ...] = ()

    @property
    def can_be_kept(self) -> bool:
        """Whether nothing is missing, asked or broken."""
        return bool(self.frames) and not (self.missing or self.questions or self.errors)
