"""The files of OneRoster 1.1 and 1.2 that are read, column by column."""

from collections.abc import Mapping

from indicators.formats import values
from indicators.formats.checks import Rule, words
from indicators.formats.sets import Field, Part, key, must, unused

_ALL_MODES = frozenset({"active", "tobedeleted"})
STATUS: Mapping[str, Rule] = {
    "delta": words("active", "tobedeleted"),
    "bulk": Rule(
        "R08",
        "blank, active or tobedeleted",
        lambda value: False,
        lambda value: (
            "status filled in a bulk set" if value.casefold() in _ALL_MODES else ""
        ),
    ),
}
_BASE = (Field("status"), Field("dateLastModified"))
_ROLES = ("aide", "guardian", "parent", "proctor", "relative", "student", "teacher")
_ROLE = {
    "1.1": words("administrator", *_ROLES),
    "1.2": words(
        *_ROLES,
        *("counselor", "districtAdministrator", "principal", "siteAdministrator"),
        "systemAdministrator",
    ),
}
_SEX = {
    "1.1": words("male", "female"),
    "1.2": words("male", "female", "unspecified", "other"),
}
_ORGS = Part(
    "orgs.csv",
    (
        key(element="enrolment.school"),
        *_BASE,
        must("name", "school.name"),
        must(
            "type",
            rule=words(
                "department", "school", "district", "local", "state", "national"
            ),
        ),
        Field("identifier", "school.district", is_code=True),
        Field("parentSourcedId", refers="orgs.csv"),
    ),
    is_needed=True,
)
_SESSIONS = Part(
    "academicSessions.csv",
    (
        key(),
        *_BASE,
        must("title"),
        must("type", rule=words("gradingPeriod", "semester", "schoolYear", "term")),
        must("startDate", rule=values.DATE),
        must("endDate", rule=values.DATE),
        Field("parentSourcedId", refers="academicSessions.csv"),
        must("schoolYear", "calendar.school_year", rule=values.YEAR),
    ),
)
_CLASSES = Part(
    "classes.csv",
    (
        key(),
        *_BASE,
        must("title"),
        Field("grades", rule=values.GRADE),
        must("courseSourcedId", refers="courses.csv"),
        *unused("classCode", are_codes=True),
        must("classType", rule=words("homeroom", "scheduled")),
        Field("location", is_used=False),
        must("schoolSourcedId", refers="orgs.csv"),
        must("termSourcedIds", refers="academicSessions.csv", is_list=True),
        *unused("subjects", "subjectCodes", "periods"),
    ),
)
_COURSES = Part(
    "courses.csv",
    (
        key(),
        *_BASE,
        Field("schoolYearSourcedId", refers="academicSessions.csv"),
        must("title"),
        *unused("courseCode", are_codes=True),
        Field("grades", rule=values.GRADE),
        must("orgSourcedId", refers="orgs.csv"),
        *unused("subjects", "subjectCodes"),
    ),
)
_ENROLMENTS = Part(
    "enrollments.csv",
    (
        key(),
        *_BASE,
        must("classSourcedId", refers="classes.csv"),
        must("schoolSourcedId", "enrolment.school", refers="orgs.csv"),
        must("userSourcedId", "student.id", refers="users.csv"),
        must("role", rule=words("administrator", "proctor", "student", "teacher")),
        Field("primary", rule=values.FLAG),
        Field("beginDate", "enrolment.entry_date", rule=values.DATE),
        Field("endDate", "enrolment.exit_date", rule=values.DATE),
    ),
)


def _users(version: str) -> Part:
    is_first = version == "1.1"
    by_role = (
        must("orgSourcedIds", "enrolment.school", refers="orgs.csv", is_list=True),
        must("role", rule=_ROLE["1.1"]),
    )
    later = (
        Field("userMasterIdentifier", "student.state_id"),
        Field("preferredGivenName", "student.preferred_first_name"),
        Field("preferredMiddleName", is_used=False),
        Field("preferredFamilyName", "student.preferred_last_name"),
        Field("primaryOrgSourcedId", "enrolment.school", refers="orgs.csv"),
        Field("pronouns", is_used=False),
    )
    return Part(
        "users.csv",
        (
            key(element="student.id"),
            *_BASE,
            must("enabledUser", rule=values.FLAG),
            *(by_role if is_first else ()),
            must("username"),
            Field("userIds", "student.state_id"),
            must("givenName", "student.first_name", kind="name"),
            must("familyName", "student.last_name", kind="name"),
            Field("middleName", "student.middle_name"),
            Field("identifier", "student.id"),
            Field("email", "student.email"),
            Field("sms", "student.phone"),
            Field("phone", "student.phone"),
            Field("agentSourcedIds", refers="users.csv", is_list=True),
            Field("grades", "enrolment.grade", rule=values.GRADE),
            Field("password", is_used=False),
            *(() if is_first else later),
        ),
        is_needed=True,
    )


_USER_ROLES = Part(
    "roles.csv",
    (
        key(),
        *_BASE,
        must("userSourcedId", "student.id", refers="users.csv"),
        must("roleType", rule=words("primary", "secondary")),
        must("role", rule=_ROLE["1.2"]),
        Field("beginDate", "enrolment.entry_date", rule=values.DATE),
        Field("endDate", "enrolment.exit_date", rule=values.DATE),
        must("orgSourcedId", "enrolment.school", refers="orgs.csv"),
        Field("userProfileSourcedId", is_used=False),
    ),
    is_needed=True,
)


def _demographics(version: str) -> Part:
    races = (
        *("americanIndianOrAlaskaNative", "asian", "blackOrAfricanAmerican"),
        *("nativeHawaiianOrOtherPacificIslander", "white"),
    )
    return Part(
        "demographics.csv",
        (
            key(element="student.id", refers="users.csv"),
            *_BASE,
            Field(
                *("birthDate", "student.birth_date", values.DATE),
                is_needed=True,
                kind="birth",
            ),
            Field("sex", "student.sex", rule=_SEX[version]),
            *(Field(race, "student.race", rule=values.FLAG) for race in races),
            Field(
                "demographicRaceTwoOrMoreRaces",
                "student.two_or_more_races",
                rule=values.FLAG,
            ),
            Field("hispanicOrLatinoEthnicity", "student.ethnicity", rule=values.FLAG),
            Field("countryOfBirthCode", is_used=False),
            Field("stateOfBirthAbbreviation", is_used=False),
            Field("cityOfBirth", "student.birth_city"),
            Field("publicSchoolResidenceStatus", is_used=False),
        ),
    )


_COMMON = (_SESSIONS, _COURSES, _CLASSES)
PARTS: Mapping[str, tuple[Part, ...]] = {
    "1.1": (_ORGS, *_COMMON, _users("1.1"), _demographics("1.1"), _ENROLMENTS),
    "1.2": (
        *(_ORGS, *_COMMON, _users("1.2"), _USER_ROLES),
        *(_demographics("1.2"), _ENROLMENTS),
    ),
}
