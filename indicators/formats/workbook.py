"""Excel workbooks (.xlsx): the first sheet that is not hidden, as any other table.

Dates are read as dates, text that looks like a number stays text, formulas count with
the result that was stored. Nothing in a workbook runs, and no link is followed.
Source: ECMA-376, Office Open XML, part 1, SpreadsheetML.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from indicators.formats.containers import Folder
from indicators.formats.flat import (
    Sheet,
    Surplus,
    in_batches,
    placed_headings,
    second_of,
)
from indicators.formats.headings import PEEKED_ROWS, checked
from indicators.formats.plain import Row
from indicators.formats.problems import FormatError
from indicators.formats.workbook_cells import DAY_ZERO, DAY_ZERO_1904, Cells, DateStyles
from indicators.formats.workbook_parts import (
    Book,
    Relations,
    SharedTexts,
    Styles,
    parse,
)

MAIN = "xl/workbook.xml"
LOOKS = frozenset({MAIN, "xl/workbook.bin"})
SAVE = (
    "Open it in Excel or LibreOffice, save it as .xlsx or as CSV in UTF-8, and send "
    "that."
)


@dataclass(slots=True)
class Found:
    """What a workbook holds besides the table that is read.

    others and hidden: sheets that were not read. n_formulas: cells whose stored result
    was read; first_bare: the line of a formula without one, or 0. Both are known once
    all rows were taken.
    """

    others: int = 0
    hidden: int = 0
    cells: Cells | None = None

    @property
    def n_formulas(self) -> int:
        """How many cells are formulas."""
        return self.cells.n_formulas if self.cells else 0

    @property
    def first_bare(self) -> int:
        """The line of the first formula without a result."""
        return self.cells.first_bare if self.cells else 0


@dataclass(frozen=True, slots=True)
class Workbook:
    """The table of a workbook, and what else is in it."""

    sheet: Sheet = field(repr=False)
    found: Found


def is_workbook(folder: Folder) -> bool:
    """Return whether an archive is an Excel workbook of any kind."""
    return bool(LOOKS & folder.paths())


def read(folder: Folder, *, header_row: int = 0) -> Workbook:
    """Return the first visible sheet of a workbook as a table.

    header_row: the line of the headings, 0 to look for it.
    """
    if MAIN not in folder.paths():
        raise FormatError(
            f"This is a binary Excel workbook (.xlsb), which is not read here. {SAVE}"
        )
    book = parse(folder, MAIN, Book())
    targets = parse(folder, "xl/_rels/workbook.xml.rels", Relations()).targets
    shown = [each for each in book.sheets if each.is_visible and each.key in targets]
    if not shown:
        raise FormatError(f"The workbook has no visible sheet of cells. {SAVE}")
    styles = parse(folder, "xl/styles.xml", Styles(), is_optional=True)
    texts = parse(folder, "xl/sharedStrings.xml", SharedTexts(), is_optional=True)
    cells = Cells(texts.texts, DateStyles(styles.are_dates, has_1904=book.has_1904))
    found = Found(
        others=len(shown) - 1,
        hidden=sum(not each.is_visible for each in book.sheets),
        cells=cells,
    )
    rows = cells.rows(folder, targets[shown[0].key])
    day_zero = DAY_ZERO_1904 if book.has_1904 else DAY_ZERO
    return Workbook(_sheet(rows, day_zero.date(), header_row), found)


def bare_formulas(line: int) -> FormatError:
    """Return the refusal of formulas whose results were not stored."""
    return FormatError(
        f"The workbook has formulas without a stored result, first on line {line}. "
        f"{SAVE}",
        line=line,
    )


def _sheet(rows: Iterator[Row], day_zero: date, header_row: int) -> Sheet:
    peeked: list[Row] = []
    for row in rows:
        peeked.append(row)
        if len(peeked) == PEEKED_ROWS:
            break
    if not peeked:
        raise FormatError("The sheet is empty. Check the export and send it again.")
    at = placed_headings(peeked, header_row)
    headings = checked(peeked[at].values)
    surplus = Surplus()
    return Sheet(
        headings,
        in_batches(_padded(peeked[at + 1 :], rows, len(headings)), headings, surplus),
        line=peeked[at].line,
        surplus=surplus,
        n_above=at,
        day_zero=day_zero,
        **second_of(peeked[at + 1 :]),
    )


def _padded(first: list[Row], rest: Iterator[Row], n_columns: int) -> Iterator[Row]:
    """Yield rows as wide as the headings: a sheet does not keep empty cells."""
    for source in (first, rest):
        for row in source:
            n_missing = n_columns - len(row.values)
            yield row._replace(values=row.values + [""] * n_missing)
