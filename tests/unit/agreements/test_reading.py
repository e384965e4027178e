"""What counsel can read on the page on which it decides."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from agreements.events import ReleasesOf
from agreements.inheriting import added, inherited
from agreements.models import Agreement, Approval
from agreements.queries import facts_of, read_before, standing_text
from agreements.rules.vocabulary import AgreementKind
from agreements.services import (
    approvals,
    changing,
    drafting,
    following,
    sections,
    wordings,
)
from indicators.home import releases
from partnerships.roles import Role
from tests import make
from tests.support.counting import n_queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


@pytest.fixture(scope="module")
def numbers(past: Path) -> dict[str, str]:
    """Make a memorandum in force, and a project under it that waits for decisions."""
    above = make.agreement()
    return {
        "above": above.number,
        "project": make.data_use(above, until="review").number,
    }


@pytest.fixture
def above(numbers: dict[str, str]) -> Agreement:
    return Agreement.objects.get(number=numbers["above"])


@pytest.fixture
def project(numbers: dict[str, str]) -> Agreement:
    return Agreement.objects.get(number=numbers["project"])


def solicitor(made: Agreement) -> Client:
    return make.signed_in(make.who(made, "district", Role.COUNSEL))


def read(made: Agreement, **query: str) -> str:
    """Return the page on which the district's solicitor decides."""
    path = reverse("review", args=[made.number])
    return solicitor(made).get(path, query).content.decode()


