"""People who may stand twice in one list, under two numbers: found, never decided here.

A frame `repeats` has one row per pair of numbers: `code`, random, and `one` and `two`,
the numbers in order. It is sealed with the list, so that codes alone leave the vault.
"""

import secrets
from collections.abc import Collection, Iterator, Mapping
from itertools import combinations
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from indicators.arrivals.contract import Frames
from indicators.linkage import names, standardise

REPEATS = "repeats"
# The list of people in a delivery, and the column of its numbers.
LISTS = (("tenants", "member_id"), ("student", "id"))
# A name and birth date under more numbers than these stands for none, not for one.
MOST_NUMBERS = 6
SCHEMA = pa.schema({"code": pa.string(), "one": pa.string(), "two": pa.string()})
SAME, DIFFERENT = "same", "different"
_READ = ("first_name", "middle_name", "last_name", "suffix", "birth_date")
_APART = "\x1f"


def list_of(frames: Frames) -> tuple[str, str] | None:
    """Return the name of the list of people, and that of its numbers' column."""
    return next(((name, key) for name, key in LISTS if name in frames), None)


def with_repeats(frames: Frames, earlier: Frames | None = None) -> Frames:
    """Return the frames of a delivery with the pairs of its list beside them.

    earlier: those of the sender's delivery before. A pair of which neither record says
    another name, birth date or sex since then keeps its code, so that what was said of
    it still stands.
    """
    found = list_of(frames)
    if found is None:
        return frames
    name, key = found
    pairs = repeats(frames[name], key)
    if earlier and name in earlier and REPEATS in earlier:
        pairs = _with_known_codes(
            pairs, earlier[REPEATS], key, frames[name], earlier[name]
        )
    return frames | {REPEATS: pairs}


def _with_known_codes(
    pairs: pa.Table, before: pa.Table, key: str, people: pa.Table, then: pa.Table
) -> pa.Table:
    code_of = {(row["one"], row["two"]): row["code"] for row in before.to_pylist()}
    numbers = pa.array(sorted({n for pair in code_of for n in pair}), pa.string())
    now, earlier = (
        {
            row[key]: [row.get(name) for name in (*_READ, "sex")]
            for row in table.filter(pc.is_in(table[key], numbers)).to_pylist()
        }
        for table in (people, then)
    )
    are_same = {number for number in now if now[number] == earlier.get(number)}
    rows = pairs.to_pylist()
    for row in rows:
        pair = row["one"], row["two"]
        if are_same.issuperset(pair):
            row["code"] = code_of.get(pair, row["code"])
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def repeats(people: pa.Table, key: str) -> pa.Table:
    """Return the pairs of numbers that may be one person.

    They have the same first name, surname and birth date, but for capitals, accents
    and marks. Another middle initial, suffix or sex speaks against it.
    """
    pairs = sorted(
        (one["unique_id"], two["unique_id"])
        for group in _alike(people, key)
        for one, two in combinations(group, 2)
        if not _speaks_against(one, two)
    )
    rows = [
        {"code": secrets.token_hex(8), "one": one, "two": two} for one, two in pairs
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _alike(people: pa.Table, key: str) -> Iterator[list[dict[str, Any]]]:
    """Yield the records that agree in names and birth date, by their numbers."""
    alike = pc.binary_join_element_wise(
        *(_folded(people[name]) for name in ("first_name", "last_name")),
        people["birth_date"].cast(pa.string()).combine_chunks(),
        _APART,
    )
    counted = pc.value_counts(alike.drop_null())
    often = pc.and_(
        pc.greater(counted.field("counts"), 1),
        pc.less_equal(counted.field("counts"), MOST_NUMBERS),
    )
    # Of a large list few records are left, and only these are read as linking does.
    are_shared = pc.is_in(alike, counted.field("values").filter(often))
    are_shared = pc.and_(are_shared, people[key].is_valid().combine_chunks())
    read = _as_linking_reads(people.filter(are_shared), key)
    read = read.append_column("alike", alike.filter(are_shared))
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in read.sort_by("unique_id").to_pylist():
        if row["birth_date"] is not None:
            groups.setdefault(row["alike"], []).append(row)
    yield from groups.values()


def _folded(column: pa.ChunkedArray) -> pa.Array:
    """Return names as they are compared, folded once per distinct text."""
    coded = column.combine_chunks().dictionary_encode()
    folded = [names.joined(name) for name in coded.dictionary.to_pylist()]
    return pa.array(folded, pa.string()).take(coded.indices)


def _as_linking_reads(people: pa.Table, key: str) -> pa.Table:
    own = [name for name in _READ if name in people.column_names]
    read = people.select([key, *own]).rename_columns(["id", *own])
    if "sex" in people.column_names:
        read = read.append_column("gender", people["sex"])
    made = standardise.frame(read)
    return made.select(["unique_id", "middle", "suffix", "sex", "birth_date"])


def _speaks_against(one: Mapping[str, Any], two: Mapping[str, Any]) -> bool:
    given = (
        ((one["middle"] or "")[:1], (two["middle"] or "")[:1]),
        (one["suffix"], two["suffix"]),
        (one["sex"], two["sex"]),
    )
    return any(a and b and a != b for a, b in given)


def groups_of(repeats: pa.Table, same: Collection[str]) -> list[list[str]]:
    """Return the numbers of each person who has several, as these pairs join them.

    same: the codes of the pairs that are one person.
    """
    group_of: dict[str, set[str]] = {}
    for row in repeats.to_pylist():
        if row["code"] in same:
            ends = row["one"], row["two"]
            merged = set(ends).union(*(group_of.get(end, ()) for end in ends))
            group_of |= dict.fromkeys(merged, merged)
    distinct = {id(group): group for group in group_of.values()}
    return sorted(sorted(group) for group in distinct.values())


def contradict(repeats: pa.Table, answers: Mapping[str, str]) -> bool:
    """Return whether answers make two numbers one that must be two.

    answers: by code. Two numbers of one person must be a pair of the frame themselves,
    since otherwise something speaks against it, and nobody may call them two people.
    """
    same = {code for code, answer in answers.items() if answer == SAME}
    may_be_one = {
        (row["one"], row["two"])
        for row in repeats.to_pylist()
        if answers.get(row["code"]) != DIFFERENT
    }
    return any(
        pair not in may_be_one
        for group in groups_of(repeats, same)
        for pair in combinations(group, 2)
    )
