"""Tests, discipline, diplomas, averages and courses at the door, from Ed-Fi."""

import json
from datetime import date
from typing import Any

from indicators.arrivals.record_kinds import OF_RECORDS
from tests.support.arriving import ROSTER, arrive, rows, said

PEOPLE = (
    "student id,first name,last name,dob,school,entry date,grade\n"
    "1,Ana,Lopez,2013-01-31,7,2021-08-23,3\n2,Bo,Li,2013-02-28,7,2021-08-23,3\n"
)
LISTED = ROSTER | OF_RECORDS | {"calendar.school_year", "enrolment.grade"}
ANA: dict[str, Any] = {"studentReference": {"studentUniqueId": "1"}}
RESOURCES: dict[str, list[dict[str, Any]]] = {
    "students": [
        {"studentUniqueId": "1", "firstName": "Ana", "lastSurname": "Lopez"}
        | {"birthDate": "2013-01-31"}
    ],
    "studentSchoolAssociations": [
        {**ANA, "schoolReference": {"schoolId": 7}, "entryDate": "2021-08-23"}
        | {"entryGradeLevelDescriptor": "uri://ed-fi.org/G#Third grade"}
    ],
    "assessments": [
        {
            "assessmentIdentifier": "R3",
            "academicSubjects": [{"academicSubjectDescriptor": "x#Reading"}],
            "assessmentCategoryDescriptor": "x#State summative assessment 3-8 general",
        }
    ],
    "studentAssessments": [
        {
            **ANA,
            "assessmentReference": {"assessmentIdentifier": "R3"},
            "administrationDate": "2022-04-05T00:00:00Z",
            "whenAssessedGradeLevelDescriptor": "x#Third grade",
            "studentObjectiveAssessments": [
                {"performanceLevels": [{"performanceLevelDescriptor": "x#Basic"}]}
            ],
            "performanceLevels": [{"performanceLevelDescriptor": "x#Proficient"}],
        }
    ],
    "disciplineActions": [
        {
            **ANA,
            "disciplineDate": "2021-10-04",
            "disciplines": [
                {"disciplineDescriptor": "x#In School Suspension"},
                {"disciplineDescriptor": "x#Expulsion with services"},
            ],
            "actualDisciplineActionLength": 3.0,
        }
    ],
    "courses": [
        {
            "courseCode": "M9",
            "academicSubjects": [{"academicSubjectDescriptor": "x#Mathematics"}],
        }
    ],
    "courseTranscripts": [
        {
            "courseReference": {"courseCode": "M9"},
            "studentAcademicRecordReference": {
                "studentUniqueId": "1",
                "schoolYear": 2022,
            },
            "courseAttemptResultDescriptor": "x#Pass",
        }
    ],
    "studentAcademicRecords": [
        {
            **ANA,
            "schoolYearTypeReference": {"schoolYear": 2022},
            "cumulativeEarnedCredits": 6.5,
            "cumulativeGradePointAverage": 3.2,
            "diplomas": [
                {
                    "diplomaTypeDescriptor": "x#Regular diploma",
                    "diplomaAwardDate": "2022-06-10",
                }
            ],
        }
    ],
}
TESTED = {
    "id": "1",
    "year": 2022,
    "subject": "reading",
    "grade": "03",
    "test": "state",
    "level": "Proficient",
    "date": date(2022, 4, 5),
}


def test_edfi_records_are_kept_with_what_their_tests_say() -> None:
    arrival = arrive({"all.json": json.dumps(RESOURCES)}, LISTED)
    assert arrival.can_be_kept, said(arrival)
    assert rows(arrival, "assessments") == [TESTED]
    assert [
        (r["action"], r.get("days_served")) for r in rows(arrival, "discipline")
    ] == [
        ("in_school_suspension", None),  # the days are of both
        ("expulsion", None),
    ]
    (record,) = rows(arrival, "records")
    assert record == {"id": "1", "year": 2022, "unweighted": 3.2, "credits": 6.5}
    assert rows(arrival, "diplomas")[0]["diploma"] == "regular diploma"
    course = {"id": "1", "year": 2022, "subject": "math", "result": "passed"}
    assert rows(arrival, "courses") == [course]
    assert rows(arrival, "enrolment")[0]["grade"] == "03"


def test_edfi_xml_has_the_same() -> None:
    of_student = "<StudentReference><StudentIdentity><StudentUniqueId>1"
    of_student += "</StudentUniqueId></StudentIdentity></StudentReference>"
    body = (
        "<Assessment><AssessmentIdentifier>R3</AssessmentIdentifier><AcademicSubject>"
        "x#Reading</AcademicSubject><AssessmentCategory>x#State summative assessment"
        "</AssessmentCategory></Assessment>"
        "<StudentAssessment><AdministrationDate>2022-04-05</AdministrationDate>"
        "<WhenAssessedGradeLevel>x#Third grade</WhenAssessedGradeLevel>"
        "<PerformanceLevel><PerformanceLevel>x#Proficient</PerformanceLevel>"
        f"</PerformanceLevel>{of_student}<AssessmentReference><AssessmentIdentity>"
        "<AssessmentIdentifier>R3</AssessmentIdentifier></AssessmentIdentity>"
        "</AssessmentReference></StudentAssessment>"
    )
    root = "InterchangeStudentAssessment"
    xml = f'<{root} xmlns="http://ed-fi.org/5.2.0">{body}</{root}>'
    arrival = arrive({"people.csv": PEOPLE, "tests.xml": xml}, LISTED)
    assert arrival.can_be_kept, said(arrival)
    assert rows(arrival, "assessments") == [TESTED]
