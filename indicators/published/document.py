"""What a release publishes, as one document: its bytes are hashed, stored and shown.

It holds printed text alone: counts that are shown, words where they are not, and rates
as bands. Every page, picture and file of a release is made from it and nothing else.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from indicators.disclosure.table import Band, Mark

FORMAT = 2
# The value of a measure's own population: the children whom it counts.
COUNTED = "counted"

# Dimension and value, in order of dimension; what is not named is the total.
Vector = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedMeasure:
    """A measure in words. `id` names its code, its version and its options.

    population: the dimension that tells whom it counts within a group; "" for all.
    unit: as `measures.definitions.Unit` writes it; what counts children has no rate.
    grade: the grade, or the group of grades, that it is about; "" for all.
    """

    id: str
    code: str
    label: str
    numerator: str
    denominator: str
    population: str
    unit: str
    source: str
    is_lower_better: bool = False
    is_case_study: bool = False
    grade: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedCell:
    """One group in one school year. rates: by measure, those that stand in this cell.

    base: whom the cell is about: the enrolled, a class, the residents who were sent.
    """

    table: str
    period: str
    base: str
    vector: Vector
    n: int | Mark
    rates: Mapping[str, Band | Mark]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure of one group: its text, and the children whom it is a share of."""

    n: int | Mark
    text: Band | Mark | None


@dataclass(frozen=True, kw_only=True)
class Document:
    """A published release.

    declared: the declarations of its report, a sentence each. as_of: when the records
    were drawn. dims: in the order of the vectors. labels: of the values of a dimension
    that have other names than their codes. No part of what is published: rules, of
    documents read as one, by what rules each school year was counted; and beside, what
    readers know besides, as `as_files.beside` tells it.
    """

    name: str
    threshold: int
    as_of: str
    declared: tuple[str, ...]
    dims: tuple[str, ...]
    nonadditive: frozenset[str]
    hierarchies: Mapping[str, Mapping[str, str]]
    labels: Mapping[str, Mapping[str, str]]
    measures: tuple[PublishedMeasure, ...]
    cells: tuple[PublishedCell, ...]
    rules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    beside: Mapping[str, Any] = field(default_factory=dict)

    def is_alike(self, *periods: str) -> bool:
        """Return whether these school years were counted by the same rules."""
        return len({self.rules[each] for each in periods if each in self.rules}) < 2

    @property
    def periods(self) -> tuple[str, ...]:
        """The school years, in order."""
        return tuple(sorted({cell.period for cell in self.cells}))

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables, in the order in which they first stand."""
        return tuple(dict.fromkeys(cell.table for cell in self.cells))

    def measure(self, key: str) -> PublishedMeasure:
        """Return the measure of this id; raises KeyError."""
        return self._measures[key]

    def label(self, dim: str, value: str) -> str:
        """Return the name of a value as people read it."""
        return self.labels.get(dim, {}).get(value, value)

    def figure(self, measure: str, period: str, at: Mapping[str, str]) -> Figure:
        """Return what is printed of a measure in the group with exactly these values.

        A group or a measure that the document does not hold has no data.
        """
        vector = tuple(sorted(at.items()))
        cell = self._figures.get((measure, period, vector))
        if cell is None:
            return Figure(Mark.NO_DATA, Mark.NO_DATA)
        return Figure(cell.n, cell.rates[measure])

    def children(self, period: str, at: Mapping[str, str], *, base: str) -> int | Mark:
        """Return the children of the group with exactly these values."""
        cell = self._groups.get((base, period, tuple(sorted(at.items()))))
        return Mark.NO_DATA if cell is None else cell.n

    def values(self, dim: str, period: str) -> tuple[str, ...]:
        """Return the values of a dimension in a school year, by their labels."""
        found = {v for c in self.cells if c.period == period for v in _of(c, dim)}
        return tuple(
            sorted(found, key=lambda each: (self.label(dim, each).casefold(), each))
        )

    @cached_property
    def _measures(self) -> Mapping[str, PublishedMeasure]:
        return {each.id: each for each in self.measures}

    @cached_property
    def _groups(self) -> Mapping[tuple[str, str, Vector], PublishedCell]:
        return {(cell.base, cell.period, cell.vector): cell for cell in self.cells}

    @cached_property
    def _figures(self) -> Mapping[tuple[str, str, Vector], PublishedCell]:
        return {
            (measure, cell.period, self._group(cell, measure)): cell
            for cell in self.cells
            for measure in cell.rates
        }

    def _group(self, cell: PublishedCell, measure: str) -> Vector:
        """Return the group whose figure stands in a cell of those whom it counts."""
        about = self._measures[measure]
        if not about.population and not about.grade:
            return cell.vector
        own = {(about.population, COUNTED), ("grade", about.grade)}
        return tuple(pair for pair in cell.vector if pair not in own)


def _of(cell: PublishedCell, dim: str) -> Iterator[str]:
    return (value for name, value in cell.vector if name == dim)


def to_record(document: Document) -> dict[str, Any]:
    """Return the document as JSON values, text exactly as printed."""
    return {
        "format": FORMAT,
        "name": document.name,
        "threshold": document.threshold,
        "as_of": document.as_of,
        "declared": list(document.declared),
        "dims": list(document.dims),
        "nonadditive": sorted(document.nonadditive),
        "hierarchies": {dim: dict(tree) for dim, tree in document.hierarchies.items()},
        "labels": {dim: dict(names) for dim, names in document.labels.items()},
        "measures": [_measure_record(each) for each in document.measures],
        "cells": [_cell_record(each) for each in document.cells],
    }


def from_record(record: Mapping[str, Any]) -> Document:
    """Return the document that `to_record` wrote.

    Raises ValueError, TypeError or KeyError if the record is not one of ours.
    """
    if record["format"] != FORMAT:
        raise ValueError("not a document of this format")
    return Document(
        name=record["name"],
        threshold=record["threshold"],
        as_of=record["as_of"],
        declared=tuple(record["declared"]),
        dims=tuple(record["dims"]),
        nonadditive=frozenset(record["nonadditive"]),
        hierarchies=record["hierarchies"],
        labels=record["labels"],
        measures=tuple(PublishedMeasure(**each) for each in record["measures"]),
        cells=tuple(_cell(each) for each in record["cells"]),
    )


def canonical(record: Mapping[str, Any]) -> bytes:
    """Return the record as the one sequence of bytes that is stored and hashed."""
    return json.dumps(
        record, ensure_ascii=False, separators=(",", ":"), sort_keys=True
    ).encode()


def _measure_record(measure: PublishedMeasure) -> dict[str, Any]:
    names = PublishedMeasure.__dataclass_fields__
    return {name: getattr(measure, name) for name in names}


def _cell_record(cell: PublishedCell) -> dict[str, Any]:
    return {
        "table": cell.table,
        "period": cell.period,
        "base": cell.base,
        "at": dict(cell.vector),
        "n": cell.n if isinstance(cell.n, int) else str(cell.n),
        "rates": {key: str(text) for key, text in cell.rates.items()},
    }


def _cell(record: Mapping[str, Any]) -> PublishedCell:
    n = record["n"]
    return PublishedCell(
        table=record["table"],
        period=record["period"],
        base=record["base"],
        vector=tuple(sorted(record["at"].items())),
        n=n if isinstance(n, int) else Mark(n),
        rates={key: _text(value) for key, value in record["rates"].items()},
    )


@lru_cache(maxsize=4096)
def _text(value: str) -> Band | Mark:
    return Mark(value) if value in set(Mark) else Band.parse(value)
