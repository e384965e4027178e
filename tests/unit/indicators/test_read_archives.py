"""An archive loses no file unsaid: doubled names are refused, what is left is named."""

import io
import warnings
import zipfile
from pathlib import Path

import pytest

from tests.support import rosters, town
from tests.support.arriving import arrive, said
from tests.support.sending import HEADINGS, Sender, ids, read, row

STUDENT = (
    "<InterchangeStudent><Student><StudentUniqueId>1</StudentUniqueId><Name><FirstName>"
    "Ana</FirstName><LastSurname>Lopez</LastSurname></Name><BirthData><BirthDate>"
    "2010-01-31</BirthDate></BirthData></Student></InterchangeStudent>"
)
TABLE = f"{HEADINGS}\n{row()}\n"
OTHER = TABLE.replace("A1", "A2")


@pytest.fixture
def sent(tmp_path: Path) -> Sender:
    return Sender(tmp_path)


def zipped(*files: tuple[str, str | bytes]) -> bytes:
    """Return an archive of files, of which several may have one name."""
    into = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(into, "w") as archive:
        warnings.simplefilter("ignore")
        for name, content in files:
            archive.writestr(name, content)
    return into.getvalue()


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ((("a.csv", TABLE), ("a.csv", OTHER)), "a.csv"),
        ((("a.csv", TABLE), ("A.CSV", OTHER)), "A.CSV"),
        ((("Student.xml", STUDENT), ("student.xml", STUDENT)), "student.xml"),
        ((("x/a.json", "[]"), ("x/A.json", "[]")), "A.json"),
        ((*rosters.ONEROSTER.items(), ("Users.csv", "a")), "Users.csv"),
        ((*rosters.SDS_2.items(), ("users.csv", "a")), "users.csv"),
        ((*rosters.HMIS.items(), ("client.csv", "a")), "client.csv"),
    ],
)
def test_two_files_of_one_name_are_refused(
    sent: Sender, files: tuple[tuple[str, str], ...], name: str
) -> None:
    content = zipped(*files)
    code, report = read(sent(content, "set.zip"))
    assert (code, ids(report["errors"])) == (1, ["F03"])
    assert f"`{name}` is there twice" in report["errors"][0]["message"]
    arrival = arrive({"set.zip": content})
    assert not arrival.can_be_kept
    assert f"`{name}` is there twice" in said(arrival)


def test_names_that_differ_in_capitals_in_a_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "Student.xml").write_text(STUDENT)
    (tmp_path / "student.xml").write_text(STUDENT)
    assert ids(read(tmp_path)[1]["errors"]) == ["F03"]


@pytest.mark.parametrize("name", ["enrolment.csv", "days.xlsx", "days.TSV", "more.zip"])
@pytest.mark.parametrize("records", ["Student.xml", "students.json"])
def test_table_beside_records_in_an_archive_is_not_lost(
    sent: Sender, records: str, name: str
) -> None:
    content = zipped((records, STUDENT), (name, "student id,school\n1,25"))
    code, report = read(sent(content, "set.zip"))
    assert (code, ids(report["errors"])) == (1, ["F06"])
    assert f"`{name}`" in report["errors"][0]["message"]


def test_all_that_the_district_sends_in_one_archive_is_told_apart() -> None:
    files = town.student_files(town.children())
    arrival = arrive({"all.zip": zipped(*files.items())})
    assert not arrival.can_be_kept
    (error,) = arrival.errors
    assert "tables (`enrolment.csv`) cannot be read" in error.message
    table = files.pop("enrolment.csv")
    arrival = arrive({"enrolment.csv": table, "all.zip": zipped(*files.items())})
    assert arrival.can_be_kept


def test_other_files_beside_records_are_named(sent: Sender) -> None:
    content = zipped(("Student.xml", STUDENT), ("Read 123-45-6789.txt", "x"))
    code, report = read(sent(content, "set.zip"))
    assert (code, report["errors"]) == (0, [])
    (notice,) = [item for item in report["notices"] if item["id"] == "F11"]
    assert "`Read (number).txt`" in notice["message"]
