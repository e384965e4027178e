"""Microsoft School Data Sync: the CSV files of version 1 and of version 2.1."""

from indicators.formats import values
from indicators.formats.checks import words
from indicators.formats.containers import Folder
from indicators.formats.examine import Answers
from indicators.formats.report import Report, shown
from indicators.formats.sets import (
    Field,
    Keeps,
    Part,
    Set,
    key,
    must,
    refuse_absent,
    unused,
)

_NAMES = (
    Field("First Name", "student.first_name", kind="name"),
    Field("Last Name", "student.last_name", kind="name"),
    Field("Middle Name", "student.middle_name"),
)
VERSION_1 = (
    Part(
        "School.csv",
        (
            key("SIS ID"),
            must("Name", "school.name"),
            *unused("School Number", "School NCES_ID", "State ID", are_codes=True),
            *unused(
                "Grade Low",
                "Grade High",
                "Principal SIS ID",
                "Principal Name",
                "Principal Secondary Email",
                "Address",
                "City",
                "State",
                "Country",
                "Zip",
                "Phone",
                "Zone",
            ),
        ),
        is_needed=True,
    ),
    Part(
        "Section.csv",
        (
            key("SIS ID"),
            must("School SIS ID", refers="School.csv"),
            must("Section Name"),
            *unused(
                "Section Number",
                "Term SIS ID",
                "Term Name",
                "Term StartDate",
                "Term EndDate",
                "Course SIS ID",
                "Course Name",
                "Course Number",
                "Course Description",
                "Course Subject",
                "Periods",
                "Status",
            ),
        ),
    ),
    Part(
        "Student.csv",
        (
            key("SIS ID", "student.id"),
            must("School SIS ID", "enrolment.school", refers="School.csv"),
            *_NAMES,
            Field("Birthdate", "student.birth_date", kind="birth"),
            Field("Grade", "enrolment.grade", rule=values.GRADE),
            Field("State ID", "student.state_id"),
            Field("Graduation Year", "student.graduation_cohort"),
            *unused(
                "Username", "Password", "Secondary Email", "Student Number", "Status"
            ),
        ),
        is_needed=True,
    ),
    Part(
        "StudentEnrollment.csv",
        (
            must("Section SIS ID", refers="Section.csv"),
            must("SIS ID", refers="Student.csv"),
        ),
    ),
)
NOT_READ_1 = (
    "Teacher.csv",
    "TeacherRoster.csv",
    "User.csv",
    "GuardianRelationship.csv",
)
VERSION_2 = (
    Part(
        "orgs.csv",
        (
            key(),
            must("name", "school.name"),
            must("type"),
            Field("parentSourcedId", refers="orgs.csv"),
        ),
        is_needed=True,
    ),
    Part(
        "users.csv",
        (
            key(element="student.id"),
            Field("username", is_needed=True, is_used=False),
            Field("givenName", "student.first_name", kind="name"),
            Field("familyName", "student.last_name", kind="name"),
            Field("middleName", "student.middle_name"),
            Field("preferredGivenName", "student.preferred_first_name"),
            Field("preferredFamilyName", "student.preferred_last_name"),
            Field("email", "student.email"),
            Field("phone", "student.phone"),
            *unused(
                "password",
                "activeDirectoryMatchId",
                "activeDirectoryUserId",
                "preferredMiddleName",
                "userNumber",
                "sms",
            ),
        ),
        is_needed=True,
    ),
    Part(
        "roles.csv",
        (
            must("userSourcedId", refers="users.csv"),
            must("orgSourcedId", "enrolment.school", refers="orgs.csv"),
            must("role"),
            Field("sessionSourcedId", refers="academicSessions.csv"),
            Field("grade", "enrolment.grade", rule=values.GRADE),
            Field("isPrimary", rule=values.FLAG),
            Field("roleStartDate", "enrolment.entry_date", kind="date"),
            Field("roleEndDate", "enrolment.exit_date", kind="date"),
        ),
        is_needed=True,
    ),
    Part(
        "academicSessions.csv",
        (
            key(),
            must("title"),
            must("type"),
            must("schoolYear", "calendar.school_year", rule=values.YEAR),
            must("startDate", kind="date"),
            must("endDate", kind="date"),
        ),
    ),
    Part(
        "classes.csv",
        (
            key(),
            must("orgSourcedId", refers="orgs.csv"),
            must("title"),
            Field("sessionSourcedIds", refers="academicSessions.csv", is_list=True),
            *unused("courseSourcedId", "code"),
        ),
    ),
    Part(
        "enrollments.csv",
        (
            must("classSourcedId", refers="classes.csv"),
            must("userSourcedId", refers="users.csv"),
            must(
                "role",
                rule=words(
                    "student",
                    "teacher",
                    also=(
                        "ta",
                        "teacherAssistant",
                        "substitute",
                        "administrator",
                        "other",
                        "aide",
                        "assistant",
                    ),
                ),
            ),
        ),
    ),
    Part(
        "demographics.csv",
        (
            must("userSourcedId", "student.id", refers="users.csv"),
            Field("sex", "student.sex", rule=values.SEX),
            Field("birthDate", "student.birth_date", kind="birth"),
            *unused(
                "birthCity", "birthState", "birthCountry", "ethnicityCodes", "raceCodes"
            ),
        ),
    ),
)
NOT_READ_2 = ("courses.csv", "userFlags.csv", "relationships.csv")


def read_set(
    folder: Folder,
    report: Report,
    answers: Answers,
    *,
    version: str,
    keeps: Keeps | None = None,
) -> Set:
    """Return what was kept of a set; what it holds is added to the report.

    version: "1" or "2.1". keeps: see Set.
    """
    report.format, report.version = "sds", version
    parts = VERSION_1 if version == "1" else VERSION_2
    passed = NOT_READ_1 if version == "1" else NOT_READ_2
    refuse_absent(parts, folder, report, standard="School Data Sync")
    reading = Set(folder, report, answers, are_exact=True, keeps=keeps)
    for part in parts:
        reading.read(part)
    _name_others(folder, {part.key for part in parts}, passed, report)
    reading.finish()
    return reading


def _name_others(
    folder: Folder, read: set[str], passed: tuple[str, ...], report: Report
) -> None:
    known = read | {name.casefold() for name in passed}
    others = [name for key, name in folder.names.items() if key not in known]
    if others:
        listed = ", ".join(f"`{shown(name)}`" for name in others[:10])
        report.notice("F11", f"Files outside the set were not read: {listed}.")
