"""What the door would set aside or refuse is not accepted by `read`."""

from pathlib import Path

import pytest

from tests.support import rosters
from tests.support.arriving import DAYS, ROSTER, arrive
from tests.support.sending import HEADINGS, Sender, ids, read, row

PUPIL = "student id,first name,last name,birth date,school"
COUNTED = f"{PUPIL},days enrolled,days absent"


@pytest.fixture
def sent(tmp_path: Path) -> Sender:
    return Sender(tmp_path)


def counted(days: str) -> str:
    """Return two students, of whom the second has these days."""
    return f"{COUNTED}\n1,Ana,Li,2010-01-31,25,180,3\n2,Bo,Lopez,2010-02-28,25,{days}\n"


@pytest.mark.parametrize(
    ("days", "is_right"),
    [
        *(("180,4.5", True), ("180,180", True), ("180,180.2", True), ("180.,.5", True)),
        *(("180,*", True), ("180,-4", True), ("180,", True), ("n/a,5", True)),
        *(("180,one", False), ("180,999", False), ("180,-3", False), ("x,3", False)),
        *(("180,200", False), ("180,180.5", False), ("367,3", False)),
        *(('"1,180",3', False), ("180,1e2", False)),
    ],
)
def test_days_are_judged_as_at_the_door(
    sent: Sender, days: str, is_right: bool
) -> None:
    content = counted(days)
    code, report = read(sent(content))
    listed = ROSTER | DAYS | {"calendar.school_year"}
    arrival = arrive({"sent.csv": content}, listed)
    assert (code, not report["row_errors"], not arrival.n_rejected) == (
        *(0, is_right, is_right),
    )
    if not is_right:
        (item,) = report["row_errors"]
        assert (item["id"], item["line"]) == ("R08", 3)
        assert "days in a year" in item["message"] or "than the days" in item["message"]
        assert report["notices"][-1]["message"] == (
            "2 rows read, 1 set aside, 0 duplicates."
        )


@pytest.mark.parametrize(
    "rows",
    [
        [row(**{"birth date": "3/14/12"}), row(**{"birth date": "4/13/27"})],
        [row(**{"last name": ""}), "A1,Ana"],
        [row(**{"first name": "TEST"})],
    ],
)
def test_table_of_which_all_rows_are_set_aside_is_refused(
    sent: Sender, rows: list[str]
) -> None:
    code, report = read(sent("\n".join([HEADINGS, *rows])))
    assert (code, ids(report["errors"])) == (1, ["F06"])
    assert "No row can be used" in report["errors"][0]["message"]
    good = row(**{"member id": "A0"})
    assert read(sent("\n".join([HEADINGS, *rows, good])))[0] == 0


@pytest.mark.parametrize(
    ("files", "file", "old", "new"),
    [
        (rosters.ONEROSTER, "users.csv", "true", "yes"),
        (rosters.ONEROSTER, "demographics.csv", "2010-01-31", "2199-01-31"),
        (rosters.ONEROSTER_2, "users.csv", "Lopez", ""),
        (rosters.SDS_2, "users.csv", "Lopez", "UNKNOWN"),
        (rosters.HMIS, "Client.csv", "2010-01-31", "soon"),
    ],
)
def test_set_of_which_nobody_is_left_is_refused(
    sent: Sender, files: dict[str, str], file: str, old: str, new: str
) -> None:
    sound = {**files, file: files[file].replace(old, new)}
    code, report = read(sent(rosters.packed(sound), "set.zip"))
    assert (code, ids(report["errors"])) == (1, ["F06"])
    assert f"No row of `{file}` can be used" in report["errors"][0]["message"]


@pytest.mark.parametrize(
    ("content", "of"),
    [
        (
            '{"students": [{"studentUniqueId": "1", "firstName": "", "lastSurname": '
            '"Li", "birthDate": "2010-01-31"}], '
            '"schools": [{"schoolId": 1, "nameOfInstitution": "Elm"}]}',
            "record of students",
        ),
        (
            '{"studentSchoolAssociations": [{"entryDate": "soon", "schoolReference": '
            '{"schoolId": 1}, "studentReference": {"studentUniqueId": "1"}}]}',
            "record",
        ),
    ],
)
def test_records_of_which_none_is_left_are_refused(
    sent: Sender, content: str, of: str
) -> None:
    code, report = read(sent(content, "a.json"))
    assert (code, ids(report["errors"])) == (1, ["F06"])
    assert f"No {of} can be used" in report["errors"][0]["message"]


def test_more_days_attended_than_enrolled_are_told(sent: Sender) -> None:
    _, report = read(sent(counted("180,181").replace("absent", "attended")))
    assert "days attended is more than the days enrolled" in str(report["row_errors"])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("1,Zyx,Lopez,2010-01-31", "2,Bo,Ode,2011-02-28"),
        ('Zyx,Lopez,"January 31, 2010"', 'Bo,Ode,"Feb. 8, 2011"'),
        ("A1,Zyx,Lopez,31 Jan 2010,Oak", "A2,Bo,Ode,28 FEB 2011,Elm"),
        ("A1,Zyx,Lopez,zyx@example.org", "A2,Bo,Ode,bo@example.org"),
        ("7,Zyx,Lopez,2010-01-31,Disability", "8,Bo,Ode,2011-02-28,"),
        ("Zyx,Lopez,12 Oak Street Apt 3", "Bo,Ode,9 NE 45th Ave"),
        ("Zyx,Lopez,31st of January 2010", "Bo,Ode,1st of May 2010"),
        ("Zyx,Lopez,Seattle", "Bo,Ode,Tacoma"),
        ("Zyx,O'Brien-Lopez,St. Paul", "Bo,Núñez,"),
        ("Zyx,Núñez Lopez", "Bo,Ode"),
        ("zyx,lopez,seattle", "bo,ode,tacoma"),
        ("zyx,o'brien-lopez,st. paul", "bo,núñez,"),
    ],
)
def test_a_first_line_that_is_a_persons_is_refused_and_not_repeated(
    sent: Sender, first: str, second: str
) -> None:
    code, report = read(sent(f"{first}\n{second}\n"))
    assert (code, report["columns"], len(report["errors"])) == (1, [], 1)
    assert "one line that names its columns" in report["errors"][0]["message"]
    assert "zyx" not in str(report).casefold()
    assert "lopez" not in str(report).casefold()


@pytest.mark.parametrize(
    "content",
    [
        "Nombre,Apellido,Nacimiento\nAna,Lopez,2010-01-31\n",
        "color,shape\nred,round\n",
        "nombre_completo,Ciudad\nAna,Tacoma\n",
        "nome,cognome,posto\nAna,Lopez,Tacoma\n",
        "nome,cognome,nato\nana,lopez,2010-01-31\n",
    ],
)
def test_headings_that_nobody_knows_are_still_headings(
    sent: Sender, content: str
) -> None:
    assert read(sent(content))[0] == 0
