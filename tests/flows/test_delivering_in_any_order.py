"""In whatever order people deliver, link, release and withdraw, the record is sound."""

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts import jobs, ledger
from accounts.acts import RuleBroken
from agreements.models import Agreement
from agreements.services import obligations
from indicators.models import Delivery, Release
from indicators.services import releases
from indicators.services.withdrawing import OPEN, holdings_of, withdraw_delivery
from partnerships.roles import Role
from tests import make
from tests.conftest import throw_away
from tests.support.vaulted import assert_vault_is_on_record

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

FEW, MANY, N_STEPS = 2, 100, 12


@pytest.fixture(scope="module")
def number(past: Path) -> str:
    made = make.agreement()
    make.delivered(made)
    make.work_off()
    return made.number


# What people do; what may not be, is refused and changes nothing.


def author(made: Agreement) -> None:
    run = made.runs.filter(state="linked").first()
    if run is not None:
        analyst = make.who(made, "district", Role.ANALYST)
        releases.author_release(
            run=run,
            title="Absence",
            context="",
            asked=make.asked(run),
            actor=analyst,
        )


def propose(made: Agreement) -> None:
    for release in made.releases.filter(state="draft"):
        releases.propose(release=release, actor=release.author)


def approve(kind: str) -> Callable[[Agreement], None]:
    def deed(made: Agreement) -> None:
        for release in made.releases.filter(state="proposed"):
            decision = release.decisions.get(owner__kind=kind)
            steward = make.holder(decision.owner, Role.STEWARD)
            releases.decide(decision=decision, approve=True, reason="", actor=steward)

    return deed


def publish(made: Agreement) -> None:
    for deed in (author, work, propose, approve("pha"), approve("district")):
        deed(made)


def withdraw_release(made: Agreement) -> None:
    release = made.releases.filter(state="published").first()
    if release is not None:
        steward = make.who(made, "pha", Role.STEWARD)
        releases.withdraw(release=release, reason="Wrong.", actor=steward)


def work_once(made: Agreement) -> None:
    for job_id in jobs.lapsed()[:1]:
        jobs.run(job_id)


def work(made: Agreement) -> None:
    make.work_off()


def hold(made: Agreement) -> None:
    if not made.holds.filter(closed_at=None).exists():
        make.hold(made)


def close_holds(made: Agreement) -> None:
    for each in made.holds.filter(closed_at=None):
        counsel = make.holder(each.owner, Role.COUNSEL)
        obligations.close_hold(hold=each, actor=counsel)


DEEDS: tuple[Callable[[Agreement], object], ...] = (
    publish,
    make.housing_list,
    make.student_records,
    *(author, propose, approve("pha"), approve("district")),
    *(withdraw_release, work_once, work, work, hold, close_holds),
)


# What must hold


def assert_sound(made: Agreement) -> None:
    """Demand that nothing rests on a withdrawn delivery, unless it says so."""
    for run in made.runs.all():
        gone = {run.tenants.state, run.students.state} & {"withdrawn"}
        assert (run.state == "withdrawn") == bool(gone)
    assert made.runs.filter(state="linked").count() <= 1
    for release in Release.objects.select_related("run"):
        is_gone = release.run.state == "withdrawn"
        assert not (is_gone and release.state in OPEN)
        if release.published_at is not None:
            assert (release.source_withdrawn_at is not None) == is_gone
            assert not is_gone or release.published_at < release.source_withdrawn_at
        if release.state in OPEN:
            newer = made.runs.filter(pk__gt=release.run_id, state="linked")
            assert not newer.filter(school_year=release.period).exists()
    assert_vault_is_on_record()
    for delivery in made.deliveries.exclude(all_destroyed_at=None):
        assert not holdings_of(delivery).exists()


class Delivering(RuleBasedStateMachine):
    """Stewards, an analyst and a worker, in any order."""

    number: str
    past: Path
    numbers = count()

    @initialize()
    def begin(self) -> None:
        """Enter a copy of the past, which is undone afterwards."""
        home = self.past.with_name(f"order-{next(self.numbers)}")
        shutil.copytree(self.past, home)
        self.stack = ExitStack()
        self.stack.callback(shutil.rmtree, home)
        self.stack.enter_context(override_settings(**throw_away(home)))
        self.stack.enter_context(transaction.atomic())
        self.made = Agreement.objects.get(number=self.number)

    @rule(deed=st.sampled_from(DEEDS))
    def act(self, deed: Callable[[Agreement], object]) -> None:
        """Let somebody do something."""
        self._try(lambda: deed(self.made))

    @rule(which=st.integers(0, 5), wrong=st.sampled_from(Delivery.Wrong.values))
    @precondition(lambda self: self.made.deliveries.exists())
    def withdraw(self, which: int, wrong: str) -> None:
        """Let a sender withdraw one of its deliveries, the newest more often."""
        rows = list(self.made.deliveries.all())
        row = rows[min(which, len(rows) - 1)]
        steward = make.holder(row.sender, Role.STEWARD)
        self._try(lambda: withdraw_delivery(delivery=row, wrong=wrong, actor=steward))

    def _try(self, do: Callable[[], object]) -> None:
        before = ledger.head(self.made.chain)
        try:
            with transaction.atomic():
                do()
        except RuleBroken:
            assert ledger.head(self.made.chain) == before

    @invariant()
    def is_sound(self) -> None:
        """Hold after every step."""
        if hasattr(self, "stack"):
            assert_sound(self.made)

    def teardown(self) -> None:
        """Let everything be worked off; then the right files can still be released."""
        with self.stack:
            close_holds(self.made)
            make.minute()
            withdrawn = self.made.deliveries.filter(state="withdrawn")
            assert not withdrawn.filter(all_destroyed_at=None).exists()
            make.housing_list(self.made)
            make.student_records(self.made)
            make.work_off()
            for release in self.made.releases.filter(state="draft"):
                releases.discard(release=release, actor=release.author)
            publish(self.made)
            newest = self.made.releases.first()
            assert newest is not None
            assert (newest.state, newest.source_note) == ("published", "")
            assert_sound(self.made)
            assert list(ledger.verify()) == []
            transaction.set_rollback(True)


def deliver(number: str, past: Path, *, n_examples: int) -> None:
    Delivering.number, Delivering.past = number, past
    run_state_machine_as_test(
        Delivering,
        settings=settings(
            max_examples=n_examples,
            stateful_step_count=N_STEPS,
            deadline=None,
            database=None,
            derandomize=n_examples == FEW,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_nothing_rests_on_what_was_withdrawn(number: str, past: Path) -> None:
    deliver(number, past, n_examples=FEW)


@pytest.mark.prove
def test_nothing_rests_on_what_was_withdrawn_in_many_orders(
    number: str, past: Path
) -> None:
    deliver(number, past, n_examples=MANY)
