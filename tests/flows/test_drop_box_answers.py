"""What a program sends goes as its sender said before, and as files tell themselves."""

from pathlib import Path

import asyncssh
import pytest

from agreements import presets
from agreements.models import Agreement
from indicators import frames
from indicators.custody import vault
from indicators.dropbox.session import RECEIPT, SEND, SEND_ATTESTED
from indicators.models import Arrival, Delivery, Layout
from partnerships.models import Notice
from tests import make
from tests.support import schooling, town
from tests.support.at_door import (
    ATTESTED,
    examined,
    examined_list,
    page_of,
    press,
    steward_of,
)
from tests.support.dropping import Program, got, put

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

CHILDREN = town.children()


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    made = make.agreement(drafted=schooling.listing)
    make.add_places(made)
    return made.number


@pytest.fixture
def made(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


def dropped(program: Program, files: dict[str, bytes], send: str) -> str:
    """Return the receipt once a program has sent files."""

    async def session(client: asyncssh.SFTPClient, folder: str) -> str:
        for name, content in files.items():
            await put(client, f"{folder}/{name}", content)
        try:
            await put(client, f"{folder}/{send}")
        except asyncssh.SFTPFailure as refused:
            return refused.reason
        return await got(client, f"{folder}/{RECEIPT}")

    return str(program.does(session))


def of_terms() -> dict[str, bytes]:
    """Return a district's files with averages of two terms."""
    lines = [
        f"{child.number},2021-22,{average},{term}"
        for child in CHILDREN
        if child.school
        for term, average in (("Fall", 2.0), ("Spring", 3.0))
    ]
    text = "\n".join(["student id,school year,gpa,term", *lines])
    return town.student_files(CHILDREN) | {"gpa.csv": text.encode()}


def test_a_term_that_tells_the_last_average_keeps_no_file_out(made: Agreement) -> None:
    receipt = dropped(Program(made, "district"), of_terms(), SEND)
    assert "State: accepted" in receipt
    holding = Delivery.objects.get().holding
    content = vault().read(str(holding.owner_id), key_id=holding.key, blob=holding.blob)
    records = frames.unpack(content)["records"]
    assert {*records["unweighted"].to_pylist()} == {3.0}


def test_a_term_is_not_asked_about_and_no_other_answer_loses_it(
    made: Agreement,
) -> None:
    files = of_terms() | {
        "courses.csv": b"student id,school year,subject,course result\n"
        b"%d,2021-22,Art,Pass\n" % CHILDREN[0].number
    }
    arrival = examined(made, presets.STUDENT_RECORDS, files)
    client = steward_of(made, presets.STUDENT_RECORDS)
    form = client.get(arrival.get_absolute_url()).context["answer_form"]
    assert not [field.label for field in form if "term" in str(field.label)]
    said = {field.name: field.initial or "" for field in form}
    said |= {field.name: "other" for field in form if "Art" in str(field.label)}
    assert press(arrival, "answer", **said).status_code == 302
    make.work_off()
    assert "Nothing can be loaded yet" not in page_of(arrival)


def field_of(arrival: Arrival, heading: str) -> str:
    """Return the name of the field that asks what a column is."""
    client = steward_of(arrival.agreement, arrival.flow)
    form = client.get(arrival.get_absolute_url()).context["answer_form"]
    label = f"What is in the column “{heading}”?"
    return str(next(field.name for field in form if field.label == label))


def odd(children: list[town.Child]) -> bytes:
    """Return a list with a heading that nobody knows, and one column too many."""
    content = town.tenants_csv(children, extra="Nook")
    return content.replace(b"birth_date", b"Arrived in this world", 1)


def taught(made: Agreement, headings: dict[str, str]) -> None:
    """Say on the page what headings mean, and load the list."""
    arrival = examined_list(made, odd(CHILDREN))
    said = {field_of(arrival, heading): code for heading, code in headings.items()}
    assert press(arrival, "answer", **said).status_code == 302
    make.work_off()
    assert press(arrival, "load", **ATTESTED).status_code == 302


def test_what_was_said_of_the_same_headings_is_said_of_what_a_program_sends(
    made: Agreement,
) -> None:
    taught(made, {"Arrived in this world": "tenant.birth_date", "Nook": ""})
    sent = {"list.csv": odd(CHILDREN[1:] + CHILDREN[:1])}
    receipt = dropped(Program(made), sent, SEND_ATTESTED)
    assert "State: accepted" in receipt
    assert "What was said before of these headings was used" in receipt
    newest = Delivery.objects.first()
    assert newest is not None
    assert newest.state == "accepted"
    assert newest.receipt["left"] == ["Nook"]
    assert Delivery.objects.count() == 2


def test_what_nobody_said_waits_for_a_person(made: Agreement) -> None:
    taught(made, {"Arrived in this world": "tenant.birth_date"})
    answers = Layout.objects.get().answers
    assert answers["mapping"] == {"Arrived in this world": "tenant.birth_date"}
    sent = {"list.csv": odd(CHILDREN[1:])}
    waits = dropped(Program(made), sent, SEND_ATTESTED)
    assert "somebody must look at the files first" in waits
    told = Notice.objects.get(key__startswith="arrival:")
    assert "used for the next files with the same ones" in told.body


def spoilt(n: int) -> bytes:
    """Return a list in which so many birth dates cannot be read."""
    lines = town.tenants_csv(CHILDREN).decode().splitlines()
    at = lines[0].split(",").index("birth_date")
    for i in range(1, n + 1):
        cells = lines[i].split(",")
        cells[at] = "soon"
        lines[i] = ",".join(cells)
    return "\n".join(lines).encode()


def test_a_few_rows_set_aside_are_told_in_the_receipt(made: Agreement) -> None:
    receipt = dropped(Program(made), {"list.csv": spoilt(2)}, SEND_ATTESTED)
    assert "State: accepted" in receipt
    for line in (2, 3):
        assert f"Noticed: Set aside: Line {line}: " in receipt
    assert "soon" not in receipt


def test_a_list_of_which_many_rows_cannot_be_used_waits_for_a_person(
    made: Agreement,
) -> None:
    n = len(CHILDREN) // 2
    waits = dropped(Program(made), {"list.csv": spoilt(n)}, SEND_ATTESTED)
    assert "somebody must look at the files first" in waits
    assert not Delivery.objects.exists()
    make.work_off()
    page = page_of(Arrival.objects.get())
    assert "Download the rows set aside, by line and reason" in page


def written_in(encoding: str) -> bytes:
    named = town.tenants_csv(CHILDREN).decode().replace(CHILDREN[0].last, "Muñoz", 1)
    return named.encode(encoding)


def test_how_a_file_writes_its_letters_is_asked_of_each_file(made: Agreement) -> None:
    arrival = examined_list(made, written_in("cp1252"))
    client = steward_of(made, arrival.flow)
    form = client.get(arrival.get_absolute_url()).context["answer_form"]
    asked = [each for each in form if "With Windows (1252) reading" in str(each.label)]
    said = {each.name: "windows-1252" for each in asked}
    assert len(said) == 1
    assert press(arrival, "answer", **said).status_code == 302
    make.work_off()
    assert press(arrival, "load", **ATTESTED).status_code == 302
    for encoding, is_told in (("mac_roman", False), ("utf-8", True)):
        sent = {"list.csv": written_in(encoding)}
        receipt = dropped(Program(made), sent, SEND_ATTESTED)
        assert ("State: accepted" in receipt) == is_told, encoding
    holding = Delivery.objects.latest("pk").holding
    content = vault().read(str(holding.owner_id), key_id=holding.key, blob=holding.blob)
    assert "Muñoz" in frames.unpack(content)["tenants"]["last_name"].to_pylist()
