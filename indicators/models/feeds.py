"""FeedDate: what became of one due date of a recurring delivery."""

from django.db import models

from accounts.history import tracked
from agreements.models import Agreement
from agreements.models.agreements import known_states
from indicators.lifecycle import FEED
from indicators.models.deliveries import Delivery
from partnerships.models import Organisation


class FeedDate(models.Model):
    """One due date of one flow, once something came for it or it was missed.

    told: keys of the people who were told that it was missed.
    """

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="feed_dates"
    )
    flow = models.CharField(max_length=40)
    sender = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    state = models.CharField(max_length=12, default=FEED.initial)
    came_on = models.DateField(null=True)
    delivery = models.ForeignKey(
        Delivery, null=True, on_delete=models.PROTECT, related_name="+"
    )
    is_unchanged = models.BooleanField(default=False)
    told = models.JSONField(default=list)

    history = tracked()

    class Meta:
        ordering = ("-due_on", "-pk")
        constraints = (
            known_states(FEED.states, name="feed_date_state_known"),
            models.UniqueConstraint(
                fields=("agreement", "flow", "due_on"), name="feed_date_once"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=("arrived", "late"),
                    came_on__isnull=False,
                    delivery__isnull=False,
                )
                | models.Q(state__in=("due", "missed"), came_on=None, delivery=None),
                name="feed_date_arrived_together",
            ),
        )

    def __str__(self) -> str:
        return f"{self.flow} under {self.agreement}, due {self.due_on}"
