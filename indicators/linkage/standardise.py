"""One file of people made comparable, column by column."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from accounts.acts import RuleBroken
from indicators.formats import cells
from indicators.formats.dates import NO_DATE
from indicators.linkage import addresses, contacts, names, sexes

# Which standard this is: a part of the digest by which runs are recorded.
VERSION = 4
ID = "id"
APPROXIMATE = "is_birth_approximate"
NAMES = (
    *("first_name", "middle_name", "last_name"),
    *("preferred_first_name", "preferred_last_name"),
)


def frame(rows: pa.Table, *, id_column: str = ID) -> pa.Table:
    """Return the comparable columns of `rows`, one row per person, in the same order.

    rows: the text column `id_column`, and any of the text columns `first_name`,
    `middle_name`, `last_name`, `suffix`, `preferred_first_name`, `preferred_last_name`,
    `gender`, `address`, `city`, `state`, `zip`, `phone`, `email`, of the date32 column
    `birth_date` and, where only years are known, of the int32 column `birth_year`.
    Where the boolean column `is_birth_approximate` is true, the year alone counts.
    Others are left out. The columns are the same whatever is missing; a missing one is
    null throughout, and a name such as UNKNOWN is null. `first_roots` and `last_parts`
    are lists, the rest are text, date or number.
    Raises RuleBroken when an id is missing or repeated, or birth dates are no dates.
    """
    _check(rows, id_column)

    def text(name: str) -> pa.Array:
        if name in rows.column_names:
            texts = _whole(rows[name].cast(pa.string()))
            return known(texts) if name in NAMES else texts
        return pa.nulls(len(rows), pa.string())

    def lines(*columns: str) -> pa.Array:
        texts = [text(column) for column in columns if column in rows.column_names]
        if len(texts) < 2:
            return text(columns[0])
        filled = (each.fill_null("") for each in texts)
        return pc.binary_join_element_wise(*filled, "\n")

    first = _made(names.joined, text("first_name"))
    last = _made(names.joined, text("last_name"))
    parted = _made(_parted, text("address"), to=pa.list_(pa.string()))
    suffix = pc.coalesce(text("suffix"), _made(names.suffix, text("last_name")))
    born, is_none = _birth_date(rows)
    year = pc.year(born)
    if "birth_year" in rows.column_names:
        alone = pc.if_else(is_none, None, _whole(rows["birth_year"].cast(pa.int64())))
        year = pc.coalesce(year, alone)
    if APPROXIMATE in rows.column_names:
        born = pc.if_else(_whole(rows[APPROXIMATE]).fill_null(False), None, born)
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
            "suffix": _made(names.suffix, suffix),
            "birth_date": born,
            "birth_year": year,
            "birth_month": pc.month(born),
            "birth_day": pc.day(born),
            "sex": sex_of(text("gender")),
            "street": pc.list_element(parted, 0),
            "unit": pc.list_element(parted, 1),
            "zip": _made(addresses.postal_code, text("zip")),
            "city": _made(addresses.place, text("city")),
            "state": _made(addresses.place, text("state")),
            "phone": _made(contacts.phone, text("phone")),
            "email": _made(contacts.email, text("email")),
        }
    )


def known(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Return names without those that stand in for one that nobody knows."""
    whole = _whole(column)
    encoded = whole.dictionary_encode()
    stand_ins = cells.are_placeholders(cells.tidy(encoded.dictionary))
    if not stand_ins.any():
        return whole
    names_known = pc.if_else(pa.array(stand_ins), None, encoded.dictionary)
    return names_known.take(encoded.indices)


def sex_of(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Return f, m or null for each word of a column."""
    whole = _whole(column)
    beside = pc.unique(whole).drop_null().to_pylist()
    return _made(lambda text: sexes.sex(text, beside=beside), whole)


def _check(rows: pa.Table, id_column: str) -> None:
    if id_column not in rows.column_names:
        raise RuleBroken(
            f"The file has no column {id_column}, which linking needs. "
            "Add it and upload the file again."
        )
    born = rows["birth_date"].type if "birth_date" in rows.column_names else pa.date32()
    if not pa.types.is_date(born):
        raise RuleBroken(
            "The column birth_date does not hold dates. "
            "Write every birth date as year-month-day and upload the file again."
        )
    n_unusable = len(rows) - pc.count_distinct(rows[id_column]).as_py()
    if n_unusable:
        rows = "1 row has" if n_unusable == 1 else f"{n_unusable:,} rows have"
        raise RuleBroken(
            f"{rows} no {id_column}, or one that another row has too. "
            "Linking needs one row per child, each with its own. "
            "Correct these rows and upload the file again."
        )


def _whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Return a column as one array, whichever way pyarrow holds it."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return pa.concat_arrays(whole.chunks) if hasattr(whole, "chunks") else whole


def _made(
    make: Callable[[str], Any],
    column: pa.Array,
    *,
    to: pa.DataType = pa.string(),  # noqa: B008 - types are immutable
) -> pa.Array:
    """Return `make` of each text, worked out once per distinct text; null for null."""
    encoded = column.dictionary_encode()
    made = [make(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(made, to).take(encoded.indices)


def _parted(address: str) -> list[str | None]:
    return list(addresses.parted(address))


def _first_part(surname: str) -> str | None:
    return next(iter(names.surname_parts(surname)), None)


def _birth_date(rows: pa.Table) -> tuple[pa.Array, pa.Array]:
    """Return the dates, without those that stand for none, and which these are."""
    if "birth_date" not in rows.column_names:
        return pa.nulls(len(rows), pa.date32()), pa.array([False] * len(rows))
    born = _whole(rows["birth_date"].cast(pa.date32()))
    is_none = no_dates(born)
    return pc.if_else(is_none, None, born), is_none


def no_dates(born: pa.Array) -> pa.Array:
    """Return which dates are of those that many systems store for none."""
    return pc.is_in(born, value_set=pa.array(sorted(NO_DATE), pa.date32()))
