"""What was found in files at the door, as a record that dies with them (pure).

It holds headings, codes, counts, line numbers and reasons, and the few words with which
a question shows what it asks about.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from agreements.rules.scope import ALL, Scope
from indicators.arrivals.contract import (
    Answers,
    Arrival,
    ColumnStanding,
    Question,
    Standing,
)
from indicators.arrivals.repeats import REPEATS
from indicators.formats.headings import comparable

ABSENT = "F13"  # said by what is missing, too
LEFT_OUT = (Standing.REFUSED, Standing.NEVER, Standing.NOT_RECOGNISED)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in one arrival's files.

    counts: of the quality report, each with its words. rejected: file, line and reason
    of the first rows set aside; n_rejected counts all. headings: a digest of all
    headings as they stood before anything was answered, or nothing. is_remembered:
    whether earlier answers of this sender were used. n_kept: rows that would be kept;
    of a family report these are the children. repeats: codes of the pairs that may be
    one person. outside: how many rows the agreement does not cover, by reason; scope:
    what it covered when they were read.
    """

    format: str = ""
    versions: tuple[str, ...] = ()
    encoding: str = ""
    columns: tuple[ColumnStanding, ...] = ()
    missing: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    errors: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    rejected: tuple[tuple[str, int | None, str], ...] = ()
    n_rejected: int = 0
    elements: tuple[str, ...] = ()
    n_rows: int = 0
    n_kept: int = 0
    repeats: tuple[str, ...] = ()
    headings: str = ""
    is_remembered: bool = False
    outside: tuple[tuple[str, int], ...] = ()
    scope: Scope = ALL

    @property
    def can_be_kept(self) -> bool:
        """Whether nothing is missing, asked or broken."""
        stops = self.missing or self.questions or self.errors
        return bool(self.elements) and not stops

    @property
    def left(self) -> list[str]:
        """The headings of columns that are not stored."""
        return [called(each) for each in self.columns if each.standing in LEFT_OUT]

    def as_record(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


def found_in(
    arrival: Arrival,
    *,
    counts: Iterable[tuple[str, int]] = (),
    headings: str = "",
    scope: Scope = ALL,
    is_remembered: bool = False,
) -> Found:
    """Return what a reader found, without the rows."""
    return Found(
        format=arrival.format,
        versions=arrival.versions,
        encoding=arrival.encoding,
        columns=arrival.columns,
        missing=arrival.missing,
        questions=arrival.questions,
        errors=tuple(e.message for e in arrival.errors if e.id != ABSENT),
        notices=tuple(item.message for item in arrival.notices),
        counts=tuple(counts),
        rejected=tuple((e.file, e.line, e.reason) for e in arrival.rejected),
        n_rejected=arrival.n_rejected,
        elements=tuple(sorted(arrival.elements)),
        n_rows=arrival.n_rows,
        n_kept=_n_kept(arrival),
        repeats=_repeats(arrival),
        headings=headings,
        is_remembered=is_remembered,
        outside=arrival.outside,
        scope=scope,
    )


def _n_kept(arrival: Arrival) -> int:
    tenants = arrival.frames.get("tenants")
    if tenants is not None:
        return tenants.num_rows
    return arrival.n_rows - arrival.n_rejected


def _repeats(arrival: Arrival) -> tuple[str, ...]:
    pairs = arrival.frames.get(REPEATS)
    return tuple(pairs["code"].to_pylist()) if pairs is not None else ()


def found_from(record: Mapping[str, Any]) -> Found:
    """Return what `as_record` wrote."""
    values = dict(record)
    values["columns"] = tuple(
        ColumnStanding(**each | {"standing": Standing(each["standing"])})
        for each in values["columns"]
    )
    values["questions"] = tuple(
        Question(**each | {"choices": tuple(each["choices"])})
        for each in values["questions"]
    )
    plain = ("versions", "missing", "errors", "notices", "elements", "repeats")
    for name in plain:
        values[name] = tuple(values[name])
    for name in ("counts", "rejected", "outside"):
        values[name] = tuple(tuple(each) for each in values[name])
    covered = {name: tuple(said) for name, said in values["scope"].items()}
    values["scope"] = Scope(**covered)
    return Found(**values)


def called(column: ColumnStanding) -> str:
    """Return a column's heading, with the file that alone is meant by it."""
    part = column.file.rpartition(".")[0]
    return f"{part}.{column.heading}" if part else column.heading


def answers_from(record: Mapping[str, Any]) -> Answers:
    """Return the answers that `answers_record` wrote; none where it is empty."""
    return Answers(**record)


def answers_record(answers: Answers) -> dict[str, Any]:
    """Return answers as plain values."""
    return {
        "encoding": answers.encoding,
        "orders": dict(answers.orders),
        "mapping": dict(answers.mapping),
        "categories": dict(answers.categories),
        "header_row": answers.header_row,
        "untold": answers.untold,
    }


def digest_of_headings(columns: Iterable[ColumnStanding]) -> str:
    """Return one SHA-256 of a set of headings, whatever their order and their case.

    Nothing where there is no heading.
    """
    names = sorted({comparable(called(each)) or called(each) for each in columns})
    if not names:
        return ""
    return hashlib.sha256("\n".join(names).encode()).hexdigest()
