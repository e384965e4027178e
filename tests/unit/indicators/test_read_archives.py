"""An archive loses no file unsaid."""

import io
import warnings
import zipfile
from pathlib import Path

import pytest

from tests.support import rosters
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
