"""Every sample file at the door: what of it an agreement would let in, and what not."""

from collections import Counter

import pytest

from indicators.arrivals.contract import Arrival, Standing
from tests.support import rosters
from tests.support.arriving import EVENTS, ROSTER, TENANTS, arrive, said
from tests.unit.indicators.test_sample_files import SAMPLES, TABLE, found

KEPT, MISSING, ASKED, REFUSED = "kept", "missing", "asked", "refused"
OF_HOUSING = ("hmis", "hud-developments", "nycha-buildings", "pha-field-mapping")
# What it comes to under an agreement that lists what its side needs, and how many
# columns of it are allowed, refused, and never taken.
DOOR = {
    "ceds/ceds-v13-elements.csv": (MISSING, 0, 0, 0),
    "ed-fi": (MISSING, 19, 158, 1),
    "ed-fi/EducationOrgCalendar.xml": (MISSING, 8, 17, 0),
    "ed-fi/EducationOrganization.xml": (MISSING, 0, 126, 0),
    "ed-fi/Student.xml": (MISSING, 6, 9, 1),
    "ed-fi/StudentSchoolAttendance.xml": (MISSING, 5, 6, 0),
    "hmis/enrollment_test_files": (REFUSED, 8, 195, 6),
    "hmis/enrollment_test_files/Affiliation.csv": (REFUSED, 0, 0, 0),
    "hmis/enrollment_test_files/Assessment.csv": (REFUSED, 0, 0, 0),
    "hmis/enrollment_test_files/AssessmentQuestions.csv": (REFUSED, 0, 0, 0),
    "hmis/enrollment_test_files/AssessmentResults.csv": (REFUSED, 0, 0, 0),
    "hmis/enrollment_test_files/CEParticipation.csv": (REFUSED, 0, 0, 0),
    "hmis/enrollment_test_files/Client.csv": (REFUSED, 0, 0, 0),
    "hmis/enrollment_test_files/CurrentLivingSituation.csv": (REFUSED, 0, 0, 0),
    "hmis/enrollment_test_files/EmploymentEducation.csv": (REFUSED, 0, 0, 0),
    "hmis/enrollment_test_files/Enrollment.csv": (REFUSED, 0, 0, 0),
    "hmis/enrollment_test_files/Event.csv": (REFUSED, 0, 0, 0),
    "hmis/enrollment_test_files/Exit.csv": (REFUSED, 0, 0, 0),
    "hmis/enrollment_test_files/Export.csv": (REFUSED, 0, 0, 0),
    "hmis/enrollment_test_files/Funder.csv": (REFUSED, 0, 0, 0),
    "hmis/enrollment_test_files/HMISParticipation.csv": (REFUSED, 0, 0, 0),
    "hmis/enrollment_test_files/Inventory.csv": (REFUSED, 0, 0, 0),
    "hmis/enrollment_test_files/Organization.csv": (REFUSED, 0, 0, 0),
    "hmis/enrollment_test_files/Project.csv": (REFUSED, 0, 0, 0),
    "hmis/enrollment_test_files/ProjectCoC.csv": (REFUSED, 0, 0, 0),
    "hmis/enrollment_test_files/Services.csv": (REFUSED, 0, 0, 0),
    "hmis/enrollment_test_files/User.csv": (REFUSED, 0, 0, 0),
    "hmis/enrollment_test_files/YouthEducationStatus.csv": (REFUSED, 0, 0, 0),
    "hud-developments/agencies.csv": (MISSING, 0, 0, 0),
    "hud-developments/developments-kansas-city.csv": (MISSING, 1, 3, 0),
    "hud-developments/developments-pittsburgh-allegheny.csv": (MISSING, 1, 3, 0),
    "hud-developments/developments-seattle-king-tacoma.csv": (MISSING, 1, 3, 0),
    "names/first-names-by-birth-year-top500.csv": (MISSING, 0, 1, 0),
    "names/first-names-census-2020-top6000.csv": (MISSING, 0, 0, 0),
    "names/nicknames.csv": (MISSING, 0, 0, 0),
    "names/surnames-census-2010-top10000.csv": (MISSING, 0, 0, 0),
    "nycha-buildings/Block-and-Lot-Guide-08272018.csv": (MISSING, 1, 2, 0),
    "oneroster/ims-base-1.1": (REFUSED, 8, 65, 1),
    "oneroster/ims-base-1.1/academicSessions.csv": (REFUSED, 0, 0, 0),
    "oneroster/ims-base-1.1/classes.csv": (REFUSED, 0, 0, 0),
    "oneroster/ims-base-1.1/courses.csv": (REFUSED, 0, 0, 0),
    "oneroster/ims-base-1.1/demographics.csv": (REFUSED, 0, 0, 0),
    "oneroster/ims-base-1.1/enrollments.csv": (REFUSED, 0, 0, 0),
    "oneroster/ims-base-1.1/manifest.csv": (REFUSED, 0, 0, 0),
    "oneroster/ims-base-1.1/orgs.csv": (REFUSED, 0, 0, 0),
    "oneroster/ims-base-1.1/users.csv": (REFUSED, 0, 0, 0),
    "oneroster/oneroster-1.1-minimal.zip": (MISSING, 10, 47, 1),
    "pha-field-mapping/hud50058-sha-columns.csv": (MISSING, 0, 0, 0),
    "sds": (KEPT, 6, 41, 1),
    "sds/School.csv": (REFUSED, 0, 0, 0),
    "sds/Section.csv": (REFUSED, 0, 0, 0),
    "sds/Student.csv": (ASKED, 6, 4, 1),
    "sds/StudentEnrollment.csv": (REFUSED, 0, 0, 0),
    "sds/Teacher.csv": (REFUSED, 0, 0, 0),
    "sds/TeacherRoster.csv": (REFUSED, 0, 0, 0),
    "seattle-schools/Public_Schools.csv": (MISSING, 1, 6, 0),
    "seattle-schools/sps_attendance_area_ES.geojson": (REFUSED, 0, 0, 0),
    "seattle-schools/sps_attendance_area_HS.geojson": (REFUSED, 0, 0, 0),
    "seattle-schools/sps_attendance_area_MS.geojson": (REFUSED, 0, 0, 0),
    "seattle-schools/sps_school_site_2015_2016.geojson": (REFUSED, 0, 0, 0),
}


def verdict(arrival: Arrival) -> str:
    if arrival.can_be_kept:
        return KEPT
    if arrival.missing:
        return MISSING
    return ASKED if arrival.questions else REFUSED


def test_every_sample_has_its_verdict() -> None:
    assert DOOR.keys() == TABLE.keys()


@pytest.mark.parametrize("name", [name for name in DOOR if found(name)])
def test_sample_at_the_door(name: str) -> None:
    path = found(name)
    assert path is not None
    files = {path.name: path.read_bytes()} if path.is_file() else {}
    if not files:
        if not SAMPLES.exists():
            pytest.skip("the project keeps a part of this folder only")
        parts: dict[str, str | bytes] = {
            each.name: each.read_bytes()
            for each in path.iterdir()
            if each.suffix != ".md"
        }
        files = {"set.zip": rosters.packed(parts)}
    is_housing = name.split("/")[0] in OF_HOUSING
    arrival = arrive(files, TENANTS if is_housing else ROSTER | EVENTS)
    counts = Counter(column.standing for column in arrival.columns)
    shown = [Standing.ALLOWED, Standing.REFUSED, Standing.NEVER]
    assert (verdict(arrival), *(counts[each] for each in shown)) == DOOR[name]
    if verdict(arrival) is REFUSED:
        assert said(arrival)
        assert not arrival.frames
