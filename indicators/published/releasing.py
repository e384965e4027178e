"""From frames to the document that may be published: counted, protected, attacked.

Only workers load it: the engine behind it is slow to load.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.acts import RuleBroken
from indicators.disclosure.audit import Kind
from indicators.disclosure.release import Outcome, protect
from indicators.disclosure.release_file import BadFile, counted
from indicators.disclosure.suppression import Progress
from indicators.measures import rostered
from indicators.measures.asked import (
    ALONE,
    Asked,
    Permitted,
    narrowed,
    populations_of,
    weighed,
)
from indicators.measures.counted import Cell, Counted
from indicators.measures.counting import count
from indicators.measures.declarations import Comparison, Report
from indicators.measures.definitions import Base
from indicators.measures.dimensions import POPULATION
from indicators.measures.inputs import Frames
from indicators.measures.nesting import require_apart, require_unrelated
from indicators.measures.record import release_record
from indicators.measures.rostered import Roster
from indicators.published.as_files import as_file, joined
from indicators.published.document import Document, PublishedCell
from indicators.published.making import Named, audit_of, differing, made

STANDS = (
    "The edition already published for this school year stands. Side by side with it, "
    "these tables would show changes of fewer than {threshold} children, or values "
    "that it suppressed. Publish again for the next year."
)
UNDONE = (
    "{title} already tells of this school year, and the children counted there or here "
    "are the residents who were found, which undoes the ranges of a link rate. Where "
    "other measures are published, leave the link rate out. Where it is published, "
    "publish other measures for the next year."
)
_MOST_TOLD = 2


@dataclass(frozen=True, slots=True)
class Earlier:
    """What readers have of the partnership already; title: of a release, or nothing."""

    title: str
    document: Document


@dataclass(frozen=True, slots=True)
class Made:
    """A document that withstood an attack, and what reviewers read of that."""

    document: Document
    audit: dict[str, Any]


def released(
    frames: Frames,
    report: Report,
    *,
    asked: Asked,
    permitted: Permitted,
    named: Named,
    earlier: Sequence[Earlier],
    seconds: float,
    progress: Progress,
) -> Made:
    """Return the document of what was asked for, counted from these frames.

    earlier: all that binds it. Raises RuleBroken where nothing is safe to publish, or
    not within so many seconds.
    """
    published = [
        measure
        for one in earlier
        if report.period in one.document.periods
        for measure in one.document.measures
    ]
    require_apart(populations_of(asked), [each.population for each in published])
    require_unrelated(asked.measures, published)
    is_compared = asked.comparison is not Comparison.NOBODY
    places = {d: n for d, n in named.labels.items() if d in _dims(asked)}
    roster = rostered.roster_of(report, frames, asked.counted_tables())
    found = narrowed(
        count(
            report,
            frames,
            measures=asked.measures,
            tables=asked.counted_tables(),
            threshold=named.threshold,
        ),
        permitted,
    )
    require_link_rates_apart(found.cells, earlier)
    rostered.require_listed(found, places)
    rostered.require_enough(
        found, roster, threshold=named.threshold, is_compared=is_compared
    )
    found = rostered.filled(
        found, places=places, roster=roster, is_compared=is_compared
    )
    record = release_record(
        named.name,
        [weighed(found)],
        threshold=named.threshold,
        known=rostered.known_to_agency(found, roster, is_compared=is_compared),
    )
    outcome = _protected(record, earlier, report.period, seconds, progress)
    if outcome.refusals:
        raise RuleBroken(refusal(outcome, threshold=named.threshold, asked=asked))
    document = made(
        found, outcome.cells, report=report, dims=record["dims"], named=named
    )
    audit = audited(outcome.report, document, earlier)
    audit["unmatched"] = _unmatched(found, document, roster)
    is_of_sent = any(cell.base == Base.RESIDENTS for cell in document.cells)
    audit["roster"] = "link rate" if is_of_sent else "found"
    return Made(document, audit)


def require_link_rates_apart(
    cells: Iterable[Cell | PublishedCell], earlier: Sequence[Earlier]
) -> None:
    """Raise RuleBroken where the children counted would undo a link rate.

    They are the residents who were found, of whom it prints no more than a range.
    """
    now = {(cell.period, cell.base == Base.RESIDENTS) for cell in cells}
    if any((period, not is_of_sent) in now for period, is_of_sent in now):
        raise RuleBroken(ALONE)
    for one in earlier:
        if any(
            (cell.period, cell.base != Base.RESIDENTS) in now
            for cell in one.document.cells
        ):
            raise RuleBroken(UNDONE.format(title=one.title or "A research file"))


def _dims(asked: Asked) -> set[str]:
    """Return the dimensions of places that are asked for."""
    told = {name for table in asked.tables for name in table}
    return {
        dim
        for dim, names in (
            ("building", {"building", "development"}),
            ("school", {"school", "level"}),
        )
        if names & told
    }


def _protected(
    record: dict[str, Any],
    earlier: Sequence[Earlier],
    period: str,
    seconds: float,
    progress: Progress,
) -> Outcome:
    try:
        file = counted(json.dumps(record).encode())
        editions = [as_file(one.document, periods={period}) for one in earlier]
        file, bound = joined(file, [one for one in editions if one.cells])
        return protect(file, earlier=bound, seconds=seconds, progress=progress)
    except BadFile as bad:
        why = f"The tables cannot be protected with what was told before: {bad}."
        raise RuleBroken(why) from None


def refusal(outcome: Outcome, *, threshold: int, asked: Asked) -> str:
    """Return in a few sentences why nothing may be published, and what to try."""
    whys = {each["why"] for each in outcome.report["culprits"]}
    is_standing = bool(whys & {Kind.MOVED, Kind.RATE_MOVED, Kind.UNCOVERED})
    if is_standing or any("first edition stands" in each for each in outcome.refusals):
        return STANDS.format(threshold=threshold)
    crossed = [table for table in asked.tables if len(table) > 1]
    again = "Leave a table out, or combine small groups"
    if crossed:
        again = f"Leave out the table by {' and '.join(crossed[-1])}"
    elif found := outcome.report.get("collapses"):
        again = str(found[0]["how"])
    told = " ".join(f"{each.rstrip('.')}." for each in outcome.refusals[:_MOST_TOLD])
    return (
        "A suppressed number could be worked out from every form of these tables that "
        f"was tried. {again}, and make it again. {told}"
    )


def audited(
    report: dict[str, Any], document: Document, earlier: Sequence[Earlier]
) -> dict[str, Any]:
    """Return what reviewers read of an attack that found nothing."""
    audit = audit_of(report, document.cells)
    audit["earlier"] = [
        {"title": one.title, "tables": sorted(differing(document, one.document))}
        for one in earlier
        if one.title and {*document.periods} & {*one.document.periods}
    ]
    return audit


def _unmatched(found: Counted, document: Document, roster: Roster) -> list[str]:
    """Return the names of shown groups where few of those sent were not found."""
    few = rostered.unmatched(
        found,
        roster,
        threshold=document.threshold,
        is_compared=POPULATION in document.dims,
    )
    shown = {
        cell.vector
        for cell in document.cells
        if cell.base == Base.ENROLLED and isinstance(cell.n, int)
    }
    names = []
    for vector in few:
        at = [document.label(d, v) for d, v in vector if d != POPULATION]
        if vector in shown:
            names.append(", ".join(at) or "all residents together")
    return sorted(names)
