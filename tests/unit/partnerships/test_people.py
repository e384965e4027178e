"""Bringing a person in: account, invitation and role, all or none."""

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from accounts import ledger
from accounts.acts import Conflict, Refused
from accounts.models import LedgerEntry, User
from partnerships.models import Membership, Notice, Organisation
from partnerships.roles import Role
from partnerships.services import people
from partnerships.services.notices import deliver_pending
from partnerships.services.people import invite_to_role
from tests import make

pytestmark = pytest.mark.django_db
CHOSEN = "a password nobody else has"


@pytest.fixture
def agency() -> Organisation:
    return make.organisation(name="Riverbend")


@pytest.fixture
def admin(agency: Organisation) -> User:
    return make.person("Ad Example", agency, Role.ADMINISTRATOR)


def invite(agency: Organisation, actor: User, role: Role = Role.COUNSEL) -> Membership:
    return invite_to_role(
        email="grace@example.org",
        name="Grace Hopper",
        title="Counsel",
        organisation=agency,
        role=role,
        actor=actor,
    )


def test_new_person_gets_account_role_and_message(
    agency: Organisation, admin: User
) -> None:
    membership = invite(agency, admin)
    assert membership.user.email == "grace@example.org"
    assert Notice.objects.get().recipient == membership.user
    acts = list(LedgerEntry.objects.order_by("-pk").values_list("act", flat=True)[:2])
    assert acts == ["partnerships.give_role", "accounts.invite"]
    assert list(ledger.verify()) == []


def test_known_person_gets_the_role_alone(agency: Organisation, admin: User) -> None:
    first = invite(agency, admin)
    second = invite(agency, admin, Role.DIRECTOR)
    assert first.user == second.user
    assert Notice.objects.count() == 1


def test_refused_role_brings_nobody_in(agency: Organisation, admin: User) -> None:
    director = make.person("Di Example", agency, Role.DIRECTOR)
    with pytest.raises(Refused):
        invite(agency, director)
    invite(agency, admin)
    with pytest.raises(Conflict):
        invite(agency, admin)
    assert User.objects.filter(email="grace@example.org").count() == 1
    assert Notice.objects.count() == 1


def test_invitation_sets_a_password_that_signs_in_and_works_once(
    agency: Organisation, admin: User, client: Client, settings: Settings
) -> None:
    settings.PUBLIC_URL = "http://testserver"
    person = invite(agency, admin).user
    deliver_pending()
    body = mail.outbox[0].body
    link = next(word for word in body.split() if word.startswith("http://testserver/"))

    form = client.get(link, follow=True)
    assert form.status_code == 200
    path = form.redirect_chain[-1][0]
    client.post(path, {"password1": CHOSEN, "password2": CHOSEN})

    visitor = Client()
    visitor.post("/accounts/login/", {"login": person.email, "password": CHOSEN})
    assert visitor.session["_auth_user_id"] == str(person.pk)
    assert visitor.get("/").status_code == 200
    entry = LedgerEntry.objects.order_by("-pk")[0]
    assert (entry.act, entry.actor) == ("accounts.set_password", f"user:{person.pk}")

    again = Client().get(link, follow=True)
    assert not again.redirect_chain
    assert b'name="password1"' not in again.content


def test_short_password_is_not_accepted(
    agency: Organisation, admin: User, client: Client
) -> None:
    person = invite(agency, admin).user
    form = client.get(Notice.objects.get().path, follow=True)
    client.post(
        form.redirect_chain[-1][0], {"password1": "short", "password2": "short"}
    )
    person.refresh_from_db()
    assert not person.has_usable_password()


def test_role_that_fails_takes_the_account_and_its_message_with_it(
    agency: Organisation, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**fields: object) -> None:
        raise Conflict("Somebody was faster.")

    monkeypatch.setattr(people, "give_role", fail)
    with pytest.raises(Conflict):
        invite(agency, admin)
    assert not User.objects.filter(email="grace@example.org").exists()
    assert not Notice.objects.exists()
    assert list(ledger.verify()) == []
