"""Two people at once, through the doors they use: one outcome each, fifty times."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import LedgerEntry, User
from agreements import presets
from agreements.models import Agreement
from agreements.services import signing
from indicators.models import Release
from indicators.services import linkage
from partnerships.models import Notice, Partnership
from partnerships.roles import Role
from tests import make
from tests.contract.racing import (
    LATE,
    N_TIMES,
    WON,
    Begin,
    acts_of,
    assert_whole,
    browser,
    n_jobs,
    n_times,
    statuses,
    together,
)
from tests.support import town

pytestmark = pytest.mark.contract
Post = Callable[[], Any]


def people(made: Agreement, kind: str, role: Role) -> list[User]:
    """Return who holds a role on one side, oldest first."""
    owner = made.partnership.organisations.get(kind=kind)
    memberships = owner.memberships.filter(role=role).order_by("pk")
    return [membership.user for membership in memberships]


def posting(person: User, path: str, **fields: Any) -> Post:
    """Return how a person, signed in already, presses a button."""
    client = browser(person)
    return lambda: client.post(path, fields)


# Approving


def two_in_review() -> None:
    joined = make.partners()
    agency = joined.organisations.get(kind="pha")
    make.person("Cora Counsel", agency, Role.COUNSEL)
    make.agreement(joined, until="review")


def approving(made: Agreement, person: User, kind: str) -> Post:
    approval = made.rounds.get().approvals.get(owner__kind=kind)
    path = reverse("review", args=[made.number])
    return posting(person, path, approval=approval.pk, approve="1")


def test_approving_twice(begin: Begin) -> None:
    race, firsts = begin(two_in_review), Counter[str]()
    for i in range(N_TIMES):
        with race.again(i) as chance:
            made = Agreement.objects.get()
            one, colleague = people(made, "pha", Role.COUNSEL)
            (solicitor,) = people(made, "district", Role.COUNSEL)
            kind, other = [
                ("pha", one),  # in two browsers
                ("pha", colleague),
                ("district", solicitor),
            ][i % 3]
            answers = together(
                chance, approving(made, one, "pha"), approving(made, other, kind)
            )
            is_everybody = kind == "district"
            made.refresh_from_db()
            expected = [WON, WON] if is_everybody else [WON, LATE]
            assert sorted(statuses(answers)) == expected
            assert made.state == ("approved" if is_everybody else "review")
            assert n_times(made, "approved") == is_everybody
            assert n_jobs(signing.RENDER, made) == is_everybody
            actors = acts_of(made, "agreements.approve")
            assert len(actors) == 1 + is_everybody
            approved = made.rounds.get().approvals.filter(state="approved")
            assert {f"user:{row.decided_by_id}" for row in approved} == set(actors)
            firsts[actors[0]] += other != one
    assert len(+firsts) == 3  # each of them was first at some time


# Starting and inviting


def test_pressing_a_button_twice(begin: Begin) -> None:
    race = begin(two_in_review)
    for i in range(5):
        with race.again(i) as chance:
            joined = Partnership.objects.get()
            agency = joined.organisations.get(kind="pha")
            director = make.holder(agency, Role.DIRECTOR)
            path = reverse("draft_start")
            token = browser(director).get(path).context["form"]["token"].value()
            start = posting(director, path, partnership=joined.pk, token=token)
            first, second = together(chance, start, start)
            assert statuses([first, second]) == [WON, WON]
            assert first["Location"] == second["Location"]
            assert joined.agreements.filter(state="draft").count() == 1
            admin = make.person("Ad Ministrator", agency, Role.ADMINISTRATOR)
            invite = posting(
                admin,
                reverse("people"),
                name="New Comer",
                email="new@example.org",
                organisation=agency.pk,
                role="analyst",
            )
            answers = together(chance, invite, invite)
            assert sorted(each.status_code for each in answers) == [WON, LATE]
            newcomer = User.objects.get(email="new@example.org")
            assert newcomer.memberships.count() == 1


# Signing


def signing_form(made: Agreement, person: User) -> Post:
    return posting(
        person,
        reverse("sign", args=[made.number]),
        digest=signing.frozen_of(made).sha256,
        typed_name=person.name,
        intends="on",
        consents="on",
        password=make.PASSWORD,
    )


def editing(made: Agreement, director: User) -> Post:
    """Return how a director takes a text back to its draft and changes it."""
    client = browser(director)

    def edit() -> Any:
        response = client.post(reverse("reopen", args=[made.number]))
        fields = {"title": "Another title", "purpose": "learn something else"}
        client.post(reverse("draft_section", args=[made.number, "purpose"]), fields)
        return response

    return edit


def test_signing_while_an_edit_lands(begin: Begin) -> None:
    race = begin(lambda: make.agreement(until="signing"))
    signed = Counter[int]()
    for i in range(N_TIMES):
        with race.again(i) as chance:
            made = Agreement.objects.get()
            director = make.who(made, "pha", Role.DIRECTOR)
            signatory = make.who(made, "district", Role.SUPERINTENDENT)
            frozen = signing.frozen_of(made)
            assert signing_form(made, director)().status_code == WON
            acts = signing_form(made, signatory), editing(made, director)
            answers = statuses(together(chance, *acts, spread=[0.02, 0.25]))
            signed[answers[0]] += 1
            assert answers[0] in (WON, LATE)
            assert answers[1] == WON
            assert n_jobs(signing.EXECUTE, made) == (answers[0] == WON)
            make.work_off()
            made.refresh_from_db()
            assert (made.state, made.purpose) == ("draft", "learn something else")
            assert not made.documents.exclude(pk=frozen.pk).exists()
            assert made.signatures.count() == 1 + (answers[0] == WON)
            assert {each.digest for each in made.signatures.all()} == {frozen.sha256}
            reopened_at = LedgerEntry.objects.get(act="agreements.reopen").at
            for signature in made.signatures.all():
                assert signature.signed_at < reopened_at
    assert len(signed) == 2  # before the edit at some times, and too late at others


def test_both_signing_at_once(begin: Begin) -> None:
    race, firsts = begin(lambda: make.agreement(until="signing")), Counter[str]()
    for i in range(N_TIMES // 2):
        with race.again(i) as chance:
            made = Agreement.objects.get()
            frozen = signing.frozen_of(made)
            pair = (
                make.who(made, "pha", Role.DIRECTOR),
                make.who(made, "district", Role.SUPERINTENDENT),
            )
            answers = together(chance, *(signing_form(made, one) for one in pair))
            assert statuses(answers) == [WON, WON]
            assert n_jobs(signing.EXECUTE, made) == 1
            assert made.signatures.count() == 2
            assert {each.digest for each in made.signatures.all()} == {frozen.sha256}
            firsts[acts_of(made, "agreements.sign")[0]] += 1
            if i == 0:
                make.work_off()
            made.refresh_from_db()
            assert made.state == ("signing" if i else "in_force")
            assert made.documents.filter(kind="executed").count() == (i == 0)
    assert len(firsts) == 2


# Loading


def waiting_for_a_list() -> None:
    made = make.agreement()
    agency = made.partnership.organisations.get(kind="pha")
    make.person("Sid Steward", agency, Role.STEWARD)
    make.student_records(made)


def loading(made: Agreement, person: User, content: bytes) -> Post:
    flow = made.flows.get(key=presets.HOUSING_LIST)
    client = browser(person)
    file = SimpleUploadedFile("tenants.csv", content)
    fields = {"content": [file], "attests_exclusions": "on"}
    return lambda: client.post(reverse("upload", args=[flow.pk]), fields)


def test_loading_the_same_file_twice(begin: Begin) -> None:
    race, children = begin(waiting_for_a_list), town.children()
    firsts, n_sealed_twice = Counter[str](), 0
    with race.again(0) as chance:
        made = Agreement.objects.get()
        stewards = people(made, "pha", Role.STEWARD)
        for i in range(N_TIMES):
            content = town.tenants_csv(children[i:] + children[:i])
            pair = stewards[0], stewards[i % 2]
            acts = (loading(made, one, content) for one in pair)
            n_destroyed = len(destroyed_keys())
            answers = together(chance, *acts)
            assert statuses(answers) == [WON, WON]
            delivery = made.deliveries.get(flow=presets.HOUSING_LIST, state="accepted")
            receipt = reverse("delivery", args=[delivery.pk])
            assert {answer["Location"] for answer in answers} == {receipt}
            said = [str(each) for a in answers for each in get_messages(a.wsgi_request)]
            assert len(said) == 1
            assert "These very files arrived on" in said[0]
            assert made.deliveries.filter(flow=presets.HOUSING_LIST).count() == i + 1
            assert made.holdings.filter(kind="tenants").count() == i + 1
            assert made.runs.count() == i + 1
            assert n_jobs(linkage.JOB, made.runs.first()) == 1
            actors = acts_of(made, "indicators.receive")
            assert len(actors) == 1 + i + 1  # the district's came first
            assert actors[-1] == f"user:{delivery.delivered_by_id}"
            firsts[actors[-1]] += len(set(pair)) == 2
            n_sealed_twice += len(destroyed_keys()) > n_destroyed
            assert_whole()
    assert n_sealed_twice  # at some time both were past all that is asked before
    assert len(+firsts) == 2


def destroyed_keys() -> list[Path]:
    """Return where the keystore's copy says that keys were destroyed."""
    return list(Path(settings.KEYSTORE_COPY_DIR, "tombstones/keys").rglob("*-*"))


# Deciding


def two_owners_asked() -> None:
    make.released(make.linked(make.agreement()), until="proposed")


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
    yes_and_no: {(WON, WON): "declined", (LATE, WON): "declined"},
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
            decided = made.decisions.exclude(state="open").count()
            assert len(acts_of(made.agreement, "indicators.decide")) == decided
    assert seen["last_yes_and_discard", "published"]
    assert seen["last_yes_and_discard", "discarded"]
