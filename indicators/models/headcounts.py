"""Headcount, Trial: an agency's own counts of children, and what of them would show."""

from django.conf import settings
from django.db import models

from accounts.history import tracked
from agreements.models import Agreement
from partnerships.models import Organisation


class Headcount(models.Model):
    """How many children live where, by an agency's own count: sealed, and its alone.

    sealed: where its one part lies, as an arrival's row names parts; empty once its key
    is destroyed. breakdowns: the columns of the counts. A newer one takes its place.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="headcounts"
    )
    breakdowns = models.JSONField()
    n_groups = models.PositiveIntegerField()
    sealed = models.JSONField(default=dict)
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    kept_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)

    history = tracked()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("organisation",),
                condition=models.Q(destroyed_at=None),
                name="headcount_one_current",
            ),
        )

    def __str__(self) -> str:
        return f"headcount {self.pk} of {self.organisation}"


class Trial(models.Model):
    """What would show of a headcount's tables at one threshold: derived, untracked.

    agreement: under which it is read; none where it is the agency's own threshold,
    which is read under each agreement that has no stricter one. found: as
    `headcounts.telling` writes it; empty until a worker has found it.
    """

    headcount = models.ForeignKey(
        Headcount, on_delete=models.PROTECT, related_name="trials"
    )
    agreement = models.ForeignKey(
        Agreement, null=True, on_delete=models.PROTECT, related_name="+"
    )
    threshold = models.PositiveSmallIntegerField()
    found = models.JSONField(default=dict)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("headcount", "agreement"), name="trial_once"
            ),
            models.UniqueConstraint(
                fields=("headcount",),
                condition=models.Q(agreement=None),
                name="trial_own_once",
            ),
        )

    def __str__(self) -> str:
        return f"trial of {self.headcount} at {self.threshold}"
