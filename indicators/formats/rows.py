"""The rows of delimited text, exactly as `csv` reads them, and faster where plain."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator

from indicators.formats.plain import LONGEST_ROW, Plain, Row, holds_rows, tell_apart
from indicators.formats.problems import FormatError


class Rows:
    """The rows of one file that are not blank, first one by one and then in blocks.

    broken: told the lines of each row in which something follows a closing quotation
    mark, or one is not closed and takes in the rows after it.
    """

    def __init__(
        self,
        head: str,
        blocks: Iterator[str],
        *,
        separator: str,
        broken: Callable[[int], None],
    ) -> None:
        self.separator = separator
        self._blocks = blocks
        self._broken = broken
        self._line = 0  # that were read so far
        self._row_line = 1
        self._length = 0
        self._row_lines: list[str] = []
        self._peeked: list[Row] = []
        self._lines: Iterator[str] = iter(())
        self._is_used_up = False
        self._reader: Iterator[list[str]] = iter(())
        self._begin(head)

    def peek(self, n: int) -> list[Row]:
        """Return the first rows, which are yielded again unless dropped."""
        while len(self._peeked) < n:
            if row := self._next():
                self._peeked.append(row)
            elif block := next(self._blocks, None):
                self._begin(block)
            else:
                break
        return self._peeked

    def drop(self, n: int) -> None:
        """Forget the first rows."""
        self._peeked = self._peeked[n:]

    def every(self, n_columns: int) -> Iterator[Row | Plain]:
        """Yield all rows that are left."""
        yield from self._whole(self._peeked, n_columns)
        self._peeked = []
        while True:
            yield from self._whole(iter(self._next, None), n_columns)
            block = next(self._blocks, None)
            if block is None:
                return
            told = tell_apart(
                block,
                n_columns=n_columns,
                separator=self.separator,
                line=self._line + 1,
                broken=self._broken,
            )
            if told is None:
                self._begin(block)
                continue
            yield from told.rows
            self._line += told.n_lines
            self._begin(told.rest)

    def _next(self) -> Row | None:
        """Return the next row of the lines at hand, or None after the last."""
        while not self._is_used_up:
            self._length = 0
            self._row_lines.clear()
            self._row_line = self._line + 1
            try:
                values = next(self._reader)
            except StopIteration:
                self._is_used_up = True
            except csv.Error:
                if self._is_used_up:
                    raise self._unclosed() from None
                self._set_aside(self._row_line, self._line)
            else:
                if values and (values[0].strip() or "".join(values).strip()):
                    n_lines = len(self._row_lines)
                    is_quoted = n_lines > 1 and self._is_quoted(values)
                    return Row(values, self._row_line, self._length, n_lines, is_quoted)
        return None

    def _is_quoted(self, values: list[str]) -> bool:
        text = "".join(self._row_lines).rstrip("\r\n")
        return text == self.separator.join(
            '"' + value.replace('"', '""') + '"' for value in values
        )

    def _whole(self, rows: Iterable[Row], n_columns: int) -> Iterator[Row]:
        """Yield rows but those that hold others."""
        for row in rows:
            may_hold = row.n_lines > 1 and not row.is_quoted
            if may_hold and holds_rows(row.values, self.separator, n_columns=n_columns):
                self._set_aside(row.line, row.line + row.n_lines - 1)
            else:
                yield row

    def _set_aside(self, first: int, last: int) -> None:
        for line in range(first, last + 1):
            self._broken(line)

    def _unclosed(self) -> FormatError:
        return FormatError(
            f"The row that starts on line {self._row_line} cannot be read: a quotation "
            "mark is not closed, or something follows it. Correct it and send the file "
            "again.",
            line=self._row_line,
        )

    def _begin(self, text: str) -> None:
        """Take the lines of a block, of which csv reads row by row."""
        self._lines = io.StringIO(text, newline="")
        self._is_used_up = False
        self._reader = csv.reader(self._fed(), delimiter=self.separator, strict=True)

    def _fed(self) -> Iterator[str]:
        """Yield lines for csv, beyond the block only where a row goes on.

        csv would read one row without end.
        """
        while True:
            for line in self._lines:
                self._line += 1
                self._length += len(line)
                self._row_lines.append(line)
                if self._length > LONGEST_ROW:
                    raise FormatError(
                        f"The row that starts on line {self._row_line} is longer than "
                        f"{LONGEST_ROW:,} characters, far more than any row of the "
                        "agreement needs, so nothing was read. Line ends may be "
                        "missing, or a quotation mark may stand where none belongs. "
                        "Check the export and send it again.",
                        line=self._row_line,
                    )
                yield line
            block = next(self._blocks, None) if self._length else None
            if block is None:
                self._is_used_up = True
                return
            self._lines = io.StringIO(block, newline="")
