"""Releases as files: counted ones to protect, and protected ones to attack.

The format is number 2. A cell is named by its vector: a value for each key, and for
each dimension a value or None for the total. Whatever is wrong with a file is said in
one sentence, without a count in it.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from math import isfinite
from types import MappingProxyType
from typing import Any

from indicators.disclosure.json_file import BadFile as BadFile
from indicators.disclosure.json_file import record_of
from indicators.disclosure.printed import require_rates
from indicators.disclosure.values import value_of

FORMAT = 2
# More than this is no release: what a computer of two cores can attack in an hour.
_MOST_CELLS = 100_000
# Children of a group. The audit tells whole numbers apart by a millionth, and rates
# are 200 times as large: with more children its solver could not be believed.
MOST_CHILDREN = 1_000_000
_MOST_WEIGHT = 1_000_000
# What a cell says besides its vector, so no dimension can be called that.
_PARTS = ("table", "n", "x", "of", "primary", "weight", "rate", "kind", "plus_minus")
_OF_FIGURES = ("n", "x", "kind", "plus_minus", "table")
_NEEDED = ("format", "release", "dims", "threshold", "cells")
_ALLOWED = (
    *_NEEDED,
    "keys",
    "indicators",
    "missing",
    "nonadditive",
    "hierarchies",
    "zero_public",
    "known",
    "units",
    "days_most",
    "within",
    "report",
)
_DAYS_MOST = 366
_NO_DAYS: Mapping[str, int] = MappingProxyType({})
_LIKE = 0.75

Vector = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of one table. `n` is None where it is suppressed.

    x: numerators by indicator, of counted cells alone. rate: what is printed, by
    indicator, of protected cells alone; None where a rate is suppressed. of: the days
    of which `x` are counted, of counted cells and of indicators in days alone.
    """

    table: str
    vector: Vector
    n: int | None
    x: Mapping[str, int]
    rate: Mapping[str, str | None]
    primary: bool = False
    weight: float = 1.0
    of: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that is public already: right if `plus_minus` is 0, else so far off.

    is_most: it says how many the group can have; with none or all it is to be hidden.
    is_earlier: an earlier file told it.
    """

    vector: Vector
    n: int
    x: Mapping[str, int]
    plus_minus: int
    is_most: bool = False
    is_earlier: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """What vectors mean: the first `n_keys` names are keys, the others dimensions."""

    names: tuple[str, ...]
    n_keys: int
    nonadditive: frozenset[str]
    hierarchies: Mapping[str, Mapping[str, str]]
    is_complete: bool

    def place(self, vector: Vector) -> str:
        """Return the vector in words."""
        said = [
            f"{name} {'total' if value is None else value.strip() or 'elsewhere'}"
            for name, value in zip(self.names, vector, strict=True)
        ]
        return ", ".join(said) or "the only cell"


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """A file of one release. `record` is what was read, to be written again.

    days: the indicators that count days, not children. days_most: the most days that
    one child can have. within: indicators with another that counts their children too.
    """

    frame: Frame
    indicators: tuple[str, ...]
    threshold: int
    zero_public: bool
    cells: tuple[Cell, ...]
    known: tuple[Figure, ...]
    record: Mapping[str, Any]
    days: frozenset[str] = frozenset()
    days_most: int = _DAYS_MOST
    within: tuple[tuple[str, str], ...] = ()


def counted(content: bytes) -> ReleaseFile:
    """Return the release that the file counts, to be protected; or raise BadFile."""
    return _Reader(record_of(content), is_counted=True).release()


def protected(content: bytes) -> ReleaseFile:
    """Return the release that the file prints, to be attacked; or raise BadFile."""
    return _Reader(record_of(content), is_counted=False).release()


class _Reader:
    """Reads one record part by part, and refuses it at the first thing wrong."""

    def __init__(self, record: dict[str, Any], *, is_counted: bool) -> None:
        self.record = record
        self.is_counted = is_counted

    def release(self) -> ReleaseFile:
        """Return the release."""
        self._names()
        if self.record["format"] != FORMAT:
            raise BadFile(f"format must be {FORMAT}")
        if not isinstance(self.record["release"], str):
            raise BadFile("release must be a text")
        keys = self._texts("keys")
        dims = [name for name in self._texts("dims") if name not in keys]
        for name in (*keys, *dims):
            if name in _PARTS:
                raise BadFile(f"a dimension cannot be called {name!r}")
        self.frame = Frame(
            names=(*keys, *dims),
            n_keys=len(keys),
            nonadditive=self._nonadditive(dims),
            hierarchies=self._hierarchies(dims),
            is_complete=self._missing(),
        )
        self.indicators = tuple(self._texts("indicators"))
        self.days, self.days_most = self._units()
        zero_public = self.record.get("zero_public", True)
        if not isinstance(zero_public, bool):
            raise BadFile("zero_public must be true or false")
        return ReleaseFile(
            frame=self.frame,
            indicators=self.indicators,
            threshold=self._threshold(),
            zero_public=zero_public,
            cells=tuple(self._cells()),
            known=tuple(self._figures()),
            record=self.record,
            days=self.days,
            days_most=self.days_most,
            within=tuple(self._within()),
        )

    def _units(self) -> tuple[frozenset[str], int]:
        """Return the indicators in days, and the most days of one child."""
        units = self.record.get("units", {})
        if not isinstance(units, dict):
            raise BadFile("units must be an object")
        for indicator, unit in units.items():
            if indicator not in self.indicators:
                raise BadFile(f"units names {indicator!r}, which is not an indicator")
            if unit not in ("children", "days"):
                raise BadFile(f'the unit of {indicator!r} must be "children" or "days"')
        most = self.record.get("days_most", _DAYS_MOST)
        if type(most) is not int or not 1 <= most <= _DAYS_MOST:
            raise BadFile(f"days_most must be a whole number from 1 to {_DAYS_MOST}")
        return frozenset(i for i, unit in units.items() if unit == "days"), most

    def _within(self) -> Iterable[tuple[str, str]]:
        """Yield each indicator with one that counts all its children too."""
        within = self.record.get("within", {})
        if not isinstance(within, dict):
            raise BadFile("within must be an object")
        children = [code for code in self.indicators if code not in self.days]
        for inner, outer in within.items():
            is_bad = inner not in children or not isinstance(outer, list)
            if is_bad or any(each == inner or each not in children for each in outer):
                raise BadFile(f"within: {inner!r} needs a list of other indicators")
            yield from ((inner, each) for each in outer)
        try:
            TopologicalSorter(within).prepare()
        except CycleError:
            raise BadFile("within goes round in a circle") from None

    def _names(self) -> None:
        for name in _NEEDED:
            if name not in self.record:
                raise BadFile(f"{name!r} is missing")
        for name in self.record.keys() - set(_ALLOWED):
            if near := difflib.get_close_matches(name, _ALLOWED, 1, _LIKE):
                raise BadFile(f"{name!r} is not known; {near[0]!r} is")

    def _texts(self, name: str) -> list[str]:
        texts = self.record.get(name, [])
        if not isinstance(texts, list) or not all(
            isinstance(t, str) and t.strip() for t in texts
        ):
            raise BadFile(f"{name} must be a list of texts")
        if len(set(texts)) < len(texts):
            raise BadFile(f"{name} lists a name twice")
        return texts

    def _missing(self) -> bool:
        missing = self.record.get("missing", "zero")
        if missing not in ("zero", "unknown"):
            raise BadFile('missing must be "zero" or "unknown"')
        return bool(missing == "zero")

    def _threshold(self) -> int:
        threshold = self.record["threshold"]
        if type(threshold) is not int or not 2 <= threshold <= MOST_CHILDREN:
            raise BadFile(f"threshold must be whole, from 2 to {MOST_CHILDREN:,}")
        return threshold

    def _nonadditive(self, dims: Sequence[str]) -> frozenset[str]:
        names = self._texts("nonadditive")
        for name in names:
            if name not in dims:
                raise BadFile(f"nonadditive names {name!r}, which is not a dimension")
        return frozenset(names)

    def _hierarchies(self, dims: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        trees = self.record.get("hierarchies", {})
        if not isinstance(trees, dict):
            raise BadFile("hierarchies must be an object")
        for dim, parents in trees.items():
            if dim not in dims:
                raise BadFile(f"hierarchies names {dim!r}, which is not a dimension")
            if not isinstance(parents, dict):
                raise BadFile(f"hierarchies of {dim!r} must map a child to its parent")
            for value in (*parents, *parents.values()):
                value_of(value, f"hierarchies of {dim!r}")
            try:
                TopologicalSorter({of: [to] for of, to in parents.items()}).prepare()
            except CycleError:
                raise BadFile(f"hierarchies of {dim!r} go round in a circle") from None
        return trees

    def _vector(self, row: Mapping[str, Any], where: str) -> Vector:
        vector: list[str | None] = []
        for place, name in enumerate(self.frame.names):
            value = row.get(name)
            if value is not None:
                value = value_of(value, f"{where}, {name}")
            elif place < self.frame.n_keys:
                raise BadFile(f"{where}: the key {name!r} is missing")
            vector.append(value)
        return tuple(vector)

    def _rows(self, name: str, *, parts: Iterable[str]) -> Iterable[tuple[str, Any]]:
        rows = self.record.get(name, [])
        if not isinstance(rows, list):
            raise BadFile(f"{name} must be a list")
        if len(rows) > _MOST_CELLS:
            raise BadFile(f"{name} has more than {_MOST_CELLS} entries")
        for number, row in enumerate(rows, start=1):
            where = f"{name}, number {number}"
            if not isinstance(row, dict):
                raise BadFile(f"{where}: must be an object")
            for unknown in sorted(row.keys() - {*self.frame.names, *parts}):
                raise BadFile(f"{where}: {unknown!r} is not a dimension")
            yield where, row

    def _cells(self) -> Iterable[Cell]:
        if self.record["cells"] == []:
            raise BadFile("there are no cells")
        parts = ("table", "n", "x", "of", "primary", "weight", "rate")
        for where, row in self._rows("cells", parts=parts):
            if not isinstance(row.get("table"), str):
                raise BadFile(f"{where}: 'table' must be a text")
            if "n" not in row:
                raise BadFile(f"{where}: 'n' is missing")
            vector = self._vector(row, where)
            if self.is_counted:
                if "rate" in row:
                    raise BadFile(f"{where}: a counted cell has 'x', not 'rate'")
                yield self._counted(row, vector, where)
            else:
                if "of" in row:
                    raise BadFile(f"{where}: a published cell has no 'of'")
                n = None if row["n"] is None else self._count(row["n"], where)
                x = self._numerators(row, MOST_CHILDREN, where)
                yield Cell(row["table"], vector, n, x, self._rates(row, where))

    def _counted(self, row: Mapping[str, Any], vector: Vector, where: str) -> Cell:
        n = self._count(row["n"], where)
        primary, weight = row.get("primary", False), row.get("weight", 1)
        if not isinstance(primary, bool):
            raise BadFile(f"{where}: 'primary' must be true or false")
        is_number = type(weight) in (int, float) and isfinite(weight)
        if not is_number or not 0 < weight <= _MOST_WEIGHT:
            raise BadFile(f"{where}: 'weight' must be above 0, at most {_MOST_WEIGHT}")
        of = self._denominators(row, n, where)
        told = self._of_indicators(row, "x", where)
        for indicator in sorted(self.days):
            if (indicator in told) != (indicator in of):
                raise BadFile(f"{where}: {indicator!r} in days needs both 'x' and 'of'")
        x = self._numerators(row, n, where, of)
        return Cell(row["table"], vector, n, x, {}, primary, float(weight), of)

    def _count(self, n: object, where: str) -> int:
        if type(n) is not int:
            raise BadFile(f"{where}: 'n' must be a whole number")
        if not 0 <= n <= MOST_CHILDREN:
            raise BadFile(f"{where}: 'n' must be from 0 to {MOST_CHILDREN:,}")
        return n

    def _of_indicators(self, row: Mapping[str, Any], name: str, where: str) -> Any:
        found = row.get(name, {})
        if not isinstance(found, dict):
            raise BadFile(f"{where}: {name!r} must be an object")
        for indicator in found:
            if indicator not in self.indicators:
                raise BadFile(f"{where}: {indicator!r} is not among the indicators")
        return found

    def _denominators(
        self, row: Mapping[str, Any], n: int, where: str
    ) -> Mapping[str, int]:
        found = self._of_indicators(row, "of", where)
        for indicator, of in found.items():
            if indicator not in self.days:
                raise BadFile(
                    f"{where}: {indicator!r} has 'of' but does not count days"
                )
            if type(of) is not int or not n <= of <= n * self.days_most:
                raise BadFile(
                    f"{where}: 'of' of {indicator!r} must be from 1 to "
                    f"{self.days_most} days for each child"
                )
        return dict(found)

    def _numerators(
        self,
        row: Mapping[str, Any],
        most: int,
        where: str,
        of: Mapping[str, int] = _NO_DAYS,
    ) -> Mapping[str, int]:
        found = self._of_indicators(row, "x", where)
        for indicator, x in found.items():
            if type(x) is not int or x < 0:
                raise BadFile(
                    f"{where}: 'x' of {indicator!r} must be a whole number, 0 or more"
                )
            if x > of.get(indicator, most):
                above = "of" if indicator in of else "n"
                raise BadFile(f"{where}: 'x' of {indicator!r} is more than {above!r}")
        return dict(found)

    def _rates(self, row: Mapping[str, Any], where: str) -> Mapping[str, str | None]:
        found = self._of_indicators(row, "rate", where)
        require_rates(found, where)
        return dict(found)

    def _figures(self) -> Iterable[Figure]:
        for where, row in self._rows("known", parts=_OF_FIGURES):
            n = self._count(row.get("n"), where)
            kind, off = row.get("kind", "exact"), row.get("plus_minus", 0)
            if kind not in ("exact", "approx", "most"):
                raise BadFile(f'{where}: kind must be "exact", "approx" or "most"')
            if type(off) is not int or not 0 <= off <= MOST_CHILDREN:
                raise BadFile(f"{where}: plus_minus must be 0 to {MOST_CHILDREN:,}")
            if kind != "approx" and off:
                raise BadFile(f"{where}: only an approx figure has a plus_minus")
            if is_most := kind == "most":
                n, off = n // 2, n - n // 2
            x = self._numerators(row, n + off, where)
            if self.days & x.keys():
                raise BadFile(f"{where}: a known figure counts children, not days")
            yield Figure(self._vector(row, where), n, x, off, is_most)
