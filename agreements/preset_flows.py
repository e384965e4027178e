"""The flows of every model: who sends whom what, at which grain and basis (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass

from agreements import preset_sides as sides
from agreements.preset_sides import Side
from agreements.rules.vocabulary import (
    LINKING,
    Basis,
    Frequency,
    Grain,
    Transfer,
    Use,
)

HOUSING_LIST = "Housing list"
STUDENT_RECORDS = "Student records"
TABLES = "Tables"
CASES = "cases"
ANALYSES = {
    LINKING: "Linking the lists",
    CASES: "Helping the children served",
    "enrolled": "Children enrolled",
    "attendance_rate": "Attendance rate",
    "chronic_absence": "Chronic absence",
}
MEASURES = tuple(key for key in ANALYSES if key not in (LINKING, CASES))
# Measures that no draft starts with, and that may be chosen besides.
FURTHER = {
    "on_time_enrolment": "Enrolled on time",
    "starting_on_time": "Started on time",
    "absences_by_kind": "Absences by kind",
    "link_rate": "Link rate",
    "reading_grade_3": "Reading on grade level, grade 3",
    "reading_grade_8": "Reading proficiency, grade 8",
    "math_grade_8": "Math proficiency, grade 8",
    "proficiency": "Proficiency in a subject",
    "suspension": "Suspended or expelled",
    "on_time_graduation": "Graduated on time",
    "graduation_ever": "Graduated within five or six years",
    "dropout": "Dropped out",
    "grade_point_average": "Grade point average",
    "credits_on_target": "Credits on target",
    "core_courses_passed": "Core courses passed",
}
ANALYSES |= FURTHER
_OF_TESTS = (
    *("assessment.subject", "assessment.test", "assessment.date", "assessment.grade"),
    *("assessment.performance_level", "enrolment.grade"),
)
_OF_A_CLASS = (
    *("student.graduation_cohort", "transcript.diploma", "transcript.diploma_date"),
    *("enrolment.exit_type", "enrolment.exit_documented"),
)
# The fields from which measures are counted, beside those that every draft lists.
COUNTED_FROM: Mapping[str, tuple[str, ...]] = {
    "on_time_enrolment": ("enrolment.entry_type",),
    "starting_on_time": ("enrolment.entry_type",),
    **dict.fromkeys(
        ("reading_grade_3", "reading_grade_8", "math_grade_8", "proficiency"), _OF_TESTS
    ),
    "suspension": ("discipline.date", "discipline.action", "discipline.days"),
    **dict.fromkeys(("on_time_graduation", "graduation_ever"), _OF_A_CLASS),
    "dropout": (
        *("student.graduation_cohort", "enrolment.exit_type"),
        *("enrolment.exit_documented", "enrolment.grade"),
    ),
    "grade_point_average": (
        *("transcript.grade_point_average", "calendar.school_year"),
        "transcript.weighted_grade_point_average",
    ),
    "credits_on_target": (
        *("transcript.credits", "calendar.school_year", "enrolment.grade"),
    ),
    "core_courses_passed": ("course.subject", "course.result", "calendar.school_year"),
}

Listed = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowPreset:
    """One flow: which side sends which elements to whom, and what they answer."""

    key: str
    sender: str
    receiver: str
    grain: Grain
    elements: Listed
    basis: Basis | None = None
    frequency: Frequency = Frequency.YEARLY
    method: Transfer = Transfer.UPLOAD
    collected_under: str = ""
    use: Use = Use.ANALYSIS


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """What a draft starts with. title: of sides, by their keys in braces."""

    title: str
    sides: tuple[Side, ...]
    flows: tuple[FlowPreset, ...]

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures that the flows' elements answer, in the catalogue's order."""
        answered = {
            key
            for flow in self.flows
            for _, answers in flow.elements
            for key in answers
        }
        return tuple(key for key in MEASURES if key in answered)


def _all(codes: str, answers: tuple[str, ...]) -> Listed:
    return tuple((code, answers) for code in codes.split())


