"""The mandate at the door: nothing is kept before a person has seen what came."""

import csv
import datetime as dt
import io
import json
import re
from pathlib import Path

import pyarrow as pa
import pytest

from accounts import ledger
from agreements import presets
from agreements.models import Agreement
from indicators import frames
from indicators.custody import vault
from indicators.models import Arrival, Delivery, Layout
from tests import make
from tests.support import town
from tests.support.at_door import (
    ATTESTED,
    examined,
    examined_list,
    page_of,
    press,
    steward_of,
    words,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

CHILDREN = town.children()
LIST = town.tenants_csv(CHILDREN)


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    made = make.agreement()
    make.add_places(made)
    return made.number


@pytest.fixture
def empty(number: str) -> Agreement:
    """Return an agreement in force under which nothing has arrived."""
    return Agreement.objects.get(number=number)


def wider(heading: str, value: str = "x", content: bytes = LIST) -> bytes:
    """Return a list with one more column, of one value in every row."""
    first, *rows = content.decode().splitlines()
    return listed([f"{first},{heading}", *(f"{row},{value}" for row in rows)])


def listed(lines: list[str]) -> bytes:
    """Return lines as a file."""
    return "\n".join(lines).encode()


def renamed(heading: str, to: str, content: bytes = LIST) -> bytes:
    """Return a list in which a column has another heading."""
    return content.replace(heading.encode(), to.encode(), 1)


def kept(delivery: Delivery) -> pa.Table:
    """Return the list that a delivery put into the vault."""
    holding = delivery.holding
    content = vault().read(str(holding.owner_id), key_id=holding.key, blob=holding.blob)
    return frames.unpack(content)["tenants"]


def kept_columns(delivery: Delivery) -> list[str]:
    """Return the columns of what a delivery put into the vault."""
    return list(kept(delivery).column_names)


def field_of(arrival: Arrival, heading: str) -> str:
    """Return the name of the field that asks what a column is."""
    client = steward_of(arrival.agreement, arrival.flow)
    form = client.get(arrival.get_absolute_url()).context["answer_form"]
    label = f"What is in the column “{heading}”?"
    return next(bound.name for bound in form if bound.label == label)


def say(arrival: Arrival, heading: str, code: str) -> None:
    """Answer what a column is, and let a worker read the files again."""
    answer = press(arrival, "answer", **{field_of(arrival, heading): code})
    assert answer.status_code == 302
    make.work_off()
    arrival.refresh_from_db()


# What the page says, before anything is kept


def test_page_names_what_is_allowed_refused_and_missing(empty: Agreement) -> None:
    sent = wider("phone", content=renamed("birth_date", "remarks"))
    page = page_of(examined_list(empty, sent))
    assert "first_name Allowed: First name As proposed." in page
    assert "phone Refused: will not be stored" in page
    assert "Missing, and required No column was found for it." in page
    assert "Nothing can be loaded yet" in page
    assert "allowed columns" not in page
    assert not empty.deliveries.exists()
    assert not empty.holdings.exists()


def test_what_is_loaded_holds_the_allowed_columns_alone(empty: Agreement) -> None:
    arrival = examined_list(empty, wider("phone", "555-0100"))
    assert "Load 5 allowed columns" in page_of(arrival)
    receipt = press(arrival, "load", **ATTESTED)["Location"]
    delivery = empty.deliveries.get()
    assert "phone" not in kept_columns(delivery)
    assert delivery.receipt["left"] == ["phone"]
    page = words(steward_of(empty, presets.HOUSING_LIST).get(receipt))
    assert delivery.receipt["sha256"] in page
    assert "Sam Steward" in page
    assert "Destroyed by" in page
    assert list(ledger.verify()) == []


@pytest.mark.parametrize("heading", ["SSN", "remarks"])
def test_social_security_numbers_are_refused_by_name_and_by_value(
    empty: Agreement, heading: str
) -> None:
    first, *rows = LIST.decode().splitlines()
    lines = [f"{first},{heading}"]
    for n, row in enumerate(rows):
        lines.append(f"{row},{212 + n % 90}-{10 + n % 80}-{1000 + n}")
    arrival = examined_list(empty, listed(lines))
    page = page_of(arrival)
    assert f"{heading} Refused: never taken" in page
    assert "Social Security" in page
    press(arrival, "load", **ATTESTED)
    assert heading not in kept_columns(empty.deliveries.get())


def test_counts_tell_how_good_the_list_is_and_name_nobody(empty: Agreement) -> None:
    first, second, *rows = LIST.decode().splitlines()
    blank = second.replace("2006-01-09", "")
    twice = [row.replace("T", "X", 1) for row in rows[:3]]
    page = page_of(examined_list(empty, listed([first, blank, *rows, *twice])))
    assert "Without a birth date 1" in page
    assert "Of the same name and birth date as another row 6" in page
    assert CHILDREN[0].last not in page


def test_nothing_of_the_files_is_in_the_database(empty: Agreement) -> None:
    arrival = examined_list(empty, wider("Oddly named"))
    row = json.dumps(arrival.sealed)
    assert "Oddly" not in row
    assert "tenants.csv" not in row
    assert arrival.history.count() == 2


def test_rows_set_aside_are_sent_by_line_and_reason_until_the_end(
    empty: Agreement,
) -> None:
    arrival = examined_list(empty, LIST.replace(b"2006-01-09", b"1850-01-09", 1))
    client = steward_of(empty, presets.HOUSING_LIST)
    path = f"{arrival.get_absolute_url()}rows-set-aside.csv"
    text = client.get(path).content.decode("utf-8-sig")
    headings, row = list(csv.reader(io.StringIO(text)))
    assert headings == ["File", "Line", "Why it was set aside"]
    assert "before 1900" in row[2]
    assert "1850" not in text
    assert CHILDREN[0].last not in text
    assert press(arrival, "load", **ATTESTED).status_code == 302
    assert client.get(path).status_code == 404


# Answers, and what is remembered of them


def test_answer_is_used_remembered_and_forgotten(empty: Agreement) -> None:
    arrival = examined_list(empty, renamed("birth_date", "Arrived in this world"))
    assert "Missing, and required" in page_of(arrival)
    say(arrival, "Arrived in this world", "tenant.birth_date")
    assert "Allowed: Date of birth As you said." in page_of(arrival)
    press(arrival, "load", **ATTESTED)
    assert Layout.objects.get().answers["mapping"] == {
        "Arrived in this world": "tenant.birth_date"
    }
    children = CHILDREN[1:] + CHILDREN[:1]
    again = renamed("birth_date", "Arrived in this world", town.tenants_csv(children))
    arrival = examined_list(empty, again)
    assert "Allowed: Date of birth As remembered." in page_of(arrival)
    assert press(arrival, "forget").status_code == 302
    make.work_off()
    assert "Missing, and required" in page_of(arrival)
    assert not Layout.objects.exists()


def test_two_columns_are_not_said_to_be_the_same(empty: Agreement) -> None:
    arrival = examined_list(empty, wider("Nook"))
    name = field_of(arrival, "Nook")
    client = steward_of(empty, presets.HOUSING_LIST)
    form = client.get(arrival.get_absolute_url()).context["answer_form"]
    same = {bound.name: bound.initial or "" for bound in form}
    response = press(arrival, "answer", **same | {name: "tenant.first_name"})
    assert response.status_code == 422
    assert "is said to be First name as well" in words(response)
    assert arrival.state == "examined"


# What only the sender knows


def first_question(arrival: Arrival) -> str:
    """Return the name of the first field that is a question and no column."""
    client = steward_of(arrival.agreement, arrival.flow)
    form = client.get(arrival.get_absolute_url()).context["answer_form"]
    return next(bound.name for bound in form if bound.name.startswith("question"))


def answer_first(arrival: Arrival, value: str) -> None:
    """Answer the first question, and let a worker read the files again."""
    answer = press(arrival, "answer", **{first_question(arrival): value})
    assert answer.status_code == 302, words(answer)
    make.work_off()
    arrival.refresh_from_db()


def test_order_of_dates_is_asked_and_the_answer_used(empty: Agreement) -> None:
    first, *rows = LIST.decode().splitlines()
    rows = [re.sub(r"\d{4}-\d\d-\d\d", "03/04/2010", row) for row in rows]
    arrival = examined_list(empty, listed([first, *rows]))
    page = page_of(arrival)
    assert "One question is open" in page
    assert press(arrival, "load", **ATTESTED).status_code == 422
    answer_first(arrival, "day/month")
    assert "Load 5 allowed columns" in page_of(arrival)
    press(arrival, "load", **ATTESTED)
    assert Layout.objects.get().answers["orders"] == {"birth_date": "day/month"}
    rows_kept = kept(empty.deliveries.get())
    assert set(rows_kept["birth_date"].to_pylist()) == {dt.date(2010, 4, 3)}


def test_encoding_is_asked_and_the_answer_used(empty: Agreement) -> None:
    arrival = examined_list(empty, LIST.replace(b"Ana", b"An\xe9"))
    page = page_of(arrival)
    assert "One question is open" in page
    answer_first(arrival, "windows-1252")
    press(arrival, "load", **ATTESTED)
    assert "Ané" in kept(empty.deliveries.get())["first_name"].to_pylist()


def test_question_without_an_answer_is_asked_again(empty: Agreement) -> None:
    arrival = examined_list(empty, LIST.replace(b"Ana", b"An\xe9"))
    response = press(arrival, "answer")
    assert response.status_code == 422
    assert "Choose one of the answers" in words(response)
    assert arrival.state == "examined"


def test_second_line_of_headings_is_asked_about(empty: Agreement) -> None:
    first, *rows = LIST.decode().splitlines()
    second = "tenant ID,fname,lname,dob,project ID"
    arrival = examined_list(empty, listed([first, second, *rows]))
    assert "looks like a second line of headings" in page_of(arrival)
    answer_first(arrival, "2")
    assert "dob Allowed: Date of birth" in page_of(arrival)


def test_what_a_standard_prescribes_stands_apart(empty: Agreement) -> None:
    files = town.student_files(CHILDREN)
    page = page_of(examined(empty, presets.STUDENT_RECORDS, files))
    shown, _, besides = page.partition("what the standard’s files hold besides")
    assert "Student/BirthData/BirthSex" not in shown
    assert "Student/BirthData/BirthSex Refused: will not be stored" in besides
    assert "Student/Name/FirstName Allowed: First name" in shown
    assert "Read as Ed-Fi 5.2.0 and CSV, utf-8" in shown
