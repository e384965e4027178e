"""Links the people of two files, or finds those who are in one file twice.

Fellegi and Sunter 1969, computed by Splink. Nothing here logs, and no exception that
leaves carries a value from the files.
"""

import logging
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from accounts.acts import RuleBroken
from indicators.linkage import (
    adapting,
    decisions,
    diagnostics,
    model,
    standardise,
    training,
)
from indicators.linkage.comparison import LEFT, RIGHT, Comparison
from indicators.linkage.decisions import Band, Cardinality, Floats, Sizes
from indicators.linkage.model import Model

Result = TypeVar("Result")
OUT_OF_MEMORY = frozenset({"ArrowMemoryError", "MemoryError", "OutOfMemoryException"})
INTERRUPTED = frozenset({"InterruptException", "KeyboardInterrupt"})  # DuckDB's own
COLUMNS = ["left_id", "right_id", "weight", "probability", "band"]


class LinkageFailed(RuleBroken):
    """The engine failed; the message names the kind of error and nothing else."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(
            f"Linking stopped because the engine failed ({kind}). Nothing was linked "
            "or kept. Start it again; if it fails again, tell who runs this site."
        )


class TooLarge(LinkageFailed):
    """The files need more memory than linking may have."""

    def __init__(self, kind: str, *, n_left: int, n_right: int) -> None:
        self.kind = kind
        RuleBroken.__init__(
            self,
            f"The lists are too large to be linked here: {n_left:,} and "
            f"{n_right:,} rows need more memory than linking may have ({kind}). "
            "Nothing was linked or kept. Leave out those born in years that the other "
            "list does not have, or ask who runs this site.",
        )


@dataclass(frozen=True, slots=True)
class Links:
    """What linking two files found.

    pairs: one row per link, ordered by its ids: `left_id`, `right_id`, `weight` (bits),
    `probability`, `band` (of `decisions.Band`); no record in more than the cardinality
    allows. candidates: the same of every pair compared, before that, best first.
    n_estimated: the most candidates there could be. n_exact: accepted links whose first
    name, surname and birth date agree exactly. left_out: what was not tried because too
    many pairs share it, with their number. seconds: time that each step took.
    explained: the tables of `diagnostics`, by name, where they were asked for.
    """

    pairs: pa.Table = field(repr=False)
    candidates: pa.Table = field(repr=False)
    n_left: int
    n_right: int
    n_estimated: int
    n_candidates: int
    n_accepted: int
    n_review: int
    n_exact: int
    model: Model = field(repr=False)
    compared: tuple[str, ...]
    left_out: Mapping[str, int]
    seconds: Mapping[str, float]
    explained: Mapping[str, pa.Table] = field(repr=False)


def link(
    left: pa.Table,
    right: pa.Table | None,
    *,
    cardinality: Cardinality = Cardinality.ONE_TO_ONE,
    weights: Model | None = None,
    is_trained: bool = False,
    is_explained: bool = False,
    accept: float = 0.95,
    review: float = 0.10,
    on_step: Callable[[str, int], None] = lambda step, count: None,
) -> Links:
    """Return the links between two files, or within one where `right` is None.

    left, right: rows as `standardise.frame` takes them, with the id in `id`.
    weights: the model, otherwise the shipped one. is_trained: m and u are learned from
    these files before they are linked. is_explained: the tables of `diagnostics` are
    made as well.
    accept, review: the least probability to accept a link, and to show it to a person.
    on_step: told each step and its count when the step is done: "clean" (rows),
    "estimate" (most candidate pairs), "block" (candidate pairs), "train" (the same, if
    trained), "compare" (pairs weighed), "decide" (pairs not hopeless), "one-to-one"
    (links). What it raises ends the run and reaches the caller.
    Raises RuleBroken for files that cannot be compared, LinkageFailed when the engine
    fails.
    """
    files = [left] if right is None else [left, right]
    n_left, n_right = len(files[0]), len(files[-1])
    sizes = Sizes(n_left, n_right, cardinality, is_one_file=right is None)
    steps = _Steps(on_step, (n_left, n_right))
    weights = weights or model.shipped()
    frames = steps.take(
        "clean",
        lambda: [standardise.frame(rows) for rows in files],
        count=lambda frames: sum(len(frame) for frame in frames),
    )
    names, ranked = zip(*map(_ranked, frames), strict=True)
    del frames
    compared = _contained(partial(Comparison, ranked), steps.sizes)
    del ranked
    with closing(compared) as comparison:
        n_estimated = steps.take("estimate", comparison.estimate, count=int)
        n_candidates = steps.take("block", comparison.block, count=int)
        if is_trained:
            weights = steps.take(
                "train",
                lambda: training.train(comparison, weights, sizes=sizes),
                count=lambda _: n_candidates,
            )
        has_homes = comparison.has_homes()
        used = weights
        if weights is model.shipped():
            used = adapting.adapted(
                weights, meeting=comparison.meeting(), has_dates=comparison.has_dates
            )
        weighed = steps.take("compare", lambda: comparison.weigh(used), count=len)
        odds = decisions.prior(weighed["bits"].to_numpy(), sizes=sizes)
        decided = steps.take(
            "decide",
            partial(
                decisions.decide,
                weighed,
                sizes=sizes,
                accept=accept,
                review=review,
                odds=odds,
                has_homes=has_homes,
            ),
            count=len,
        )
        del weighed
        links = steps.take(
            "one-to-one", lambda: decisions.chosen(decided, sizes=sizes), count=len
        )
        told: dict[str, pa.Table] = {}
        if is_explained:
            told = _contained(
                lambda: _explained(comparison, used, decided, links, odds), steps.sizes
            )
            told["evidence"] = _with_ids(told["evidence"], names)
    bands = links["band"].to_pylist()
    named = _named(links, names)
    return Links(
        pairs=named.sort_by([(name, "ascending") for name in COLUMNS[:2]]),
        candidates=_named(decided, names),
        n_left=n_left,
        n_right=n_right,
        n_estimated=n_estimated,
        n_candidates=n_candidates,
        n_accepted=bands.count(Band.ACCEPT),
        n_review=bands.count(Band.REVIEW),
        n_exact=list(zip(bands, links["is_exact"].to_pylist(), strict=True)).count(
            (Band.ACCEPT, True)
        ),
        model=weights,
        compared=comparison.compared,
        left_out=comparison.left_out,
        seconds=steps.seconds,
        explained=told,
    )


def others(left: pa.Table, right: pa.Table, *, known: Model) -> dict[str, Floats]:
    """Return u of each comparison that two files allow, from random pairs of them.

    known: the model whose m tells the few apart that match.
    """
    sizes = Sizes(len(left), len(right))

    def learned() -> dict[str, Floats]:
        frames = [_ranked(standardise.frame(rows))[1] for rows in (left, right)]
        with closing(Comparison(frames)) as comparison:
            return training.others(comparison, known, sizes=sizes)

    return _contained(learned, (len(left), len(right)))


def _explained(
    comparison: Comparison,
    used: Model,
    decided: pa.Table,
    links: pa.Table,
    odds: float,
) -> dict[str, pa.Table]:
    """Return the tables of `diagnostics` for a run that has just been decided."""
    pairs = pa.table({"l": links["left"], "r": links["right"]})
    compared = comparison.compared
    alone = [comparison.explained(None, side=side) for side in (LEFT, RIGHT)]
    return {
        "levels": diagnostics.levels_of(used, compared, odds=odds),
        "weighed": diagnostics.weighed(decided),
        "linkable": diagnostics.linkable(used, compared, alone, odds=odds),
        "evidence": diagnostics.evidence(used, compared, comparison.explained(pairs)),
    }


def _with_ids(evidence: pa.Table, names: Sequence[pa.ChunkedArray]) -> pa.Table:
    """Return what was brought to each link, by the ids of its records."""
    ids = {
        "left_id": names[0].take(evidence["left"]),
        "right_id": names[-1].take(evidence["right"]),
    }
    rest = evidence.drop_columns(["left", "right"])
    return pa.table(ids | {name: rest[name] for name in rest.column_names})


def _ranked(frame: pa.Table) -> tuple[pa.ChunkedArray, pa.Table]:
    """Return the ids in their order, and the frame with their ranks for ids."""
    ordered = frame.take(pc.sort_indices(frame["unique_id"]))
    ranks = pa.array(np.arange(len(frame), dtype=np.int32))
    return ordered["unique_id"], ordered.set_column(0, "unique_id", ranks)


def _named(pairs: pa.Table, names: Sequence[pa.ChunkedArray]) -> pa.Table:
    """Return the pairs with ids for numbers."""
    columns = {
        "left_id": names[0].take(pairs["left"]),
        "right_id": names[-1].take(pairs["right"]),
    }
    return pa.table(columns | {name: pairs[name] for name in COLUMNS[2:]})


class _Steps:
    """Takes the steps of one run, times them and tells the listener of each."""

    def __init__(
        self, on_step: Callable[[str, int], None], sizes: tuple[int, int]
    ) -> None:
        self._on_step = on_step
        self.sizes = sizes
        self.seconds: dict[str, float] = {}

    def take(
        self,
        step: str,
        work: Callable[[], Result],
        *,
        count: Callable[[Result], int],
    ) -> Result:
        started = time.perf_counter()
        result = _contained(work, self.sizes)
        self.seconds[step] = time.perf_counter() - started
        self._on_step(step, count(result))
        return result


def _contained(work: Callable[[], Result], sizes: tuple[int, int]) -> Result:
    """Return the result of `work`, or raise LinkageFailed with no trace of its error.

    sizes: the rows of both files, which TooLarge tells where memory was short.

    Messages of the engine quote values, and an exception raised while another is
    handled keeps that one as its context: hence the raise after the handler.
    """
    try:
        with _quiet():
            return work()
    except RuleBroken:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it may quote a row
        kind = type(error.__cause__ or error).__name__
    if kind in INTERRUPTED:
        raise KeyboardInterrupt
    if kind in OUT_OF_MEMORY:
        raise TooLarge(kind, n_left=sizes[0], n_right=sizes[1])
    raise LinkageFailed(kind)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Splink's log and all warnings for as long as the block runs."""
    logger = logging.getLogger("splink")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
