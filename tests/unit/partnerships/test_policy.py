"""Who sees and does what; superusers get nothing from being superusers."""

import datetime as dt

import pytest

from accounts.acting import System, act
from accounts.models import User
from partnerships import policy
from partnerships.models import Membership, Organisation, Partnership
from partnerships.roles import Capability, Role
from partnerships.services.directory import end_membership
from partnerships.services.notices import queue_notice
from tests import make

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 5, 4)


@pytest.fixture
def agency() -> Organisation:
    return make.organisation(name="Riverbend")


@pytest.fixture
def district() -> Organisation:
    return make.organisation(kind="district", name="Grand Bend")


@pytest.fixture
def partnership(agency: Organisation, district: Organisation) -> Partnership:
    return make.partnership(agency, district)


def superuser() -> User:
    person = make.user("Su Example")
    with act("tests.crown", actor=make.SET_UP, chain="system"):
        person.is_superuser = True
        person.save()
    return person


def test_role_gives_its_capabilities_in_its_own_organisation(
    agency: Organisation, district: Organisation
) -> None:
    counsel = make.person("Cy Example", agency, Role.COUNSEL)
    assert policy.may_for(counsel, Capability.APPROVE, agency)
    assert not policy.may_for(counsel, Capability.DRAFT, agency)
    assert not policy.may_for(counsel, Capability.APPROVE, district)


def test_refusal_names_who_may(agency: Organisation) -> None:
    analyst = make.person("An Example", agency, Role.ANALYST)
    decision = policy.may_for(analyst, Capability.SIGN, agency)
    assert decision.reason == "Only Riverbend's director or superintendent may do this."


def test_two_roles_of_one_person_count_once(agency: Organisation) -> None:
    person = make.person("Di Example", agency, Role.DIRECTOR)
    make.membership(person, agency, Role.SUPERINTENDENT)
    assert list(policy.acts_for(person, Capability.SIGN)) == [agency]
    assert list(policy.people_with(Capability.SIGN, agency)) == [person]


def test_superuser_gets_nothing_without_a_role(
    agency: Organisation, partnership: Partnership
) -> None:
    person = superuser()
    assert not any(
        policy.may_for(person, capability, agency) for capability in Capability
    )
    assert not policy.visible_partnerships(person).exists()
    assert not policy.visible_organisations(person).exists()
    assert not policy.can_operate(person, agency)
    assert not policy.can_form_partnership(person)
    assert not policy.can_add_organisation(person)


def test_ended_role_gives_nothing(agency: Organisation) -> None:
    person = make.person("Di Example", agency, Role.DIRECTOR)
    membership = Membership.objects.get(user=person)
    end_membership(membership=membership, today=TODAY, actor=System("tests.end"))
    assert not policy.may_for(person, Capability.DRAFT, agency)
    assert not policy.people_with(Capability.DRAFT, agency).exists()
    assert not policy.memberships_of(person).exists()


def test_closed_account_gives_nothing(agency: Organisation) -> None:
    person = make.person("Di Example", agency, Role.DIRECTOR)
    with act("tests.close", actor=make.SET_UP, chain="system"):
        person.is_active = False
        person.save()
    assert not policy.may_for(person, Capability.DRAFT, agency)
    assert not policy.people_with(Capability.DRAFT, agency).exists()


def test_a_role_here_and_an_ended_one_there_do_not_mix(
    agency: Organisation, district: Organisation
) -> None:
    person = make.person("Di Example", agency, Role.DIRECTOR)
    make.membership(person, district, Role.ANALYST)
    end_membership(
        membership=Membership.objects.get(user=person, role=Role.DIRECTOR),
        today=TODAY,
        actor=make.SET_UP,
    )
    make.membership(person, agency, Role.ANALYST)
    assert not policy.acts_for(person, Capability.DRAFT).exists()
    assert not policy.people_with(Capability.DRAFT, agency).exists()


def test_partners_see_each_other_and_strangers_see_neither(
    agency: Organisation, district: Organisation, partnership: Partnership
) -> None:
    insider = make.person("In Example", district, Role.ANALYST)
    elsewhere = make.organisation(name="Elsewhere")
    stranger = make.person("St Example", elsewhere, Role.DIRECTOR)
    assert list(policy.visible_partnerships(insider)) == [partnership]
    assert set(policy.visible_organisations(insider)) == {agency, district}
    assert not policy.visible_partnerships(stranger).exists()
    assert list(policy.visible_organisations(stranger)) == [elsewhere]


def test_organisation_in_no_partnership_is_visible_to_its_people(
    agency: Organisation,
) -> None:
    person = make.person("Di Example", agency, Role.DIRECTOR)
    make.membership(person, agency, Role.ANALYST)
    assert list(policy.visible_organisations(person)) == [agency]


def test_messages_are_seen_by_their_recipient_only(agency: Organisation) -> None:
    one = make.person("One Example", agency, Role.DIRECTOR)
    other = make.person("Other Example", agency, Role.ADMINISTRATOR)
    queue_notice(key="k", recipient=one, subject="S", body="B", path="/")
    assert policy.visible_notices(one).count() == 1
    assert not policy.visible_notices(other).exists()


def test_unattended_actor_rests_on_its_clause(agency: Organisation) -> None:
    decision = policy.can_operate(System("C12"), agency)
    assert (bool(decision), decision.clause) == (True, "C12")


def test_administrator_looks_after_their_own_organisation_only(
    agency: Organisation, district: Organisation
) -> None:
    admin = make.person("Ad Example", agency, Role.ADMINISTRATOR)
    assert policy.can_operate(admin, agency)
    assert not policy.can_operate(admin, district)
    assert list(policy.administered(admin)) == [agency]
