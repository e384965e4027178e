"""Who the children are: age on the census date, sex, race and ethnicity."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.measures.declarations import Report
from indicators.measures.dimensions import Dimension, placed
from indicators.measures.inputs import Whole
from indicators.measures.spelled import spelled

_UNKNOWN_AGE = -1


def age(births: pa.Array, *, on: date) -> Whole:
    """Return whole years of age on a day, -1 where no birth is known."""
    year = np.asarray(pc.fill_null(pc.year(births), 9999)).astype(np.int64)
    month = np.asarray(pc.fill_null(pc.month(births), 1)).astype(np.int64)
    day = np.asarray(pc.fill_null(pc.day(births), 1)).astype(np.int64)
    is_to_come = month * 100 + day > on.month * 100 + on.day
    return np.maximum(on.year - year - is_to_come, _UNKNOWN_AGE)


def people_dimensions(
    people: pa.Table, person: Whole, report: Report, *, only: Sequence[str]
) -> dict[str, Dimension]:
    """Return what a list of people tells of each child; person: its row, or -1."""
    makers = {
        "age": lambda: _ages(people, person, report),
        "sex": lambda: _texts("sex", people["sex"], person),
        "race": lambda: _texts("race", people["race"], person),
    }
    return {name: makers[name]() for name in only}


def _ages(people: pa.Table, person: Whole, report: Report) -> Dimension:
    known = age(people["birth_date"], on=report.census_on)
    ages = np.where(person >= 0, known[person], -1) if len(known) else person * 0 - 1
    starts = report.age_from
    if not starts:
        top = int(ages.max(initial=0))
        names = [f"Age {each}" for each in range(top + 1)]
        leaf = np.where(ages < 0, top + 1, ages)
    else:
        names = [f"Under {starts[0]}"]
        names += [f"{low} to {high - 1}" for low, high in pairwise(starts)]
        names.append(f"{starts[-1]} and over")
        leaf = np.searchsorted(np.array(starts), ages, side="right")
        leaf = np.where(ages < 0, len(names), leaf)
    names.append("Age not stated")
    return placed("age", child=np.arange(len(person)), leaf=leaf, values=names)


def _texts(name: str, column: pa.Array, person: Whole) -> Dimension:
    """Return one value for each child, or several where the column holds lists."""
    rows = pa.array([row if row >= 0 else None for row in person.tolist()], pa.int64())
    taken = column.combine_chunks().take(rows)
    child, is_list = np.arange(len(person)), pa.types.is_list(column.type)
    if is_list:
        counts = pc.fill_null(pc.list_value_length(taken), 0)
        is_empty = np.asarray(counts) == 0
        parents = np.asarray(pc.list_parent_indices(taken)).astype(np.int64)
        child = np.concatenate([parents, child[is_empty]])
        none = pa.nulls(int(is_empty.sum()), pa.string())
        taken = pa.concat_arrays([pc.list_flatten(taken).cast(pa.string()), none])
    sent = taken.cast(pa.string()).dictionary_encode()
    words = [spelled(name, word) for word in sent.dictionary.to_pylist()]
    said = pa.array(words, pa.string()).take(sent.indices)
    encoded = pc.fill_null(said, f"{name.capitalize()} not stated").dictionary_encode()
    return placed(
        name,
        child=child,
        leaf=np.asarray(encoded.indices).astype(np.int64),
        values=encoded.dictionary.to_pylist(),
        is_additive=not is_list,
    )
