"""How a linkage weighed its pairs: what charts of it are drawn from, as tables.

`LEVELS`: one row per comparison and level of the model. `WEIGHED`: pairs compared by
band and weight. `LINKABLE`: records of each list by the weight of a perfect copy of
them; one that stays low cannot be linked whatever the other list holds. `EVIDENCE`: one
row per link and comparison.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from indicators.linkage import model
from indicators.linkage.curves import HIGHEST, LOWEST, NOT_KNOWN, PRIOR, SIDES, STEP
from indicators.linkage.decisions import probability
from indicators.linkage.model import Model
from indicators.linkage.patterns import level_column

LEVELS = pa.schema(
    {
        "comparison": pa.string(),
        "level": pa.string(),
        "m": pa.float64(),
        "u": pa.float64(),
    }
)
WEIGHED = pa.schema({"low": pa.int64(), "band": pa.string(), "n": pa.int64()})
LINKABLE = pa.schema({"side": pa.string(), "low": pa.int64(), "n": pa.int64()})
EVIDENCE = pa.schema(
    {
        "left_id": pa.string(),
        "right_id": pa.string(),
        "comparison": pa.string(),
        "number": pa.int64(),
        "level": pa.string(),
        "bits": pa.float64(),
    }
)
Floats = npt.NDArray[np.float64]


def levels_of(used: Model, compared: Sequence[str], *, odds: float) -> pa.Table:
    """Return m and u of the levels that a run compared by; the prior comes first.

    odds: the prior; its share of matches stands for m, that of the others for u.
    """
    share = float(probability(np.array([odds]))[0])
    prior = {"comparison": PRIOR, "level": "", "m": share, "u": 1 - share}
    return pa.Table.from_pylist(
        [prior]
        + [
            {"comparison": name, "level": level, "m": m, "u": u}
            for name in compared
            for level, (m, u) in used.comparisons[name].items()
        ],
        schema=LEVELS,
    )


def bits_of(used: Model, name: str, explained: pa.Table) -> Floats:
    """Return what a comparison brings to each pair, in bits.

    explained: as `Comparison.explained` returns it. Where a name agrees exactly, how
    common it is stands for u.
    """
    numbers = explained[level_column(name)].to_numpy()
    chances = model.chances(used, name)
    bits = np.log2(chances[:, 0] / chances[:, 1])[numbers]
    if name in model.TERM_FREQUENCY_COLUMNS:
        frequency = explained[f"frequency_{name}"].to_numpy().astype(float)
        is_exact = numbers == len(chances) - 1
        with np.errstate(invalid="ignore", divide="ignore"):
            by_name = np.log2(chances[-1, 0] / frequency)
        bits = np.where(is_exact & np.isfinite(by_name), by_name, bits)
    return np.where(numbers < 0, 0.0, bits)


def evidence(used: Model, compared: Sequence[str], explained: pa.Table) -> pa.Table:
    """Return what each comparison brings to each pair; ids are still numbers."""
    rows = []
    for name in compared:
        names = model.level_names(name)[::-1]
        numbers = explained[level_column(name)].to_pylist()
        rows.append(
            pa.table(
                {
                    "left": explained["l"],
                    "right": explained["r"],
                    "comparison": pa.array([name] * len(numbers), pa.string()),
                    "number": pa.array(numbers, pa.int64()),
                    "level": pa.array(
                        [NOT_KNOWN if at < 0 else names[at] for at in numbers],
                        pa.string(),
                    ),
                    "bits": pa.array(bits_of(used, name, explained)),
                }
            )
        )
    return pa.concat_tables(rows).combine_chunks()


def weighed(candidates: pa.Table) -> pa.Table:
    """Return how many pairs compared have which weight, by band."""
    low = _low(candidates["weight"].to_numpy())
    bands = candidates["band"].to_pylist()
    return _counted(zip(low.tolist(), bands, strict=True), WEIGHED)


def linkable(
    used: Model, compared: Sequence[str], alone: Sequence[pa.Table], *, odds: float
) -> pa.Table:
    """Return how many records of each list could reach which weight.

    alone: each list explained against itself. odds: the prior.
    """
    rows: list[tuple[str, int]] = []
    for side, explained in zip(SIDES, alone, strict=True):
        bits = sum(bits_of(used, name, explained) for name in compared) + odds
        rows += [(side, low) for low in _low(np.asarray(bits)).tolist()]
    return _counted(rows, LINKABLE)


def _low(bits: Floats) -> npt.NDArray[np.int64]:
    """Return the lower end of the step in which each weight lies."""
    steps = np.floor(bits / STEP) * STEP
    return np.asarray(np.clip(steps, LOWEST, HIGHEST), np.int64)


def _counted(rows: Iterable[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    counted = Counter(rows)
    return pa.Table.from_pylist(
        [
            dict(zip(schema.names, (*row, n), strict=True))
            for row, n in sorted(counted.items())
        ],
        schema=schema,
    )
