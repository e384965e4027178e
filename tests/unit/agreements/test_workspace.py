"""The draft as a list of tasks that save themselves and show what they make."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from agreements import presets
from agreements.models import Agreement
from agreements.services import drafting, sections
from agreements.views.common import SECTIONS
from partnerships.models import Notice
from partnerships.roles import Role
from tests import make
from tests.support.counting import n_queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

TITLES = list(SECTIONS.values())
PURPOSE = {
    "title": "School attendance",
    "text": "learn in which buildings children miss much school",
    "scope": "children in family developments",
    "benefit": "both learn where help is needed",
    "measures": list(presets.MEASURES),
    "breakdowns": ["building", "school"],
    "public_summary": "We learn which buildings need help.",
}


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    joined = make.partners()
    director = make.holder(joined.organisations.get(kind="pha"), Role.DIRECTOR)
    return drafting.start_draft(partnership=joined, actor=director).number


@pytest.fixture
def draft(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


@pytest.fixture
def client(draft: Agreement) -> Client:
    return make.signed_in(draft.drafted_by)


def at(draft: Agreement, page: str = "") -> str:
    return f"{draft.get_absolute_url()}draft/{page}"


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, pattern
    return match[1]


def autosaved(client: Client, path: str, **fields: Any) -> Any:
    """Return what a page gets that saved itself."""
    return client.post(path, fields, headers={"HX-Request": "true"})


def words(client: Client, draft: Agreement) -> dict[str, str]:
    """Return the word that stands beside each section."""
    page = client.get(at(draft)).content.decode()
    tasks = page.partition('class="site-tasks"')[2].partition("</ul>")[0]
    items = [re.sub(r"<[^>]+>|\s+", " ", each) for each in tasks.split("</li>")]
    standing = {}
    for item, title in zip(items, TITLES, strict=False):
        assert title in item
        standing[title] = found("(Not started|In progress|Needs a fix|Done)", item)
    return standing


# One word for each section


def test_fresh_draft_is_not_started_where_only_a_person_can_begin(
    draft: Agreement, client: Client
) -> None:
    assert words(client, draft) == {
        "Parties and signers": "Not started",
        "Purpose and questions": "Not started",
        "What is shared": "Done",
        "Who may see it": "Done",
        "Term and destruction": "Done",
        "Protection and clauses": "Not started",
        "Clauses and their wording": "In progress",
        "People outside the parties": "Done",
        "Records on file": "Done",
    }


def test_section_is_in_progress_until_all_is_said_and_done_then(
    draft: Agreement, client: Client
) -> None:
    path = at(draft, "purpose/")
    all_but_one = {k: v for k, v in PURPOSE.items() if k != "public_summary"}
    autosaved(client, path, **all_but_one)
    assert words(client, draft)["Purpose and questions"] != "Done"
    autosaved(client, path, **PURPOSE)
    assert words(client, draft)["Purpose and questions"] == "Done"


def test_section_needs_a_fix_where_a_rule_stops_the_draft(
    draft: Agreement, client: Client
) -> None:
    autosaved(
        client, at(draft, "protection/"), min_cell=3, contacts="both", breach_hours=24
    )
    assert words(client, draft)["Protection and clauses"] == "Needs a fix"


def test_parties_wait_for_counsel_and_are_done_with_its_finding(
    draft: Agreement, client: Client
) -> None:
    sections.save_section(
        agreement=draft,
        section="parties",
        values={"sending_authority_source": "policy", "sending_authority": "7.3"},
        actor=draft.drafted_by,
    )
    assert words(client, draft)["Parties and signers"] == "In progress"
    assert b"Counsel records a finding" in client.get(at(draft)).content
    agency = draft.partnership.organisations.get(kind="pha")
    drafting.record_finding(
        agreement=draft,
        party=agency,
        ground="program_purpose",
        reason="It plans services.",
        actor=make.holder(agency, Role.COUNSEL),
    )
    assert words(client, draft)["Parties and signers"] == "Done"
    notice = Notice.objects.get(recipient=draft.drafted_by)
    assert notice.path == reverse("draft_check", args=[draft.number])


def test_emptied_schedule_is_not_started(draft: Agreement, client: Client) -> None:
    for flow in draft.flows.all():
        sections.remove_flow(flow=flow, actor=draft.drafted_by)
    assert words(client, draft)["What is shared"] == "Not started"


# From section to section


def test_going_on_leads_through_every_section_to_the_check(
    draft: Agreement, client: Client
) -> None:
    path = at(draft, "parties/")
    for title in TITLES:
        page = client.get(path).content.decode()
        assert found(r"<h1>(.*?)</h1>", page) == title
        if 'name="next"' in page:
            path = client.post(path, {"next": "1"})["Location"]
        else:
            path = found(r'href="([^"]+)">Go on to ', page)
    assert path == at(draft, "check/")


def test_the_only_partnership_is_chosen_already(client: Client) -> None:
    page = client.get(reverse("draft_start")).content.decode()
    assert re.search(r'name="partnership"[^>]+checked', page)


def test_one_of_several_partnerships_is_asked_for(
    draft: Agreement, client: Client
) -> None:
    agency = draft.partnership.organisations.get(kind="pha")
    make.partnership(agency, make.organisation(kind="district"))
    page = client.get(reverse("draft_start")).content.decode()
    assert not re.search(r'name="partnership"[^>]+checked', page)


# Saving itself


def test_autosave_says_when_and_shows_the_text_that_comes_of_it(
    draft: Agreement, client: Client
) -> None:
    purpose = "count children who miss much school"
    answer = autosaved(client, at(draft, "purpose/"), **PURPOSE | {"text": purpose})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in text
    assert re.search(
        r'id="saved" hx-swap-oob="innerHTML">.*Saved \d\d:\d\d', text, re.S
    )
    document = text.partition('id="text-now"')[2]
    assert purpose in document
    assert "C17" in document


def test_autosave_names_what_it_could_not_read_and_keeps_the_rest(
    draft: Agreement, client: Client
) -> None:
    answer = autosaved(client, at(draft, "dates/"), starts_on="soon", list_days="20")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "all but “First day of the term”: Enter a valid date." in text
    draft.refresh_from_db()
    assert draft.list_days == 20


def test_dates_are_drawn_anew_as_they_change(draft: Agreement, client: Client) -> None:
    path = at(draft, "dates/")
    page = client.get(path).content.decode()
    assert page.count('id="timeline"') == 1
    assert "The list of names is gone 30 days after it is linked, and by" in page
    answer = autosaved(
        client, path, starts_on="2030-01-01", ends_on="2030-12-31", list_days="7"
    ).content.decode()
    line = answer.partition('id="timeline" hx-swap-oob="true"')[2]
    assert '<time datetime="2030-12-31">December 31, 2030</time>' in line
    assert "Not set yet: Sharing goes live; Review; Everything is destroyed." in line


@pytest.mark.parametrize(
    ("page", "fields", "kept"),
    [
        (
            "schedule/{element}/",
            {"reason": "Twins share a birth date."},
            lambda draft: draft.flows.first().elements.first().reason,
        ),
        (
            "flows/{flow}/",
            {"service": "Counts for the district."},
            lambda draft: draft.flows.first().service,
        ),
        (
            "purposes/{purpose}/",
            {"method": "Link, count, suppress."},
            lambda draft: draft.purposes.get().method,
        ),
    ],
    ids=["element", "flow", "purpose"],
)
def test_pages_below_a_section_save_themselves(
    draft: Agreement,
    client: Client,
    page: str,
    fields: dict[str, str],
    kept: Callable[[Agreement], str],
) -> None:
    flow = draft.flows.first()
    keys = {
        "flow": flow.pk,
        "element": flow.elements.first().pk,
        "purpose": draft.purposes.get().pk,
    }
    path = at(draft, page.format(**keys))
    before = client.get(path).content.decode()
    assert f'hx-post="{path}"' in before
    answer = autosaved(client, path, **fields)
    assert answer.status_code == 200
    assert b"Saved" in answer.content
    assert kept(draft) in fields.values()


def test_autosaved_flow_keeps_its_grain(draft: Agreement, client: Client) -> None:
    flow = draft.flows.get(key=presets.HOUSING_LIST)
    autosaved(client, at(draft, f"flows/{flow.pk}/"), grain="", selection="")
    kept = draft.flows.get(pk=flow.pk)
    assert (kept.grain, kept.selection) == (flow.grain, flow.selection)
    assert client.get(at(draft)).status_code == 200


def test_who_may_not_edit_has_a_page_that_saves_nothing(draft: Agreement) -> None:
    client = make.signed_in(make.who(draft, "district", Role.COUNSEL))
    page = client.get(at(draft, "purpose/"))
    assert b"hx-post" not in page.content
    assert autosaved(client, at(draft, "purpose/"), **PURPOSE).status_code == 403


def test_queries_of_an_autosave_do_not_grow_with_the_schedule(
    draft: Agreement, client: Client
) -> None:
    path = at(draft, "protection/")
    save = {"min_cell": 12, "contacts": "both", "breach_hours": 24}
    autosaved(client, path, **save)
    before = n_queries(lambda: autosaved(client, path, **save))
    flow = draft.flows.get(key=presets.HOUSING_LIST)
    for code in ("tenant.unit_number", "tenant.phone", "tenant.rent"):
        sections.list_element(flow=flow, code=code, actor=draft.drafted_by)
    assert n_queries(lambda: autosaved(client, path, **save)) == before


# What nobody needs


def test_what_no_ticked_question_needs_is_marked_and_removed_at_once(
    draft: Agreement, client: Client
) -> None:
    tables = draft.flows.get(key=presets.TABLES)
    sections.save_section(
        agreement=draft,
        section="purpose",
        values={"measures": ["enrolled"]},
        actor=draft.drafted_by,
    )
    page = client.get(at(draft, "schedule/")).content.decode()
    assert "Answers no question" in page
    client.post(at(draft, "schedule/"), {"tidy": "1"})
    assert [each.code for each in tables.elements.all()] == ["table.enrolled"]
    page = client.get(at(draft, "schedule/")).content.decode()
    assert "no question" not in page
