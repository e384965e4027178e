"""A file is taken over under its agreement's columns, or refused whole."""

import io
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators import intake
from indicators.formats import flat, readers
from indicators.formats.problems import FormatError
from indicators.intake import (
    ENROLMENT_COLUMNS,
    TENANT_COLUMNS,
    Accepted,
    Column,
    accept,
    match,
)

TODAY = date(2022, 6, 1)
HEADINGS = (
    "member id,first name,middle name,last name,birth date,development,move in date"
)
ROW = {
    "member_id": "A1",
    "first_name": "Ana",
    "middle_name": "M",
    "last_name": "Lopez",
    "birth_date": "2010-01-31",
    "development": "WA001000037",
    "move_in_date": "2020-05-01",
}


def row(**changes: str) -> str:
    return ",".join((ROW | changes).values())


def take(
    *rows: str,
    headings: str = HEADINGS,
    columns: tuple[Column, ...] = TENANT_COLUMNS,
) -> Accepted:
    sheet = flat.read(io.BytesIO("\n".join((headings, *rows)).encode()))
    return accept(sheet, columns, today=TODAY)


def refusal(*rows: str, **options: Any) -> str:
    with pytest.raises(FormatError) as refused:
        take(*rows, **options)
    return refused.value.message


def test_frame_has_the_contract_columns_and_types() -> None:
    frame = take(row()).frame
    assert frame.column_names == [column.name for column in TENANT_COLUMNS]
    assert frame.schema.field("birth_date").type == pa.date32()
    assert frame.to_pylist()[0] == ROW | {
        "birth_date": date(2010, 1, 31),
        "move_in_date": date(2020, 5, 1),
    }


@pytest.mark.parametrize(
    "headings",
    [
        "Member_ID,FIRST NAME,MI,last_name,Birth Date,development,Move-in Date",
        "memberuniqueidentifier,firstname3c,mi,lastname3b,dob,projectid,unitmovein",
        "tenant.member_id,fname,mname,lname,date of birth,1d,Original Move In Date",
    ],
)
def test_headings_match_in_any_spelling(headings: str) -> None:
    assert take(row(), headings=headings).frame.num_rows == 1


def test_unlisted_and_missing_columns_are_told_apart() -> None:
    found = match(["First Name", "Rent", "DOB"], TENANT_COLUMNS)
    assert found.matched == {"tenant.first_name": 0, "tenant.birth_date": 2}
    assert found.unlisted == (1,)
    assert [column.name for column in found.missing] == [
        "member_id",
        "last_name",
        "development",
    ]


def test_unlisted_column_refuses_the_whole_file_and_is_named() -> None:
    message = refusal(row() + ",900,4B", headings=f"{HEADINGS},Monthly Rent,Unit")
    assert "“Monthly Rent” and “Unit”" in message
    assert "R-057" in message
    assert "Amend the agreement, or remove these columns" in message
    assert "900" not in message


def test_column_that_only_another_agreement_lists_is_refused() -> None:
    columns = tuple(c for c in TENANT_COLUMNS if c.element != "tenant.middle_name")
    assert "“middle name”" in refusal(row(), columns=columns)


@pytest.mark.parametrize("heading", ["SSN", "familymemberssn3n", "Social Security No."])
def test_column_named_like_a_social_security_number_is_refused(heading: str) -> None:
    assert "R-045" in refusal(row() + ",1", headings=f"{HEADINGS},{heading}")


@pytest.mark.parametrize("value", ["123-45-6789", "123 45 6789", "id 123-45-6789"])
def test_one_written_social_security_number_refuses_the_file(value: str) -> None:
    message = refusal(row(), row(member_id="A2", middle_name=value))
    assert "R-045" in message
    assert "first on line 3" in message
    assert "6789" not in message


def test_identifiers_that_are_bare_social_security_numbers_are_refused() -> None:
    rows = [row(member_id=f"{area}456789") for area in (123, 234, 345)]
    assert "the column for member id" in refusal(*rows).lower()


@pytest.mark.parametrize("number", ["000456789", "666456789", "912456789", "123006789"])
def test_numbers_that_are_never_issued_are_identifiers(number: str) -> None:
    assert take(row(member_id=number)).frame.num_rows == 1


