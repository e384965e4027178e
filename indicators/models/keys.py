"""KeyRotation: the owners' wrapping keys replaced once; no key is here."""

from django.db import models

from accounts.history import tracked
from agreements.models.agreements import known_states
from indicators.lifecycle import ROTATION


class KeyRotation(models.Model):
    """One replacement of every owner's wrapping key, from its order to its end."""

    state = models.CharField(max_length=12, default=ROTATION.initial)
    ordered_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    n_owners = models.PositiveIntegerField(default=0)
    n_keys = models.PositiveIntegerField(default=0)

    history = tracked()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            known_states(ROTATION.states, name="key_rotation_state_known"),
            models.CheckConstraint(
                condition=models.Q(state="ordered", finished_at=None)
                | models.Q(state="finished", finished_at__isnull=False),
                name="key_rotation_finished_together",
            ),
            models.UniqueConstraint(
                fields=("state",),
                condition=models.Q(state="ordered"),
                name="key_rotation_one_at_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"rotation of keys {self.pk}"
