"""Tests, discipline, diplomas, averages and courses at the door, in any form."""

import json
from datetime import date
from typing import Any

import pytest

from agreements.rules.scope import Scope
from indicators.arrivals.codes import MOST_WORDS
from indicators.arrivals.contract import Answers, Arrival, Standing
from indicators.arrivals.record_kinds import OF_RECORDS
from tests.support.arriving import ROSTER, arrive, rows, said, standings

PEOPLE = (
    "student id,first name,last name,dob,school,entry date,grade\n"
    "1,Ana,Lopez,2013-01-31,7,2021-08-23,3\n2,Bo,Li,2013-02-28,7,2021-08-23,3\n"
)
LISTED = ROSTER | OF_RECORDS | {"calendar.school_year", "enrolment.grade"}
TESTS = "student id,test,subject,date,grade,performance level\n"
ACTIONS = "student id,date,action,days\n"


def sent(
    listed: frozenset[str] = LISTED, *, answers: Answers | None = None, **files: str
) -> Arrival:
    named = {f"{name}.csv": text for name, text in files.items()}
    return arrive({"people.csv": PEOPLE, **named}, listed, answers=answers)


def test_results_and_actions_come_in_tables_of_their_own() -> None:
    arrival = sent(
        tests=TESTS + "1,state,Mathematics,2022-04-01,3,Proficient\n"
        "1,state,ELA,2021-04-01,2,advanced\n2,State test,Art,2022-04-01,3,\n",
        actions=ACTIONS + '2,2021-10-04,"ISS; OSS",1.5\n2,2021-11-04,Detention,*\n',
    )
    assert arrival.can_be_kept, said(arrival)
    assert rows(arrival, "assessments") == [
        {"id": "1", "year": 2022, "subject": "math", "grade": "03", "test": "state"}
        | {"level": "Proficient", "date": date(2022, 4, 1)},
        {"id": "1", "year": 2021, "subject": "reading", "grade": "02", "test": "state"}
        | {"level": "Advanced", "date": date(2021, 4, 1)},
    ]
    assert "1 rows tell no performance level" in said(arrival)
    kinds = [(r["action"], r.get("days_served")) for r in rows(arrival, "discipline")]
    assert kinds == [
        ("in_school_suspension", 1.5),
        ("out_of_school_suspension", 1.5),
        ("other", None),
    ]
    assert len(rows(arrival, "enrolment")) == 2


def test_nothing_is_stored_that_the_agreement_does_not_list() -> None:
    text = "student id,test,subject,date,performance level,score\n"
    arrival = sent(ROSTER, tests=text + "1,state,ELA,2022-04-01,Proficient,431\n")
    assert arrival.can_be_kept, said(arrival)
    assert {*arrival.frames} == {"student", "enrolment"}
    assert standings(arrival)["performance level"] is Standing.REFUSED
    listed = sent(tests=text + "1,state,ELA,2022-04-01,Proficient,431\n")
    assert standings(listed)["score"] is Standing.REFUSED
    assert "score" not in listed.frames["assessments"].column_names


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,state,,2022-04-01,3,Proficient", "“Test subject” is empty"),
        ("1,state,ELA,,3,Proficient", "neither a day nor a school year is told"),
        ("9,state,ELA,2022-04-01,3,Proficient", "not in the list of students"),
    ],
)
def test_a_result_that_tells_too_little_is_set_aside(row: str, reason: str) -> None:
    arrival = sent(tests=f"{TESTS}1,state,ELA,2022-04-01,3,Basic\n{row}\n")
    assert arrival.can_be_kept, said(arrival)
    assert [(each.file, each.line) for each in arrival.rejected] == [("tests.csv", 3)]
    assert reason in arrival.rejected[0].reason
    assert arrival.frames["assessments"].num_rows == 1


def test_days_of_an_action_are_a_number_or_untold() -> None:
    arrival = sent(actions=f"{ACTIONS}1,2021-10-04,OSS,many\n1,2021-10-05,OSS,N/A\n")
    assert "“Days suspended” is no number" in arrival.rejected[0].reason
    assert arrival.frames["discipline"].num_rows == 1


def test_what_results_mean_nothing_without_is_missing() -> None:
    text = "student id,subject,performance level\n1,ELA,Basic\n"
    assert {*sent(tests=text).missing} == {"assessment.test", "assessment.date"}


def test_unknown_words_are_asked_about_each_in_its_own_column() -> None:
    tests = f"{TESTS}1,STAAR,ELA,2022-04-01,3,P\n"
    courses = "student id,school year,subject,course result\n1,2021-22,Art,Pass\n"
    arrival = sent(tests=tests, courses=courses)
    asked = {question.column: question.choices for question in arrival.questions}
    assert asked.keys() == {
        "assessment.test: STAAR",
        "assessment.performance_level: P",
        "course.subject: Art",
    }
    assert not arrival.frames
    answers = Answers(categories={column: said[0] for column, said in asked.items()})
    again = sent(answers=answers, tests=tests, courses=courses)
    assert again.can_be_kept, said(again)
    assert rows(again, "assessments")[0]["level"] == "Advanced"
    assert rows(again, "courses") == [
        {"id": "1", "year": 2022, "subject": "english", "result": "passed"}
    ]


