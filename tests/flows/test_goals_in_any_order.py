"""Targets in any order of proposals, decisions and ends: no party is ever outvoted."""

from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.acts import RuleBroken
from indicators.models import Release, Target, TargetDecision
from indicators.services import goals
from partnerships.roles import Role
from tests import make
from tests.support.world_of_data import aim_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

PEOPLE = (
    ("pha", Role.DIRECTOR),
    ("district", Role.SUPERINTENDENT),
    ("district", Role.ANALYST),
)
MOVES = st.lists(
    st.tuples(
        st.sampled_from(["propose", "agree", "decline", "end"]),
        st.integers(0, len(PEOPLE) - 1),
        st.integers(0, 5),
    ),
    max_size=14,
)


@pytest.fixture(scope="module")
def key(past: Path) -> int:
    return make.released().pk


def moved(release: Release, move: str, who: tuple[str, Role], place: int) -> None:
    """Try one move on one of the targets; what may not be done is refused."""
    actor = make.who(release.agreement, *who)
    if move == "propose":
        goals.propose_target(
            release=release, aim=aim_of(release), reason="", actor=actor
        )
        return
    targets = list(Target.objects.order_by("pk"))
    if not targets:
        return
    target = targets[place % len(targets)]
    if move == "end":
        goals.withdraw_target(target=target, reason="No money.", actor=actor)
        return
    decisions = target.decisions.order_by("pk")
    goals.decide_target(
        decision=decisions[place % 2],
        agree=move == "agree",
        reason="Too far.",
        actor=actor,
    )


def states() -> dict[int, tuple[str, tuple[tuple[str, int | None], ...]]]:
    """Return each target's state and what each party decided, by target."""
    return {
        row.pk: (
            row.state,
            tuple(row.decisions.order_by("pk").values_list("state", "decided_by")),
        )
        for row in Target.objects.all()
    }


def assert_kept(before: dict[int, object], after: dict[int, object]) -> None:
    """What has ended stays as it is."""
    ended = {"declined", "withdrawn", "superseded"}
    for key, was in before.items():
        assert isinstance(was, tuple)
        assert was[0] not in ended or after[key] == was


def assert_nobody_is_outvoted(release: Release) -> None:
    parties = set(release.agreement.parties.values_list("organisation", flat=True))
    for row in Target.objects.all():
        decisions = list(row.decisions.all())
        assert {each.party_id for each in decisions} == parties
        said = {each.state for each in decisions}
        if row.state in ("agreed", "superseded"):
            assert said == {TargetDecision.State.AGREED}
        if row.state == "proposed":
            assert TargetDecision.State.OPEN in said
        assert (row.state == "declined") == (TargetDecision.State.DECLINED in said)
    assert Target.objects.filter(state="agreed").count() <= 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES)
def test_no_party_is_outvoted_in_any_order(
    key: int, moves: list[tuple[str, int, int]]
) -> None:
    release = Release.objects.get(pk=key)
    with transaction.atomic():
        for move, person, place in moves:
            before = states()
            try:
                with transaction.atomic():
                    moved(release, move, PEOPLE[person], place)
            except RuleBroken:
                assert states() == before
            assert_kept(dict(before), dict(states()))
            assert_nobody_is_outvoted(release)
        transaction.set_rollback(True)
