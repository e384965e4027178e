"""Targets from a printed baseline to every party's word, and what was done for them."""

import datetime as dt
import html
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from django.test import Client

from accounts.acts import Conflict, Refused, RuleBroken
from accounts.models import LedgerEntry, User
from agreements.services import terms
from indicators.models import Intervention, Release, Target
from indicators.services import goals
from indicators.services.goals import Aim
from partnerships.models import Notice
from partnerships.roles import Role
from tests import make
from tests.support.counting import n_queries
from tests.support.world_of_data import aim_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]

BUILDING, NAME = "WA001000083", "High Point Phase I"
HIDDEN = "WA001000038"
STEPS = (("2022–23", 20), ("2025–26", 10))
TYPED = {
    "value": BUILDING,
    "short_year": "2022–23",
    "short_percent": "20",
    "long_year": "2025–26",
    "long_percent": "10",
    "reason": "Outreach begins in the autumn.",
}


@pytest.fixture(scope="module")
def key(past: Path) -> int:
    return make.released().pk


@pytest.fixture
def release(key: int) -> Release:
    return Release.objects.get(pk=key)


def director(release: Release) -> User:
    return make.who(release.agreement, "pha", Role.DIRECTOR)


def superintendent(release: Release) -> User:
    return make.who(release.agreement, "district", Role.SUPERINTENDENT)


def analyst(release: Release) -> User:
    return make.who(release.agreement, "district", Role.ANALYST)


def aim(
    release: Release,
    *,
    value: str = BUILDING,
    steps: tuple[tuple[str, int], tuple[str, int]] = STEPS,
) -> Aim:
    return replace(aim_of(release, "building", value), steps=steps)


def proposed(release: Release, actor: User) -> Target:
    return goals.propose_target(
        release=release, aim=aim(release), reason="", actor=actor
    )


def decided(target: Target, actor: User, kind: str, *, agree: bool = True) -> None:
    goals.decide_target(
        decision=target.decisions.get(party__kind=kind),
        agree=agree,
        reason="" if agree else "Too far.",
        actor=actor,
    )
    target.refresh_from_db()


def agreed(release: Release) -> Target:
    target = proposed(release, director(release))
    decided(target, superintendent(release), "district")
    return target


def state(release: Release, *buildings: str) -> Intervention:
    return goals.state_intervention(
        release=release,
        what="Outreach",
        provider="Neighbours",
        dim="building" if buildings else "",
        places=buildings,
        first_on=dt.date(2022, 2, 1),
        last_on=None,
        actor=director(release),
    )


def text_of(client: Client, path: str) -> str:
    page = client.get(path)
    assert page.status_code == 200, path
    return html.unescape(page.content.decode())


# From a proposal to every party's word


def test_a_target_is_proposed_agreed_by_all_and_then_shown(release: Release) -> None:
    page = f"/dashboards/{release.pk}/"
    client = make.signed_in(analyst(release))
    assert "Propose a target" in text_of(client, page)
    form = text_of(client, f"{page}target/")
    assert NAME in form
    assert "Cedarvale Village" not in form
    moved = client.post(f"{page}target/", TYPED)
    target = Target.objects.get()
    assert moved["Location"] == target.get_absolute_url()
    assert (target.state, target.baseline_text) == ("proposed", "21–39%")
    told = Notice.objects.filter(subject__endswith="a target waits for your decision")
    assert {each.recipient for each in told} == {
        director(release),
        superintendent(release),
    }
    for person in (director(release), superintendent(release)):
        assert "Target for 2022–23: 20%" not in text_of(client, page)
        own = make.signed_in(person)
        assert "on the target" in text_of(own, "/")
        shown = text_of(own, target.get_absolute_url())
        assert "Outreach begins in the autumn." in shown
        (path,) = {
            f"/dashboards/goals/decisions/{each.pk}/"
            for each in target.decisions.all()
            if f"/dashboards/goals/decisions/{each.pk}/" in shown
        }
        assert own.post(path, {"agree": "1"}).status_code == 302
        assert "on the target" not in text_of(own, "/")
    target.refresh_from_db()
    assert target.state == "agreed"
    shown = text_of(client, page)
    assert "Target for 2022–23: 20%" in shown
    assert "Targets: Chronic absence, compared as whole percents" in shown
    acts = LedgerEntry.objects.filter(chain=release.agreement.chain)
    assert acts.filter(act="indicators.decide_target").count() == 2


