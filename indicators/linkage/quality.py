"""Who was found: children sent and linked, by group, and how good their links are."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from indicators.linkage import names
from indicators.linkage.estimates import Estimate, Tally, estimate
from indicators.linkage.review import Answer, Pair, Stratum

# Fewer pairs read of a group than this estimate nothing about it.
FEWEST_READ = 30
NO_PAIR = ""  # the stratum of a child with whom no student was worth comparing
DIMENSIONS = ("building", "age", "sex", "surname")
AGES = ((6, "Under 6"), (11, "6 to 10"), (14, "11 to 13"), (18, "14 to 17"))
CELLS = pa.schema(
    {
        "dimension": pa.string(),
        "group": pa.string(),
        "stratum": pa.string(),
        "is_linked": pa.bool_(),
        "n": pa.int64(),
    }
)


def people(tenants: pa.Table, *, on: date) -> pa.Table:
    """Return the groups of each child sent: `housing_id` and one column per dimension.

    on: the day on which ages are told. A dimension that the list does not hold is
    left out. The type of a surname is how many parts it has, never a guess of origin.
    """

    def made(column: str, group: Callable[[Any], str]) -> list[str]:
        return [group(value) for value in tenants[column].to_pylist()]

    sources: dict[str, tuple[str, Callable[[Any], str]]] = {
        "building": ("development", lambda value: value or "Not given"),
        "age": ("birth_date", lambda value: age_band(value, on=on)),
        "sex": ("sex", lambda value: value or "Not given"),
        "surname": ("last_name", surname_type),
    }
    return pa.table(
        {"housing_id": pa.array(tenants["member_id"].to_pylist(), pa.string())}
        | {
            dimension: pa.array(made(*sources[dimension]), pa.string())
            for dimension in DIMENSIONS
            if sources[dimension][0] in tenants.column_names
        }
    )


def age_band(born: date | None, *, on: date) -> str:
    """Return the band of ages in which somebody is on a day."""
    if born is None:
        return "No birth date"
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return next((label for limit, label in AGES if age < limit), "18 or older")


def surname_type(surname: str | None) -> str:
    """Return whether a surname has one part or more."""
    return "Compound" if len(names.surname_parts(surname or "")) > 1 else "Single"


def cells(
    people: pa.Table, strata: Mapping[str, Stratum], linked: Collection[str]
) -> pa.Table:
    """Return how many children of each group stand in each stratum, linked or not.

    strata: of the best pair of each child that has one. linked: the children linked.
    Columns as `CELLS`; the whole is the group "" of the dimension "".
    """
    children = people["housing_id"].to_pylist()
    counted: Counter[tuple[str, str, str, bool]] = Counter()
    groups = {
        dimension: people[dimension].to_pylist()
        for dimension in people.column_names
        if dimension != "housing_id"
    }
    for dimension, values in {"": [""] * len(children), **groups}.items():
        for child, group in zip(children, values, strict=True):
            stratum = strata.get(child, NO_PAIR)
            counted[dimension, group, str(stratum), child in linked] += 1
    return pa.Table.from_pylist(
        [
            dict(zip(CELLS.names, (*key, n), strict=True))
            for key, n in sorted(counted.items())
        ],
        schema=CELLS,
    )


@dataclass(frozen=True, slots=True)
class GroupQuality:
    """How many children of a group were sent and found, and how good that is.

    estimate: None where fewer than `FEWEST_READ` pairs of the group were read.
    """

    dimension: str
    group: str
    n_sent: int
    n_linked: int
    estimate: Estimate | None


def report(
    cells: pa.Table,
    people: pa.Table,
    strata: Mapping[Pair, Stratum],
    answers: Mapping[Pair, Answer],
) -> list[GroupQuality]:
    """Return the quality of every group, the whole first.

    cells: as `cells` counted them. people: at least the children of the queue. strata:
    of the pairs of the queue; answers: what was concluded of them.
    """
    sizes: dict[tuple[str, str], Counter[str]] = {}
    n_linked: Counter[tuple[str, str]] = Counter()
    for row in cells.to_pylist():
        key = row["dimension"], row["group"]
        sizes.setdefault(key, Counter())[row["stratum"]] += row["n"]
        n_linked[key] += row["n"] * row["is_linked"]
    groups_of = {
        row["housing_id"]: [(name, row[name]) for name in row if name != "housing_id"]
        for row in people.to_pylist()
    }
    said: dict[tuple[str, str], Counter[tuple[Stratum, Answer]]] = {}
    for pair, answer in answers.items():
        for key in [("", ""), *groups_of[pair[0]]]:
            said.setdefault(key, Counter())[strata[pair], answer] += 1
    return [
        _quality(key, sizes[key], n_linked[key], said.get(key, Counter()))
        for key in sorted(sizes, key=_order)
    ]


def _order(key: tuple[str, str]) -> tuple[int, str]:
    dimension, group = key
    return (DIMENSIONS.index(dimension) + 1 if dimension else 0, group)


def _quality(
    key: tuple[str, str],
    sizes: Mapping[str, int],
    n_linked: int,
    said: Mapping[tuple[Stratum, Answer], int],
) -> GroupQuality:
    tallies = {
        stratum: Tally(
            n_pairs=sizes.get(stratum, 0),
            n_same=said.get((stratum, Answer.SAME), 0),
            n_different=said.get((stratum, Answer.DIFFERENT), 0),
            n_unsure=said.get((stratum, Answer.UNSURE), 0),
        )
        for stratum in Stratum
    }
    n_read = sum(tally.n_read for tally in tallies.values())
    is_enough = not key[0] or n_read >= FEWEST_READ
    return GroupQuality(
        dimension=key[0],
        group=key[1],
        n_sent=sum(sizes.values()),
        n_linked=n_linked,
        estimate=estimate(tallies) if is_enough else None,
    )
