"""From matched students to what may leave the district, and the words about it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.acts import RuleBroken
from indicators.addressfiles.buildings import Building
from indicators.addressfiles.matching import Matched
from indicators.aggregates.delivered import LINK, LIST, MADE_BY
from indicators.aggregates.record import counted_record
from indicators.disclosure import coding
from indicators.disclosure.examination import examine
from indicators.disclosure.release import described, printed_record, protect
from indicators.disclosure.release_file import ReleaseFile, counted, protected
from indicators.disclosure.suppression import Progress
from indicators.disclosure.table import Band, Table
from indicators.linkage.places import Fit
from indicators.measures.compute import tables

COMMAND = "match_addresses"
_NO_SCHOOL = "none"


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
) -> tuple[tuple[Table, ...], tuple[str, ...]]:
    """Return the tables by building and school, and in words which one is left out."""
    linked = matched.linked
    at = linked["school"].to_pylist()
    has_schools = bool(schools) and all(at)
    left = []
    if "school" in by and not has_schools:
        left.append(
            "There is no table by school, because students at the buildings have no "
            "school in the export."
        )
    if not has_schools:
        column = linked.schema.get_field_index("school")
        schools = [_NO_SCHOOL]
        linked = linked.set_column(column, "school", [[_NO_SCHOOL] * len(linked)])
    made = tables(
        linked,
        roster={building.code: len(linked) for building in buildings},
        buildings={building.code: building.name for building in buildings},
        schools={school: school for school in schools},
        school_year=year,
    )
    wanted = [d for d in by if d == "building" or has_schools]
    return tuple(table for table in made if table.dimension in wanted), tuple(left)


def made(
    counts: Sequence[Table],
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
    if not counts:
        raise RuleBroken("There is no table to make. Give --by building.")
    record = counted_record(
        counts,
        name=f"Students at listed addresses, {counts[0].school_year}",
        threshold=threshold,
    ) | {
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
