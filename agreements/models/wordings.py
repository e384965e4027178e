"""ClauseWording."""

from django.db import models

from accounts.history import tracked
from agreements.models.agreements import Agreement


class ClauseWording(models.Model):
    """A clause of one agreement in words that are not the library's.

    text: with the library's `{variables}`, which facts fill.
    """

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="wordings"
    )
    key = models.CharField(max_length=40)
    title = models.CharField(max_length=160)
    text = models.TextField()
    is_own = models.BooleanField(default=False)

    history = tracked()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("agreement", "key"), name="clause_wording_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.key} of {self.agreement}"
