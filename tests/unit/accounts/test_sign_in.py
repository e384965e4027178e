"""Signing in through the real pages: closed sign-up, quiet bookkeeping."""

import pytest
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, reverse
from pytest_django import Settings

from accounts import ledger
from accounts.acting import act
from accounts.models import LedgerEntry, User
from tests import make

pytestmark = pytest.mark.django_db
NEW = "a password nobody else has"


@pytest.fixture
def person() -> User:
    return make.user()


def sign_in(client: Client, person: User, password: str = make.PASSWORD) -> bool:
    """Return whether the sign-in page let the person in."""
    page = client.get("/accounts/login/")
    assert page.status_code == 200
    client.post(
        "/accounts/login/",
        {"login": person.email, "password": password},
    )
    return "_auth_user_id" in client.session


def evidence() -> tuple[int, int]:
    return LedgerEntry.objects.count(), User.history.count()


def test_right_password_signs_in_and_leads_home(client: Client, person: User) -> None:
    response = client.post(
        "/accounts/login/", {"login": person.email, "password": make.PASSWORD}
    )
    assert (response.status_code, response["Location"]) == (302, reverse("home"))
    assert client.get("/").status_code == 200


def test_address_may_be_capitalised(client: Client, person: User) -> None:
    person.email = person.email.upper()
    assert sign_in(client, person)


def test_wrong_password_does_not(client: Client, person: User) -> None:
    assert not sign_in(client, person, "wrong")


def test_closed_account_does_not(client: Client, person: User) -> None:
    with act("tests.close", actor=make.SET_UP, chain=ledger.SYSTEM):
        person.is_active = False
        person.save()
    assert not sign_in(client, person)


def test_signing_in_and_out_leaves_no_history(client: Client, person: User) -> None:
    before = evidence()
    assert sign_in(client, person)
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session
    assert evidence() == before
    assert list(ledger.verify()) == []


def test_weaker_hash_is_upgraded_at_sign_in_without_history(
    client: Client, person: User, settings: Settings
) -> None:
    before, weak = evidence(), person.password
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    assert sign_in(client, person)
    person.refresh_from_db()
    assert person.password.startswith("pbkdf2_sha1$")
    assert person.password != weak
    assert evidence() == before


def test_changing_the_password_is_an_act_of_its_owner(
    client: Client, person: User
) -> None:
    assert sign_in(client, person)
    response = client.post(
        "/accounts/password/change/",
        {"oldpassword": make.PASSWORD, "password1": NEW, "password2": NEW},
    )
    assert response.status_code == 302
    entry = LedgerEntry.objects.order_by("pk").last()
    assert entry is not None
    assert (entry.act, entry.actor) == ("accounts.set_password", f"user:{person.pk}")
    assert entry.subject == f"accounts.user:{person.pk}"
    assert sign_in(Client(), person, NEW)
    assert not sign_in(Client(), person)
    assert list(ledger.verify()) == []


def test_forgotten_password_is_set_anew_by_mail(client: Client, person: User) -> None:
    client.post("/accounts/password/reset/", {"email": person.email})
    (message,) = mail.outbox
    link = next(word for word in message.body.split() if "/password/reset/key/" in word)
    form = client.get(link.partition("testserver")[2])
    client.post(form["Location"], {"password1": NEW, "password2": NEW})
    assert sign_in(Client(), person, NEW)


def test_unknown_address_cannot_be_told_from_a_known_one(
    client: Client, person: User
) -> None:
    answers = [
        client.post("/accounts/password/reset/", {"email": address})
        for address in (person.email, "nobody@example.org")
    ]
    assert len({(answer.status_code, answer["Location"]) for answer in answers}) == 1


def test_nobody_signs_up(client: Client) -> None:
    assert client.get("/accounts/signup/").status_code == 200
    client.post(
        "/accounts/signup/",
        {"email": "new@example.org", "password1": NEW, "password2": NEW},
    )
    assert not User.objects.exists()
    assert "_auth_user_id" not in client.session


def test_sign_in_page_offers_no_sign_up(client: Client) -> None:
    page = client.get("/accounts/login/").content.decode()
    assert "Accounts are by invitation" in page
    assert "/signup/" not in page


@pytest.mark.parametrize("name", ["account_email", "account_confirm_login_code"])
def test_pages_that_would_change_who_somebody_is_are_not_there(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(name)


def test_second_factor_can_be_set_up_before_anything_else(
    client: Client, person: User, settings: Settings
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    settings.MFA_TOTP_TOLERANCE = 1
    before = evidence()
    assert sign_in(client, person)
    asked = client.get("/", follow=True).redirect_chain[-1][0]
    page = client.post(asked, {"password": make.PASSWORD}, follow=True)
    assert page.redirect_chain[-1][0] == reverse("mfa_activate_totp")
    secret = client.session["mfa.totp.secret"]
    client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    assert client.get("/").status_code == 200
    assert evidence() == before


def code_of(secret: str) -> str:
    """Return what an authenticator app shows for `secret` now."""
    counter = next(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(secret, counter))
