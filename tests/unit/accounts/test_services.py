"""Inviting a person; confirming who is acting."""

import pytest
from allauth.account.models import EmailAddress

from accounts.acts import RuleBroken
from accounts.models import LedgerEntry, User
from accounts.services import confirm_identity, invite
from tests import make

pytestmark = pytest.mark.django_db


def test_invited_person_has_a_verified_address_and_no_password() -> None:
    person = invite(
        email="Ada@Example.org", name="Ada", title="Counsel", actor=make.SET_UP
    )
    assert person.email == "ada@example.org"
    assert not person.has_usable_password()
    address = EmailAddress.objects.get(user=person)
    assert (address.email, address.verified, address.primary) == (
        "ada@example.org",
        True,
        True,
    )
    assert LedgerEntry.objects.get().subject == f"accounts.user:{person.pk}"


def test_address_is_invited_once_however_it_is_written() -> None:
    invite(email="ada@example.org", name="Ada", title="", actor=make.SET_UP)
    with pytest.raises(RuleBroken, match="has an account already") as broken:
        invite(email="ADA@example.org", name="Ada", title="", actor=make.SET_UP)
    assert "ada@" not in broken.value.message.lower()
    assert User.objects.count() == 1


def test_own_password_confirms_identity() -> None:
    confirm_identity(user=make.user(), password=make.PASSWORD)


def test_wrong_password_confirms_nothing() -> None:
    with pytest.raises(RuleBroken, match="not right"):
        confirm_identity(user=make.user(), password="somebody else's")


def test_person_who_never_chose_a_password_confirms_nothing() -> None:
    person = invite(email="bo@example.org", name="Bo", title="", actor=make.SET_UP)
    with pytest.raises(RuleBroken):
        confirm_identity(user=person, password="")
