"""A list of tenants at the door: its columns judged, its children kept."""

from datetime import date
from typing import Any

import pytest

from indicators.arrival_pages import column_rows, what_to_do
from indicators.arrival_report import found_in
from indicators.arrivals import tables
from indicators.arrivals.contract import Answers, Arrival, Standing
from indicators.arrivals.words import obstacle_of
from indicators.formats import flat
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


@pytest.mark.parametrize(
    ("sent", "kept"), [("02139-6441", "02139"), ("2139", "02139"), ("02139", "02139")]
)
def test_a_zip_code_is_kept_as_five_digits(sent: str, kept: str) -> None:
    text = f"{HEADINGS} date,zip\n{ROW},{sent}\n"
    arrival = arrive({"tenants.csv": text}, TENANTS | {"tenant.zip"})
    assert [row["zip"] for row in rows(arrival, "tenants")] == [kept], said(arrival)
    assert ("Small differences were corrected" in said(arrival)) == (sent != kept)


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
    (told,) = (item for item in arrival.notices if item.id == "F12")
    assert "3 values look like Social Security numbers, first on line 2" in told.message
    assert "the whole column was removed" in told.message
    assert "Correct them and send the file again." in told.message
    found = found_in(arrival)
    assert "member id”: 3 values look like" in column_rows(found, Answers())[-1][2]
    (to_do,) = what_to_do(found)
    assert "was removed" in to_do
    for words in (to_do, column_rows(found, Answers())[-1][2], obstacle_of(arrival)):
        assert "Numbers of your own that only look so need a letter before" in words


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
        (("A1", "B1"), "appears again (first on line 2) with the same values"),
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


@pytest.mark.parametrize(
    "headings",
    [
        "Member_ID,FIRST NAME,MI,last_name,Birth Date,development,Move-in Date",
        "memberuniqueidentifier,firstname3c,mi,lastname3b,dob,projectid,admit date",
        "tenant.member_id,fname,mname,lname,date of birth,1d,2h",
    ],
)
def test_headings_match_in_any_spelling(headings: str) -> None:
    assert list_of(ROW, headings=headings).elements == TENANTS


def test_first_line_of_people_is_not_repeated() -> None:
    arrival = list_of(ROW, headings="B7,Rosa,MI,Velez,2011-02-03,WA001000038,1")
    assert "no line of headings" in said(arrival)
    assert not arrival.columns
    assert "Rosa" not in said(arrival)


def test_printing_an_arrival_shows_nobody() -> None:
    assert "Lopez" not in repr(list_of(ROW))


@pytest.mark.parametrize("number", ["000456789", "666456789", "912456789"])
def test_numbers_that_are_never_issued_are_identifiers(number: str) -> None:
    assert list_of(ROW.replace("A1", number)).can_be_kept


def test_row_with_two_errors_counts_once() -> None:
    wrong = ROW.replace("A1", "A2").replace("Ana", "").replace("2010-01-31", "soon")
    arrival = list_of(ROW, wrong)
    assert (arrival.n_rejected, len(arrival.rejected)) == (1, 1)
    assert "is empty" in arrival.rejected[0].reason
    assert "is not a date" in arrival.rejected[0].reason


def test_number_of_a_row_set_aside_may_come_again() -> None:
    arrival = list_of(ROW.replace("Lopez", ""), ROW)
    assert (arrival.n_rejected, len(rows(arrival, "tenants"))) == (1, 1)


def test_repeated_number_is_found_across_batches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(flat, "BATCH_ROWS", 2)
    arrival = list_of(*(ROW.replace("A1", f"A{n % 5}") for n in range(10)))
    assert [each.line for each in arrival.rejected] == [7, 8, 9, 10, 11]


@pytest.mark.parametrize("born", ["", "1900-01-01"])
def test_child_without_a_birth_date_is_kept_and_counted(born: str) -> None:
    arrival = list_of(ROW.replace("2010-01-31", born))
    assert "birth_date" not in rows(arrival, "tenants")[0]
    assert "1 child has no birth date" in said(arrival)


def test_file_in_which_no_row_is_left_is_refused() -> None:
    arrival = list_of(ROW.replace("Lopez", ""), ROW.replace("Lopez", "Test"))
    assert "No row can be taken over" in said(arrival)
    assert arrival.n_rejected == 2
    assert not arrival.frames


def test_list_of_more_people_than_are_linked_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tables, "MOST_PEOPLE", 2)
    lines = [ROW.replace("A1", f"A{number}") for number in range(3)]
    assert list_of(*lines[:2]).can_be_kept
    assert "more than 2 rows" in said(list_of(*lines))


def test_second_line_of_headings_is_asked() -> None:
    arrival = list_of(HEADINGS.replace("move in", "move-in date"), ROW)
    (question,) = arrival.questions
    assert (question.id, question.choices) == ("F08", ("1", "2"))
    answered = list_of(HEADINGS, ROW, answers=Answers(header_row=2))
    assert len(rows(answered, "tenants")) == 1


# A family report

FORM = "hhid,mbr num,h3b,h3c,h3e,h3h,1d,2a,2b"


def family(*lines: str, listed: frozenset[str] = TENANTS, **options: Any) -> Arrival:
    return arrive({"form.csv": "\n".join((FORM, *lines))}, listed, **options)


