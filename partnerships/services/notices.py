"""The outbox: queue_notice, deliver_pending."""

import logging
from smtplib import SMTPDataError, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string

from accounts import clock
from accounts.models import User
from accounts.services import invitation_path
from partnerships.models import Notice

# Its link lets the reader in, so it is made when the message goes out, and never kept.
INVITATION = "invitation"
log = logging.getLogger(__name__)


def queue_notice(
    *, key: str, recipient: User, subject: str, body: str, path: str
) -> None:
    """Queue one message; a key that was queued before is left alone.

    subject and body name the thing and the sender, never personal data.
    """
    Notice.objects.get_or_create(
        key=f"{key}:{recipient.pk}",
        defaults={
            "recipient": recipient,
            "subject": subject,
            "body": body,
            "path": path,
            "queued_at": clock.now(),
        },
    )


def deliver_pending(*, most: int = 100) -> int:
    """Return how many queued messages were handed to the mail server.

    A message that the server refuses waits, and does not keep back the others.
    """
    n_sent = 0
    waiting = Notice.objects.filter(sent_at=None).order_by("pk")
    for key in list(waiting.values_list("pk", flat=True)[:most]):
        try:
            n_sent += _deliver(key)
        except (SMTPDataError, SMTPRecipientsRefused) as error:
            log.error("notice %s was refused: %s", key, type(error).__name__)
    return n_sent


@transaction.atomic
def _deliver(key: int) -> bool:
    """Return whether this call sent the message, under the lock of its row."""
    notice = (
        Notice.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(pk=key, sent_at=None)
        .select_related("recipient")
        .first()
    )
    if notice is None:
        return False
    is_invitation = notice.key.startswith(f"{INVITATION}:")
    path = invitation_path(notice.recipient) if is_invitation else notice.path
    text = render_to_string(
        "emails/notice.txt", {"notice": notice, "link": settings.PUBLIC_URL + path}
    )
    EmailMessage(subject=notice.subject, body=text, to=[notice.recipient.email]).send()
    notice.sent_at = clock.now()
    notice.save()
    return True
