"""Each organisation's own route, and who decides for whom meanwhile."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts import clock
from accounts.acting import act
from accounts.acts import Conflict, Refused, RuleBroken
from accounts.models import User
from agreements.models import Agreement, Approval, Delegation, RouteStep
from agreements.policy import can_approve
from agreements.queries.proofs import reviews_by_approval
from agreements.queries.routes import board_acts_of
from agreements.services import approvals, drafting, routes
from agreements.services.routes import adopt_usual
from agreements.signing_policy import can_record_paper, can_sign
from partnerships.models import Notice, Organisation
from partnerships.roles import Role
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    joined = make.partners()
    for side in joined.organisations.all():
        make.person("Ad Ministrator", side, Role.ADMINISTRATOR)
    return make.agreement(joined, until="draft").number


@pytest.fixture
def draft(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


@pytest.fixture
def district(draft: Agreement) -> Organisation:
    return draft.partnership.organisations.get(kind="district")


@pytest.fixture
def routed(draft: Agreement, district: Organisation) -> Approval:
    """Return the district's approval on its usual route, just asked for."""
    adopt_usual(organisation=district, actor=make.holder(district, Role.ADMINISTRATOR))
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    return draft.rounds.get().approvals.get(owner=district)


def walk(approval: Approval, *roles: Role) -> None:
    for role in roles:
        approvals.approve(approval=approval, actor=make.holder(approval.owner, role))


def record(
    approval: Approval, *, is_approval: bool, acted_on: date | None = None
) -> None:
    approvals.record_board_item(
        approval=approval,
        acted_on=acted_on or clock.today() - timedelta(days=2),
        item="7.2",
        is_approval=is_approval,
        actor=make.holder(approval.owner, Role.SUPERINTENDENT),
    )


# Walking a route


def test_steps_are_asked_for_one_after_the_other(routed: Approval) -> None:
    solicitor = make.holder(routed.owner, Role.COUNSEL)
    steward = make.holder(routed.owner, Role.STEWARD)
    assert "data steward may do this" in can_approve(solicitor, routed).reason
    asked = Notice.objects.filter(subject__contains="waits for your decision")
    assert steward in {each.recipient for each in asked}
    assert solicitor not in {each.recipient for each in asked}
    walk(routed, Role.STEWARD)
    routed.refresh_from_db()
    assert routed.state == "waiting"
    assert can_approve(solicitor, routed)
    assert asked.filter(recipient=solicitor).exists()


def test_owner_has_approved_when_its_last_step_is_done(routed: Approval) -> None:
    walk(routed, Role.STEWARD, Role.COUNSEL, Role.SUPERINTENDENT)
    with pytest.raises(RuleBroken, match="board's item"):
        walk(routed, Role.SUPERINTENDENT)
    record(routed, is_approval=True)
    routed.refresh_from_db()
    assert routed.state == "approved"
    assert routed.decided_by == make.holder(routed.owner, Role.COUNSEL)
    (act_,) = board_acts_of(routed.round)
    assert (act_.party, act_.item) == (str(routed.owner_id), "7.2")
    assert act_.is_approval


def test_boards_act_stands_for_an_approval_that_carries_over(
    routed: Approval,
) -> None:
    walk(routed, Role.STEWARD, Role.COUNSEL, Role.SUPERINTENDENT)
    record(routed, is_approval=True)
    other = routed.round.approvals.exclude(pk=routed.pk).get()
    counsel = make.holder(other.owner, Role.COUNSEL)
    approvals.send_back(approval=other, reason="Not this week.", actor=counsel)
    draft = Agreement.objects.get(pk=routed.round.agreement_id)
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    newest = draft.rounds.first()
    assert newest.approvals.get(owner=routed.owner).state == "carried"
    assert [each.item for each in board_acts_of(newest)] == ["7.2"]
    counted = {each.party for each in reviews_by_approval(newest, ())}
    assert counted == {str(routed.owner_id)}


def test_board_that_does_not_approve_declines(routed: Approval) -> None:
    walk(routed, Role.STEWARD, Role.COUNSEL, Role.SUPERINTENDENT)
    record(routed, is_approval=False)
    routed.refresh_from_db()
    assert routed.state == "declined"
    assert "item 7.2" in routed.reason
    assert Agreement.objects.get(pk=routed.round.agreement_id).state == "draft"


def test_boards_item_is_recorded_after_it_was_voted(routed: Approval) -> None:
    with pytest.raises(Refused):
        record(routed, is_approval=True)
    walk(routed, Role.STEWARD, Role.COUNSEL, Role.SUPERINTENDENT)
    with pytest.raises(RuleBroken, match="in the future"):
        record(routed, is_approval=True, acted_on=clock.today() + timedelta(days=2))


