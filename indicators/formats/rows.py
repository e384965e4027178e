"""The rows of delimited text, exactly as `csv` reads them, and faster where plain.

Text without quotation marks means the same to every reader, so whole blocks of it go
through Arrow; whatever is odd about a block sends it row by row through `csv`.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from indicators.formats.problems import FormatError

# A row with every line of Form HUD-50058 has some 10,000 characters; csv itself takes
# more than this for one value.
LONGEST_ROW = 100_000

_LINE_FEED, _RETURN, _BLANK = 10, 13, 32


class Row(NamedTuple):
    """One row: its values, the line on which it starts, and its characters."""

    values: list[str]
    line: int
    length: int


@dataclass(frozen=True, slots=True)
class Plain:
    """Rows of one block; see flat.Batch."""

    table: pa.RecordBatch = field(repr=False)
    lines: npt.NDArray[np.int32] = field(repr=False)
    is_tidy: bool = False


class Rows:
    """The rows of one file that are not blank, first one by one and then in blocks.

    broken: told the line of each row in which something follows a closing quotation
    mark.
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
        yield from self._peeked
        self._peeked = []
        while True:
            while row := self._next():
                yield row
            block = next(self._blocks, None)
            if block is None:
                return
            plain = self._plain(block, n_columns)
            if plain is None:
                self._begin(block)
            elif len(plain.lines):
                yield plain

    def _next(self) -> Row | None:
        """Return the next row of the lines at hand, or None after the last."""
        while not self._is_used_up:
            self._length = 0
            self._row_line = self._line + 1
            try:
                values = next(self._reader)
            except StopIteration:
                self._is_used_up = True
            except csv.Error:
                if self._is_used_up:
                    raise self._unclosed() from None
                self._broken(self._row_line)
            else:
                if values and (values[0].strip() or "".join(values).strip()):
                    return Row(values, self._row_line, self._length)
        return None

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

    def _plain(self, text: str, n_columns: int) -> Plain | None:
        """Return the rows of a block that means the same to every reader, or None."""
        if '"' in text:
            return None
        if "\r" in text and text.count("\r") != text.count("\r\n"):
            return None
        block = text.encode()
        blanks = _Blanks(block)
        ends = blanks.line_ends
        n_lines = len(ends) + (not text.endswith("\n"))
        sizes = np.diff(np.concatenate(([-1], ends, [len(block)])))
        if sizes.max() > LONGEST_ROW or (sizes[:n_lines] <= 2).any():
            return None
        names = [str(position) for position in range(n_columns)]
        try:
            table = arrow_csv.read_csv(
                pa.BufferReader(block),
                read_options=arrow_csv.ReadOptions(column_names=names),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=self.separator, quote_char=False, ignore_empty_lines=False
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    strings_can_be_null=False,
                    check_utf8=False,
                ),
            )
        except pa.ArrowInvalid:
            return None  # some row has more or fewer values, which csv tells apart
        if table.num_rows != n_lines:
            return None
        lines = np.arange(self._line + 1, self._line + 1 + n_lines, dtype=np.int32)
        self._line += n_lines
        is_tidy = text.isascii() and blanks.are_tidy(self.separator)
        return _without_blank(table.combine_chunks(), lines, is_tidy=is_tidy)


class _Blanks:
    """Where the blanks and controls of a block are."""

    def __init__(self, block: bytes) -> None:
        self._bytes = np.frombuffer(block, np.uint8)
        self._at = np.flatnonzero(self._bytes <= _BLANK)
        self._are = self._bytes[self._at]
        self.line_ends = self._at[self._are == _LINE_FEED]

    def are_tidy(self, separator: str) -> bool:
        """Return whether no value has blanks but single ones inside it."""
        blanks = self._at[self._are == _BLANK]
        n_known = len(self.line_ends) + len(blanks)
        n_known += int(np.isin(self._are, (_RETURN, ord(separator))).sum())
        if n_known != len(self._at):
            return False
        if not len(blanks):
            return True
        edges = (_BLANK, _LINE_FEED, _RETURN, ord(separator))
        if blanks[0] == 0 or blanks[-1] == len(self._bytes) - 1:
            return False
        beside = self._bytes[np.concatenate((blanks - 1, blanks + 1))]
        return not np.isin(beside, edges).any()


def _without_blank(
    table: pa.Table, lines: npt.NDArray[np.int32], *, is_tidy: bool
) -> Plain:
    """Return the rows in which some value is there."""
    batch = table.to_batches()[0]
    blank = None
    for column in batch.columns:
        is_blank = pc.equal(pc.utf8_trim_whitespace(column), "")
        blank = is_blank if blank is None else pc.and_(blank, is_blank)
        if not pc.any(blank).as_py():
            return Plain(batch, lines, is_tidy)
    kept = pc.invert(blank)
    return Plain(batch.filter(kept), lines[kept.to_numpy(zero_copy_only=False)])
