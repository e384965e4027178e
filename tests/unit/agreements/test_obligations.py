"""Duties to destroy: one open duty of a kind, dates that move only as they may."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from accounts.acting import act
from accounts.acts import Refused, RuleBroken
from agreements.models import Agreement, Obligation
from agreements.queries import today_of
from agreements.services import obligations
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


def test_date_of_an_open_duty_moves(made: Agreement) -> None:
    today = today_of(made)
    first = set_due(made, today + timedelta(days=9))
    assert set_due(made, today + timedelta(days=4)) == first
    assert made.obligations.get().due_on == today + timedelta(days=4)


def test_date_of_a_duty_that_fell_due_stands(made: Agreement) -> None:
    today = today_of(made)
    set_due(made, today)
    assert obligations.fall_due() == 1
    set_due(made, today + timedelta(days=30))
    duty = made.obligations.get()
    assert (duty.state, duty.due_on) == ("due", today)


def test_discharged_duty_is_followed_by_a_new_one(made: Agreement) -> None:
    first = set_due(made, today_of(made))
    obligations.discharge(
        obligation=first, evidence=[], unrecoverable_from=None, actor=make.SET_UP
    )
    assert set_due(made, today_of(made)) != first


def test_dates_come_forward_and_never_go_back(made: Agreement) -> None:
    with acting(made):
        obligations.open_all(agreement=made)
    near = set_due(made, today_of(made) + timedelta(days=5)).due_on
    with acting(made):
        obligations.bring_forward(agreement=made, ended_on=today_of(made))
    limit = today_of(made) + timedelta(days=made.end_days)
    assert [duty.due_on for duty in made.obligations.all()] == [near, limit]


def test_duty_falls_due_again_until_it_is_discharged(made: Agreement) -> None:
    set_due(made, today_of(made))
    assert [obligations.fall_due() for _ in range(3)] == [1, 1, 1]


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
    set_due(made, today_of(made))
    assert obligations.fall_due() == 1
