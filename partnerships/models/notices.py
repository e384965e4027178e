"""Notice: the outbox of messages to send. Untracked; messages carry no data."""

from django.conf import settings
from django.db import models


class Notice(models.Model):
    """One message to one person; `key` makes a repeated queueing harmless."""

    key = models.CharField(max_length=120, unique=True)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices"
    )
    subject = models.CharField(max_length=160)
    body = models.TextField()
    path = models.CharField(max_length=200)
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-queued_at", "-pk")

    def __str__(self) -> str:
        return self.subject