def test_who_signs_and_proposes_has_agreed_for_its_party_alone(
    release: Release,
) -> None:
    target = proposed(release, director(release))
    states = dict(target.decisions.values_list("party__kind", "state"))
    assert states == {"pha": "agreed", "district": "open"}
    assert target.state == "proposed"


def test_one_refusal_says_why_and_ends_it(release: Release) -> None:
    target = proposed(release, director(release))
    decision = target.decisions.get(party__kind="district")
    client = make.signed_in(superintendent(release))
    for said, why in (({"decline": "1"}, b"Say why"), ({}, b"agree or decline")):
        answer = client.post(f"/dashboards/goals/decisions/{decision.pk}/", said)
        assert answer.status_code == 422
        assert why in answer.content
    decided(target, superintendent(release), "district", agree=False)
    assert (target.state, target.end_reason) == ("declined", "Too far.")
    with pytest.raises(Conflict, match="not open for decision"):
        decided(target, superintendent(release), "district")


def test_nobody_decides_for_another_party(release: Release) -> None:
    target = proposed(release, analyst(release))
    for actor, kind in (
        (director(release), "district"),
        (superintendent(release), "pha"),
        (analyst(release), "district"),
        (make.who(release.agreement, "district", Role.STEWARD), "district"),
        (make.superuser(), "pha"),
    ):
        with pytest.raises(Refused):
            decided(target, actor, kind)
        path = (
            f"/dashboards/goals/decisions/{target.decisions.get(party__kind=kind).pk}/"
        )
        assert make.signed_in(actor).post(path).status_code in (403, 404)
    both = director(release)
    decided(target, both, "pha")
    district = target.decisions.get(party__kind="district").party
    make.membership(both, district, Role.SUPERINTENDENT)
    with pytest.raises(Refused, match="You decided for another party"):
        decided(target, both, "district")
    with pytest.raises(Conflict, match="has decided already"):
        decided(target, both, "pha")


def test_stewards_and_strangers_propose_nothing(release: Release) -> None:
    steward = make.who(release.agreement, "pha", Role.STEWARD)
    path = f"/dashboards/{release.pk}/target/"
    assert make.signed_in(steward).post(path, TYPED).status_code == 403
    stranger = make.who(make.agreement(), "pha", Role.DIRECTOR)
    client = make.signed_in(stranger)
    assert client.post(path, TYPED).status_code == 404
    target = proposed(release, director(release))
    assert client.get(target.get_absolute_url()).status_code == 404
    assert target.measure_label not in text_of(client, "/dashboards/goals/")


# What it starts from


@pytest.mark.parametrize(
    ("value", "steps", "said"),
    [
        (HIDDEN, STEPS, "is not printed as a range"),
        (BUILDING, (("2022–23", 40), ("2025–26", 10)), "must go on from the baseline"),
        (BUILDING, (("2022–23", 10), ("2025–26", 20)), "must go on from the baseline"),
        (BUILDING, (("2025–26", 20), ("2022–23", 10)), "Correct the school years"),
        (BUILDING, (("2021–22", 20), ("2022–23", 10)), "Correct the school years"),
    ],
)
def test_a_target_goes_on_from_what_is_printed(
    release: Release,
    value: str,
    steps: tuple[tuple[str, int], tuple[str, int]],
    said: str,
) -> None:
    of = aim(release, value=value, steps=steps)
    with pytest.raises(RuleBroken, match=said):
        goals.propose_target(
            release=release, aim=of, reason="", actor=director(release)
        )


def test_what_was_typed_stands_in_the_form_again(release: Release) -> None:
    client = make.signed_in(director(release))
    answer = client.post(
        f"/dashboards/{release.pk}/target/", TYPED | {"short_percent": "60"}
    )
    assert answer.status_code == 422
    text = html.unescape(answer.content.decode())
    assert "must go on from the baseline" in text
    assert "Outreach begins in the autumn." in text
    assert 'value="60"' in text
    assert not Target.objects.exists()


# Afterwards


def test_a_new_target_supersedes_the_one_before_once_all_agree(
    release: Release,
) -> None:
    first = agreed(release)
    second = proposed(release, director(release))
    first.refresh_from_db()
    assert first.state == "agreed"
    decided(second, superintendent(release), "district")
    first.refresh_from_db()
    assert (first.state, second.state) == ("superseded", "agreed")


