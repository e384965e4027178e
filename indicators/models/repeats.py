"""Repeat: what a sender says of two of its records, which only the vault can name."""

from django.conf import settings
from django.db import models

from accounts.history import tracked
from indicators.models.deliveries import Delivery


class Repeat(models.Model):
    """Whether two records of one delivery are one person, as its steward says.

    The pair is a random code, and no name or number is here. Without an answer somebody
    has it before them.
    """

    class Answer(models.TextChoices):
        SAME = "same", "Same person"
        DIFFERENT = "different", "Two people"
        UNSURE = "unsure", "Not sure"

    delivery = models.ForeignKey(
        Delivery, on_delete=models.PROTECT, related_name="repeats"
    )
    code = models.CharField(max_length=16)
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    taken_at = models.DateTimeField()
    answer = models.CharField(max_length=12, choices=Answer.choices, blank=True)
    answered_at = models.DateTimeField(null=True)

    history = tracked()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("delivery", "code"), name="repeat_once"),
            models.CheckConstraint(
                condition=models.Q(answer="", answered_at=None)
                | (
                    models.Q(answer__in=("same", "different", "unsure"))
                    & models.Q(answered_at__isnull=False)
                ),
                name="repeat_answered_together",
            ),
        )

    def __str__(self) -> str:
        return f"pair {self.code} of {self.delivery}"
