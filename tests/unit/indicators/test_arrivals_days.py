"""Days as senders count them: of a year, of a term, and those that contradict."""

import pytest

from tests.support.arriving import DAYS, ROSTER, arrive, rows, said

STUDENTS = (
    "student id,first name,last name,dob,school\n1,Ana,Lopez,2010-01-31,7\n"
    "2,Bo,Li,2010-02-28,7\n"
)
HEADINGS = "student id,school,days enrolled,days absent,term\n"
FALL, SPRING = "1,7,90,2,Fall\n", "1,7,90,40,Spring\n"
BO = "2,7,180,9,\n"


@pytest.mark.parametrize(
    "files",
    [
        {"d": FALL + SPRING + BO},
        {"d": BO + SPRING + FALL},
        {"d": FALL + BO, "e": SPRING},
        {"d": SPRING, "e": BO + FALL},
    ],
)
def test_days_that_rows_tell_differently_count_in_no_order(
    files: dict[str, str],
) -> None:
    sent = {f"{name}.csv": HEADINGS + text for name, text in files.items()}
    arrival = arrive({"s.csv": STUDENTS} | sent, ROSTER | DAYS)
    assert [row["id"] for row in rows(arrival, "days")] == ["2"]
    assert "Rows tell different days of 1 student at one school." in said(arrival)


def test_days_told_twice_count_once() -> None:
    text = HEADINGS + FALL + BO + FALL
    arrival = arrive({"s.csv": STUDENTS, "d.csv": text}, ROSTER | DAYS)
    assert [row["days_absent"] for row in rows(arrival, "days")] == [2, 9]
    assert "different days" not in said(arrival)


SPELLS = "student id,school,entry date,days enrolled,days absent\n"
FIRST, AGAIN = "1,7,2021-08-23,90,2\n", "1,7,2022-01-10,60,4\n"
OTHER = "2,7,2021-08-23,180,9\n"


@pytest.mark.parametrize(
    ("lines", "absent"),
    [
        (FIRST + AGAIN + OTHER, [6, 9]),
        (FIRST + FIRST + AGAIN + OTHER, [6, 9]),
        (FIRST + FIRST.replace("2021-08-23", "2022-01-10") + OTHER, [4, 9]),
        (FIRST + FIRST.replace(",2\n", ",5\n") + AGAIN + OTHER, [9]),
        (FIRST.replace("90,2", "90,5") + OTHER + AGAIN + FIRST, [9]),
    ],
)
def test_days_of_enrolments_add_up_and_those_of_one_do_not(
    lines: str, absent: list[int]
) -> None:
    each = {f"d{n}.csv": line for n, line in enumerate(lines.splitlines())}
    for files in ({"d.csv": lines}, each):
        sent = {name: SPELLS + text for name, text in files.items()}
        arrival = arrive({"s.csv": STUDENTS} | sent, ROSTER | DAYS)
        found = rows(arrival, "days")
        found.sort(key=lambda row: str(row["id"]))
        assert [row["days_absent"] for row in found] == absent, said(arrival)
        assert ("different days of 1 student" in said(arrival)) is (len(absent) == 1)
