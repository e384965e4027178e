"""DropBoxKey: a public key that opens an organisation's drop box for one steward."""

from django.conf import settings
from django.db import models

from accounts.history import tracked
from agreements.models.agreements import known_states
from indicators.lifecycle import DROP_BOX_KEY
from partnerships.models import Organisation


class DropBoxKey(models.Model):
    """A public key, and the steward in whose name files come under it."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="drop_box_keys"
    )
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    label = models.CharField(max_length=60)
    public_key = models.TextField()
    fingerprint = models.CharField(max_length=60)
    state = models.CharField(max_length=12, default=DROP_BOX_KEY.initial)
    added_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    history = tracked()

    class Meta:
        ordering = ("pk",)
        constraints = (
            known_states(DROP_BOX_KEY.states, name="drop_box_key_state_known"),
            models.CheckConstraint(
                condition=models.Q(state="open", withdrawn_at=None)
                | models.Q(state="withdrawn", withdrawn_at__isnull=False),
                name="drop_box_key_withdrawn_together",
            ),
            models.UniqueConstraint(
                fields=("fingerprint",),
                condition=models.Q(state="open"),
                name="drop_box_key_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.label} of {self.organisation}"

    @property
    def account(self) -> str:
        """The name under which its holder's program signs in."""
        return account_of(self.organisation)


def account_of(organisation: Organisation) -> str:
    """Return the drop box's account of an organisation: one for each."""
    return f"org-{organisation.pk}"
