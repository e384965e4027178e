"""Kinds of records about students beside enrolment and attendance, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field

YEAR = "calendar.school_year"
TERM = "@term"  # is read to tell which average of a year is the last
OF_AVERAGES = (
    *("transcript.grade_point_average", "transcript.credits"),
    "transcript.weighted_grade_point_average",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of record, of which a student may have several.

    called: what its rows are, in words. told_by: elements of which such a row has one.
    columns: elements by their names in the frame, beside `id`. required: elements that
    each record has. dated_by: the element of its day. has_year: whether the frame tells
    the school year in which a record was made. may_lack: whether nothing is known of a
    student without a record, who else counts as one who has none. blank: what rows
    without it are called, in a notice. short: headings that in a table of such records
    mean these elements.
    """

    frame: str
    called: str
    told_by: tuple[str, ...]
    columns: Mapping[str, str]
    required: tuple[str, ...] = ()
    dated_by: str = ""
    has_year: bool = False
    may_lack: bool = False
    blank: str = ""
    short: Mapping[str, str] = field(default_factory=dict)

    @property
    def elements(self) -> frozenset[str]:
        """The elements that are stored of it."""
        return frozenset(self.columns.values())

    def needed(self, seen: frozenset[str] | set[str]) -> tuple[str, ...]:
        """Return what such records mean nothing without, where some came."""
        if not self.elements & seen:
            return ()
        needed = self.required
        if self.has_year and not {self.dated_by, YEAR} & seen:
            needed = (*needed, self.dated_by or YEAR)
        return needed


KINDS = (
    Kind(
        frame="discipline",
        called="Disciplinary actions",
        told_by=("discipline.action",),
        columns={
            "date": "discipline.date",
            "action": "discipline.action",
            "days_served": "discipline.days",
        },
        required=("discipline.date", "discipline.action"),
        dated_by="discipline.date",
        blank="no disciplinary action, and are left out",
        short={"date": "discipline.date", "days": "discipline.days"},
    ),
    Kind(
        frame="assessments",
        called="Test results",
        told_by=("assessment.performance_level",),
        columns={
            "subject": "assessment.subject",
            "grade": "assessment.grade",
            "test": "assessment.test",
            "level": "assessment.performance_level",
            "date": "assessment.date",
        },
        required=(
            *("assessment.subject", "assessment.test"),
            "assessment.performance_level",
        ),
        dated_by="assessment.date",
        has_year=True,
        blank="no performance level, and count as not tested",
        short={"date": "assessment.date", "grade": "assessment.grade"},
    ),
    Kind(
        frame="diplomas",
        called="Diplomas",
        told_by=("transcript.diploma",),
        columns={
            "diploma": "transcript.diploma",
            "diploma_on": "transcript.diploma_date",
        },
        required=("transcript.diploma", "transcript.diploma_date"),
        dated_by="transcript.diploma_date",
        short={"date": "transcript.diploma_date"},
    ),
    Kind(
        frame="records",
        called="Averages and credits",
        told_by=OF_AVERAGES,
        columns={
            "unweighted": "transcript.grade_point_average",
            "weighted": "transcript.weighted_grade_point_average",
            "credits": "transcript.credits",
        },
        has_year=True,
        may_lack=True,
    ),
    Kind(
        frame="courses",
        called="Results of courses",
        told_by=("course.result",),
        columns={"subject": "course.subject", "result": "course.result"},
        required=("course.subject", "course.result"),
        has_year=True,
        blank="no result of a course, and are left out",
        short={"subject": "course.subject"},
    ),
)
OF_RECORDS = frozenset(code for kind in KINDS for code in kind.elements)
# A row with one of these tells more than records.
OF_MORE = frozenset({"student.first_name", "enrolment.entry_date", "attendance.date"})
DAYS_OF_RECORDS = tuple(kind.dated_by for kind in KINDS if kind.dated_by)
SHORT = {kind.told_by[0]: kind.short for kind in KINDS} | {
    "attendance.category": {"date": "attendance.date"}
}
