"""What a steward answers and sends in plain tables, from the door to the linkage."""

from pathlib import Path

import pytest

from agreements import presets
from agreements.models import Agreement
from indicators import frames
from indicators.custody import vault
from indicators.frames import Frames
from indicators.models import Arrival, LinkageRun
from tests import make
from tests.support import town
from tests.support.at_door import examined, page_of, press, steward_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

CHILDREN = town.children()


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    made = make.agreement()
    make.add_places(made)
    return made.number


@pytest.fixture
def made(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


def kept(arrival: Arrival) -> Frames:
    """Return what was loaded of an arrival."""
    assert arrival.delivery is not None
    holding = arrival.delivery.holding
    return frames.unpack(
        vault().read(str(holding.owner_id), key_id=holding.key, blob=holding.blob)
    )


def test_calendar_may_come_as_a_table_and_is_linked_with(made: Agreement) -> None:
    make.housing_list(made)
    files = town.student_files(CHILDREN)
    del files["EducationOrgCalendar.xml"]
    lines = [
        f"{school},Year,{town.YEAR}-08-23,{town.YEAR + 1}-06-10,{town.N_DAYS}"
        for school in town.SCHOOLS
    ]
    files["calendar.csv"] = "\n".join(
        ["school,session,date,end_date,n_days", *lines]
    ).encode()
    arrival = examined(made, presets.STUDENT_RECORDS, files)
    page = page_of(arrival)
    assert "session (file 4) Allowed" in page or "session Allowed" in page
    assert press(arrival, "load").status_code == 302
    assert kept(arrival)["calendar"].num_rows == len(town.SCHOOLS)
    make.work_off()
    run = LinkageRun.objects.get(agreement=made)
    assert (run.state, run.message) == ("linked", "")
    assert run.school_year == f"{town.YEAR}–{(town.YEAR + 1) % 100}"


def test_kind_of_attendance_is_asked_and_answered_on_the_page(made: Agreement) -> None:
    files = {
        name: content.replace(b"Unexcused Absence", b"Sick at home")
        for name, content in town.student_files(CHILDREN).items()
    }
    arrival = examined(made, presets.STUDENT_RECORDS, files)
    page = page_of(arrival)
    assert "The attendance category “Sick at home” is not known" in page
    assert "Nothing can be loaded yet" in page
    assert press(arrival, "load").status_code == 422
    client = steward_of(made, presets.STUDENT_RECORDS)
    form = client.get(arrival.get_absolute_url()).context["answer_form"]
    (field,) = form.open_fields
    assert press(arrival, "answer").status_code == 422
    said = {field.html_name: "Unexcused Absence"}
    assert press(arrival, "answer", **said).status_code == 302
    make.work_off()
    arrival.refresh_from_db()
    assert press(arrival, "load").status_code == 302
    kinds = set(kept(arrival)["attendance"]["category"].to_pylist())
    assert kinds == {"Unexcused Absence"}
