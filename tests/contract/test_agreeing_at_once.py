"""Two people at once on one agreement: one outcome each, fifty times."""

from collections import Counter
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import LedgerEntry, User
from agreements.models import Agreement
from agreements.services import signing
from partnerships.models import Partnership
from partnerships.roles import Role
from tests import make
from tests.contract.racing import (
    LATE,
    N_TIMES,
    WON,
    Begin,
    Post,
    acts_of,
    browser,
    n_jobs,
    n_times,
    people,
    posting,
    statuses,
    together,
)

pytestmark = pytest.mark.prove  # fifty times each takes minutes


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
        fields = {"title": "Another title", "text": "learn something else"}
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
            assert made.state == "draft"
            assert made.purposes.get().text == "learn something else"
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
