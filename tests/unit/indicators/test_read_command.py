"""`manage.py read` says what a file holds, and needs no database."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import execute_from_command_line

from tests.support.sending import HEADINGS, Sender, ids, read, row, told
from tests.support.workbooks import sheet, workbook

PROJECT = Path(__file__).parents[3]


@pytest.fixture
def sent(tmp_path: Path) -> Sender:
    return Sender(tmp_path)


def test_list_of_tenants_is_accepted_and_described(sent: Sender) -> None:
    code, report = read(sent(f"{HEADINGS}\nA1,Ana,Lopez,2010-01-31,WA001000037\n"))
    assert code == 0
    assert report["verdict"] == "accepted"
    assert (report["format"], report["encoding"], report["delimiter"]) == (
        "hud50058",
        "utf-8",
        ",",
    )
    assert report["rows"] == 1
    assert report["columns"][2] == {
        "name": "last name",
        "element": "tenant.last_name",
        "status": "read",
    }
    assert (report["errors"], report["row_errors"]) == ([], [])


def test_without_json_the_same_is_said_in_words(sent: Sender) -> None:
    code, text = told(sent(f"{HEADINGS}\nA1,Ana,Lopez,2010-01-31,WA001000037\n"))
    assert code == 0
    assert text.startswith("Accepted: hud50058")
    assert "last name: tenant.last_name (read)" in text


def test_file_that_is_not_there_is_bad_usage(tmp_path: Path) -> None:
    code, text = told(tmp_path / "none.csv")
    assert code == 2
    assert "There is no file" in text


def test_names_in_a_file_cannot_write_to_the_terminal(sent: Sender) -> None:
    content = '{"students": [{"studentUniqueId": "1", "\\u202e\\u001b[2J": "x"}]}'
    for options in ((), ("--json",)):
        code, text = told(sent(content), *options)
        assert code == 1
        assert "\x1b" not in text
        assert text.encode()


def test_system_python_finds_the_environment_of_the_project(sent: Sender) -> None:
    """Without site-packages Django is missing, as on a bare machine."""
    ended = subprocess.run(
        [sys.executable, "-I", "-S", "manage.py", "read", sent("a,b\n1,2\n")],
        cwd=PROJECT,
        capture_output=True,
        check=False,
        text=True,
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_database_is_not_needed(tmp_path: Path, sent: Sender) -> None:
    """There is no mark for the database here, so that any query would fail."""
    environment = {"PATH": os.environ["PATH"], "HOMEROOM_HOME": str(tmp_path / "none")}
    ended = subprocess.run(
        [sys.executable, "manage.py", "read", sent("a,b\n1,2\n"), "--json"],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        check=False,
        text=True,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout)["verdict"] == "accepted"


@pytest.mark.parametrize(
    "arguments",
    [
        *((), ("sent.csv", "--format", "word"), ("sent.csv", "--dates", "y")),
        ("sent.csv", "--encoding", "x"),
    ],
)
def test_wrong_use_ends_with_two(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        execute_from_command_line(["manage.py", "read", *arguments])
    assert ended.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_windows_letters_are_asked_about_and_answered(sent: Sender) -> None:
    path = sent(f"{HEADINGS}\nA1,Ana,Muñoz,2010-01-31,WA001000037\n".encode("cp1252"))
    code, report = read(path)
    assert (code, ids(report["errors"])) == (1, ["F07"])
    assert report["errors"][0]["line"] == 2
    assert "Muñoz" not in report["errors"][0]["message"]
    code, report = read(path, "--encoding", "windows-1252")
    assert (code, report["encoding"], report["errors"]) == (0, "windows-1252", [])


def test_order_of_day_and_month_is_asked_about_and_answered(sent: Sender) -> None:
    iso = row(**{"member id": "A0"})
    path = sent(f"{HEADINGS}\n{iso}\nA1,Ana,Lopez,3/4/2010,WA001000037\n")
    code, report = read(path)
    assert (code, ids(report["errors"])) == (1, ["R05"])
    said = report["errors"][0]["message"]
    assert said.startswith("Dates in the column “birth date” could be")
    assert "--dates month/day or --dates day/month" in said
    assert read(path, "--dates", "day/month")[0] == 0


@pytest.mark.parametrize(
    ("content", "id"),
    [
        ("", "F06"),
        (HEADINGS, "F06"),
        (f"{HEADINGS},Last_Name\n{row()},x", "F06"),
        (f'{HEADINGS}\nA1,"Ana,Lopez', "F06"),
        (f"{HEADINGS}\nA1,\0", "F06"),
        (b"%PDF-1.7", "F06"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "F06"),
        ("<!DOCTYPE html><html>", "F06"),
        (f"{row()}\n{row()}", "F06"),
        (f"{HEADINGS}\nMember ID,Given Name,Surname,DOB,Project\n{row()}", "F06"),
        ("A letter to whom it may concern\nof two lines", "F06"),
        (b"a,b\n\x81,2", "F07"),
        (HEADINGS.replace("last", "maiden") + f"\n{row()}", "F13"),
        (f"{HEADINGS}\n{row(**{'last name': '123-45-6789'})}", "F13"),
        (f"{HEADINGS}\n{row(**{'birth date': '3/4/2010'})}", "R05"),
        (
            f"{HEADINGS}\n{row(**{'birth date': '13/4/2010'})}\n"
            f"{row(**{'birth date': '4/13/2010'})}",
            "R06",
        ),
        (f"{HEADINGS},relation code\n{row()},D", "R08"),
    ],
)
def test_file_is_refused_with_a_reason(
    sent: Sender, content: str | bytes, id: str
) -> None:
    code, report = read(sent(content))
    assert (code, report["verdict"]) == (1, "refused")
    assert id in ids(report["errors"])
    assert "Ana" not in json.dumps(report, ensure_ascii=False)
    assert "6789" not in json.dumps(report)


@pytest.mark.parametrize(
    ("wrong", "id", "column"),
    [
        (row(**{"last name": ""}), "R01", "last name"),
        (row(**{"member id": "A0"}), "R02", "member id"),
        (row(**{"birth date": "soon"}), "R04", "birth date"),
        (row(**{"birth date": "2199-01-01"}), "R07", "birth date"),
        (row(**{"birth date": "1899-01-01"}), "R07", "birth date"),
        (row(development="37"), "R14", "development"),
        ("A1,Ana", "R09", None),
        (f"{row()},more", "R09", None),
        ('"A1"x,Ana,Lopez,2010-01-31,WA001000037', "R09", None),
    ],
)
def test_row_is_set_aside_by_its_line(
    sent: Sender, wrong: str, id: str, column: str | None
) -> None:
    first = row(**{"member id": "A0"})
    code, report = read(sent(f"{HEADINGS}\n{first}\n{wrong}\n"))
    (item,) = report["row_errors"]
    assert (code, item["id"], item["line"], item["column"]) == (0, id, 3, column)
    assert report["rows"] == 2
    assert "1 set aside" in report["notices"][-1]["message"]


def test_repeated_number_is_told_with_what_differs(sent: Sender) -> None:
    others = {"last name": "Li", "birth date": "2010-02-01"}
    rows = row(), row(**{"first name": " Ana "}), row(**others)
    _, report = read(sent("\n".join((HEADINGS, *rows))))
    assert [item["message"] for item in report["row_errors"]] == [
        "Line 3: member id appears again (first on line 2) with the same values.",
        "Line 4: member id appears again (first on line 2) with different values in "
        "“last name” and “birth date”.",
    ]


@pytest.mark.parametrize(
    ("days", "says"),
    [
        ("2010-01-31,2021-08-23,2021-08-22", "the exit date is before the entry date"),
        ("2021-08-24,2021-08-23,", "the entry date is before the birth date"),
        ("1931-05-05,2021-08-23,", "a person of 30 years or more"),
    ],
)
def test_days_that_cannot_be_so_set_a_row_aside(
    sent: Sender, days: str, says: str
) -> None:
    headings = "student id,first name,last name,birth date,entry date,exit date"
    rows = "1,Ana,Li,2010-01-31,2021-08-23,2021-08-23", f"2,Bo,Li,{days}"
    _, report = read(sent("\n".join((headings, *rows))))
    (item,) = report["row_errors"]
    assert (item["id"], item["line"]) == ("R07", 3)
    assert says in item["message"]
    assert "1 set aside" in report["notices"][-1]["message"]


@pytest.mark.parametrize(
    ("content", "id", "words"),
    [
        (f"\ufeff{HEADINGS}\n{row()}", "F08", "byte order mark"),
        (f"Tenants,,,,\n{HEADINGS}\n{row()}", "F08", "1 line above"),
        (f"{HEADINGS},Pets\n{row()},2", "F11", "Pets"),
        (f"{HEADINGS},SSN\n{row()},1", "F12", "SSN"),
        (f"{HEADINGS},other\n{row()},123-45-6789", "F12", "other"),
        (f"{HEADINGS},other\n{row()},123456789", "F12", "other"),
        (f"{HEADINGS},Annual Income\n{row()},9", "F12", "never taken"),
        (f"{HEADINGS}\n{row(**{'last name': 'Mu¿oz'})}", "R10", "broken encoding"),
        (f"{HEADINGS}\n{row(**{'birth date': '1900-01-01'})}", "R11", "stand-in"),
        ("Student ID,Days Absent\n1,*\n2,3\n3,4", "R11", "“*”"),
        (
            f"{HEADINGS}\n{row()}\nA2,BABY BOY,Li,2010-01-31,WA001000037",
            *("R16", "placeholder"),
        ),
        (f'{HEADINGS}\nA1,"LEE, AN",Li,2010-01-31,WA001000037', "R16", "comma"),
        (f"{HEADINGS},relation code\n{row()},H", "R13", "household"),
        (f"{HEADINGS}\n{row()}\nTotal,1,,,", "R17", "total"),
    ],
)
def test_notice_says_what_was_done(
    sent: Sender, content: str, id: str, words: str
) -> None:
    code, report = read(sent(content))
    assert (code, report["errors"]) == (0, [])
    said = [item["message"] for item in report["notices"] if item["id"] == id]
    assert any(words in message for message in said)
    assert "6789" not in json.dumps(report)


@pytest.mark.parametrize("name", ["Class Name", "Business Number", "Passnote"])
def test_headings_that_only_hold_the_letters_are_no_numbers(
    sent: Sender, name: str
) -> None:
    _, report = read(sent(f"{HEADINGS},{name}\n{row()},1"))
    assert "F12" not in ids(report["notices"])


def test_number_is_a_day_in_a_workbook_and_none_in_text(sent: Sender) -> None:
    rows = [HEADINGS.split(","), row(**{"birth date": "40209"}).split(",")]
    assert read(sent(workbook(rows), "list.xlsx"))[1]["row_errors"] == []
    _, report = read(sent("\n".join(map(",".join, rows))))
    assert ids(report["row_errors"]) == ["R04"]


def test_workbook_is_read_and_its_other_sheets_are_named(sent: Sender) -> None:
    rows = [["Tenants"], HEADINGS.split(","), row().split(",")]
    code, report = read(sent(workbook(rows, others={"Old": "hidden"}), "list.xlsx"))
    assert (code, report["format"], report["encoding"]) == (0, "hud50058", None)
    assert "1 hidden sheet was not read" in str(report["notices"])


@pytest.mark.parametrize(
    ("n", "says"), [(1, "1 other sheet was"), (2, "2 other sheets were")]
)
def test_other_sheets_that_are_shown_are_counted(
    sent: Sender, n: int, says: str
) -> None:
    rows = [HEADINGS.split(","), row().split(",")]
    first = {"xl/worksheets/sheet1.xml": sheet(rows)}
    book = workbook([["x"]], others=dict.fromkeys("AB"[:n], "visible"), parts=first)
    _, report = read(sent(book, "list.xlsx"))
    assert f"The first sheet was read, and {says} not." in str(report)


OPEN = (
    "Student ID,First Name,Last Name,Birth Date,School\n"
    "1,Ana,Lopez,2010-03-04,Oak\n"
    '2,"Bernard,Okafor,2011-06-17,Oak\n'
    "3,Dmitri,Petrov,2012-08-22,Oak\n"
    "\n"
    "4,Cynthia{quote},Nguyen{other},2009-12-30,Elm\n"
    "5,Eve,Li,2012-08-22,Oak\n"
)


@pytest.mark.parametrize(
    ("quote", "other"), [('"', ""), ("", '"'), ('"x', "")], ids=["same", "next", "in"]
)
@pytest.mark.parametrize("n_before", [0, 40_000])
def test_rows_that_an_open_quotation_mark_takes_in_are_set_aside(
    sent: Sender, quote: str, other: str, n_before: int
) -> None:
    heading, rest = OPEN.format(quote=quote, other=other).split("\n", 1)
    before = "".join(f"9{n},Ann,Lee,2010-01-31,Oak\n" for n in range(n_before))
    code, report = read(sent(f"{heading}\n{before}{rest}"))
    assert code == 0
    wrong = [(each["id"], each["line"] - n_before) for each in report["row_errors"]]
    assert wrong == [("R09", line) for line in (3, 4, 5, 6)]


def test_texts_of_several_lines_are_read(sent: Sender) -> None:
    headings = "Student ID,Last Name,First Name,Birth Date,Home Address"
    rows = (
        '1,Lopez,Ana,2010-03-04,"12 Main St\nApt 4, Seattle, WA, 98101, USA"\n'
        '2,Lee,Bo,2010-03-04,"a,b,c\nd,e"\n'
        '3,Li,Eve,2010-03-04,"1 Oak St\n"\n'
        '4,"\nLiu",Jo,2010-03-04,2 Oak St\n'
        '"5","Ng","Al","2010-03-04","a,b\nc,d,e,f,g"\n'
    )
    code, report = read(sent(f"{headings}\n{rows}"))
    assert code == 0
    assert (report["rows"], report["row_errors"]) == (5, [])
