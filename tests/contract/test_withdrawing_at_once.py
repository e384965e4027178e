"""A delivery is withdrawn while something else happens to it: one outcome each."""

import time
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from django.urls import reverse

from accounts import clock, jobs
from agreements import presets
from agreements.models import Agreement, Hold, Obligation
from agreements.services import obligations
from indicators.models import Delivery, Release
from indicators.services import destruction, linkage, withdrawing
from partnerships.roles import Role
from tests import make
from tests.contract.racing import (
    LATE,
    N_TIMES,
    WON,
    Begin,
    Post,
    Race,
    acts_of,
    assert_whole,
    loading,
    n_jobs,
    n_times,
    posting,
    statuses,
    together,
)
from tests.support import town
from tests.support.at_door import waiting

pytestmark = pytest.mark.prove  # fifty times each takes minutes

WITHDRAWN, ACCEPTED = "withdrawn", "accepted"


def housing(made: Agreement) -> Delivery:
    return made.deliveries.filter(sender__kind="pha").earliest("pk")


def withdrawing_it(made: Agreement) -> Post:
    row = housing(made)
    steward = make.holder(row.sender, Role.STEWARD)
    return posting(steward, reverse("wrong", args=[row.pk]), wrong="values")


def assert_gone(made: Agreement) -> None:
    """Demand that, once all is worked off, nothing is left of it and all is told."""
    make.work_off()
    row = housing(made)
    assert row.state == WITHDRAWN
    assert n_times(row, WITHDRAWN) == 1
    assert row.all_destroyed_at is not None
    assert not withdrawing.holdings_of(row).exists()
    assert len(acts_of(made, "indicators.withdraw_delivery")) == 1
    assert len(acts_of(made, "indicators.destroy_withdrawn")) == 1
    for run in made.runs.filter(tenants=row):
        assert run.state == WITHDRAWN
        assert not run.releases.filter(state__in=withdrawing.OPEN).exists()
    assert_whole()


# While it is linked


def a_run_waits() -> None:
    make.delivered(make.agreement())


def linking(made: Agreement) -> Callable[[], object]:
    return partial(jobs.run, jobs.latest(linkage.JOB, made.runs.get()).pk)


def twice_as_long_as(
    race: Race, act_in: Callable[[Agreement], Callable[[], object]]
) -> float:
    """Return within how many seconds the withdrawal comes, so that either is first."""
    with race.again(N_TIMES):
        act = act_in(Agreement.objects.get())
        began = time.monotonic()
        act()
        return 2 * (time.monotonic() - began)


def test_withdrawing_while_a_run_links(begin: Begin) -> None:
    race, seen = begin(a_run_waits), Counter[str]()
    longest = twice_as_long_as(race, linking)
    for i in range(N_TIMES):
        with race.again(i) as chance:
            made = Agreement.objects.get()
            run = made.runs.get()
            job = jobs.latest(linkage.JOB, run)
            acts = linking(made), withdrawing_it(made)
            _, answer = together(chance, *acts, spread=[0.1, longest])
            assert statuses([answer]) == [WON]
            job.refresh_from_db()
            seen[job.state] += 1
            assert job.state in ("done", "cancelled", "failed")
            assert (job.attempts, n_jobs(linkage.JOB, run)) == (1, 1)
            run.refresh_from_db()
            assert run.state == WITHDRAWN
            assert "was withdrawn on" in run.message
            assert len(acts_of(made, "indicators.link")) == n_times(run, "linked")
            assert_gone(made)
            assert set(made.holdings.filter(state="held").values_list("kind")) == {
                ("students",)
            }
    assert seen["cancelled"]
    assert seen["done"]


# While its release is decided, or other people act


def one_owner_is_left() -> None:
    made = make.agreement()
    release = make.released(make.linked(made), until="proposed")
    decision = release.decisions.get(owner__kind="pha")
    steward = make.who(made, "pha", Role.STEWARD)
    assert (
        posting(
            steward, reverse("decide_release", args=[decision.pk]), approve="1"
        )().status_code
        == WON
    )


