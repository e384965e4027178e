"""What several organisations tell of an Ed-Fi student: the district's counts."""

from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.edfi_values import OF_ADDRESS
from indicators.formats.edfi_records import descriptor
from indicators.formats.edfi_resources import Value
from indicators.measures.spelled import tells_nothing

ORGANISATION = "@organisation"
_ID, _STUDENT = "educationOrganizationId", "student.id"
_Key = TypeVar("_Key")


def organisation(values: Mapping[Value, Sequence[str]]) -> str | None:
    """Return of which school or district a record is."""
    texts = (texts for value, texts in values.items() if value.path == _ID)
    return descriptor(next(texts, [""])[0])


def as_districts_tell(
    tables: Mapping[_Key, pa.Table], schools: Collection[str]
) -> dict[_Key, pa.Table]:
    """Return records without what schools tell of students whose districts tell it.

    schools: the numbers of those that are known; other organisations are districts.
    """
    known = pa.array(sorted(schools), pa.string())
    of_schools = {
        k: pc.is_in(table[ORGANISATION], known) for k, table in tables.items()
    }
    made = {key: table.drop_columns(ORGANISATION) for key, table in tables.items()}
    if not any(pc.any(each).as_py() for each in of_schools.values()):
        return made
    names = {name for table in made.values() for name in table.column_names}
    for name in names - {_STUDENT}:
        group = OF_ADDRESS if name in OF_ADDRESS else frozenset({name})
        told = [
            chunk
            for key, table in tables.items()
            for chunk in table[_STUDENT]
            .filter(pc.and_(pc.invert(of_schools[key]), _tells(table, group)))
            .chunks
        ]
        of_districts = pa.chunked_array(told, pa.string())
        for key, table in made.items():
            if name in table.column_names:
                is_told = pc.is_in(table[_STUDENT], of_districts)
                kept = pc.if_else(pc.and_(of_schools[key], is_told), None, table[name])
                at = table.column_names.index(name)
                made[key] = table.set_column(at, name, kept)
    return made


def _tells(table: pa.Table, names: frozenset[str]) -> pa.Array:
    """Return which records tell one of these values."""
    tells = np.zeros(table.num_rows, np.bool_)
    for name in names & {*table.column_names}:
        coded = table[name].combine_chunks().dictionary_encode()
        words = coded.dictionary.to_pylist()
        known = np.array([not tells_nothing(str(word)) for word in words], np.bool_)
        found = pa.array(known).take(coded.indices).fill_null(False)
        tells |= found.to_numpy(zero_copy_only=False)
    return pa.array(tells)
