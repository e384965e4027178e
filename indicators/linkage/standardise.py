"""One file of children made comparable, column by column."""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from accounts.acts import RuleBroken
from indicators.linkage import addresses, names

REQUIRED = ("first_name", "last_name", "birth_date")


def frame(rows: pa.Table, *, id_column: str) -> pa.Table:
    """Return the comparable columns of `rows`, one row per child, in the same order.

    rows: text columns `id_column`, `first_name` and `last_name` and the date32 column
    `birth_date`; optionally the text columns `middle_name`, `preferred_first_name`,
    `preferred_last_name`, `sex`, `street_address` and `zip`. Others are left out.
    The columns are the same whatever is missing; a missing one is null throughout.
    `first_roots` and `last_parts` are lists, the rest are text, date or number.
    Raises RuleBroken when a required column is missing or an id is missing or repeated.
    """
    _check(rows, id_column)

    def text(name: str) -> pa.Array:
        if name in rows.column_names:
            return rows[name].cast(pa.string()).combine_chunks()
        return pa.nulls(len(rows), pa.string())

    def lines(*columns: str) -> pa.Array:
        texts = (text(column).fill_null("") for column in columns)
        return pc.binary_join_element_wise(*texts, "\n")

    first = _made(names.joined, text("first_name"))
    last = _made(names.joined, text("last_name"))
    address = text("street_address")
    born = _birth_date(rows["birth_date"])
    return pa.table(
        {
            "unique_id": text(id_column),
            "first": first,
            "first_prefix": pc.utf8_slice_codeunits(first, 0, 3),
            "first_roots": _made(
                names.first_name_roots,
                lines("first_name", "preferred_first_name"),
                to=pa.list_(pa.string()),
            ),
            "last": last,
            "last_prefix": pc.utf8_slice_codeunits(last, 0, 4),
            "last_part": _made(_first_part, text("last_name")),
            "last_parts": _made(
                names.surname_parts,
                lines("last_name", "preferred_last_name"),
                to=pa.list_(pa.string()),
            ),
            "last_sound": _made(names.sound, last),
            "middle": _made(names.joined, text("middle_name")),
            "birth_date": born,
            "birth_year": pc.year(born),
            "birth_month": pc.month(born),
            "birth_day": pc.day(born),
            "sex": _made(_sex, text("sex")),
            "street": _made(addresses.street, address),
            "unit": _made(addresses.unit, address),
            "zip": _made(addresses.zip_code, text("zip")),
        }
    )


def _check(rows: pa.Table, id_column: str) -> None:
    missing = [name for name in (id_column, *REQUIRED) if name not in rows.column_names]
    if missing:
        raise RuleBroken(
            f"The file has no column {', '.join(missing)}, which linking compares. "
            "Add it and upload the file again."
        )
    if not pa.types.is_date(rows["birth_date"].type):
        raise RuleBroken(
            "The column birth_date does not hold dates. "
            "Write every birth date as year-month-day and upload the file again."
        )
    n_unusable = len(rows) - pc.count_distinct(rows[id_column]).as_py()
    if n_unusable:
        raise RuleBroken(
            f"{n_unusable} rows have no {id_column}, or one that another row has too. "
            "Linking needs one row per child, each with its own. "
            "Correct these rows and upload the file again."
        )


def _made(
    make: Callable[[str], object],
    column: pa.Array,
    *,
    to: pa.DataType = pa.string(),  # noqa: B008 - types are immutable
) -> pa.Array:
    """Return `make` of each text, worked out once per distinct text; null for null."""
    encoded = column.dictionary_encode()
    made = [make(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(made, to).take(encoded.indices)


def _first_part(surname: str) -> str | None:
    return next(iter(names.surname_parts(surname)), None)


def _sex(text: str) -> str | None:
    letter = names.fold(text).strip()[:1]
    return letter if letter in ("f", "m") else None


def _birth_date(column: pa.ChunkedArray) -> pa.Array:
    """Return the dates, without those in 1900, which many systems store for none."""
    born = column.cast(pa.date32()).combine_chunks()
    return pc.if_else(pc.equal(pc.year(born), 1900), None, born)
