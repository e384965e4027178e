"""Who sees and does what with deliveries, linkages and releases, and why not."""

from pathlib import Path

import pytest

from accounts.acting import System, act
from accounts.models import User
from agreements import presets
from agreements.models import Agreement, DataFlow
from agreements.rules.vocabulary import Capacity
from agreements.services import terms
from indicators import policy
from indicators.models import LinkageRun, Release
from indicators.services import releases
from partnerships.roles import Role
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]


@pytest.fixture(scope="module")
def numbers(past: Path) -> dict[str, str]:
    running = make.released(until="draft").agreement
    draft = make.agreement(running.partnership, until="draft")
    return {"running": running.number, "draft": draft.number}


@pytest.fixture
def running(numbers: dict[str, str]) -> Agreement:
    return Agreement.objects.get(number=numbers["running"])


@pytest.fixture
def draft(numbers: dict[str, str]) -> Agreement:
    return Agreement.objects.get(number=numbers["draft"])


@pytest.fixture
def run(running: Agreement) -> LinkageRun:
    return running.runs.get()


@pytest.fixture
def release(running: Agreement) -> Release:
    return running.releases.get()


def flow(made: Agreement, key: str = presets.HOUSING_LIST) -> DataFlow:
    return made.flows.get(key=key)


def everybody(made: Agreement) -> dict[str, User]:
    return {
        f"{kind} {role}": make.who(made, kind, role)
        for kind, roles in (
            ("pha", (Role.DIRECTOR, Role.COUNSEL, Role.STEWARD)),
            (
                "district",
                (Role.COUNSEL, Role.STEWARD, Role.SUPERINTENDENT, Role.ANALYST),
            ),
        )
        for role in roles
    } | {
        "stranger": make.person("St Ranger", make.organisation(), Role.STEWARD),
        "superuser": make.superuser(),
    }


# Seeing


def test_receipts_are_seen_by_their_senders_and_by_who_links(
    running: Agreement,
) -> None:
    seen = {
        name: sorted(d.flow for d in policy.visible_deliveries(person))
        for name, person in everybody(running).items()
    }
    assert {name: flows for name, flows in seen.items() if flows} == {
        "pha steward": [presets.HOUSING_LIST],
        "district steward": [presets.HOUSING_LIST, presets.STUDENT_RECORDS],
    }


def test_runs_are_seen_by_who_works_on_them(running: Agreement) -> None:
    seeing = {
        name
        for name, person in everybody(running).items()
        if policy.visible_runs(person).exists()
    }
    assert seeing == {"district steward", "district analyst"}


def test_release_is_seen_by_its_makers_and_deciders_until_it_is_out(
    release: Release,
) -> None:
    people = everybody(release.agreement)
    linking = {"district steward", "district analyst"}
    deciding = linking | {"pha steward"}

    def seeing() -> set[str]:
        return {
            name
            for name, one in people.items()
            if policy.visible_releases(one).exists()
        }

    assert seeing() == linking
    releases.propose(release=release, actor=release.author)
    assert seeing() == deciding
    assert not any(policy.published_releases(one).exists() for one in people.values())
    for decision in release.decisions.all():
        steward = make.holder(decision.owner, Role.STEWARD)
        releases.decide(decision=decision, approve=True, reason="", actor=steward)
    published = release
    for name, person in people.items():
        is_partner = name not in ("stranger", "superuser")
        assert (published in policy.published_releases(person)) == is_partner, name


def test_only_flows_of_records_under_what_is_in_force_are_delivered(
    running: Agreement, draft: Agreement
) -> None:
    sent = {
        name: sorted(f.key for f in policy.deliverable_flows(person))
        for name, person in everybody(running).items()
    }
    assert {name: keys for name, keys in sent.items() if keys} == {
        "pha steward": [presets.HOUSING_LIST],
        "district steward": [presets.STUDENT_RECORDS],
    }


