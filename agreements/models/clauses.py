"""ClauseVersion, ClauseWording: the library as it was, and the parties' own words."""

from django.db import models

from accounts.history import tracked
from agreements.models.agreements import Agreement


class ClauseVersion(models.Model):
    """One version of a library clause. Triggers refuse any change."""

    is_evidence = True

    key = models.CharField(max_length=8)
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    wording = models.TextField()
    variants = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    in_use_since = models.DateTimeField()

    class Meta:
        ordering = ("key", "number")
        constraints = (
            models.UniqueConstraint(
                fields=("key", "number"), name="clause_version_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.key}, version {self.number}"


class ClauseWording(models.Model):
    """A clause of one agreement in words that are not the library's."""

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="wordings"
    )
    key = models.CharField(max_length=12)
    title = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    is_own = models.BooleanField(default=False)
    is_indemnity = models.BooleanField(default=False)

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
