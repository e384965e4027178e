"""Which resources of the Ed-Fi standard are read, and which values of them.

Names are those of the API; XML has them with a capital. Source: Ed-Fi Data Standard,
versions 3 to 5.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

DATE, BIRTH, DURATION, COUNT = "date", "birth date", "duration", "count"


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a resource.

    path: its end, by which it is known; "addresses/city" is a city of an address.
    refers: the resource of which it is a key.
    """

    path: str
    element: str
    is_needed: bool = False
    kind: str = ""
    refers: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource: what it is called, its values, and what identifies one."""

    name: str
    values: tuple[Value, ...]
    key: str = ""


_STUDENT = Value("studentUniqueId", "student.id", is_needed=True, refers="students")
_SCHOOL = Value("schoolId", "enrolment.school", is_needed=True, refers="schools")
# Of a test's parts, whose levels are not the test's.
_PART = "studentObjectiveAssessment"
# The element of what only tells which of several values is meant.
TELLS_APART = ""
# Such values by each of their paths, in JSON and in XML.
COHORT_TYPES = (
    *("cohortYears/cohortYearTypeDescriptor", "cohortYears/cohortYearType"),
    "cohortYear/cohortYearType",
)
_COHORT_YEARS = (
    *("cohortYears/schoolYearTypeReference/schoolYear", "cohortYears/schoolYear"),
    "cohortYear/schoolYear",
)
ADDRESS_TYPES = (
    *("addresses/addressTypeDescriptor", "addresses/addressType"),
    "address/addressType",
)
# When an address began and ended, in its periods or in itself.
ADDRESS_BEGINS, ADDRESS_ENDS = (
    tuple(
        f"{of}/{name}"
        for of in ("addresses/periods", "address/period", "addresses", "address")
    )
    for name in ("beginDate", "endDate")
)
ID_SYSTEMS = (
    "studentIdentificationCodes/studentIdentificationSystemDescriptor",
    "studentIdentificationCodes/studentIdentificationSystem",
    "studentIdentificationCode/studentIdentificationSystem",
)
METHODS = (
    "performanceLevels/assessmentReportingMethodDescriptor",
    "performanceLevel/assessmentReportingMethod",
)
# How averages are told by type, and without one.
AVERAGES, UNTYPED_AVERAGE = "gradePointAverageValue", "cumulativeGradePointAverage"
AVERAGE_TYPES = ("gradePointAverageTypeDescriptor", "gradePointAverageType")
IS_CUMULATIVE = "isCumulative"
# Objects of which a record has several, each with values that belong together.
_OF_SEVERAL = frozenset(
    {
        *("gradepointaverages", "gradepointaverage", "cohortyears", "cohortyear"),
        *("diplomas", "diploma", "performancelevels", "performancelevel"),
        *("addresses", "address"),
        *("studentidentificationcodes", "studentidentificationcode"),
    }
)
TERMS = ("termDescriptor", "term")
# Within what a test or a course is known by its identifier.
NAMESPACES = (
    *("assessmentReference/namespace", "assessmentIdentity/namespace", "namespace"),
    "courseReference/educationOrganizationId",
    "courseIdentity/educationOrganizationReference/educationOrganizationIdentity/"
    "educationOrganizationId",
    "educationOrganizationId",
)
_OF_RESULTS, _OF_COURSES = NAMESPACES[:2], NAMESPACES[3:5]
_ALL = (
    Resource(
        "students",
        (
            Value("studentUniqueId", "student.id", is_needed=True),
            Value("firstName", "student.first_name", is_needed=True),
            Value("middleName", "student.middle_name"),
            Value("lastSurname", "student.last_name", is_needed=True),
            Value("generationCodeSuffix", "student.suffix"),
            Value("preferredFirstName", "student.preferred_first_name"),
            Value("preferredLastSurname", "student.preferred_last_name"),
            Value("birthDate", "student.birth_date", kind=BIRTH),
            Value("birthCity", "student.birth_city"),
        ),
        key="studentUniqueId",
    ),
    Resource(
        "studentEducationOrganizationAssociations",
        (
            _STUDENT,
            Value("educationOrganizationId", TELLS_APART),
            Value("sexDescriptor", "student.sex"),
            Value("sex", "student.sex"),
            Value("raceDescriptor", "student.race"),
            Value("race", "student.race"),
            Value("hispanicLatinoEthnicity", "student.ethnicity"),
            Value("streetNumberName", "student.street_address"),
            Value("apartmentRoomSuiteNumber", "student.unit_number"),
            Value("city", "student.city"),
            Value("stateAbbreviationDescriptor", "student.state"),
            Value("stateAbbreviation", "student.state"),
            Value("postalCode", "student.zip"),
            Value("limitedEnglishProficiencyDescriptor", "student.english_learner"),
            Value("limitedEnglishProficiency", "student.english_learner"),
            Value("studentIdentificationCodes/identificationCode", "student.state_id"),
            Value("studentIdentificationCode/identificationCode", "student.state_id"),
            *(Value(path, "student.graduation_cohort") for path in _COHORT_YEARS),
            *(
                Value(path, TELLS_APART)
                for path in (*COHORT_TYPES, *ADDRESS_TYPES, *ID_SYSTEMS)
            ),
        ),
    ),
    Resource(
        "studentSchoolAssociations",
        (
            _STUDENT,
            _SCHOOL,
            Value("entryDate", "enrolment.entry_date", is_needed=True, kind=DATE),
            Value("exitWithdrawDate", "enrolment.exit_date", kind=DATE),
            Value("entryGradeLevelDescriptor", "enrolment.grade"),
            Value("entryGradeLevel", "enrolment.grade"),
            Value("entryTypeDescriptor", "enrolment.entry_type"),
            Value("entryType", "enrolment.entry_type"),
            Value("exitWithdrawTypeDescriptor", "enrolment.exit_type"),
            Value("exitWithdrawType", "enrolment.exit_type"),
            Value("schoolYear", "calendar.school_year"),
        ),
    ),
    Resource(
        "studentSchoolAttendanceEvents",
        (
            _STUDENT,
            replace(_SCHOOL, element="attendance.school"),
            Value("eventDate", "attendance.date", is_needed=True, kind=DATE),
            Value("attendanceEventCategoryDescriptor", "attendance.category"),
            Value("attendanceEventCategory", "attendance.category"),
            Value("eventDuration", "attendance.duration", kind=DURATION),
        ),
    ),
    Resource(
        "calendarDates",
        (
            Value("schoolId", "calendar.school", refers="schools"),
            Value("date", "calendar.date", is_needed=True, kind=DATE),
            Value("calendarEventDescriptor", "calendar.session"),
            Value("calendarEvent", "calendar.session"),
            Value("schoolYear", "calendar.school_year"),
        ),
    ),
    Resource(
        "sessions",
        (
            Value("schoolId", "calendar.school", refers="schools"),
            Value("sessionName", "calendar.session", is_needed=True),
            Value("beginDate", "calendar.date", is_needed=True, kind=DATE),
            Value("endDate", "calendar.date", is_needed=True, kind=DATE),
            Value("totalInstructionalDays", "calendar.session", kind=COUNT),
            Value("schoolYear", "calendar.school_year"),
        ),
    ),
    Resource(
        "disciplineIncidents",
        (
            Value("incidentDate", "discipline.date", is_needed=True, kind=DATE),
            Value("behaviorDescriptor", "discipline.behavior"),
            Value("schoolId", "enrolment.school", refers="schools"),
        ),
    ),
    Resource(
        "disciplineActions",
        (
            _STUDENT,
            Value("disciplineDate", "discipline.date", is_needed=True, kind=DATE),
            Value("disciplineDescriptor", "discipline.action"),
            Value("discipline", "discipline.action"),
            Value("actualDisciplineActionLength", "discipline.days"),
        ),
    ),
    Resource(
        "studentAssessments",
        (
            _STUDENT,
            Value("assessmentIdentifier", "assessment.test", is_needed=True),
            Value("administrationDate", "assessment.date", kind=DATE),
            Value("whenAssessedGradeLevelDescriptor", "assessment.grade"),
            Value("whenAssessedGradeLevel", "assessment.grade"),
            Value("performanceLevelDescriptor", "assessment.performance_level"),
            Value("performanceLevel/performanceLevel", "assessment.performance_level"),
            Value(
                f"{_PART}s/performanceLevels/performanceLevelDescriptor", TELLS_APART
            ),
            Value(f"{_PART}/performanceLevel/performanceLevel", TELLS_APART),
            *(Value(path, TELLS_APART) for path in (*METHODS, *_OF_RESULTS)),
            Value(f"{_PART}s/{METHODS[0]}", TELLS_APART),
            Value(f"{_PART}/{METHODS[1]}", TELLS_APART),
            Value("scoreResults/result", "assessment.score"),
            Value("schoolYear", "calendar.school_year"),
        ),
    ),
    Resource(
        "assessments",
        (
            Value("assessmentIdentifier", "assessment.test", is_needed=True),
            Value("namespace", TELLS_APART),
            Value("academicSubjectDescriptor", "assessment.subject"),
            Value("academicSubject", "assessment.subject"),
            Value("assessmentCategoryDescriptor", "assessment.test"),
            Value("assessmentCategory", "assessment.test"),
        ),
    ),
    Resource(
        "studentAcademicRecords",
        (
            _STUDENT,
            Value("cumulativeEarnedCredits", "transcript.credits"),
            Value(AVERAGES, "transcript.grade_point_average"),
            Value(UNTYPED_AVERAGE, "transcript.grade_point_average"),
            *(Value(path, TELLS_APART) for path in (*AVERAGE_TYPES, IS_CUMULATIVE)),
            *(Value(path, TELLS_APART) for path in TERMS),
            Value("diplomaTypeDescriptor", "transcript.diploma"),
            Value("diplomaType", "transcript.diploma"),
            Value("diplomaAwardDate", "transcript.diploma_date", kind=DATE),
            Value("schoolYear", "calendar.school_year"),
        ),
    ),
    Resource(
        "courseTranscripts",
        (
            _STUDENT,
            Value("courseCode", "course.subject", is_needed=True),
            Value("courseAttemptResultDescriptor", "course.result"),
            Value("courseAttemptResult", "course.result"),
            *(Value(path, TELLS_APART) for path in _OF_COURSES),
            Value("schoolYear", "calendar.school_year"),
        ),
    ),
    Resource(
        "courses",
        (
            Value("courseCode", "course.subject", is_needed=True),
            Value("educationOrganizationId", TELLS_APART),
            Value("academicSubjectDescriptor", "course.subject"),
            Value("academicSubject", "course.subject"),
        ),
    ),
    Resource(
        "localEducationAgencies",
        (
            Value("localEducationAgencyId", "school.district", is_needed=True),
            Value("nameOfInstitution", "school.name", is_needed=True),
        ),
        key="localEducationAgencyId",
    ),
    Resource(
        "schools",
        (
            Value("schoolId", "enrolment.school", is_needed=True),
            Value("nameOfInstitution", "school.name", is_needed=True),
            Value("localEducationAgencyId", "school.district"),
            Value("schoolCategoryDescriptor", "school.level"),
            Value("schoolCategory", "school.level"),
            Value("schoolTypeDescriptor", "school.type"),
            Value("schoolType", "school.type"),
        ),
        key="schoolId",
    ),
)


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name.removesuffix("s")


RESOURCES: Mapping[str, Resource] = {
    spelled: each
    for each in _ALL
    for spelled in (each.name.casefold(), _singular(each.name).casefold())
}


def resource_of(name: str) -> Resource | None:
    """Return the resource that an XML record or a JSON array is called by, if read."""
    return RESOURCES.get(name.casefold())


def is_of_several(name: str) -> bool:
    """Return whether a record can have several such objects."""
    return name.casefold() in _OF_SEVERAL


def resource_with(paths: Collection[str]) -> Resource | None:
    """Return the resource that an object without a name is, by what it cannot lack."""
    ends = {path.rpartition("/")[2] for path in paths}
    fitting = [
        (len([v for v in each.values if v.path in ends]), each)
        for each in _ALL
        if any(v.is_needed for v in each.values)
        and all(v.path in ends for v in each.values if v.is_needed)
    ]
    return max(fitting, key=lambda pair: pair[0], default=(0, None))[1]
