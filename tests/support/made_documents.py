"""Invented published documents: many places, measures and years, as text alone."""

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from indicators.disclosure.table import Band, Mark
from indicators.published.document import Document, PublishedCell, PublishedMeasure

CODES = (
    ("chronic_absence", "Chronic absence", True),
    ("reading_grade_3", "Reading on grade level, grade 3", False),
    ("reading_grade_8", "Reading proficiency, grade 8", False),
    ("math_grade_8", "Math proficiency, grade 8", False),
    ("on_time_graduation", "Graduated on time", False),
    ("starting_on_time", "Started on time", False),
    ("suspension", "Suspended or expelled", True),
    ("dropout", "Dropped out", True),
    ("on_time_enrolment", "Enrolled on time", False),
    ("core_courses_passed", "Core courses passed", False),
    ("credits_on_target", "Credits on target", False),
    ("graduation_ever", "Graduated within five or six years", False),
)
WIDTHS = ((0, 10), (11, 19), (20, 29), (30, 39), (40, 49), (50, 59), (60, 100))


def measure(code: str, label: str = "", *, is_lower_better: bool) -> PublishedMeasure:
    """Return a measure of the catalogue as a document names it."""
    return PublishedMeasure(
        id=f"{code}.1.abc",
        code=code,
        label=label or code,
        numerator=f"students counted for {code}",
        denominator="students enrolled at least 10 days",
        population="",
        unit="children",
        source="Road Map",
        is_lower_better=is_lower_better,
        is_case_study=True,
    )


MEASURES = tuple(measure(c, label, is_lower_better=low) for c, label, low in CODES)


def cell(
    period: str,
    at: Mapping[str, str],
    n: int | Mark,
    rates: Mapping[str, Band | Mark],
) -> PublishedCell:
    """Return one group of a document."""
    return PublishedCell(
        table=" × ".join(sorted(set(at) - {"population"})) or "all",
        period=period,
        base="enrolled",
        vector=tuple(sorted(at.items())),
        n=n,
        rates=rates,
    )


def document(
    cells: Sequence[PublishedCell],
    *,
    measures: Sequence[PublishedMeasure] = MEASURES,
    labels: Mapping[str, Mapping[str, str]] | None = None,
    hierarchies: Mapping[str, Mapping[str, str]] | None = None,
) -> Document:
    """Return a document of these cells."""
    dims = {dim for each in cells for dim, _ in each.vector}
    return Document(
        name="autumn",
        threshold=10,
        as_of="2026-06-30",
        declared=("Residents lived in assisted housing on the census date.",),
        dims=tuple(sorted(dims)),
        nonadditive=frozenset(),
        hierarchies=hierarchies or {},
        labels=labels or {},
        measures=tuple(measures),
        cells=tuple(cells),
    )


def large(
    *,
    n_buildings: int = 60,
    n_measures: int = 12,
    years: Sequence[str] = ("2021–22", "2022–23", "2023–24", "2024–25", "2025–26"),
    schools: Sequence[str] = (),
    seed: int = 7,
) -> Document:
    """Return a document of invented text: buildings, schools, peers, several years."""
    draw = random.Random(seed)
    used = MEASURES[:n_measures]

    def texts() -> dict[str, Band | Mark]:
        if draw.random() < 0.12:
            return {each.id: Mark.SUPPRESSED for each in used}
        return {each.id: Band(*draw.choice(WIDTHS)) for each in used}

    def cells() -> Iterator[PublishedCell]:
        for year in years:
            for at in ({}, {"population": "assisted"}, {"population": "peers"}):
                whole = {each.id: Band(*draw.choice(WIDTHS)) for each in used}
                yield cell(year, at, 1_600, whole)
            for n in range(n_buildings):
                at = {"building": f"B{n:02}", "population": "assisted"}
                found = texts()
                is_hidden = Mark.SUPPRESSED in found.values()
                yield cell(year, at, Mark.SUPPRESSED if is_hidden else 30 + n, found)
        for n, school in product(range(n_buildings), schools):
            at = {"building": f"B{n:02}", "population": "assisted", "school": school}
            yield cell(years[-1], at, 20, texts())

    labels = {
        "building": {f"B{n:02}": f"Invented Court {n:02}" for n in range(n_buildings)}
    }
    return document(list(cells()), measures=used, labels=labels)
