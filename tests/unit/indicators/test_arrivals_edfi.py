"""Ed-Fi records that say a thing several times: nothing is taken for being first."""

import json
from datetime import date
from typing import Any

import pytest

from indicators.arrivals.contract import Answers, Arrival, Standing
from indicators.arrivals.record_kinds import OF_RECORDS
from tests.support.arriving import ROSTER, arrive, rows, said

LISTED = ROSTER | OF_RECORDS | {"calendar.school_year", "student.graduation_cohort"}
ANA: dict[str, Any] = {"studentReference": {"studentUniqueId": "1"}}
PEOPLE: dict[str, Any] = {
    "students": [
        {"studentUniqueId": "1", "firstName": "Ana", "lastSurname": "Lopez"}
        | {"birthDate": "2007-01-31"}
    ],
    "studentSchoolAssociations": [
        {**ANA, "schoolReference": {"schoolId": 7}, "entryDate": "2021-08-23"}
    ],
}
OF_STUDENTS = "studentEducationOrganizationAssociations"


def sent(answers: Answers | None = None, **more: list[dict[str, Any]]) -> Arrival:
    return arrive({"all.json": json.dumps(PEOPLE | more)}, LISTED, answers=answers)


def test_a_record_of_json_is_told_by_its_number() -> None:
    action: dict[str, Any] = {**ANA, "disciplineDate": "2021-10-04"}
    action["disciplines"] = [{"disciplineDescriptor": "x#OSS"}]
    of_no_length = action | {"actualDisciplineActionLength": "x"}
    (aside,) = sent(disciplineActions=[action, of_no_length]).rejected
    assert aside.reason.startswith("Record 2: ")


def test_an_action_against_several_students_is_one_of_each() -> None:
    root = "InterchangeStudentDiscipline"
    named = "<StudentReference><StudentIdentity><StudentUniqueId>{}</StudentUniqueId>"
    named += "</StudentIdentity></StudentReference>"
    xml = (
        f'<{root} xmlns="http://ed-fi.org/0220"><DisciplineAction>'
        "<DisciplineActionIdentifier>1</DisciplineActionIdentifier>"
        "<Discipline>x#Out of School Suspension</Discipline>"
        f"<DisciplineDate>2021-10-04</DisciplineDate>{named.format(1)}{named.format(2)}"
        f"</DisciplineAction></{root}>"
    )
    more = {"studentUniqueId": "2", "firstName": "Bo", "lastSurname": "Ek"}
    people = PEOPLE | {
        "students": [*PEOPLE["students"], more | {"birthDate": "2007-01-31"}]
    }
    (stay,) = PEOPLE["studentSchoolAssociations"]
    stays = [stay, stay | {"studentReference": {"studentUniqueId": "2"}}]
    people |= {"studentSchoolAssociations": stays}
    arrival = arrive({"all.json": json.dumps(people), "d.xml": xml}, LISTED)
    assert [row["id"] for row in rows(arrival, "discipline")] == ["1", "2"]


def test_each_of_several_diplomas_is_kept_with_its_day() -> None:
    record: dict[str, Any] = {
        **ANA,
        "schoolYearTypeReference": {"schoolYear": 2022},
        "cumulativeEarnedCredits": 6.5,
        "diplomas": [
            {"diplomaTypeDescriptor": "x#Certificate of completion"}
            | {"diplomaAwardDate": "2021-06-10"},
            {"diplomaTypeDescriptor": "x#Regular diploma"}
            | {"diplomaAwardDate": "2022-06-10"},
        ],
    }
    arrival = sent(studentAcademicRecords=[record])
    assert [(r["diploma"], r["diploma_on"]) for r in rows(arrival, "diplomas")] == [
        ("certificate of attendance", date(2021, 6, 10)),
        ("regular diploma", date(2022, 6, 10)),
    ]
    assert [row["credits"] for row in rows(arrival, "records")] == [6.5]
    del record["diplomas"][0]["diplomaAwardDate"]
    arrival = sent(studentAcademicRecords=[record])
    assert "not each has its type and day" in said(arrival)
    assert "diplomas" not in arrival.frames


