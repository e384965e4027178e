"""Zeros beside 0 percent in many small groups, which may stand for hidden numbers."""

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indicators.formats.checks import Kept
from indicators.formats.examine import Watched
from indicators.formats.report import Report, Status, shown

_PERCENT = re.compile(r"percent|pct|%|\brate\b", re.I)
_COUNT = re.compile(r"number|count|\bn(?:um|br|o)?\b|#", re.I)
_ZERO = r"^ *0+(?:\.0*)? *%?$"
# Fewer could be true; where all are, nothing was hidden among them.
FEWEST = 3


def keep_counts(columns: Sequence[Watched]) -> list[tuple[Kept, Kept, str]]:
    """Keep counts and the percents that stand beside them; return them by two.

    A percent belongs to the count before it, or to the one after it.
    """
    unknown = [c if c.status is Status.NOT_RECOGNISED else None for c in columns]
    found = []
    for at, column in enumerate(unknown):
        if column is None or not _PERCENT.search(_words(column)):
            continue
        for beside in (*unknown[:at][-1:], *unknown[at + 1 :][:1]):
            if beside and _is_count(beside):
                kept = Kept(), Kept()
                for each, into in zip((beside, column), kept, strict=True):
                    each.checks = [*each.checks, into]
                found.append((*kept, column.name))
                break
    return found


def tell_zeros(kept: Sequence[tuple[Kept, Kept, str]], report: Report) -> None:
    """Ask of many zeros beside 0 percent whether they are true."""
    for counts, percents, heading in kept:
        zeros = _are_zeros(counts.column()) & _are_zeros(percents.column())
        if FEWEST <= (n := int(zeros.sum())) < len(zeros):
            report.notice(
                "R12",
                f"{n:,} small groups show 0 and 0% in “{shown(heading)}”. Are these "
                "true zeros, or hidden small numbers?",
                column=shown(heading),
            )


def _words(column: Watched) -> str:
    return re.sub(r"[_-]", " ", column.name)


def _is_count(column: Watched) -> bool:
    words = _words(column)
    return bool(_COUNT.search(words)) and not _PERCENT.search(words)


def _are_zeros(texts: pa.ChunkedArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    found = pc.match_substring_regex(texts, _ZERO).fill_null(False)
    zeros: np.ndarray[tuple[int], np.dtype[np.bool_]] = np.asarray(found, np.bool_)
    return zeros
