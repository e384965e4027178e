"""What JSON can write and no value can be read from is refused, by its line."""

from pathlib import Path

import pytest

from tests.support.arriving import arrive, rows
from tests.support.sending import Sender, ids, read

STUDENT = (
    '"firstName": "Ana", "lastSurname": "Lopez", "birthDate": "2010-01-31", "gpa": 3.5'
)
ENROLMENT = "student id,school,entry date,exit date\n7,25,2021-08-23,2022-06-10\n"


@pytest.fixture
def sent(tmp_path: Path) -> Sender:
    return Sender(tmp_path)


def students(*, id: str = '"7"', others: str = STUDENT) -> str:
    """Return a file of one student, who stands on its third line."""
    return f'{{"students": [\n\n{{"studentUniqueId": {id}, {others}}}]}}'


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"Ana"', '"A\\ud800"', "half of a letter"),
        ('"Ana"', '"\\uDC00\\ud83d"', "half of a letter"),
        ('"gpa"', '"\\udfff"', "half of a letter"),
        ('"Ana"', '"A\\u0000na"', "a NUL character"),
        ('"Lopez"', "NaN", "NaN, which is not JSON"),
        ('"Lopez"', "Infinity", "Infinity, which is not JSON"),
        ("3.5", "-Infinity", "-Infinity, which is not JSON"),
        ("3.5", "1e999", "larger than any"),
        ('"gpa"', '"lastSurname"', "“lastSurname” twice"),
        ("3.5", '{"a": 1, "a": 1}', "“a” twice"),
    ],
)
def test_what_no_value_can_be_read_from_is_refused(
    sent: Sender, old: str, new: str, says: str
) -> None:
    content = students(others=STUDENT.replace(old, new))
    code, report = read(sent(content, "students.json"))
    (error,) = report["errors"]
    assert (code, error["id"], error["line"]) == (1, "F06", 3)
    assert says in error["message"]
    arrival = arrive({"students.json": content, "enrolment.csv": ENROLMENT})
    (error,) = arrival.errors
    assert error.message.startswith("students.json: Record 1 that begins on line 3")
    assert says in error.message


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("\\ud83d\\ude00", "😀"),
        ("\\\\u0000", "\\u0000"),
        ("\\\\\\\\ud800", "\\\\ud800"),
    ],
)
def test_escapes_of_whole_letters_are_read(name: str, kept: str) -> None:
    content = students(others=STUDENT.replace("Ana", name))
    arrival = arrive({"students.json": content, "enrolment.csv": ENROLMENT})
    assert [row["first_name"] for row in rows(arrival, "student")] == [kept]


@pytest.mark.parametrize("id", ["7", "7.0", "7.00", "7e0", "0.7e1"])
def test_number_is_the_same_however_it_is_written(id: str) -> None:
    arrival = arrive({"students.json": students(id=id), "enrolment.csv": ENROLMENT})
    assert [row["id"] for row in rows(arrival, "student")] == ["7"]


def test_long_number_keeps_its_digits(sent: Sender) -> None:
    pair = students(id="12345678901234567.0"), students(id="12345678901234568.0")
    one, other = (each.partition("[")[2].removesuffix("]}") for each in pair)
    _, report = read(sent(f'{{"students": [{one},{other}]}}', "students.json"))
    assert (report["rows"], ids(report["row_errors"])) == (2, [])
