"""Counts as a district delivers them: one reading of its file, whatever it is.

It may be the file that `match_addresses` wrote, another release file, counted or
protected, or a table of the district's own. What is kept of it is one JSON object.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from accounts.acts import RuleBroken
from indicators.aggregates.cells import coded
from indicators.aggregates.longform import Read, Zero, read_table
from indicators.aggregates.record import (
    DIMENSIONS,
    ENROLLED,
    FRAME,
    INDICATORS,
    PERIOD,
    dimension_of,
    year_of,
)
from indicators.disclosure.release_file import (
    FORMAT,
    BadFile,
    Cell,
    ReleaseFile,
    Vector,
    counted,
    protected,
)
from indicators.disclosure.table import Band, Mark
from indicators.formats.headings import comparable
from indicators.measures.dimensions import BREAKDOWNS

MOST_BYTES = 20_000_000
# What a file means by its cells, whatever is counted.
_MEANT = ("missing", "zero_public", "nonadditive", "hierarchies", "within")
# Beside the format: what the tool says of itself.
MADE_BY, LINK, LIST = "made_by", "link", "buildings_sha256"


_UPPER = {dim: name for name, (dim, is_upper) in BREAKDOWNS.items() if is_upper}


@dataclass(frozen=True, slots=True)
class Delivered:
    """Counts of one school year. `record` is a release file of ours.

    is_counted: whether they are still to be protected. blanks: what is no number, and
    not hidden. link: the share of links as the file states it, in percent. list_sha256:
    of the list of buildings to which addresses were matched.
    """

    record: Mapping[str, Any]
    is_counted: bool
    blanks: Mapping[tuple[str, str, str], Mark]
    notices: tuple[str, ...] = ()
    link: str = ""
    list_sha256: str = ""

    @property
    def year(self) -> str:
        """The school year."""
        return str(self.record["cells"][0][PERIOD])

    @property
    def shown(self) -> tuple[tuple[str, str], ...]:
        """Each measure with each breakdown; "" is all children together."""
        found = {
            (code, breakdown)
            for cell in self.record["cells"]
            for breakdown in (self._breakdown(cell),)
            for code in (ENROLLED, *(cell.get("x") or cell.get("rate") or {}))
        }
        found |= {(code, by) for by, _, code in self.blanks}
        return tuple(sorted(found))

    def _breakdown(self, cell: Mapping[str, Any]) -> str:
        """Return by what a cell is broken down; in a tree, what lies above has another
        name."""
        dimension = _dimension(cell)
        tree = self.record.get("hierarchies", {}).get(dimension, {})
        is_upper = cell.get(dimension) in tree.values()
        return _UPPER[dimension] if is_upper else dimension

    @property
    def n_cells(self) -> int:
        """How many groups are told of, with those that have no number."""
        return len(self.record["cells"]) + sum(
            code == ENROLLED for _, _, code in self.blanks
        )

    def content(self) -> bytes:
        """Return what is kept of it."""
        return json.dumps(
            {
                "record": self.record,
                "is_counted": self.is_counted,
                "blanks": [[*at, mark] for at, mark in sorted(self.blanks.items())],
                "link": self.link,
            },
            ensure_ascii=False,
            sort_keys=True,
        ).encode()

    def release(self, *, threshold: int) -> ReleaseFile:
        """Return it as a release file, with the threshold of today's owners.

        Raises BadFile where it contradicts itself.
        """
        content = json.dumps({**self.record, "threshold": threshold}).encode()
        return counted(content) if self.is_counted else protected(content)


def _dimension(cell: Mapping[str, Any]) -> str:
    return next((d for d in DIMENSIONS if cell.get(d) is not None), "")


def from_content(content: bytes) -> Delivered:
    """Return what `Delivered.content` wrote."""
    held = json.loads(content)
    return Delivered(
        record=held["record"],
        is_counted=held["is_counted"],
        blanks={(by, name, code): Mark(m) for by, name, code, m in held["blanks"]},
        link=held["link"],
    )


def read_counts(file: BinaryIO, *, threshold: int, zero: Zero | None) -> Delivered:
    """Return what a file delivers; raises RuleBroken with what to put right.

    threshold: the strictest owner's, in children. zero: what a 0 in a table means.
    """
    start = file.read(64)
    file.seek(0)
    if not start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        return _from_table(read_table(file, threshold=threshold, zero=zero))
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise RuleBroken("The file is too large to be counts of groups.")
    try:
        return _from_release(content, threshold=threshold)
    except BadFile as bad:
        raise RuleBroken(
            f"This is no release file: {bad}. See docs/protect.md for its form."
        ) from None


def _from_table(read: Read) -> Delivered:
    return Delivered(read.record, read.is_counted, read.blanks, read.notices)


def _from_release(content: bytes, *, threshold: int) -> Delivered:
    try:
        said = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        counted(content)  # which says what is wrong
        raise BadFile("the file must hold one JSON object")
    cells = said.get("cells")
    is_counted = isinstance(cells, list) and not any(
        isinstance(cell, dict) and ("rate" in cell or cell.get("n", 0) is None)
        for cell in cells
    )
    release = (counted if is_counted else protected)(content)
    if not is_counted and release.threshold < threshold:
        raise RuleBroken(
            f"The file was protected with a threshold of {release.threshold} children, "
            f"and the strictest owner asks for {threshold}. Make it again with "
            f"--threshold {threshold}."
        )
    _require_our_shape(release)
    return Delivered(
        record={
            **{name: said[name] for name in _MEANT if name in said},
            "format": FORMAT,
            "release": str(release.record["release"]),
            "keys": [PERIOD],
            "dims": list(DIMENSIONS),
            "indicators": list(release.indicators),
            "threshold": threshold,
            "cells": list(_cells(release, is_counted=is_counted)),
            "known": [
                {**figure, PERIOD: year_of(figure[PERIOD])}
                for figure in said.get("known", [])
            ],
        },
        is_counted=is_counted,
        blanks={},
        link=_text(_part(said, LINK).get("matched")),
        list_sha256=_text(said.get(LIST)),
    )


def _part(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = said.get(name)
    return part if isinstance(part, dict) else {}


def _text(value: object) -> str:
    """Return a short text that the file states, or none."""
    return value[:80] if isinstance(value, str) else ""


def _require_our_shape(release: ReleaseFile) -> None:
    names = release.frame.names
    if names[: release.frame.n_keys] != (PERIOD,):
        raise RuleBroken(
            f"The file must have one key, “{PERIOD}”: the school year of each count."
        )
    if strange := [name for name in names[1:] if name not in DIMENSIONS]:
        raise RuleBroken(
            f"The file breaks counts down by “{strange[0]:.40}”. Send counts by "
            f"{' or by '.join(DIMENSIONS)}."
        )
    if strange := [code for code in release.indicators if code not in INDICATORS]:
        raise RuleBroken(
            f"The file counts “{strange[0]:.40}”, which is no measure that is taken. "
            f"Send {' or '.join(INDICATORS)}."
        )
    if release.days:
        raise RuleBroken(
            f"The file counts “{min(release.days)}” in days. Send how many children it "
            "is of: days are not taken."
        )
    vectors = [cell.vector for cell in release.cells]
    vectors += [figure.vector for figure in release.known]
    years = {year_of(vector[0] or "") for vector in vectors}
    if len(years) != 1 or None in years:
        raise RuleBroken(
            "The file must hold counts of one school year, written like 2025–26."
        )
    if all(
        _aligned(cell.vector, release)[1:] != (None, None) for cell in release.cells
    ):
        raise RuleBroken(
            "There is no count of all children together. Add it: without it nobody "
            "could tell what the groups leave over."
        )


def _aligned(vector: Vector, release: ReleaseFile) -> Vector:
    told = dict(zip(release.frame.names, vector, strict=True))
    return tuple(told.get(name) for name in FRAME.names)


def _cells(release: ReleaseFile, *, is_counted: bool) -> Iterable[dict[str, Any]]:
    for cell in release.cells:
        names = _aligned(cell.vector, release)
        try:
            dimension, group = dimension_of(names)
        except ValueError:
            raise RuleBroken(
                "The file has counts of a building and a school together, which is "
                "finer than an agreement lists (rule R-076). Leave them out."
            ) from None
        row = dict(zip(FRAME.names, names, strict=True))
        row[PERIOD] = year_of(row[PERIOD] or "")
        yield {
            "table": dimension or "all",
            **row,
            "n": cell.n,
            # Of a protected file they are found out where it is attacked.
            **({"x": dict(cell.x)} if is_counted or cell.x else {}),
            **({} if is_counted else {"rate": _rates(cell, group or "all children")}),
            **({"primary": True} if cell.primary else {}),
            **({"weight": cell.weight} if is_counted else {}),
        }


def _rates(cell: Cell, group: str) -> dict[str, str | None]:
    """Return what a file prints of rates, nowhere finer than a group's size allows."""
    found: dict[str, str | None] = {}
    for code, text in cell.rate.items():
        band: Band | Mark = Mark.SUPPRESSED
        if text is not None:
            if cell.n is None:
                raise RuleBroken(
                    f"The file prints a percent of {group:.60}, whose number of "
                    "children is hidden: it tells of a group that may be small. Write "
                    "null for the percent, or print the number of children."
                )
            band = coded(Band.parse(text), cell.n)
        found[code] = None if isinstance(band, Mark) else str(band)
    return found


