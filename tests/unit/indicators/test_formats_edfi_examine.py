"""Ed-Fi files of any version say what they hold, in XML or in JSON."""

import io
import json
from datetime import date
from typing import Any

import pytest

from indicators.formats.edfi_examine import EdFiExaminer
from indicators.formats.edfi_json import json_records
from indicators.formats.edfi_parser import records
from indicators.formats.examine import Answers
from indicators.formats.problems import FormatError
from indicators.formats.report import Report

STUDENT = {
    "studentUniqueId": "604821",
    "firstName": "Ana",
    "lastSurname": "Lopez",
    "birthDate": "2010-01-31",
}
ENTERED = {
    "studentReference": {"studentUniqueId": "604821"},
    "schoolReference": {"schoolId": 255901001},
    "entryDate": "2021-08-23",
    "entryGradeLevelDescriptor": "uri://ed-fi.org/GradeLevelDescriptor#Ninth grade",
}


def examined(*files: Any, resource: str = "") -> Report:
    report = Report()
    examiner = EdFiExaminer(report, Answers(date(2022, 6, 1)))
    for file in files:
        if isinstance(file, str):
            examiner.take(records(io.BytesIO(file.encode()), examiner.names))
        else:
            content = json.dumps(file).encode()
            examiner.take(json_records(io.BytesIO(content), resource=resource))
    examiner.finish()
    return report


def xml(body: str, *, version: str = "5.2.0", prefix: str = "") -> str:
    root = f"{prefix}InterchangeStudent"
    name = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    return f'<{root} {name}="http://ed-fi.org/{version}">{body}</{root}>'


def read_of(report: Report) -> dict[str, str | None]:
    return {c.name: c.element for c in report.columns if c.status == "read"}


def test_arrays_by_resource_are_read() -> None:
    report = examined({"students": [STUDENT], "studentSchoolAssociations": [ENTERED]})
    assert (report.verdict, report.rows) == ("accepted", 2)
    found = read_of(report)
    assert found["students/birthDate"] == "student.birth_date"
    assert found["studentSchoolAssociations/entryDate"] == "enrolment.entry_date"


@pytest.mark.parametrize("resource", ["students", "Students", "anything"])
def test_bare_array_is_known_by_its_name_or_its_values(resource: str) -> None:
    report = examined([STUDENT], resource=resource)
    assert report.verdict == "accepted"
    assert read_of(report)[f"{resource}/firstName"] == "student.first_name"


@pytest.mark.parametrize("version", ["3.3.1-b", "4.0.0", "5.2.0"])
@pytest.mark.parametrize("prefix", ["", "ef:"])
def test_versions_and_prefixes_read_alike(version: str, prefix: str) -> None:
    body = (
        "<P:Student><P:StudentUniqueId>1</P:StudentUniqueId><P:Name><P:FirstName>Ana"
        "</P:FirstName><P:LastSurname>Lopez</P:LastSurname></P:Name></P:Student>"
    )
    report = examined(xml(body.replace("P:", prefix), version=version, prefix=prefix))
    assert report.verdict == "accepted"
    assert report.version == version.removesuffix("-b")
    assert read_of(report)["Student/Name/FirstName"] == "student.first_name"


def test_wrong_values_are_named_by_line_and_not_repeated() -> None:
    body = "\n<Student>\n<StudentUniqueId>1</StudentUniqueId><Name><FirstName>Ana"
    body += "</FirstName><LastSurname>Lopez</LastSurname></Name><BirthData>"
    body += "<BirthDate>31.1.2010</BirthDate></BirthData></Student>"
    report = examined(xml(body))
    (item,) = report.row_errors
    assert (item.id, item.line, item.column) == ("R04", 3, "birthDate")
    assert "2010" not in item.message


@pytest.mark.parametrize(
    ("change", "id"),
    [
        ({"birthDate": "2023-01-01"}, "R07"),
        ({"birthDate": "soon"}, "R04"),
        ({"birthDate": "1980-01-31"}, "R07"),
        ({"lastSurname": ""}, "R01"),
        ({"lastSurname": None}, "R01"),
    ],
)
def test_record_is_set_aside_by_its_number(change: dict[str, Any], id: str) -> None:
    report = examined(
        {"students": [STUDENT, STUDENT | {"studentUniqueId": "2"} | change]}
    )
    (item,) = report.row_errors
    assert item.id == id
    assert "record 2" in item.message
    assert report.n_set_aside == 1


def test_repeated_student_and_unknown_reference_are_found() -> None:
    other = ENTERED | {"studentReference": {"studentUniqueId": "9"}}
    report = examined(
        {"students": [STUDENT, STUDENT], "studentSchoolAssociations": [ENTERED, other]}
    )
    assert [item.id for item in report.row_errors] == ["R02"]
    (notice,) = (item for item in report.notices if item.id == "R03")
    assert "students that are not in the files: 1, the first" in notice.message


def test_value_without_which_a_resource_means_nothing_is_missing() -> None:
    report = examined({"students": [{"studentUniqueId": "1", "firstName": "Ana"}]})
    assert [item.id for item in report.errors] == ["F13"]


def test_social_security_numbers_are_refused_by_name_and_by_value() -> None:
    numbers = {"ssn": "x", "otherId": "123-45-6789", "citizenship": "US"}
    report = examined({"students": [STUDENT | numbers]})
    refused = {c.name for c in report.columns if c.status == "refused"}
    assert refused == {f"students/{name}" for name in numbers}
    assert "6789" not in str(report.as_json())


def test_json_of_another_kind_is_refused() -> None:
    report = examined({"type": "FeatureCollection", "features": [{"geometry": {}}]})
    assert report.verdict == "refused"
    assert "no Ed-Fi resource" in report.errors[0].message


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"[", b'{"a"', b'{"a":', b'{"a":1', b'{"a":[1', b"[1]x", b"[1 2]"),
        *(b"[" * 100_000, b'{"a":' * 100_000, b"[" + b"9" * 5000 + b"]", b"\xff[]"),
        *(b'[{"a":"' + b"x" * 300_000 + b'"}]', b"nul", b"{1:2}", b"[{]"),
        b"[" + b'{"a":' * 200 + b"1" + b"}" * 200 + b"]",
    ],
)
def test_broken_json_is_refused(content: bytes) -> None:
    with pytest.raises(FormatError):
        list(json_records(io.BytesIO(content)))
