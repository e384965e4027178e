"""Links a housing agency's children to a district's students, one to one.

Fellegi and Sunter 1969, computed by Splink. Nothing here logs, and no exception that
leaves carries a value from the files.
"""

import logging
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import pyarrow as pa

from accounts.acts import RuleBroken
from indicators.linkage import decisions, model, standardise
from indicators.linkage.comparison import Comparison
from indicators.linkage.decisions import Band

Result = TypeVar("Result")
OUT_OF_MEMORY = frozenset({"ArrowMemoryError", "MemoryError", "OutOfMemoryException"})


class LinkageFailed(RuleBroken):
    """The engine failed; the message names the kind of error and nothing else."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"Linking stopped because the engine failed ({kind}). Nothing was linked "
            "or kept. Start it again; if it fails again, tell who runs this site."
        )


class TooLarge(LinkageFailed):
    """The files need more memory than linking may have."""

    def __init__(self, kind: str, *, n_housing: int, n_students: int) -> None:
        RuleBroken.__init__(
            self,
            f"The lists are too large to be linked here: {n_housing:,} and "
            f"{n_students:,} rows need more memory than linking may have ({kind}). "
            "Nothing was linked or kept. Ask who runs this site.",
        )


@dataclass(frozen=True, slots=True)
class Links:
    """What linking two files found.

    pairs: one row per link, ordered by its ids: `housing_id`, `student_id`, `weight`
    (bits), `probability`, `band` (of `decisions.Band`); no child is in two of them.
    n_candidates: pairs compared. n_exact: accepted links whose first name, surname and
    birth date agree exactly. seconds: time that each step took.
    """

    pairs: pa.Table = field(repr=False)
    n_housing: int
    n_students: int
    n_candidates: int
    n_accepted: int
    n_review: int
    n_exact: int
    model_version: str
    model_hash: str
    seconds: Mapping[str, float]


def link(
    housing: pa.Table,
    students: pa.Table,
    *,
    accept: float = 0.95,
    review: float = 0.10,
    on_step: Callable[[str, int], None] = lambda step, count: None,
) -> Links:
    """Return the links between two files, at most one per child.

    housing, students: rows as `standardise.frame` takes them, with the id in `id`.
    accept, review: the least probability to accept a link, and to show it to a person.
    on_step: told each step and its count when the step is done: "clean" (rows), "block"
    (candidate pairs), "compare" (pairs worth deciding), "decide" (pairs not hopeless),
    "one-to-one" (links). What it raises ends the run and reaches the caller.
    Raises RuleBroken for files that cannot be compared, LinkageFailed when the engine
    fails.
    """
    sizes = len(housing), len(students)
    steps = _Steps(on_step, sizes)
    left, right = steps.take(
        "clean",
        lambda: [
            standardise.frame(rows, id_column="id") for rows in (housing, students)
        ],
        count=lambda frames: sum(len(frame) for frame in frames),
    )
    with closing(_contained(lambda: Comparison(left, right), sizes)) as comparison:
        n_candidates = steps.take("block", comparison.block, count=int)
        weighed = steps.take("compare", comparison.weigh, count=len)
    decided = steps.take(
        "decide",
        lambda: decisions.decide(
            weighed,
            n_housing=len(left),
            n_students=len(right),
            accept=accept,
            review=review,
        ),
        count=len,
    )
    links = steps.take("one-to-one", lambda: decisions.one_to_one(decided), count=len)
    bands = links["band"].to_pylist()
    return Links(
        pairs=links.select(
            ["housing_id", "student_id", "weight", "probability", "band"]
        ).sort_by("housing_id"),
        n_housing=len(left),
        n_students=len(right),
        n_candidates=n_candidates,
        n_accepted=bands.count(Band.ACCEPT),
        n_review=bands.count(Band.REVIEW),
        n_exact=list(zip(bands, links["is_exact"].to_pylist(), strict=True)).count(
            (Band.ACCEPT, True)
        ),
        model_version=model.version(),
        model_hash=model.digest(),
        seconds=steps.seconds,
    )


class _Steps:
    """Takes the steps of one run, times them and tells the listener of each."""

    def __init__(
        self, on_step: Callable[[str, int], None], sizes: tuple[int, int]
    ) -> None:
        self._on_step = on_step
        self._sizes = sizes
        self.seconds: dict[str, float] = {}

    def take(
        self,
        step: str,
        work: Callable[[], Result],
        *,
        count: Callable[[Result], int],
    ) -> Result:
        started = time.perf_counter()
        result = _contained(work, self._sizes)
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
    if kind in OUT_OF_MEMORY:
        raise TooLarge(kind, n_housing=sizes[0], n_students=sizes[1])
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