def test_of_several_levels_it_is_asked_once_by_which_method_it_counts() -> None:
    result = {
        **ANA,
        "assessmentReference": {"assessmentIdentifier": "R3", "namespace": "uri://b"},
        "administrationDate": "2022-04-05",
        "performanceLevels": [
            {"assessmentReportingMethodDescriptor": f"x#{method}"}
            | {"performanceLevelDescriptor": f"x#{level}"}
            for method, level in [("Growth", "Advanced"), ("Achievement", "Basic")]
        ],
    }
    tests = [
        {"assessmentIdentifier": "R3", "namespace": f"uri://{each}"}
        | {"academicSubjects": [{"academicSubjectDescriptor": f"x#{s}"} for s in of]}
        | {"assessmentCategoryDescriptor": f"x#{category}"}
        for each, of, category in [
            ("a", ["Reading"], "State summative assessment 3-8 general"),
            ("b", ["Reading", "Mathematics"], "Benchmark test"),
        ]
    ]
    again = json.loads(json.dumps(result).replace("-05", "-06").replace("Bas", "Class"))
    results = [result, again]
    arrival = sent(assessments=tests, studentAssessments=results)
    method = "assessment.performance_level: Achievement and Growth"
    (question,) = arrival.questions
    assert "count as not tested" not in said(arrival)
    assert (question.column, question.choices) == (method, ("Achievement", "Growth"))
    keys = {
        method: "Achievement",
        "assessment.subject: Reading and Mathematics": "math",
        "assessment.performance_level: Classic": "Proficient",
    }
    answers = Answers(categories=keys)
    arrival = sent(answers, assessments=tests, studentAssessments=results)
    kept = [(r["subject"], r["test"], r["level"]) for r in rows(arrival, "assessments")]
    assert kept == [("math", "local", "Basic"), ("math", "local", "Proficient")]
    grown = json.loads(json.dumps(again).replace("-06", "-07"))
    grown["performanceLevels"][1]["performanceLevelDescriptor"] = ""
    left_out = "no level by the method that counts, and are left out: 1"
    for _ in range(2):
        read = [*results, grown]
        arrival = sent(answers, assessments=tests, studentAssessments=read)
        assert left_out in said(arrival)
        assert len(rows(arrival, "assessments")) == 2
        del grown["performanceLevels"][1:]
    del result["performanceLevels"][0]["assessmentReportingMethodDescriptor"]
    arrival = sent(answers, assessments=tests, studentAssessments=results)
    assert "several levels are told, and not by which method" in said(arrival)
    assert len(rows(arrival, "assessments")) == 1


ALIKE = "Levels as they are reported by the state of each of its own tests in {} {}"
ONE, OTHER = (ALIKE.format(each, "of all schools in the state") for each in "34")


@pytest.mark.parametrize(
    "pairs",
    [
        [(ONE, OTHER)],
        [(ONE, "Growth"), (OTHER, "Growth")],
        [("Age and Band", "Cut"), ("Age", "Band and Cut")],
    ],
)
def test_methods_whose_names_are_alike_are_asked_about_once(
    pairs: list[tuple[str, str]],
) -> None:
    results = [
        {
            **ANA,
            "assessmentReference": {"assessmentIdentifier": "R3"},
            "administrationDate": f"2022-04-0{day}",
            "performanceLevels": [
                {"assessmentReportingMethodDescriptor": f"x#{method}"}
                | {"performanceLevelDescriptor": f"x#{level}"}
                for method, level in zip(pair, ("Proficient", "Basic"), strict=True)
            ],
        }
        for day, pair in enumerate(pairs, start=1)
    ]
    tests = [
        {"assessmentIdentifier": "R3"}
        | {"academicSubjects": [{"academicSubjectDescriptor": "x#Reading"}]}
        | {"assessmentCategoryDescriptor": "x#State summative assessment"}
    ]
    asked = sent(assessments=tests, studentAssessments=results).questions
    assert [{*each.choices} for each in asked] == [{*pair} for pair in pairs]
    said_of = {
        each.column or "": pair[1] for each, pair in zip(asked, pairs, strict=True)
    }
    answers = Answers(categories=said_of)
    arrival = sent(answers, assessments=tests, studentAssessments=results)
    assert arrival.can_be_kept, said(arrival)
    levels = [row["level"] for row in rows(arrival, "assessments")]
    assert levels == ["Basic"] * len(pairs)


UNCLEAR = "an average of which it does not say that it is cumulative, and weighted or"
XML_OF_AVERAGES = {
    "gradePointAverageTypeDescriptor": "GradePointAverageType",
    "isCumulative": "IsCumulative",
    "gradePointAverageValue": "GradePointAverageValue",
}


def averages(*told: tuple[str, float, bool], term: str = "Fall") -> dict[str, Any]:
    return {
        **ANA,
        "schoolYearTypeReference": {"schoolYear": 2022},
        "termDescriptor": f"x#{term} Semester",
        "gradePointAverages": [
            {"gradePointAverageTypeDescriptor": f"x#{kind}"}
            | {"gradePointAverageValue": value, "isCumulative": is_cumulative}
            for kind, value, is_cumulative in told
        ],
    }