def at_places(
    delivered: Delivered, places: Mapping[str, Mapping[str, str]]
) -> Delivered:
    """Return the counts under the codes of their places.

    places: names of the listed places by code, by dimension; a count may say either.
    Raises RuleBroken for a place that is not listed, or is there twice.
    """
    codes: dict[str, dict[str, set[str]]] = {}
    for dimension, listed in places.items():
        meant = codes.setdefault(dimension, {})
        for code, name in listed.items():
            for word in (name, code):
                meant.setdefault(comparable(word), set()).add(code)
    strange: dict[str, None] = {}

    def code_of(dimension: str, name: str) -> str:
        found = codes.get(dimension, {}).get(comparable(name), set())
        if len(found) > 1:
            raise RuleBroken(
                f"More than one {dimension} is called “{name:.60}”. Write the code of "
                "the one that is meant."
            )
        if not found:
            strange.setdefault(f"{dimension} “{name:.60}”")
        return next(iter(found), name)

    record = delivered.record
    cells, seen = [], set()
    for cell in record["cells"]:
        row = dict(cell)
        if dimension := _dimension(row):
            row[dimension] = code_of(dimension, row[dimension])
            at = (dimension, row[dimension])
            if at in seen:
                raise RuleBroken(
                    f"The {dimension} {row[dimension]} is counted twice in the file, "
                    "by its code and by its name, or in two tables. Keep one of them."
                )
            seen.add(at)
        cells.append(row)
    blanks = {
        (by, code_of(by, name) if by else "", measure): mark
        for (by, name, measure), mark in delivered.blanks.items()
    }
    known = [
        {name: code_of(name, v) if name in DIMENSIONS and v else v for name, v in row}
        for row in (figure.items() for figure in record.get("known", []))
    ]
    trees = {
        dimension: _tree(dimension, tree, code_of)
        for dimension, tree in record.get("hierarchies", {}).items()
    }
    if strange:
        named = ", ".join([*strange][:5])
        raise RuleBroken(
            f"Not on the lists of buildings and schools: {named}. Listed places alone "
            "are taken, so that nothing finer comes out (rule R-076). Correct the "
            "file, or have the place added."
        )
    placed = {"cells": cells, "known": known, "hierarchies": trees}
    return replace(delivered, record={**record, **placed}, blanks=blanks)


def _tree(
    dimension: str, tree: Mapping[str, str], code_of: Callable[[str, str], str]
) -> dict[str, str]:
    """Return each value's parent, by code; raises RuleBroken where it has two."""
    found: dict[str, str] = {}
    for value, above in tree.items():
        code, parent = code_of(dimension, value), code_of(dimension, above)
        if found.setdefault(code, parent) != parent:
            raise RuleBroken(
                f"The {dimension} {code} lies in {found[code]} and in {parent} by what "
                "the file says. Write it in one place."
            )
    return found


def link_band(text: str) -> Band | None:
    """Return the share of links that a file states, as a range; None if it does not."""
    try:
        return Band.parse(text)
    except ValueError:
        return None