def test_a_column_of_too_many_words_is_no_column_of_kinds() -> None:
    n = MOST_WORDS + 1
    lines = [f"1,state,ELA,2022-04-01,3,Level {each}" for each in range(n)]
    arrival = sent(tests=TESTS + "\n".join(lines))
    assert f"holds {n} different words" in said(arrival)
    assert not arrival.questions
    assert not arrival.frames


def test_values_like_social_security_numbers_are_never_taken() -> None:
    arrival = sent(tests=f"{TESTS}1,state,ELA,2022-04-01,3,123-45-6789\n")
    assert standings(arrival)["performance level"] is Standing.NEVER
    assert "123-45" not in said(arrival)
    assert "assessments" not in arrival.frames


def test_records_are_held_to_the_years_that_the_agreement_covers() -> None:
    text = f"{TESTS}1,state,ELA,2021-04-01,2,Basic\n1,state,ELA,2022-04-01,3,Basic\n"
    files = {"people.csv": PEOPLE, "tests.csv": text}
    arrival = arrive(files, LISTED, scope=Scope(years=(2021, 2021)))
    assert [row["year"] for row in rows(arrival, "assessments")] == [2022]
    assert "a day that the agreement does not cover" in arrival.rejected[0].reason


def test_diplomas_cohorts_and_ends_come_in_the_words_of_the_measures() -> None:
    listed = LISTED | {"student.graduation_cohort", "enrolment.exit_type"}
    text = "student id,class of,diploma type,graduation date\n"
    arrival = arrive(
        {
            "people.csv": PEOPLE.replace(",grade", ",grade,exit type").replace(
                ",3\n", ",3,Transferred to another state\n"
            ),
            "graduates.csv": f"{text}1,2022,Regular,2022-06-10\n2,2022,,\n",
        },
        listed,
    )
    assert arrival.can_be_kept, said(arrival)
    earned = {"id": "1", "diploma": "regular diploma", "diploma_on": date(2022, 6, 10)}
    assert rows(arrival, "diplomas") == [earned]
    assert [row["graduation_cohort"] for row in rows(arrival, "student")] == [
        "2022"
    ] * 2
    assert {row["exit_type"] for row in rows(arrival, "enrolment")} == {"transferred"}


def test_records_of_which_none_can_be_used_are_no_zero() -> None:
    arrival = sent(actions=f"{ACTIONS}X1,2021-10-04,OSS,2\n")
    assert not arrival.can_be_kept
    assert "Disciplinary actions were sent, and none of them can be used" in said(
        arrival
    )
    blank = sent(people2=f"{ACTIONS}1,,,\n")
    assert blank.can_be_kept, said(blank)


def test_the_class_of_a_student_is_told_by_any_of_several_files() -> None:
    listed = LISTED | {"student.graduation_cohort"}
    text = "student id,class of,diploma type,graduation date\n"
    files = {
        "people.csv": PEOPLE,
        "graduates.csv": f"{text}1,2022,Regular,2022-06-10\n2,2024,,\n",
        "leavers.csv": "student id,class of\n2,2022\n1,2022\n",
    }
    arrival = arrive(files, listed)
    of = {row["id"]: row["graduation_cohort"] for row in rows(arrival, "student")}
    assert of == {"1": "2022", "2": "2022"}
    assert [(e.file, e.line) for e in arrival.rejected] == [("graduates.csv", 3)]
    assert "of another class" in arrival.rejected[0].reason
    files["graduates.csv"] = f"{text}1,2022,Regular,2022-06-10\n"
    arrival = arrive(files, listed)
    assert [r["graduation_cohort"] for r in rows(arrival, "student")] == ["2022"] * 2


@pytest.mark.parametrize(
    "words",
    [
        *("Transferred to GED program", "Transferred to adult education"),
        *("Transferred to college", "Transferred to another school"),
        "Transferred to a public school in the same local education agency",
    ],
)
def test_exits_that_may_be_none_are_asked_about(words: str) -> None:
    header, *lines = PEOPLE.splitlines()
    told = "\n".join([f"{header},exit type", *(f"{each},{words}" for each in lines)])
    arrival = arrive({"people.csv": told}, LISTED | {"enrolment.exit_type"})
    assert [q.column for q in arrival.questions] == [
        f"enrolment.exit_type: {words}"[:81]
    ]


# Ed-Fi

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
    assert [(r["action"], r["days_served"]) for r in rows(arrival, "discipline")] == [
        ("in_school_suspension", 3.0),
        ("expulsion", 3.0),
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
