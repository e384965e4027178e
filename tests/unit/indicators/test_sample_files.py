"""Every sample file is read, or refused with a true sentence: file, verdict, words.

The samples lie in a folder beside the project, where there is one; some of them may not
be kept here. Those that may are in `tests/cases/files` and the demonstration's data.
"""

from datetime import date
from pathlib import Path

import pytest

from indicators.formats.catalogue import TENANT, meaning_of
from indicators.formats.examine import Answers
from indicators.formats.members import member_of
from indicators.formats.reading import read
from indicators.formats.report import Report, Status

PROJECT = Path(__file__).parents[3]
SAMPLES = PROJECT.parent / "shared" / "data"
KEPT = (PROJECT / "tests/cases/files", PROJECT / "indicators/demo/data")
ANSWERS = Answers(date(2022, 6, 1))

ACCEPTED, REFUSED = "accepted", "refused"
NO_ROWS = "The file has headings but no rows"
NO_RESOURCE = "no Ed-Fi resource"
MEMBER = "one file of a set"
# Folder and file; its verdict; its format; what is said of it, or of its columns.
TABLE = {
    "ceds/ceds-v13-elements.csv": (ACCEPTED, "csv", "1,965 rows read"),
    "ed-fi": (ACCEPTED, "edfi", "3,107 records read, 0 set aside"),
    "ed-fi/EducationOrgCalendar.xml": (ACCEPTED, "edfi", "27 records read"),
    "ed-fi/EducationOrganization.xml": (ACCEPTED, "edfi", "200 records read"),
    "ed-fi/Student.xml": (ACCEPTED, "edfi", "963 records read, 0 set aside"),
    "ed-fi/StudentSchoolAttendance.xml": (ACCEPTED, "edfi", "1,917 records read"),
    "hmis/enrollment_test_files": (ACCEPTED, "hmis", "14 other files"),
    "hmis/enrollment_test_files/Affiliation.csv": (REFUSED, "csv", MEMBER),
    "hmis/enrollment_test_files/Assessment.csv": (REFUSED, "csv", MEMBER),
    "hmis/enrollment_test_files/AssessmentQuestions.csv": (REFUSED, "csv", MEMBER),
    "hmis/enrollment_test_files/AssessmentResults.csv": (REFUSED, "csv", MEMBER),
    "hmis/enrollment_test_files/CEParticipation.csv": (REFUSED, "csv", MEMBER),
    "hmis/enrollment_test_files/Client.csv": (REFUSED, "csv", MEMBER),
    "hmis/enrollment_test_files/CurrentLivingSituation.csv": (REFUSED, "csv", MEMBER),
    "hmis/enrollment_test_files/EmploymentEducation.csv": (REFUSED, "csv", MEMBER),
    "hmis/enrollment_test_files/Enrollment.csv": (REFUSED, "csv", MEMBER),
    "hmis/enrollment_test_files/Event.csv": (REFUSED, "csv", MEMBER),
    "hmis/enrollment_test_files/Exit.csv": (REFUSED, "csv", MEMBER),
    "hmis/enrollment_test_files/Export.csv": (REFUSED, "csv", MEMBER),
    "hmis/enrollment_test_files/Funder.csv": (REFUSED, "csv", MEMBER),
    "hmis/enrollment_test_files/HMISParticipation.csv": (REFUSED, "csv", MEMBER),
    "hmis/enrollment_test_files/Inventory.csv": (REFUSED, "csv", MEMBER),
    "hmis/enrollment_test_files/Organization.csv": (REFUSED, "csv", MEMBER),
    "hmis/enrollment_test_files/Project.csv": (REFUSED, "csv", MEMBER),
    "hmis/enrollment_test_files/ProjectCoC.csv": (REFUSED, "csv", MEMBER),
    "hmis/enrollment_test_files/Services.csv": (REFUSED, "csv", MEMBER),
    "hmis/enrollment_test_files/User.csv": (REFUSED, "csv", MEMBER),
    "hmis/enrollment_test_files/YouthEducationStatus.csv": (REFUSED, "csv", MEMBER),
    "hud-developments/agencies.csv": (ACCEPTED, "csv", "2,834 rows read"),
    "hud-developments/developments-kansas-city.csv": (ACCEPTED, "csv", "25 rows read"),
    "hud-developments/developments-pittsburgh-allegheny.csv": (ACCEPTED, "csv", "71 r"),
    "hud-developments/developments-seattle-king-tacoma.csv": (ACCEPTED, "csv", "80 ro"),
    "names/first-names-by-birth-year-top500.csv": (ACCEPTED, "csv", "21,000 rows read"),
    "names/first-names-census-2020-top6000.csv": (ACCEPTED, "csv", "6,000 rows read"),
    "names/nicknames.csv": (ACCEPTED, "csv", "2,691 rows read"),
    "names/surnames-census-2010-top10000.csv": (ACCEPTED, "csv", "10,000 rows read"),
    "nycha-buildings/Block-and-Lot-Guide-08272018.csv": (ACCEPTED, "csv", "5,856 rows"),
    "oneroster/ims-base-1.1": (REFUSED, "oneroster", "The column for schoolYear was"),
    "oneroster/ims-base-1.1/academicSessions.csv": (REFUSED, "csv", MEMBER),
    "oneroster/ims-base-1.1/classes.csv": (REFUSED, "csv", MEMBER),
    "oneroster/ims-base-1.1/courses.csv": (REFUSED, "csv", MEMBER),
    "oneroster/ims-base-1.1/demographics.csv": (REFUSED, "csv", MEMBER),
    "oneroster/ims-base-1.1/enrollments.csv": (REFUSED, "csv", MEMBER),
    "oneroster/ims-base-1.1/manifest.csv": (REFUSED, "csv", MEMBER),
    "oneroster/ims-base-1.1/orgs.csv": (REFUSED, "csv", MEMBER),
    "oneroster/ims-base-1.1/users.csv": (REFUSED, "csv", MEMBER),
    "oneroster/oneroster-1.1-minimal.zip": (ACCEPTED, "oneroster", "date of birth was"),
    "pha-field-mapping/hud50058-sha-columns.csv": (ACCEPTED, "csv", "277 rows read"),
    "sds": (ACCEPTED, "sds", "718 rows read, 0 set aside"),
    "sds/School.csv": (REFUSED, "csv", MEMBER),
    "sds/Section.csv": (REFUSED, "csv", MEMBER),
    "sds/Student.csv": (ACCEPTED, "csv", "“Password” is named like something that"),
    "sds/StudentEnrollment.csv": (REFUSED, "csv", MEMBER),
    "sds/Teacher.csv": (REFUSED, "csv", MEMBER),
    "sds/TeacherRoster.csv": (REFUSED, "csv", MEMBER),
    "seattle-schools/Public_Schools.csv": (ACCEPTED, "csv", "a byte order mark"),
    "seattle-schools/sps_attendance_area_ES.geojson": (REFUSED, None, NO_RESOURCE),
    "seattle-schools/sps_attendance_area_HS.geojson": (REFUSED, None, NO_RESOURCE),
    "seattle-schools/sps_attendance_area_MS.geojson": (REFUSED, None, NO_RESOURCE),
    "seattle-schools/sps_school_site_2015_2016.geojson": (REFUSED, None, NO_RESOURCE),
}