def test_averages_are_what_their_types_say() -> None:
    fall = averages(("Unweighted", 3.1, True), ("Weighted", 3.9, True))
    of_term = ("Unweighted", 1.5, False)
    spring = averages(of_term, ("Unweighted", 2.9, True), term="Spring")
    untyped = {"cumulativeGradePointAverage": 3.9}
    arrival = sent(studentAcademicRecords=[fall | untyped, spring])
    assert [
        (row["unweighted"], row.get("weighted")) for row in rows(arrival, "records")
    ] == [(2.9, None)]
    only = ANA | {"schoolYearTypeReference": {"schoolYear": 2022}} | untyped
    arrival = sent(studentAcademicRecords=[only])
    assert rows(arrival, "records")[0]["unweighted"] == 3.9
    assert "but not whether it is weighted. It counts as unweighted" in said(arrival)
    arrival = sent(studentAcademicRecords=[averages(of_term) | untyped])
    assert f"1 record tells {UNCLEAR}" in said(arrival)


@pytest.mark.parametrize("lacks", ["isCumulative", "gradePointAverageTypeDescriptor"])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_an_average_that_does_not_say_what_it_is_costs_no_other(
    lacks: str, at: int
) -> None:
    record = averages(("Unweighted", 3.1, True), ("Weighted", 3.9, True))
    each = record["gradePointAverages"]
    each.insert(at, each[0] | {"gradePointAverageValue": 2.2})
    del each[at][lacks]
    xml = "".join(
        "<GradePointAverage>"
        + "".join(
            f"<{path}>{each[key]}</{path}>".replace("True", "true")
            for key, path in XML_OF_AVERAGES.items()
            if key in each
        )
        + "</GradePointAverage>"
        for each in record["gradePointAverages"]
    )
    student = "<StudentReference><StudentIdentity><StudentUniqueId>1"
    student += "</StudentUniqueId></StudentIdentity></StudentReference>"
    year = "<SchoolYear>2021-2022</SchoolYear><Term>x#Fall Semester</Term>"
    root, of = "InterchangeStudentTranscript", "StudentAcademicRecord"
    xml = f"<{of}>{student}{year}{xml}</{of}>"
    xml = f'<{root} xmlns="http://ed-fi.org/5.2.0">{xml}</{root}>'
    for arrival in (
        sent(studentAcademicRecords=[record]),
        arrive({"all.json": json.dumps(PEOPLE), "gpa.xml": xml}, LISTED),
    ):
        (kept,) = rows(arrival, "records")
        assert (kept["unweighted"], kept["weighted"]) == (3.1, 3.9)
        assert f"1 record tells {UNCLEAR}" in said(arrival)


UNWEIGHTED = "transcript.grade_point_average"
WEIGHTED = "transcript.weighted_grade_point_average"


@pytest.mark.parametrize(
    ("left_out", "why"),
    [
        (UNWEIGHTED, "lists it: Grade point average, weighted."),
        (WEIGHTED, "lists it: Grade point average, unweighted."),
        (
            "",
            "lists it: Grade point average, unweighted, and "
            "Grade point average, weighted.",
        ),
    ],
)
def test_a_column_of_typed_averages_says_which_of_them_are_kept(
    left_out: str, why: str
) -> None:
    record = averages(("Unweighted", 3.1, True), ("Weighted", 3.9, True), ("", 2, True))
    read = PEOPLE | {"studentAcademicRecords": [record]}
    arrival = arrive({"all.json": json.dumps(read)}, LISTED - {left_out})
    (kept,) = rows(arrival, "records")
    assert ("unweighted" in kept, "weighted" in kept) == (
        left_out != UNWEIGHTED,
        left_out != WEIGHTED,
    )
    (column,) = (c for c in arrival.columns if c.heading.endswith("AverageValue"))
    assert column.standing is Standing.ALLOWED
    assert column.why.endswith(why)
    assert UNCLEAR in said(arrival)


