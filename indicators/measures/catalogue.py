"""The measures of a release, as data: what is counted, over whom, by which rule.

All three describe one population, the matched children enrolled for at least
`MINIMUM_DAYS`, so that no difference between two denominators can single out a child.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from indicators.disclosure.table import Unit

MINIMUM_DAYS = 10
CHRONIC_PERCENT = 10


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure in words and in the options that fix it.

    `unit` is what a rate counts, and None for a plain count of children.
    """

    code: str
    label: str
    definition: str
    numerator: str
    denominator: str
    unit: Unit | None
    options: Mapping[str, int]
    source: str


MEASURES: tuple[Measure, ...] = (
    Measure(
        code="enrolled",
        label="Children enrolled",
        definition=(
            "Children found on both lists who were enrolled in the district for at "
            f"least {MINIMUM_DAYS} school days of the year."
        ),
        numerator=f"matched children enrolled for at least {MINIMUM_DAYS} days",
        denominator="none: a count of children",
        unit=None,
        options=MappingProxyType({"minimum_days": MINIMUM_DAYS}),
        source="HUD and ED Data-Sharing Road Map, 2017: overlap of the two populations",
    ),
    Measure(
        code="attendance_rate",
        label="Attendance rate",
        definition=(
            "Days these children were present, as a percent of the days they were "
            "enrolled, all children together. A day counts as absent when half of it "
            "or more was missed."
        ),
        numerator="days present",
        denominator="days enrolled",
        unit=Unit.DAYS,
        options=MappingProxyType({"minimum_days": MINIMUM_DAYS}),
        source="CEDS: Number of Days in Attendance",
    ),
    Measure(
        code="chronic_absence",
        label="Chronic absence",
        definition=(
            f"Children absent for at least {CHRONIC_PERCENT} percent of the days they "
            f"were enrolled, as a percent of the children enrolled for at least "
            f"{MINIMUM_DAYS} days. Excused and unexcused absences both count."
        ),
        numerator=f"children absent for at least {CHRONIC_PERCENT} percent of days",
        denominator=f"children enrolled for at least {MINIMUM_DAYS} days",
        unit=Unit.CHILDREN,
        options=MappingProxyType(
            {"minimum_days": MINIMUM_DAYS, "absent_percent": CHRONIC_PERCENT}
        ),
        source="EDFacts FS195; CEDS: Chronic Student Absenteeism Indicator",
    ),
)

BY_CODE: Mapping[str, Measure] = MappingProxyType({m.code: m for m in MEASURES})
