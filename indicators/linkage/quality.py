"""How well a link went, and for whom.

Missed and false links differ between groups, so every rate that rests on a link carries
these counts. They are for the linking district's eyes only: small groups are shown.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa

from indicators.linkage.decisions import Band
from indicators.linkage.engine import Links

BIRTH_YEARS_PER_GROUP = 3
NOT_STATED = "not stated"


@dataclass(frozen=True, slots=True)
class Quality:
    """Match rates of one link by building and by birth years.

    Both tables have one row per group, in its order: `building` or `birth_years`,
    `n_children`, `n_accepted`, `n_review`, `match_rate` (accepted by children).
    exact_rate: the share of accepted links whose first name, surname and birth date
    agree exactly; the rest rest on probability. None where nothing was accepted.
    """

    by_building: pa.Table = field(repr=False)
    by_birth_years: pa.Table = field(repr=False)
    n_exact: int
    n_probabilistic: int
    exact_rate: float | None


def report(links: Links, housing: pa.Table) -> Quality:
    """Return how well the children of the housing file were matched.

    housing: the linked file, one row per child: `id`, `building`, `birth_date`.
    """
    pairs = links.pairs.select(["housing_id", "band"]).to_pylist()
    band_of = {pair["housing_id"]: pair["band"] for pair in pairs}
    bands = [band_of.get(str(child)) for child in housing["id"].to_pylist()]
    buildings = housing["building"].to_pylist()
    born = housing["birth_date"].to_pylist()
    return Quality(
        by_building=_match_rates(
            "building", (name or NOT_STATED for name in buildings), bands
        ),
        by_birth_years=_match_rates(
            "birth_years",
            (_birth_years(date.year) if date else NOT_STATED for date in born),
            bands,
        ),
        n_exact=links.n_exact,
        n_probabilistic=links.n_accepted - links.n_exact,
        exact_rate=links.n_exact / links.n_accepted if links.n_accepted else None,
    )


def _match_rates(
    name: str, groups: Iterable[str], bands: Iterable[str | None]
) -> pa.Table:
    counts = Counter(zip(groups, bands, strict=True))
    n_children: Counter[str] = Counter()
    for (group, _), count in counts.items():
        n_children[group] += count
    rows = [
        {
            name: group,
            "n_children": n_children[group],
            "n_accepted": counts[group, Band.ACCEPT],
            "n_review": counts[group, Band.REVIEW],
            "match_rate": counts[group, Band.ACCEPT] / n_children[group],
        }
        for group in sorted(n_children)
    ]
    schema = pa.schema(
        {
            name: pa.string(),
            "n_children": pa.int64(),
            "n_accepted": pa.int64(),
            "n_review": pa.int64(),
            "match_rate": pa.float64(),
        }
    )
    return pa.Table.from_pylist(rows, schema=schema)


def _birth_years(year: int) -> str:
    first = year - year % BIRTH_YEARS_PER_GROUP
    return f"{first}–{first + BIRTH_YEARS_PER_GROUP - 1}"
