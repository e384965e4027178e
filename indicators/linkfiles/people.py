"""One stranger's file as the rows that linking takes."""

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from accounts.acts import RuleBroken
from indicators.formats.problems import enumerated
from indicators.formats.workbook_cells import DAY_ZERO
from indicators.linkage import standardise
from indicators.linkfiles import date_parts
from indicators.linkfiles.dates import read_dates
from indicators.linkfiles.layout import FIELDS, Layout, matched, not_used
from indicators.linkfiles.tables import as_text, read_table


@dataclass(frozen=True, slots=True)
class People:
    """The rows of a file, our fields as columns.

    fields: for each of our fields, how many columns hold it. notes: what was done that
    nobody asked for, a sentence each, without a value of the file.
    """

    rows: pa.Table = field(repr=False)
    fields: Mapping[str, int]
    notes: tuple[str, ...]


def read_people(path: Path, layout: Layout, *, today: dt.date, name: str) -> People:
    """Return the people in a CSV or Parquet file.

    name: what to call the file. Raises RuleBroken in one sentence for a file that
    cannot be linked.
    """
    table = read_table(path, name=name)
    found = matched(table.headings, layout, name=name)
    notes = list(table.notes)
    if unused := not_used(table.headings, found, layout):
        notes.append(
            f"{name}: not used: {enumerated(unused, most=20)}. If one of them holds "
            f"{', '.join(FIELDS[1:-1])} or {FIELDS[-1]}, say so in a map."
        )
    columns: dict[str, pa.Array | pa.ChunkedArray] = {}
    for ours, places in found.items():
        theirs = [table.columns[place] for place in places]
        if any(pa.types.is_nested(column.type) for column in theirs):
            raise RuleBroken(f"{name}: the column for {ours} holds lists, not values.")
        if ours == "birth_date":
            born, date_format = theirs[0], layout.date_format
            if len(places) > 1:
                headings = [table.headings[place] for place in places]
                born = date_parts.joined(
                    theirs, headings, date_format=date_format, today=today, name=name
                )
                date_format = ""
            dates = read_dates(
                born,
                date_format=date_format,
                lines=table.lines,
                today=today,
                name=name,
            )
            columns |= dates.columns
            if dates.are_counted:
                notes.append(
                    f"{name}: its birth dates are day numbers of a spreadsheet, and "
                    f"were read as days after {DAY_ZERO:%Y-%m-%d}. Where its workbook "
                    "counts from 1904, save its dates as YYYY-MM-DD instead."
                )
            if dates.n_unreadable:
                notes.append(
                    f"{name}: {_dates(dates.n_unreadable)} as missing, for lack of a "
                    "form that can be read."
                )
            if dates.n_stand_ins:
                notes.append(
                    f"{name}: {_dates(dates.n_stand_ins)} as missing, since "
                    "1900-01-01, 1800-01-01 and 9999-12-31 stand for none."
                )
            continue
        texts = [_text(column, ours, name) for column in theirs]
        text = texts[0] if len(texts) == 1 else _joined(texts)
        if ours in standardise.NAMES:
            n_filled = len(text) - text.null_count
            text = standardise.known(text)
            if n_unknown := n_filled - (len(text) - text.null_count):
                have = "has" if n_unknown == 1 else "have"
                notes.append(
                    f"{name}: {_rows(n_unknown)} {have} a placeholder in {ours}, such "
                    "as UNKNOWN or BABY BOY, which counts as missing."
                )
        if ours == "gender":
            n_unknown = standardise.sex_of(text).null_count - text.null_count
            if n_unknown:
                have = "has" if n_unknown == 1 else "have"
                notes.append(
                    f"{name}: {_rows(n_unknown)} {have} a gender in no word that is "
                    "known to mean female or male, which counts as missing."
                )
        columns[ours] = text
    rows = pa.table(columns)
    _check_ids(rows["id"], name)
    return People(rows, {ours: len(at) for ours, at in found.items()}, tuple(notes))


def _text(column: pa.ChunkedArray, ours: str, name: str) -> pa.ChunkedArray:
    text = None
    with suppress(pa.ArrowException):
        text = as_text(column)
    if text is None:
        raise RuleBroken(f"{name}: the column for {ours} cannot be read as text.")
    return text


def _joined(texts: list[pa.ChunkedArray]) -> pa.ChunkedArray:
    """Return the texts with a blank between them; null where all are."""
    filled = (text.fill_null("") for text in texts)
    whole = pc.utf8_trim_whitespace(pc.binary_join_element_wise(*filled, " "))
    return pc.if_else(pc.equal(whole, ""), pa.scalar(None, pa.string()), whole)


def _check_ids(ids: pa.ChunkedArray, name: str) -> None:
    n_missing = ids.null_count
    n_repeated = len(ids) - n_missing - pc.count_distinct(ids).as_py()
    wrong = []
    if n_missing:
        wrong.append(f"{_rows(n_missing)} without id")
    if n_repeated:
        wrong.append(f"{_rows(n_repeated)} with an id that an earlier row has")
    if wrong:
        raise RuleBroken(
            f"{name} has {' and '.join(wrong)}, and linking needs one of its own for "
            "each row."
        )


def _dates(n: int) -> str:
    return "1 birth date counts" if n == 1 else f"{n:,} birth dates count"


def _rows(n: int) -> str:
    return "1 row" if n == 1 else f"{n:,} rows"
