"""Sets of files are held to their standard, and archives to their bounds."""

import json
from pathlib import Path

import pytest

from tests.support import rosters
from tests.support.arriving import arrive, said
from tests.support.sending import HEADINGS, Sender, ids, read, row


@pytest.fixture
def sent(tmp_path: Path) -> Sender:
    return Sender(tmp_path)


@pytest.mark.parametrize(
    ("files", "format", "version"),
    [
        (rosters.ONEROSTER, "oneroster", "1.1"),
        (rosters.ONEROSTER_2, "oneroster", "1.2"),
        (rosters.SDS_2, "sds", "2.1"),
        (rosters.HMIS, "hmis", "2026 v1.0"),
    ],
)
@pytest.mark.parametrize("folder", ["", "export/"])
def test_set_is_accepted(
    sent: Sender, files: dict[str, str], format: str, version: str, folder: str
) -> None:
    code, report = read(sent(rosters.packed(files, folder=folder), "set.zip"))
    assert (code, report["errors"], report["row_errors"]) == (0, [], [])
    assert (report["format"], report["version"]) == (format, version)


def test_set_may_be_a_folder(tmp_path: Path) -> None:
    for name, text in rosters.ONEROSTER.items():
        (tmp_path / name).write_text(text)
    code, report = read(tmp_path)
    assert (code, report["format"]) == (0, "oneroster")


def test_changes_need_an_earlier_full_set(sent: Sender) -> None:
    path = sent(rosters.packed(rosters.ONEROSTER_CHANGES), "set.zip")
    code, report = read(path)
    assert (code, ids(report["errors"])) == (1, ["F04"])
    code, report = read(path, "--follows-bulk")
    assert (code, report["row_errors"]) == (0, [])


@pytest.mark.parametrize(
    ("file", "text", "id"),
    [
        ("manifest.csv", None, "F01"),
        ("users.csv", None, "F03"),
        ("extra.csv", "a,b\n1,2\n", "F03"),
        ("courses.csv", "sourcedId,title\n", "F03"),
        ("manifest.csv", "propertyName,value\noneroster.version,1.0\n", "F02"),
        ("manifest.csv", "propertyName,value\nfile.orgs,bulk\n", "F02"),
        ("manifest.csv", "propertyName,value\nfile.users,some\n", "F03"),
        ("orgs.csv", "sourcedId,name\no1,School\n", "F13"),
    ],
)
def test_set_is_refused_with_a_reason(
    sent: Sender, file: str, text: str | None, id: str
) -> None:
    files: dict[str, str | bytes] = {**rosters.ONEROSTER}
    files.pop(file, None)
    if text is not None:
        files[file] = text
    code, report = read(sent(rosters.packed(files), "set.zip"))
    assert code == 1
    assert id in ids(report["errors"])


@pytest.mark.parametrize(
    ("file", "old", "new", "id"),
    [
        ("demographics.csv", "u1,", "u9,", "R03"),
        ("users.csv", ",o1,", ",o9,", "R03"),
        ("users.csv", "Lopez", "", "R01"),
        ("users.csv", "u2,", "u1,", "R02"),
        ("users.csv", ",student,", ",pupil,", "R08"),
        ("users.csv", ",09", ",99", "R08"),
        ("users.csv", ",true,o1,student", ",yes,o1,student", "R08"),
        ("demographics.csv", "2010-01-31", "soon", "R04"),
        ("demographics.csv", "female", "girl", "R08"),
        ("demographics.csv", "u1,,", "u1,gone,", "R08"),
        ("roles.csv", "2021-08-23,,", "2021-08-23,2021-08-22,", "R07"),
    ],
)
def test_row_of_a_set_is_set_aside(
    sent: Sender, file: str, old: str, new: str, id: str
) -> None:
    is_later = file == "roles.csv"
    files = {**(rosters.ONEROSTER_2 if is_later else rosters.ONEROSTER)}
    files[file] = files[file].replace(old, new)
    if not is_later:  # somebody is left
        files["users.csv"] += "u3,,,true,o1,student,cy,,Cy,Kim,,8,,,,,09\n"
        files["demographics.csv"] += "u3,,,2010-02-28,male\n"
    code, report = read(sent(rosters.packed(files), "set.zip"))
    assert code == 0
    assert id in ids(report["row_errors"])
    assert report["row_errors"][0]["message"].startswith(f"{file}, line ")