def test_nine_digit_school_numbers_are_not_social_security_numbers() -> None:
    accepted = take(
        "604821,255901107,2021-08-23,2022-05-27",
        headings="StudentUniqueId,SchoolId,EntryDate,ExitWithdrawDate",
        columns=ENROLMENT_COLUMNS,
    )
    assert accepted.frame["school"].to_pylist() == ["255901107"]


def test_missing_required_column_is_named_with_those_present() -> None:
    headings = HEADINGS.replace("last name,", "")
    message = refusal(row().replace("Lopez,", ""), headings=headings)
    assert "No column was found for last name" in message
    assert "birth date" in message
    assert "Ana" not in message


def test_missing_optional_column_is_null_throughout() -> None:
    accepted = take(
        row().replace("M,", "", 1), headings=HEADINGS.replace("middle name,", "")
    )
    assert accepted.frame["middle_name"].to_pylist() == [None]


def test_first_line_of_people_is_not_repeated() -> None:
    message = refusal(row(), headings="B7,Rosa,MI,Velez,2011-02-03,WA001000038,1")
    assert "does not hold the expected headings: member id" in message
    assert "Rosa" not in message
    assert "Velez" not in message


def test_printing_a_file_shows_nothing_of_it() -> None:
    sheet = flat.read(io.BytesIO(f"{HEADINGS}\n{row()}".encode()))
    printed = repr(sheet) + repr(accept(sheet, TENANT_COLUMNS, today=TODAY))
    assert "Lopez" not in printed
    assert "2010" not in printed


def test_two_columns_for_one_element_are_refused() -> None:
    message = refusal(row() + ",2010-01-31", headings=f"{HEADINGS},DOB")
    assert "Columns 5 and 8 both hold the birth date" in message


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"last_name": "  "}, "the last name is empty"),
        ({"member_id": ""}, "the member id is empty"),
        ({"development": ""}, "the development is empty"),
        ({"development": "37"}, "the development is not two letters and nine digits"),
        ({"birth_date": "soon"}, "the birth date is not written as YYYY-MM-DD"),
        (
            {"birth_date": "2022-06-02"},
            "the birth date is before 1900 or in the future",
        ),
        (
            {"birth_date": "1899-12-31"},
            "the birth date is before 1900 or in the future",
        ),
        ({"first_name": "Baby  Girl"}, "the first name is a placeholder"),
        ({"last_name": "XXX"}, "the last name is a placeholder"),
    ],
)
def test_wrong_row_is_set_aside_by_line_and_reason(
    change: dict[str, str], reason: str
) -> None:
    accepted = take(row(), row(**{"member_id": "A2"} | change))
    assert accepted.frame["member_id"].to_pylist() == ["A1"]
    assert (accepted.n_rows, accepted.n_set_aside) == (2, 1)
    (notice,) = accepted.notices
    assert notice.startswith(f"1 row was set aside because {reason}")
    assert notice.endswith(": line 3.")


@pytest.mark.parametrize("name", ["Na", "Babya", "Tester", "Unknowles", "Xx-Li"])
def test_unusual_names_are_not_placeholders(name: str) -> None:
    assert take(row(last_name=name)).n_set_aside == 0


def test_row_with_two_errors_counts_once() -> None:
    accepted = take(row(), row(member_id="A2", first_name="", birth_date="soon"))
    assert accepted.n_set_aside == 1
    assert len(accepted.notices) == 1


def test_repeated_identifier_keeps_the_first_row_and_names_the_others() -> None:
    accepted = take(row(), row(first_name="Eva"), row(member_id="A2"), row())
    assert accepted.frame["first_name"].to_pylist() == ["Ana", "Ana"]
    assert accepted.notices == (
        "2 rows were set aside because the member id is there on an earlier line: "
        "lines 3 and 5.",
    )


def test_repeated_identifier_is_found_across_batches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(flat, "BATCH_ROWS", 2)
    accepted = take(*(row(member_id=f"A{n % 5}") for n in range(10)))
    assert accepted.frame["member_id"].to_pylist() == ["A0", "A1", "A2", "A3", "A4"]
    assert "lines 7, 8, 9, 10 and 11." in accepted.notices[0]


