"""Files for spreadsheets: read back as they were written, and never as formulas."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from accounts.sheets import FORMULA_MARKS, as_file, as_text

cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@given(cells)
def test_no_cell_begins_as_a_formula_does(cell: str) -> None:
    assert not as_text(cell).startswith(FORMULA_MARKS)
    assert as_text(cell) in (cell, f"'{cell}")


@given(st.lists(st.lists(cells, min_size=1), max_size=5))
def test_file_is_read_back_as_it_was_written(lines: list[list[str]]) -> None:
    content = b"".join(as_file(lines)).decode("utf-8-sig")
    read = list(csv.reader(io.StringIO(content, newline="")))
    assert read == [[as_text(cell) for cell in line] for line in lines]
