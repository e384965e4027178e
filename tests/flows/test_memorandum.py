"""From a draft to a sealed PDF, and what stops it on the way to approval."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from accounts import jobs, ledger
from accounts.acts import Conflict, Refused, RuleBroken
from accounts.models import User
from agreements import presets, seal
from agreements.models import Agreement
from agreements.policy import can_approve
from agreements.services import approvals, drafting, sections, signing
from partnerships.roles import Role
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

At = Callable[[str], Agreement]


@pytest.fixture(scope="module")
def numbers(past: Path) -> dict[str, str]:
    joined = make.partners()
    states = ("draft", "review")
    return {state: make.agreement(joined, until=state).number for state in states}


@pytest.fixture
def at(numbers: dict[str, str]) -> At:
    """Return a function that gives the agreement that stands in a state."""
    return lambda state: Agreement.objects.get(number=numbers[state])


def director(made: Agreement) -> User:
    return make.who(made, "pha", Role.DIRECTOR)


def states_of(made: Agreement) -> list[str]:
    return [approval.state for approval in made.rounds.first().approvals.all()]


# The whole way, as people walk it


def test_memorandum_is_made_through_its_pages(at: At) -> None:
    joined = at("draft").partnership
    agency, district = (joined.organisations.get(kind=k) for k in ("pha", "district"))
    people = {
        "director": make.holder(agency, Role.DIRECTOR),
        "counsel": make.holder(agency, Role.COUNSEL),
        "solicitor": make.holder(district, Role.COUNSEL),
        "superintendent": make.holder(district, Role.SUPERINTENDENT),
    }
    clients = {name: make.signed_in(person) for name, person in people.items()}
    page = clients["director"]
    draft = went_to(page.post("/agreements/new/", {"partnership": joined.pk}))
    made = Agreement.objects.first()
    assert draft == f"{made.get_absolute_url()}draft/"
    went_to(page.post(f"{draft}purpose/", PURPOSE))
    went_to(page.post(f"{draft}parties/", AUTHORITY | signatories_of(made)))
    went_to(page.post(f"{draft}protection/", PROTECTION))
    assert b"has not recorded a finding" in page.get(f"{draft}check/").content
    went_to(page.post(f"{draft}submit/"))
    assert Agreement.objects.get(pk=made.pk).state == "draft"
    went_to(
        clients["counsel"].post(
            f"{made.get_absolute_url()}finding/{agency.pk}/",
            {"ground": "program_purpose", "reason": "It plans services."},
        )
    )
    for name, owner in (("counsel", agency), ("solicitor", district)):
        file = f"{made.get_absolute_url()}records/counsel/"
        went_to(clients[name].post(file, REVIEWED | {"party": owner.pk}))
        went_to(clients[name].post(f"/states/{owner.pk}/", STATE_LAW))
    went_to(page.post(f"{draft}submit/"))
    review = f"{made.get_absolute_url()}review/"
    for name, owner in (("counsel", agency), ("solicitor", district)):
        approval = made.rounds.get().approvals.get(owner=owner)
        assert b"Approve" in clients[name].get(review).content
        went_to(clients[name].post(review, {"approval": approval.pk, "approve": "1"}))
    make.work_off()
    for name in ("director", "superintendent"):
        form = clients[name].get(f"{made.get_absolute_url()}sign/").content.decode()
        digest = re.search(r'name="digest" value="(\w+)"', form)[1]
        signature = SIGNATURE | {"digest": digest, "typed_name": people[name].name}
        went_to(clients[name].post(f"{made.get_absolute_url()}sign/", signature))
    make.work_off()
    made.refresh_from_db()
    assert made.state == "in_force"
    executed = made.documents.get(kind="executed")
    sent = clients["solicitor"].get(f"/documents/{executed.pk}/")
    assert sent["Content-Type"] == "application/pdf"
    assert seal.verify(sent.content)
    assert b"What now runs" in clients["solicitor"].get(made.get_absolute_url()).content
    assert list(ledger.verify()) == []


PURPOSE = {
    "title": "School attendance",
    "text": "learn in which buildings children miss much school",
    "scope": "children in family developments",
    "benefit": "both learn where help is needed",
    "measures": list(presets.MEASURES),
    "breakdowns": ["building", "school"],
    "public_summary": "We learn which buildings need help.",
}
AUTHORITY = {"sending_authority_source": "policy", "sending_authority": "Policy 7.3"}
PROTECTION = {"min_cell": "10", "breach_hours": "24", "contacts": "both offices"}
REVIEWED = {"dated_on": "2026-01-02", "document": "The office of counsel"}
STATE_LAW = {
    "topic_student_privacy": "Nothing stricter.",
    "next_review_on": "2099-06-30",
}
SIGNATURE = {"intends": "on", "consents": "on", "password": make.PASSWORD}


def signatories_of(made: Agreement) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for party in made.parties.all():
        said[f"signatory_{party.pk}"] = party.signatory_id
        said[f"capacities_{party.pk}"] = party.capacities
        said[f"signs_{party.pk}"] = "on"
    return said


def went_to(response: Any) -> str:
    assert response.status_code == 302, response.content.decode()[:2000]
    return response["Location"]


# Drafting


def test_blocking_findings_stop_a_draft_from_being_sent(at: At) -> None:
    made = drafting.start_draft(
        partnership=at("draft").partnership, actor=director(at("draft"))
    )
    head = ledger.head(made.chain)
    with pytest.raises(RuleBroken, match="must be put right before this can be sent"):
        drafting.submit(agreement=made, actor=made.drafted_by)
    made.refresh_from_db()
    assert made.state == "draft"
    assert not made.rounds.exists()
    assert ledger.head(made.chain) == head


def change_schedule(made: Agreement) -> None:
    element = sections.list_element(
        flow=made.flows.get(key=presets.HOUSING_LIST),
        code="tenant.unit_number",
        actor=made.drafted_by,
    )
    sections.save_element(
        element=element,
        values={
            "answers": [presets.LINKING],
            "collected_under": "Form HUD-50058",
        },
        actor=made.drafted_by,
    )


def change_purpose(made: Agreement) -> None:
    sections.save_purpose(
        purpose=made.purposes.get(),
        values={"text": "find out who moves"},
        actor=made.drafted_by,
    )


@pytest.mark.parametrize("change", [change_schedule, change_purpose])
def test_counsels_finding_lapses_when_what_it_covers_changes(
    at: At, change: Callable[[Agreement], None]
) -> None:
    made = at("draft")
    assert not lacks_finding(made)
    change(made)
    assert lacks_finding(made)
    with pytest.raises(RuleBroken, match="has not recorded a finding"):
        drafting.submit(agreement=made, actor=made.drafted_by)
    drafting.record_finding(
        agreement=made,
        party=made.partnership.organisations.get(kind="pha"),
        ground="program_purpose",
        reason="It still plans services.",
        actor=make.who(made, "pha", Role.COUNSEL),
    )
    assert not lacks_finding(made)


def test_finding_recorded_again_is_the_one_on_record(at: At) -> None:
    made = at("draft")
    head, first = ledger.head(made.chain), made.findings.get()
    record = partial(
        drafting.record_finding,
        agreement=made,
        party=first.party,
        ground=first.ground,
        actor=first.counsel,
    )
    assert record(reason=first.reason) == first
    assert ledger.head(made.chain) == head
    assert record(reason="It houses children.") != first


def lacks_finding(made: Agreement) -> bool:
    made = Agreement.objects.get(pk=made.pk)
    return any(
        finding.rule == "R-061" and finding.blocks for finding in make.check_draft(made)
    )


# Approving


def test_drafter_cannot_approve_even_as_counsel(at: At) -> None:
    made = at("draft")
    drafter = made.drafted_by
    agency = made.partnership.organisations.get(kind="pha")
    make.membership(drafter, agency, Role.COUNSEL)
    drafting.submit(agreement=made, actor=drafter)
    approval = made.rounds.get().approvals.get(owner=agency)
    with pytest.raises(Refused, match="You drafted this"):
        approvals.approve(approval=approval, actor=drafter)
    with pytest.raises(Refused, match="You drafted this"):
        approvals.send_back(approval=approval, reason="Mine.", actor=drafter)
    assert states_of(made) == ["waiting", "waiting"]
    assert can_approve(make.who(made, "pha", Role.COUNSEL), approval)


@pytest.mark.parametrize("make_somebody", [make.user, make.superuser])
def test_administrator_and_superuser_approve_for_nobody(
    at: At, make_somebody: Callable[[], User]
) -> None:
    made = at("review")
    somebody = make_somebody()
    for owner in made.partnership.organisations.all():
        make.membership(somebody, owner, Role.ADMINISTRATOR)
    head = ledger.head(made.chain)
    for approval in made.rounds.get().approvals.all():
        with pytest.raises(Refused, match="counsel may do this"):
            approvals.approve(approval=approval, actor=somebody)
        with pytest.raises(Refused):
            approvals.send_back(approval=approval, reason="No.", actor=somebody)
    assert states_of(made) == ["waiting", "waiting"]
    assert ledger.head(made.chain) == head


def test_counsel_decides_for_its_own_organisation_only(at: At) -> None:
    made = at("review")
    of_agency = made.rounds.get().approvals.get(owner__kind="pha")
    with pytest.raises(Refused):
        approvals.approve(
            approval=of_agency, actor=make.who(made, "district", Role.COUNSEL)
        )
    assert states_of(made) == ["waiting", "waiting"]


def test_one_approval_does_not_stand_for_the_other(at: At) -> None:
    made = at("review")
    approval = made.rounds.get().approvals.get(owner__kind="pha")
    approvals.approve(approval=approval, actor=make.who(made, "pha", Role.COUNSEL))
    made.refresh_from_db()
    assert made.state == "review"
    assert jobs.latest(signing.RENDER, made) is None


def test_sending_back_voids_the_round(at: At) -> None:
    made = at("review")
    first = made.rounds.get()
    of_agency, of_district = first.approvals.order_by("owner__kind").reverse()
    approvals.approve(approval=of_agency, actor=make.who(made, "pha", Role.COUNSEL))
    solicitor = make.who(made, "district", Role.COUNSEL)
    approvals.send_back(approval=of_district, reason="Too long.", actor=solicitor)
    made.refresh_from_db()
    assert made.state == "draft"
    assert sorted(states_of(made)) == ["changes_asked", "void"]
    drafting.submit(agreement=made, actor=made.drafted_by)
    assert made.rounds.first().number == first.number + 1
    assert sorted(states_of(made)) == ["carried", "waiting"]
    with pytest.raises(Conflict):
        approvals.approve(approval=of_district, actor=solicitor)