def test_identifiers_with_one_hash_are_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(readers, "hash", lambda value: 7, raising=False)
    accepted = take(row(), row(member_id="A2"), row())
    assert accepted.frame["member_id"].to_pylist() == ["A1", "A2"]


def test_identifier_of_a_row_set_aside_may_come_again() -> None:
    accepted = take(row(last_name=""), row())
    assert accepted.frame.num_rows == 1
    assert accepted.n_set_aside == 1


def test_student_with_two_enrolments_keeps_both() -> None:
    accepted = take(
        "S1,7,2021-08-23,2021-12-01",
        "S1,8,2021-12-02,",
        headings="student id,school,entry date,exit date",
        columns=ENROLMENT_COLUMNS,
    )
    assert accepted.frame["exit_date"].to_pylist() == [date(2021, 12, 1), None]


def test_missing_birth_date_is_kept_and_counted() -> None:
    accepted = take(row(), row(member_id="A2", birth_date=""))
    assert accepted.frame["birth_date"].to_pylist() == [date(2010, 1, 31), None]
    assert accepted.notices == ("1 row was kept without a birth date.",)


def test_stand_in_dates_are_read_as_empty_and_named() -> None:
    accepted = take(row(birth_date="1900-01-01"))
    assert accepted.frame["birth_date"].to_pylist() == [None]
    assert "stand-in" in accepted.notices[0]
    assert "line 2" in accepted.notices[0]


def test_dates_with_unclear_order_refuse_the_file() -> None:
    message = refusal(row(birth_date="3/4/2010"))
    assert "“birth date” could be month/day or day/month" in message


def test_file_in_which_no_row_is_left_is_refused() -> None:
    message = refusal(row(last_name=""), row(last_name="Test"))
    assert "No row can be taken over" in message
    assert "line 2" in message


def test_list_of_more_people_than_are_linked_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(intake, "MOST_PEOPLE", 2)
    rows = [row(member_id=f"A{number}") for number in range(3)]
    assert take(*rows[:2]).n_rows == 2
    message = refusal(*rows)
    assert "more than 2 rows, which is more people than can be linked" in message
    assert "ask who runs this site" in message


def test_enrolments_may_be_more_than_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MOST_PEOPLE", 1)
    headings = "student id,school id,entry date,exit date"
    rows = [f"{number},7,2021-09-01," for number in range(3)]
    assert take(*rows, headings=headings, columns=ENROLMENT_COLUMNS).n_rows == 3


def test_rows_of_another_length_are_set_aside() -> None:
    accepted = take(row(), "Lopez", row(member_id="A2"), row() + ",secret")
    assert accepted.frame.num_rows == 2
    assert (accepted.n_rows, accepted.n_set_aside) == (4, 2)
    (notice,) = accepted.notices
    assert "more or fewer values than there are headings: lines 3 and 5." in notice


def test_file_in_which_no_row_has_its_length_is_refused() -> None:
    message = refusal("Lopez", "Ana")
    assert "No row can be taken over" in message
    assert "more or fewer values" in message


def test_many_lines_are_counted_and_not_all_listed() -> None:
    wrong = [row(member_id=f"B{n}", last_name="") for n in range(15)]
    (notice,) = take(row(), *wrong).notices
    assert notice.startswith("15 rows were set aside")
    assert notice.endswith("10, 11, 12 and 5 more.")


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                name: st.text("ab1 /-0", max_size=9) | st.just(value)
                for name, value in ROW.items()
            }
        ),
        min_size=1,
        max_size=6,
    )
)
def test_every_row_is_accepted_or_set_aside(rows: list[dict[str, str]]) -> None:
    try:
        accepted = take(row(), *(row(**changes) for changes in rows))
    except FormatError:
        return
    assert accepted.n_rows == accepted.frame.num_rows + accepted.n_set_aside
    for name in ("member_id", "first_name", "last_name", "development"):
        assert accepted.frame[name].null_count == 0
