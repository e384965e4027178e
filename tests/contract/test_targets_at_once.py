"""Two people at once on the targets of one group: one outcome each, fifty times."""

from collections import Counter
from collections.abc import Callable

import pytest
from django.urls import reverse

from indicators.models import Release, Target
from indicators.services import goals
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
    n_times,
    posting,
    statuses,
    together,
)
from tests.support.world_of_data import aim_of

pytestmark = pytest.mark.prove  # fifty times takes minutes

SIGNERS = {"pha": Role.DIRECTOR, "district": Role.SUPERINTENDENT}
BUILDING = "WA001000083"


def published() -> None:
    make.released()


def proposed(made: Release, *, agreed_by: str = "") -> Target:
    """Return a target of an analyst's, to which one party may have agreed already."""
    analyst = make.who(made.agreement, "district", Role.ANALYST)
    target = goals.propose_target(
        release=made, aim=aim_of(made, "building", BUILDING), reason="", actor=analyst
    )
    if agreed_by:
        assert deciding(target, agreed_by, agree="1")().status_code == WON
    return target


def deciding(target: Target, kind: str, **fields: str) -> Post:
    signer = make.who(target.agreement, kind, SIGNERS[kind])
    decision = target.decisions.get(party__kind=kind)
    return posting(signer, reverse("decide_target", args=[decision.pk]), **fields)


def the_same_director(made: Release) -> list[Post]:
    target = proposed(made)
    return [deciding(target, "pha", agree="1") for _ in range(2)]


def both_parties(made: Release) -> list[Post]:
    target = proposed(made)
    return [deciding(target, kind, agree="1") for kind in SIGNERS]


def yes_and_no(made: Release) -> list[Post]:
    target = proposed(made)
    no = deciding(target, "district", decline="1", reason="Too far.")
    return [deciding(target, "pha", agree="1"), no]


def last_yes_and_withdrawal(made: Release) -> list[Post]:
    target = proposed(made, agreed_by="pha")
    path = reverse("withdraw_target", args=[target.pk])
    withdrawal = posting(target.proposed_by, path, reason="Another year.")
    return [deciding(target, "district", agree="1"), withdrawal]


def last_yes_to_two(made: Release) -> list[Post]:
    both = [proposed(made, agreed_by="pha") for _ in range(2)]
    return [deciding(each, "district", agree="1") for each in both]


# What the two are answered, and how the targets stand then, oldest first. An analyst
# takes back what is proposed, and does not speak for a party once all have agreed.
DENIED = 403
OUTCOMES: dict[Callable[[Release], list[Post]], dict[tuple[int, int], set[str]]] = {
    the_same_director: {(WON, LATE): {"proposed"}, (LATE, WON): {"proposed"}},
    both_parties: {(WON, WON): {"agreed"}},
    yes_and_no: {(WON, WON): {"declined"}, (LATE, WON): {"declined"}},
    last_yes_and_withdrawal: {
        (WON, DENIED): {"agreed"},
        (LATE, WON): {"withdrawn"},
    },
    last_yes_to_two: {(WON, WON): {"agreed superseded", "superseded agreed"}},
}


def test_deciding_targets_twice(begin: Begin) -> None:
    race, seen = begin(published), Counter[tuple[str, str]]()
    for i in range(N_TIMES):
        scene = list(OUTCOMES)[i % len(OUTCOMES)]
        with race.again(i) as chance:
            made = Release.objects.get()
            acts = scene(made)
            before = len(acts_of(made.agreement, "indicators.decide_target"))
            answers = together(chance, *acts, spread=[0.05, 0.05])
            pair = answers[0].status_code, answers[1].status_code
            statuses([each for each in answers if each.status_code != DENIED])
            targets = list(Target.objects.order_by("pk"))
            stand = " ".join(each.state for each in targets)
            assert stand in OUTCOMES[scene].get(pair, set()), (scene, pair, stand)
            seen[scene.__name__, stand] += 1
            for target in targets:
                is_set = target.state in ("agreed", "superseded")
                assert n_times(target, "agreed") == is_set
                told = Notice.objects.filter(
                    key__startswith=f"target:{target.pk}:agreed:"
                )
                assert told.count() == is_set
                for decision in target.decisions.all():
                    assert decision.history.exclude(state="open").count() <= 1
            decided = acts_of(made.agreement, "indicators.decide_target")[before:]
            n_won = pair.count(WON) - (stand == "withdrawn")
            assert len(decided) == n_won
    assert seen["last_yes_and_withdrawal", "agreed"]
    assert seen["last_yes_and_withdrawal", "withdrawn"]
    assert seen["last_yes_to_two", "agreed superseded"]
    assert seen["last_yes_to_two", "superseded agreed"]