@pytest.mark.parametrize(
    ("namespaces", "n"), [([None], 1), (["uri://a"], 1), ("ab", 0)]
)
def test_a_test_named_without_its_namespace_must_be_the_only_one(
    namespaces: list[str | None], n: int
) -> None:
    tests = [
        {"assessmentIdentifier": "R3"}
        | ({"namespace": each} if each else {})
        | {"academicSubjects": [{"academicSubjectDescriptor": "x#Reading"}]}
        | {"assessmentCategoryDescriptor": "x#State summative assessment"}
        for each in namespaces
    ]
    result = {
        **ANA,
        "assessmentReference": {"assessmentIdentifier": "R3"},
        "administrationDate": "2022-04-05",
        "performanceLevels": [{"performanceLevelDescriptor": "x#Basic"}],
    }
    arrival = sent(assessments=tests, studentAssessments=[result])
    assert len(arrival.frames and rows(arrival, "assessments")) == n


def test_courses_are_told_apart_by_their_organisation() -> None:
    courses = [
        {"courseCode": "X1"}
        | {"educationOrganizationReference": {"educationOrganizationId": of}}
        | {"academicSubjects": [{"academicSubjectDescriptor": f"x#{subject}"}]}
        for of, subject in [(1, "Science"), (2, "Mathematics")]
    ]
    taken = {
        "courseReference": {"courseCode": "X1", "educationOrganizationId": 2},
        "studentAcademicRecordReference": {"studentUniqueId": "1", "schoolYear": 2022}
        | {"educationOrganizationId": 1},
        "courseAttemptResultDescriptor": "x#Pass",
    }
    arrival = sent(courses=courses, courseTranscripts=[taken])
    assert [row["subject"] for row in rows(arrival, "courses")] == ["math"]


def years(*told: tuple[str, int], key: str = "") -> dict[str, Any]:
    of = "cohortYearType" if key == "v2" else "cohortYearTypeDescriptor"
    return {
        **ANA,
        "cohortYears": [
            {of: f"x#{kind}"}
            | (
                {"schoolYear": year}
                if key == "v2"
                else {"schoolYearTypeReference": {"schoolYear": year}}
            )
            for kind, year in told
        ],
    }


@pytest.mark.parametrize(
    ("key", "kind"), [("v2", "Ninth grade"), ("v3", "First-time 9th grade")]
)
def test_the_class_is_told_by_the_year_of_ninth_grade(key: str, kind: str) -> None:
    told = [("Kindergarten", 2013), (kind, 2022)]
    # Another organisation's association says nothing of it.
    said_of = {OF_STUDENTS: [{**ANA, "x": 1}, years(*told, key=key)]}
    arrival = sent(None, **said_of)
    assert rows(arrival, "student")[0]["graduation_cohort"] == "2025"
    why = {column.heading: column.why for column in arrival.columns}
    assert any("Type" in name and "which of several" in why[name] for name in why)
    arrival = sent(None, **{OF_STUDENTS: [years(told[0], key=key)]})
    assert arrival.can_be_kept, said(arrival)
    assert "graduation_cohort" not in rows(arrival, "student")[0]
    assert "1 record tells cohort years, but not the one" in said(arrival)


def test_associations_that_contradict_are_never_the_first() -> None:
    listed = LISTED | {"student.sex", "student.race"}
    of = [
        {**years(("Ninth grade", year)), "sexDescriptor": f"x#{sex}"}
        | {"races": [{"raceDescriptor": "x#White"}]}
        for year, sex in [(2022, "Female"), (2021, "Male")]
    ]
    people = PEOPLE | {OF_STUDENTS: of}
    arrival = arrive({"all.json": json.dumps(people)}, listed)
    (student,) = rows(arrival, "student")
    assert (student.get("sex"), student["race"]) == (None, "White")
    assert "graduation_cohort" not in student
    for label in ("Sex", "Graduation cohort"):
        told = f"another “{label}” of a student than a row before, first in record 2"
        assert told in said(arrival)


def test_the_class_in_xml_is_the_same() -> None:
    student = "<StudentReference><StudentIdentity><StudentUniqueId>1"
    student += "</StudentUniqueId></StudentIdentity></StudentReference>"
    of = "StudentEducationOrganizationAssociation"
    cohorts = "".join(
        f"<CohortYear><CohortYearType>x#{kind}</CohortYearType><SchoolYear>{year}"
        "</SchoolYear></CohortYear>"
        for kind, year in [("Kindergarten", "2012-2013"), ("Ninth grade", "2021-2022")]
    )
    root = "InterchangeStudentEnrollment"
    xml = f'<{root} xmlns="http://ed-fi.org/5.2.0"><{of}>{student}{cohorts}</{of}>'
    files = {"all.json": json.dumps(PEOPLE), "c.xml": f"{xml}</{root}>"}
    arrival = arrive(files, LISTED)
    assert rows(arrival, "student")[0]["graduation_cohort"] == "2025", said(arrival)
