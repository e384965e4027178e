"""How good a list is, in counts alone: what is looked at before loading (pure)."""

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.record_kinds import KINDS

YOUNGEST, OLDEST = 4, 21  # on 1 September of the school year, both included
SEPTEMBER = 9
NAME = ("last_name", "first_name")


def counts(
    frames: Mapping[str, pa.Table], *, today: date, places: frozenset[str]
) -> tuple[tuple[str, int], ...]:
    """Return what is to be looked at in some row-sets, each count with its words.

    places: the codes of the sender's buildings or schools; empty where none is on
    record, which says nothing of a list.
    """
    return tuple(
        (words, n) for words, n in _counted(frames, today=today, places=places)
    )


def _counted(
    frames: Mapping[str, pa.Table], *, today: date, places: frozenset[str]
) -> Iterator[tuple[str, int]]:
    people = frames.get("tenants", frames.get("student"))
    if people is not None:
        names = people.column_names
        if "birth_date" in names:
            yield "Without a birth date", people["birth_date"].null_count
        if {*NAME, "birth_date"} <= set(names):
            yield (
                "Of the same name and birth date as another row",
                _repeated(people, (*NAME, "birth_date")),
            )
            yield (
                "Of the same last name and birth date as another row (twins, perhaps)",
                _twins(people),
            )
        if "birth_date" in names:
            yield (
                "With a birth date outside school age, 4 to 21 years",
                _out_of_age(people["birth_date"], _day_of(frames, today)),
            )
    for kind in KINDS:
        if kind.frame in frames:
            yield f"{kind.called}, kept", frames[kind.frame].num_rows
    for frame, column, words in (
        ("tenants", "development", "With a development not in your list of buildings"),
        ("enrolment", "school", "Enrolments at a school not in your list of schools"),
    ):
        rows = frames.get(frame)
        if places and rows is not None and column in rows.column_names:
            yield words, _elsewhere(rows[column], places)


def _repeated(people: pa.Table, columns: tuple[str, ...]) -> int:
    """Return how many rows agree with another one in some columns."""
    sizes = _groups(people, columns)["n"]
    return int(sizes[sizes > 1].sum())


def _twins(people: pa.Table) -> int:
    """Return how many rows share last name and birth date, but not the first name."""
    different = _groups(people, (*NAME, "birth_date"))["table"]
    sizes = _groups(different, ("last_name", "birth_date"))["n"]
    return int(sizes[sizes > 1].sum())


def _groups(people: pa.Table, columns: tuple[str, ...]) -> dict[str, pa.Table]:
    """Return the groups of rows that are known in every column, and their sizes."""
    known = people.select(columns).drop_null()
    spelled = pa.table(
        {
            name: pc.utf8_upper(known[name])
            if pa.types.is_string(known[name].type)
            else known[name]
            for name in columns
        }
    )
    grouped = spelled.group_by(list(columns)).aggregate([([], "count_all")])
    return {"table": grouped, "n": grouped["count_all"].to_numpy()}


def _day_of(frames: Mapping[str, pa.Table], today: date) -> date:
    """Return the day whose school year a list is of: its last enrolment's, or today."""
    rows = frames.get("enrolment")
    if rows is None or "entry_date" not in rows.column_names:
        return today
    last = pc.max(rows["entry_date"]).as_py()
    return last if isinstance(last, date) else today


def _out_of_age(born: pa.ChunkedArray, day: date) -> int:
    year = day.year if day.month >= SEPTEMBER else day.year - 1
    days = born.drop_null().to_numpy()
    first = np.datetime64(date(year - OLDEST - 1, SEPTEMBER, 1))
    last = np.datetime64(date(year - YOUNGEST, SEPTEMBER, 1))
    return int(((days <= first) | (days > last)).sum())


def _elsewhere(codes: pa.ChunkedArray, places: frozenset[str]) -> int:
    known = pc.is_in(codes, value_set=pa.array(sorted(places), pa.string()))
    return int(pc.sum(pc.and_(codes.is_valid(), pc.invert(known))).as_py() or 0)
