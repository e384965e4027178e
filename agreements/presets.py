"""What a new draft starts with, by kind and model: sides, flows, dates (pure).

A side is what an organisation is to the agreement ("the one who links"), and says which
types of organisation can be it. Source: law.md §3, after the federal Road Map.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from agreements.preset_flows import (
    ANALYSES,
    CASES,
    COUNTED_FROM,
    FURTHER,
    HOUSING_LIST,
    MEASURES,
    PRESETS,
    STUDENT_RECORDS,
    TABLES,
    FlowPreset,
    Preset,
)
from agreements.preset_sides import Side
from agreements.rules.vocabulary import (
    LINKING,
    AgreementKind,
    Capacity,
    Frequency,
    PartyType,
    SharingModel,
    Sight,
)

__all__ = [
    "ANALYSES",
    "BREAKDOWNS",
    "CASES",
    "COUNTED_FROM",
    "FURTHER",
    "HOUSING_LIST",
    "LINKING",
    "MEASURES",
    "PURPOSE",
    "STUDENT_RECORDS",
    "TABLES",
    "Dates",
    "FlowPreset",
    "Preset",
    "Side",
    "dates_from",
    "needed_by",
    "preset_of",
    "refresh_of",
    "sides_among",
    "sight_of",
    "work_of",
]

PURPOSE = "purpose"
BREAKDOWNS = ("building", "school")
ON_THE_LIST = ("steward", "analyst", "director", "superintendent", "counsel")
"""The roles whose people start on the access list."""


def preset_of(kind: AgreementKind, model: SharingModel, part: str = "") -> Preset:
    """Return what a draft starts with: its kind's own, its part's, or its model's."""
    for key in (kind.value, part, model.value):
        if key in PRESETS:
            return PRESETS[key]
    raise ValueError(f"no preset for {kind} of model {model}")


def work_of(kind: AgreementKind, model: SharingModel) -> tuple[str, ...]:
    """Return what is done beside measuring: linking, or helping named people."""
    if kind is AgreementKind.OUTREACH:
        return (CASES,)
    return {
        SharingModel.CONSENTED_CASES: (CASES,),
        SharingModel.SCHOOL_OFFICIAL: (CASES,),
        SharingModel.COUNTY_FEED: (LINKING, CASES),
    }.get(model, (LINKING,))


def refresh_of(preset: Preset) -> dict[str, Frequency]:
    """Return how often help for named children looks at records: as they arrive.

    All else is made once a year, until the parties say otherwise.
    """
    arriving = [
        flow.frequency
        for flow in preset.flows
        if any(CASES in answers for _, answers in flow.elements)
    ]
    if not arriving:
        return {}
    return {CASES: max(arriving, key=lambda each: each.per_year)}


def needed_by(measures: Iterable[str]) -> dict[str, list[str]]:
    """Return the fields from which measures are counted beside the usual ones.

    They are given with the measures that each of them answers.
    """
    found: dict[str, list[str]] = {}
    for measure in measures:
        for code in COUNTED_FROM.get(measure, ()):
            found.setdefault(code, []).append(measure)
    return found


def sides_among(
    preset: Preset, types: Mapping[int, PartyType]
) -> dict[str, int] | None:
    """Return which organisation is which side; None if one is lacking.

    types: of the organisations, by their key. A side that may be left out is.
    """
    free = dict(types)
    found: dict[str, int] = {}
    for side in preset.sides:
        fits = [key for of in side.types for key, type_ in free.items() if type_ is of]
        if fits:
            found[side.key] = fits[0]
            del free[fits[0]]
        elif not side.may_lack:
            return None
    is_shared = any(
        {each.sender, each.receiver} <= found.keys() for each in preset.flows
    )
    return found if is_shared else None


def sight_of(preset: Preset, side: Side, role: str) -> tuple[Sight, ...]:
    """Return what a role on a side starts to see; empty: it is not on the list.

    Only stewards of whoever links or receives see people; of the rest, nobody does.
    """
    if role not in ON_THE_LIST:
        return ()
    receives = any(
        flow.grain.is_identifiable and flow.receiver == side.key
        for flow in preset.flows
    )
    if role == "steward" and Capacity.LINKER in side.capacities and receives:
        return (Sight.IDENTIFIERS, Sight.LINKED_ROWS, Sight.TABLES)
    if role == "steward" and receives:
        return (Sight.LINKED_ROWS, Sight.TABLES)
    return (Sight.TABLES,)


TERM_DAYS = 365
REVIEW_BEFORE_END_DAYS = 30
END_DAYS = 60


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates that a new draft proposes."""

    starts_on: date
    ends_on: date
    implementation_on: date
    review_on: date
    destroy_by: date


def dates_from(today: date) -> Dates:
    """Return a term of twelve months from today, its review and its destruction."""
    ends_on = today + timedelta(days=TERM_DAYS - 1)
    return Dates(
        starts_on=today,
        ends_on=ends_on,
        implementation_on=today,
        review_on=ends_on - timedelta(days=REVIEW_BEFORE_END_DAYS),
        destroy_by=ends_on + timedelta(days=END_DAYS),
    )
