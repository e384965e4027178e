"""LearnedModel: what pairs that people read taught, for somebody to accept."""

from django.conf import settings
from django.db import models

from accounts.history import tracked
from agreements.models import Agreement
from agreements.models.agreements import known_states
from indicators.lifecycle import LEARNED
from indicators.models.deliveries import LinkageRun


class LearnedModel(models.Model):
    """A version of the linkage model: chances by level, and nothing of a person."""

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="learned_models"
    )
    run = models.ForeignKey(
        LinkageRun, on_delete=models.PROTECT, related_name="learned_models"
    )
    state = models.CharField(max_length=12, default=LEARNED.initial)
    version = models.CharField(max_length=40, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    parameters = models.TextField(blank=True)
    basis = models.JSONField(default=dict)
    message = models.CharField(max_length=400, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=400, blank=True)

    history = tracked()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            known_states(LEARNED.states, name="learned_state_known"),
            models.UniqueConstraint(
                fields=("agreement",),
                condition=models.Q(state="accepted"),
                name="learned_one_accepted",
            ),
            models.UniqueConstraint(
                fields=("agreement",),
                condition=models.Q(state__in=("learning", "proposed")),
                name="learned_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None, decided_at=None)
                | models.Q(decided_by__isnull=False, decided_at__isnull=False),
                name="learned_decided_together",
            ),
        )

    def __str__(self) -> str:
        return f"model {self.version} under {self.agreement}"

    @property
    def is_open(self) -> bool:
        """Whether it is being learned, or waits for a decision."""
        return self.state in ("learning", "proposed")