def words(page: str) -> str:
    """Return what is read of a page, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def approval_of(made: Agreement, kind: str) -> Approval:
    return made.rounds.first().approvals.get(owner__kind=kind)


def sent_back(made: Agreement, *, days: int) -> None:
    """Let the district ask for a change, and the drafter make it and send it again."""
    approvals.send_back(
        approval=approval_of(made, "district"),
        reason="Sooner.",
        actor=make.who(made, "district", Role.COUNSEL),
    )
    made.refresh_from_db()
    sections.save_section(
        agreement=made,
        section="dates",
        values={"list_days": days},
        actor=made.drafted_by,
    )
    drafting.submit(agreement=made, actor=made.drafted_by)


# A project under a memorandum that the solicitor knows


def test_project_is_decided_in_two_activations_from_home(project: Agreement) -> None:
    client = solicitor(project)
    path = reverse("review", args=[project.number])
    assert f'href="{path}"' in client.get("/").content.decode()
    approval = approval_of(project, "district")
    client.post(path, {"approval": approval.pk, "approve": "1"})
    approval.refresh_from_db()
    assert approval.state == "approved"


def test_first_lines_answer_whose_fields_and_what_is_new(
    above: Agreement, project: Agreement
) -> None:
    terms = dict(solicitor(project).get(review(project)).context["facts"])
    facts = facts_of(project)
    district = str(project.parties.get(organisation__kind="district").organisation_id)
    own = sum(len(each.fields) for each in facts.flows if each.sender == district)
    total = sum(len(each.fields) for each in facts.flows)
    assert f"{own} of {total} fields are Its legal name's own" in terms["Whose data"]
    assert 0 < own < total
    assert terms[f"New since {above.number}"] == "Nothing outside it."
    assert "Every legal item has its answer below" in terms["Legal footing"]


def review(made: Agreement) -> str:
    return reverse("review", args=[made.number])


def test_what_holds_from_above_is_there_to_open_in_its_own_words(
    above: Agreement, project: Agreement
) -> None:
    page = read(project)
    own = {each["key"] for each in project.rounds.get().text["clauses"]}
    signed = {each["key"]: each for each in standing_text(above)}
    assert f"From {above.number} , in force, unchanged" in words(page)
    for key, clause in signed.items():
        is_there = f'<details id="{above.number}-{key}">' in page
        assert is_there == (key not in own)
        if is_there:
            assert clause["text"].split(".")[0] in words(page).replace("&#x27;", "'")


def test_who_signs_and_who_looks_it_up_finds_what_holds_from_above(
    above: Agreement, project: Agreement
) -> None:
    held = f'<details id="{above.number}-C45">'
    page = solicitor(project).get(project.get_absolute_url()).content.decode()
    assert held in page
    assert (
        "Inherited clauses"
        not in solicitor(above).get(above.get_absolute_url()).content.decode()
    )
    for kind in ("pha", "district"):
        counsel = make.who(project, kind, Role.COUNSEL)
        approvals.approve(approval=approval_of(project, kind), actor=counsel)
    make.work_off()
    signatory = make.who(project, "district", Role.SUPERINTENDENT)
    path = reverse("sign", args=[project.number])
    assert held in make.signed_in(signatory).get(path).content.decode()


def test_every_way_on_the_page_leads_somewhere(project: Agreement) -> None:
    page = read(project)
    ways = set(re.findall(r'href="#([^"]+)"', page)) - {"main-content"}
    ids = re.findall(r'id="([^"]+)"', page)
    assert {"fields", "people", "legal", "clauses", "inherited", "decide"} <= ways
    assert ways <= {*ids}
    assert len(ids) == len({*ids})


def test_drafter_sees_the_legal_items_before_it_is_sent(above: Agreement) -> None:
    draft = make.data_use(above, until="draft")
    director = make.signed_in(draft.drafted_by)
    path = reverse("draft_check", args=[draft.number])
    page = director.get(path).content.decode()
    assert f'href="#{above.number}-C25"' in page
    assert f'<details id="{above.number}-C25">' in page
    ways = set(re.findall(r'href="#([^"]+)"', page)) - {"main-content"}
    assert ways <= {*re.findall(r'id="([^"]+)"', page)}


def test_field_or_person_that_is_not_above_is_called_new(
    above: Agreement, project: Agreement
) -> None:
    district = project.partnership.organisations.get(kind="district")
    late = make.membership(make.user("Nia Late"), district, Role.STEWARD)
    draft = following.start_project(parents=[above], actor=above.drafted_by)
    sections.set_access(
        agreement=draft,
        membership=late,
        sees=["tables"],
        from_on=draft.starts_on,
        until_on=draft.ends_on,
        actor=draft.drafted_by,
    )
    assert added(facts_of(project)) == ()
    (said,) = added(facts_of(draft))
    assert said.startswith("Nia Late of ")
    element = draft.flows.get(key="Housing list").elements.first()
    sections.list_element(
        flow=element.flow, code="tenant.phone", actor=draft.drafted_by
    )
    assert any("“Housing list”" in each for each in added(facts_of(draft)))
    assert added(facts_of(above)) == ()


def test_queries_of_the_page_do_not_grow_with_what_there_is_to_read(
    above: Agreement, project: Agreement
) -> None:
    client = solicitor(project)

    def counted() -> int:
        return n_queries(lambda: client.get(review(project)))

    counted()
    before = counted()
    for n in range(3):
        make.comment(project, "district", body=f"Why {n}?")
    assert "Why 2?" in read(project)
    assert counted() == before

    small = following.start_project(parents=[above], actor=above.drafted_by)
    for flow in small.flows.all():
        last = flow.elements.last()
        if flow.elements.count() > 1:
            sections.unlist_elements(
                agreement=small, elements=[last], actor=small.drafted_by
            )
    agency = small.partnership.organisations.get(kind="pha")
    drafting.record_finding(
        agreement=small,
        party=agency,
        ground="program_purpose",
        reason="It plans services.",
        actor=make.holder(agency, Role.COUNSEL),
    )
    drafting.submit(agreement=small, actor=small.drafted_by)
    for n in range(3):
        make.comment(small, "district", body=f"Why {n}?")
    assert n_queries(lambda: client.get(review(small))) == before


def test_comment_of_another_organisation_alone_is_not_read(project: Agreement) -> None:
    make.comment(project, "pha", body="Ours alone.")
    make.comment(project, "pha", body="For all of you.", audience="all")
    page = read(project)
    assert "For all of you." in page
    assert "Ours alone." not in page


def test_decision_stands_at_the_end_and_first_where_it_lacks_something(
    project: Agreement,
) -> None:
    page = read(project)
    assert page.index('id="comments"') < page.index('id="decide"')
    approval = approval_of(project, "district")
    asked = {"approval": approval.pk, "send_back": "1", "item": "whole"}
    answer = solicitor(project).post(review(project), asked | {"reason": ""})
    assert answer.status_code == 422
    again = answer.content.decode()
    assert again.index('id="decide"') < again.index('id="fields"')
    assert again.count('id="decide"') == 1
    assert "There is a problem" in again


# What differs


def test_text_is_read_against_the_template_first(project: Agreement) -> None:
    page = read(project)
    assert "No clause differs from the template" in words(page)
    assert "<ins>" not in page


def test_own_words_of_the_parties_are_shown_as_inserted(above: Agreement) -> None:
    draft = make.data_use(above, until="draft")
    wordings.add_own_clause(
        agreement=draft,
        title="Breakfast",
        text="The parties eat.",
        is_indemnity=False,
        actor=draft.drafted_by,
    )
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    page = read(draft)
    assert "1 clause differs from the template" in words(page)
    assert "[inserted: </span>The parties eat." in page
    assert "Own clause" in page


def test_text_is_read_against_what_the_owner_read_last(project: Agreement) -> None:
    sent_back(project, days=20)
    assert read_before(approval_of(project, "district")) is not None
    assert read_before(approval_of(project, "pha")) is None
    said = words(read(project))
    assert "The text that" in said
    assert "asked to change on" in said
    assert "Linking lists are kept" in said
    page = read(project)
    assert re.search(r"\[deleted: </span>30<", page)
    assert re.search(r"\[inserted: </span>20<", page)
    assert "[deleted: </span>30<" not in read(project, against="template")


def test_text_can_be_read_against_the_same_clauses_above(
    above: Agreement, project: Agreement
) -> None:
    said = words(read(project, against="above-1"))
    assert f"from the same clauses of {above.number}, as in force" in said
    assert re.search(r"C29 [\w ]+ Added", said), said[said.index("C29") :][:300]
    assert "No clause differs from the template" in words(read(project, against="?"))


def test_amendment_is_read_against_what_it_amends(above: Agreement) -> None:
    draft = changing.start_change(
        agreement=above, kind=AgreementKind.AMENDMENT, actor=above.drafted_by
    )
    sections.save_section(
        agreement=draft,
        section="protection",
        values={"min_cell": 20},
        actor=draft.drafted_by,
    )
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    page = read(draft)
    assert "[deleted: </span>10<" in page
    assert "Smallest group shown, what is agreed: from “10 children”" in words(page)
    terms = dict(solicitor(draft).get(review(draft)).context["facts"])
    assert terms["What it changes"] == "Small groups and publication (C16)"
    assert "[inserted: </span>20<" in page
    kept = {
        key
        for each in inherited(facts_of(draft), {"C16"})
        for key, _, _ in each.clauses
    }
    assert {"C01", "C07", "C17"} <= kept
    assert "C16" not in kept


def test_end_keeps_what_survives_it(above: Agreement) -> None:
    draft = changing.start_change(
        agreement=above, kind=AgreementKind.TERMINATION, actor=above.drafted_by
    )
    (kept,) = inherited(facts_of(draft), ())
    assert {key for key, _, _ in kept.clauses} == {
        "C12-H",
        "C17",
        "C44",
        "C45",
    }


# Who read it, and what came of it


def test_releases_under_all_agreements_of_the_partners_are_listed(
    above: Agreement, project: Agreement
) -> None:
    user = make.who(project, "district", Role.COUNSEL)
    mine = Agreement.objects.filter(partnership=project.partnership)
    (shelf,) = releases(ReleasesOf(mine, user))
    assert shelf.rows == ()
    assert "Nothing has been released yet." in read(project)
    run = make.linked(above)
    made = make.released(run)
    (shelf,) = releases(ReleasesOf(mine, user))
    assert [(line[1], line[3]) for line in shelf.rows] == [(above.number, "Published")]
    page = read(project)
    assert f'href="{made.get_absolute_url()}"' in page
    (none,) = releases(ReleasesOf(mine.none(), user))
    assert none.rows == ()


def test_page_says_whose_counsel_read_which_text(above: Agreement) -> None:
    university = make.organisation(kind="university", name="State University")
    counsel = make.person("Una Counsel", university, Role.COUNSEL)
    three = make.partnership(*above.partnership.organisations.all(), university)
    draft = make.agreement(three, until="draft")
    party = sections.add_party(
        agreement=draft, organisation=university, actor=draft.drafted_by
    )
    sections.save_party(
        party=party, values={"capacities": ["analyst"]}, actor=draft.drafted_by
    )
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    lacking = "signs, and owns nothing that is shared: its counsel has not recorded"
    assert lacking in words(read(draft))
    assert "Record that counsel read it" not in read(draft)
    own = make.signed_in(counsel).get(review(draft)).content.decode()
    assert "Record that counsel read it" in own
    make.counsel_read(draft)
    said = words(read(draft))
    assert "its counsel read this text on" in said
    (record,) = draft.proofs.filter(party=university)
    assert record.part_digest in said
    approval = approval_of(draft, "district")
    assert draft.rounds.get().part_digests[str(approval.owner_id)] in said
