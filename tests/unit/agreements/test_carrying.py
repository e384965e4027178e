"""After an edit only the owners whose part changed decide again, and see only that."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts import jobs
from accounts.acts import Conflict, Refused, RuleBroken
from accounts.models import LedgerEntry, User
from agreements import presets
from agreements.models import Agreement, Approval
from agreements.policy import can_approve
from agreements.queries import facts_of, text_of
from agreements.services import approvals, drafting, sections, signing
from agreements.terms_text import part_of, terms_of
from partnerships.models import Notice
from partnerships.roles import Role
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

Edit = Callable[[Agreement], None]


@pytest.fixture(scope="module")
def numbers(past: Path) -> dict[str, str]:
    joined = make.partners()
    agency = joined.organisations.get(kind="pha")
    make.person("Cora Counsel", agency, Role.COUNSEL)
    states = ("review", "signing")
    return {state: make.agreement(joined, until=state).number for state in states}


@pytest.fixture
def review(numbers: dict[str, str]) -> Agreement:
    return Agreement.objects.get(number=numbers["review"])


@pytest.fixture
def signing_(numbers: dict[str, str]) -> Agreement:
    return Agreement.objects.get(number=numbers["signing"])


def counsel(made: Agreement, kind: str) -> User:
    return make.who(made, kind, Role.COUNSEL)


def approval_of(made: Agreement, kind: str) -> Approval:
    return made.rounds.first().approvals.get(owner__kind=kind)


def approve(made: Agreement, kind: str) -> None:
    approvals.approve(approval=approval_of(made, kind), actor=counsel(made, kind))


def ask_the_district(made: Agreement, edit: Edit) -> None:
    """Let the agency approve, the district ask for changes, and the drafter edit."""
    approve(made, "pha")
    approvals.send_back(
        approval=approval_of(made, "district"),
        reason="Fewer.",
        actor=counsel(made, "district"),
    )
    edit(made)
    drafting.submit(agreement=made, actor=made.drafted_by)


def drop_own_field(made: Agreement) -> None:
    """Change what stays inside the district."""
    element = made.flows.get(key=presets.STUDENT_RECORDS).elements.get(
        code="student.preferred_first_name"
    )
    sections.unlist_elements(agreement=made, elements=[element], actor=made.drafted_by)


def drop_sent_table(made: Agreement) -> None:
    """Change what the district sends the agency, which is a part of both."""
    element = made.flows.get(key=presets.TABLES).elements.first()
    sections.unlist_elements(agreement=made, elements=[element], actor=made.drafted_by)


def change_clause(made: Agreement) -> None:
    sections.save_section(
        agreement=made,
        section="protection",
        values={"optional_clauses": ["C22"]},
        actor=made.drafted_by,
    )


def change_date(made: Agreement) -> None:
    sections.save_section(
        agreement=made,
        section="dates",
        values={"end_days": 30},
        actor=made.drafted_by,
    )


def remove_person(made: Agreement) -> None:
    entry = made.access.get(membership__role=Role.ANALYST)
    sections.remove_access(entry=entry, actor=made.drafted_by)


def states_of(made: Agreement) -> dict[str, str]:
    rows = made.rounds.first().approvals.select_related("owner")
    return {row.owner.kind: row.state for row in rows}


# Carrying over


def test_owner_whose_part_is_the_same_is_not_asked_again(review: Agreement) -> None:
    given = approval_of(review, "pha")
    ask_the_district(review, drop_own_field)
    assert states_of(review) == {"pha": "carried", "district": "waiting"}
    carried = approval_of(review, "pha")
    given.refresh_from_db()
    assert (carried.decided_by, carried.decided_at) == (
        given.decided_by,
        given.decided_at,
    )
    assert carried.part_digest == carried.round.part_digests[str(carried.owner_id)]
    assert not Notice.objects.filter(key__startswith=f"approve:{carried.pk}").exists()
    told = Notice.objects.filter(subject__contains="your approval carries over")
    assert {each.recipient.name for each in told} == {"Cy Counsel", "Cora Counsel"}


@pytest.mark.parametrize(
    "edit", [drop_sent_table, change_clause, change_date, remove_person]
)
def test_what_binds_or_reaches_an_owner_reopens_it(
    review: Agreement, edit: Edit
) -> None:
    ask_the_district(review, edit)
    assert states_of(review) == {"pha": "waiting", "district": "waiting"}


def test_carried_approval_leads_to_signature(review: Agreement) -> None:
    ask_the_district(review, drop_own_field)
    approve(review, "district")
    review.refresh_from_db()
    assert review.state == "approved"
    make.work_off()
    for person in (
        make.who(review, "pha", Role.DIRECTOR),
        make.who(review, "district", Role.SUPERINTENDENT),
    ):
        signing.sign(
            agreement=review,
            digest=signing.frozen_of(review).sha256,
            typed_name=person.name,
            password=make.PASSWORD,
            address=None,
            browser="",
            actor=person,
        )
    make.work_off()
    review.refresh_from_db()
    assert review.state == "in_force"


def test_edit_that_is_nobodys_part_asks_nobody(signing_: Agreement) -> None:
    """A text taken back and sent again as it was stands approved at once."""
    signing.reopen(agreement=signing_, actor=signing_.drafted_by)
    drafting.submit(agreement=signing_, actor=signing_.drafted_by)
    signing_.refresh_from_db()
    assert states_of(signing_) == {"pha": "carried", "district": "carried"}
    assert signing_.state == "approved"
    assert jobs.latest(signing.RENDER, signing_).is_open


def test_drafters_own_approval_does_not_carry_over(review: Agreement) -> None:
    approver = counsel(review, "pha")
    make.membership(approver, approval_of(review, "pha").owner, Role.DIRECTOR)

    def edit(made: Agreement) -> None:
        element = made.flows.get(key=presets.STUDENT_RECORDS).elements.first()
        sections.unlist_elements(agreement=made, elements=[element], actor=approver)

    ask_the_district(review, edit)
    assert states_of(review)["pha"] == "waiting"
    review.refresh_from_db()
    assert "You drafted" in can_approve(approver, approval_of(review, "pha")).reason


def test_new_signatory_is_the_part_of_its_own_party(review: Agreement) -> None:
    district = approval_of(review, "district").owner
    make.person("Des Ignee", district, Role.SUPERINTENDENT, authority="Policy 2")

    def edit(made: Agreement) -> None:
        party = made.parties.get(organisation=district)
        other = district.memberships.get(user__name="Des Ignee")
        sections.set_signatory(party=party, signatory=other, actor=made.drafted_by)

    ask_the_district(review, edit)
    assert states_of(review) == {"pha": "carried", "district": "waiting"}


def test_part_leaves_out_only_what_schedules_repeat(review: Agreement) -> None:
    facts = facts_of(review)
    text: dict[str, Any] = {"terms": terms_of(facts), "clauses": text_of(facts)}
    part = part_of(text, str(approval_of(review, "pha").owner_id))
    whole = {each["key"]: each["text"] for each in text["clauses"]}
    kept = {each["key"]: each["text"] for each in part["clauses"]}
    assert {key for key in kept if whole[key] != kept[key]} == {"C07", "C08", "C10"}
    assert "preferred" not in str(part).lower()


# Taking back


def test_owner_takes_its_approval_back_until_the_first_signature(
    signing_: Agreement,
) -> None:
    approver = counsel(signing_, "pha")
    approvals.withdraw(approval=approval_of(signing_, "pha"), actor=approver)
    signing_.refresh_from_db()
    assert signing_.state == "review"
    assert states_of(signing_) == {"pha": "waiting", "district": "approved"}
    approve(signing_, "pha")
    make.work_off()
    signing_.refresh_from_db()
    assert signing_.state == "signing"
    assert LedgerEntry.objects.filter(act="agreements.withdraw_approval").exists()


def test_nothing_is_taken_back_once_it_is_signed(signing_: Agreement) -> None:
    director = signing_.drafted_by
    signing.sign(
        agreement=signing_,
        digest=signing.frozen_of(signing_).sha256,
        typed_name=director.name,
        password=make.PASSWORD,
        address=None,
        browser="",
        actor=director,
    )
    with pytest.raises(Conflict, match="has a signature already"):
        approvals.withdraw(
            approval=approval_of(signing_, "pha"), actor=counsel(signing_, "pha")
        )


def test_what_was_taken_back_does_not_carry_over(review: Agreement) -> None:
    approve(review, "pha")
    approvals.withdraw(
        approval=approval_of(review, "pha"), actor=counsel(review, "pha")
    )
    approvals.send_back(
        approval=approval_of(review, "district"),
        reason="Fewer.",
        actor=counsel(review, "district"),
    )
    drop_own_field(review)
    drafting.submit(agreement=review, actor=review.drafted_by)
    assert states_of(review) == {"pha": "waiting", "district": "waiting"}


def test_only_an_owners_counsel_takes_its_approval_back(signing_: Agreement) -> None:
    for person in (counsel(signing_, "district"), signing_.drafted_by):
        with pytest.raises(Refused):
            approvals.withdraw(approval=approval_of(signing_, "pha"), actor=person)


def test_carried_approval_is_reopened_by_its_owner(review: Agreement) -> None:
    ask_the_district(review, drop_own_field)
    page = browser_of(review, "pha")
    response = page.post(
        review_of(review),
        {"approval": approval_of(review, "pha").pk, "withdraw": "1"},
    )
    assert response.status_code == 302
    assert states_of(review) == {"pha": "waiting", "district": "waiting"}


# What the page shows


def review_of(made: Agreement) -> str:
    return f"{made.get_absolute_url()}review/"


def browser_of(made: Agreement, kind: str) -> Client:
    return make.signed_in(counsel(made, kind))


def test_page_opens_on_what_changed_since_the_owner_approved(
    review: Agreement,
) -> None:
    approve(review, "pha")
    approve(review, "district")
    signing.reopen(
        agreement=Agreement.objects.get(pk=review.pk), actor=review.drafted_by
    )
    change_clause(review)
    drafting.submit(agreement=review, actor=review.drafted_by)
    page = browser_of(review, "pha").get(review_of(review)).content.decode()
    heading = page[page.index("<h1>") : page.index("</h1>")]
    assert "1 thing changed" in heading
    assert "C22" in page[: page.index("Your decision")]
    assert "C02" not in page[: page.index("Your decision")]
    assert "Approve again" in page


def test_carried_owner_is_shown_the_others_change(review: Agreement) -> None:
    ask_the_district(review, drop_own_field)
    page = browser_of(review, "pha").get(review_of(review)).content.decode()
    shown = page[: page.index("Your decision")]
    assert "Preferred first name" in shown
    assert "carries over" in shown


# Asking, declining, handing over


def test_change_is_asked_of_a_named_item(review: Agreement) -> None:
    given = {"approval": approval_of(review, "pha").pk, "send_back": "1"}
    page = browser_of(review, "pha")
    refused = page.post(review_of(review), given | {"reason": "Keep this text."})
    assert refused.status_code == 422
    assert "Keep this text." in refused.content.decode()
    item = "field:Housing list:tenant.birth_date"
    page.post(review_of(review), given | {"item": item, "reason": "Only the year."})
    detail = page.get(review.get_absolute_url()).content.decode()
    assert "Date of birth (Housing list)" in detail


def test_item_must_be_one_of_the_text(review: Agreement) -> None:
    with pytest.raises(RuleBroken, match="Choose an item"):
        approvals.send_back(
            approval=approval_of(review, "pha"),
            item="clause:C99",
            reason="Gone.",
            actor=counsel(review, "pha"),
        )


def test_declining_tells_every_party(review: Agreement) -> None:
    given = {"approval": approval_of(review, "pha").pk, "decline": "1"}
    page = browser_of(review, "pha")
    assert page.post(review_of(review), given | {"reason": " "}).status_code == 422
    page.post(review_of(review), given | {"reason": "No staff for it."})
    review.refresh_from_db()
    assert review.state == "draft"
    assert states_of(review) == {"pha": "declined", "district": "void"}
    told = Notice.objects.filter(subject__contains=f"declined {review.number}")
    assert {"Sol Icitor", "Sue Perintendent", "Di Rector"} <= {
        each.recipient.name for each in told
    }
    assert not any("No staff" in each.body for each in told)


def test_decision_is_handed_to_a_colleague_who_is_told(review: Agreement) -> None:
    approval, first = approval_of(review, "pha"), counsel(review, "pha")
    other = approval.owner.memberships.get(user__name="Cora Counsel").user
    given = {"approval": approval.pk, "hand_over": "1", "to": other.pk}
    assert browser_of(review, "pha").post(review_of(review), given).status_code == 302
    approval.refresh_from_db()
    assert "handed to Cora Counsel" in can_approve(first, approval).reason
    assert can_approve(other, approval)
    told = Notice.objects.get(subject__contains="was handed to you")
    assert told.recipient == other
    make.leaves(other)
    assert can_approve(first, approval_of(review, "pha"))


def test_decision_is_handed_to_own_counsel_only(review: Agreement) -> None:
    for person in (review.drafted_by, counsel(review, "district")):
        with pytest.raises(RuleBroken, match="other counsel"):
            approvals.hand_over(
                approval=approval_of(review, "pha"),
                to=person,
                actor=counsel(review, "pha"),
            )


def test_approving_takes_four_activations_at_most(review: Agreement) -> None:
    """The mail's link, signing in, and Approve: three, and the decision is given."""
    person = counsel(review, "pha")
    notice = Notice.objects.get(
        recipient=person, path=review_of(review), subject__contains="waits"
    )
    client = Client()
    asked = client.get(notice.path)  # 1
    signed_in = client.post(  # 2
        asked["Location"], {"login": person.email, "password": make.PASSWORD}
    )
    page = client.get(signed_in["Location"])
    assert "Approve" in page.content.decode()
    given = {"approval": approval_of(review, "pha").pk, "approve": "1"}
    client.post(signed_in["Location"], given)  # 3
    assert approval_of(review, "pha").state == "approved"
