"""What would show, before anybody signs: from an agency's own counts, and to whom."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from pytest_django import Settings

from accounts import clock, jobs
from accounts.models import Job, LedgerEntry
from agreements.models import Agreement
from agreements.services import drafting, sections
from indicators.headcount_pages import trial_under
from indicators.headcounts.reading import read_headcounts
from indicators.headcounts.telling import rows_for_agency, summed
from indicators.headcounts.trying import tried
from indicators.models import Headcount, Trial
from indicators.services import destruction
from partnerships.models import Organisation
from partnerships.roles import Role
from tests import make
from tests.support.counting import n_queries
from tests.support.vaulted import assert_vault_is_on_record
from tests.support.workbooks import workbook

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

BANDS = ("K–5", "6–8", "9–12")
# Ten buildings and three bands of grades; some groups are small.
NUMBERS = {
    (f"Zephyr Court {k}", band): 4 + (7 * k + 5 * at) % 19
    for k in range(10)
    for at, band in enumerate(BANDS)
}
HEADS = ["building", "grade", "children"]
TABLE = "\n".join(
    ",".join(row) for row in [HEADS, *([*at, str(n)] for at, n in NUMBERS.items())]
)


@pytest.fixture(scope="module")
def key(past: Path) -> int:
    return make.agreement(until="draft").pk


@pytest.fixture
def draft(key: int) -> Agreement:
    return Agreement.objects.get(pk=key)


@pytest.fixture
def agency(draft: Agreement) -> Organisation:
    return draft.partnership.organisations.get(kind="pha")


def by(draft: Agreement, side: str, role: Role) -> Client:
    return make.signed_in(make.who(draft, side, role))


def director(draft: Agreement) -> Client:
    return by(draft, "pha", Role.DIRECTOR)


def path(agency: Organisation) -> str:
    return f"/data/children/{agency.pk}/"


def schedule(draft: Agreement) -> str:
    return f"/agreements/{draft.number}/draft/schedule/"


def kept(draft: Agreement, agency: Organisation, text: str = TABLE) -> Any:
    answer = director(draft).post(path(agency), {"text": text})
    assert answer.status_code == 302, answer.content.decode()
    make.work_off()


def in_form(draft: Agreement, agency: Organisation) -> str:
    """Return the table that the form offers to change."""
    page = director(draft).get(path(agency))
    return str(page.context["form"]["text"].value())


def test_the_form_holds_the_counts_as_they_were_typed(
    draft: Agreement, agency: Organisation
) -> None:
    typed = ["building,children", "-12 Elm Street,14", "=Oak,11", "Closed House,0"]
    for text in ("\n".join(typed), "\n".join(typed).replace("\n-", "\n'-")):
        kept(draft, agency, text)
        assert in_form(draft, agency).splitlines() == typed
    kept(draft, agency, in_form(draft, agency))
    assert in_form(draft, agency).splitlines() == typed


def show_by(draft: Agreement, *breakdowns: str) -> None:
    sections.save_section(
        agreement=draft,
        section="purpose",
        values={"breakdowns": list(breakdowns)},
        actor=draft.drafted_by,
    )


def panel(client: Client, address: str) -> str:
    """Return the region alone, as it is fetched while a worker is busy."""
    page = client.get(address, headers={"HX-Request": "true"})
    assert page.status_code == 200
    return " ".join(page.content.decode().split())


def test_director_counts_tries_and_changes_the_draft_by_buttons(
    draft: Agreement, agency: Organisation
) -> None:
    show_by(draft, "building", "grade", "school")
    page = director(draft).get(schedule(draft)).content.decode()
    assert "Enter the counts" in page
    assert path(agency) in page

    director(draft).post(path(agency), {"text": TABLE})
    working = panel(director(draft), schedule(draft))
    assert "A worker is working it out at threshold 10." in working
    assert 'hx-trigger="every 2s"' in working

    make.work_off()
    read = read_headcounts(TABLE)
    found = tried(read, ("building", "grade"), threshold=10)
    assert found
    shown = panel(director(draft), schedule(draft))
    n_shown, n_groups = summed(found)
    assert f"{n_shown} of {n_groups} groups would show at threshold 10" in shown
    assert "Not tried, since the counts do not tell it: school." in shown
    for row in rows_for_agency(found):
        assert all(f">{cell}</t" in shown for cell in row)
    assert "10 buildings × 3 grades" in shown
    assert "hx-get" not in shown
    assert "Leave out grade</button> 10 of 10 groups would show" in shown

    answer = director(draft).post(schedule(draft), {"leave_out": "grade"})
    assert answer.status_code == 302
    draft.refresh_from_db()
    assert draft.breakdowns == ["building", "school"]
    shown = panel(director(draft), schedule(draft))
    assert "10 of 10 groups would show at threshold 10" in shown
    assert f"Add grade</button> {n_shown} of {n_groups} groups" in shown
    director(draft).post(schedule(draft), {"show_by": "grade"})
    draft.refresh_from_db()
    assert draft.breakdowns == ["building", "school", "grade"]
    assert director(draft).post(schedule(draft), {"show_by": "rent"}).status_code == 404


def test_others_read_rough_shares_and_no_number(
    draft: Agreement, agency: Organisation
) -> None:
    show_by(draft, "building", "grade")
    kept(draft, agency)
    found = tried(read_headcounts(TABLE), ("building", "grade"), threshold=10)
    assert found
    percent = round(10 * found[-1].n_shown / found[-1].n_groups) * 10
    rough = [
        panel(client, address)
        for client in (
            by(draft, "district", Role.SUPERINTENDENT),
            by(draft, "district", Role.ANALYST),
            by(draft, "pha", Role.COUNSEL),
        )
        for address in (schedule(draft), f"/what-if/{draft.number}/")
    ]
    for text in rough:
        assert f">About {percent} percent</td>" in text
        assert text.count("Too few groups to say") == 2  # ten buildings, three grades
        assert "groups would show at" not in text
        assert "groups of children" not in text.lower()
        assert path(agency) not in text
        assert "Zephyr" not in text


def test_nobody_else_reads_keeps_tries_or_destroys_the_counts(
    draft: Agreement, agency: Organisation
) -> None:
    kept(draft, agency)
    Trial.objects.all().delete()
    row = Headcount.objects.get()
    district = draft.partnership.organisations.get(kind="district")
    for side, role in (
        *((agency, role) for role in (Role.COUNSEL, Role.ADMINISTRATOR)),
        *((district, role) for role in (Role.SUPERINTENDENT, Role.ANALYST)),
        (district, Role.STEWARD),
    ):
        client = make.signed_in(make.person(f"Some {role}", side, role))
        assert client.get(path(agency)).status_code == 404
        for body in ({"text": TABLE}, {"destroy": "1"}):
            assert client.post(path(agency), body).status_code == 404
        asked = client.post(f"/what-if/{draft.number}/try/", {"headcount": row.pk})
        assert asked.status_code == 403
        # Nor is a district asked to count: its children are linked rows.
        assert client.get(path(district)).status_code == 404
    row.refresh_from_db()
    assert row.destroyed_at is None
    assert not Trial.objects.exists()


def test_what_is_tried_is_of_the_catalogue_at_one_threshold_and_of_no_building(
    draft: Agreement, agency: Organisation
) -> None:
    kept(draft, agency)
    client = by(draft, "district", Role.ANALYST)
    address = f"/what-if/{draft.number}/"
    plain = panel(client, f"{address}?by=building&by=grade")
    for more in ("&building=Zephyr+Court+1", "&threshold=2", "&min_cell=2"):
        assert panel(client, f"{address}?by=building&by=grade{more}") == plain.replace(
            "by=grade", f"by=grade{more.replace('&', '&amp;')}"
        )
    # What is of no catalogue asks nothing: the agreement's own breakdowns stand.
    own = panel(client, address)
    strange = panel(client, f"{address}?by=Zephyr+Court+1")
    assert strange == own.replace(address, f"{address}?by=Zephyr+Court+1")
    # A partner who drafts another threshold gets no further answer for it.
    show_by(draft, "building", "grade")
    sections.save_section(
        agreement=draft,
        section="protection",
        values={"min_cell": 17},
        actor=draft.drafted_by,
    )
    kept(draft, agency)  # nor where the counts come after the draft
    text = panel(client, address)
    assert "Not worked out at threshold 17 yet" in text
    assert "percent" not in text.replace("nearest ten percent", "")
    row = Headcount.objects.get(destroyed_at=None)
    assert [each.threshold for each in row.trials.all()] == [10]
    director(draft).post(f"/what-if/{draft.number}/try/", {"headcount": row.pk})
    make.work_off()
    assert "percent</td>" in panel(client, address)
    # What was asked for under one agreement answers under no other.
    other = drafting.start_draft(partnership=draft.partnership, actor=draft.drafted_by)
    sections.save_section(
        agreement=other,
        section="protection",
        values={"min_cell": 17},
        actor=draft.drafted_by,
    )
    other.refresh_from_db()
    assert trial_under(row, other) == (None, None)


def test_counts_lie_in_the_vault_alone_and_are_destroyed_with_what_came_of_them(
    draft: Agreement,
    agency: Organisation,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[Any]],
) -> None:
    settings.DEMO = True
    file = SimpleUploadedFile(
        "counts.xlsx", workbook([HEADS, *([*at, str(n)] for at, n in NUMBERS.items())])
    )
    client = director(draft)
    assert client.post(path(agency), {"text": "", "content": file}).status_code == 302
    make.work_off()
    assert "Zephyr Court 9" in client.get(path(agency)).content.decode()
    monkeypatch.setattr(destruction, "GRACE", -destruction.GRACE)
    assert destruction.sweep() is not None
    assert "Zephyr Court 9" in client.get(path(agency)).content.decode()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - ours
            assert "Zephyr" not in str(cursor.fetchall()), table
    for held in configured.HOME.rglob("*"):
        # SQLite keeps its pages in the test's memory; all else is a file here.
        assert not held.is_file() or b"Zephyr" not in held.read_bytes(), held

    first = Headcount.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(path(agency), {"text": "building,children\nElm,30"})
        first.refresh_from_db()
        assert (first.sealed, first.trials.count()) == ({}, 0)
        assert client.post(path(agency), {"destroy": "1"}).status_code == 302
        client.post(path(agency), {"text": "building,children\nOak,30"})
        clock.advance(days=366)
        make.minute()  # which also ends, without an answer, what was asked of them
    assert_vault_is_on_record()  # no agreement holds anything here
    assert not Headcount.objects.filter(destroyed_at=None).exists()
    assert not Trial.objects.exists()
    acts = LedgerEntry.objects.filter(chain=agency.chain).values_list("act", flat=True)
    for said in ("keep", "destroy", "expire"):
        assert f"indicators.{said}_headcount" in acts


def test_a_list_of_people_is_refused_in_words_and_not_kept(
    draft: Agreement, agency: Organisation
) -> None:
    people = "last name,building,children\nZephyr,Elm,1"
    answer = director(draft).post(path(agency), {"text": people})
    assert answer.status_code == 422
    assert "numbers of children and no list of people" in answer.content.decode()
    assert not Headcount.objects.exists()


def test_agency_stops_the_work_and_begins_it_again(
    draft: Agreement, agency: Organisation
) -> None:
    client = director(draft)
    client.post(path(agency), {"text": TABLE})
    row = Headcount.objects.get()
    own = {"headcount": row.pk}
    strange = {"headcount": "9" * 5_000}
    assert client.post(f"/what-if/{draft.number}/try/", strange).status_code == 404
    address = f"/what-if/{draft.number}/"
    assert "By building and grade" in panel(client, address)
    client.post(f"{address}try/", {**own, "cancel": "1"})
    make.work_off()
    assert Job.objects.latest("pk").state == Job.State.CANCELLED
    text = panel(client, address)
    assert "Cancelled by a person." in text
    assert "Work it out at threshold 10" in text
    client.post(f"{address}try/", own)
    jobs.run(jobs.lapsed()[0])
    assert "groups would show at threshold 10" in panel(client, address)


def test_schedule_asks_as_often_whatever_was_counted(
    draft: Agreement, agency: Organisation
) -> None:
    show_by(draft, "building", "grade")
    client = director(draft)
    kept(draft, agency, "building,children\nElm,30")
    few = n_queries(lambda: client.get(schedule(draft)))
    kept(draft, agency)
    assert n_queries(lambda: client.get(schedule(draft))) == few
