"""A list of tenants at the door: its columns judged, its children kept."""

from datetime import date
from typing import Any

import pytest

from indicators.arrivals.contract import Answers, Arrival, Standing
from tests.support.arriving import TENANTS, arrive, rows, said, standings

HEADINGS = "member id,first name,middle name,last name,birth date,development,move in"
ROW = "A1,Ana,M,Lopez,2010-01-31,WA001000037,2020-05-01"


def list_of(*lines: str, headings: str = HEADINGS, **options: Any) -> Arrival:
    content = "\n".join((headings, *lines))
    return arrive({"tenants.csv": content}, TENANTS, **options)


def test_list_is_kept_with_its_columns() -> None:
    arrival = list_of(ROW, headings=f"{HEADINGS} date")
    assert arrival.can_be_kept
    assert (arrival.format, arrival.encoding, arrival.n_rows) == ("csv", "utf-8", 1)
    assert arrival.elements == TENANTS
    assert rows(arrival, "tenants") == [
        {
            "member_id": "A1",
            "first_name": "Ana",
            "middle_name": "M",
            "last_name": "Lopez",
            "birth_date": date(2010, 1, 31),
            "development": "WA001000037",
            "move_in_date": date(2020, 5, 1),
        }
    ]


def test_columns_outside_the_agreement_are_told_and_not_stored() -> None:
    headings = f"{HEADINGS} date,Monthly rent,SSN,Unit number,Shoe size"
    arrival = list_of(f"{ROW},900,1,4B,12", headings=headings)
    told = standings(arrival)
    assert told["first name"] is Standing.ALLOWED
    assert told["Unit number"] is Standing.REFUSED
    assert told["SSN"] is Standing.NEVER
    assert told["Shoe size"] is Standing.NOT_RECOGNISED
    assert arrival.can_be_kept
    (kept,) = rows(arrival, "tenants")
    assert not {"900", "4B", "12", "1"} & set(map(str, kept.values()))


def test_column_of_social_security_numbers_is_never_taken() -> None:
    arrival = list_of(ROW.replace(",M,", ",123-45-6789,"), headings=f"{HEADINGS} date")
    assert standings(arrival)["middle name"] is Standing.NEVER
    assert "6789" not in said(arrival)
    assert "middle_name" not in rows(arrival, "tenants")[0]


def test_identifiers_that_are_social_security_numbers_leave_nothing_to_keep() -> None:
    lines = [ROW.replace("A1", f"{area}456789") for area in (123, 234, 345)]
    arrival = list_of(*lines)
    assert arrival.missing == ("tenant.member_id",)
    assert not arrival.can_be_kept


def test_missing_column_is_named() -> None:
    arrival = list_of("A1,Ana,WA001000037", headings="member id,first name,project")
    assert set(arrival.missing) == {
        *("tenant.last_name", "tenant.birth_date", "tenant.development")
    }
    assert not arrival.frames


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (("Ana", ""), "is empty"),
        (("Ana", "BABY BOY"), "placeholder"),
        (("2010-01-31", "2040-01-31"), "in the future"),
        (("2010-01-31", "soon"), "is not a date"),
        (("WA001000037", "WA1"), "is not a project number"),
        (("A1", "B1"), "earlier line"),
        (("Ana,", "Ana,x,"), "8 values, the header has 7"),
    ],
)
def test_row_that_is_wrong_is_set_aside(changed: tuple[str, str], reason: str) -> None:
    wrong = ROW.replace(*changed)
    arrival = list_of(ROW.replace("A1", "B1"), wrong, headings=f"{HEADINGS} date")
    assert arrival.can_be_kept
    assert arrival.n_rejected == 1
    ((file, line, said_of_it),) = arrival.rejected
    assert (file, line) == ("tenants.csv", 3)
    assert reason in said_of_it
    assert len(rows(arrival, "tenants")) == 1


def test_question_is_asked_and_its_answer_settles_it() -> None:
    unclear = ROW.replace("2010-01-31", "1/2/2010")
    arrival = list_of(unclear)
    (question,) = arrival.questions
    assert (question.id, question.column, question.line) == ("R05", "birth date", 2)
    assert not arrival.can_be_kept
    for order, day in (("month/day", (1, 2)), ("day/month", (2, 1))):
        assert order in question.choices
        answered = list_of(unclear, answers=Answers(orders={"Birth Date": order}))
        (kept,) = rows(answered, "tenants")
        assert (kept["birth_date"].month, kept["birth_date"].day) == day


def test_doubtful_encoding_is_asked() -> None:
    content = f"{HEADINGS}\n{ROW}".replace("Ana", "Zoë").encode("cp1252")
    arrival = arrive({"tenants.csv": content}, TENANTS)
    assert [question.id for question in arrival.questions] == ["F07"]
    answers = Answers(encoding=arrival.questions[0].choices[0])
    answered = arrive({"tenants.csv": content}, TENANTS, answers=answers)
    assert rows(answered, "tenants")[0]["first_name"] == "Zoë"


def test_meaning_of_a_column_is_confirmed_or_given() -> None:
    headings = "member id,tenant first nm,last name,Born,development"
    line = "A1,Ana,Lopez,2010-01-31,WA001000037"
    arrival = list_of(line, headings=headings)
    assert standings(arrival)["tenant first nm"] is Standing.TO_CONFIRM
    (question,) = arrival.questions
    assert question.choices == ("tenant.first_name", "")
    mapping = {"tenant first nm": "tenant.first_name", "Born": "tenant.birth_date"}
    answered = list_of(line, headings=headings, answers=Answers(mapping=mapping))
    assert answered.can_be_kept
    assert rows(answered, "tenants")[0]["birth_date"] == date(2010, 1, 31)


def test_two_columns_for_one_element_are_asked() -> None:
    headings = f"{HEADINGS},surname"
    arrival = list_of(f"{ROW},Li", headings=headings)
    (question,) = arrival.questions
    assert question.column == "surname"
    for mapping, name in (
        ({"surname": "tenant.last_name"}, "Li"),
        ({"surname": None}, "Lopez"),
    ):
        answered = list_of(
            f"{ROW},Li", headings=headings, answers=Answers(mapping=mapping)
        )
        assert rows(answered, "tenants")[0]["last_name"] == name
