"""Delivered counts as a document that may be published, or why they may not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from accounts.acts import RuleBroken
from indicators.aggregates.delivered import Delivered
from indicators.aggregates.record import (
    DIMENSIONS,
    ENROLLED,
    INDICATORS,
    PERIOD,
    dimension_of,
)
from indicators.disclosure.audit import Breach, Kind
from indicators.disclosure.examination import examine
from indicators.disclosure.release import protect
from indicators.disclosure.release_file import BadFile, ReleaseFile, Vector
from indicators.disclosure.suppression import Progress, in_silence
from indicators.disclosure.table import Band, Mark
from indicators.measures.definitions import Base, Measure, choose
from indicators.measures.record import BASE
from indicators.published.as_files import as_file, beside, joined
from indicators.published.document import Document, PublishedCell, PublishedMeasure
from indicators.published.document import Vector as GroupOf
from indicators.published.making import Named, labels_of, printed_rate, published

# A message has room for so many ways in; the rest are counted.
_MOST_TOLD = 3
_KEYS = (PERIOD, BASE)
_MEASURES: Mapping[str, Measure] = {code: choose(code) for code in INDICATORS}


def document_of_counts(
    delivered: Delivered,
    *,
    earlier: Sequence[Document],
    named: Named,
    whom: str,
    by: str,
    as_of: date,
    progress: Progress = in_silence,
) -> tuple[Document, dict[str, Any]]:
    """Return delivered counts as a document, and the report of the attack on it.

    Counts that nobody protected are protected first. earlier: everything published
    before in the partnership; what is of the same school year binds. whom, by: who is
    counted, and whose counts these are. Raises RuleBroken with the groups that give
    way.
    """
    editions = [as_file(each, periods={delivered.year}) for each in earlier]
    try:
        sent = _renamed(delivered.release(threshold=named.threshold))
        release, bound = joined(sent, [each for each in editions if each.cells])
        if delivered.is_counted:
            outcome = protect(release, earlier=bound, progress=progress)
            if outcome.refusals:
                raise RuleBroken(
                    "No form of these counts that was tried can be published. "
                    + " ".join(f"{each}." for each in outcome.refusals[:_MOST_TOLD])
                )
            release, report = replace(release, cells=outcome.cells), outcome.report
        else:
            found = examine(release, earlier=bound, progress=progress)
            if found.breaches:
                raise RuleBroken(_refusal(found.breaches, release, named))
            report = {
                "narrowest n": found.narrowest_n,
                "narrowest x": found.narrowest_x,
                "primaries": None,
                "secondaries": None,
                "known beforehand": [],
            }
    except BadFile as bad:
        why = _in_labels(str(bad))
        raise RuleBroken(f"The counts cannot be protected: {why}.") from None
    ids = [_MEASURES[code].id for code in _told(delivered)]
    cells = (*_cells(release, ids), *_blank(delivered))
    document = Document(
        name=named.name,
        threshold=named.threshold,
        as_of=as_of.isoformat(),
        declared=(
            f"School year {delivered.year}, as counted by {by}.",
            f"{whom}: whom {by} found in its own house.",
        ),
        dims=DIMENSIONS,
        nonadditive=sent.frame.nonadditive,
        hierarchies=sent.frame.hierarchies,
        labels=labels_of((cell.vector for cell in cells), named.labels),
        measures=tuple(_measure(code, by) for code in _told(delivered)),
        cells=_with_blanks(cells, delivered),
        beside=beside(sent),
    )
    return document, report


def _told(delivered: Delivered) -> list[str]:
    return [code for code in INDICATORS if code in dict(delivered.shown)]


def _measure(code: str, by: str) -> PublishedMeasure:
    return replace(
        published(_MEASURES[code]),
        denominator=f"children, as counted by {by}",
        population="",
    )


def _renamed(release: ReleaseFile) -> ReleaseFile:
    """Return the file in the names of documents: with whom it counts, and measures."""
    names = release.frame.names
    ids = {code: measure.id for code, measure in _MEASURES.items()}

    def moved(vector: Vector) -> Vector:
        told = dict(zip(names, vector, strict=True))
        return (told[PERIOD], Base.ENROLLED, *(told.get(d) for d in DIMENSIONS))

    return replace(
        release,
        frame=replace(release.frame, names=(*_KEYS, *DIMENSIONS), n_keys=len(_KEYS)),
        indicators=tuple(ids[code] for code in release.indicators),
        within=tuple((ids[inner], ids[outer]) for inner, outer in release.within),
        known=tuple(
            replace(
                figure,
                vector=moved(figure.vector),
                x={ids[code]: x for code, x in figure.x.items()},
            )
            for figure in release.known
        ),
        cells=tuple(
            replace(
                cell,
                vector=moved(cell.vector),
                x={ids[code]: x for code, x in cell.x.items()},
                rate={ids[code]: text for code, text in cell.rate.items()},
            )
            for cell in release.cells
        ),
    )


def _cells(release: ReleaseFile, ids: Sequence[str]) -> Iterable[PublishedCell]:
    names = release.frame.names
    for cell in release.cells:
        told = dict(zip(names, cell.vector, strict=True))
        at = {d: value for d in DIMENSIONS if (value := told.get(d)) is not None}
        yield PublishedCell(
            table=cell.table,
            period=str(told[PERIOD]),
            base=Base.ENROLLED,
            vector=tuple(sorted(at.items())),
            n=Mark.SUPPRESSED if cell.n is None else cell.n,
            rates={key: printed_rate(cell.n, cell.rate.get(key)) for key in ids},
        )


def _blank(delivered: Delivered) -> Iterable[PublishedCell]:
    """Yield the groups whose size is not given, or not yet."""
    codes = _told(delivered)
    for (by, value, measure), mark in delivered.blanks.items():
        if measure == ENROLLED and value:
            yield PublishedCell(
                table=by,
                period=delivered.year,
                base=Base.ENROLLED,
                vector=((by, value),),
                n=mark,
                rates={_MEASURES[code].id: mark for code in codes},
            )


def _with_blanks(
    cells: Iterable[PublishedCell], delivered: Delivered
) -> tuple[PublishedCell, ...]:
    """Return the cells with the reasons why a measure has no number in them."""
    marks: dict[tuple[GroupOf, str], Band | Mark] = {
        (((by, value),) if value else (), _MEASURES[code].id): mark
        for (by, value, code), mark in delivered.blanks.items()
        if code != ENROLLED
    }
    return tuple(
        replace(
            cell,
            rates={
                key: marks.get((cell.vector, key), text)
                for key, text in cell.rates.items()
            },
        )
        for cell in cells
    )


def _refusal(breaches: Sequence[Breach], release: ReleaseFile, named: Named) -> str:
    if all(breach.kind is Kind.CONTRADICTION for breach in breaches):
        return (
            "The numbers of the file cannot all be true, together with what was "
            "published before: no counts of children fit them. Correct them, and send "
            "the file again."
        )
    told = []
    for breach in breaches[:_MOST_TOLD]:
        places = [_place(vector, release, named) for vector in breach.vectors[:3]]
        of = f" ({_label(breach.code)})" if breach.code else ""
        told.append(f"{' and '.join(places) or 'all'}{of}: {breach.kind}")
    more = len(breaches) - len(told)
    return (
        f"The file would give away what it hides. {'. '.join(told)}."
        + (f" And {more} more." if more else "")
        + " Hide one more group, or send the counts unprotected."
    )


def _in_labels(text: str) -> str:
    """Return a sentence with measures as readers call them, not as files do."""
    for measure in _MEASURES.values():
        text = text.replace(repr(measure.id), f"“{measure.definition.label}”")
    return text


def _label(key: str) -> str:
    labels = {m.id: m.definition.label for m in _MEASURES.values()}
    return labels.get(key, key)


def _place(vector: Vector, release: ReleaseFile, named: Named) -> str:
    """Return the label of a group."""
    told = dict(zip(release.frame.names, vector, strict=True))
    dimension, value = dimension_of((told[PERIOD], *(told.get(d) for d in DIMENSIONS)))
    if value is None:
        return "All children"
    return named.labels.get(dimension, {}).get(value, value)
