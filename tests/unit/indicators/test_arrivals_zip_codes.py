"""ZIP codes at the door: zeros that a spreadsheet dropped, and digits too many."""

import pytest

from tests.support.arriving import ROSTER, arrive, rows, said

MORE = {"student.zip", "student.state"}
OWN = "student id,first name,last name,dob,school,entry date"


@pytest.mark.parametrize(
    ("sent", "state", "kept"),
    [
        *(("6804", "CT", "06804"), ("6804-1234", "nj", "06804")),
        *(("6804", "", "06804"), ("68041", "CT", "68041")),
        *(("2139", "Massachusetts", "02139"), ("981011234", "WA", "98101")),
        ("98101-1234", "WA", "98101"),
        ("", "WA", None),
    ],
)
def test_a_zip_code_has_five_digits(sent: str, state: str, kept: str | None) -> None:
    row = f"1,Ana,Lopez,2013-01-31,7,2021-08-23,{sent},{state}"
    arrival = arrive({"a.csv": f"{OWN},zip,state\n{row}\n"}, ROSTER | MORE)
    assert rows(arrival, "student")[0].get("zip") == kept
    assert "no ZIP code" not in said(arrival)


@pytest.mark.parametrize("sent", ["8101", "981", "8101-1234", "9810A"])
def test_what_may_lack_a_digit_of_another_state_is_kept_and_told(sent: str) -> None:
    lines = [
        f"{n},Ana,Lopez,2013-01-3{n},7,2021-08-23,{code},WA"
        for n, code in enumerate(("98101", sent))
    ]
    text = "\n".join((f"{OWN},zip,state", *lines))
    arrival = arrive({"a.csv": text}, ROSTER | MORE)
    assert rows(arrival, "student")[1]["zip"] == sent.partition("-")[0]
    assert "1 value is no ZIP code of the state, first on line 3" in said(arrival)


def test_without_a_state_the_zero_is_put_back() -> None:
    text = f"{OWN},zip\n1,Ana,Lopez,2013-01-31,7,2021-08-23,2139\n"
    arrival = arrive({"a.csv": text}, ROSTER | MORE)
    assert rows(arrival, "student")[0]["zip"] == "02139"
