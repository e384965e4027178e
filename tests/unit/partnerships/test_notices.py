"""The outbox: queued once, sent once, no personal data."""

from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from pytest_django import Settings

from accounts.models import User
from partnerships.models import Notice
from partnerships.roles import Role
from partnerships.services.notices import deliver_pending, queue_notice
from partnerships.services.people import invite_to_role
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return make.user("Ada Lovelace")


def queue(person: User, key: str = "due:1") -> None:
    queue_notice(
        key=key,
        recipient=person,
        subject="MOU-1 is due",
        body="Destroy what you hold.",
        path="/agreements/1/",
    )


def test_repeated_queueing_is_harmless(person: User) -> None:
    queue(person)
    queue(person)
    queue(make.user())
    assert Notice.objects.count() == 2


def test_key_is_unique_in_the_database(person: User) -> None:
    queue(person)
    copy = Notice.objects.get()
    copy.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save()


def test_message_is_sent_once_with_a_whole_link(
    person: User, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://homeroom.example"
    queue(person)
    assert deliver_pending() == 1
    assert deliver_pending() == 0
    (message,) = mail.outbox
    assert message.to == [person.email]
    assert message.subject == "MOU-1 is due"
    assert "Destroy what you hold." in message.body
    assert "https://homeroom.example/agreements/1/" in message.body
    assert Notice.objects.get().sent_at is not None


def test_messages_leave_in_order_and_in_portions(person: User) -> None:
    for n in range(3):
        queue(person, f"due:{n}")
    assert deliver_pending(most=2) == 2
    assert deliver_pending(most=2) == 1


class OneRefused:
    """A mail server that refuses one address."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.sent: list[str] = []

    def send(self, message: EmailMessage, *args: Any) -> int:
        if message.to == [self.address]:
            raise SMTPRecipientsRefused({self.address: (550, b"no such person")})
        self.sent += message.to
        return 1


def test_refused_address_keeps_back_no_other_and_is_not_logged(
    person: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server, other = OneRefused(person.email), make.user()
    monkeypatch.setattr(EmailMessage, "send", lambda message: server.send(message))
    queue(person)
    queue(other)
    assert deliver_pending() == 1
    assert server.sent == [other.email]
    assert Notice.objects.get(recipient=person).sent_at is None
    assert "SMTPRecipientsRefused" in caplog.text
    assert person.email not in caplog.text


def test_server_that_is_away_leaves_all_waiting(
    person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(message: EmailMessage) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(EmailMessage, "send", away)
    queue(person)
    with pytest.raises(ConnectionRefusedError):
        deliver_pending()
    assert Notice.objects.get().sent_at is None


def test_invitation_names_the_sender_and_no_person() -> None:
    agency = make.organisation(name="Riverbend")
    admin = make.person("Ad Example", agency, Role.ADMINISTRATOR)
    invite_to_role(
        email="grace@example.org",
        name="Grace Hopper",
        title="Rear admiral",
        organisation=agency,
        role=Role.COUNSEL,
        actor=admin,
    )
    notice = Notice.objects.get()
    words = f"{notice.key} {notice.subject} {notice.body}"
    assert "Riverbend" in words
    for personal in ("Grace", "Hopper", "grace@example.org", "Rear admiral"):
        assert personal not in words
