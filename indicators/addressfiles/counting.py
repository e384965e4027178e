"""From matched students to what may leave the district, and the words about it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from accounts.acts import RuleBroken
from indicators.addressfiles.buildings import Building
from indicators.addressfiles.matching import Matched
from indicators.aggregates.delivered import LINK, LIST, MADE_BY
from indicators.aggregates.record import (
    DIMENSIONS,
    FRAME,
    INDICATORS,
    PERIOD,
    vector,
)
from indicators.disclosure import coding
from indicators.disclosure.examination import examine
from indicators.disclosure.release import described, printed_record, protect
from indicators.disclosure.release_file import (
    FORMAT,
    ReleaseFile,
    counted,
    protected,
)
from indicators.disclosure.suppression import Progress
from indicators.disclosure.table import Band
from indicators.linkage.places import Fit
from indicators.measures.delivered import CHRONIC_PERCENT, MINIMUM_DAYS

COMMAND = "match_addresses"


@dataclass(frozen=True, slots=True)
class Counts:
    """Cells of a release file, as counted, of one school year."""

    year: str
    cells: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Made:
    """The counts that stay, and what may leave; refusals say why nothing may.

    protected: the release as it was printed, empty where nothing may leave.
    """

    counted: str
    protected: str
    refusals: tuple[str, ...]
    left_out: tuple[str, ...]


def count(
    matched: Matched,
    buildings: Sequence[Building],
    schools: Sequence[str],
    *,
    by: Sequence[str],
    year: str,
) -> tuple[Counts, tuple[str, ...]]:
    """Return the counts by building and school, and in words which one is left out."""
    children = _counted(matched.linked)
    has_schools = bool(schools) and all(child["school"] for child in children)
    left = []
    if "school" in by and not has_schools:
        left.append(
            "There is no table by school, because students at the buildings have no "
            "school in the export."
        )
    places = {
        "building": [building.code for building in buildings],
        "school": list(schools) if has_schools else [],
    }
    cells = []
    for dimension in DIMENSIONS:
        if dimension in by and places[dimension]:
            found = {child[dimension] for child in children} - {*places[dimension]}
            if found:
                raise RuleBroken(
                    f"Students are at {len(found)} {dimension}s that are not listed."
                )
            cells.append(_cell(children, dimension, year))
            cells += [
                _cell(children, dimension, year, place) for place in places[dimension]
            ]
    return Counts(year, tuple(cells)), tuple(left)


def _counted(linked: pa.Table) -> list[dict[str, Any]]:
    """Return the children who were enrolled long enough; raises for impossible days."""
    rows: list[dict[str, Any]] = linked.to_pylist()
    bad = sum(
        row["days_enrolled"] is None
        or row["days_absent"] is None
        or not 0 <= row["days_absent"] <= row["days_enrolled"]
        for row in rows
    )
    if bad:
        raise RuleBroken(
            f"{bad} students have days that are missing, negative, or more days absent "
            "than enrolled. Correct the attendance file."
        )
    return [row for row in rows if row["days_enrolled"] >= MINIMUM_DAYS]


def _cell(
    children: Sequence[Mapping[str, Any]],
    dimension: str,
    year: str,
    place: str | None = None,
) -> dict[str, Any]:
    own = [c for c in children if place is None or c[dimension] == place]
    chronic = sum(
        c["days_absent"] * 100 >= c["days_enrolled"] * CHRONIC_PERCENT for c in own
    )
    names = vector(year, dimension, place)
    return {
        "table": dimension,
        **dict(zip(FRAME.names, names, strict=True)),
        "n": len(own),
        "x": dict.fromkeys(INDICATORS, chronic),
    }


def made(
    counts: Counts,
    matched: Matched,
    *,
    threshold: int,
    list_sha256: str,
    left_out: Sequence[str],
    earlier: Sequence[ReleaseFile],
    progress: Progress,
) -> Made:
    """Return the counts protected, attacked, and attacked again as they were written.

    Raises RuleBroken where there is nothing to count; BadFile for contradictions.
    """
    if not counts.cells:
        raise RuleBroken("There is no table to make. Give --by building.")
    record = {
        "format": FORMAT,
        "release": f"Students at listed addresses, {counts.year}",
        "keys": [PERIOD],
        "dims": list(DIMENSIONS),
        "indicators": list(INDICATORS),
        "threshold": threshold,
        "missing": "zero",
        "zero_public": True,
        "cells": list(counts.cells),
        MADE_BY: COMMAND,
        LIST: list_sha256,
        LINK: {"how": "addresses", "matched": _share(matched, threshold)},
    }
    whole = json.dumps(record, ensure_ascii=False, indent=1)
    release = counted(whole.encode())
    outcome = protect(release, earlier=earlier, progress=progress)
    if outcome.refusals:
        return Made(whole, "", outcome.refusals, tuple(left_out))
    printed = printed_record(release, outcome)
    del printed["report"]  # numbers of hidden groups, which help whoever undoes it
    text = json.dumps(printed, ensure_ascii=False, indent=1) + "\n"
    written = protected(text.encode())
    found = examine(written, earlier=earlier, progress=progress)
    if found.breaches:
        sentences = tuple(described(breach, written) for breach in found.breaches)
        return Made(whole, "", sentences, tuple(left_out))
    return Made(whole, text, (), tuple(left_out))


def _share(matched: Matched, threshold: int) -> str:
    """Return the share of near addresses that are sure, as a range of percents."""
    n_sure = matched.n_of(Fit.EXACT) + matched.n_of(Fit.STANDARD)
    n_near = n_sure + matched.n_of(Fit.DOUBTFUL)
    if n_near < threshold:
        return ""
    band = coding.code(n_sure, n_near, n=n_near)
    return str(band) if isinstance(band, Band) else ""


def report_words(made_: Made, *, year: str, threshold: int, sha256: str) -> str:
    """Return the report that may leave with the counts: no number of a child in it."""
    record = json.loads(made_.protected)
    share = record[LINK]["matched"]
    lines = [
        f"Students at listed addresses, school year {year}",
        "",
        "What aggregates.json holds: for each listed building"
        f"{' and each school' if _has_schools(record) else ''}, how many students live",
        "at it, and the share of them who are chronically absent, as a range.",
        f"Groups of fewer than {threshold} students are suppressed, and others that",
        "would give one away. The file was attacked twice; nothing suppressed can be",
        "worked out from it.",
        "",
        "How students were matched: by their home address to the list of buildings.",
        f"Of addresses near a listed one, {share or '(too few to say)'} percent fit.",
        "Doubtful ones were left out, unless a person decided them.",
        *made_.left_out,
        "",
        "Upload aggregates.json, and nothing else. What is in keep/ stays with you.",
        f"SHA-256 of aggregates.json: {sha256}",
    ]
    return "\n".join(lines) + "\n"


def _has_schools(record: Mapping[str, Any]) -> bool:
    return any(cell["table"] == "school" for cell in record["cells"])


def kept_words(made_: Made, matched: Matched, *, n_set_aside: int) -> str:
    """Return the report that stays: exact numbers, and why nothing may leave."""
    lines = [
        "This stays with you: it holds exact numbers.",
        "",
        f"Students read: {len(matched.fits)}; rows set aside: {n_set_aside}",
        f"Address as listed: {matched.n_of(Fit.EXACT)}",
        f"Address the same in standard form: {matched.n_of(Fit.STANDARD)}",
        f"Doubtful, for you to decide in review.csv: {matched.n_of(Fit.DOUBTFUL)}",
        f"Elsewhere: {matched.n_of(Fit.NONE)}",
        f"At a building, but without countable days: {matched.n_without_days}",
        f"Counted: {len(matched.linked)}",
        *made_.left_out,
    ]
    if made_.refusals:
        lines += ["", "Nothing may leave:", *made_.refusals]
    return "\n".join(lines) + "\n"
