"""Published documents as release files: what they show and hide binds what follows."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from accounts.acts import RuleBroken
from indicators.disclosure.release_file import (
    Cell,
    Figure,
    Frame,
    ReleaseFile,
)
from indicators.disclosure.release_file import Vector as FileVector
from indicators.disclosure.table import Mark
from indicators.measures.definitions import Base, Unit
from indicators.measures.dimensions import ASSISTED, POPULATION
from indicators.measures.record import BASE, PERIOD
from indicators.published.document import Document

_KEYS = (PERIOD, BASE)
_NOT_THERE = (Mark.NO_DATA, Mark.NOT_YET)


def as_file(document: Document, *, periods: Collection[str]) -> ReleaseFile:
    """Return what a document prints of these school years, as a release file.

    What had no data, or was not yet known, is as if it were not there: it was not
    hidden. Dimensions that none of these cells has are left out.
    """
    cells = [
        cell
        for cell in document.cells
        if cell.period in periods and cell.n not in _NOT_THERE
    ]
    known = [
        figure
        for figure in document.beside.get("known", ())
        if figure["at"][PERIOD] in periods
    ]
    used = {name for cell in cells for name, _ in cell.vector}
    used |= {name for figure in known for name in figure["at"]}
    dims = tuple(name for name in document.dims if name in used)
    units = (Unit.CHILDREN, Unit.DAYS)
    codes = [m.id for m in document.measures if m.unit in units]
    frame = Frame(
        names=(*_KEYS, *dims),
        n_keys=len(_KEYS),
        nonadditive=document.nonadditive & {*dims},
        hierarchies={d: t for d, t in document.hierarchies.items() if d in dims},
        is_complete=document.beside.get("is_complete", True),
    )
    return ReleaseFile(
        frame=frame,
        indicators=tuple(codes),
        days=frozenset(m.id for m in document.measures if m.unit == Unit.DAYS),
        threshold=document.threshold,
        zero_public=document.beside.get("zero_public", True),
        cells=tuple(
            Cell(
                cell.table,
                (cell.period, cell.base, *(dict(cell.vector).get(d) for d in dims)),
                cell.n if isinstance(cell.n, int) else None,
                {},
                {
                    key: None if text is Mark.SUPPRESSED else str(text)
                    for key, text in cell.rates.items()
                    if key in codes and text not in _NOT_THERE
                },
            )
            for cell in cells
        ),
        known=tuple(
            Figure(
                tuple(figure["at"].get(name) for name in frame.names),
                figure["n"],
                figure["x"],
                figure["plus_minus"],
                figure["is_most"],
            )
            for figure in known
        ),
        record={},
    )


def beside(file: ReleaseFile) -> dict[str, Any]:
    """Return what readers know beside the cells of a file, as JSON values.

    That is figures that are public already, and what groups are that are not listed or
    are suppressed.
    """
    names = file.frame.names
    return {
        "is_complete": file.frame.is_complete,
        "zero_public": file.zero_public,
        "known": [
            {
                "at": {
                    name: value
                    for name, value in zip(names, figure.vector, strict=True)
                    if value is not None
                },
                "n": figure.n,
                "x": dict(figure.x),
                "plus_minus": figure.plus_minus,
                "is_most": figure.is_most,
            }
            for figure in file.known
        ],
    }


def joined(
    release: ReleaseFile, editions: Sequence[ReleaseFile]
) -> tuple[ReleaseFile, list[ReleaseFile]]:
    """Return a release and earlier editions with one meaning of their dimensions.

    Who is compared with nobody counts residents alone; beside a release that compares,
    that is said in each of its groups. Raises RuleBroken where an earlier edition of
    the same school year counted by rules that this release does not share.
    """
    if any(POPULATION in each.frame.names for each in (release, *editions)):
        release = _of_residents(release)
        editions = [_of_residents(each) for each in editions]
    frame = release.frame
    names, trees = [*frame.names], {d: dict(t) for d, t in frame.hierarchies.items()}
    for each in editions:
        own = {*each.frame.names} & {*frame.names}
        if each.frame.nonadditive & own != frame.nonadditive & {*each.frame.names}:
            raise RuleBroken(
                "An earlier release of this school year counts by another rule of "
                "residency or mobility, so its groups are other children. Choose the "
                "same rules, or publish again for the next year."
            )
        names += [name for name in each.frame.names if name not in names]
        for dim, tree in each.frame.hierarchies.items():
            _grow(trees.setdefault(dim, {}), tree)
    wider = replace(
        frame,
        names=tuple(names),
        hierarchies=trees,
        nonadditive=frame.nonadditive.union(*(e.frame.nonadditive for e in editions)),
    )
    codes = dict.fromkeys(release.indicators)
    more = (None,) * (len(names) - len(frame.names))
    return (
        replace(
            _moved(release, lambda vector: (*vector, *more)),
            frame=wider,
            indicators=tuple(codes),
        ),
        list(editions),
    )


def _grow(tree: dict[str, str], other: Mapping[str, str]) -> None:
    for value, above in other.items():
        if tree.setdefault(value, above) != above:
            raise RuleBroken(
                f"{value:.60} lies in {tree[value]:.60} now and in {above:.60} in an "
                "earlier release of this school year. Give it one place."
            )


def _of_residents(file: ReleaseFile) -> ReleaseFile:
    if POPULATION in file.frame.names:
        return file
    at = file.frame.names.index(BASE)

    def said(vector: FileVector) -> FileVector:
        return (*vector, None if vector[at] == Base.RESIDENTS else ASSISTED)

    names = (*file.frame.names, POPULATION)
    return replace(_moved(file, said), frame=replace(file.frame, names=names))


def _moved(file: ReleaseFile, named: Callable[[FileVector], FileVector]) -> ReleaseFile:
    return replace(
        file,
        cells=tuple(replace(cell, vector=named(cell.vector)) for cell in file.cells),
        known=tuple(_renamed(figure, named(figure.vector)) for figure in file.known),
    )


def _renamed(figure: Figure, vector: FileVector) -> Figure:
    return replace(figure, vector=vector)
