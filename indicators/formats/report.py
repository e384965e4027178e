"""What reading a file found: a verdict, its columns, and messages by their numbers.

The numbers and their levels are those of the project's list of messages: F for the
file, R for rows. No message repeats a value of a person.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from indicators.formats.problems import FormatError, enumerated

MOST_ROW_ERRORS = 1_000
SHOWN_CHARACTERS = 60
# Nobody can say otherwise of numbers that look so (rule R-045): this is the way out.
OWN_NUMBERS = (
    "Numbers of your own that only look so need a letter before them, the same one in "
    "all files."
)

_NUMBERS = re.compile(r"\d{3}[- ]?\d{2}[- ]?\d{4}", re.ASCII)


class Verdict(StrEnum):
    """Whether a file can be read; a question that is open refuses it."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class Status(StrEnum):
    """What becomes of one column."""

    READ = "read"
    TO_CONFIRM = "to confirm"
    NOT_RECOGNISED = "not recognised"
    NOT_USED = "not used"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Item:
    """One message; line and column where it is at one place."""

    id: str
    line: int | None
    column: str | None
    message: str


class Rejected(NamedTuple):
    """One row that was set aside: where it is and why, without what it holds."""

    file: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: as it refuses a file, as it is asked, and what may be answered."""

    item: Item
    words: str
    choices: tuple[str, ...]
    file: str = ""


@dataclass(frozen=True, slots=True)
class ColumnSeen:
    """One column: its heading, the element it is taken for, and what becomes of it.

    name: the heading, after its part of a set; file: that part. resource: that of
    Ed-Fi to which a path belongs.
    """

    name: str
    element: str | None
    status: Status
    file: str = ""
    heading: str = ""
    resource: str = ""


@dataclass(slots=True)
class Report:
    """What was found in one file, or in one set of files."""

    format: str | None = None
    version: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    rows: int = 0
    n_set_aside: int = 0
    n_row_errors: int = 0
    columns: list[ColumnSeen] = field(default_factory=list)
    errors: list[Item] = field(default_factory=list)
    row_errors: list[Item] = field(default_factory=list)
    notices: list[Item] = field(default_factory=list)
    corrected: dict[str, None] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    others: list[Rejected] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        """Whether the file can be read as it is."""
        return Verdict.REFUSED if self.errors else Verdict.ACCEPTED

    def refuse(
        self,
        id: str,
        message: str,
        *,
        line: int | None = None,
        column: str | None = None,
    ) -> None:
        """Add an error, or a question that must be answered first."""
        self.errors.append(Item(id, line, column, printable(message)))

    def ask(
        self,
        id: str,
        message: str,
        *,
        choices: tuple[str, ...],
        words: str = "",
        line: int | None = None,
        column: str | None = None,
        file: str = "",
    ) -> None:
        """Add a question, which refuses the file until it is answered.

        words: those in which it is asked, where somebody can answer.
        """
        item = Item(id, line, column, printable(message))
        self.errors.append(item)
        self.asked.append(Asked(item, printable(words or message), choices, file))

    def refuse_by(self, error: FormatError, *, file: str = "") -> None:
        """Add what a reader refused, in its words."""
        message = f"{file}: {error.message}" if file else error.message
        self.refuse(error.id, message, line=error.line, column=error.column)

    def notice(
        self,
        id: str,
        message: str,
        *,
        line: int | None = None,
        column: str | None = None,
    ) -> None:
        """Add a notice."""
        self.notices.append(Item(id, line, column, printable(message)))

    def set_row_aside(
        self,
        id: str,
        message: str,
        *,
        line: int | None,
        column: str | None,
        file: str = "",
    ) -> None:
        """Add what is wrong with one row; beyond the first thousand it is counted."""
        self.n_row_errors += 1
        self.reject(file, line, message)
        if len(self.row_errors) < MOST_ROW_ERRORS:
            self.row_errors.append(Item(id, line, column, printable(message)))

    def reject(self, file: str, line: int | None, reason: str) -> None:
        """Add a row to the list of those set aside, which has a bound."""
        if len(self.rejected) < MOST_ROW_ERRORS:
            self.rejected.append(Rejected(file, line or 0, printable(reason)))

    def reject_other(self, file: str, line: int | None, reason: str) -> None:
        """Add a row of nobody who counts to the end of that list."""
        if len(self.others) < MOST_ROW_ERRORS:
            self.others.append(Rejected(file, line or 0, printable(reason)))

    def correct(self, what: str) -> None:
        """Note a small difference that was put right, once."""
        self.corrected.setdefault(what)

    def sum_up(self, n_repeated: int, *, of: str = "row", more: str = "") -> None:
        """Add how many rows, or what else they are, were read, set aside, repeated."""
        read = f"1 {of}" if self.rows == 1 else f"{self.rows:,} {of}s"
        again = "1 duplicate" if n_repeated == 1 else f"{n_repeated:,} duplicates"
        self.notice(
            "R17", f"{read} read, {self.n_set_aside:,} set aside, {again}{more}."
        )

    def require_some(self, n_left: int, *, of: str) -> None:
        """Add an error where no row of people is left, and nothing else is wrong."""
        if not n_left and not self.errors:
            self.refuse(
                "F06",
                f"No {of} can be used, since all of them were set aside. See what is "
                "wrong with each, correct the file and send it again.",
            )

    def finish(self) -> None:
        """Add the notices that sum up."""
        if self.corrected:
            listed = enumerated(sorted(self.corrected), most=20)
            self.notice("F08", f"Small differences were corrected: {listed}.")
        if self.n_row_errors > len(self.row_errors):
            self.notice(
                "R17",
                f"{len(self.row_errors):,} of {self.n_row_errors:,} row errors are "
                "listed.",
            )
        self.row_errors.sort(key=lambda item: item.line or 0)

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values, by the names that are promised."""
        return {
            "verdict": self.verdict.value,
            "format": self.format,
            "version": self.version,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "rows": self.rows,
            "columns": [
                {"name": c.name, "element": c.element, "status": c.status.value}
                for c in self.columns
            ],
            "errors": [_plain(item) for item in self.errors],
            "row_errors": [_plain(item) for item in self.row_errors],
            "notices": [_plain(item) for item in self.notices],
        }


def removed_for(n: int, *, first: str) -> str:
    """Return why a column was removed of which n values look like a person's number.

    first: where the first of them is.
    """
    if n == 1:
        it, looks = "it", "1 value looks like a Social Security number"
    else:
        it, looks = "them", f"{n:,} values look like Social Security numbers"
    return (
        f"{looks}, first {first}, and because of {it} the whole column was removed and "
        f"not stored. Correct {it} and send the file again. {OWN_NUMBERS}"
    )


def shown(heading: str) -> str:
    """Return a heading as people are told it: cut, without long numbers or controls."""
    words = " ".join(heading[: 4 * SHOWN_CHARACTERS].split())
    return _NUMBERS.sub("(number)", printable(words))[:SHOWN_CHARACTERS]


def printable(text: str) -> str:
    """Return a text that is safe on a terminal, whatever a file put into its names."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _plain(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "line": item.line,
        "column": item.column,
        "message": item.message,
    }