def test_boards_item_is_recorded_on_the_review_page(routed: Approval) -> None:
    walk(routed, Role.STEWARD, Role.COUNSEL, Role.SUPERINTENDENT)
    client = make.signed_in(make.holder(routed.owner, Role.SUPERINTENDENT))
    path = f"{routed.round.agreement.get_absolute_url()}review/"
    given = {"approval": routed.pk, "record_board_item": "1", "item": "7.2"}
    refused = client.post(path, given)
    assert refused.status_code == 422
    assert 'value="7.2"' in refused.content.decode()
    day = (clock.today() - timedelta(days=2)).isoformat()
    client.post(path, given | {"acted_on": day, "is_approval": "yes"})
    routed.refresh_from_db()
    assert routed.state == "approved"


def test_approval_taken_back_is_asked_for_from_its_approving_step(
    routed: Approval,
) -> None:
    walk(routed, Role.STEWARD, Role.COUNSEL, Role.SUPERINTENDENT)
    record(routed, is_approval=True)
    solicitor = make.holder(routed.owner, Role.COUNSEL)
    approvals.withdraw(approval=routed, actor=solicitor)
    states = dict(routed.steps.values_list("what", "state"))
    assert states["approves"] == states["board"] == "waiting"
    assert routed.steps.get(role="steward").state == "done"
    assert can_approve(solicitor, Approval.objects.get(pk=routed.pk))


def test_route_without_its_people_stops_the_sending(
    draft: Agreement, district: Organisation
) -> None:
    adopt_usual(organisation=district, actor=make.holder(district, Role.ADMINISTRATOR))
    make.leaves(make.holder(district, Role.STEWARD))
    with pytest.raises(RuleBroken, match=r"must be put right|nobody has that role"):
        drafting.submit(agreement=draft, actor=draft.drafted_by)
    assert not draft.rounds.exists()


def test_whoever_approved_does_not_sign_where_the_route_says_so(
    draft: Agreement, district: Organisation
) -> None:
    solicitor = make.holder(district, Role.COUNSEL)
    membership = solicitor.memberships.get()
    with act("tests.empower", actor=make.SET_UP, chain=district.chain):
        membership.authority_source = "policy"
        membership.authority_reference = "Policy 9"
        membership.save()
        party = draft.parties.get(organisation=district)
        party.signatory = membership
        party.save()
    make.counsel_read(draft)
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    for approval in draft.rounds.get().approvals.all():
        walk(approval, Role.COUNSEL)
    make.work_off()
    draft.refresh_from_db()
    assert draft.state == "signing"
    assert "asks somebody else to sign" in can_sign(solicitor, draft).reason
    party = draft.parties.get(organisation=district)
    on_paper = can_record_paper(solicitor, draft, party)
    assert "asks somebody else to sign" in on_paper.reason
    admin = make.holder(district, Role.ADMINISTRATOR)
    for what, is_apart in (("approves", True), ("signs", False)):
        routes.add_step(
            organisation=district,
            what=what,
            role="counsel",
            title="Solicitor",
            is_apart=is_apart,
            actor=admin,
        )
    assert can_sign(solicitor, draft)
    assert can_record_paper(solicitor, draft, party)


# Setting a route


def test_route_is_set_on_its_page(draft: Agreement, district: Organisation) -> None:
    client = make.signed_in(make.holder(district, Role.ADMINISTRATOR))
    path = f"/routes/{district.pk}/"
    assert "Take the usual route" in client.get(path).content.decode()
    client.post(path, {"adopt": "1"})
    rows = RouteStep.objects.filter(organisation=district)
    assert [row.what for row in rows][-1] == "signs"
    added = {"what": "reviews", "role": "analyst", "title": "Program lead"}
    client.post(path, added | {"add": "1"})
    lead = rows.get(title="Program lead")
    before = list(rows.all()).index(lead)
    client.post(path, {"raise": lead.pk})
    assert list(rows.all()).index(lead) == before - 1
    only = rows.get(what="approves")
    refused = client.post(path, {"remove": only.pk})
    assert refused.status_code == 422
    client.post(path, {"remove": lead.pk})
    assert not rows.filter(pk=lead.pk).exists()
    signing = {"what": "signs", "role": "director", "title": "Another"}
    assert client.post(path, signing | {"add": "1"}).status_code == 409


def test_only_administrator_or_director_sets_a_route(
    draft: Agreement, district: Organisation
) -> None:
    agency = draft.partnership.organisations.get(kind="pha")
    for person in (make.holder(district, Role.COUNSEL), draft.drafted_by):
        path = f"/routes/{district.pk}/"
        assert make.signed_in(person).get(path).status_code == 404
        with pytest.raises(Refused, match="administrator or director"):
            adopt_usual(organisation=district, actor=person)
    adopt_usual(organisation=agency, actor=draft.drafted_by)
    with pytest.raises(Conflict, match="has a route"):
        adopt_usual(organisation=agency, actor=draft.drafted_by)