def test_members_of_a_set_that_do_not_agree_are_told_where(sent: Sender) -> None:
    again = "u1,,,true,o1,student,ana,,Ana,Li,,7,,,,,10\n"
    files = {**rosters.ONEROSTER, "users.csv": rosters.ONEROSTER["users.csv"] + again}
    _, report = read(sent(rosters.packed(files), "set.zip"))
    assert [item["message"] for item in report["row_errors"]] == [
        "users.csv, line 4: sourcedId appears again (first on line 2) with different "
        "values in “familyName” and “grades”."
    ]


def test_birth_date_of_a_teacher_is_no_slip(sent: Sender) -> None:
    files = {**rosters.ONEROSTER}
    files["demographics.csv"] += "u2,,,1970-01-31,male\n"
    assert read(sent(rosters.packed(files), "set.zip"))[1]["row_errors"] == []


@pytest.mark.parametrize("status", ["2", "3", ""])
def test_hashed_names_are_refused(sent: Sender, status: str) -> None:
    export = f"ExportID,CSVVersion,HashStatus\n1,2026 v1.0,{status}\n"
    files = {**rosters.HMIS, "Export.csv": export}
    code, report = read(sent(rosters.packed(files), "set.zip"))
    assert (code, ids(report["errors"])[0]) == (1, "F05")


@pytest.mark.parametrize("quality", [2, 99])
def test_value_whose_quality_is_not_good_is_named(sent: Sender, quality: int) -> None:
    told = f"2010-01-31,{quality}"
    client = rosters.HMIS["Client.csv"].replace("2010-01-31,1", told)
    code, report = read(sent(rosters.packed({**rosters.HMIS, "Client.csv": client})))
    (notice,) = [item for item in report["notices"] if item["id"] == "R11"]
    assert (code, notice["column"]) == (0, "DOBDataQuality")


def test_files_of_a_set_without_its_manifest_are_no_set(sent: Sender) -> None:
    content = rosters.packed({"classes.csv": "a,b\n1,2", "courses.csv": "a,b\n1,2"})
    code, report = read(sent(content))
    assert (code, ids(report["errors"])) == (1, ["F01"])


def test_sender_may_say_that_a_file_is_none_of_a_set(sent: Sender) -> None:
    path = sent(rosters.packed({"users.csv": f"{HEADINGS}\n{row()}"}))
    assert ids(read(path)[1]["errors"]) == ["F01"]
    assert read(path, "--format", "csv")[0] == 0


def test_file_of_a_set_that_is_said_to_be_a_table_is_only_proposed(
    sent: Sender,
) -> None:
    """Alone a sourcedId may be a class's, and a birth date a teacher's."""
    path = sent(rosters.ONEROSTER["demographics.csv"], "demographics.csv")
    assert read(path)[0] == 1
    code, report = read(path, "--format", "csv")
    columns = {each["name"]: each for each in report["columns"]}
    assert (code, columns["sourcedId"]["status"]) == (0, "to confirm")
    assert "read" not in {each["status"] for each in columns.values()}
    assert "`demographics.csv` of a OneRoster set" in report["notices"][0]["message"]
    listed = sent("sourcedId,givenName,familyName,birthDate\nu1,Ana,Li,2010-01-31\n")
    assert "to confirm" not in str(read(listed, "--format", "csv")[1]["columns"])


def test_health_is_not_opened_and_numbers_are_not_told(sent: Sender) -> None:
    files: dict[str, str | bytes] = {**rosters.HMIS}
    files["HealthAndDV.csv"] = b"\x00\xff" * 100
    code, report = read(sent(rosters.packed(files), "set.zip"))
    assert code == 0
    assert "F12" in ids(report["notices"])
    assert "123456789" not in json.dumps(report)


@pytest.mark.parametrize(
    ("content", "id"),
    [
        (rosters.packed({"a.csv": b"0" * 40_000_000}), "F09"),
        (rosters.packed({"a.zip": rosters.packed({"b.csv": "a,b\n1,2"})}), "F06"),
        (rosters.packed({"a.csv": "a,b\n1,2", "b.csv": "a,b\n1,2"}), "F06"),
        (rosters.packed({"word/document.xml": "<w/>"}), "F06"),
        (rosters.packed({}), "F06"),
        (rosters.packed(rosters.ONEROSTER)[:-20], "F06"),
        (rosters.packed({f"{n}.csv": "a" for n in range(501)}), "F09"),
    ],
)
def test_archive_is_refused(sent: Sender, content: bytes, id: str) -> None:
    code, report = read(sent(content, "set.zip"))
    assert (code, ids(report["errors"])) == (1, [id])


