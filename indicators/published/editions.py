"""Several releases read as one: of each school year the first edition that holds it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from indicators.measures.definitions import Base
from indicators.published.document import Document, PublishedCell
from indicators.published.wording import ASSISTED, POPULATION, TOTAL

# What a report declares of its own year, and of others than residents: no rule by
# which the residents of one year are other children than those of another.
_OF_ITS_YEAR = ("School year ", "Residents are compared with ")
_DAY = re.compile(r",? ?[A-Z][a-z]+ \d{1,2}, \d{4}")


@dataclass(frozen=True, slots=True)
class Edition:
    """One release's document. key: of the release. title: as its authors named it."""

    key: int
    title: str
    document: Document


@dataclass(frozen=True, slots=True)
class Editions:
    """Documents read as one.

    sources: which edition each school year is taken from. own: the first edition.
    others: all but it.
    """

    document: Document
    sources: Mapping[str, Edition]
    own: Edition
    others: tuple[Edition, ...]


def combined(editions: Sequence[Edition]) -> Editions:
    """Return the school years of all editions, each year from one edition whole.

    editions: in order of preference, the one whose page is shown first; years are
    never mixed, since a table of one edition may give away what another one hides. An
    edition whose total has another name is of other children, and is not read.
    """
    total = _total(editions[0].document)
    read = [each for each in editions if _total(each.document) == total]
    sources: dict[str, Edition] = {}
    for edition in read:
        for period in edition.document.periods:
            sources.setdefault(period, edition)
    own, *others = (edition.document for edition in read)
    labels = {dim: dict(names) for dim, names in own.labels.items()}
    trees = {dim: dict(tree) for dim, tree in own.hierarchies.items()}
    measures = {each.id: each for each in own.measures}
    for other in others:
        for into, found in ((labels, other.labels), (trees, other.hierarchies)):
            for dim, values in found.items():
                into[dim] = {**values, **into.get(dim, {})}
        for each in other.measures:
            measures.setdefault(each.id, each)
    dims = tuple(dict.fromkeys(dim for doc in (own, *others) for dim in doc.dims))
    document = Document(
        name=own.name,
        threshold=own.threshold,
        as_of=own.as_of,
        declared=own.declared,
        dims=dims,
        nonadditive=own.nonadditive.union(*(doc.nonadditive for doc in others)),
        hierarchies=trees,
        labels=labels,
        measures=tuple(measures.values()),
        cells=tuple(
            _of_residents(cell, edition.document) if POPULATION in dims else cell
            for edition in read
            for cell in edition.document.cells
            if sources[cell.period] is edition
        ),
        rules={period: rules_of(each.document) for period, each in sources.items()},
    )
    return Editions(
        document, dict(sorted(sources.items())), editions[0], tuple(editions[1:])
    )


def rules_of(document: Document) -> tuple[str, ...]:
    """Return what was declared of who counts, without the days of its own year."""
    return tuple(
        _DAY.sub("", said)
        for said in document.declared
        if not said.startswith(_OF_ITS_YEAR)
    )


def _total(document: Document) -> str:
    return document.labels.get(TOTAL, {}).get(TOTAL, "")


def _of_residents(cell: PublishedCell, document: Document) -> PublishedCell:
    """Return a cell with whom it counts, where its document compares with nobody."""
    names = {name for name, _ in cell.vector}
    is_said = POPULATION in document.dims and cell.base != Base.RESIDENTS
    if is_said or POPULATION in names:
        return cell
    vector = tuple(sorted((*cell.vector, (POPULATION, ASSISTED))))
    return replace(cell, vector=vector)
