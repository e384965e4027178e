"""Pausing, resuming and ending what is in force."""

from pathlib import Path

import pytest

from accounts.acts import Conflict, Refused, RuleBroken
from accounts.models import User
from agreements.models import Agreement
from agreements.queries import live_state
from agreements.services import terms
from partnerships.models import Notice
from partnerships.roles import Role
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.agreement().number


@pytest.fixture
def made(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


def who(made: Agreement, kind: str, role: Role) -> User:
    return make.holder(made.partnership.organisations.get(kind=kind), role)


def test_one_party_pauses_for_both_and_everybody_is_told(made: Agreement) -> None:
    director = who(made, "pha", Role.DIRECTOR)
    terms.pause(agreement=made, actor=director)
    made.refresh_from_db()
    assert made.state == "paused"
    assert live_state(made).paused_by == (str(made.paused_by_id),)
    told = Notice.objects.filter(subject__contains="was paused")
    assert who(made, "district", Role.STEWARD) in {notice.recipient for notice in told}


def test_only_who_paused_resumes(made: Agreement) -> None:
    terms.pause(agreement=made, actor=who(made, "pha", Role.COUNSEL))
    with pytest.raises(Refused, match="which paused it, may resume"):
        terms.resume(agreement=made, actor=who(made, "district", Role.COUNSEL))
    terms.resume(agreement=made, actor=who(made, "pha", Role.DIRECTOR))
    made.refresh_from_db()
    assert (made.state, made.paused_by) == ("in_force", None)


def test_every_pause_is_told(made: Agreement) -> None:
    director = who(made, "pha", Role.DIRECTOR)
    told = Notice.objects.filter(subject__contains="was paused")
    terms.pause(agreement=made, actor=director)
    n_told = told.count()
    terms.resume(agreement=made, actor=director)
    terms.pause(agreement=made, actor=director)
    assert told.count() == 2 * n_told


def test_what_is_not_paused_is_not_resumed(made: Agreement) -> None:
    director = who(made, "pha", Role.DIRECTOR)
    with pytest.raises(Conflict):
        terms.resume(agreement=made, actor=director)
    terms.pause(agreement=made, actor=director)
    with pytest.raises(Conflict):
        terms.pause(agreement=made, actor=director)


def test_ending_needs_a_reason_and_happens_once(made: Agreement) -> None:
    counsel = who(made, "district", Role.COUNSEL)
    with pytest.raises(RuleBroken, match="Say why it ends"):
        terms.terminate(agreement=made, reason="", actor=counsel)
    terms.terminate(agreement=made, reason="No budget.", actor=counsel)
    made.refresh_from_db()
    assert made.state == "ended"
    with pytest.raises(Refused):
        terms.terminate(agreement=made, reason="Again.", actor=counsel)


def test_paused_agreement_can_be_ended_by_the_other_party(made: Agreement) -> None:
    terms.pause(agreement=made, actor=who(made, "pha", Role.DIRECTOR))
    terms.terminate(
        agreement=made, reason="Enough.", actor=who(made, "district", Role.COUNSEL)
    )
    made.refresh_from_db()
    assert (made.state, made.paused_by) == ("ended", None)


def test_term_in_its_middle_does_not_lapse(made: Agreement) -> None:
    assert terms.expire_lapsed() == 0