def found(name: str) -> Path | None:
    """Return where a sample is: beside the project, or kept in it."""
    kept = [folder / name for folder in KEPT]
    kept += [folder / Path(name).name for folder in KEPT]
    return next((path for path in (SAMPLES / name, *kept) if path.exists()), None)


def said(report: Report) -> str:
    items = [*report.errors, *report.row_errors, *report.notices]
    return "\n".join(item.message for item in items)


@pytest.mark.parametrize("name", [name for name in TABLE if found(name)])
def test_sample_is_read_or_refused(name: str) -> None:
    verdict, format, words = TABLE[name]
    path = found(name)
    assert path is not None
    if name == "ed-fi" and not (path / "EducationOrganization.xml").exists():
        words = "records read"
    report = read(path, ANSWERS)
    assert (report.verdict, report.format) == (verdict, format)
    assert words in said(report)


@pytest.mark.skipif(not SAMPLES.exists(), reason="no samples beside the project")
def test_every_sample_stands_in_the_table() -> None:
    names = {
        path.relative_to(SAMPLES).as_posix()
        for path in SAMPLES.rglob("*")
        if path.is_file() and path.suffix != ".md"
    }
    assert names <= TABLE.keys()


@pytest.mark.parametrize(
    "headings",
    [
        "SIS ID,First Name,Last Name,Birthdate,School SIS ID",
        "sourcedId,givenName,familyName,birthDate,sex",
        "sourcedId,name,birthDate,type",
        "userSourcedId,attendanceDate,attendanceCode",
        "sourcedId,schoolSourcedId,entry date",
        "propertyName,value,unit",
        "PersonalID,FirstName,LastName,DOB,Sex",
    ],
)
def test_list_that_borrows_a_standards_headings_is_no_member(headings: str) -> None:
    assert member_of(headings.split(",")) is None


@pytest.mark.parametrize("path", sorted(SAMPLES.rglob("*.md")), ids=str)
def test_prose_is_no_table(path: Path) -> None:
    report = read(path, ANSWERS)
    assert report.verdict == REFUSED
    assert report.errors[0].id == "F06"


def test_headings_of_a_housing_authority_are_known() -> None:
    """Each spelling of lines 3b, 3c and 3e means the same, and 3n is never read."""
    listed = (KEPT[0] / "hud50058-sha-columns.csv").read_text("utf-8").splitlines()
    by_line: dict[str, list[str]] = {}
    for line in listed[1:]:
        number, heading = line.split(",")[:2]
        by_line.setdefault(number, []).append(heading)
    for number, code in (
        ("03b", "tenant.last_name"),
        ("03c", "tenant.first_name"),
        ("03e", "tenant.birth_date"),
    ):
        for heading in by_line[number]:
            meaning = meaning_of(heading, TENANT)
            assert (meaning.element, meaning.status) == (code, Status.READ)
    refused = [*by_line["03n"], *by_line["h03n"], *by_line["03i"], *by_line["19d"]]
    assert {meaning_of(heading, TENANT).status for heading in refused} == {
        Status.REFUSED
    }