_TENANTS = _all(
    "tenant.member_id tenant.first_name tenant.middle_name tenant.last_name "
    "tenant.birth_date",
    (LINKING,),
) + _all("tenant.development tenant.move_in_date", MEASURES)
_STUDENT = (
    "student.id student.first_name student.middle_name student.last_name "
    "student.preferred_first_name student.preferred_last_name student.birth_date"
)
_ATTENDANCE = (
    "attendance.date attendance.category attendance.duration attendance.school "
    "calendar.date calendar.school calendar.session"
)
_ENROLMENT = "enrolment.school enrolment.entry_date enrolment.exit_date"
_STUDENTS = (
    _all(_STUDENT, (LINKING,))
    + _all(_ATTENDANCE, MEASURES[1:])
    + _all(_ENROLMENT, MEASURES)
)
_CASE = _all(
    "student.first_name student.last_name attendance.date attendance.category "
    "attendance.duration enrolment.school",
    (CASES,),
)
# One row per child and school year: no day on which somebody was away.
_ROWS = (
    _all("enrolment.school", MEASURES)
    + _all("attendance.rate", ("attendance_rate",))
    + _all("attendance.chronic_absence", ("chronic_absence",))
)
_TABLES: Listed = tuple((f"table.{measure}", (measure,)) for measure in MEASURES)
_HUD = "Form HUD-50058, tenant application"


def _housing_list(receiver: str) -> FlowPreset:
    return FlowPreset(
        key=HOUSING_LIST,
        sender="pha",
        receiver=receiver,
        grain=Grain.RECORD,
        elements=_TENANTS,
        collected_under=_HUD,
    )


def _students(receiver: str, basis: Basis | None) -> FlowPreset:
    return FlowPreset(
        key=STUDENT_RECORDS,
        sender="district",
        receiver=receiver,
        grain=Grain.RECORD,
        basis=basis,
        elements=_STUDENTS,
    )


def _tables(sender: str, receiver: str, key: str = TABLES) -> FlowPreset:
    return FlowPreset(
        key=key,
        sender=sender,
        receiver=receiver,
        grain=Grain.AGGREGATE,
        basis=Basis.NONE_NEEDED,
        elements=_TABLES,
        method=Transfer.TABLES,
    )


def _rows(grain: Grain, basis: Basis, extra: Listed = ()) -> FlowPreset:
    return FlowPreset(
        key="Rows without identities",
        sender="district",
        receiver="recipient",
        grain=grain,
        basis=basis,
        elements=extra + _ROWS,
        use=Use.EDUCATION_RESEARCH if basis is Basis.CODED else Use.ANALYSIS,
    )


def _cases(basis: Basis) -> FlowPreset:
    return FlowPreset(
        key="Case view",
        sender="district",
        receiver="provider",
        grain=Grain.CASE_VIEW,
        basis=basis,
        elements=_CASE,
        frequency=Frequency.DAILY,
        method=Transfer.SCREEN,
        use=Use.CASE_WORK,
    )


def _feed(key: str, receiver: str, basis: Basis, *, is_case: bool) -> FlowPreset:
    return FlowPreset(
        key=key,
        sender="district",
        receiver=receiver,
        grain=Grain.RECORD,
        basis=basis,
        elements=_CASE if is_case else _STUDENTS,
        frequency=Frequency.WEEKLY,
        method=Transfer.SFTP,
        use=Use.CASE_WORK if is_case else Use.ANALYSIS,
    )


_EVALUATED = _feed(
    "Feed for evaluations", "county", Basis.AUDIT_EVALUATION, is_case=False
)
_CLIENTS = _feed(
    "Feed for clients who consented", "county", Basis.CONSENT, is_case=True
)
_IN_CARE = "Feed for children in care"

