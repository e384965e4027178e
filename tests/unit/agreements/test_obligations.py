"""Duties to destroy: one open duty of a kind, dates that move only as they may."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from accounts import jobs, ledger
from accounts.acting import act
from accounts.acts import Conflict, Refused, RuleBroken
from accounts.models import Job
from agreements.models import Agreement, Obligation
from agreements.queries import today_of
from agreements.services import obligations
from partnerships.models import Notice
from partnerships.roles import Role
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

LISTS = Obligation.Kind.LINKING_LIST


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    return make.agreement(until="draft").number


@pytest.fixture
def made(number: str) -> Agreement:
    return Agreement.objects.get(number=number)


@contextmanager
def acting(made: Agreement) -> Iterator[None]:
    with act("tests.act", actor=make.SET_UP, chain=made.chain):
        yield


def set_due(made: Agreement, due_on: date) -> Obligation:
    with acting(made):
        return obligations.open_obligation(agreement=made, kind=LISTS, due_on=due_on)


def test_every_kind_gets_one_open_duty(made: Agreement) -> None:
    for _ in range(2):
        with acting(made):
            obligations.open_all(agreement=made)
    kinds = [duty.kind for duty in made.obligations.all()]
    assert sorted(kinds) == ["linked_rows", "linking_list"]


def test_date_of_a_list_comes_forward_and_is_never_put_off(made: Agreement) -> None:
    today = today_of(made)
    first = set_due(made, today + timedelta(days=9))
    for n_days in (4, 20):
        assert set_due(made, today + timedelta(days=n_days)) == first
        assert made.obligations.get().due_on == today + timedelta(days=4)


def test_date_of_linked_rows_follows_the_last_release(made: Agreement) -> None:
    today, kind = today_of(made), Obligation.Kind.LINKED_ROWS
    for n_days in (4, 20):
        due_on = today + timedelta(days=n_days)
        with acting(made):
            obligations.open_obligation(agreement=made, kind=kind, due_on=due_on)
        assert made.obligations.get().due_on == due_on


def test_date_of_a_duty_that_fell_due_stands(made: Agreement) -> None:
    today = today_of(made)
    set_due(made, today)
    obligations.fall_due()
    set_due(made, today - timedelta(days=3))
    duty = made.obligations.get()
    assert (duty.state, duty.due_on) == ("due", today)


def test_discharged_duty_is_followed_by_a_new_one(made: Agreement) -> None:
    first = set_due(made, today_of(made))
    carry_out(first)
    assert set_due(made, today_of(made)) != first


def carry_out(duty: Obligation) -> None:
    obligations.fall_due()
    obligations.begin_destruction(obligation=duty, actor=make.SET_UP)
    obligations.discharge(
        obligation=duty, evidence=[], unrecoverable_from=None, actor=make.SET_UP
    )


def test_hold_before_the_point_of_no_return_stops_the_duty(made: Agreement) -> None:
    duty = set_due(made, today_of(made))
    obligations.fall_due()
    hold = make.hold(made)
    duty.refresh_from_db()
    assert duty.state == "held"
    with pytest.raises(RuleBroken, match="A hold is open"):
        obligations.begin_destruction(obligation=duty, actor=make.SET_UP)
    obligations.close_hold(hold=hold, actor=make.holder(hold.owner, Role.COUNSEL))
    carry_out(duty)
    duty.refresh_from_db()
    assert duty.state == "discharged"


def test_hold_after_the_point_of_no_return_is_refused(made: Agreement) -> None:
    duty = set_due(made, today_of(made))
    obligations.fall_due()
    obligations.begin_destruction(obligation=duty, actor=make.SET_UP)
    head = ledger.head(made.chain)
    obligations.begin_destruction(obligation=duty, actor=make.SET_UP)
    with pytest.raises(Conflict, match="linking list is being destroyed now"):
        make.hold(made)
    duty.refresh_from_db()
    assert duty.state == "destroying"
    assert not made.holds.exists()
    assert ledger.head(made.chain) == head
    carry_out(duty)
    assert make.hold(made).closed_at is None


def test_duty_that_is_not_due_is_not_begun(made: Agreement) -> None:
    duty = set_due(made, today_of(made) + timedelta(days=1))
    obligations.fall_due()
    with pytest.raises(Conflict, match="“open”"):
        obligations.begin_destruction(obligation=duty, actor=make.SET_UP)


def test_duty_that_is_not_begun_is_not_discharged(made: Agreement) -> None:
    duty = set_due(made, today_of(made))
    obligations.fall_due()
    with pytest.raises(Conflict, match="“due”"):
        obligations.discharge(
            obligation=duty, evidence=[], unrecoverable_from=None, actor=make.SET_UP
        )


def test_duty_that_fails_keeps_no_other_back(
    made: Agreement, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failing = set_due(made, today_of(made))
    other = set_due(make.agreement(made.partnership, until="draft"), failing.due_on)

    def fails_for_one(agreement: Agreement) -> date:
        if agreement == made:
            raise ValueError("a name that no log may hold")
        return today_of(agreement)

    monkeypatch.setattr(obligations, "today_of", fails_for_one)
    obligations.remind_due()
    obligations.fall_due()
    for duty, state in ((failing, "open"), (other, "due")):
        duty.refresh_from_db()
        told = Notice.objects.filter(key__startswith=f"destroy:{duty.pk}:")
        assert (duty.state, told.exists()) == (state, state == "due")
    logged = f"Obligation {failing.pk}: ValueError at test_obligations.py"
    assert caplog.text.count(logged) == 2
    assert "a name" not in caplog.text


def test_dates_come_forward_and_never_go_back(made: Agreement) -> None:
    with acting(made):
        obligations.open_all(agreement=made)
    near = set_due(made, today_of(made) + timedelta(days=5)).due_on
    with acting(made):
        obligations.bring_forward(agreement=made, ended_on=today_of(made))
    limit = today_of(made) + timedelta(days=made.end_days)
    assert [duty.due_on for duty in made.obligations.all()] == [near, limit]


def test_duty_falls_due_again_until_it_is_discharged(made: Agreement) -> None:
    duty = set_due(made, today_of(made))
    for _ in range(3):
        obligations.fall_due()
        job = jobs.latest("indicators.destroy", duty)
        assert job
        jobs.claim(job.pk)
        Job.objects.filter(pk=job.pk).update(state="failed")
    assert Job.objects.filter(kind="indicators.destroy").count() == 3


def test_hold_says_what_it_rests_on(made: Agreement) -> None:
    agency = made.partnership.organisations.get(kind="pha")
    with pytest.raises(RuleBroken, match="what the hold rests on"):
        obligations.place_hold(
            agreement=made,
            owner=agency,
            reason=" ",
            actor=make.holder(agency, Role.COUNSEL),
        )


def test_hold_is_closed_by_its_owner_only(made: Agreement) -> None:
    hold = make.hold(made, "district")
    agency = made.partnership.organisations.get(kind="pha")
    with pytest.raises(Refused):
        obligations.close_hold(hold=hold, actor=make.holder(agency, Role.COUNSEL))
    hold.refresh_from_db()
    assert hold.closed_at is None


def test_hold_of_another_agreement_keeps_nothing_back(made: Agreement) -> None:
    other = make.agreement(made.partnership, until="draft")
    make.hold(other)
    duty = set_due(made, today_of(made))
    obligations.fall_due()
    duty.refresh_from_db()
    assert duty.state == "due"