def member(number: int, relation: str, born: str, rest: str = "2,2020-01-01") -> str:
    return f"1,{number},Lopez,Ana,{born},{relation},WA001000037,{rest}"


def test_only_children_of_a_family_are_kept() -> None:
    arrival = family(
        member(1, "H", "1980-01-31"),
        member(2, "Y", "2010-01-31"),
        member(3, "Y", "2020-01-31"),
        member(4, "A", "2003-01-31"),
        member(5, "A", "1990-01-31"),
        member(6, "S", "2005-01-31"),
        member(7, "L", "2010-01-31"),
        member(8, "F", ""),
    )
    assert arrival.format == "hud50058"
    assert [row["member_id"] for row in rows(arrival, "tenants")] == [
        *("1-2", "1-4", "1-6", "1-8")
    ]
    words = said(arrival)
    assert "4 household members were not read because they are not of school" in words
    assert "head's spouse" in words
    assert arrival.n_rejected == 0


@pytest.mark.parametrize("number", ["02", "2.0", "002"])
def test_a_member_number_is_compared_as_a_number(number: str) -> None:
    first = member(2, "Y", "2010-01-31", "2,2019-01-01")
    later = member(2, "Y", "2010-01-31", "7,2020-01-01").replace("1,2,", f"1,{number},")
    arrival = family(first, later.replace("WA001000037", "WA001000038"))
    (child,) = rows(arrival, "tenants")
    assert (child["member_id"], child["development"]) == ("1-2", "WA001000038")


def test_relation_and_action_are_read_and_not_stored() -> None:
    arrival = family(member(2, "Y", "2010-01-31"))
    told = standings(arrival)
    assert {told[name] for name in ("h3h", "2a", "2b", "hhid")} == {Standing.REFUSED}
    assert arrival.frames["tenants"].column_names == [
        *("member_id", "first_name", "middle_name", "last_name", "birth_date"),
        *("development", "move_in_date"),
    ]
    listed = TENANTS | {"tenant.relation_to_head"}
    more = family(member(2, "Y", "2010-01-31"), listed=listed)
    assert rows(more, "tenants")[0]["relation_to_head"] == "Y"


@pytest.mark.parametrize(
    ("actions", "kept"),
    [
        (("2,2019-01-01", "2,2020-01-01"), "WA001000038"),
        (("2,2020-01-01", "2,2019-01-01"), "WA001000037"),
        (("2,2019-01-01", "6,2020-01-01"), None),
        *(
            (("2,2019-01-01", f"{ended},2020-01-01"), None)
            for ended in ("06", "6.0", "EOP", "End Participation", "5")
        ),
        (("2,2019-01-01", "15,2020-01-01"), "WA001000037"),
        (("6,2019-01-01", "1.0,2020-01-01"), "WA001000038"),
        *(
            (("6,2019-01-01", f"{after},2020-01-01"), None)
            for after in ("2", "3", "8", "9", "10", "10.0", "11", "12", "13")
        ),
        (("2,2019-01-01", "2,2023-01-01"), "WA001000037"),
    ],
)
def test_latest_action_tells_who_lives_where(
    actions: tuple[str, str], kept: str | None
) -> None:
    other = member(3, "Y", "2011-01-31")
    lines = [member(2, "Y", "2010-01-31", rest) for rest in actions]
    lines[1] = lines[1].replace("WA001000037", "WA001000038")
    found = rows(family(other, *lines), "tenants")
    assert [r["development"] for r in found if r["member_id"] == "1-2"] == (
        [kept] if kept else []
    )


def test_an_action_that_is_not_known_is_asked_about() -> None:
    lines = [
        member(2, "Y", "2010-01-31", "2,2019-01-01"),
        member(2, "Y", "2010-01-31", "Gone,2020-01-01"),
        member(3, "Y", "2011-01-31"),
    ]
    (question,) = family(*lines).questions
    assert "The type of action “Gone” is not known" in question.words
    answers = Answers(categories={question.column: "end participation"})
    kept = rows(family(*lines, answers=answers), "tenants")
    assert [row["member_id"] for row in kept] == ["1-3"]


def test_of_a_list_without_relations_only_those_of_school_age_are_kept() -> None:
    ages = {"A1": "2010-01-31", "A2": "1980-01-31", "A3": "2020-01-31", "A4": ""}
    lines = [
        ROW.replace("A1", number).replace("2010-01-31", born)
        for number, born in ages.items()
    ]
    arrival = list_of(*lines)
    assert [row["member_id"] for row in rows(arrival, "tenants")] == ["A1", "A4"]
    assert "2 household members were not read because they are not" in said(arrival)


def test_codes_of_another_form_refuse_the_file() -> None:
    arrival = family(member(2, "D", "2010-01-31"))
    assert "Form HUD-50059" in said(arrival)
    assert not arrival.frames


def test_addresses_without_a_building_are_counted() -> None:
    headings = f"{HEADINGS} date,street address"
    lines = [
        f"{ROW},12 Main Street Apt 3",
        f"{ROW.replace('A1', 'A2')},99 Elm Ave",
    ]
    content = "\n".join((headings, *lines))
    arrival = arrive(
        {"a.csv": content},
        TENANTS | {"tenant.street_address"},
        buildings=["12 MAIN ST"],
    )
    assert "1 address does not match a building" in said(arrival)