def test_names_in_an_archive_are_no_paths(sent: Sender, tmp_path: Path) -> None:
    content = rosters.packed({"../../escaped.csv": f"{HEADINGS}\n{row()}"})
    assert read(sent(content, "set.zip"))[0] == 0
    assert [path.name for path in tmp_path.rglob("*")] == ["set.zip"]


@pytest.mark.parametrize(
    "files",
    [rosters.ONEROSTER, rosters.SDS_2, {"a.csv": "a,b\n1,2"}],
    ids=["OneRoster", "School Data Sync", "no set"],
)
@pytest.mark.parametrize("ending", ["", ".csv", ".xml"])
def test_a_number_in_the_name_of_a_file_is_not_told(
    sent: Sender, files: dict[str, str], ending: str
) -> None:
    named = {**files, f"Lee 123-45-6789{ending}": "x,y\n1,2"}
    _, report = read(sent(rosters.packed(named), "set.zip"))
    assert "(number)" in json.dumps(report)
    assert "123-45-6789" not in json.dumps(report)


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY x "&a;&a;&a;">]>',
        '<!DOCTYPE r SYSTEM "http://127.0.0.1/x.dtd">',
    ],
)
def test_entities_are_refused(sent: Sender, declared: str) -> None:
    body = "<InterchangeStudent><Student>&x;</Student></InterchangeStudent>"
    code, report = read(sent(declared + body, "Student.xml"))
    assert (code, ids(report["errors"])) == (1, ["F06"])
    assert "document type or entities" in report["errors"][0]["message"]


@pytest.mark.parametrize("day", ["03/04/2010", "13/04/2010", "20100304", "4-MAR-2010"])
@pytest.mark.parametrize("files", [rosters.ONEROSTER, rosters.ONEROSTER_2])
def test_birth_date_in_another_form_is_wrong_in_its_row_alone(
    sent: Sender, files: dict[str, str], day: str
) -> None:
    born = files["demographics.csv"] + f"u2,,,{day},male\n"
    users = files["users.csv"]
    if files is rosters.ONEROSTER_2:
        users += users.splitlines()[-1].replace("u1", "u2") + "\n"
    sound = {**files, "demographics.csv": born, "users.csv": users}
    content = rosters.packed(sound)
    code, report = read(sent(content, "set.zip"))
    (item,) = report["row_errors"]
    assert (code, item["id"], item["line"]) == (0, "R04", 3)
    assert item["message"].endswith("is not a date. Expected YYYY-MM-DD.")
    arrival = arrive({"set.zip": content})
    assert (arrival.questions, arrival.errors) == ((), ())
    assert item["message"] in said(arrival)


SCHOOLS = {
    "School.csv": "SIS ID,Name,State ID,City\n1,School,7,Elmton\n",
    "Student.csv": "SIS ID,School SIS ID,First Name,Last Name,Birthdate\n"
    "1,1,Ana,Lopez,2010-01-31\n",
}


@pytest.mark.parametrize(
    ("files", "file", "cell"),
    [(rosters.ONEROSTER, "orgs.csv", ",1,"), (SCHOOLS, "School.csv", ",7,")],
)
def test_number_of_a_school_is_no_social_security_number(
    sent: Sender, files: dict[str, str], file: str, cell: str
) -> None:
    """Nine digits, as a campus has in Texas."""
    numbered = files[file].replace(cell, ",015907001,")
    content = rosters.packed({**files, file: numbered})
    _, report = read(sent(content, "set.zip"))
    assert "F12" not in ids(report["notices"])
    assert "refused" not in {each["status"] for each in report["columns"]}
    assert "Social Security" not in said(arrive({"set.zip": content}))
    written = files[file].replace(cell, ",123-45-6789,")
    _, report = read(sent(rosters.packed({**files, file: written}), "set.zip"))
    assert "F12" in ids(report["notices"])
