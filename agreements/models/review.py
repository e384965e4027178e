"""Comment: what an organisation says about an item of a text."""

from django.conf import settings
from django.db import models

from accounts.history import tracked
from agreements.models.agreements import Agreement
from partnerships.models import Organisation


class Comment(models.Model):
    """A remark on an item; one of an organisation's own never leaves it."""

    class Audience(models.TextChoices):
        OWN = "own", "Only our organisation"
        ALL = "all", "All parties"

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="comments"
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    item = models.CharField(max_length=120)
    body = models.TextField()
    audience = models.CharField(
        max_length=3, choices=Audience.choices, default=Audience.OWN
    )
    asks_change = models.BooleanField(default=False)
    written_at = models.DateTimeField()
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True)

    history = tracked()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(resolved_by=None, resolved_at=None)
                | models.Q(resolved_by__isnull=False, resolved_at__isnull=False),
                name="comment_resolved_together",
            ),
        )

    def __str__(self) -> str:
        return f"comment {self.pk} on {self.agreement}"

    @property
    def chain(self) -> str:
        """The ledger chain: of the organisation alone, where nobody else may read."""
        is_own = self.audience == self.Audience.OWN
        return self.organisation.chain if is_own else self.agreement.chain
