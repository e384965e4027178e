"""A list in which nobody stands twice: records that are one person put together.

A frame of persons has one row per number that goes: `id`, and `person`, the number of
the same person that stays. That is the one of the latest home or enrolment.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals import tenancies
from indicators.arrivals.contract import Frames
from indicators.arrivals.record_kinds import KINDS
from indicators.arrivals.repeats import REPEATS, groups_of, list_of
from indicators.arrivals.schemas import shaped
from indicators.linkage import names

PERSONS = pa.schema({"id": pa.string(), "person": pa.string()})
# Where the days stand that say which of several records is the latest.
_DAYS = {
    "tenants": (("tenants", "move_in_date"), ("tenancies", "move_in_date")),
    "student": (("enrolment", "entry_date"),),
}
# What the latest record may lack and another one of the same person has.
_LACKED = ("middle_name", "suffix", "sex")
_NAMES = (
    ("preferred_first_name", "first_name"),
    ("preferred_last_name", "last_name"),
)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lists:
    """Both lists of a linkage, with one record per person.

    tenants, students: who went from each of them, as frames of persons.
    """

    housing: Frames = field(repr=False)
    school: Frames = field(repr=False)
    tenants: pa.Table = field(repr=False)
    students: pa.Table = field(repr=False)

    @property
    def n_joined(self) -> int:
        """How many records went, since another one is of the same person."""
        return int(self.tenants.num_rows + self.students.num_rows)


def persons(frames: Frames, same: Collection[str]) -> pa.Table:
    """Return who goes from a delivery's list, and who of the same person stays.

    same: the codes of the pairs in the frame `repeats` that are one person.
    """
    found = list_of(frames)
    pairs = frames.get(REPEATS)
    groups = groups_of(pairs, same) if pairs is not None else []
    if found is None or not groups:
        return PERSONS.empty_table()
    name, key = found
    latest = _latest_days(frames, name, key, {one for group in groups for one in group})
    rows = []
    for group in groups:
        stays = max(group, key=lambda one: (latest.get(one, date.min), one))
        rows += [{"id": one, "person": stays} for one in group if one != stays]
    return pa.Table.from_pylist(rows, schema=PERSONS)


def _latest_days(
    frames: Frames, name: str, key: str, numbers: set[str]
) -> dict[str, date]:
    latest: dict[str, date] = {}
    for frame, column in _DAYS[name]:
        if frame not in frames:
            continue
        table = _of(frames[frame].select([key, column]), key, numbers)
        for one, day in zip(*table.to_pydict().values(), strict=True):
            if day is not None:
                latest[one] = max(latest.get(one, date.min), day)
    return latest


def joined(frames: Frames, persons: pa.Table) -> Frames:
    """Return the frames of a delivery in which each person has one number.

    Who stays has the names of the others as other names, and what it lacks itself of
    middle name, suffix and sex; and all their homes, enrolments and days.
    """
    made = {name: frame for name, frame in frames.items() if name != REPEATS}
    found = list_of(made)
    if found is None or not persons.num_rows:
        return made
    name, key = found
    into = dict(zip(*persons.to_pydict().values(), strict=True))
    made |= _dated_homes(made, into) if name == "tenants" else {}
    made[name] = _people(frames, name, key, into)
    for frame, choose in (
        ("enrolment", _all),
        ("attendance", _of_one_number("school", "date")),
        ("days", _the_fullest),
        *((kind.frame, _all) for kind in KINDS if kind.frame != "records"),
        ("records", _of_one_number("year")),
    ):
        if frame in made:
            made[frame] = _renumbered(made[frame], into, choose)
    return made


def _of(table: pa.Table, key: str, numbers: Collection[str]) -> pa.Table:
    return table.filter(pc.is_in(table[key], pa.array(sorted(numbers), pa.string())))


def _without(table: pa.Table, key: str, numbers: Collection[str]) -> pa.Table:
    among = pc.is_in(table[key], pa.array(sorted(numbers), pa.string()))
    return table.filter(pc.invert(among))


def _dated_homes(frames: Frames, into: Mapping[str, str]) -> Frames:
    """Return the spells of everybody; the days of moving in tell them else."""
    stays = frames.get("tenancies")
    if stays is None:
        stays = shaped("tenancies", _moves(frames["tenants"]))
    moved = [*into, *into.values()]
    # Of equal days the greatest number's count, as it does for who stays.
    theirs = _of(stays, "member_id", moved).sort_by("member_id")
    numbers = [into.get(one, one) for one in theirs["member_id"].to_pylist()]
    theirs = theirs.set_column(
        theirs.column_names.index("member_id"),
        "member_id",
        pa.array(numbers, pa.string()),
    )
    parts = [_without(stays, "member_id", moved), tenancies.one_at_a_time(theirs)]
    return {"tenancies": tenancies.in_order(pa.concat_tables(parts))}


def _moves(tenants: pa.Table) -> pa.Table:
    return tenants.select(["member_id", "development", "move_in_date"])


def _people(frames: Frames, name: str, key: str, into: Mapping[str, str]) -> pa.Table:
    """Return the list of people with one row for each of them."""
    people = frames[name]
    numbers = {*into, *into.values()}
    latest = _latest_days(frames, name, key, numbers)
    of_person: dict[str, list[Row]] = {}
    for row in _of(people, key, numbers).to_pylist():
        of_person.setdefault(into.get(row[key], row[key]), []).append(row)
    made = []
    for person, rows in sorted(of_person.items()):
        rows.sort(
            key=lambda row: (
                row[key] == person,
                latest.get(row[key], date.min),
                row[key],
            ),
            reverse=True,
        )
        made.append(_as_one(rows))
    schema = people.schema
    for other, _ in _NAMES:
        if other not in schema.names and any(row.get(other) for row in made):
            schema = schema.append(pa.field(other, pa.string()))
    parts = [_without(people, key, numbers), pa.Table.from_pylist(made, schema=schema)]
    return pa.concat_tables(parts, promote_options="default")


def _as_one(rows: list[Row]) -> Row:
    """Return one record of several of a person, of which the first one stays."""
    kept = dict(rows[0])
    for name in _LACKED:
        if name in kept:
            kept[name] = next((row[name] for row in rows if row[name]), None)
    for other, name in _NAMES:
        spelled = {_spelling(kept[name]): kept[name]}
        for row in rows:
            said = (row.get(other) or "").splitlines()
            for each in (*said, row[name]):
                spelled.setdefault(_spelling(each), each)
        others = list(spelled.values())[1:]
        kept[other] = "\n".join(others) or kept.get(other)
    return kept


def _spelling(name: str | None) -> tuple[str, ...]:
    return tuple(names.words(name or ""))


Choose = Callable[[list[Row]], list[Row]]


def _renumbered(frame: pa.Table, into: Mapping[str, str], choose: Choose) -> pa.Table:
    """Return rows of students under the numbers that stay, of doubled ones some."""
    numbers = {*into, *into.values()}
    found: dict[str, list[Row]] = {}
    for row in _of(frame, "id", numbers).to_pylist():
        found.setdefault(into.get(row["id"], row["id"]), []).append(row)
    made = [
        row | {"id": person}
        for person, rows in sorted(found.items())
        for row in choose(sorted(rows, key=lambda row: _stays_first(row, person)))
    ]
    parts = [
        _without(frame, "id", numbers),
        pa.Table.from_pylist(made, schema=frame.schema),
    ]
    return pa.concat_tables(parts)


def _stays_first(row: Row, person: str) -> tuple[bool, str]:
    return row["id"] != person, row["id"]


def _all(rows: list[Row]) -> list[Row]:
    return rows


def _of_one_number(*names: str) -> Choose:
    """Return how rows are chosen that tell the same of a person under two numbers.

    names: what tells apart what rows are about. A day at one school may have several
    events, each of a part of the day, and a school year several records; those of the
    first number that has any count.
    """

    def choose(rows: list[Row]) -> list[Row]:
        number_of: dict[tuple[object, ...], str] = {}
        return [
            row
            for row in rows
            if number_of.setdefault(tuple(row[n] for n in names), row["id"])
            == row["id"]
        ]

    return choose


def _the_fullest(rows: list[Row]) -> list[Row]:
    """Return days counted by the sender, of each school those of one number.

    Nothing says whether two numbers' days at one school are the same days: the number
    with the most of them counts, so that no day counts twice.
    """
    n_days: dict[tuple[object, str], int] = {}
    for row in rows:
        at = row["school"], row["id"]
        n_days[at] = n_days.get(at, 0) + (row["days_enrolled"] or 0)
    fullest: dict[object, str] = {}
    for (school, number), n in n_days.items():
        if school not in fullest or n > n_days[school, fullest[school]]:
            fullest[school] = number
    return [row for row in rows if fullest[row["school"]] == row["id"]]
