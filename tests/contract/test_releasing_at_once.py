"""Two people at once on one file or release: one outcome each, fifty times."""

from collections import Counter
from collections.abc import Callable

import pytest
from django.urls import reverse

from agreements import presets
from agreements.models import Agreement
from indicators.models import Release
from indicators.services import linkage
from partnerships.models import Notice
from partnerships.roles import Role
from tests import make
from tests.contract.racing import (
    LATE,
    N_TIMES,
    WON,
    Begin,
    Post,
    acts_of,
    assert_whole,
    loading,
    n_jobs,
    n_times,
    people,
    posting,
    statuses,
    together,
)
from tests.support import town
from tests.support.at_door import waiting

pytestmark = pytest.mark.prove  # fifty times each takes minutes


# Loading


def waiting_for_a_list() -> None:
    made = make.agreement()
    agency = made.partnership.organisations.get(kind="pha")
    make.person("Sid Steward", agency, Role.STEWARD)
    make.student_records(made)


def test_loading_the_same_file_twice(begin: Begin) -> None:
    race, children = begin(waiting_for_a_list), town.children()
    firsts = Counter[str]()
    with race.again(0) as chance:
        made = Agreement.objects.get()
        stewards = people(made, "pha", Role.STEWARD)
        for i in range(N_TIMES):
            content = town.tenants_csv(children[i:] + children[:i])
            pair = stewards[0], stewards[i % 2]
            arrival = waiting(made, presets.HOUSING_LIST, content)
            acts = (loading(arrival, one) for one in pair)
            answers = together(chance, *acts)
            assert set(statuses(answers)) <= {WON, LATE}
            assert WON in statuses(answers)
            delivery = made.deliveries.get(flow=presets.HOUSING_LIST, state="accepted")
            receipt = reverse("delivery", args=[delivery.pk])
            led = {a["Location"] for a in answers if a.status_code == WON}
            assert led == {receipt}
            assert made.deliveries.filter(flow=presets.HOUSING_LIST).count() == i + 1
            assert made.holdings.filter(kind="tenants").count() == i + 1
            assert made.runs.count() == i + 1
            assert n_jobs(linkage.JOB, made.runs.first()) == 1
            actors = acts_of(made, "indicators.receive")
            assert len(actors) == 1 + i + 1  # the district's came first
            assert actors[-1] == f"user:{delivery.delivered_by_id}"
            firsts[actors[-1]] += len(set(pair)) == 2
            assert_whole()
    assert len(+firsts) == 2


# Deciding


def two_owners_asked() -> None:
    make.released(until="proposed")


def deciding(made: Release, kind: str, **fields: str) -> Post:
    steward = make.who(made.agreement, kind, Role.STEWARD)
    decision = made.decisions.get(owner__kind=kind)
    return posting(steward, reverse("decide_release", args=[decision.pk]), **fields)


def agency_has_approved(made: Release) -> None:
    assert deciding(made, "pha", approve="1")().status_code == WON


def the_same_steward(made: Release) -> list[Post]:
    return [deciding(made, "pha", approve="1") for _ in range(2)]


def both_owners(made: Release) -> list[Post]:
    return [deciding(made, kind, approve="1") for kind in ("pha", "district")]


def yes_and_no(made: Release) -> list[Post]:
    yes = deciding(made, "pha", approve="1")
    return [yes, deciding(made, "district", decline="1", reason="Wait for spring.")]


def yes_and_stop(made: Release) -> list[Post]:
    yes = deciding(made, "pha", approve="1")
    return [yes, deciding(made, "district", stop="1", reason="One child is told.")]


def last_yes_and_discard(made: Release) -> list[Post]:
    agency_has_approved(made)
    path = reverse("discard_release", args=[made.pk])
    return [deciding(made, "district", approve="1"), posting(made.author, path)]


def last_yes_and_withdrawal(made: Release) -> list[Post]:
    agency_has_approved(made)
    steward = make.who(made.agreement, "pha", Role.STEWARD)
    path = reverse("withdraw_release", args=[made.pk])
    withdrawal = posting(steward, path, reason="A wrong calendar.")
    return [deciding(made, "district", approve="1"), withdrawal]


# What the two are answered, and how the release stands then.
OUTCOMES: dict[Callable[[Release], list[Post]], dict[tuple[int, int], str]] = {
    the_same_steward: {(WON, LATE): "proposed", (LATE, WON): "proposed"},
    both_owners: {(WON, WON): "published"},
    yes_and_no: {(WON, WON): "declined"},
    yes_and_stop: {(WON, WON): "stopped", (LATE, WON): "stopped"},
    last_yes_and_discard: {(WON, LATE): "published", (LATE, WON): "discarded"},
    last_yes_and_withdrawal: {(WON, LATE): "published", (WON, WON): "withdrawn"},
}


def test_deciding_a_release_twice(begin: Begin) -> None:
    race, seen = begin(two_owners_asked), Counter[tuple[str, str]]()
    for i in range(N_TIMES):
        scene = list(OUTCOMES)[i % len(OUTCOMES)]
        with race.again(i) as chance:
            made = Release.objects.get()
            head_starts = [0.05, 0.05]
            first, second = statuses(together(chance, *scene(made), spread=head_starts))
            made.refresh_from_db()
            assert OUTCOMES[scene].get((first, second)) == made.state
            seen[scene.__name__, made.state] += 1
            is_published = made.state in ("published", "withdrawn")
            assert n_times(made, "published") == is_published
            told = Notice.objects.filter(key__startswith=f"release:{made.pk}:published")
            assert told.count() == is_published
            for kind in ("pha", "district"):
                decision = made.decisions.get(owner__kind=kind)
                assert n_times(decision, "approved") <= 1
                assert decision.history.exclude(state="open").count() <= 1
            is_settled = is_published or made.state == "declined"
            assert len(acts_of(made.agreement, "indicators.decide")) == is_settled
    assert seen["last_yes_and_discard", "published"]
    assert seen["last_yes_and_discard", "discarded"]