def last_yes(made: Agreement) -> Post:
    release = made.releases.get()
    decision = release.decisions.get(owner__kind="district")
    steward = make.who(made, "district", Role.STEWARD)
    path = reverse("decide_release", args=[decision.pk])
    return posting(steward, path, approve="1")


def discard(made: Agreement) -> Post:
    release = made.releases.get()
    return posting(release.author, reverse("discard_release", args=[release.pk]))


def a_newer_list(made: Agreement) -> Post:
    content = town.tenants_csv(town.children()[1:])
    arrival = waiting(made, presets.HOUSING_LIST, content)
    return loading(arrival, make.who(made, "pha", Role.STEWARD))


def a_hold(made: Agreement) -> Post:
    counsel = make.who(made, "district", Role.COUNSEL)
    path = reverse("place_hold", args=[made.number])
    district = made.partnership.organisations.get(kind="district")
    return posting(counsel, path, owner=district.pk, reason="A request.")


# What the other one and the withdrawal are answered, and how release and list stand.
OUTCOMES: dict[
    Callable[[Agreement], Post], dict[tuple[int, int], set[tuple[str, str]]]
] = {
    last_yes: {
        (WON, WON): {("published", WITHDRAWN)},
        (LATE, WON): {("discarded", WITHDRAWN)},
    },
    discard: {
        (WON, WON): {("discarded", WITHDRAWN)},
        (LATE, WON): {("discarded", WITHDRAWN)},
    },
    a_newer_list: {(WON, WON): {("discarded", WITHDRAWN)}},
    a_hold: {(WON, WON): {("discarded", WITHDRAWN)}},
    withdrawing_it: {
        (WON, LATE): {("discarded", WITHDRAWN)},
        (LATE, WON): {("discarded", WITHDRAWN)},
    },
}


def test_withdrawing_while_others_act(begin: Begin) -> None:
    race, seen = begin(one_owner_is_left), Counter[tuple[str, str]]()
    longest = twice_as_long_as(race, last_yes)
    for i in range(N_TIMES):
        scene = list(OUTCOMES)[i % len(OUTCOMES)]
        with race.again(i) as chance:
            made = Agreement.objects.get()
            acts = scene(made), withdrawing_it(made)
            answers = together(chance, *acts, spread=[0.05, longest])
            first, second = statuses(answers)
            release, row = Release.objects.get(), housing(made)
            stand = (release.state, row.state)
            assert stand in OUTCOMES[scene].get((first, second), set())
            seen[scene.__name__, release.state] += 1
            assert bool(release.source_note) == (release.state == "published")
            for each in Hold.objects.all():
                make.work_off()
                assert withdrawing.holdings_of(row).exists()
                counsel = make.holder(each.owner, Role.COUNSEL)
                obligations.close_hold(hold=each, actor=counsel)
                withdrawing.destroy_what_is_left()
            assert_gone(made)
            current = made.deliveries.filter(sender__kind="pha", state=ACCEPTED)
            assert current.count() == (scene is a_newer_list)
    assert seen["last_yes", "published"]
    assert seen["last_yes", "discarded"]


# While it is destroyed as agreed


def lists_are_due() -> None:
    made = make.agreement()
    make.linked(made)
    clock.advance(days=90)
    obligations.fall_due()
    row = housing(made)
    withdrawing.withdraw_delivery(
        delivery=row, wrong="file", actor=make.holder(row.sender, Role.STEWARD)
    )


def test_destroying_what_is_withdrawn_and_due(begin: Begin) -> None:
    race = begin(lists_are_due)
    for i in range(N_TIMES // 2):
        with race.again(i) as chance:
            made = Agreement.objects.get()
            duty = made.obligations.get(state="due")
            assert duty.kind == Obligation.Kind.LINKING_LIST
            rows = (destruction.JOB, duty), (withdrawing.JOB, housing(made))
            acts = [partial(jobs.run, jobs.latest(*row).pk) for row in rows]
            together(chance, *acts, spread=[0.03, 0.03])
            for _ in range(2):
                obligations.fall_due()
                withdrawing.destroy_what_is_left()
                make.work_off()
            assert_gone(made)
            assert not made.holdings.filter(state="held").exists()
            duty.refresh_from_db()
            assert duty.state == "discharged"