# Delegating


def delegate(
    owner: Organisation, giver: User, taker: User, *, days: tuple[int, int] = (-1, 5)
) -> Delegation:
    today = clock.today([owner.time_zone])
    return routes.delegate(
        organisation=owner,
        taker=taker,
        from_on=today + timedelta(days=days[0]),
        until_on=today + timedelta(days=days[1]),
        actor=giver,
    )


@pytest.fixture
def asked(draft: Agreement, district: Organisation) -> Approval:
    drafting.submit(agreement=draft, actor=draft.drafted_by)
    return draft.rounds.get().approvals.get(owner=district)


def test_delegate_decides_for_the_giver_and_it_is_shown(asked: Approval) -> None:
    solicitor = make.holder(asked.owner, Role.COUNSEL)
    steward = make.holder(asked.owner, Role.STEWARD)
    assert not can_approve(steward, asked)
    delegate(asked.owner, solicitor, steward)
    home = make.signed_in(steward).get("/").content.decode()
    assert asked.round.agreement.number in home
    approvals.approve(approval=asked, actor=steward)
    step = asked.steps.get()
    assert (step.decided_by, step.decided_for) == (steward, solicitor)
    path = f"{asked.round.agreement.get_absolute_url()}review/"
    page = make.signed_in(solicitor).get(path).content.decode()
    assert "Stevie Steward for Sol Icitor, by delegation" in page


def test_delegation_holds_on_its_days_only(asked: Approval, settings: Settings) -> None:
    solicitor = make.holder(asked.owner, Role.COUNSEL)
    steward = make.holder(asked.owner, Role.STEWARD)
    delegate(asked.owner, solicitor, steward, days=(2, 3))
    assert not can_approve(steward, asked)
    settings.DEMO = True
    clock.advance(days=2)
    assert can_approve(steward, asked)
    clock.advance(days=2)
    assert not can_approve(steward, asked)


@pytest.mark.parametrize("leaver", [Role.COUNSEL, Role.STEWARD])
def test_delegation_ends_when_either_leaves(asked: Approval, leaver: Role) -> None:
    solicitor = make.holder(asked.owner, Role.COUNSEL)
    steward = make.holder(asked.owner, Role.STEWARD)
    given = delegate(asked.owner, solicitor, steward)
    make.leaves(make.holder(asked.owner, leaver))
    given.refresh_from_db()
    assert given.revoked_at is not None
    assert not can_approve(steward, asked)


def test_delegate_who_drafted_or_is_of_another_side_decides_nothing(
    asked: Approval,
) -> None:
    solicitor = make.holder(asked.owner, Role.COUNSEL)
    outsider = asked.round.agreement.drafted_by
    with pytest.raises(RuleBroken, match="Choose a colleague"):
        delegate(asked.owner, solicitor, outsider)
    make.membership(outsider, asked.owner, Role.ANALYST)
    delegate(asked.owner, solicitor, outsider)
    assert "You drafted" in can_approve(outsider, asked).reason


def test_whoever_drafted_delegates_no_decision(asked: Approval) -> None:
    draft = asked.round.agreement
    own = asked.round.approvals.exclude(pk=asked.pk).get()
    make.membership(draft.drafted_by, own.owner, Role.COUNSEL)
    steward = make.holder(own.owner, Role.STEWARD)
    delegate(own.owner, draft.drafted_by, steward)
    assert not can_approve(steward, own)
    with pytest.raises(Refused):
        approvals.approve(approval=own, actor=steward)


def test_delegation_is_given_and_ended_on_its_page(asked: Approval) -> None:
    client = make.signed_in(make.holder(asked.owner, Role.COUNSEL))
    today = clock.today([asked.owner.time_zone])
    said = {
        "organisation": asked.owner_id,
        "taker": make.holder(asked.owner, Role.STEWARD).pk,
        "from_on": today.isoformat(),
        "until_on": (today - timedelta(days=1)).isoformat(),
    }
    assert client.post("/delegations/", said).status_code == 422
    said["until_on"] = today.isoformat()
    assert client.post("/delegations/", said).status_code == 302
    given = Delegation.objects.get()
    other = make.signed_in(given.taker)
    assert other.post(f"/delegations/{given.pk}/revoke/").status_code == 404
    client.post(f"/delegations/{given.pk}/revoke/")
    given.refresh_from_db()
    assert given.revoked_at is not None
