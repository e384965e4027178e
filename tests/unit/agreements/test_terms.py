"""Pausing, resuming and ending what is in force."""

from datetime import date
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts import clock, ledger
from accounts.acts import Conflict, Refused, RuleBroken
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


def test_one_party_pauses_for_both_and_everybody_is_told(made: Agreement) -> None:
    director = make.who(made, "pha", Role.DIRECTOR)
    terms.pause(agreement=made, actor=director)
    made.refresh_from_db()
    assert made.state == "paused"
    agency = made.partnership.organisations.get(kind="pha")
    assert live_state(made).paused_by == (str(agency.pk),)
    told = Notice.objects.filter(subject__contains="was paused")
    assert make.who(made, "district", Role.STEWARD) in {
        notice.recipient for notice in told
    }


def test_only_who_paused_resumes(made: Agreement) -> None:
    terms.pause(agreement=made, actor=make.who(made, "pha", Role.COUNSEL))
    with pytest.raises(Refused, match="Only a party that paused it"):
        terms.resume(agreement=made, actor=make.who(made, "district", Role.COUNSEL))
    terms.resume(agreement=made, actor=make.who(made, "pha", Role.DIRECTOR))
    made.refresh_from_db()
    assert (made.state, made.paused_by) == ("in_force", [])


@pytest.mark.parametrize("first_back", ["pha", "district"])
def test_each_party_takes_its_own_pause_back(made: Agreement, first_back: str) -> None:
    parties = {o.kind: o.pk for o in made.partnership.organisations.all()}
    for kind in ("pha", "district"):
        terms.pause(agreement=made, actor=make.who(made, kind, Role.COUNSEL))
    made.refresh_from_db()
    assert (made.state, made.paused_by) == ("paused", sorted(parties.values()))
    terms.resume(agreement=made, actor=make.who(made, first_back, Role.COUNSEL))
    made.refresh_from_db()
    (last,) = parties.keys() - {first_back}
    assert (made.state, made.paused_by) == ("paused", [parties[last]])
    with pytest.raises(Refused, match="Only a party that paused it"):
        terms.resume(agreement=made, actor=make.who(made, first_back, Role.COUNSEL))
    terms.resume(agreement=made, actor=make.who(made, last, Role.COUNSEL))
    made.refresh_from_db()
    assert (made.state, made.paused_by) == ("in_force", [])


def test_everybody_is_told_of_each_pause(made: Agreement) -> None:
    steward = make.who(made, "pha", Role.STEWARD)
    told = Notice.objects.filter(recipient=steward, subject__contains="was paused")
    for n_told, kind in enumerate(("pha", "district"), start=1):
        terms.pause(agreement=made, actor=make.who(made, kind, Role.COUNSEL))
        assert told.count() == n_told


def test_organisation_pauses_once_whoever_acts_for_it(made: Agreement) -> None:
    for kind in ("pha", "district"):
        terms.pause(agreement=made, actor=make.who(made, kind, Role.COUNSEL))
    head = ledger.head(made.chain)
    with pytest.raises(Conflict, match="paused it already"):
        terms.pause(agreement=made, actor=make.who(made, "pha", Role.DIRECTOR))
    assert ledger.head(made.chain) == head


def test_what_is_not_paused_is_not_resumed(made: Agreement) -> None:
    with pytest.raises(Refused):
        terms.resume(agreement=made, actor=make.who(made, "pha", Role.DIRECTOR))


def test_ending_needs_a_reason_and_happens_once(made: Agreement) -> None:
    counsel = make.who(made, "district", Role.COUNSEL)
    with pytest.raises(RuleBroken, match="Say why it ends"):
        terms.terminate(agreement=made, reason="", actor=counsel)
    terms.terminate(agreement=made, reason="No budget.", actor=counsel)
    made.refresh_from_db()
    assert made.state == "ended"
    told = Notice.objects.filter(subject__contains="has ended")
    assert make.who(made, "pha", Role.DIRECTOR) in {notice.recipient for notice in told}
    assert not any("No budget." in notice.body for notice in told)
    page = make.signed_in(counsel).get(made.get_absolute_url())
    assert "It ended because: No budget." in page.content.decode()
    with pytest.raises(Conflict):
        terms.terminate(agreement=made, reason="Again.", actor=counsel)


def test_paused_agreement_can_be_ended_by_the_other_party(made: Agreement) -> None:
    terms.pause(agreement=made, actor=make.who(made, "pha", Role.DIRECTOR))
    terms.terminate(
        agreement=made, reason="Enough.", actor=make.who(made, "district", Role.COUNSEL)
    )
    made.refresh_from_db()
    assert (made.state, made.paused_by) == ("ended", [])


def test_term_in_its_middle_does_not_lapse(made: Agreement) -> None:
    terms.expire_lapsed()
    made.refresh_from_db()
    assert made.state == "in_force"


def test_agreement_that_fails_keeps_no_other_back(
    made: Agreement,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    failing = make.agreement(made.partnership)
    today_of = terms.today_of

    def fails_for_one(agreement: Agreement) -> date:
        if agreement == failing:
            raise ValueError("a name that no log may hold")
        return today_of(agreement)

    monkeypatch.setattr(terms, "today_of", fails_for_one)
    settings.DEMO = True
    assert made.ends_on
    clock.advance(days=(made.ends_on - today_of(made)).days)
    terms.remind_expiry()
    told = Notice.objects.filter(key__startswith="ends:")
    assert {notice.path for notice in told} == {made.get_absolute_url()}
    clock.advance(days=1)
    terms.expire_lapsed()
    made.refresh_from_db()
    failing.refresh_from_db()
    assert (made.state, failing.state) == ("ended", "in_force")
    logged = f"Agreement {failing.pk}: ValueError at test_terms.py"
    assert caplog.text.count(logged) == 2
    assert "a name" not in caplog.text
