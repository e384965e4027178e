"""Versions: kept at save points, compared on the page, as PDF and as Word."""

import io
import re
from pathlib import Path

import docx
import pikepdf
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agreements.models import Agreement
from agreements.services import approvals, drafting, sections
from agreements.services.versions import save_version
from partnerships.roles import Role
from tests import make
from tests.support import words
from tests.support.paper import printed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

NEVER = "Private: our own ground is weak here."


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.agreement(until="draft").number


@pytest.fixture
def draft(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


@pytest.fixture
def director(draft: Agreement) -> Client:
    return make.signed_in(draft.drafted_by)


def page(client: Client, agreement: Agreement, path: str, **query: str) -> str:
    answer = client.get(f"/agreements/{agreement.number}/{path}", query)
    assert answer.status_code == 200
    return answer.content.decode()


def reworded(agreement: Agreement, **values: object) -> None:
    sections.save_section(
        agreement=agreement,
        section="protection",
        values=values,
        actor=agreement.drafted_by,
    )


# Versions


def test_a_version_is_kept_when_the_text_has_changed(draft: Agreement) -> None:
    actor = draft.drafted_by
    first = save_version(agreement=draft, actor=actor)
    again = save_version(agreement=draft, actor=actor)
    reworded(draft, min_cell=17)
    second = save_version(agreement=draft, actor=actor)
    drafting.submit(agreement=draft, actor=actor)
    assert (first.number, again, second.number) == (1, first, 2)
    assert draft.versions.count() == 2  # what was sent is the second, unchanged
    assert draft.rounds.get().text_digest == second.digest


def test_sending_for_approval_keeps_a_version(draft: Agreement) -> None:
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    version = draft.versions.get()
    assert (version.made, version.number) == ("submitted", 1)
    assert version.digest == draft.rounds.get().text_digest


def test_versions_compare_with_each_other_now_and_the_template(
    draft: Agreement, director: Client
) -> None:
    save_version(agreement=draft, actor=draft.drafted_by)
    reworded(draft, min_cell=17, optional_clauses=["C19"])
    shown = page(director, draft, "versions/")
    assert "17 children" in shown
    assert '<span class="usa-sr-only">[inserted: </span>17' in shown
    assert '<span class="usa-sr-only">[deleted: </span>10' in shown
    assert "C19 Holds and requests to inspect (added)" in shown
    same = page(director, draft, "versions/", earlier="1", later="1")
    assert "Nothing. Both say the same." in same
    of_template = page(director, draft, "versions/", earlier="template", later="now")
    assert "(added)" in of_template
    assert "(changed)" not in of_template
    assert "C01 Parties" not in of_template[of_template.index('id="changes"') :]
    whole = page(director, draft, "versions/", earlier="1", later="now", all="on")
    assert "C01 Parties and roles (unchanged)" in whole


def test_versions_stay_to_be_read_after_the_draft(draft: Agreement) -> None:
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    counsel = make.signed_in(make.who(draft, "district", Role.COUNSEL))
    assert "Sent for approval" in page(counsel, draft, "versions/")
    answer = counsel.post(f"/agreements/{draft.number}/versions/save/")
    assert answer.status_code == 409
    file = counsel.get(f"/agreements/{draft.number}/versions/1.docx")
    assert docx.Document(io.BytesIO(file.content)).core_properties.language == "en-US"


def test_once_sent_the_text_as_it_is_now_is_the_frozen_one(draft: Agreement) -> None:
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    counsel = make.signed_in(make.who(draft, "district", Role.COUNSEL))
    make.leaves(make.who(draft, "district", Role.STEWARD))
    shown = page(counsel, draft, "versions/", earlier="1", later="now")
    assert "Nothing. Both say the same." in shown


def test_nonsense_in_the_address_compares_what_is_usual(
    draft: Agreement, director: Client
) -> None:
    shown = page(director, draft, "versions/", earlier="99", later="<script>")
    assert "from the template to the text as it is now" in shown


def test_the_page_asks_no_more_questions_for_more_versions(
    draft: Agreement, director: Client
) -> None:
    counts = []
    for n in (11, 12, 13, 14):
        reworded(draft, min_cell=n)
        save_version(agreement=draft, actor=draft.drafted_by)
        with CaptureQueriesContext(connection) as asked:
            page(director, draft, "versions/", earlier="1", later="now")
        counts.append(len(asked))
    assert len(set(counts[1:])) == 1


def test_changes_as_pdf_say_in_words_what_the_lines_show(
    draft: Agreement, director: Client
) -> None:
    save_version(agreement=draft, actor=draft.drafted_by)
    reworded(draft, min_cell=17)
    answer = director.get(f"/agreements/{draft.number}/versions/changes.pdf")
    with pikepdf.open(io.BytesIO(answer.content)) as file:
        assert file.Root.MarkInfo.Marked
        assert file.Root.Lang == "en-US"
        assert file.open_metadata()["pdfuaid:part"] == "1"
    said = " ".join(printed(answer.content).split())
    assert "[inserted: 17" in said
    assert "[deleted: 10" in said


def test_changes_as_word_are_tracked_changes(
    draft: Agreement, director: Client
) -> None:
    save_version(agreement=draft, actor=draft.drafted_by)
    reworded(draft, min_cell=17)
    answer = director.get(f"/agreements/{draft.number}/versions/changes.docx")
    xml = words.parts_of(answer.content)[words.MAIN].decode()
    assert re.search(r"<w:ins [^>]*><w:r><w:t[^>]*>17</w:t>", xml)
    assert re.search(r"<w:del [^>]*><w:r><w:delText[^>]*>10</w:delText>", xml)


def test_exports_hold_nothing_that_is_private(draft: Agreement) -> None:
    counsel = make.who(draft, "pha", Role.COUNSEL)
    agency = draft.partnership.organisations.get(kind="pha")
    drafting.record_finding(
        agreement=draft,
        party=agency,
        ground="program_purpose",
        reason=NEVER,
        actor=counsel,
    )
    make.comment(draft, body=NEVER)
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    approval = draft.rounds.get().approvals.get(owner=agency)
    approvals.send_back(approval=approval, reason=NEVER, actor=counsel)
    director = make.signed_in(draft.drafted_by)
    base = f"/agreements/{draft.number}/versions/"
    for path in ("1.docx", "changes.docx?earlier=template&later=1"):
        parts = words.parts_of(director.get(base + path).content)
        assert not [name for name in parts if "comment" in name]
        assert not [name for name in parts if NEVER.encode() in parts[name]]
    pdf = director.get(f"{base}changes.pdf?earlier=template&later=1").content
    assert "Private" not in printed(pdf)
    for name in ("list.csv", "list.json"):
        assert NEVER.encode() not in b"".join(director.get(f"/agreements/{name}"))
    for paper in ("brd", "pub"):
        director.post(f"/agreements/{draft.number}/papers/{paper}/")
        make.work_off()
        kept = draft.documents.get(kind=paper)
        assert "Private" not in printed(bytes(kept.content))
    with pikepdf.open(io.BytesIO(pdf)) as file:
        assert not [
            p for p in file.pages for a in p.get("/Annots", []) if a.Subtype != "/Link"
        ]
