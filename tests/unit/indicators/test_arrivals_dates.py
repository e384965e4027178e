"""Days at the door whose years have two digits: of birth, and of what is planned."""

from datetime import date

import pytest

from tests.support.arriving import ROSTER, TENANTS, arrive, rows, said

STUDENTS = "student_id,first_name,last_name,birth_date,school,entry_date,exit_date\n"
TENANT = "member id,first name,last name,birth date,development,move in date"


@pytest.mark.parametrize(
    ("left", "day"),
    [
        ("17-DEC-21", date(2021, 12, 17)),
        ("10-JUN-22", date(2022, 6, 10)),
        ("09-jun-23", date(2023, 6, 9)),
    ],
)
def test_the_last_day_of_an_enrolment_may_lie_ahead(left: str, day: date) -> None:
    for entered in ("23-AUG-21", "2021-08-23"):
        lines = (
            f"1,Ana,Li,31-JAN-10,S1,{entered},{left}\n",
            f"2,Bo,Li,10-JUN-12,S1,{entered},17-DEC-21\n",
        )
        arrival = arrive({"s.csv": STUDENTS + "".join(lines)})
        assert arrival.n_rejected == 0, said(arrival)
        spell = rows(arrival, "enrolment")[0]
        assert (spell["entry_date"], spell["exit_date"]) == (date(2021, 8, 23), day)
        assert rows(arrival, "student")[1]["birth_date"] == date(2012, 6, 10)


def test_exit_days_alone_may_lie_ahead() -> None:
    text = "student_id,first_name,last_name,birth_date,school,exit_date\n"
    text += "1,Ana,Li,31-JAN-10,S1,10-JUN-22\n"
    arrival = arrive({"s.csv": text}, ROSTER - {"enrolment.entry_date"})
    assert rows(arrival, "enrolment")[0]["exit_date"] == date(2022, 6, 10)


def test_birth_dates_never_lie_ahead() -> None:
    text = f"{TENANT},move out date\n"
    text += "A1,Ana,Li,10-JUN-22,WA001000037,01-MAY-99,30-JUN-22\n"
    text += "A2,Bo,Li,31-MAY-12,WA001000037,01-MAY-19,30-JUN-22\n"
    arrival = arrive({"t.csv": text}, TENANTS | {"tenant.move_out_date"})
    (child,) = rows(arrival, "tenants")
    assert child["birth_date"] == date(2012, 5, 31)
    (stay,) = rows(arrival, "tenancies")
    assert stay["move_in_date"] == date(2019, 5, 1)
    assert stay["move_out_date"] == date(2022, 6, 30)