PRESETS: Mapping[str, Preset] = {
    "out": Preset(
        title="Outreach by {provider} to families of {pha}",
        sides=(sides.PHA_ALONE, sides.PROVIDER),
        flows=(
            FlowPreset(
                key="Outreach list",
                sender="pha",
                receiver="provider",
                grain=Grain.RECORD,
                basis=Basis.NONE_NEEDED,
                elements=_all(
                    "tenant.first_name tenant.last_name tenant.phone", (CASES,)
                ),
                collected_under=_HUD,
                use=Use.OUTREACH,
            ),
        ),
    ),
    "red": Preset(
        title="Passing records on to {recipient} for a project",
        sides=(sides.LEAD, sides.RESEARCHER, sides.DISTRICT, sides.PHA_BESIDE),
        flows=(
            _students("recipient", None),
            _housing_list("recipient"),
        ),
    ),
    "1": Preset(
        title="School attendance at addresses of {sender}",
        sides=(
            sides.ADDRESS_SENDER,
            sides.LINKING_DISTRICT,
        ),
        flows=(
            FlowPreset(
                key="Addresses",
                sender="sender",
                receiver="district",
                grain=Grain.AGGREGATE,
                basis=Basis.NONE_NEEDED,
                elements=_all("building.address", MEASURES),
            ),
            _tables("district", "sender"),
        ),
    ),
    "2": Preset(
        title="School attendance of children in {pha} homes",
        sides=(sides.PHA, sides.LINKING_DISTRICT),
        flows=(
            _housing_list("district"),
            _students("district", Basis.NONE_NEEDED),
            _tables("district", "pha"),
        ),
    ),
    "2C": Preset(
        title="School attendance of children in {pha} homes, linked by {contractor}",
        sides=(sides.PHA, sides.DISTRICT, sides.CONTRACTOR),
        flows=(
            _housing_list("contractor"),
            _students("contractor", Basis.SCHOOL_OFFICIAL),
            _tables("contractor", "pha"),
        ),
    ),
    "3": Preset(
        title="Rows without identities from {district} for {recipient}",
        sides=(sides.ROWS_OWNER, sides.ROWS_READER),
        flows=(_rows(Grain.DEIDENTIFIED, Basis.DEIDENTIFIED),),
    ),
    "3b": Preset(
        title="Coded rows without identities from {district} for {recipient}",
        sides=(sides.ROWS_OWNER, sides.CODE_READER),
        flows=(_rows(Grain.CODED, Basis.CODED, _all("record.code", (LINKING,))),),
    ),
    "4S": Preset(
        title="A study by {recipient} for {district}",
        sides=(sides.DISTRICT, sides.RESEARCHER, sides.PHA_BESIDE),
        flows=(
            _students("recipient", Basis.STUDIES),
            _housing_list("recipient"),
            _tables("recipient", "district"),
        ),
    ),
    "4A": Preset(
        title="An evaluation by {recipient} for {district}",
        sides=(sides.DISTRICT, sides.RESEARCHER, sides.PHA_BESIDE),
        flows=(
            _students("recipient", Basis.AUDIT_EVALUATION),
            _housing_list("recipient"),
            _tables("recipient", "district"),
        ),
    ),
    "5": Preset(
        title="Taking part in the integrated data system of {lead}",
        sides=(sides.LEAD, sides.OWNER_DISTRICT, sides.OWNER_AGENCY),
        flows=(
            _students("lead", None),
            _housing_list("lead"),
            _tables("lead", "district", "Tables for the district"),
            _tables("lead", "pha", "Tables for the agency"),
        ),
    ),
    "6A": Preset(
        title="Help by {provider} for children whose families consent",
        sides=(sides.DISTRICT, sides.PROVIDER),
        flows=(_cases(Basis.CONSENT),),
    ),
    "6B": Preset(
        title="Help by {provider} on behalf of {district}",
        sides=(sides.DISTRICT, sides.PROVIDER),
        flows=(_cases(Basis.SCHOOL_OFFICIAL),),
    ),
    "7": Preset(
        title="Weekly feed from {district} to {county}, in parts",
        sides=(sides.DISTRICT, sides.COUNTY, sides.CARE_BESIDE),
        flows=(
            _EVALUATED,
            _feed(_IN_CARE, "care", Basis.CHILD_WELFARE, is_case=True),
            _CLIENTS,
        ),
    ),
    "7a": Preset(
        title="Weekly feed from {district} to {county} for evaluations",
        sides=(sides.DISTRICT, sides.COUNTY),
        flows=(_EVALUATED,),
    ),
    "7b": Preset(
        title="Weekly feed from {district} to {care} for children in care",
        sides=(sides.DISTRICT, sides.CARE),
        flows=(_feed(_IN_CARE, "care", Basis.CHILD_WELFARE, is_case=True),),
    ),
    "7c": Preset(
        title="Weekly feed from {district} to {county} for clients who consented",
        sides=(sides.DISTRICT, sides.COUNTY),
        flows=(_CLIENTS,),
    ),
    "8": Preset(
        title="Records of students whose families consent",
        sides=(
            sides.DISTRICT,
            sides.CONSENTED_READER,
        ),
        flows=(_students("recipient", Basis.CONSENT),),
    ),
}