def test_each_party_may_step_out_of_what_it_agreed(release: Release) -> None:
    target = agreed(release)
    with pytest.raises(RuleBroken, match="Say why"):
        goals.withdraw_target(target=target, reason=" ", actor=director(release))
    with pytest.raises(Refused):
        goals.withdraw_target(target=target, reason="No.", actor=analyst(release))
    client = make.signed_in(superintendent(release))
    path = f"{target.get_absolute_url()}end/"
    blank = client.post(path, {"reason": " "})
    assert (blank.status_code, b"Say why" in blank.content) == (422, True)
    assert client.post(path, {"reason": "No money."}).status_code == 302
    assert "No money." in text_of(client, target.get_absolute_url())
    assert "Target for 2022" not in text_of(client, f"/dashboards/{release.pk}/")
    with pytest.raises(Conflict, match="ended already"):
        goals.withdraw_target(target=target, reason="No.", actor=director(release))


def test_only_who_proposed_takes_a_proposal_back(release: Release) -> None:
    target = proposed(release, analyst(release))
    with pytest.raises(Refused, match="You may decline it"):
        goals.withdraw_target(target=target, reason="No.", actor=director(release))
    goals.withdraw_target(target=target, reason="Later.", actor=analyst(release))
    target.refresh_from_db()
    assert target.state == "withdrawn"


# What was done


def test_what_is_only_proposed_ends_with_the_agreement(release: Release) -> None:
    kept, waiting = agreed(release), proposed(release, analyst(release))
    terms.terminate(
        agreement=release.agreement, reason="Done.", actor=director(release)
    )
    for target, state in ((kept, "agreed"), (waiting, "withdrawn")):
        target.refresh_from_db()
        assert target.state == state
    head = make.signed_in(superintendent(release))
    assert "on the target" not in text_of(head, "/")
    assert "The agreement has ended" in text_of(head, waiting.get_absolute_url())


def test_what_was_done_stands_in_the_chart_of_its_building(release: Release) -> None:
    agreed(release)
    client = make.signed_in(director(release))
    path = f"/dashboards/{release.pk}/done/"
    typed = {
        "what": "Enrolment events",
        "provider": "Neighbours First",
        "places": [BUILDING],
        "first_on": "2022-02-01",
        "last_on": "2022-01-01",
    }
    wrong = client.post(path, typed)
    assert wrong.status_code == 422
    assert b"The last day is before the first" in wrong.content
    assert client.post(path, typed | {"last_on": ""}).status_code == 302
    shown = text_of(client, f"/dashboards/{release.pk}/")
    assert "Enrolment events, by Neighbours First, from February 1, 2022" in shown
    assert "Chronic absence where service providers work" in shown
    assert shown.count('class="site-chart__marker"') == 2
    assert "Enrolment events" in text_of(client, "/dashboards/goals/")


def test_targets_and_what_was_done_ask_the_database_a_fixed_few_times(
    release: Release,
) -> None:
    client = make.signed_in(analyst(release))
    pages = (f"/dashboards/{release.pk}/", "/dashboards/goals/")
    agreed(release)
    state(release)
    few = [n_queries(partial(client.get, page)) for page in pages]
    for _ in range(3):
        state(release)
    assert [n_queries(partial(client.get, page)) for page in pages] == few
    assert few[0] < 15


def test_goals_are_found_among_the_dashboards(release: Release) -> None:
    page = make.signed_in(director(release)).get("/dashboards/goals/")
    assert '<a href="/dashboards/" aria-current="page">' in page.content.decode()


def test_only_its_own_party_takes_back_what_it_stated(release: Release) -> None:
    row = state(release)
    path = f"/dashboards/goals/done/{row.pk}/withdraw/"
    assert make.signed_in(superintendent(release)).post(path).status_code == 403
    client = make.signed_in(director(release))
    assert client.post(path).status_code == 302
    assert Intervention.objects.get().state == "withdrawn"
    assert "Outreach" not in text_of(client, f"/dashboards/{release.pk}/")
    assert client.post(path).status_code == 409
    with pytest.raises(RuleBroken, match="Choose places that the release shows"):
        state(release, "nowhere")