# Delivering and linking


def test_sender_delivers_under_what_is_in_force(
    running: Agreement, draft: Agreement
) -> None:
    steward = make.who(running, "pha", Role.STEWARD)
    assert policy.can_deliver(steward, flow(running)).clause == "C07"
    assert (
        "data steward may do this"
        in policy.can_deliver(steward, flow(running, presets.STUDENT_RECORDS)).reason
    )
    assert "no signed terms" in policy.can_deliver(steward, flow(draft)).reason


def test_linking_rests_on_the_linker_and_the_live_state(
    running: Agreement, draft: Agreement
) -> None:
    assert policy.can_link(running).clause == "C49"
    assert "no signed terms" in policy.can_link(draft).reason
    terms.pause(agreement=running, actor=make.who(running, "pha", Role.DIRECTOR))
    running.refresh_from_db()
    assert "Sharing is paused" in policy.can_link(running).reason


def test_agreement_without_a_linker_links_nothing(
    draft: Agreement, run: LinkageRun
) -> None:
    for made in (draft, run.agreement):
        with act("tests.unname", actor=make.SET_UP, chain=made.chain):
            for party in made.parties.all():
                party.capacities = [Capacity.OWNER.value]
                party.save()
        assert "names nobody to link" in policy.can_link(made).reason
    steward = make.who(run.agreement, "district", Role.STEWARD)
    assert "names nobody to link" in policy.can_steer_run(steward, run).reason


def test_run_is_steered_by_who_sees_names(run: LinkageRun) -> None:
    agreement = run.agreement
    steering = {
        name
        for name, person in everybody(agreement).items()
        if policy.can_steer_run(person, run)
    }
    assert steering == {"district steward"}
    newcomer = make.person(
        "Ne Wcomer",
        agreement.partnership.organisations.get(kind="district"),
        Role.STEWARD,
    )
    refused = policy.can_steer_run(newcomer, run)
    assert "access list does not let" in refused.reason
    assert refused.clause == "C10"


# Releasing


def test_release_is_authored_by_an_analyst_on_the_access_list(
    running: Agreement,
) -> None:
    authors = {
        name
        for name, person in everybody(running).items()
        if policy.can_author(person, running)
    }
    assert authors == {"district analyst"}
    refused = policy.can_author(make.who(running, "pha", Role.STEWARD), running)
    assert refused.reason.startswith("Only an analyst of one of the parties")


def test_what_the_agreement_lists_is_analysed(
    running: Agreement, draft: Agreement
) -> None:
    assert policy.can_analyse(running).clause == "C09"
    assert "is not in force" in policy.can_analyse(draft).reason


def test_release_is_proposed_by_its_author_once(release: Release) -> None:
    assert policy.can_propose(release.author, release)
    other = make.person(
        "An Other",
        release.agreement.partnership.organisations.get(kind="district"),
        Role.ANALYST,
    )
    assert policy.can_propose(other, release).reason.startswith("Only its author")
    release.state = "proposed"
    refused = policy.can_propose(release.author, release)
    assert refused.reason.startswith("Only a release whose tables are ready")


def test_published_release_is_withdrawn_by_any_owners_steward(
    release: Release,
) -> None:
    steward = make.who(release.agreement, "pha", Role.STEWARD)
    assert "Only a published release" in policy.can_withdraw(steward, release).reason
    releases.discard(release=release, actor=release.author)
    published = make.released(release.run)
    withdrawing = {
        name
        for name, person in everybody(published.agreement).items()
        if policy.can_withdraw(person, published)
    }
    assert withdrawing == {"pha steward", "district steward"}
    refused = policy.can_withdraw(published.author, published)
    assert refused.reason.startswith("Only the data steward of an owner")


# Destroying


def test_only_the_system_destroys(running: Agreement) -> None:
    assert policy.can_destroy(System("C17"))
    assert not policy.can_destroy(make.superuser())
