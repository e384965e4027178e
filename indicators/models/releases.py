"""Release and ReleaseDecision: protected tables only, and the owners' votes."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.history import tracked
from agreements.models import Agreement
from agreements.models.agreements import known_states
from indicators.lifecycle import RELEASE
from indicators.models.deliveries import Delivery, LinkageRun
from partnerships.models import Organisation


class Release(models.Model):
    """Tables put before the owners. Holds safe cells only, from the first line.

    choices: what the author asked for. document: what is published. audit: what those
    who decide read of the attack on it, and nobody else. The tables come
    from a linkage here, or from counts that a district made in its house.
    """

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="releases"
    )
    run = models.ForeignKey(
        LinkageRun, null=True, on_delete=models.PROTECT, related_name="releases"
    )
    counts = models.ForeignKey(
        Delivery, null=True, on_delete=models.PROTECT, related_name="releases"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    title = models.CharField(max_length=160)
    context = models.TextField(blank=True)
    state = models.CharField(max_length=12, default=RELEASE.initial)
    message = models.CharField(max_length=400, blank=True)
    threshold = models.PositiveSmallIntegerField()
    period = models.CharField(max_length=20)
    choices = models.JSONField(default=dict)
    document = models.JSONField(default=dict)
    audit = models.JSONField(default=dict)
    linkage = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    proposed_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    withdrawal_reason = models.TextField(blank=True)
    source_withdrawn_at = models.DateTimeField(null=True)

    history = tracked()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            known_states(RELEASE.states, name="release_state_known"),
            models.CheckConstraint(
                condition=models.Q(threshold__gte=10, threshold__lte=30),
                name="release_threshold_10_to_30",
            ),
            models.CheckConstraint(
                condition=models.Q(run__isnull=False, counts=None)
                | models.Q(run=None, counts__isnull=False),
                name="release_of_a_linkage_or_of_counts",
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("release", args=[self.pk])

    @property
    def source_note(self) -> str:
        """What its pages and files say once a delivery behind it was withdrawn."""
        if self.source_withdrawn_at is None:
            return ""
        day = localdate(self.source_withdrawn_at)
        return (
            "Made from a delivery that was later withdrawn on "
            f"{day:%B} {day.day}, {day.year}."
        )


class ReleaseDecision(models.Model):
    """One owner's own decision on one release: a blind vote, or a stop in sight."""

    class State(models.TextChoices):
        OPEN = "open", "Waiting"
        APPROVED = "approved", "Approved"
        DECLINED = "declined", "Changes asked for"
        STOPPED = "stopped", "Stopped for a disclosure problem"

    release = models.ForeignKey(
        Release, on_delete=models.PROTECT, related_name="decisions"
    )
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    history = tracked()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("release", "owner"), name="release_decision_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", decided_by=None, decided_at=None)
                | (
                    models.Q(state__in=("approved", "declined", "stopped"))
                    & models.Q(decided_by__isnull=False, decided_at__isnull=False)
                ),
                name="release_decided_together",
            ),
        )

    def __str__(self) -> str:
        return f"{self.owner} on {self.release}"
