"""`manage.py read` on what stands for a number that is not shown."""

from pathlib import Path

import pytest

from tests.support.sending import Sender, read

OF_COUNTS = "School,Grade,Number Chronically Absent,Percent Chronically Absent"
OF_DEVELOPMENTS = "PARTICIPANT_CODE,DEVELOPMENT_CODE,STD_ADDR,TOTAL_UNITS,PCT_OCCUPIED"


@pytest.fixture
def sent(tmp_path: Path) -> Sender:
    return Sender(tmp_path)


def notices(sent: Sender, text: str, id: str) -> list[str]:
    code, report = read(sent(text))
    assert code == 0
    return [each["message"] for each in report["notices"] if each["id"] == id]


def test_each_mark_in_a_column_of_days_is_told(sent: Sender) -> None:
    marks = ("-4", "*", "<", "N/A", "S", "12")
    rows = "".join(f"{n},{mark}\n" for n, mark in enumerate(marks))
    told = notices(sent, f"Student ID,Days Absent\n{rows}", "R11")
    assert [any(f"“{mark}”" in each for each in told) for mark in marks] == [
        *(True,) * 5,
        False,
    ]


def test_a_column_of_marks_alone_shows_no_number(sent: Sender) -> None:
    rows = "WA001,WA001000001,1 Main,-4,-4\nWA001,WA001000002,2 Main,30,-1\n"
    told = notices(sent, f"{OF_DEVELOPMENTS}\n{rows}", "R11")
    assert sum("PCT_OCCUPIED" in each for each in told) == 2


def test_letters_in_a_column_of_words_are_no_marks(sent: Sender) -> None:
    rows = "".join(f"{n},{mark}\n" for n, mark in enumerate(("S", "Oak", "Elm", "7")))
    assert notices(sent, f"Student ID,Bus Stop\n{rows}", "R11") == []


@pytest.mark.parametrize(
    ("n_zeros", "percent", "n_told"),
    [(15, "0", 1), (15, "0.0%", 1), (2, "0", 0), (15, "3", 0), (30, "0", 0)],
)
def test_many_zeros_beside_no_percent_are_doubted(
    sent: Sender, n_zeros: int, percent: str, n_told: int
) -> None:
    rows = "".join(
        f"Oak{n},09,{0 if n < n_zeros else 20},{percent if n < n_zeros else 12}\n"
        for n in range(30)
    )
    told = notices(sent, f"{OF_COUNTS}\n{rows}", "R12")
    assert len(told) == n_told
    assert all(f"{n_zeros} small groups show 0 and 0%" in each for each in told)
