"""Tests and courses of Ed-Fi at the door: each result has the subject of its own."""

from typing import Any

import pytest

from indicators.arrivals.contract import Arrival
from tests.support.arriving import rows, said
from tests.unit.indicators.test_arrivals_edfi import ANA, sent


def of(subject: str) -> dict[str, Any]:
    return {"academicSubjects": [{"academicSubjectDescriptor": f"x#{subject}"}]}


def assessment(name: str, subject: str, **more: str) -> dict[str, Any]:
    category = {"assessmentCategoryDescriptor": "x#State summative assessment"}
    return {"assessmentIdentifier": name} | of(subject) | category | more


def result(name: str, **more: str) -> dict[str, Any]:
    return {
        **ANA,
        "assessmentReference": {"assessmentIdentifier": name, **more},
        "administrationDate": "2022-04-05",
        "performanceLevels": [{"performanceLevelDescriptor": "x#Basic"}],
    }


def course(code: str, subject: str, **more: int) -> dict[str, Any]:
    within = {"educationOrganizationReference": more} if more else {}
    return {"courseCode": code} | of(subject) | within


def transcript(code: str, **more: int) -> dict[str, Any]:
    return {
        "courseReference": {"courseCode": code, **more},
        "studentAcademicRecordReference": {"studentUniqueId": "1", "schoolYear": 2022},
        "courseAttemptResultDescriptor": "x#Pass",
    }


def subjects(arrival: Arrival, frame: str) -> list[str]:
    found = rows(arrival, frame) if frame in arrival.frames else []
    return [row["subject"] for row in found]


@pytest.mark.parametrize("step", [1, -1])
def test_a_test_without_a_namespace_has_its_own_subject(step: int) -> None:
    told = [assessment("R1", "Reading"), assessment("R3", "Mathematics")][::step]
    arrival = sent(assessments=told, studentAssessments=[result("R3")])
    assert subjects(arrival, "assessments") == ["math"]
    alone = sent(assessments=told, studentAssessments=[result("R9")])
    assert "“Test subject” is empty" in said(alone)
    untold = "1 result names none of the assessments that were sent"
    assert untold in said(alone)
    assert untold not in said(arrival)
    assert not alone.frames


@pytest.mark.parametrize("step", [1, -1])
def test_a_course_without_an_organisation_has_its_own_subject(step: int) -> None:
    told = [course("R1", "Reading"), course("M1", "Mathematics")][::step]
    taken = sent(courses=told, courseTranscripts=[transcript("M1")])
    assert subjects(taken, "courses") == ["math"]
    unknown = sent(courses=told, courseTranscripts=[transcript("X9")])
    assert [q.column for q in unknown.questions] == ["course.subject: X9"]


DISPUTED = "told several times under one identifier, 1 differs in subject or category"


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize("within", [{}, {"namespace": "uri://a"}])
def test_a_test_told_differently_has_no_subject(
    step: int, within: dict[str, str]
) -> None:
    told = [assessment("R3", each, **within) for each in ("Reading", "Mathematics")]
    told = [*told[::step], assessment("R4", "Reading", **within)]
    results = [result(name, **within) for name in ("R3", "R4")]
    arrival = sent(assessments=told, studentAssessments=results)
    assert f"Of assessments that are {DISPUTED}" in said(arrival)
    assert subjects(arrival, "assessments") == ["reading"]
    same = [told[-1], told[-1] | {"academicSubjects": []}]
    arrival = sent(assessments=same, studentAssessments=results[1:])
    assert "several times" not in said(arrival)
    assert subjects(arrival, "assessments") == ["reading"]


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize("within", [{}, {"educationOrganizationId": 1}])
def test_of_a_course_told_differently_the_subject_is_asked(
    step: int, within: dict[str, int]
) -> None:
    told = [course("M1", each, **within) for each in ("Science", "Mathematics")]
    taken = [transcript("M1", **within)]
    arrival = sent(courses=told[::step], courseTranscripts=taken)
    assert f"Of courses that are {DISPUTED}" in said(arrival)
    assert [q.column for q in arrival.questions] == ["course.subject: M1"]


def test_a_subject_that_was_removed_is_not_taken_from_other_tests() -> None:
    of_all = {"namespace": "uri://a"}
    told = [assessment("R1", "123-45-6789"), assessment("R3", "Mathematics", **of_all)]
    results = [result("R3", **of_all)]
    arrival = sent(assessments=told, studentAssessments=results)
    assert "Social Security" in said(arrival)
    assert subjects(arrival, "assessments") == []
