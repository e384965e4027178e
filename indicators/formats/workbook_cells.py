"""The cells of one sheet of a workbook, row by row, as text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from indicators.formats.containers import Folder
from indicators.formats.headings import MOST_COLUMNS
from indicators.formats.plain import LONGEST_ROW, Row
from indicators.formats.problems import FormatError
from indicators.formats.workbook_parts import damaged, local, parsed

_COLUMN = re.compile(r"([A-Z]{1,3})\d{1,7}", re.ASCII)
# Excel takes 1900 for a leap year, so its days count from here from March 1900 on.
DAY_ZERO, DAY_ZERO_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001
_FIRST_MARCH = 61
_LAST_DAY = 2_958_466
_LINES = 1_048_576


@dataclass(frozen=True, slots=True)
class DateStyles:
    """Which styles show a number as a date, and from when days are counted."""

    are_dates: Sequence[bool]
    has_1904: bool

    def has_date(self, style: str) -> bool:
        """Return whether cells of a style are dates."""
        at = (
            int(style) if style.isascii() and style.isdigit() and len(style) < 7 else -1
        )
        return 0 <= at < len(self.are_dates) and self.are_dates[at]

    def date_of(self, number: float) -> str:
        """Return the ISO date of a day number, with its time where it has one."""
        if not 0 <= number < _LAST_DAY:
            return f"{number:g}"
        if not self.has_1904 and number < _FIRST_MARCH:
            number += 1
        epoch = DAY_ZERO_1904 if self.has_1904 else DAY_ZERO
        moment = epoch + timedelta(seconds=round(number * 86_400))
        if moment.time() == moment.min.time():
            return moment.date().isoformat()
        return moment.isoformat(timespec="seconds")


class Cells:
    """Reads a sheet; the parser tells it of elements."""

    def __init__(self, texts: Sequence[str], dates: DateStyles) -> None:
        self.n_formulas = 0
        self.first_bare = 0
        self._texts = texts
        self._dates = dates
        self._rows: list[Row] = []
        self._row: list[str] = []
        self._line = 0
        self._length = 0
        self._column = 0
        self._kind = self._style = ""
        self._value: list[str] = []
        self._is_value = self._has_formula = False

    def rows(self, folder: Folder, path: str) -> Iterator[Row]:
        """Yield the rows of a sheet that are not blank."""
        for _ in parsed(folder, path, self):
            rows, self._rows = self._rows, []
            yield from rows

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open a row, a cell, or what is in it."""
        name = local(tag)
        if name == "c":
            self._open_cell(attributes)
        elif name in ("v", "t"):
            self._is_value = True
        elif name == "f":
            self._has_formula = True
        elif name == "row":
            self._open_row(attributes.get("r", ""))

    def data(self, text: str) -> None:
        """Take a part of a value."""
        if self._is_value:
            self._length += len(text)
            if self._length > LONGEST_ROW:
                raise FormatError(
                    f"Row {self._line} of the sheet is longer than {LONGEST_ROW:,} "
                    "characters, far more than any row of the agreement needs, so "
                    "nothing was read. Check the workbook and send it again.",
                    line=self._line,
                )
            self._value.append(text)

    def end(self, tag: str) -> None:
        """Close a value, a cell or a row."""
        name = local(tag)
        if name in ("v", "t"):
            self._is_value = False
        elif name == "c":
            self._close_cell()
        elif name == "row" and any(map(str.strip, self._row)):
            self._rows.append(Row(self._row, self._line, self._length))

    def _open_row(self, number: str) -> None:
        is_number = number.isascii() and number.isdigit() and len(number) < 9
        line = int(number) if is_number else self._line + 1
        if not self._line < line <= _LINES:
            raise damaged()
        self._row, self._line, self._length, self._column = [], line, 0, -1

    def _open_cell(self, attributes: dict[str, str]) -> None:
        found = _COLUMN.fullmatch(attributes.get("r", ""))
        self._column = _position(found[1]) if found else self._column + 1
        self._kind = attributes.get("t", "n")
        self._style = attributes.get("s", "")
        self._value, self._has_formula = [], False

    def _close_cell(self) -> None:
        raw = "".join(self._value)
        if self._has_formula:
            self.n_formulas += 1
            if not raw and self._kind != "str":
                self.first_bare = self.first_bare or self._line
        text = self._text(raw)
        if not text:
            return
        if self._column >= MOST_COLUMNS:
            raise FormatError(
                f"The sheet has more than {MOST_COLUMNS:,} columns. Send only the "
                "columns that the agreement lists.",
                id="F09",
                line=self._line,
            )
        if self._column < len(self._row):
            raise damaged()
        self._row += [""] * (self._column - len(self._row))
        self._row.append(text)

    def _text(self, raw: str) -> str:
        """Return a value as the text that a person sees, dates as ISO dates."""
        if not raw or self._kind in ("str", "inlineStr", "e", "d"):
            return raw.replace("\0", "")
        if self._kind == "s":
            is_number = raw.isascii() and raw.isdigit() and len(raw) < 9
            if not is_number or int(raw) >= len(self._texts):
                raise damaged()
            return self._texts[int(raw)]
        if self._kind == "b":
            return "true" if raw == "1" else "false"
        return self._number(raw)

    def _number(self, raw: str) -> str:
        try:
            number = float(raw)
        except ValueError:
            raise damaged() from None
        if self._dates.has_date(self._style):
            return self._dates.date_of(number)
        is_whole = number == number // 1 and abs(number) < 10**15
        return str(int(number)) if is_whole else raw


def _position(letters: str) -> int:
    position = 0
    for letter in letters:
        position = position * 26 + ord(letter) - ord("A") + 1
    return position - 1
