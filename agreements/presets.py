"""What a new draft of model 2 starts with: flows, elements, dates (pure).

Model 2: the housing agency sends identifiers, the district links, tables come back.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from agreements.rules.vocabulary import (
    LINKING as LINKING,
)
from agreements.rules.vocabulary import (
    Basis,
    Capacity,
    Frequency,
    Grain,
    Sight,
    Transfer,
)

HOUSING_LIST = "Housing list"
STUDENT_RECORDS = "Student records"
TABLES = "Tables"
PURPOSE = "purpose"
ANALYSES = {
    LINKING: "Linking the lists",
    "enrolled": "Children enrolled",
    "attendance_rate": "Attendance rate",
    "chronic_absence": "Chronic absence",
}
MEASURES = tuple(key for key in ANALYSES if key != LINKING)
BREAKDOWNS = ("building", "school")


@dataclass(frozen=True, slots=True)
class FlowPreset:
    """One flow of a model: who sends whom which elements, and what they answer."""

    key: str
    sender: str
    receiver: str
    grain: Grain
    elements: tuple[tuple[str, tuple[str, ...]], ...]
    basis: Basis | None = None
    frequency: Frequency = Frequency.YEARLY
    method: Transfer = Transfer.UPLOAD
    collected_under: str = ""


def _all(
    codes: str, answers: tuple[str, ...]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((code, answers) for code in codes.split())


MODEL_2: tuple[FlowPreset, ...] = (
    FlowPreset(
        key=HOUSING_LIST,
        sender="pha",
        receiver="district",
        grain=Grain.RECORD,
        elements=_all(
            "tenant.member_id tenant.first_name tenant.middle_name tenant.last_name "
            "tenant.birth_date",
            (LINKING,),
        )
        + _all("tenant.development tenant.move_in_date", MEASURES),
        collected_under="Form HUD-50058, tenant application",
    ),
    FlowPreset(
        key=STUDENT_RECORDS,
        sender="district",
        receiver="district",
        grain=Grain.RECORD,
        basis=Basis.NONE_NEEDED,
        elements=_all(
            "student.id student.first_name student.middle_name student.last_name "
            "student.preferred_first_name student.preferred_last_name "
            "student.birth_date",
            (LINKING,),
        )
        + _all(
            "attendance.date attendance.category attendance.duration "
            "attendance.school calendar.date calendar.school calendar.session",
            MEASURES[1:],
        )
        + _all(
            "enrolment.school enrolment.entry_date enrolment.exit_date",
            MEASURES,
        ),
    ),
    FlowPreset(
        key=TABLES,
        sender="district",
        receiver="pha",
        grain=Grain.AGGREGATE,
        basis=Basis.NONE_NEEDED,
        elements=tuple((f"table.{measure}", (measure,)) for measure in MEASURES),
        method=Transfer.TABLES,
    ),
)

CAPACITIES: dict[str, tuple[Capacity, ...]] = {
    "pha": (Capacity.OWNER, Capacity.RECIPIENT),
    "district": (Capacity.OWNER, Capacity.LINKER, Capacity.ANALYST),
}

SIGHT_OF_ROLE: dict[tuple[str, str], tuple[Sight, ...]] = {
    ("district", "steward"): (Sight.IDENTIFIERS, Sight.LINKED_ROWS, Sight.TABLES),
    ("district", "analyst"): (Sight.TABLES,),
    ("district", "superintendent"): (Sight.TABLES,),
    ("district", "counsel"): (Sight.TABLES,),
    ("pha", "steward"): (Sight.TABLES,),
    ("pha", "director"): (Sight.TABLES,),
    ("pha", "counsel"): (Sight.TABLES,),
}
"""Who starts on the access list: nobody at the agency sees identifiers."""

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
