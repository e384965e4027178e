"""Students in other forms than events: linked, and counted as far as days came."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pytest

from agreements import presets
from agreements.models import Agreement
from agreements.services import sections
from indicators import frames
from indicators.custody import vault
from indicators.models import LinkageRun
from indicators.queries import document_of
from tests import make
from tests.support import rosters, town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

CHILDREN = town.children()
ENROLLED = [child for child in CHILDREN if child.school]
N_LINKED = 66
SCHOOL = next(iter(town.SCHOOLS))
DAYS = ("calendar.days_in_session", "attendance.days_absent", "calendar.school_year")


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    draft = make.agreement(until="draft")
    for code in DAYS:
        element = sections.list_element(
            flow=draft.flows.get(key=presets.STUDENT_RECORDS),
            code=code,
            actor=draft.drafted_by,
        )
        sections.save_element(
            element=element,
            values={"answers": ["attendance_rate"]},
            actor=draft.drafted_by,
        )
    make.counsel_read(draft)
    made = make.sent_and_signed(draft)
    make.housing_list(made)
    return made.number


@pytest.fixture
def made(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


def table(*rows: Sequence[object]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def linked(made: Agreement, *files: bytes) -> LinkageRun:
    make.student_records(made, files)
    make.work_off()
    run = made.runs.first()
    assert run is not None
    assert run.state == "linked", run.message
    return run


def rows_of(run: LinkageRun) -> list[dict[str, object]]:
    assert run.linked is not None
    content = vault().read(
        str(run.linked.owner_id), key_id=run.linked.key, blob=run.linked.blob
    )
    kept = frames.unpack(content)
    schools = kept["enrolment"].select(["id", "school"])
    days = kept.get("days", schools).drop_columns(["school"])
    rows: list[dict[str, object]] = schools.join(days, "id").to_pylist()
    return [{k: v for k, v in row.items() if k != "id"} for row in rows]


def roster() -> bytes:
    """Return the town's students as a OneRoster set."""
    users = [
        [child.number, "true", SCHOOL, "student", "x", child.first, child.last]
        for child in ENROLLED
    ]
    files: dict[str, str | bytes] = {
        "manifest.csv": rosters.ONEROSTER["manifest.csv"],
        "orgs.csv": table(
            ["sourcedId", "name", "type"],
            *([code, name, "school"] for code, name in town.SCHOOLS.items()),
        ),
        "users.csv": table(
            ["sourcedId", "enabledUser", "orgSourcedIds", "role", "username",
             "givenName", "familyName"],
            *users,
        ),
        "demographics.csv": table(
            ["sourcedId", "birthDate"], *([c.number, c.born] for c in ENROLLED)
        ),
    }  # fmt: skip
    return rosters.packed(files)


def test_days_that_a_district_counted_become_the_same_tables(made: Agreement) -> None:
    events = linked(made, *town.student_files(CHILDREN).values())
    headings = ["student id", "first name", "last name", "birth date", "school",
                "days enrolled", "days absent", "school year"]  # fmt: skip
    counted = table(
        headings,
        *(
            [c.number, c.first, c.last, c.born, c.school, town.N_DAYS, c.n_absent, 2022]
            for c in ENROLLED
        ),
    )
    days = linked(made, counted)
    assert days.counts == events.counts
    assert days.school_year == events.school_year == "2021–22"
    assert sorted(map(str, rows_of(days))) == sorted(map(str, rows_of(events)))
    release = make.released(days, until="draft")
    assert release.state == "draft"


def test_roster_and_its_attendance_come_together(made: Agreement) -> None:
    attendance = table(
        ["student id", "days enrolled", "days absent"],
        *([c.number, town.N_DAYS, c.n_absent] for c in ENROLLED),
    )
    run = linked(made, roster(), attendance)
    assert run.counts["accepted"] == run.counts["with attendance"] == N_LINKED
    assert {row["school"] for row in rows_of(run)} == {SCHOOL}


def test_roster_alone_is_linked_and_its_days_are_not_known_yet(made: Agreement) -> None:
    run = linked(made, roster())
    assert run.counts["accepted"] == N_LINKED
    assert run.counts["with attendance"] == 0
    assert len(rows_of(run)) == N_LINKED
    document = document_of(make.released(run, until="draft"))
    texts = {str(text) for cell in document.cells for text in cell.rates.values()}
    assert texts == {"Not yet known"}
    assert document.children(run.school_year, {}, base="enrolled") == N_LINKED
